package scaling

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Ranks and confidence of the binomial tables: Conover, Practical
// Nonparametric Statistics, table A3, at p = 1/2.
func TestLevelUsesTheTabledOrderStatistics(t *testing.T) {
	for _, c := range []struct {
		n, k       int
		confidence float64
	}{{6, 1, 0.96875}, {9, 2, 1 - 2*10.0/512}, {10, 2, 1 - 2*11.0/1024}, {20, 6, 0.958611}, {30, 10, 0.957226}} {
		x := make([]float64, c.n)
		for i := range x {
			x[i] = float64((i*7)%c.n) + 1 // 1..n in another order, as 7 divides none of them
		}
		e := Level(x)
		if e.Low != float64(c.k) || e.High != float64(c.n+1-c.k) || math.Abs(e.Confidence-c.confidence) > 1e-6 || e.N != c.n {
			t.Errorf("n=%d: %+v, want ranks %d and %d at %v", c.n, e, c.k, c.n+1-c.k, c.confidence)
		}
	}
}

func TestLevelWithoutInterval(t *testing.T) {
	nan := math.NaN()
	e := Level([]float64{5, nan, 1, 2, 9, 3})
	if e.Value != 3 || e.Low != 3 || e.High != 3 || e.Confidence != 0 || e.N != 5 || len(e.Warnings) != 1 {
		t.Errorf("5 values: %+v", e)
	}
	if e := Level([]float64{nan}); !math.IsNaN(e.Value) || e.N != 0 || e.Above(0) || e.Below(0) {
		t.Errorf("no values: %+v", e)
	}
}

// The interval must hold the true median as often as it says, within four
// standard errors of the simulation.
func TestLevelCovers(t *testing.T) {
	covers(t, Level, math.Ln2, func(r *rand.Rand) float64 { return r.ExpFloat64() })
}

// covers simulates 4000 intervals of draws whose centre is truth.
func covers(t *testing.T, estimate func([]float64) Estimate, truth float64, draw func(*rand.Rand) float64) {
	t.Helper()
	const trials = 4000
	for _, n := range []int{6, 9, 20, 50} {
		r := rand.New(rand.NewPCG(1, uint64(n)))
		hits, confidence := 0, 0.0
		x := make([]float64, n)
		for range trials {
			for i := range x {
				x[i] = draw(r)
			}
			e := estimate(x)
			confidence = e.Confidence
			if e.Low <= truth && truth <= e.High {
				hits++
			}
		}
		got, slack := float64(hits)/trials, 4*math.Sqrt(0.05*0.95/trials)
		if confidence < Confidence || math.Abs(got-confidence) > slack {
			t.Errorf("n=%d: covers %.4f of the time, states %.4f", n, got, confidence)
		}
	}
}

func TestLevelProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 60).Draw(t, "x")
		kept := slices.Clone(x)
		e := Level(x)
		if !slices.Equal(x, kept) {
			t.Fatal("changed its input")
		}
		if !(e.Low <= e.Value && e.Value <= e.High) {
			t.Fatalf("value outside its interval: %+v", e)
		}
		if shuffled := Level(rapid.Permutation(x).Draw(t, "shuffled")); !same(e, shuffled) {
			t.Fatalf("order matters: %+v, %+v", e, shuffled)
		}
		doubled := slices.Clone(x)
		for i := range doubled {
			doubled[i] *= 2 // a power of two scales without rounding
		}
		if got := Level(doubled); !same(e.Scale(2), got) {
			t.Fatalf("%+v twice, got %+v", e, got)
		}
	})
}

func same(a, b Estimate) bool {
	return a.Value == b.Value && a.Low == b.Low && a.High == b.High && a.Confidence == b.Confidence && a.N == b.N
}

func FuzzEstimates(f *testing.F) {
	f.Add(1.0, 2.0, 3.0)
	f.Add(math.NaN(), math.Inf(1), math.Copysign(0, -1))
	f.Add(math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64)
	f.Fuzz(func(t *testing.T, a, b, c float64) {
		x := []float64{a, b, c, b, a, c, a}
		y := []float64{c, a, b, b, c, a, a}
		Level(x)
		Series(append(x, y...))
		for _, e := range []Estimate{Ratio(x, y), Diff(x, y)} {
			if !math.IsNaN(e.Value) && !(e.Low <= e.Value && e.Value <= e.High) {
				t.Errorf("value outside its interval: %+v of %v and %v", e, x, y)
			}
		}
	})
}
