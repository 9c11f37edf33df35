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
	if n == 0 {
		return bare(math.NaN(), 0, "processes")
	}
	draw := make([]int, n)
	for i := range draw {
		draw[i] = i
	}
	value := statistic(draw)
	if n < MinCount || math.IsNaN(value) {
		return bare(value, n, "processes")
	}
	r := rand.New(rand.NewPCG(BootstrapSeed, 0))
	values := make([]float64, Resamples)
	for i := range values {
		redraw(draw, n, r)
		values[i] = statistic(draw)
	}
	e := Estimate{Value: value, Low: value, High: value, N: n}
	if missing := len(values) - len(numbers(values)); missing > 0 {
		e.Warnings = []string{fmt.Sprintf("no interval: %d of %d draws of the processes have no value", missing, Resamples)}
		return e
	}
	e.percentiles(values)
	return e
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
