package sweep

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/montanaflynn/stats"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
)

// An examination is all that findings are made from. What could not be read or
// measured is nil or empty.
type examination struct {
	machine          Machine
	warmUp, duration time.Duration // of a sample of the calibration
	facts            proc.Facts    // as they were before the calibration
	clock            clock
	ones             []float64     // a spin on one core in steps a second, round by round
	alls             []float64     // spins on all cores together in steps a second, round by round
	wakes            []float64     // wake of another core and back in ns, round by round
	used             time.Duration // CPU time of the probes
	outside          *float64      // CPU time that others used meanwhile, as a share of one CPU
	stolen           *float64      // CPU time that the hypervisor took meanwhile, as a share of the CPUs allowed
	halts            *int          // by the CPU quota meanwhile
}

// Doctor examines the machine for about two seconds and says what on it will
// spoil a measurement. No run can measure meanwhile. The error is that the
// machine could not be examined.
func Doctor(ctx context.Context) ([]result.Finding, error) {
	m, err := ThisMachine()
	if err != nil {
		return nil, err
	}
	release, err := lockMachine()
	if err != nil {
		return nil, err
	}
	defer release()
	return m.examine(ctx, doctorRounds, doctorWarmUp, doctorDuration)
}

// examine finds out what on the machine will spoil a measurement, in so many
// rounds of calibration with samples of such a length.
func (m Machine) examine(ctx context.Context, rounds int, warmUp, duration time.Duration) ([]result.Finding, error) {
	e := examination{machine: m, warmUp: warmUp, duration: duration, facts: proc.Look(), clock: readClock()}
	if err := e.calibrate(ctx, rounds); err != nil {
		return nil, err
	}
	return diagnose(e), nil
}

// Rounds of the calibration, and the length of its samples. Before a run they
// are as long as those of the run.
const (
	doctorRounds   = 6
	shortRounds    = 2 // before a run
	doctorWarmUp   = 20 * time.Millisecond
	doctorDuration = 80 * time.Millisecond
)

// calibrate runs the probes of the ceilings by turns, and sees what else the
// machine did meanwhile.
func (e *examination) calibrate(ctx context.Context, rounds int) error {
	s := &sweep{machine: e.machine, began: time.Now(), blind: blind()}
	before, err := s.look()
	if err != nil {
		return err
	}
	for range rounds {
		if err := e.round(ctx); err != nil {
			return err
		}
	}
	after, err := s.look()
	if err != nil {
		return err
	}
	spent := after.since(before)
	if !s.blind {
		e.outside = new(max(0, (spent.busy-spent.own-e.used).Seconds()) / spent.at.Seconds()) // ticks may make it negative
	}
	now := proc.Look()
	if was := e.facts.Stolen; was != nil && now.Stolen != nil {
		e.stolen = new((*now.Stolen - *was).Seconds() / spent.at.Seconds() / float64(len(e.machine.CPUs)))
	}
	if was := e.facts.Throttled; was != nil && now.Throttled != nil {
		e.halts = new(*now.Throttled - *was)
	}
	return nil
}

// round takes one sample of each probe that these CPUs have.
func (e *examination) round(ctx context.Context) error {
	n := e.machine.Cores()
	if err := e.probe(ctx, &e.ones, probeSpin, 1, result.OpRate); err != nil || n == 1 {
		return err
	}
	if err := e.probe(ctx, &e.alls, probeSpin, n, result.OpRate); err != nil {
		return err
	}
	return e.probe(ctx, &e.wakes, probeWake, 2, result.WallNS)
}

// probe adds one sample to the list. A probe that this platform does not have
// adds none.
func (e *examination) probe(ctx context.Context, list *[]float64, set string, cores int, unit string) error {
	o := order{
		Cell: result.Cell{Workload: result.Probe, Set: set, Cores: cores}, CPUs: e.machine.take(cores),
		WarmUp: e.warmUp, Duration: e.duration,
	}
	c, err := runChild(ctx, partCell, o, cores, time.Minute)
	if err != nil {
		return err
	}
	if c.Kind != "" {
		return fmt.Errorf("calibrate %s: %s: %s", set, c.Kind, c.Text)
	}
	e.used += c.cpu
	if v, ok := (result.Sample{Values: c.Values}).Value(unit); ok {
		*list = append(*list, v)
	}
	return nil
}

// A clock is how finely this process can tell time.
type clock struct {
	step time.Duration // the least by which two readings differ
	read time.Duration // what a reading costs
	late time.Duration // how much later than asked a short sleep ends, at the median
}

func readClock() clock {
	const enough, naps, nap = 10_000, 21, 50 * time.Microsecond
	start := time.Now()
	last, reads := start, 0
	c := clock{step: math.MaxInt64}
	for ; reads < enough || last == start; reads++ { // until it has stepped at least once
		now := time.Now()
		if step := now.Sub(last); step > 0 {
			c.step = min(c.step, step)
		}
		last = now
	}
	c.read = last.Sub(start) / time.Duration(reads)
	late := make([]time.Duration, naps)
	for i := range late {
		start := time.Now()
		time.Sleep(nap)
		late[i] = time.Since(start) - nap
	}
	slices.Sort(late)
	c.late = late[naps/2]
	return c
}

// diagnose makes findings of what is known, in the order of the rules.
func diagnose(e examination) []result.Finding {
	var list []result.Finding
	for _, r := range rules() {
		f := result.Finding{What: r.what, Spoils: r.spoils, Remedy: r.remedy}
		f.Value, f.Severity = r.judge(e)
		switch {
		case f.Value == "":
			f.Value, f.Severity = "unknown", result.Note
			f.Remedy = "this system does not tell: look where it can be seen, such as the host of a guest"
		case f.Severity == result.OK:
			f.Spoils, f.Remedy = "", ""
		}
		list = append(list, f)
	}
	return list
}

// A rule judges one thing. The value is "" if it is not known.
type rule struct {
	what, spoils, remedy string
	judge                func(examination) (value string, s result.Severity)
}

// grade is OK below note and Warning from warning on.
func grade[T cmp.Ordered](x, note, warning T) result.Severity {
	switch {
	case x >= warning:
		return result.Warning
	case x >= note:
		return result.Note
	}
	return result.OK
}

// given is OK unless the thing is so.
func given(so bool, s result.Severity) result.Severity {
	if so {
		return s
	}
	return result.OK
}

// middle is the median with the least and the most, false if there are none.
func middle(x []float64) (median, least, most float64, ok bool) {
	median, err := stats.Median(x)
	if err != nil { // there are none
		return 0, 0, 0, false
	}
	return median, slices.Min(x), slices.Max(x), true
}
