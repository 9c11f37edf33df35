package gate

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/nonrev/nonrev/internal/scaling"
)

// Power is how often an effect must be caught to count as detectable.
const Power = 0.9

// powerDraws is how many runs are drawn to find what is detectable, from a
// generator whose seed is fixed, so that the same pairs give the same number.
const (
	powerDraws = 300
	powerSeed  = 1
)

// Detectable is the smallest effect, as a share, that a run with the noise of
// these pairs catches 9 times in 10, confirmation included. Runs are drawn from
// the pairs themselves: as many with replacement as there are, their centre
// taken off, each turned round or not by the toss of a coin. An effect shifts
// every pair, and with them the estimate and its bounds, so each drawn run has
// a least effect that it would catch; nine in ten of these lie at or below the
// answer.
//
// How much noise there is, is itself known from these pairs alone. So the noise
// is drawn first, and a run out of that: drawn out of the pairs directly, nine
// in ten were 84 to 88 in 100 in simulated runs.
func (s Settings) Detectable(c Comparison) float64 {
	noise := c.noise()
	if len(noise) == 0 {
		return math.NaN()
	}
	r := rand.New(rand.NewPCG(powerSeed, uint64(len(noise))))
	least := make([]float64, powerDraws)
	for i := range least {
		world := drawn(noise, r)
		least[i] = max(s.leastCaught(drawn(world, r), 1-CellAlpha), s.leastCaught(drawn(world, r), confirmation(1)))
	}
	slices.Sort(least)
	return math.Expm1(least[int(math.Ceil(Power*powerDraws))-1])
}

// noise is the logarithms of the cost ratios of the pairs, less their centre.
func (c Comparison) noise() []float64 {
	centre := math.Log(c.cost(scaling.Confidence).Value)
	var noise []float64
	for _, i := range c.whole() {
		d := math.Log(c.New[i]) - math.Log(c.Old[i])
		if c.Metric.Higher {
			d = -d
		}
		if zeros(c.Old) && zeros(c.New) {
			d = 0
		}
		if !math.IsNaN(d) && !math.IsInf(d, 0) && !math.IsNaN(centre) {
			noise = append(noise, d-centre)
		}
	}
	return noise
}

// drawn is as much noise, drawn from it. What a draw with replacement spreads
// less by, it is scaled up by.
func drawn(noise []float64, r *rand.Rand) []float64 {
	n := float64(len(noise))
	scale := math.Sqrt(n / max(n-1, 1))
	draw := make([]float64, len(noise))
	for i := range draw {
		if draw[i] = scale * noise[r.IntN(len(noise))]; r.IntN(2) == 0 {
			draw[i] = -draw[i]
		}
	}
	return draw
}

// leastCaught is the logarithm of the least effect at which a run of this noise
// would be flagged at the confidence.
func (s Settings) leastCaught(noise []float64, confidence float64) float64 {
	run := scaling.Combine(func(d []float64) float64 { return math.Exp(d[0]) }, noise)
	e := scaling.RatioAt(run, ones(len(run)), confidence)
	if e.Confidence == 0 {
		return math.Inf(1)
	}
	return max(math.Log1p(s.Threshold)-math.Log(e.Value), -math.Log(e.Low))
}

// UpperBound is the largest rate that n trials with k events leave possible,
// one-sided at 95%: Clopper and Pearson, Biometrika 26, 1934.
func UpperBound(k, n int) float64 {
	if k >= n { // none at all leave everything possible
		return 1
	}
	return distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(0.95)
}

// LowerBound is the smallest, as UpperBound.
func LowerBound(k, n int) float64 { return 1 - UpperBound(n-k, n) }
