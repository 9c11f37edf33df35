package gate

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/nonrev/nonrev/internal/result"
)

var usual = Settings{Pairs: DefaultPairs, Threshold: 0.03, Detect: 0.05, On: []string{Time}}

// noisy makes pairs of a cell whose noise is log-normal, beside a drift that
// both of a pair share, and whose new side costs more by a share.
func noisy(r *rand.Rand, pairs int, sd, effect float64) Comparison {
	c := Comparison{Cell: result.Cell{Workload: "made-up", Cores: 1}, Metric: Metric{Name: Time, Unit: result.WallNS}}
	drift := 0.0
	for range pairs {
		drift += 0.02 * r.NormFloat64()
		c.Old = append(c.Old, math.Exp(drift+sd*r.NormFloat64()))
		c.New = append(c.New, math.Exp(drift+sd*r.NormFloat64())*(1+effect))
	}
	return c
}

// flagged and confirmed are what becomes of a cell in both batches.
func flagged(r *rand.Rand, sd, effect float64) bool {
	return usual.flags(noisy(r, usual.Pairs, sd, effect).cost(1 - CellAlpha))
}

func confirmed(r *rand.Rand, sd, effect float64) bool {
	return usual.flags(noisy(r, usual.Pairs, sd, effect).cost(confirmation(1)))
}

// unlikely tells that so many events or more in n trials would be one chance
// in a million if their rate were p.
func unlikely(events, n int, p float64) bool {
	return events > 0 && 1-distuv.Binomial{N: float64(n), P: p}.CDF(float64(events)-1) < 1e-6
}

// Of cells without a change at most one in a thousand may be flagged, and next
// to none confirmed, whatever their noise.
func TestFewFalseAlarms(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 0))
	for _, sd := range []float64{0.005, 0.05, 0.3} {
		const cells = 3000
		first, both := 0, 0
		for range cells {
			if flagged(r, sd, 0) {
				first++
				if confirmed(r, sd, 0) {
					both++
				}
			}
		}
		t.Logf("noise of %.3g: %d of %d flagged (at most %.2g%%), %d confirmed", sd, first, cells, 100*UpperBound(first, cells), both)
		if unlikely(first, cells, CellAlpha) {
			t.Errorf("noise of %.3g: %d of %d cells without a change are flagged", sd, first, cells)
		}
		if unlikely(both, cells, CellAlpha*RunAlpha) {
			t.Errorf("noise of %.3g: %d of %d false alarms are confirmed", sd, both, cells)
		}
	}
}

// What a run calls detectable is caught nine times in ten by runs of the same
// noise; half of it mostly is not, so that the word does not cover too much.
func TestDetectableIsCaught(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 0))
	for _, sd := range []float64{0.01, 0.04, 0.12} {
		const runs, each = 30, 20
		caught, ofHalf := 0, 0
		for range runs {
			detectable := usual.Detectable(noisy(r, usual.Pairs, sd, 0.01))
			if detectable < usual.Threshold {
				t.Fatalf("%.3g is below the threshold", detectable)
			}
			for range each {
				if flagged(r, sd, detectable) && confirmed(r, sd, detectable) {
					caught++
				}
				if flagged(r, sd, detectable/2) && confirmed(r, sd, detectable/2) {
					ofHalf++
				}
			}
		}
		const all = runs * each
		t.Logf("noise of %.3g: %d of %d caught, %d of half as much", sd, caught, all, ofHalf)
		if UpperBound(caught, all) < Power-0.03 {
			t.Errorf("noise of %.3g: %d of %d detectable effects are caught", sd, caught, all)
		}
		if LowerBound(ofHalf, all) > 0.5 {
			t.Errorf("noise of %.3g: %d of %d effects half as large are caught, so what is called detectable is too much", sd, ofHalf, all)
		}
	}
}
