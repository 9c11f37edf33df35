package report

import (
	"fmt"
	"slices"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// A section is one part of the page.
type section struct {
	ID, Title string
	Text      []string // paragraphs
	figures   []figure
	Tables    []table
	Command   string // to be typed by the reader
	Claims    []rulings
}

// sections is the page's table of contents below the first screen.
func sections() []func(*dataset) section {
	return []func(*dataset) section{
		breakEven,
		decision,
		judged,
		throughput,
		speedup,
		communication,
		payload,
		messages,
		depths,
		split,
		codecs,
		roundTrips,
		spawns,
		atTheFloor,
		latency,
		account,
		problems,
		environment,
		method,
	}
}

// A figureOf answers what a line does on n cores.
type figureOf func(l line, n int) scaling.Estimate

// ofUnit is a unit of the cell itself.
func (d *dataset) ofUnit(unit string) figureOf {
	return func(l line, n int) scaling.Estimate { return d.level(l.at(n), unit) }
}

// overCores draws a line's figure at every core count of its point.
func (d *dataset) overCores(l line, k kind, what string, f figureOf) curve {
	c := d.curve(l)
	for _, n := range d.cores(l.point) {
		c.marks = append(c.marks, d.mark(l, float64(n), coresName(n), k, what, f(l, n)))
	}
	return c
}

// curve is a line's curve without marks.
func (d *dataset) curve(l line) curve {
	style := d.styles[l.cell.Model]
	c := curve{style: style, name: style.title, short: style.short, loose: l.cell.Helpers != ""}
	if v := l.variant(); v != "" {
		c.name, c.short = c.name+", "+v, c.short+" "+v
	}
	return c
}

func (d *dataset) mark(l line, x float64, where string, k kind, what string, e scaling.Estimate) mark {
	title := fmt.Sprintf("%s, %s: %s%s", d.title(l), where, k.phrase(e), what)
	return mark{x: x, y: e, title: title}
}

// title names a line for readers.
func (d *dataset) title(l line) string {
	if v := l.variant(); v != "" {
		return d.styles[l.cell.Model].title + ", " + v
	}
	return d.styles[l.cell.Model].title
}

// coreAxis has its ticks at the counts that were swept and, of work that has an
// ideal, at one core, from which that starts.
func (d *dataset) coreAxis(p point) axis {
	a := axis{log: true, kind: plain, suffix: " cores"}
	for _, n := range d.cores(p) {
		a.at = append(a.at, float64(n))
	}
	if !d.waits(p) && !slices.Contains(a.at, 1) {
		a.at = append([]float64{1}, a.at...)
	}
	if slices.Equal(a.at, []float64{1}) {
		a.suffix = " core"
	}
	return a
}

// sparse tells whether the core counts are so few that marks are set apart.
func (d *dataset) sparse(p point) bool { return len(d.cores(p)) <= 3 }

// panels draws one panel a point, with every line at default factors.
func (d *dataset) panels(points []point, k kind, what string, y axis, f figureOf, guide func(p point) []guide) []drawing {
	var out []drawing
	for _, p := range points {
		if len(d.headline(p)) == 0 {
			continue
		}
		c := chart{title: p.job(), ink: inkText, sub: p.detail(), x: d.coreAxis(p), y: y, ends: true, apart: d.sparse(p)}
		for _, l := range d.headline(p) {
			c.curves = append(c.curves, d.overCores(l, k, what, f))
		}
		if guide != nil {
			c.guides = guide(p)
		}
		out = append(out, c)
	}
	return out
}

// detail is the point without its job.
func (p point) detail() string {
	switch {
	case p.Grain != "":
		return grainName(p.Grain) + " tasks"
	case p.Payload != "":
		return payloadName(p.Payload) + " a message"
	}
	return ""
}

// A columnOf is one column of a table over all lines and core counts.
type columnOf struct {
	name string
	kind kind
	of   figureOf
}

// matrix is a table with a row for each line and core count of the points.
func (d *dataset) matrix(id, title string, points []point, columns ...columnOf) table {
	t := table{ID: id, Title: title, Columns: []string{"Work", "Model", "Cores"}}
	for _, c := range columns {
		t.Columns = append(t.Columns, c.name)
	}
	for _, p := range points {
		for _, l := range d.lines(p) {
			for _, n := range d.cores(p) {
				t.Rows = append(t.Rows, d.row(l, n, columns))
			}
		}
	}
	return t
}

// row is a line on n cores in a table of such columns.
func (d *dataset) row(l line, n int, columns []columnOf) []datum {
	row := []datum{word(l.point.String()), word(d.title(l)), exact(plain, float64(n))}
	for _, c := range columns {
		row = append(row, measured(c.kind, c.of(l, n), d.status(l.at(n))))
	}
	return row
}

// mains returns the point that stands for each job.
func (d *dataset) mains(keep func(point) bool) []point {
	var out []point
	for _, j := range d.jobs {
		if p := d.main(j); keep(p) {
			out = append(out, p)
		}
	}
	return out
}

// communicates tells whether any line of the point measured communication
// that is not nothing.
func (d *dataset) communicates(p point) bool {
	for _, l := range d.lines(p) {
		for _, n := range d.cores(p) {
			if d.level(l.at(n), result.IPCNS).Value > 0 {
				return true
			}
		}
	}
	return false
}

// twoPoints says what the few core counts of a point cannot say.
func (d *dataset) twoPoints(p point) string {
	beyond := ""
	if n := d.file.Run.Alike; len(d.alike(p)) < len(d.cores(p)) {
		beyond = fmt.Sprintf(" A law is about the physical cores of one node, which are %d here.", n)
	}
	switch n := len(d.alike(p)); {
	case n == 0:
		return ""
	case n == 1:
		return "One core count is one point: it shows nothing of how throughput grows, so no law is fitted and nothing is drawn beyond it."
	case n == 2:
		return "Two core counts are two points: they show what the second core brings here, not how a curve goes on, so no law is fitted and nothing is drawn beyond them." + beyond
	case n < 6:
		return fmt.Sprintf("%s are too few points for a law of scaling, so none is fitted and nothing is drawn beyond them.", raise(counted(n, "core count"))) + beyond
	}
	return beyond
}
