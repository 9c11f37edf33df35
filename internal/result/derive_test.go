package result

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var nan, inf = math.NaN(), math.Inf(1)

// outsideShares makes one sample a share, in rounds from 0, of 200 ms.
func outsideShares(c Cell, shares ...float64) []Sample {
	return outsideOf(c, 200e6, shares...)
}

// outsideOf makes one sample a share, in rounds from 0, of a window in ns.
func outsideOf(c Cell, window float64, shares ...float64) []Sample {
	var samples []Sample
	for round, share := range shares {
		samples = append(samples, Sample{Cell: c, Round: round, OutsideNS: share * window, WindowNS: window})
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
		{"a tick more is rounding", outsideOf(a, 80e6, 0, 0, 0.125), []bool{false, false, false}},
		{"two ticks are not", outsideOf(a, 80e6, 0, 0, 0.25), []bool{false, false, true}},
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

// A mark for load that no longer holds does not hide a wrong answer.
func TestAWrongAnswerOutlivesAMark(t *testing.T) {
	c := Cell{Workload: "a", Cores: 1}
	f := File{Run: Run{Version: FormatVersion}, Samples: Void(outsideShares(c, 0, 0, 0.5))}
	if f.Samples[2].Void == "" {
		t.Fatal("no mark")
	}
	f.Samples = append(f.Samples, outsideShares(c, 0.5, 0.5, 0.5, 0.5)...)
	f.Failures = []Failure{{Cell: c, Round: 7, Kind: WrongAnswer}}
	for range 2 {
		f.Judge()
		for i, s := range f.Samples {
			if s.Void == "" {
				t.Errorf("sample %d is believed", i)
			}
		}
	}
}

// loaded makes a file of a cell with so many planned rounds of which so many
// are held and, of these, so many void by load.
func loaded(planned, held, void int) (*File, Cell) {
	c := Cell{Workload: "a", Cores: 1}
	f := &File{Run: Run{Version: FormatVersion, Rounds: planned}, Plan: []Cell{{Workload: "b", Cores: 1}, c}}
	for i, s := range outsideShares(c, make([]float64, held)...) {
		if i < void {
			s.Void = outside + "50% of wall"
		}
		f.Samples = append(f.Samples, s)
	}
	return f, c
}

func TestShortAndUnmeasured(t *testing.T) {
	for _, x := range []struct {
		planned, held, void int
		short, unmeasured   bool
	}{
		{20, 20, 0, false, false},
		{20, 20, 5, false, false}, // a quarter
		{20, 20, 6, true, false},
		{20, 20, 10, true, false}, // a half
		{20, 20, 11, true, true},
		{20, 20, 20, true, true},
		{20, 21, 6, false, false}, // replaced
		{20, 22, 8, true, false},
		{20, 23, 8, false, false},
		{20, 23, 13, true, false},
		{20, 23, 14, true, true},
		{20, 3, 0, false, false}, // interrupted
		{20, 3, 1, true, false},
		{20, 3, 2, true, true},
		{1, 1, 1, true, true},
		{0, 0, 0, false, false},
	} {
		f, c := loaded(x.planned, x.held, x.void)
		is := func(cells []Cell) bool { return cmp.Equal(cells, []Cell{c}) }
		if is(f.Short()) != x.short || is(f.Unmeasured()) != x.unmeasured || len(f.Short())+len(f.Unmeasured()) > 2 {
			t.Errorf("%+v: short %v, unmeasured %v", x, f.Short(), f.Unmeasured())
		}
		f.Failures = []Failure{{Cell: c, Round: 0, Kind: "crash"}}
		if len(f.Short()) > 0 || len(f.Unmeasured()) > 0 {
			t.Errorf("%+v: a cell that failed is not short of samples", x)
		}
	}
	f, _ := loaded(20, 20, 20)
	for i := range f.Samples {
		f.Samples[i].Void = "suspended"
	}
	if len(f.Short()) > 0 {
		t.Error("another cause than load is made up for")
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
	set := func(io []string, samples ...Sample) (float64, bool) {
		overhead(samples, io)
		return samples[len(samples)-1].Value(OverheadNS)
	}
	// The example of the format: (2 x 15.1 - 25.6) ms / 250 = 18.4 us.
	if got, ok := set(nil, pass(serial, 3, 25.6e6, 250), pass(two, 3, 15.1e6, 250)); !ok || math.Abs(got-18400) > 1e-6 {
		t.Errorf("got %v, %v", got, ok)
	}
	if got, _ := set(nil, pass(serial, 0, 25.6e6, 250), pass(two, 0, 12.0e6, 250)); math.Abs(got+6400) > 1e-6 {
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
		if got, ok := set(nil, samples...); ok {
			t.Errorf("%s: got %v", name, got)
		}
	}
	if got, ok := set([]string{"fannkuch"}, pass(serial, 3, 25.6e6, 250), pass(two, 3, 15.1e6, 250)); ok {
		t.Errorf("a workload that waits: got %v", got)
	}
}

func TestOverheadLeavesValuesAlone(t *testing.T) {
	_, plan, _ := example()
	in := exampleSamples(plan)
	once := slices.Clone(in)
	overhead(once, nil)
	if diff := cmp.Diff(exampleSamples(plan), in); diff != "" {
		t.Errorf("changed values that others share:\n%s", diff)
	}
	twice := slices.Clone(once)
	overhead(twice, nil)
	if diff := cmp.Diff(once, twice); diff != "" {
		t.Errorf("twice is not once:\n%s", diff)
	}
	for _, s := range once {
		_, has := s.Value(OverheadNS)
		if has != (s.Cell.Model != Serial) {
			t.Errorf("%s: %v", s.Cell.Name(), s.Values)
		}
	}
}
