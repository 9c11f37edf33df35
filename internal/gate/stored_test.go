package gate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/sweep"
)

// stored makes a file of cells, each with 20 values around a rate.
func stored(r *rand.Rand, name string, rates map[result.Cell]float64) *result.File {
	f := &result.File{Path: name, Run: result.Run{Version: 1, Rounds: 20, CPU: "x", Start: "2026-11-25T10:00:00Z"}}
	for c, rate := range rates {
		f.Plan = append(f.Plan, c)
		for round := range 20 {
			v := rate * math.Exp(0.01*r.NormFloat64())
			f.Samples = append(f.Samples, result.Sample{Cell: c, Round: round, Passes: 1, Values: []result.Value{{Unit: result.WallNS, Value: 1e9 / v}, {Unit: result.TaskRate, Value: v}}})
		}
	}
	return f
}

var (
	plainCell  = result.Cell{Workload: "fannkuch", Grain: "1ms", Model: "locked", Cores: 2}
	looseCell  = result.Cell{Workload: "fannkuch", Grain: "1ms", Model: "subprocess", Cores: 2}
	storedGate = Settings{Threshold: 0.03, On: []string{Time}}
)

// Two files decide only what lies beyond the floor, whatever their intervals.
func TestStoredKeepsTheFloor(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		cell   result.Cell
		change float64 // of the rate
		want   Verdict
		better bool
	}{
		{plainCell, 1, Inconclusive, false},
		{plainCell, 0.94, Inconclusive, false},
		{plainCell, 0.85, Worse, false},
		{plainCell, 1.3, NotWorse, true},
		{looseCell, 0.85, Inconclusive, false},
		{looseCell, 0.7, Worse, false},
		{looseCell, 1.5, NotWorse, true},
	} {
		report, err := Stored(
			[]*result.File{stored(r, "old", map[result.Cell]float64{c.cell: 1000})},
			[]*result.File{stored(r, "new", map[result.Cell]float64{c.cell: 1000 * c.change})}, storedGate)
		if err != nil {
			t.Fatal(err)
		}
		if row := report.Rows[0]; row.Verdict != c.want || row.Better != c.better || report.Verdict != c.want {
			t.Errorf("%s at %v of the rate: %+v", c.cell.Name(), c.change, row)
		}
	}
}

// With enough sessions on either side their own spread takes the place of the
// floor: what it hides is not found, what it does not hide is.
func TestSessionsReplaceTheFloor(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	sessions := func(n int, rate, spread float64) (files []*result.File) {
		for i := range n {
			files = append(files, stored(r, fmt.Sprint(i), map[result.Cell]float64{plainCell: rate * (1 + spread*float64(i))}))
		}
		return files
	}
	for _, c := range []struct {
		n            int
		rate, spread float64
		want         Verdict
	}{
		{5, 940, 0, Worse},
		{5, 1000, 0, NotWorse},
		{5, 1060, 0, NotWorse},
		{5, 940, 0.05, Inconclusive},
		{4, 940, 0, Inconclusive},
	} {
		report, err := Stored(sessions(c.n, 1000, c.spread), sessions(c.n, c.rate, c.spread), storedGate)
		if err != nil {
			t.Fatal(err)
		}
		if report.Verdict != c.want {
			t.Errorf("%d sessions at %v, %v apart: %+v", c.n, c.rate, c.spread, report.Rows)
		}
	}
}

