package scaling

import (
	"math"
	"slices"
	"sort"
	"sync"

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
	slices.Sort(v)
	median, err := stats.Median(v)
	if err != nil { // only for an empty slice, which is handled above
		panic(err)
	}
	if len(v) < MinCount {
		return bare(median, len(v), "values")
	}
	b := signRank(len(v))
	return Estimate{Value: median, Low: v[b.rank-1], High: v[len(v)-b.rank], Confidence: b.confidence, N: len(v)}
}

// bounds are an interval's: the rank from below and from above, from 1, and
// the confidence that they have.
type bounds struct {
	rank       int
	confidence float64
}

// signRank returns the largest k, from 1, for which the k-th smallest and the
// k-th largest of n values enclose the median with at least Confidence.
var signRank = byCount(func(n int) bounds {
	b := distuv.Binomial{N: float64(n), P: 0.5}
	covers := func(k int) float64 { return 1 - 2*b.CDF(float64(k-1)) }
	k := sort.Search(n/2, func(i int) bool { return covers(i+1) < Confidence })
	return bounds{k, covers(k)}
})

// byCount remembers what f makes of each count of values, of which a report
// has few and asks thousands of times.
func byCount[T any](f func(n int) T) func(n int) T {
	var known sync.Map
	return func(n int) T {
		if v, ok := known.Load(n); ok {
			return v.(T)
		}
		v, _ := known.LoadOrStore(n, f(n))
		return v.(T)
	}
}

// numbers returns a copy of x without its NaNs.
func numbers(x []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(x), math.IsNaN)
}

// Combine applies f to the values of each round: the i-th of every column, all
// of which are equally long. A NaN among them gives NaN if f only calculates. f
// must not keep the slice.
func Combine(f func(v []float64) float64, columns ...[]float64) []float64 {
	out := make([]float64, len(columns[0]))
	row := make([]float64, len(columns))
	for i := range out {
		for j, c := range columns {
			row[j] = c[i]
		}
		out[i] = f(row)
	}
	return out
}
