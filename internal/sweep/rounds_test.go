package sweep

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// A cell that lost many samples to load from outside gets others, in rounds
// of all cells, and no more rounds than are allowed.
func TestVoidSamplesAreReplacedByWholeRounds(t *testing.T) {
	const rounds = 10
	o := options(t, rounds, "fine", "talks")
	mustRun(t, o)
	path := filepath.Join(o.Dir, FileName)
	f, err := result.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Samples = planned(f)
	for i, s := range f.Samples {
		f.Samples[i].OutsideNS, f.Samples[i].WindowNS = 0, 1e8
		if s.Cell.Workload == "fine" && s.Round < 5 {
			f.Samples[i].OutsideNS = 5e7
		}
	}
	if err := result.Rewrite(path, f); err != nil {
		t.Fatal(err)
	}
	o.Resume = true
	f = mustRun(t, o)
	if n := f.Rounds(); n == rounds || n < rounds+result.MaxReplacements && len(f.Short()) > 0 {
		t.Errorf("%d rounds, though five of ten samples were void; cells that still lack some: %v", n, f.Short())
	}
	for i, s := range slices.SortedFunc(slices.Values(f.Samples), byRound) {
		if s.Round != i/2 {
			t.Fatalf("a round is not whole: sample %d is of round %d", i, s.Round)
		}
	}
	if again := mustRun(t, o); len(again.Samples) != len(f.Samples) {
		t.Errorf("resuming makes %d samples of %d: there is a limit", len(again.Samples), len(f.Samples))
	}
}

func byRound(a, b result.Sample) int { return a.Round - b.Round }

// A run examines the machine first and the file keeps what was found.
func TestRunKeepsItsExamination(t *testing.T) {
	f := mustRun(t, options(t, 1, "fine"))
	var found []string
	for _, x := range f.Run.Findings {
		found = append(found, x.What)
	}
	if len(found) != len(rules()) || !slices.Contains(found, "calibration: spins") {
		t.Errorf("the file holds the findings %q", found)
	}
}

func TestWarmUpIsCountedAndSaysWhenItDoesNotSettle(t *testing.T) {
	f := mustRun(t, options(t, 1, "fine"))
	if s := f.Samples[0]; s.Warm < 2 || s.RanNS <= 0 {
		t.Errorf("warm-up of %d passes, %v ns inside passes; it takes two windows to agree", s.Warm, s.RanNS)
	}
	m, values := measured(t, restless(), time.Microsecond)
	if m.warm != 2 || !slices.ContainsFunc(m.warnings, func(w string) bool { return strings.HasPrefix(w, "warm-up: not settled after 2 passes") }) {
		t.Errorf("%d passes whose time doubles every time, warnings %q", m.warm, m.warnings)
	}
	if len(values) == 0 {
		t.Error("a warm-up that does not settle is no reason to have no values")
	}
}

// restless is a workload whose passes each take twice as long as the last.
func restless() workloads.Workload {
	sleep := 500 * time.Microsecond
	return doubling("restless", func() error {
		time.Sleep(sleep)
		sleep = time.Duration(float64(sleep) * math.Pow(2, 0.25)) // a pass has four tasks
		return nil
	})
}

// measured is one sample of a workload, serial, in this process.
func measured(t *testing.T, w workloads.Workload, length time.Duration) (*measurement, []result.Value) {
	t.Helper()
	c := Catalogue{Workloads: []workloads.Workload{w}, Models: runners.All()}
	model, setup, err := c.setup(result.Cell{Workload: w.Name, Model: result.Serial, Cores: 1}, place{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := start(model, setup)
	if err != nil {
		t.Fatal(err)
	}
	values, err := m.sample(context.Background(), length, length)
	if err != nil {
		t.Fatal(err)
	}
	return m, values
}

// Every process has an environment of a size of its own, which the seed decides.
func TestLayoutIsAFunctionOfSeedCellAndRound(t *testing.T) {
	s := &sweep{run: result.Run{Seed: 1}, plan: []result.Cell{{Workload: "a"}, {Workload: "b"}}}
	seen := map[uint64]bool{}
	for round := range 5 {
		for _, c := range s.plan {
			p := result.Point{Cell: c, Round: round}
			first := s.layout(p)
			if again := s.layout(p); again != first {
				t.Errorf("%v has the layouts %d and %d", p, first, again)
			}
			seen[first] = true
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d layouts of 10 points", len(seen))
	}
}

// A pilot chooses the rounds that the scatter asks for, within limits.
func TestRoundsForATarget(t *testing.T) {
	logs := func(sd float64) map[result.Cell][]float64 {
		return map[result.Cell][]float64{{Workload: "a"}: {-sd, 0, sd}} // whose standard deviation is sd
	}
	for _, c := range []struct {
		sd, target float64
		want       int
	}{
		{0, 0.02, 6},      // an interval takes six
		{0.05, 0.02, 38},  // (1.96 x 0.05 / 0.02)^2 x pi/2 = 37.7
		{0.05, 0.01, 100}, // 150.9, above what a pilot may choose
	} {
		if got := roundsFor(c.target, logs(c.sd)); got != c.want {
			t.Errorf("standard deviation %v, target %v: %d rounds, want %d", c.sd, c.target, got, c.want)
		}
	}
	if got := roundsFor(0.02, nil); got != 6 {
		t.Errorf("nothing measured: %d rounds", got)
	}
}

// Whatever does work has a throughput that a target is about; a ceiling has none.
func TestThroughput(t *testing.T) {
	for _, c := range []struct {
		workload, unit string
		want           bool
	}{
		{"fannkuch", result.TaskRate, true},
		{result.Exchange, result.OpRate, true},
		{result.Spawn, result.OpRate, true},
		{result.Probe, result.OpRate, false},
		{result.Exchange, result.WallNS, false},
	} {
		s := result.Sample{Cell: result.Cell{Workload: c.workload}, Values: []result.Value{{Unit: c.unit, Value: 7}}}
		if rate, ok := throughput(s); ok != c.want || ok && rate != 7 {
			t.Errorf("%s with %s: %v, %v", c.workload, c.unit, rate, ok)
		}
	}
}

func TestATargetHasItsRoundsChosenAndResumed(t *testing.T) {
	o := options(t, 0, "fine")
	o.Profile.Rounds, o.Target = 20, 0.5
	f := mustRun(t, o)
	if f.Run.PilotRounds != targetPilot || f.Run.Rounds < 6 || f.Run.Target != 0.5 || len(planned(f)) != f.Run.Rounds {
		t.Errorf("%d samples; run %+v", len(f.Samples), f.Run)
	}
	if w := HalfWidths(f); len(w) > 1 || len(w) == 1 && !(w[0] >= 0) {
		t.Errorf("half-widths %v of one cell", w)
	}
	o.Resume = true
	if again := mustRun(t, o); again.Run.Rounds != f.Run.Rounds {
		t.Errorf("resumed with %d rounds instead of %d", again.Run.Rounds, f.Run.Rounds)
	}
	o.Target = 0.4
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "target was 0.5 and is now 0.4") {
		t.Errorf("resumed with another target: %v", err)
	}
}
