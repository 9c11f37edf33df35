// Package scaling holds the statistics and the laws of the project as pure
// arithmetic: numbers in, estimates with their uncertainty out.
//
// One statistic everywhere: a level is a median with an interval of order
// statistics, a comparison is the Hodges-Lehmann estimate of paired values
// with the exact interval of the Wilcoxon signed-rank test. Neither assumes a
// normal distribution, neither is moved far by a few wild values, and both
// state the confidence that they really have.
package scaling

import "fmt"

// Confidence is the least confidence of every interval in this package. The
// real one is higher, because rank statistics move in steps.
const Confidence = 0.95

// MinCount is the smallest number of values, or of pairs, that gives an
// interval of at least Confidence: 1-2/2^6 = 0.969 and 1-2/2^5 = 0.938.
const MinCount = 6

// An Estimate is a number with its interval.
type Estimate struct {
	Value      float64 // NaN when nothing was measured
	Low, High  float64 // bounds of the interval; both equal Value when Confidence is 0
	Confidence float64 // real confidence of the interval, 0 when there is none (too few values)
	N          int     // values, or pairs, that it rests on
	Warnings   []string
}

// Scale returns e with value and bounds multiplied by factor, which must be
// positive: the interval of a speed-up divided by N is that of the efficiency.
func (e Estimate) Scale(factor float64) Estimate {
	e.Value *= factor
	e.Low *= factor
	e.High *= factor
	return e
}

// Above tells whether e has an interval and the whole of it lies above x.
func (e Estimate) Above(x float64) bool { return e.Confidence > 0 && e.Low > x }

// Below tells whether e has an interval and the whole of it lies below x.
func (e Estimate) Below(x float64) bool { return e.Confidence > 0 && e.High < x }

// bare is an estimate without an interval, with the reason.
func bare(value float64, n int, things string) Estimate { return short(value, n, things, MinCount) }

// short is bare for an interval that takes another least number of things.
func short(value float64, n int, things string, least int) Estimate {
	return Estimate{
		Value: value, Low: value, High: value, N: n,
		Warnings: []string{fmt.Sprintf("%d %s: no interval, which takes %d or more", n, things, least)},
	}
}
