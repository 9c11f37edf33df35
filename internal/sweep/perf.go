package sweep

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	"github.com/nonrev/nonrev/internal/result"
)

// perfModel is another program's figures beside ours. perf bench sched pipe has
// two processes pass a word of 4 bytes there and back over two pipes; sched
// messaging, once called hackbench, has 20 processes send 100 bytes a message
// to each of 20 others over unix sockets, and nobody answers.
const perfModel = "perf"

// messagingSet marks a cell of sched messaging.
const messagingSet = "bench:messaging"

// perfCells are sched pipe on one CPU, where its two processes have no other
// choice, for perf does not bind them, and sched messaging on the most cores.
func perfCells(cores []int) []result.Cell {
	return []result.Cell{
		{Workload: result.Exchange, Payload: "4B", Model: perfModel, Codec: "raw", Placement: result.SameCPU, Cores: 1},
		{Workload: result.Exchange, Set: messagingSet, Payload: "100B", Model: perfModel, Transport: "unix", Codec: "raw", Cores: cores[len(cores)-1]},
	}
}

// What perf takes is a number of messages, not a time: with how many round
// trips a warm-up begins, and how many messages its own choice of messaging is.
const (
	perfTrips    = 1000
	perfMessages = 20 * 20 * 100
)

// measurePerf has perf measure what the cell says.
func measurePerf(ctx context.Context, o order) finding {
	path, err := exec.LookPath("perf")
	if err != nil {
		return fault(fmt.Errorf("perf is not installed: %w", errors.ErrUnsupported))
	}
	began := time.Now()
	f := finding{}
	var ns float64
	if o.Cell.Set == messagingSet {
		f.Passes = perfMessages
		ns, err = perfBench(ctx, perfTotal, 1e9/perfMessages, path, "bench", "sched", "messaging", "-g", "1")
	} else {
		f.Warm, f.Passes, ns, err = perfPipe(ctx, path, o.Duration)
	}
	if err != nil {
		return fault(err)
	}
	f.Ran = time.Since(began)
	f.Values = []result.Value{{Unit: result.WallNS, Value: ns}, {Unit: result.OpRate, Value: 1e9 / ns}}
	return f
}

// perfPipe has as many round trips made as last for about the duration.
func perfPipe(ctx context.Context, path string, duration time.Duration) (warm, trips int, ns float64, err error) {
	run := func(n int) (float64, error) {
		return perfBench(ctx, perfEach, 1e3, path, "bench", "sched", "pipe", "-l", strconv.Itoa(n))
	}
	if ns, err = run(perfTrips); err != nil {
		return 0, 0, 0, err
	}
	trips = max(int(float64(duration)/ns), perfTrips)
	ns, err = run(trips)
	return perfTrips, trips, ns, err
}

// What perf prints of a time.
var (
	perfEach  = regexp.MustCompile(`(?m)^\s*([0-9.]+) usecs/op$`)
	perfTotal = regexp.MustCompile(`(?m)^\s*Total time: ([0-9.]+) \[sec\]$`)
)

// perfBench runs perf and returns the time that it prints, times scale.
func perfBench(ctx context.Context, what *regexp.Regexp, scale float64, path string, args ...string) (float64, error) {
	out, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("perf %v: %w: %s", args, err, out)
	}
	return readPerf(string(out), what, scale)
}

// readPerf finds a time in what perf prints.
func readPerf(out string, what *regexp.Regexp, scale float64) (float64, error) {
	found := what.FindStringSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("perf does not say how long it took: %q", out)
	}
	v, err := strconv.ParseFloat(found[1], 64)
	if err == nil && !(v > 0) {
		err = fmt.Errorf("perf says that it took no time: %q", out)
	}
	return v * scale, err
}
