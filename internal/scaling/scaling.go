// Package scaling holds the statistics and the laws of the project as pure
// arithmetic: numbers in, estimates with their uncertainty out.
package scaling

// An Estimate is a number with its interval.
type Estimate struct {
	Value      float64
	Low, High  float64 // bounds of the interval
	Confidence float64 // real confidence of the interval, 0 when there is none (too few values)
	N          int     // values, or pairs, that it rests on
	Warnings   []string
}
