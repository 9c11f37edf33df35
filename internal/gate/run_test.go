package gate

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nonrev/nonrev/internal/result"
)

// A scripted source measures cells as its script says.
type scripted struct {
	cells []scriptedCell
	r     *rand.Rand
	turns []string // item and side of every measurement
}

type scriptedCell struct {
	cell   result.Cell // the zero one has a name of its own made
	noise  float64
	effect float64                                              // on the cost of the new side
	second float64                                              // the same in the second batch
	odd    func(side, at int, s *result.Sample) *result.Failure // what else happens
	absent [2]bool
}

func (s *scripted) cell(item int) result.Cell {
	if item < len(s.cells) && s.cells[item].cell != (result.Cell{}) {
		return s.cells[item].cell
	}
	return result.Cell{Workload: "scripted", Set: "n:" + string(rune('1'+item)), Model: "serial", Cores: 1}
}

func (s *scripted) Items() int { return len(s.cells) }

func (s *scripted) Plan(items []int) []result.Cell {
	var cells []result.Cell
	for _, i := range items {
		cells = append(cells, s.cell(i))
	}
	return cells
}

func (s *scripted) ItemsOf(cells []result.Cell) []int {
	var items []int
	for i := range s.cells {
		if slices.Contains(cells, s.cell(i)) {
			items = append(items, i)
		}
	}
	return items
}

func (s *scripted) Failed(int) bool { return false }

func (s *scripted) Measure(_ context.Context, f *result.File, side, item, round, at int) error {
	s.turns = append(s.turns, strings.Repeat("n", side)+strings.Repeat("o", 1-side))
	c := s.cells[item]
	if c.absent[side] {
		return nil
	}
	rate := 1000 * math.Exp(c.noise*s.r.NormFloat64())
	if side == New {
		effect := c.effect
		if round != at {
			effect = c.second
		}
		rate /= 1 + effect
	}
	sample := result.Sample{Cell: s.cell(item), Round: at, Passes: 1, Values: []result.Value{
		{Unit: result.WallNS, Value: 1e9 / rate}, {Unit: result.TaskRate, Value: rate}, {Unit: result.Allocs, Value: 0},
	}}
	if c.odd != nil {
		if failure := c.odd(side, at, &sample); failure != nil {
			failure.Cell, failure.Round = sample.Cell, at
			f.Failures = append(f.Failures, *failure)
			return nil
		}
	}
	f.Samples = append(f.Samples, sample)
	return nil
}

func gated(t *testing.T, pairs int, cells ...scriptedCell) (Report, *scripted) {
	t.Helper()
	settings := usual
	settings.Pairs = pairs
	return gatedBy(t, settings, cells...)
}

