package report

import (
	"fmt"
	"math"

	"github.com/nonrev/nonrev/internal/scaling"
)

// curveOver is a line's efficiency on n cores over grains, without those that
// have no number.
func (d *dataset) curveOver(l line, n int, grains []point) (points []scaling.GrainPoint, known []string) {
	for _, g := range grains {
		if e := d.efficiency(l.elsewhere(g), n); !math.IsNaN(e.Value) {
			points, known = append(points, scaling.GrainPoint{Serial: d.taskNS(g).Value, Efficiency: e}), append(known, grainName(g.Grain))
		}
	}
	return points, known
}

// granularity is METG(p) as a field of the table.
func (d *dataset) granularity(l line, n int, grains []point, p float64) datum {
	points, known := d.curveOver(l, n, grains)
	if len(points) == 0 {
		return gap(d.whyNot(l.elsewhere(grains[0]), n))
	}
	var good []bool
	for _, g := range points {
		good = append(good, g.Efficiency.Value >= p)
	}
	c := scaling.Granularity(points, p)
	out := datum{Text: crossingText(c), Style: asNumber, Number: &number{Unit: duration, Value: finite(c.Value), Confidence: c.Confidence, Warnings: c.Warnings}}
	if c.Below || c.Above {
		out.Number.Value = nil
	}
	if c.Confidence == 0 {
		out.Note = fmt.Sprintf("n = %d, no interval", fewest(points))
	} else {
		out.Number.Low, out.Number.High = finite(c.Low), finite(c.High)
		out.Note = crossingSpan(c, points)
	}
	out.Note += again("reached", known, good)
	return out
}

// fewest is the smallest number of pairs that any of the points rests on.
func fewest(points []scaling.GrainPoint) int {
	n := points[0].Efficiency.N
	for _, p := range points {
		n = min(n, p.Efficiency.N)
	}
	return n
}

func crossingText(c scaling.Crossing) string {
	switch {
	case c.Below:
		return "below " + duration.value(c.Value)
	case c.Above:
		return "above " + duration.value(c.Value)
	}
	return duration.value(c.Value)
}

// crossingSpan writes the interval of a crossing, open where it leaves the
// measured grains.
func crossingSpan(c scaling.Crossing, points []scaling.GrainPoint) string {
	least, most := points[0].Serial, points[len(points)-1].Serial
	below, above := c.Low == 0, math.IsInf(c.High, 1)
	switch {
	case below && above:
		return "anywhere"
	case below && c.High == least, above && c.Low == most:
		return "the interval as well"
	case below:
		return "up to " + duration.value(c.High)
	case above:
		return "from " + duration.value(c.Low)
	}
	return duration.interval(scaling.Estimate{Low: c.Low, High: c.High, Confidence: c.Confidence})
}
