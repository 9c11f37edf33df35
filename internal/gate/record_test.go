package gate

import (
	"path/filepath"
	"testing"
)

// The promise of few false alarms is kept by the stored record of a build
// against itself: at most one in a thousand cells confirmed and one in a hundred
// runs red, by their upper bounds, over runs that are drawn from its pairs with
// the sides of each exchanged by the toss of a coin.
func TestFalseAlarmsOfTheStoredRecord(t *testing.T) {
	dirs, err := filepath.Glob("../../results/gate-aa-*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no stored record, %v", err)
	}
	const (
		leastRounds = 300
		cells       = 24
		runs        = 1000
		seed        = 1
	)
	for _, dir := range dirs {
		pairs, err := Record(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range pairs {
			if n := len(c.whole()); len(c.Old) < leastRounds || 2*n < leastRounds {
				t.Errorf("%s: %s has %d pairs of %d rounds", dir, c.Cell.Name(), n, len(c.Old))
			}
		}
		if len(pairs) != cells {
			t.Errorf("%s: %d cells, want %d", dir, len(pairs), cells)
		}
		a := usual.FalseAlarms(pairs, runs, seed)
		t.Logf("%s: %d cells, %d rounds", filepath.Base(dir), len(pairs), len(pairs[0].Old))
		t.Logf("drawn: %d of %d comparisons flagged (at most %.3g%%), %d confirmed (at most %.3g%%)",
			a.Flagged, a.Cells, 100*UpperBound(a.Flagged, a.Cells), a.Confirmed, 100*UpperBound(a.Confirmed, a.Cells))
		t.Logf("drawn: %d of %d runs red (at most %.3g%%)", a.Red, a.Runs, 100*UpperBound(a.Red, a.Runs))
		t.Logf("as measured: %d of %d batches flagged (at most %.3g%%)", a.RealFlagged, a.Real, 100*UpperBound(a.RealFlagged, a.Real))
		if a.Runs < runs*9/10 {
			t.Errorf("only in %d of %d drawn runs had every comparison an interval", a.Runs, runs)
		}
		if got := UpperBound(a.Confirmed, a.Cells); got > CellAlpha {
			t.Errorf("%d of %d cells are false alarms, %.3g%% at most, want %.3g%%", a.Confirmed, a.Cells, 100*got, 100*CellAlpha)
		}
		if got := UpperBound(a.Red, a.Runs); got > RunAlpha {
			t.Errorf("%d of %d runs are red, %.3g%% at most, want %.3g%%", a.Red, a.Runs, 100*got, 100*RunAlpha)
		}
	}
}
