package scaling

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// UnpairedRatio estimates num/den from values that belong to no common rounds:
// the exponential of the Hodges-Lehmann estimate of two samples, the median of
// all differences of logarithms, with the exact interval of the Mann-Whitney
// test at the confidence or more: Hollander and Wolfe, Nonparametric Statistical
// Methods, sections 4.2 and 4.3. Unlike Ratio it keeps whatever the machine did
// between the two, which no interval knows of. NaN stands for "no value"; a
// value without a logarithm of use gives NaN and a warning.
func UnpairedRatio(num, den []float64, confidence float64) Estimate {
	num, den = numbers(num), numbers(den)
	for _, v := range slices.Concat(num, den) {
		if !usable(v) {
			nan := math.NaN()
			return Estimate{Value: nan, Low: nan, High: nan, Warnings: []string{"a value is not positive and finite: no estimate; look at the samples"}}
		}
	}
	d := make([]float64, 0, len(num)*len(den))
	for _, a := range num {
		for _, b := range den {
			d = append(d, math.Log(a)-math.Log(b))
		}
	}
	n := min(len(num), len(den))
	if len(d) == 0 {
		return bare(math.NaN(), 0, "values")
	}
	slices.Sort(d)
	value := math.Exp((d[(len(d)-1)/2] + d[len(d)/2]) / 2)
	below := mannWhitney(len(num), len(den))
	covers := func(c int) float64 { return 1 - 2*below(c-1) }
	if covers(1) < confidence {
		return short(value, n, "values on a side", leastSide(confidence))
	}
	// The c-th smallest and the c-th largest difference enclose the centre.
	c := sort.Search(len(d)/2, func(i int) bool { return covers(i+1) < confidence })
	return Estimate{Value: value, Low: math.Exp(d[c-1]), High: math.Exp(d[len(d)-c]), Confidence: covers(c), N: n}
}

// leastSide is how many values on either side give an interval of the confidence.
func leastSide(confidence float64) int {
	n := 1
	for 1-2*mannWhitney(n, n)(0) < confidence {
		n++
	}
	return n
}

// exactProduct is the largest product of the counts of two samples for which
// the distribution is computed exactly; beyond it the normal one is as good.
const exactProduct = 2500

// mannWhitney returns P(U <= u) for independent samples of m and n values.
func mannWhitney(m, n int) func(u int) float64 {
	if m*n > exactProduct {
		f, g := float64(m), float64(n)
		normal := distuv.Normal{Mu: f * g / 2, Sigma: math.Sqrt(f * g * (f + g + 1) / 12)}
		return func(u int) float64 { return normal.CDF(float64(u) + 0.5) }
	}
	p := chances(m, n)
	return func(u int) float64 {
		sum := 0.0
		for _, v := range p[:min(u+1, len(p))] {
			sum += v
		}
		return sum
	}
}

// chances returns P(U = u) by the recursion of Mann and Whitney (Annals of
// Mathematical Statistics 18, 1947): the largest of all values is of the first
// sample with probability m/(m+n) and then exceeds all n of the other.
func chances(m, n int) []float64 {
	row := make([][]float64, n+1) // of i values of the first sample, by values of the second
	for j := range row {
		row[j] = []float64{1}
	}
	for i := 1; i <= m; i++ {
		next := make([][]float64, n+1)
		next[0] = []float64{1}
		for j := 1; j <= n; j++ {
			p := make([]float64, i*j+1)
			first := float64(i) / float64(i+j)
			for u, v := range row[j] {
				p[u+j] += first * v
			}
			for u, v := range next[j-1] {
				p[u] += (1 - first) * v
			}
			next[j] = p
		}
		row = next
	}
	return row[n]
}
