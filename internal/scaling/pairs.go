package scaling

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// Ratio estimates num/den from values paired by index, usually by round, so
// that what disturbs both values of a round cancels. It is the exponential of
// the Hodges-Lehmann estimate of log(num[i]/den[i]) with the exact Wilcoxon
// signed-rank interval, see Diff.
//
// A NaN on either side stands for "no value" and drops its pair. A value that
// has no logarithm of use (zero, negative, infinite) is a mistake of the
// measurement that leaving out would hide: the estimate is then NaN with a
// warning. Slices of different lengths panic.
func Ratio(num, den []float64) Estimate { return RatioAt(num, den, Confidence) }

// RatioAt is Ratio with an interval of at least the confidence, for whoever
// takes many ratios at a time and must be wrong about none. Pairs that are too
// few for it give no interval.
func RatioAt(num, den []float64, confidence float64) Estimate {
	e := paired(num, den, usable, "positive and finite", confidence, func(a, b float64) float64 { return math.Log(a) - math.Log(b) })
	e.Value, e.Low, e.High = math.Exp(e.Value), math.Exp(e.Low), math.Exp(e.High)
	return e
}

func usable(x float64) bool { return x > 0 && !math.IsInf(x, 1) }

func finite(x float64) bool { return !math.IsInf(x, 0) }

// Diff estimates a-b from values paired by index: the Hodges-Lehmann estimate,
// which is the median of all averages (d[i]+d[j])/2, i <= j (the Walsh
// averages), of the differences d, with the exact interval of the Wilcoxon
// signed-rank test. NaN on either side drops the pair, slices of different
// lengths panic, neither slice is changed. With fewer than MinCount pairs
// there is no interval, with none, or with an infinite value, the estimate is
// NaN.
//
// The interval runs from the C-th smallest to the C-th largest Walsh average,
// its confidence is 1 - 2 P(T <= C-1) with T the signed-rank statistic of n
// pairs: Hollander and Wolfe, Nonparametric Statistical Methods, sections 3.2
// and 3.3. It asks that the differences be symmetric about their centre;
// equal differences make it wider than need be, never narrower.
func Diff(a, b []float64) Estimate {
	return paired(a, b, finite, "finite", Confidence, func(a, b float64) float64 { return a - b })
}

// paired estimates the centre of f over the pairs that have both values, all
// of which must be good.
func paired(a, b []float64, good func(float64) bool, goodness string, confidence float64, f func(a, b float64) float64) Estimate {
	if len(a) != len(b) {
		panic(fmt.Sprintf("scaling: %d values paired with %d", len(a), len(b)))
	}
	d, wrong := make([]float64, 0, len(a)), 0
	for i := range a {
		switch {
		case math.IsNaN(a[i]) || math.IsNaN(b[i]):
		case good(a[i]) && good(b[i]):
			d = append(d, f(a[i], b[i]))
		default:
			wrong++
		}
	}
	if wrong > 0 {
		nan := math.NaN()
		return Estimate{Value: nan, Low: nan, High: nan, Warnings: []string{
			fmt.Sprintf("%d of %d pairs hold a value that is not %s: no estimate; look at these samples", wrong, wrong+len(d), goodness),
		}}
	}
	return hodgesLehmann(d, confidence)
}

// hodgesLehmann estimates the centre of d, which it may sort.
func hodgesLehmann(d []float64, confidence float64) Estimate {
	if len(d) == 0 {
		return bare(math.NaN(), 0, "pairs")
	}
	slices.Sort(d)
	m := len(d) * (len(d) + 1) / 2
	centre := walshMedian(d)
	if least := LeastPairs(confidence); len(d) < least {
		return short(centre, len(d), "pairs", least)
	}
	b := signedRank(len(d), confidence)
	return Estimate{
		Value: centre, Low: walsh(d, b.rank), High: walsh(d, m+1-b.rank),
		Confidence: b.confidence, N: len(d),
	}
}

// walshMedian returns the median of the averages (d[i]+d[j])/2, i <= j, of the
// ascending d.
func walshMedian(d []float64) float64 {
	m := len(d) * (len(d) + 1) / 2
	return (walsh(d, (m+1)/2) + walsh(d, m/2+1)) / 2
}

// walsh returns the k-th smallest, from 1, of the averages (d[i]+d[j])/2,
// i <= j, of the ascending d. It halves the numbers between least and largest
// until one is left, counting the averages below in linear time: listing them
// would take memory that grows with the square of the samples.
func walsh(d []float64, k int) float64 {
	low, high := ordered(d[0]), ordered(d[len(d)-1])
	for low < high {
		mid := low + (high-low)/2
		if walshCount(d, unordered(mid)) >= k {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return unordered(low) + 0 // minus zero becomes zero
}

// walshCount tells how many averages (d[i]+d[j])/2, i <= j, are at most t.
func walshCount(d []float64, t float64) int {
	count, j := 0, len(d)-1
	for i := range d {
		for j >= i && d[i]/2+d[j]/2 > t {
			j--
		}
		if j < i {
			break
		}
		count += j - i + 1
	}
	return count
}

// ordered maps numbers to integers of the same order, next to next.
func ordered(x float64) uint64 {
	bits := math.Float64bits(x)
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

// unordered is the inverse of ordered.
func unordered(n uint64) float64 {
	if n>>63 == 1 {
		return math.Float64frombits(n &^ (1 << 63))
	}
	return math.Float64frombits(^n)
}

// exactPairs is the largest count for which the signed-rank distribution is
// computed exactly; beyond it the normal approximation errs by less than
// 0.0001 where it is used, and the exact one would come to cost seconds.
const exactPairs = 300

// LeastPairs is the smallest number of pairs that gives an interval of the
// confidence: what n pairs leave out is 2/2^n at the least.
func LeastPairs(confidence float64) int {
	n := 1
	for 1-math.Pow(2, float64(1-n)) < confidence {
		n++
	}
	return n
}

// signedRank returns the largest c, from 1, for which the c-th smallest and
// the c-th largest Walsh average of n differences enclose the centre with at
// least the confidence, and the confidence that they have.
func signedRank(n int, confidence float64) bounds {
	below := signedRankBelow(n)
	covers := func(c int) float64 { return 1 - 2*below(c-1) }
	c := sort.Search(n*(n+1)/4, func(i int) bool { return covers(i+1) < confidence })
	return bounds{c, covers(c)}
}

// signedRankBelow is P(T <= t) of the signed-rank statistic of n values.
var signedRankBelow = byCount(func(n int) func(t int) float64 {
	if n <= exactPairs {
		return signedRankExact(n)
	}
	return signedRankNormal(n)
})

// signedRankExact returns P(T <= t) of the signed-rank statistic of n values:
// rank r joins the sum or not, each with probability 1/2.
func signedRankExact(n int) func(t int) float64 {
	p := make([]float64, n*(n+1)/2+1)
	p[0] = 1
	for r, top := 1, 1; r <= n; r, top = r+1, top+r+1 {
		for t := top; t >= 0; t-- {
			p[t] /= 2
			if t >= r {
				p[t] += p[t-r] / 2
			}
		}
	}
	for t := 1; t < len(p); t++ {
		p[t] += p[t-1]
	}
	return func(t int) float64 { return p[t] }
}

// signedRankNormal approximates signedRankExact for large n, with continuity
// correction.
func signedRankNormal(n int) func(t int) float64 {
	f := float64(n)
	normal := distuv.Normal{Mu: f * (f + 1) / 4, Sigma: math.Sqrt(f * (f + 1) * (2*f + 1) / 24)}
	return func(t int) float64 { return normal.CDF(float64(t) + 0.5) }
}
