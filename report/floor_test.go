package report

import (
	"math"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// measure adds a cell whose rounds lie within a hundredth of a number, apart
// from each other by a fixed pattern that is the cell's own.
func measure(f *result.File, rounds int, c result.Cell, unit string, about float64) {
	f.Plan = append(f.Plan, c)
	pattern := float64(len(f.Plan))
	for round := range rounds {
		wobble := 1 + 0.01*math.Sin(pattern*float64(7*round+3))
		f.Samples = append(f.Samples, result.Sample{Cell: c, Round: round, Passes: 1, Values: []result.Value{{Unit: unit, Value: about * wobble}}})
	}
}

// rowsOf are the rows whose name begins so.
func rowsOf(t *testing.T, f *result.File, what string) []FloorRow {
	t.Helper()
	var rows []FloorRow
	for _, r := range Floor(f) {
		if strings.HasPrefix(r.What(), what) {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("no row %q", what)
	}
	return rows
}

func tripCells(transport, placement, model string) (ours, floor result.Cell) {
	ours = exchangeCell(transport, placement)
	floor = ours
	floor.Model = model
	if transport == "ring" {
		floor.Transport = map[string]string{result.SameCPU: "futex", result.TwoCPUs: "handover"}[placement]
	}
	return ours, floor
}

func TestRoundTripsAgainstTheFloor(t *testing.T) {
	for _, c := range []struct {
		name, transport, placement, model string
		rounds                            int
		ours, floor                       float64
		want                              FloorWord
		against                           string
	}{
		{"pipe at the floor", "", result.SameCPU, result.RawGo, 20, 5100, 5000, Reached, "bare pipe, Go"},
		{"pipe above it", "", result.SameCPU, result.RawGo, 20, 5700, 5000, Missed, "bare pipe, Go"},
		{"pipe at the target", "", result.SameCPU, result.RawGo, 20, 5500, 5000, Unclear, "bare pipe, Go"},
		{"C allows more", "", result.SameCPU, result.RawC, 20, 5600, 5000, Reached, "bare pipe, C"},
		{"unix above C", "unix", result.TwoCPUs, result.RawC, 20, 58500, 50000, Missed, "bare unix, C"},
		{"tcp has no target", "tcp", result.TwoCPUs, result.RawGo, 20, 90000, 50000, NoTarget, "bare tcp, Go"},
		{"ring that runs", "ring", result.TwoCPUs, result.RawGo, 20, 140, 100, Reached, "bare handover, Go"},
		{"ring that runs too long", "ring", result.TwoCPUs, result.RawC, 20, 160, 100, Missed, "bare handover, C"},
		{"ring that blocks", "ring", result.SameCPU, result.RawGo, 20, 1130, 1000, Reached, "bare futex, Go"},
		{"ring that blocks too long", "ring", result.SameCPU, result.RawGo, 20, 1400, 1000, Missed, "bare futex, Go"},
		{"few rounds", "", result.SameCPU, result.RawGo, 5, 5100, 5000, Unclear, "bare pipe, Go"},
		{"two nodes", "unix", result.TwoNodes, result.RawGo, 20, 5100, 5000, Reached, "bare unix, Go"},
		{"not bound", "unix", "", result.RawGo, 20, 5100, 5000, NoTarget, "bare unix, Go"},
	} {
		f := &result.File{}
		ours, floor := tripCells(c.transport, c.placement, c.model)
		measure(f, c.rounds, ours, result.WallNS, c.ours)
		measure(f, c.rounds, floor, result.WallNS, c.floor)
		found := false
		for _, r := range Floor(f) {
			if r.Floor != floor {
				continue
			}
			found = true
			if r.Word != c.want || r.Against() != c.against || r.Ours != ours {
				t.Errorf("%s: %s of %s against %s, want %s against %s (%+v)", c.name, r.Word, r.Ours.Name(), r.Against(), c.want, c.against, r.Ratio)
			}
			if math.Abs(r.Ratio.Value/(c.ours/c.floor)-1) > 0.01 || math.Abs(r.OursLevel.Value/c.ours-1) > 0.02 || math.Abs(r.FloorLevel.Value/c.floor-1) > 0.02 {
				t.Errorf("%s: %g is %g over %g", c.name, r.Ratio.Value, r.OursLevel.Value, r.FloorLevel.Value)
			}
			if (r.Reason != "") != (r.Ratio.Confidence == 0) {
				t.Errorf("%s: reason %q", c.name, r.Reason)
			}
		}
		if !found {
			t.Errorf("%s: no row", c.name)
		}
	}
}

// A target is about one pair and small messages; the other rows stand beside it.
func TestTargetsAreOfOnePairAlone(t *testing.T) {
	f := &result.File{}
	for _, cores := range []int{4, 2} {
		for _, payload := range []string{"4KiB", "64B"} {
			ours, floor := tripCells("unix", result.TwoCPUs, result.RawGo)
			ours.Cores, floor.Cores, ours.Payload, floor.Payload = cores, cores, payload, payload
			measure(f, 20, ours, result.WallNS, 5000)
			measure(f, 20, floor, result.WallNS, 5000)
		}
	}
	var got []string
	for _, r := range rowsOf(t, f, "unix round trip") {
		if r.Floor.Model == result.RawGo && r.Floor.Placement == result.TwoCPUs {
			got = append(got, r.What()+": "+string(r.Word)+" "+r.Target.String())
		}
	}
	want := []string{
		"unix round trip, 64 B, two CPUs: reached at most 1.1",
		"unix round trip, 4 KiB, two CPUs: no target ",
		"unix round trip, 64 B, two CPUs, 2 pairs: no target ",
		"unix round trip, 4 KiB, two CPUs, 2 pairs: no target ",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What no target is about stands beside the rows that have one, if it is there.
func TestRingAcrossTwoCPUsBesideAFutex(t *testing.T) {
	f := &result.File{}
	ours, floor := tripCells("ring", result.TwoCPUs, result.RawC)
	floor.Transport = "futex"
	measure(f, 20, ours, result.WallNS, 1000)
	measure(f, 20, floor, result.WallNS, 5000)
	for _, r := range rowsOf(t, f, "ring round trip, 64 B, two CPUs") {
		if (r.Word == NoTarget) != (r.Against() == "bare futex, C") {
			t.Errorf("%s: %s", r.Against(), r.Word)
		}
	}
}

func TestThroughputOfTheRing(t *testing.T) {
	for want, rate := range map[FloorWord]float64{Reached: 8.5e9, Missed: 7e9, Unclear: 8e9} {
		f := &result.File{}
		ours := exchangeCell("ring", result.TwoCPUs)
		ours.Payload, ours.InFlight = streamPayload, streamDepth
		measure(f, 20, ours, result.ByteRate, rate)
		measure(f, 20, result.Cell{Workload: result.Exchange, Payload: streamPayload, Model: result.RawGo, Transport: "memcpy", Codec: "raw", Cores: 1}, result.ByteRate, 1e10)
		rows := rowsOf(t, f, "ring throughput, 64 KiB at depth 16, two CPUs")
		if len(rows) != 1 || rows[0].Word != want || rows[0].Against() != "memcpy on one CPU" || rows[0].Target.String() != "at least 0.8" {
			t.Errorf("%g of 1e10: %+v", rate, rows)
		}
	}
}

func TestAllocationsOnTheRawPath(t *testing.T) {
	for _, c := range []struct {
		allocs float64
		want   FloorWord
	}{{0, Reached}, {0.001, Reached}, {0.01, Unclear}, {1, Missed}, {0.1, Missed}} {
		f := &result.File{}
		measure(f, 20, exchangeCell("unix", result.SameCPU), result.Allocs, c.allocs)
		rows := rowsOf(t, f, "unix allocations a message, 64 B, one CPU")
		if len(rows) != 1 || rows[0].Word != c.want || rows[0].Against() != "" || rows[0].Reason != "" {
			t.Errorf("%g: %+v", c.allocs, rows)
		}
	}
}

func TestPerfStandsBesideThePipe(t *testing.T) {
	f := &result.File{}
	measure(f, 20, exchangeCell("", result.TwoCPUs), result.WallNS, 5000)
	measure(f, 20, result.Cell{Workload: result.Exchange, Model: perf, Placement: result.TwoCPUs, Cores: 2}, result.WallNS, 4000)
	for _, r := range rowsOf(t, f, "pipe round trip, 64 B, two CPUs") {
		if r.Against() != "perf bench sched pipe" {
			continue
		}
		if r.Word != NoTarget || math.Abs(r.Ratio.Value-1.25) > 0.02 {
			t.Errorf("%+v", r)
		}
		return
	}
	t.Error("no row of perf")
}

func TestPerfMessagingStandsAlone(t *testing.T) {
	f := &result.File{}
	measure(f, 20, result.Cell{Workload: result.Exchange, Set: "bench:messaging", Payload: "100B", Model: perf, Transport: "unix", Codec: "raw", Cores: 2}, result.WallNS, 1500)
	rows := rowsOf(t, f, "one way, 100 B")
	if len(rows) != 1 || rows[0].Word != NoTarget || rows[0].Against() != "perf bench sched messaging" || math.Abs(rows[0].FloorLevel.Value-1500) > 30 {
		t.Errorf("%+v", rows)
	}
}

// A row with a target that has no number says why, whatever the cause.
func TestWhatTheFloorLacks(t *testing.T) {
	ours, floor := tripCells("unix", result.SameCPU, result.RawC)
	both := func() *result.File {
		f := &result.File{}
		measure(f, 20, ours, result.WallNS, 5000)
		measure(f, 20, floor, result.WallNS, 5000)
		return f
	}
	lone := &result.File{}
	measure(lone, 20, ours, result.WallNS, 5000)
	only := &result.File{}
	measure(only, 20, floor, result.WallNS, 5000)
	blank := &result.File{Plan: []result.Cell{floor}, Blanks: []result.Blank{{Cell: floor, Reason: "no C compiler"}}}
	measure(blank, 20, ours, result.WallNS, 5000)
	crashed := both()
	crashed.Failures = []result.Failure{{Cell: ours, Kind: "crash", Text: "exit status 2"}}
	unit := &result.File{}
	measure(unit, 20, ours, result.OpRate, 5000)
	measure(unit, 20, floor, result.WallNS, 5000)
	zero := &result.File{}
	measure(zero, 20, ours, result.WallNS, 0)
	measure(zero, 20, floor, result.WallNS, 5000)
	apart := both()
	for i := range apart.Samples {
		if even := apart.Samples[i].Round%2 == 0; even == (apart.Samples[i].Cell == ours) {
			apart.Samples[i].Void = "outside CPU use"
		}
	}
	for name, c := range map[string]struct {
		file *result.File
		want string
	}{
		"empty": {&result.File{}, "not in this file"}, "no floor": {lone, "the floor: not in this file"}, "no ours": {only, "not in this file"},
		"blank": {blank, "the floor: unsupported: no C compiler"}, "failed": {crashed, "failed: crash: exit status 2"}, "another unit": {unit, "measured without ns/op"},
		"a time of nothing": {zero, "20 of 20 pairs hold a value that is not positive"}, "no common round": {apart, "0 pairs: "},
	} {
		found := false
		for _, r := range Floor(c.file) {
			if r.Floor == floor {
				found = true
				if r.Word != NotMeasured || !strings.HasPrefix(r.Reason, c.want) {
					t.Errorf("%s: %s, %q, want %q", name, r.Word, r.Reason, c.want)
				}
			}
		}
		if !found {
			t.Errorf("%s: no row", name)
		}
	}
}

// A file without any such cell has a row for each target, and none but those.
func TestEveryTargetHasARow(t *testing.T) {
	counts := map[string]int{}
	for _, r := range Floor(&result.File{}) {
		if r.Target == (Target{}) || r.Word != NotMeasured || r.Reason != "not in this file" {
			t.Errorf("%s against %s: %+v", r.What(), r.Against(), r)
		}
		counts[r.Unit]++
	}
	if counts[result.WallNS] != 12 || counts[result.ByteRate] != 1 || counts[result.Allocs] != 8 {
		t.Errorf("rows by unit: %v", counts)
	}
}

func TestWordsAtTheTarget(t *testing.T) {
	e := func(low, high float64) scaling.Estimate {
		return scaling.Estimate{Value: (low + high) / 2, Low: low, High: high, Confidence: 0.95, N: 20}
	}
	for _, c := range []struct {
		target Target
		e      scaling.Estimate
		want   FloorWord
	}{
		{Target{1.5, false}, e(1.4, 1.5), Reached},
		{Target{1.5, false}, e(1.5, 1.6), Unclear},
		{Target{1.5, false}, e(1.51, 1.6), Missed},
		{Target{0.8, true}, e(0.8, 0.9), Reached},
		{Target{0.8, true}, e(0.7, 0.8), Unclear},
		{Target{0.8, true}, e(0.7, 0.79), Missed},
		{Target{0.8, true}, scaling.Estimate{Value: 1, Low: 1, High: 1, N: 5}, Unclear},
		{Target{}, e(1, 2), NoTarget},
	} {
		if got := c.target.word(c.e); got != c.want {
			t.Errorf("%s for [%g, %g]: %s, want %s", c.target, c.e.Low, c.e.High, got, c.want)
		}
	}
}
