package gate

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A record of equal builds gives few false alarms however it is drawn from; the
// count of what was measured sees an effect that is there.
func TestFalseAlarmsOfARecord(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 0))
	var long, short, slowed []Comparison
	for _, sd := range []float64{0.01, 0.05, 0.2} {
		long = append(long, noisy(r, 300, sd, 0))
		short = append(short, noisy(r, 50, sd, 0))
		slowed = append(slowed, noisy(r, 100, sd, 1))
	}
	const runs = 400
	for name, record := range map[string][]Comparison{"300 rounds": long, "50 rounds": short} {
		a := usual.FalseAlarms(record, runs, 1)
		if a.Runs != runs || a.Cells != 3*runs || a.Real != 3*len(record[0].Old)/usual.Pairs {
			t.Errorf("%s: counted %+v", name, a)
		}
		if unlikely(a.Flagged, a.Cells, CellAlpha) || unlikely(a.Red, a.Runs, RunAlpha) || a.RealFlagged > 0 {
			t.Errorf("%s: %+v", name, a)
		}
		if b := usual.FalseAlarms(record, runs, 1); a != b {
			t.Errorf("%s: %+v, then %+v", name, a, b)
		}
	}
	few := []Comparison{noisy(r, 10, 0.05, 0)}
	if a := (Settings{Pairs: 10, Threshold: 0.03}).FalseAlarms(few, 50, 1); a.Runs+a.Cells+a.Real > 0 {
		t.Errorf("10 pairs cannot alarm, and count: %+v", a)
	}
	if a := usual.FalseAlarms([]Comparison{noisy(r, 49, 0.05, 0)}, 50, 1); a != (Alarms{}) {
		t.Errorf("49 rounds are no batch of 50, and count: %+v", a)
	}
	if a := usual.FalseAlarms(slowed, 1, 1); a.Real != 6 || a.RealFlagged != 6 {
		t.Errorf("of builds that differ: %+v", a)
	}
}

// What a record is said to catch is what new runs of the same noise catch.
func TestCaught(t *testing.T) {
	r := rand.New(rand.NewPCG(22, 0))
	half := noisy(r, 50, 0.02, 0.3)
	for i := range 25 { // that are void
		half.Old[i] = math.NaN()
	}
	if got := usual.Caught(half, 100, 1); got != 1 {
		t.Errorf("of an effect that every pair shows %v is caught when half of them are left", got)
	}
	for effect, want := range map[float64][2]float64{0: {0, 0.01}, 0.3: {1, 1}} {
		if got := usual.Caught(noisy(r, 50, 0.02, effect), 100, 1); got < want[0] || got > want[1] {
			t.Errorf("of an effect of %v %v is caught", effect, got)
		}
	}
}
