package result

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var nan, inf = math.NaN(), math.Inf(1)

// outsideShares makes one sample a share, in rounds from 0, of 200 ms.
func outsideShares(c Cell, shares ...float64) []Sample {
	var samples []Sample
	for round, share := range shares {
		samples = append(samples, Sample{Cell: c, Round: round, OutsideNS: share * 200e6, WindowNS: 200e6})
	}
	return samples
}

func voids(samples []Sample) []bool {
	marks := make([]bool, len(samples))
	for i, s := range samples {
		marks[i] = s.Void != ""
	}
	return marks
}

func TestVoid(t *testing.T) {
	a, b := Cell{Workload: "a", Cores: 1}, Cell{Workload: "b", Cores: 1}
	for _, c := range []struct {
		name    string
		samples []Sample
		want    []bool
	}{
		{"at the limit", outsideShares(a, 0.25, 0.25, 0.35), []bool{false, false, false}},
		{"just above", outsideShares(a, 0.25, 0.25, 0.3501), []bool{false, false, true}},
		{"quiet ones stay", outsideShares(a, 0, 0.25, 0.25), []bool{false, false, false}},
		{"the baseline is the cell's own", append(outsideShares(a, 0.5, 0.5, 0.5), outsideShares(b, 0, 0, 0.5)...), []bool{false, false, false, false, false, true}},
		{"two rounds have no baseline", outsideShares(a, 0, 0.9), []bool{false, false}},
	} {
		if diff := cmp.Diff(c.want, voids(Void(c.samples))); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

func TestAWrongAnswerVoidsTheWholeCell(t *testing.T) {
	a, b := Cell{Workload: "a", Model: Serial, Cores: 1}, Cell{Workload: "a", Model: "locked", Cores: 2}
	f := File{Run: Run{Version: FormatVersion}, Failures: []Failure{{Cell: a, Round: 1, Kind: WrongAnswer}, {Cell: b, Round: 1, Kind: "crash"}}}
	for round := range 2 {
		for _, c := range []Cell{a, b} {
			f.Samples = append(f.Samples, Sample{Cell: c, Round: round, Passes: 1, Values: []Value{{WallNS, 1e6}, {TaskRate, 1e4}}})
		}
	}
	f.Judge()
	f.Judge()
	if diff := cmp.Diff([]bool{true, false, true, false}, voids(f.Samples)); diff != "" {
		t.Error(diff)
	}
	for _, s := range f.Samples {
		if _, ok := s.Value(OverheadNS); ok {
			t.Errorf("overhead of round %d against a serial cell that is not believed", s.Round)
		}
	}
}

func TestVoidWithoutBaselineWarns(t *testing.T) {
	in := outsideShares(Cell{Workload: "a", Cores: 1}, 0, 0.9)
	out := Void(in)
	if len(out[0].Warnings) != 0 || len(out[1].Warnings) != 1 {
		t.Errorf("warnings %v, %v", out[0].Warnings, out[1].Warnings)
	}
	if in[1].Warnings != nil {
		t.Error("changed its input")
	}
}

func TestVoidIsMadeAnewAndKeepsOtherCauses(t *testing.T) {
	c := Cell{Workload: "a", Cores: 1}
	samples := Void(outsideShares(c, 0, 0, 0.5))
	samples[0].Void = "suspended"
	more := Void(append(samples, outsideShares(c, 0.5, 0.5, 0.5, 0.5)...)) // now the busy rounds are the rule
	if diff := cmp.Diff([]bool{true, false, false, false, false, false, false}, voids(more)); diff != "" {
		t.Error(diff)
	}
	unknown := append(outsideShares(c, 0, 0, 0), Sample{Cell: c, Round: 3, OutsideNS: 1e9})
	if diff := cmp.Diff([]bool{false, false, false, false}, voids(Void(unknown))); diff != "" {
		t.Errorf("a sample without a window:\n%s", diff)
	}
}

func TestOverhead(t *testing.T) {
	serial := Cell{Workload: "fannkuch", Grain: "100us", Model: Serial, Cores: 1}
	two := Cell{Workload: "fannkuch", Grain: "100us", Model: "subprocess", Batch: 16, Cores: 2}
	pass := func(c Cell, round int, wall, tasks float64) Sample {
		return Sample{Cell: c, Round: round, Passes: 7, Values: []Value{{WallNS, wall}, {TaskRate, tasks / wall * 1e9}, {IPCNS, 14900}}}
	}
	overhead := func(io []string, samples ...Sample) (float64, bool) {
		return Overhead(samples, io)[len(samples)-1].Value(OverheadNS)
	}
	// The example of the format: (2 x 15.1 - 25.6) ms / 250 = 18.4 us.
	if got, ok := overhead(nil, pass(serial, 3, 25.6e6, 250), pass(two, 3, 15.1e6, 250)); !ok || math.Abs(got-18400) > 1e-6 {
		t.Errorf("got %v, %v", got, ok)
	}
	if got, _ := overhead(nil, pass(serial, 0, 25.6e6, 250), pass(two, 0, 12.0e6, 250)); math.Abs(got+6400) > 1e-6 {
		t.Errorf("better than serial: %v", got)
	}
	void := pass(serial, 3, 25.6e6, 250)
	void.Void = "x"
	voidTwo := pass(two, 3, 15.1e6, 250)
	voidTwo.Void = "x"
	other := serial
	other.Grain = "1ms"
	noTasks := pass(two, 3, 15.1e6, 250)
	noTasks.Values = noTasks.Values[:1]
	for name, samples := range map[string][]Sample{
		"another round":    {pass(serial, 2, 25.6e6, 250), pass(two, 3, 15.1e6, 250)},
		"a void serial":    {void, pass(two, 3, 15.1e6, 250)},
		"void":             {pass(serial, 3, 25.6e6, 250), voidTwo},
		"another grain":    {pass(other, 3, 25.6e6, 250), pass(two, 3, 15.1e6, 250)},
		"no serial":        {pass(two, 3, 15.1e6, 250)},
		"no throughput":    {pass(serial, 3, 25.6e6, 250), noTasks},
		"serial itself":    {pass(serial, 3, 25.6e6, 250)},
		"less than a task": {pass(serial, 3, 25.6e6, 250), pass(two, 3, 15.1e6, 0.4)},
	} {
		if got, ok := overhead(nil, samples...); ok {
			t.Errorf("%s: got %v", name, got)
		}
	}
	if got, ok := overhead([]string{"fannkuch"}, pass(serial, 3, 25.6e6, 250), pass(two, 3, 15.1e6, 250)); ok {
		t.Errorf("a workload that waits: got %v", got)
	}
}

func TestOverheadLeavesItsInputAlone(t *testing.T) {
	_, plan, _ := example()
	in := exampleSamples(plan)
	once := Overhead(in, nil)
	if diff := cmp.Diff(exampleSamples(plan), in); diff != "" {
		t.Errorf("changed its input:\n%s", diff)
	}
	if diff := cmp.Diff(once, Overhead(once, nil)); diff != "" {
		t.Errorf("twice is not once:\n%s", diff)
	}
	for _, s := range once {
		_, has := s.Value(OverheadNS)
		if has != (s.Cell.Model != Serial) {
			t.Errorf("%s: %v", s.Cell.Name(), s.Values)
		}
	}
}
