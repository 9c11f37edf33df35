package scaling

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Simulated cells of a run: 20 rounds, lognormal noise, and a drift of the
// machine that both cells of a round share. The intervals hold the truth as
// often as they say, within 2 in 100.
func TestIntervalsOfSimulatedRunsCover(t *testing.T) {
	const files, rounds, truth, gain = 2000, 20, 1e5, 1.9
	r := rand.New(rand.NewPCG(20, 26))
	var first, second, ratio Estimate
	hits := map[string]float64{}
	count := func(what string, e Estimate, v float64) {
		if e.Low <= v && v <= e.High {
			hits[what]++
		}
	}
	for range files {
		one, many := make([]float64, rounds), make([]float64, rounds)
		for i := range one {
			machine := math.Exp(0.05 * r.NormFloat64())
			one[i] = truth * machine * math.Exp(0.02*r.NormFloat64())
			many[i] = truth * gain * machine * math.Exp(0.03*r.NormFloat64())
		}
		first, second, ratio = Level(one), Level(many), Ratio(many, one)
		count("level of one", first, truth)
		count("level of many", second, truth*gain)
		count("ratio", ratio, gain)
	}
	for what, stated := range map[string]float64{"level of one": first.Confidence, "level of many": second.Confidence, "ratio": ratio.Confidence} {
		if share := hits[what] / files; stated < Confidence || math.Abs(share-stated) > 0.02 {
			t.Errorf("%s: %.4f of intervals hold the truth, %.4f is stated", what, share, stated)
		}
	}
}
