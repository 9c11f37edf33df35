package scaling

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The distribution of U against its table (Mann and Whitney 1947, and any
// textbook): P(U <= 0) is one way among all, and small tables by hand.
func TestMannWhitneyTable(t *testing.T) {
	for _, c := range []struct {
		m, n, u int
		p       float64
	}{
		{1, 1, 0, 0.5},
		{2, 2, 0, 1.0 / 6},
		{2, 2, 1, 2.0 / 6},
		{2, 2, 2, 4.0 / 6},
		{3, 3, 0, 1.0 / 20},
		{3, 3, 1, 2.0 / 20},
		{4, 4, 0, 1.0 / 70},
		{4, 4, 1, 2.0 / 70},
		{4, 4, 2, 4.0 / 70},
		{4, 4, 16, 1},
		{5, 5, 2, 4.0 / 252},
	} {
		if p := mannWhitney(c.m, c.n)(c.u); math.Abs(p-c.p) > 1e-12 {
			t.Errorf("P(U <= %d) of %d and %d values is %v, want %v", c.u, c.m, c.n, p, c.p)
		}
	}
}

// An interval of independent values of any size leaves out the true ratio as
// seldom as it says, on both sides of where the exact distribution ends.
func TestUnpairedRatioCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 0))
	for _, n := range []int{6, 20, 60} {
		const trials = 600
		missed := 0
		for range trials {
			num, den := make([]float64, n), make([]float64, n+1)
			for i := range num {
				num[i] = 1.5 * math.Exp(0.1*r.NormFloat64())
			}
			for i := range den {
				den[i] = math.Exp(0.1 * r.NormFloat64())
			}
			den[n] = math.NaN() // no value
			if e := UnpairedRatio(num, den, 0.95); e.Above(1.5) || e.Below(1.5) {
				missed++
			} else if e.Confidence < 0.95 {
				t.Fatalf("%d values: %+v", n, e)
			}
		}
		if expected := 0.05 * trials; float64(missed) > expected+4*math.Sqrt(expected) {
			t.Errorf("%d values: %d of %d intervals miss", n, missed, trials)
		}
	}
}

func TestUnpairedRatioSaysWhatItCannot(t *testing.T) {
	three := []float64{1, 2, 3}
	if e := UnpairedRatio(three, three, 0.95); e.Confidence != 0 || len(e.Warnings) != 1 || e.Value != 1 {
		t.Errorf("3 and 3 values give %+v", e)
	}
	four := []float64{2, 2, 2, 2}
	if e := UnpairedRatio(four, []float64{1, 1, 1, 1}, 0.95); e.Low != 2 || e.High != 2 || e.Confidence < 0.95 {
		t.Errorf("4 and 4 values give %+v", e)
	}
	if e := UnpairedRatio([]float64{0, 1}, four, 0.95); !math.IsNaN(e.Value) || len(e.Warnings) != 1 {
		t.Errorf("a zero gives %+v", e)
	}
	if e := UnpairedRatio(nil, four, 0.95); !math.IsNaN(e.Value) {
		t.Errorf("nothing gives %+v", e)
	}
}