func gatedBy(t *testing.T, settings Settings, cells ...scriptedCell) (Report, *scripted) {
	t.Helper()
	s := &scripted{cells: cells, r: rand.New(rand.NewPCG(7, 7))}
	r, err := Run(context.Background(), Options{
		Settings: settings, Source: s, Names: [2]string{"a", "b"}, Seed: 5, Log: io.Discard,
		Heads: [2]result.Run{{Version: 1}, {Version: 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, s
}

// row is that of the cell's time.
func (r *Report) row(t *testing.T, item int) Row {
	t.Helper()
	want := (&scripted{}).cell(item)
	for _, row := range r.Rows {
		if row.Cell == want && row.Metric.Name == Time {
			return row
		}
	}
	t.Fatalf("no row of item %d in %+v", item, r.Rows)
	return Row{}
}

func TestVerdicts(t *testing.T) {
	crash := func(side, at int, _ *result.Sample) *result.Failure {
		if side == New && at < 2 {
			return &result.Failure{Kind: "crash", Text: "the roof is on fire"}
		}
		return nil
	}
	wrong := func(side, at int, _ *result.Sample) *result.Failure {
		if side == Old && at == 3 {
			return &result.Failure{Kind: result.WrongAnswer, Text: "42 is not 43"}
		}
		return nil
	}
	const quiet = 0.005
	for _, c := range []struct {
		name   string
		cell   scriptedCell
		want   Verdict // of the cell
		run    Verdict
		reason string // of the cell or among the failures
	}{
		{"no change", scriptedCell{noise: quiet}, NotWorse, NotWorse, ""},
		{"twice as slow", scriptedCell{noise: quiet, effect: 1, second: 1}, Worse, Worse, ""},
		{"slower by 8%", scriptedCell{noise: 0.02, effect: 0.08, second: 0.08}, Worse, Worse, ""},
		{"slower by less than the threshold", scriptedCell{noise: quiet, effect: 0.02, second: 0.02}, NotWorse, NotWorse, ""},
		{"slower once", scriptedCell{noise: quiet, effect: 0.2}, Inconclusive, Inconclusive, "not in the second"},
		{"faster", scriptedCell{noise: quiet, effect: -0.2}, NotWorse, NotWorse, ""},
		{"faster in noise", scriptedCell{noise: 0.1, effect: -0.5}, NotWorse, NotWorse, ""},
		{"noise", scriptedCell{noise: 0.3}, Inconclusive, Inconclusive, "would show an effect of"},
		{"missing on the new side", scriptedCell{absent: [2]bool{false, true}}, Inconclusive, Inconclusive, "missing: new side: not there"},
		{"missing on the old side", scriptedCell{absent: [2]bool{true, false}}, Inconclusive, Inconclusive, "missing: old side: not there"},
		{"crashes on the new side", scriptedCell{noise: quiet, odd: crash}, NotWorse, Worse, "new side alone failed in 2 rounds: crash: the roof"},
		{"a wrong answer", scriptedCell{noise: quiet, odd: wrong}, Inconclusive, Worse, "old side: wrong answer: 42 is not 43"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := gated(t, DefaultPairs, scriptedCell{noise: quiet}, c.cell)
			row := r.row(t, 1)
			if row.Verdict != c.want || r.Verdict != c.run {
				t.Errorf("the cell is %s, the run %s, want %s and %s: %+v", row.Verdict, r.Verdict, c.want, c.run, row)
			}
			if said := row.Reason + strings.Join(r.Failures, " "); !strings.Contains(said, c.reason) {
				t.Errorf("says %q, want %q", said, c.reason)
			}
			if row.Better != strings.HasPrefix(c.name, "faster") {
				t.Errorf("better: %v", row.Better)
			}
			if other := r.row(t, 0); other.Verdict != NotWorse {
				t.Errorf("the cell beside it is %+v", other)
			}
		})
	}
}

// Too few pairs can decide nothing, however large the effect.
func TestFewPairsAreInconclusive(t *testing.T) {
	r, _ := gated(t, 10, scriptedCell{noise: 0.001, effect: 1, second: 1})
	if r.Verdict != Inconclusive || !strings.Contains(r.row(t, 0).Reason, "takes 11 or more") {
		t.Errorf("got %s: %+v", r.Verdict, r.row(t, 0))
	}
}

// Of metrics that do not decide a change is told all the same; one that
// decides turns the gate red, even from none to some.
func TestOtherMetrics(t *testing.T) {
	leak := func(side, _ int, s *result.Sample) *result.Failure {
		s.Values[2].Value = float64(side)
		return nil
	}
	r, _ := gated(t, 20, scriptedCell{noise: 0.005, odd: leak})
	i := slices.IndexFunc(r.Rows, func(row Row) bool { return row.Metric.Name == Allocs })
	if i < 0 || r.Rows[i].Verdict != Worse || r.Rows[i].Decides || r.Verdict != NotWorse {
		t.Errorf("allocations that appear: %s, %+v", r.Verdict, r.Rows)
	}
	s := usual
	s.On = []string{Allocs}
	if row := s.Judge(Comparison{Metric: Metric{Name: Allocs}, Old: make([]float64, 50), New: make([]float64, 50)}); row.Verdict != NotWorse || !row.Decides {
		t.Errorf("no allocations on either side: %+v", row)
	}
}

// Two rounds that follow each other have opposite orders, which of the two
// comes first is random, and what was measured is what is recorded.
func TestOrderIsABBA(t *testing.T) {
	r, s := gated(t, 40, scriptedCell{noise: 0.005}, scriptedCell{noise: 0.005})
	at, firsts := 0, 0
	for round, turns := range r.Turns {
		for _, turn := range turns {
			first := "o"
			if turn.NewFirst {
				first = "n"
			}
			if s.turns[at] != first || s.turns[at+1] == first {
				t.Fatalf("round %d, item %d: measured %v, recorded %+v", round, turn.Item, s.turns[at:at+2], turn)
			}
			at += 2
			if round%2 == 0 && turn.NewFirst {
				firsts++
			}
			if round%2 == 1 && turn.NewFirst == newFirst(5, round-1, turn.Item) {
				t.Errorf("rounds %d and %d have the same order", round-1, round)
			}
		}
	}
	if at != len(s.turns) || firsts < 8 || firsts > 32 {
		t.Errorf("%d of %d measurements recorded, the new side first in %d of 40 blocks", at, len(s.turns), firsts)
	}
}

// Pairs that load from outside has spoilt are made up for.
func TestVoidPairsAreReplaced(t *testing.T) {
	hog := func(side, at int, s *result.Sample) *result.Failure {
		if s.WindowNS = 1e8; side == New && at%5 < 2 { // two in five
			s.OutsideNS = 1e8
		}
		return nil
	}
	dir := t.TempDir()
	s := &scripted{cells: []scriptedCell{{noise: 0.005}, {noise: 0.005, odd: hog}}, r: rand.New(rand.NewPCG(7, 7))}
	o := Options{Settings: usual, Source: s, Seed: 5, Log: io.Discard, Dir: dir, Heads: [2]result.Run{{Version: 1}, {Version: 1}}}
	o.Pairs = 20
	r, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := result.Read(filepath.Join(dir, "new.txt")); err != nil || f.Interrupted || f.Rounds() <= 20 {
		t.Errorf("a file whose spoilt pairs were made up for, of %d rounds: interrupted: %v, %v", f.Rounds(), f.Interrupted, err)
	}
	if n := r.row(t, 1).Cost.N; n != 15 {
		t.Errorf("%d pairs are left of the cell that was spoilt", n)
	}
	if n := r.row(t, 0).Cost.N; n != 20 {
		t.Errorf("%d pairs of the other", n)
	}
	if more := len(s.turns) - 2*2*20; more == 0 || more != 2*(len(r.Turns)-20) {
		t.Errorf("%d more measurements in %d rounds", more, len(r.Turns))
	}
}

// A cell that misses its promise by little is measured twice as often; one that
// keeps it, or that twice as many pairs would not help, is not.
func TestNoiseIsMadeUpFor(t *testing.T) {
	r, s := gated(t, DefaultPairs, scriptedCell{noise: 0.005}, scriptedCell{noise: 0.05}, scriptedCell{noise: 0.3})
	for item, want := range []struct {
		pairs int
		v     Verdict
	}{{DefaultPairs, NotWorse}, {2 * DefaultPairs, NotWorse}, {DefaultPairs, Inconclusive}} {
		if row := r.row(t, item); row.Cost.N != want.pairs || row.Verdict != want.v {
			t.Errorf("cell %d: %d pairs, %s; want %d, %s", item, row.Cost.N, row.Verdict, want.pairs, want.v)
		}
	}
	if n := len(s.turns); n != 2*4*DefaultPairs {
		t.Errorf("%d measurements for 50, 100 and 50 pairs", n)
	}
}

// The cells of the default gate, with noise that suits their kind, pass as they
// are and do not when all are asked for less than the finest promise; one that is noisier
// than its kind does not either.
func TestEqualBuildsPassOnAQuietMachine(t *testing.T) {
	noise := map[float64]float64{FinePromise: 0.02, MiddlePromise: 0.06, CoarsePromise: 0.09}
	var cells []scriptedCell
	coarse := -1
	for i, c := range defaultCells(2) {
		cells = append(cells, scriptedCell{cell: c, noise: noise[Promise(c)]})
		if Promise(c) == CoarsePromise {
			coarse = i
		}
	}
	s := usual
	s.Detect = 0
	r, _ := gatedBy(t, s, cells...)
	if r.Verdict != NotWorse || r.Count(NotWorse) != len(cells) {
		t.Errorf("equal builds are %s, %d cells of %d not worse", r.Verdict, r.Count(NotWorse), len(cells))
	}
	cells[coarse].noise = 0.3
	if r, _ := gatedBy(t, s, cells...); r.Verdict != Inconclusive || r.Count(Inconclusive) != 1 {
		t.Errorf("a cell that is too noisy for its promise is hidden: %s", r.Verdict)
	}
	cells[coarse].noise, s.Detect = noise[CoarsePromise], 0.035
	if r, _ := gatedBy(t, s, cells...); r.Verdict != Inconclusive || r.Count(Inconclusive) < 5 {
		t.Errorf("%d cells cannot show 3.5%%: %s", r.Count(Inconclusive), r.Verdict)
	}
}

// A verdict does not depend on whether the sides' files can be written.
func TestFullDiskLeavesTheVerdict(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "old.txt.part", "in the way"), 0o777); err != nil {
		t.Fatal(err)
	}
	s := &scripted{cells: []scriptedCell{{noise: 0.005, effect: 0.5, second: 0.5}}, r: rand.New(rand.NewPCG(7, 7))}
	o := Options{Settings: usual, Source: s, Seed: 5, Log: io.Discard, Dir: dir, Heads: [2]result.Run{{Version: 1}, {Version: 1}}}
	o.Pairs = 12
	r, err := Run(context.Background(), o)
	if err != nil || r.Verdict != Worse || r.Unwritten == nil || len(r.Files) != 3 {
		t.Errorf("%s, %v, not written: %v, written: %q", r.Verdict, err, r.Unwritten, r.Files)
	}
}

// Both sides' files can be read again, and give the same comparisons.
func TestFilesAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made")
	s := &scripted{cells: []scriptedCell{{noise: 0.005, effect: 0.5, second: 0.5}, {noise: 0.005}}, r: rand.New(rand.NewPCG(7, 7))}
	o := Options{Settings: usual, Source: s, Seed: 5, Log: io.Discard, Dir: dir, Heads: [2]result.Run{{Version: 1}, {Version: 1}}}
	o.Pairs = 12
	r, err := Run(context.Background(), o)
	if err != nil || r.Verdict != Worse {
		t.Fatalf("%s, %v", r.Verdict, err)
	}
	var names []string
	for _, f := range r.Files {
		names = append(names, filepath.Base(f))
	}
	if diff := cmp.Diff([]string{"old.txt", "new.txt", "confirm-old.txt", "confirm-new.txt"}, names); diff != "" {
		t.Error(diff)
	}
	var files [2]*result.File
	for i := range files {
		if files[i], err = result.Read(r.Files[i]); err != nil {
			t.Fatal(err)
		}
		if files[i].Interrupted || len(files[i].Warnings) > 0 || files[i].Run.Seed != 5 || len(files[i].Samples) != 24 {
			t.Errorf("%s: %+v", r.Files[i], files[i].Run)
		}
	}
	again, err := Compare(planned(files), files[Old], files[New])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range again {
		if c.Metric.Name == Time && o.Judge(c).Cost.Value != r.Rows[slices.IndexFunc(r.Rows, func(x Row) bool { return x.Cell == c.Cell && x.Metric == c.Metric })].Cost.Value {
			t.Errorf("%s differs after it was read", c.Cell.Name())
		}
	}
	if _, err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), "choose another --dir") {
		t.Errorf("files that are there: %v", err)
	}
}