// The more benchmarks, the more sessions it takes: chance alone must not sort
// the medians of any.
func TestSessionsThatItTakes(t *testing.T) {
	for benchmarks, want := range map[int]int{0: 5, 1: 5, 24: 7, 40: 8} {
		n := Sessions(benchmarks)
		sorted := 1.0 // chance that all of n lie above all of n others
		for i := range n {
			sorted *= float64(n-i) / float64(2*n-i)
		}
		if n != want || sorted*float64(max(benchmarks, 1)) > RunAlpha {
			t.Errorf("%d benchmarks: %d sessions, %v sorted by chance", benchmarks, n, sorted)
		}
	}
	r := rand.New(rand.NewPCG(1, 6))
	var sides [2][]*result.File
	for i := range 5 { // enough for one benchmark, not for 24
		for side, rate := range []float64{1000, 940} {
			rates := map[result.Cell]float64{}
			for n := range 24 {
				rates[result.Cell{Workload: "made-up", Cores: n + 1}] = rate
			}
			sides[side] = append(sides[side], stored(r, fmt.Sprint(side, i), rates))
		}
	}
	report, err := Stored(sides[Old], sides[New], storedGate)
	if err != nil || report.Verdict != Inconclusive {
		t.Errorf("%s, %v", report.Verdict, err)
	}
}

// One session counts once, and what stands under one name in two packages, or
// on two processors, is not one benchmark.
func TestStoredTellsApart(t *testing.T) {
	parse := func(name, text string) *result.File {
		f, err := result.Parse(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	lines := func(ns int) string { return strings.Repeat(fmt.Sprintf("BenchmarkSort 100 %d ns/op\n", ns), 8) }
	r := rand.New(rand.NewPCG(1, 7))
	one, two := stored(r, "one", map[result.Cell]float64{plainCell: 1000}), stored(r, "two", map[result.Cell]float64{plainCell: 1000})
	if _, err := Stored([]*result.File{one, one}, []*result.File{two}, storedGate); err == nil || !strings.Contains(err.Error(), "same samples") {
		t.Errorf("a session that is given twice: %v", err)
	}
	if report, err := Stored([]*result.File{one}, []*result.File{one}, storedGate); err != nil || report.Verdict != Inconclusive || !strings.Contains(strings.Join(report.Warnings, "\n"), "same samples") {
		t.Errorf("a file against itself: %s, %q, %v", report.Verdict, report.Warnings, err)
	}
	report, err := Stored(
		[]*result.File{parse("old", "pkg: a\n"+lines(50)+"pkg: b\n"+lines(80))},
		[]*result.File{parse("new", "pkg: a\n"+lines(50)+"pkg: b\n"+lines(99))}, storedGate)
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]Verdict{}
	for _, row := range report.Rows {
		verdicts[row.Cell.Name()] = row.Verdict
	}
	if len(verdicts) != 2 || verdicts["Sort/pkg=a-1"] != Inconclusive || verdicts["Sort/pkg=b-1"] != Worse {
		t.Errorf("two packages: %v", verdicts)
	}
	mixed := parse("mixed", "cpu: A B\n"+lines(50)+"cpu: C\n"+lines(50))
	if _, err := Stored([]*result.File{mixed}, []*result.File{one}, storedGate); err == nil || !strings.Contains(err.Error(), "under several keys") {
		t.Errorf("two processors in one file: %v", err)
	}
}

// What a stored file does not tell of a metric that decides is missing, and a
// change from none to some has no ratio and needs none.
func TestStoredMetrics(t *testing.T) {
	file := func(bytes string) *result.File {
		f, err := result.Parse(bytes, []byte(strings.Repeat("BenchmarkSort 100 50 ns/op"+bytes+"\n", 8)))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	s := Settings{Threshold: 0.03, On: []string{Allocs}}
	for _, c := range []struct {
		old, new string
		want     Verdict
	}{
		{" 0 allocs/op", " 0.0 allocs/op", NotWorse},
		{" 0 allocs/op", " 2 allocs/op", Worse},
		{" 2 allocs/op", " 0 allocs/op", NotWorse},
		{" 2 allocs/op", "", Inconclusive},
		{"", " 1 x/op", Inconclusive},
	} {
		report, err := Stored([]*result.File{file(c.old)}, []*result.File{file(c.new)}, s)
		if err != nil || report.Verdict != c.want {
			t.Errorf("%q to %q: %s, %v: %+v", c.old, c.new, report.Verdict, err, report.Rows)
		}
	}
}

func TestStoredNamesWhatDiffersAndWhatIsMissing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	old := stored(r, "old", map[result.Cell]float64{plainCell: 1000, looseCell: 1000})
	new := stored(r, "new", map[result.Cell]float64{plainCell: 1500})
	new.Run.Go, new.Run.CPU = "go9.9", "y"
	new.Failures = []result.Failure{{Cell: looseCell, Kind: result.WrongAnswer, Text: "42"}}
	report, err := Stored([]*result.File{old}, []*result.File{new}, storedGate)
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(report.Warnings, "\n")
	for _, want := range []string{"CPU: x in old, y in new", "Go version:  in old, go9.9 in new"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q among\n%s", want, said)
		}
	}
	if report.Verdict != Worse || len(report.Failures) != 1 {
		t.Errorf("a wrong answer: %s, %q", report.Verdict, report.Failures)
	}
	for _, row := range report.Rows {
		if row.Cell == looseCell && (row.Verdict != Inconclusive || !strings.Contains(row.Reason, "missing: new side: wrong answer: 42")) {
			t.Errorf("a cell that is not there: %+v", row)
		}
	}
}

