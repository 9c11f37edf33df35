package scaling

import (
	"math/rand/v2"
	"testing"
)

// The band of a law holds the law's throughput, at each count by itself, about
// as often as it says, whether the rounds share a drift or not.
func TestBandHoldsTheLaw(t *testing.T) {
	const curves = 600
	truth := USL{Lambda: 1000, Sigma: 0.05, Kappa: 0.004}
	counts := []int{1, 2, 3, 4, 6, 8, 12}
	for _, drift := range []float64{0, 0.05} {
		r := rand.New(rand.NewPCG(7, 3))
		held := map[float64]int{}
		at := []float64{1, 2.5, 8, 12}
		for range curves {
			curve := simulated(r, truth, 0.02, 20, counts...)
			for round := range 20 {
				machine := 1 + drift*r.NormFloat64()
				for i := range curve {
					curve[i].X[round] *= machine
				}
			}
			f, err := StudentUSL(curve, Relative)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range at {
				if within(f.At(n), truth.At(n)) {
					held[n]++
				}
			}
		}
		for _, n := range at {
			if share := float64(held[n]) / curves; share < 0.92 || share > 0.99 {
				t.Errorf("with a drift of %g the band at %g holds the law in %.3f of curves, want about %g", drift, n, share, Confidence)
			}
		}
	}
}

func TestBandAtOneCoreIsLambda(t *testing.T) {
	f, err := StudentUSL(cisco(), Plain)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.At(1); got.Value != f.Student.Lambda.Value || got.Low != f.Student.Lambda.Low || got.High != f.Student.Lambda.High {
		t.Errorf("on one core the band is %+v, lambda %+v", got, f.Student.Lambda)
	}
	// The bootstrap is all that a fit has more.
	whole := fitted(t, cisco(), Plain)
	if whole.Law != f.Law || whole.Student.Sigma.High != f.Student.Sigma.High || f.Bootstrap.Kappa.Confidence != 0 {
		t.Errorf("without a bootstrap %+v, with one %+v", f, whole)
	}
}
