package report

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// thresholds are the efficiencies whose crossings are shown.
var thresholds = []float64{0.5, 0.9}

// efficiencyAxis has its lines at the thresholds.
func efficiencyAxis() axis { return axis{kind: share, at: []float64{0, 0.5, 0.9, 1}} }

// efficiencyByGrain draws efficiency against task size, a panel a core count:
// one figure of the models, and one of each that was measured over several
// transports.
func (d *dataset) efficiencyByGrain(job point, grains []point) []figure {
	drawn := func(id, title string, lines []line, look func(line) curve) figure {
		f := figure{
			id: id + job.id(), title: "Efficiency against task size, " + job.job() + title, named: true, roomy: true, table: "grains-" + job.id(),
			text: "Serial time of the same tasks over N times the wall time. Across: task sizes, at their measured serial time, logarithmic. Lines at 50% and 90%. Whiskers: 95% intervals.",
		}
		for _, n := range d.coresOver(grains) {
			if c := d.efficiencyChart(lines, n, grains, look); len(c.curves) > 0 {
				f.charts = append(f.charts, c)
			}
		}
		return f
	}
	out := []figure{drawn("efficiency-by-grain-", "", d.headlineOver(grains), d.curve)}
	for _, lines := range d.carried(d.overGrains(grains)) {
		out = append(out, drawn("efficiency-by-grain-transport-", ", "+d.styles[lines[0].cell.Model].words+" by transport", lines, carrierCurve))
	}
	return out
}

