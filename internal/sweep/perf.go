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

// perfModel is another program's figure beside ours: perf bench sched pipe has
// two processes pass a word of 4 bytes there and back over two pipes.
const perfModel = "perf"

// perfCells is that on one CPU, where its two processes have no other choice:
// perf does not bind them.
func perfCells() []result.Cell {
	return []result.Cell{{Workload: result.Exchange, Payload: "4B", Model: perfModel, Codec: "raw", Placement: result.SameCPU, Cores: 1}}
}

// perfTrips is how many round trips of perf's a warm-up begins with; perf takes
// their number, not a time.
const perfTrips = 1000

// measurePerf has perf make as many round trips as last for about the sample.
func measurePerf(ctx context.Context, o order) finding {
	path, err := exec.LookPath("perf")
	if err != nil {
		return fault(fmt.Errorf("perf is not installed: %w", errors.ErrUnsupported))
	}
	began := time.Now()
	trips := perfTrips
	ns, err := perfPipe(ctx, path, trips)
	warm := trips
	if err == nil {
		trips = max(int(float64(o.Duration)/ns), perfTrips)
		ns, err = perfPipe(ctx, path, trips)
	}
	if err != nil {
		return fault(err)
	}
	return finding{Passes: trips, Warm: warm, Ran: time.Since(began), Values: []result.Value{
		{Unit: result.WallNS, Value: ns},
		{Unit: result.OpRate, Value: 1e9 / ns},
	}}
}

// perfPipe is the time of a round trip in ns, as perf says it.
func perfPipe(ctx context.Context, path string, trips int) (float64, error) {
	out, err := exec.CommandContext(ctx, path, "bench", "sched", "pipe", "-l", strconv.Itoa(trips)).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("perf bench sched pipe: %w: %s", err, out)
	}
	return readPerf(string(out))
}

var perfTime = regexp.MustCompile(`(?m)^\s*([0-9.]+) usecs/op$`)

// readPerf finds the time of a round trip in what perf prints, in ns.
func readPerf(out string) (float64, error) {
	found := perfTime.FindStringSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("perf bench sched pipe does not say how long a round trip took: %q", out)
	}
	us, err := strconv.ParseFloat(found[1], 64)
	if err == nil && !(us > 0) {
		err = fmt.Errorf("perf bench sched pipe says that a round trip took %v us", us)
	}
	return us * 1e3, err
}
