package scaling

import (
	"math"
	"slices"
	"sort"

	"github.com/montanaflynn/stats"
	"gonum.org/v1/gonum/stat/distuv"
)

// Level estimates where the values of x lie: the median, with the narrowest
// symmetric pair of order statistics that covers the population's median with
// a confidence of at least Confidence. NaN stands for "no value" and is left
// out; x itself is not changed. With fewer than MinCount values there is no
// interval, with none the value is NaN.
//
// The confidence of (x[k], x[n+1-k]) is 1 - 2 P(B <= k-1) for B binomial(n,
// 1/2), whatever the distribution: Hollander and Wolfe, Nonparametric
// Statistical Methods, section 3.6.
func Level(x []float64) Estimate {
	v := numbers(x)
	if len(v) == 0 {
		return bare(math.NaN(), 0, "values")
	}
	median, err := stats.Median(v)
	if err != nil { // only for an empty slice, which is handled above
		panic(err)
	}
	if len(v) < MinCount {
		return bare(median, len(v), "values")
	}
	slices.Sort(v)
	k, confidence := signRank(len(v))
	return Estimate{Value: median, Low: v[k-1], High: v[len(v)-k], Confidence: confidence, N: len(v)}
}

// signRank returns the largest k, from 1, for which the k-th smallest and the
// k-th largest of n values enclose the median with at least Confidence, and
// the confidence that they have.
func signRank(n int) (k int, confidence float64) {
	b := distuv.Binomial{N: float64(n), P: 0.5}
	covers := func(k int) float64 { return 1 - 2*b.CDF(float64(k-1)) }
	k = sort.Search(n/2, func(i int) bool { return covers(i+1) < Confidence })
	return k, covers(k)
}

// numbers returns a copy of x without its NaNs.
func numbers(x []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(x), math.IsNaN)
}
