package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/nonrev/nonrev/internal/scaling"
)

// breakEven tells from which task size on a model pays.
func breakEven(d *dataset) section {
	s := section{ID: "break-even", Title: "From which task size on does it pay?"}
	for _, job := range d.jobs() {
		if grains := d.grains(job); len(grains) > 1 && !d.waits(job) {
			s.Tables = append(s.Tables, d.payTable(job, grains), d.grainTable(job, grains))
			s.figures = append(s.figures, d.efficiencyByGrain(job, grains))
		}
	}
	if len(s.figures) == 0 {
		s.Text = []string{"No work was measured at more than one task size, so there is no break-even to tell: not in this profile."}
		return s
	}
	s.Text = []string{
		"A task size pays when the interval of its throughput lies wholly above that of the serial loop, at that size and at every larger one measured. " +
			"METG(p) is the smallest task at which efficiency, the serial time of a pass over N times its wall time, is p or more; between two measured sizes it is interpolated on a logarithmic scale. " +
			"Nothing is said beyond the sizes measured. A model with one loop uses one core and is judged on one.",
	}
	return s
}

// payTable is the break-even table of a job.
func (d *dataset) payTable(job point, grains []point) table {
	t := table{
		ID: "break-even-" + job.id(), Title: "Break-even of " + job.job(), Open: true,
		Columns: []string{"Model", "Cores", "Pays from tasks of", "50% efficient from, METG(50%)", "90% efficient from, METG(90%)"},
	}
	for _, l := range d.lines(grains[len(grains)-1]) {
		for _, n := range slices.Backward(d.judged(l)) {
			row := []datum{
				word(d.title(l)), exact(plain, float64(n)), d.pays(l, n, grains).datum(),
				d.granularity(l, n, grains, 0.5), d.granularity(l, n, grains, 0.9),
			}
			row[0].Note = d.without(l, n, grains)
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// without names the grains that a line has no number for, so that no one
// takes a curve with a hole for a whole one.
func (d *dataset) without(l line, n int, grains []point) string {
	var missing []string
	for _, g := range grains {
		if math.IsNaN(d.speedup(l.elsewhere(g), n).Value) {
			missing = append(missing, grainName(g.Grain))
		}
	}
	if len(missing) == 0 || len(missing) == len(grains) {
		return ""
	}
	return "without " + list(missing) + ", which gave no number"
}

// A payment is what is known of the smallest task that pays.
type payment struct {
	bracket scaling.Bracket
	from    point            // the smallest grain that pays; the zero point if none does
	until   point            // the next smaller one; the zero point if there is none
	before  scaling.Estimate // throughput over serial at until, or at the largest grain if none pays
	below   bool             // every grain's throughput lies below serial's
	astray  []string         // grains that pay although a larger one does not
	missing string           // why nothing is known, "" if something is
}

// pays finds the smallest grain that pays on n cores.
func (d *dataset) pays(l line, n int, grains []point) payment {
	var points []scaling.PayPoint
	at := map[float64]point{}
	var last scaling.Estimate
	ratios := map[float64]scaling.Estimate{}
	for _, g := range grains {
		serial, r := d.taskNS(g).Value, d.speedup(l.elsewhere(g), n)
		if math.IsNaN(serial) || math.IsNaN(r.Value) {
			continue
		}
		points = append(points, scaling.PayPoint{Serial: serial, Ratio: r})
		at[serial], ratios[serial], last = g, r, r
	}
	switch {
	case len(points) == 0:
		return payment{missing: d.whyNone(l, n, grains)}
	case last.Confidence == 0:
		return payment{missing: noInterval(last.N)}
	}
	p := payment{bracket: scaling.Pays(points), before: last}
	p.from, p.until = at[p.bracket.From], at[p.bracket.Until]
	if before, ok := ratios[p.bracket.Until]; ok {
		p.before = before
	}
	p.below = true
	for _, x := range points {
		p.below = p.below && x.Ratio.Below(1)
		if x.Serial < p.bracket.Until && x.Ratio.Above(1) {
			p.astray = append(p.astray, grainName(at[x.Serial].Grain))
		}
	}
	return p
}

// whyNone says why a line has no number at any grain.
func (d *dataset) whyNone(l line, n int, grains []point) string {
	for _, g := range grains {
		if reason := d.status(l.elsewhere(g).at(n)); reason != "" {
			return reason
		}
	}
	return "no serial loop to compare with: " + d.status(d.serial(grains[0]))
}

// verdict puts a payment into one of four words.
func (p payment) verdict() string {
	switch {
	case p.missing != "":
		return "unknown"
	case p.from != point{}:
		return "pays"
	case p.below:
		return "never"
	}
	return "unclear"
}

func (p payment) datum() datum {
	out := datum{Number: &number{Unit: duration, Value: finite(p.bracket.From), Low: finite(p.bracket.Until), Warnings: p.bracket.Warnings}}
	switch p.verdict() {
	case "unknown":
		return gap(p.missing)
	case "never":
		out.Text, out.Note = "none measured", p.largest()
		return out
	case "unclear":
		out.Text, out.Note = "none shown", p.largest()
		return out
	}
	out.Text, out.Style = grainName(p.from.Grain), asNumber
	switch {
	case p.until == point{}:
		out.Note = "the smallest measured"
	case p.before.Below(1):
		out.Note = fmt.Sprintf("not with %s tasks", grainName(p.until.Grain))
	default:
		out.Note = fmt.Sprintf("unclear with %s tasks", grainName(p.until.Grain))
	}
	out.Note += p.alsoPays()
	return out
}

// alsoPays names the grains that pay alone.
func (p payment) alsoPays() string {
	if len(p.astray) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s pays, but not every larger size", list(p.astray))
}

// largest tells how the largest grain comes out when none pays.
func (p payment) largest() string {
	return fmt.Sprintf("%s of serial at %s", ratio.phrase(p.before), grainName(p.until.Grain)) + p.alsoPays()
}

// granularity is METG(p) as a field of the table.
func (d *dataset) granularity(l line, n int, grains []point, p float64) datum {
	var points []scaling.GrainPoint
	for _, g := range grains {
		if e := d.efficiency(l.elsewhere(g), n); !math.IsNaN(e.Value) {
			points = append(points, scaling.GrainPoint{Serial: d.taskNS(g).Value, Efficiency: e})
		}
	}
	if len(points) == 0 {
		return gap(d.whyNone(l, n, grains))
	}
	c := scaling.Granularity(points, p)
	out := datum{Text: crossingText(c), Style: asNumber, Number: &number{Unit: duration, Value: finite(c.Value), Confidence: c.Confidence, Warnings: c.Warnings}}
	if c.Below || c.Above {
		out.Number.Value = nil
	}
	if c.Confidence == 0 {
		out.Note = fmt.Sprintf("n = %d, no interval", fewest(points))
		return out
	}
	out.Number.Low, out.Number.High = finite(c.Low), finite(c.High)
	out.Note = crossingSpan(c, points)
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

// grainTable holds what the break-even rests on.
func (d *dataset) grainTable(job point, grains []point) table {
	t := table{
		ID: "grains-" + job.id(), Title: "Every task size of " + job.job() + ": measured serial time, throughput over serial, efficiency",
		Columns: []string{"Task size", "Measured serial time", "Model", "Cores", "Throughput / serial", "Efficiency"},
	}
	for _, g := range grains {
		for _, l := range d.lines(g) {
			for _, n := range d.judged(l) {
				status := d.status(l.at(n))
				t.Rows = append(t.Rows, []datum{
					word(grainName(g.Grain)), measured(duration, d.taskNS(g), d.status(d.serial(g))), word(d.title(l)), exact(plain, float64(n)),
					measured(ratio, d.speedup(l, n), status), measured(share, d.efficiency(l, n), status),
				})
			}
		}
	}
	return t
}

// efficiencyByGrain draws efficiency against task size, a panel a core count.
func (d *dataset) efficiencyByGrain(job point, grains []point) figure {
	f := figure{
		id: "efficiency-by-grain-" + job.id(), title: "Efficiency against task size, " + job.job(), named: true,
		text: "Serial time of the same tasks over N times the wall time. Across: task sizes, at their measured serial time, logarithmic. Whiskers: 95% intervals.",
	}
	for _, n := range d.cores(grains[0]) {
		c := chart{
			title: "On " + coresName(n), ink: inkText, ends: true,
			x: d.grainAxis(grains), y: axis{kind: share, least: 1},
		}
		for _, l := range d.headline(grains[len(grains)-1]) {
			if !slices.Contains(d.judged(l), n) {
				continue
			}
			curve := d.curve(l)
			for _, g := range grains {
				if x := d.taskNS(g).Value; x > 0 {
					e := d.efficiency(l.elsewhere(g), n)
					curve.marks = append(curve.marks, d.mark(l, x, coresName(n)+", "+grainName(g.Grain)+" tasks", share, " efficient", e))
				}
			}
			c.curves = append(c.curves, curve)
		}
		f.charts = append(f.charts, c)
	}
	return f
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