// A history knows one machine from another, puts files in order of their time,
// and flags what lies beyond the floor.
func TestHistory(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	dir := t.TempDir()
	for i, rate := range []float64{1000, 1030, 700, 1000, 5000} {
		f := stored(r, "", map[result.Cell]float64{plainCell: rate})
		f.Run.Start = time.Date(2026, 1, 9-i, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)
		if i == 4 {
			f.Run.CPU = "another"
		}
		path := filepath.Join(t.TempDir(), "bench.txt")
		if err := result.Rewrite(path, f); err != nil {
			t.Fatal(err)
		}
		if _, err := Store(path, dir); err != nil {
			t.Fatal(err)
		}
		if _, err := Store(path, dir); err == nil {
			t.Error("a file was stored twice")
		}
	}
	trends, warnings, err := History(dir)
	if err != nil || len(warnings) > 0 || len(trends) != 2 {
		t.Fatalf("%v, %q, %d trends", err, warnings, len(trends))
	}
	var changes []string
	for _, p := range trends[1].Points {
		changes = append(changes, p.Change)
	}
	if got := strings.Join(changes, ","); trends[1].Machine != "x 0cpu -" || got != ",worse,better," {
		t.Errorf("%s: changes %q", trends[1].Machine, got)
	}
	if files, _, err := Baseline(dir, "x 0cpu -"); err != nil || len(files) != 4 || !started(files[0]).Before(started(files[3])) {
		t.Errorf("the baseline of a machine: %d files, %v", len(files), err)
	}
	if _, _, err := Baseline(dir, "y 0cpu -"); err == nil || !strings.Contains(err.Error(), "this machine (y 0cpu -)") {
		t.Errorf("the baseline of a machine that has none: %v", err)
	}
	if _, _, err := History(t.TempDir()); err == nil || !strings.Contains(err.Error(), "--add") {
		t.Errorf("an empty directory: %v", err)
	}
}

// The default gate must fit its promise on two CPUs: 24 cells in ten minutes.
func TestDefaultGateFitsItsTime(t *testing.T) {
	for _, cores := range []int{1, 2, 8} {
		p := Profile(cores)
		cells := defaultCells(cores)
		if len(cells) > 24 {
			t.Errorf("%d cells on %d cores", len(cells), cores)
		}
		if got := time.Duration(2*DefaultPairs) * p.Budget(cells); got > 10*time.Minute {
			t.Errorf("%d cells take %v", len(cells), got)
		}
		for _, c := range cells {
			if c.Cores > cores {
				t.Errorf("%s on %d cores", c.Name(), cores)
			}
		}
	}
	if _, err := sweep.FindProfile("gate"); err == nil {
		t.Error("a profile of that name would be hidden by the gate's own")
	}
}
