package scaling

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// SeriesLevel is the level of each test of Series: so often it warns of a
// series whose values are independent and of one (for the last test: single
// moded, continuous) distribution.
const SeriesLevel = 0.01

// Series tells what in values by round, in their order, makes their estimate
// doubtful. NaN stands for a round without a value and is left out; x itself is
// not changed. There are three tests, each at SeriesLevel:
//
//   - drift over the rounds, from MinCount values on: Kendall's rank correlation
//     with the round, its distribution exact without ties (Mann, Econometrica
//     13, 1945; Kendall, Rank Correlation Methods, chapter 5).
//   - rounds that are not independent, from 10 values on: the rank von Neumann
//     ratio, of neighbours' squared rank differences to the ranks' variance, by
//     its beta approximation (Bartels, JASA 77(377), 1982). Nothing is taken off
//     before, so a drift shows here as well. Where a round is missing, the rounds
//     beside it count as neighbours.
//   - two groups, from 10 values on: Hartigan's dip test against the uniform
//     distribution, the worst case of one mode, see dip.
//
// None assumes a normal distribution. Simulated series of 20 independent values,
// normal, exponential, uniform or heavy-tailed, raise each warning in about 1 in
// 100, that of two groups more seldom. A drift of five standard deviations over
// 20 rounds, a wave of three over ten rounds, and two even groups that lie ten
// apart are seen in 9 of 10 series or more. A small effect, or a short series,
// passes unseen.
func Series(x []float64) []string {
	v := numbers(x)
	var out []string
	for _, test := range []struct {
		least int
		warn  func(x []float64) string
	}{{MinCount, drift}, {bartelsLeast, dependence}, {dipLeast, groups}} {
		if len(v) < test.least {
			continue
		}
		if w := test.warn(v); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// drift warns of values that rise or fall with the round.
func drift(x []float64) string {
	n, s := len(x), kendall(x)
	if kendallTail(x, max(s, -s)) > SeriesLevel/2 {
		return ""
	}
	first, last := median(slices.Clone(x[:n/2])), median(slices.Clone(x[n-n/2:]))
	return fmt.Sprintf("drift over the rounds: %s from the first half to the second, so the number depends on when it was taken", change(first, last))
}

// kendall returns Kendall's statistic: how many pairs of values rise with the
// round, less those that fall. Those that fall are counted while sorted halves
// are merged (Knight, JASA 61, 1966), since the pairs are the square of the values.
func kendall(x []float64) int {
	pairs := len(x) * (len(x) - 1) / 2
	for _, t := range tied(x) {
		pairs -= t * (t - 1) / 2
	}
	return pairs - 2*falling(slices.Clone(x), make([]float64, len(x)))
}

// falling counts the pairs of values of which the later is the smaller one, and
// sorts the values; there must be as much room.
func falling(x, room []float64) int {
	if len(x) < 2 {
		return 0
	}
	half := len(x) / 2
	count := falling(x[:half], room) + falling(x[half:], room)
	copy(room, x[:half])
	first, second := room[:half], x[half:]
	for i := range x {
		if len(second) == 0 || len(first) > 0 && first[0] <= second[0] {
			x[i], first = first[0], first[1:]
		} else {
			count += len(first)
			x[i], second = second[0], second[1:]
		}
	}
	return count
}

// change says in words how far the second value lies from the first.
func change(from, to float64) string {
	if from > 0 && to > 0 {
		return fmt.Sprintf("%+.2g%%", 100*(to/from-1))
	}
	return fmt.Sprintf("%+.3g", to-from)
}

// exactRounds is the largest count for which the distribution of Kendall's
// statistic is computed exactly; beyond it the normal one is as good.
const exactRounds = 60

// kendallTail returns P(S >= s) of Kendall's statistic for independent values
// of as many ties as there are in x.
func kendallTail(x []float64, s int) float64 {
	n := len(x)
	variance, ties := float64(n*(n-1)*(2*n+5)), false
	for _, t := range tied(x) {
		variance -= float64(t * (t - 1) * (2*t + 5))
		ties = ties || t > 1
	}
	switch {
	case s == 0:
		return 1
	case ties || n > exactRounds:
		return distuv.UnitNormal.Survival(float64(s-1) / math.Sqrt(variance/18))
	}
	return inversions(n)[(n*(n-1)/2-s)/2]
}

// inversions returns P(I <= i) of the number of pairs that stand in falling
// order among n values in random order: the k-th value falls behind any number
// of those before it, from none to all, with equal probability.
var inversions = byCount(func(n int) []float64 {
	p := []float64{1}
	for k := 2; k <= n; k++ {
		next := make([]float64, len(p)+k-1)
		for i, v := range p {
			for j := range k {
				next[i+j] += v / float64(k)
			}
		}
		p = next
	}
	for i := 1; i < len(p); i++ {
		p[i] += p[i-1]
	}
	return p
})

// tied returns how often each value stands in x.
func tied(x []float64) []int {
	count := map[float64]int{}
	for _, v := range x {
		count[v]++
	}
	return slices.Collect(maps.Values(count))
}

// bartelsLeast is the smallest count for which the beta distribution is a good
// approximation.
const bartelsLeast = 10

// dependence warns of values that resemble those of the rounds beside them, or
// differ from them more than from others.
func dependence(x []float64) string {
	ranks := midranks(x)
	mean := float64(len(x)+1) / 2
	var steps, spread float64
	for i, r := range ranks {
		spread += (r - mean) * (r - mean)
		if i > 0 {
			steps += (r - ranks[i-1]) * (r - ranks[i-1])
		}
	}
	if spread == 0 {
		return ""
	}
	ratio, n := steps/spread, float64(len(x))
	shape := 5*n*(n+1)*(n-1)*(n-1)/(2*(n-2)*(5*n*n-2*n-9)) - 0.5
	beta := distuv.Beta{Alpha: shape, Beta: shape}
	effect := "the interval is narrower than it should be"
	if ratio > 2 {
		effect = "something alternates, and the interval is wider than it need be"
	}
	if beta.CDF(min(ratio, 4-ratio)/4) > SeriesLevel/2 {
		return ""
	}
	return fmt.Sprintf("rounds are not independent: neighbours correlate by %.2f, so %s", 1-ratio/2, effect)
}

// midranks returns the rank of each value, from 1, equal values sharing the
// mean of theirs.
func midranks(x []float64) []float64 {
	sorted := slices.Sorted(slices.Values(x))
	ranks := make([]float64, len(x))
	for i, v := range x {
		first, _ := slices.BinarySearch(sorted, v)
		last := first
		for last < len(sorted) && sorted[last] == v {
			last++
		}
		ranks[i] = float64(first+last+1) / 2
	}
	return ranks
}

// groups warns of values that have two modes.
func groups(x []float64) string {
	v := slices.Sorted(slices.Values(x))
	if dip(v) <= dipLimit(len(v)) {
		return ""
	}
	at := split(v)
	return fmt.Sprintf("values fall into two groups: %d of %d lie %s from the others, so the median may be typical of neither",
		len(v)-at, len(v), change(median(slices.Clone(v[:at])), median(slices.Clone(v[at:]))))
}

// split returns where ascending values are best cut in two: the sum of squares
// within the parts is least.
func split(v []float64) int {
	var all float64
	for _, x := range v {
		all += x
	}
	best, at, left := math.Inf(-1), 1, 0.0
	for i, x := range v[:len(v)-1] {
		left += x
		n := float64(i + 1)
		if between := left*left/n + (all-left)*(all-left)/(float64(len(v))-n); between > best {
			best, at = between, i+1
		}
	}
	return at
}