// coresOver are the core counts of any of the points.
func (d *dataset) coresOver(points []point) []int {
	var out []int
	for _, p := range points {
		out = append(out, d.cores(p)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// transport is what carries a cell's messages, its default spelled out.
func transport(c result.Cell) string { return passOf(c).transport }

// carrierCurve is the curve of a line among those that differ by transport.
func carrierCurve(l line) curve {
	c := track{transport: transport(l.cell)}.curve()
	c.loose = l.cell.Helpers != ""
	return c
}

// carried groups lines that differ by their transport alone, where a model has
// several.
func (d *dataset) carried(lines []line) [][]line {
	var out [][]line
	for _, m := range d.models {
		var same []line
		for _, l := range lines {
			plain := l
			plain.cell.Transport = ""
			if l.cell.Model == m && !plain.requested() {
				same = append(same, l)
			}
		}
		if len(same) > 1 {
			out = append(out, same)
		}
	}
	return out
}

func (d *dataset) efficiencyChart(lines []line, n int, grains []point, look func(line) curve) chart {
	c := chart{title: "On " + coresName(n), ink: inkText, ends: true, x: d.grainAxis(grains), y: efficiencyAxis()}
	for _, l := range lines {
		if slices.Contains(d.judgedOver(l, grains), n) {
			c.curves = append(c.curves, d.efficiencyCurve(l, n, grains, look(l)))
		}
	}
	return c
}

// efficiencyCurve gives a curve its marks: those grains at which the file has
// the line, so that a size that nobody asked for leaves no gap.
func (d *dataset) efficiencyCurve(l line, n int, grains []point, c curve) curve {
	for _, g := range d.own(l, n, grains) {
		if x := d.taskNS(g).Value; x > 0 {
			e := d.efficiency(l.elsewhere(g), n)
			c.marks = append(c.marks, d.mark(l, x, coresName(n)+", "+grainName(g.Grain)+" tasks", share, " efficient", e))
		}
	}
	return c
}

// grainAxis has its ticks at the measured serial times, named by grain.
func (d *dataset) grainAxis(grains []point) axis {
	a := axis{log: true, kind: duration}
	for _, g := range grains {
		if x := d.taskNS(g).Value; x > 0 {
			a.at, a.names = append(a.at, x), append(a.names, grainName(g.Grain))
		}
	}
	return a
}

// carriersOver returns one line a model, and one a transport where a model was
// measured over several, of those that any of the points has.
func (d *dataset) carriersOver(points []point) []line {
	lines := d.overGrains(points)
	kept := slices.Concat(d.headlineOver(points), slices.Concat(d.carried(lines)...))
	return slices.DeleteFunc(lines, func(l line) bool { return !slices.Contains(kept, l) })
}

// crossingsByGrain draws where each line reaches the thresholds for good, a
// panel a line on its fewest and its most cores, with the others in grey.
func (d *dataset) crossingsByGrain(job point, grains []point) figure {
	f := figure{
		id: "metg-" + job.id(), title: "Where 50% and 90% efficiency are reached, " + job.job(),
		named: true, roomy: true, table: "break-even-" + job.id(),
		text: "METG(50%) and METG(90%) of each model and transport, on its fewest and its most cores: a ring where the curve reaches the line for good, a bar for the 95% interval. Others on as many cores in grey.",
	}
	lines := d.carriersOver(grains)
	for _, l := range lines {
		at := d.judgedOver(l, grains)
		for _, n := range slices.Compact([]int{at[0], at[len(at)-1]}) {
			f.charts = append(f.charts, d.crossingChart(l, n, lines, grains))
		}
	}
	return f
}

func (d *dataset) crossingChart(l line, n int, lines []line, grains []point) chart {
	ink := d.styles[l.cell.Model].ink
	c := chart{title: d.carrier(l), ink: ink, sub: "On " + coresName(n), x: d.grainAxis(grains), y: efficiencyAxis()}
	for _, other := range lines {
		if other != l && slices.Contains(d.judgedOver(other, grains), n) {
			pale := d.efficiencyCurve(other, n, grains, d.curve(other))
			pale.pale = true
			c.curves = append(c.curves, pale)
		}
	}
	c.curves = append(c.curves, d.efficiencyCurve(l, n, grains, d.curve(l)))
	points, _ := d.curveOver(l, n, d.own(l, n, grains))
	if len(points) == 0 {
		return c
	}
	for _, p := range thresholds {
		at := scaling.Granularity(points, p)
		c.sub += fmt.Sprintf(", %s %s", percent(p), crossingWords(at))
		if !at.Below && !at.Above {
			c.crossed = append(c.crossed, crossing{at, p, ink})
		}
	}
	return c
}

// carrier names a line, in short where only its transport tells it from others.
func (d *dataset) carrier(l line) string {
	plain := l
	plain.cell.Transport = ""
	if l.cell.Transport == "" || plain.requested() {
		return d.title(l)
	}
	return d.styles[l.cell.Model].title + ", " + bearer(transport(l.cell)).words
}

// crossingWords says where a crossing is, in a panel.
func crossingWords(c scaling.Crossing) string {
	if c.Below || c.Above {
		return crossingText(c)
	}
	return "from " + crossingText(c)
}

// A crossing is where a curve reaches a height for good.
type crossing struct {
	scaling.Crossing
	height float64
	ink    ink
}

// crossings are drawn over the curves.
type crossings []crossing

// Plot implements plot.Plotter.
func (cs crossings) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, k := range cs {
		title := fmt.Sprintf("%s from %s", percent(k.height), duration.phrase(scaling.Estimate{Value: k.Value, Low: k.Low, High: k.High, Confidence: k.Confidence}))
		grouped(c, "mark", title, func() {
			at := vg.Point{X: x(k.Value), Y: y(k.height)}
			if k.Confidence > 0 {
				low, high := x(max(k.Low, p.X.Min)), x(min(k.High, p.X.Max))
				strokes(c, draw.LineStyle{Color: k.ink, Width: 3}, []vg.Point{{X: low, Y: at.Y}, {X: high, Y: at.Y}})
			}
			c.SetColor(inkGround)
			c.Fill(circle(at, markRadius))
			c.SetLineStyle(draw.LineStyle{Color: k.ink, Width: 2})
			c.Stroke(circle(at, markRadius))
		})
	}
}
