package scaling

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Resamples and BootstrapSeed make the bootstrap, so that the same data give
// the same intervals.
const (
	Resamples     = 1000
	BootstrapSeed = 1
)

// Bootstrap estimates a statistic of n independent processes, for what neither
// the median's order statistics nor the Wilcoxon interval fits, such as a
// quantile of all their requests taken together. The statistic is told which
// processes to use, each from 0 to n-1, some more than once and some not at
// all; it must not keep the slice. The value is that of every process once, the
// interval runs between percentiles of Resamples draws with replacement: Efron
// and Tibshirani, An Introduction to the Bootstrap, chapter 13.
//
// Confidence is nominal here: with 20 processes such an interval covers a few
// percent less often than it says, and in the far tail of what was observed,
// near a maximum, it may cover much less. Fewer than MinCount processes, or a
// draw without a value (NaN), give no interval and a warning; no processes give
// NaN.
func Bootstrap(n int, statistic func(draw []int) float64) Estimate {
	return Bootstraps(n, 1, func(draw []int, values []float64) { values[0] = statistic(draw) })[0]
}

// Bootstraps is Bootstrap for several statistics, which are all told the same
// draws: statistics sets one value of each for a draw.
func Bootstraps(n, several int, statistics func(draw []int, values []float64)) []Estimate {
	out, values := make([]Estimate, several), make([]float64, several)
	for i := range values {
		values[i] = math.NaN()
	}
	draw := make([]int, n)
	for i := range draw {
		draw[i] = i
	}
	if n > 0 {
		statistics(draw, values)
	}
	var drawn [][]float64
	for i, v := range values {
		out[i] = bare(v, n, "processes")
		drawn = append(drawn, make([]float64, Resamples))
	}
	if n < MinCount {
		return out
	}
	r := rand.New(rand.NewPCG(BootstrapSeed, 0))
	for k := range Resamples {
		redraw(draw, n, r)
		statistics(draw, values)
		for i, v := range values {
			drawn[i][k] = v
		}
	}
	for i := range out {
		out[i].drawn(drawn[i])
	}
	return out
}

// drawn gives e, which has none yet, the interval that values of draws make,
// unless e has no value itself.
func (e *Estimate) drawn(values []float64) {
	if math.IsNaN(e.Value) {
		return
	}
	e.Warnings = nil
	if missing := len(values) - len(numbers(values)); missing > 0 {
		e.Warnings = []string{fmt.Sprintf("no interval: %d of %d draws of the processes have no value", missing, Resamples)}
		return
	}
	e.percentiles(values)
}

// redraw fills draw with processes out of n, with replacement.
func redraw(draw []int, n int, r *rand.Rand) {
	for i := range draw {
		draw[i] = r.IntN(n)
	}
}

// percentiles sets the interval that leaves half of what Confidence leaves at
// either end of the values, which it sorts.
func (e *Estimate) percentiles(values []float64) {
	slices.Sort(values)
	out := int(float64(len(values)) * (1 - Confidence) / 2)
	e.Low, e.High, e.Confidence = values[out], values[len(values)-1-out], Confidence
}
