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
	w := newWalsh(d)
	centre := w.median()
	if least := LeastPairs(confidence); len(d) < least {
		return short(centre, len(d), "pairs", least)
	}
	b := signedRank(len(d), confidence)
	return Estimate{
		Value: centre, Low: w.smallest(b.rank), High: w.smallest(w.all() + 1 - b.rank),
		Confidence: b.confidence, N: len(d),
	}
}

// A walsh finds Walsh averages, (d[i]+d[j])/2 with i <= j, of ascending values
// by their rank. It halves the stretch in which one must lie, counting those
// below in linear time, until few are left, and sorts these: to list all would
// take time and memory that grow with the square of the values. What it counted
// shortens the search for the next rank.
type walsh struct {
	half  []float64 // half of each value
	tried []counted // rising: from no average to all
}

// counted is how many averages are at most a number.
type counted struct {
	at    float64
	count int
}

func newWalsh(d []float64) *walsh {
	w := &walsh{half: make([]float64, len(d))}
	for i, v := range d {
		w.half[i] = min(max(v, -math.MaxFloat64), math.MaxFloat64) / 2 // a difference may be too large
	}
	least, most := 2*w.half[0], 2*w.half[len(d)-1]
	w.tried = []counted{{math.Nextafter(least, math.Inf(-1)), 0}, {most, w.all()}}
	return w
}

// all is how many averages there are.
func (w *walsh) all() int { return len(w.half) * (len(w.half) + 1) / 2 }

// walshMedian is that of all averages of ascending values.
func walshMedian(d []float64) float64 { return newWalsh(d).median() }

// median is that of all averages.
func (w *walsh) median() float64 {
	return (w.smallest((w.all()+1)/2) + w.smallest(w.all()/2+1)) / 2
}

// smallest returns the k-th smallest average, from 1.
func (w *walsh) smallest(k int) float64 {
	i := sort.Search(len(w.tried), func(i int) bool { return w.tried[i].count >= k })
	low, high := w.tried[i-1], w.tried[i]
	for step := 0; high.count-low.count > 16+len(w.half)/2; step++ {
		apart := ordered(high.at) - ordered(low.at)
		if apart == 1 { // no number is left between them
			return high.at + 0
		}
		at := low.at/2 + high.at/2
		if step > 30 || at <= low.at || at >= high.at { // as many averages are equal, or nearly
			at = unordered(ordered(low.at) + apart/2)
		}
		middle := counted{at, w.count(at)}
		w.tried = slices.Insert(w.tried, i, middle)
		if middle.count >= k {
			high = middle
		} else {
			low, i = middle, i+1
		}
	}
	return w.between(low.at, high.at)[k-low.count-1] + 0 // minus zero becomes zero
}

// count tells how many averages are at most t.
func (w *walsh) count(t float64) int {
	count, j := 0, len(w.half)-1
	for i, a := range w.half {
		for j >= i && a+w.half[j] > t {
			j--
		}
		if j < i {
			break
		}
		count += j - i + 1
	}
	return count
}

// between lists the averages above low and at most high, rising.
func (w *walsh) between(low, high float64) []float64 {
	var out []float64
	from, to := len(w.half), len(w.half) // where a's partners begin and end
	for i, a := range w.half {
		for to > i && a+w.half[to-1] > high {
			to--
		}
		if to <= i {
			break
		}
		for from > i && a+w.half[from-1] > low {
			from--
		}
		for j := max(from, i); j < to; j++ {
			out = append(out, a+w.half[j])
		}
	}
	slices.Sort(out)
	return out
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
