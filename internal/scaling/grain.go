package scaling

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A GrainPoint is the efficiency measured at one grain.
type GrainPoint struct {
	Serial     float64  // measured serial ns per task
	Efficiency Estimate // serial time / (N x wall)
}

// A Crossing is the grain, in serial ns per task, at which a curve over grain
// reaches a threshold for good.
type Crossing struct {
	// Value is interpolated between two measured grains, never beyond them:
	// with Below it is the smallest measured grain, with Above the largest.
	Value float64
	// Low and High are the crossings of the interval's bounds; both equal
	// Value when Confidence is 0. Low is 0 when the upper bound reaches the
	// threshold at the smallest measured grain already, High is +Inf when the
	// lower bound does not reach it at the largest.
	Low, High  float64
	Confidence float64 // the least of the points' own; 0 if one has no interval
	Below      bool    // even the smallest measured grain reaches it: the crossing is at Value or lower
	Above      bool    // not even the largest measured grain reaches it: the crossing is higher than Value
	Warnings   []string
}

// Granularity returns METG(p): the smallest grain whose efficiency is p or
// more, by interpolation that is linear in the logarithm of the grain
// (minimum effective task granularity: Slaughter and others, Task Bench, SC
// 2020). Where the curve is not monotone it is the smallest grain from which
// on every larger measured grain stays at p or more, with a warning. Points
// may come in any order; one without a number is left out with a warning. No
// points at all give NaN.
func Granularity(points []GrainPoint, p float64) Crossing {
	var c Crossing
	curve := make([]GrainPoint, 0, len(points))
	for _, point := range points {
		if usable(point.Serial) && !math.IsNaN(point.Efficiency.Value) {
			curve = append(curve, point)
		} else {
			c.Warnings = append(c.Warnings, fmt.Sprintf("the grain of %.4g ns has no efficiency and is left out", point.Serial))
		}
	}
	if len(curve) == 0 {
		c.Value, c.Low, c.High = math.NaN(), math.NaN(), math.NaN()
		return c
	}
	slices.SortStableFunc(curve, func(a, b GrainPoint) int { return cmp.Compare(a.Serial, b.Serial) })

	value := func(e Estimate) float64 { return e.Value }
	first := settled(curve, func(g GrainPoint) bool { return g.Efficiency.Value >= p })
	c.Value = interpolate(curve, first, p, value)
	c.Below, c.Above = first == 0, first == len(curve)
	if first > 0 {
		for _, g := range curve[:first-1] {
			if g.Efficiency.Value >= p {
				c.Warnings = append(c.Warnings, fmt.Sprintf("the grain of %.4g ns reaches %g as well, but a larger one does not", g.Serial, p))
			}
		}
	}
	c.bounds(curve, p)
	return c
}

// bounds fills in the interval of a crossing.
func (c *Crossing) bounds(curve []GrainPoint, p float64) {
	c.Low, c.High, c.Confidence = c.Value, c.Value, 1
	for _, g := range curve {
		c.Confidence = min(c.Confidence, g.Efficiency.Confidence)
	}
	if c.Confidence == 0 {
		return
	}
	c.Low, c.High = 0, math.Inf(1)
	if first := settled(curve, func(g GrainPoint) bool { return g.Efficiency.High >= p }); first > 0 {
		c.Low = interpolate(curve, first, p, func(e Estimate) float64 { return e.High })
	}
	if first := settled(curve, func(g GrainPoint) bool { return g.Efficiency.Low >= p }); first < len(curve) {
		c.High = interpolate(curve, first, p, func(e Estimate) float64 { return e.Low })
	}
}

// settled returns the index from which on every element is good, len(x) if
// the last is not.
func settled[T any](x []T, good func(T) bool) int {
	i := len(x)
	for i > 0 && good(x[i-1]) {
		i--
	}
	return i
}

// interpolate returns where the line from curve[first-1], below p, to
// curve[first], at p or above, meets p, or the end of the curve that first
// stands at.
func interpolate(curve []GrainPoint, first int, p float64, of func(Estimate) float64) float64 {
	if first == 0 {
		return curve[0].Serial
	}
	a := curve[first-1]
	if first == len(curve) {
		return a.Serial
	}
	b := curve[first]
	share := (p - of(a.Efficiency)) / (of(b.Efficiency) - of(a.Efficiency))
	return a.Serial * math.Pow(b.Serial/a.Serial, share)
}

// A PayPoint is the throughput over serial's measured at one grain.
type PayPoint struct {
	Serial float64  // measured serial ns per task
	Ratio  Estimate // throughput / serial throughput
}

// A Bracket encloses the grain from which on a model pays.
type Bracket struct {
	From     float64 // smallest measured grain that pays, with all larger ones; +Inf when none does
	Until    float64 // the next smaller measured grain, which is not shown to pay; 0 when all pay
	Warnings []string
}

// Pays returns the measured grains, in serial ns per task, between which a
// model begins to pay: a grain pays when the interval of its throughput over
// serial's lies wholly above 1. A grain without an interval is not shown to
// pay. A smaller grain that pays while a larger one does not is told in a
// warning. Points may come in any order.
func Pays(points []PayPoint) Bracket {
	curve := slices.SortedStableFunc(slices.Values(points), func(a, b PayPoint) int { return cmp.Compare(a.Serial, b.Serial) })
	pays := func(p PayPoint) bool { return p.Ratio.Above(1) }
	first := settled(curve, pays)
	b := Bracket{From: math.Inf(1)}
	if first < len(curve) {
		b.From = curve[first].Serial
	}
	if first == 0 {
		return b
	}
	b.Until = curve[first-1].Serial
	for _, p := range curve[:first-1] {
		if pays(p) {
			b.Warnings = append(b.Warnings, fmt.Sprintf("the grain of %.4g ns pays as well, but a larger one does not", p.Serial))
		}
	}
	return b
}
