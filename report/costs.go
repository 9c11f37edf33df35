package report

import (
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/nonrev/nonrev/internal/scaling"
)

// A Gate is the page of what a gate, or a comparison of files, says.
type Gate struct {
	Title   string
	Lead    []string
	Notice  []string // failures and warnings
	Costs   []Cost   // that are drawn; one without a number is not
	Columns []string // of the table
	Rows    [][]string
}

// A Cost is what one comparison says: new over old, above 1 is worse.
type Cost struct {
	Name    string
	Verdict string // Better and Worse have a colour of their own
	Ratio   scaling.Estimate
	Promise float64 // as a share; NaN if there is none
}

// Write writes a page that needs no other file: a chart of all costs with their
// intervals, and the table.
func (g Gate) Write(w io.Writer) error {
	t := g.table()
	part := leafletPart{ID: "cells", Shown: []shown{{Table: tableView{t.ID, t}}}}
	if drawn := costsOf(g.Costs); len(drawn) > 0 {
		f := figure{
			id: "figure-costs", title: "Cost of new over old", wide: true, charts: []drawing{drawn},
			text: "Change of the cost with its interval; right of 0 is worse. What is further out stands at the edge.",
		}
		if slices.ContainsFunc(drawn, func(c Cost) bool { return c.Promise > 0 }) {
			f.text += " The grey stroke is what the comparison promises to show."
		}
		part.Shown[0].Figure = newLeafletFigure(f)
	}
	return leaflet{Title: g.Title, Lead: g.Lead, Notice: g.Notice, Parts: []leafletPart{part}}.write(w)
}

// table is the table without columns that are empty.
func (g Gate) table() table {
	t := table{ID: "table-cells", Title: "All comparisons", Open: true, Rows: make([][]datum, len(g.Rows))}
	for i, name := range g.Columns {
		if !slices.ContainsFunc(g.Rows, func(row []string) bool { return row[i] != "" }) {
			continue
		}
		t.Columns = append(t.Columns, name)
		for k, row := range g.Rows {
			t.Rows[k] = append(t.Rows[k], word(row[i]))
		}
	}
	return t
}

// costs is a chart with one row a cost, from the top down.
type costs []Cost

// costsOf are those that can be drawn, as many as anyone looks at.
func costsOf(list []Cost) (drawn costs) {
	for _, c := range list {
		if !math.IsNaN(c.Ratio.Value) && len(drawn) < 2*mostDrawn {
			drawn = append(drawn, c)
		}
	}
	return drawn
}

// says implements drawing.
func (k costs) says() string { return fmt.Sprintf("Chart: costs of %s", counted(len(k), "comparison")) }

// height implements tall.
func (k costs) height() vg.Length { return 90 + 20*vg.Length(len(k)) }

// ink is the colour of a verdict.
func (c Cost) ink() ink {
	switch c.Verdict {
	case Worse:
		return inkNo
	case Better:
		return inkYes
	}
	return inkText
}

// The least and the most that the axis spans to either side, as changes: what
// differs by less is not to look like much, and what by more not to hide it.
const (
	leastChange = 0.10
	mostChange  = 1.00
)

// keyNames are those of the keys in a benchmark's name.
var keyNames = regexp.MustCompile(`/[a-z]+=`)

// ends are those of the axis.
func (k costs) ends() (low, high float64) {
	low, high = -leastChange, leastChange
	for _, c := range k {
		for _, v := range []float64{c.Ratio.Value, c.Ratio.Low, c.Ratio.High} {
			if !math.IsNaN(v) {
				low, high = min(low, v-1), max(high, v-1)
			}
		}
		if c.Promise > 0 {
			high = max(high, c.Promise)
		}
	}
	return max(low, -mostChange), min(high, mostChange)
}

// draw implements drawing.
func (k costs) draw(c draw.Canvas) {
	c = bars{rows: []bar{{parts: []part{{name: Worse, ink: inkNo, length: 1}, {name: Better, ink: inkYes, length: 1}, {name: "neither", ink: inkText, length: 1}}}}}.key(c)
	p := plot.New()
	p.BackgroundColor = nil
	plainLook(p)
	p.X.Scale, p.Y.Scale = plot.LinearScale{}, plot.LinearScale{}
	p.X.Min, p.X.Max = k.ends()
	p.X.Tick.Marker = axis{kind: share}.named(linearTicks(p.X.Min, p.X.Max))
	p.Y.Min, p.Y.Max = -float64(len(k))+0.5, 0.5
	room, short := vg.Length(300), c.Size().X < narrow
	if short {
		room = 150
	}
	rows := make(plot.ConstantTicks, len(k))
	for i, r := range k {
		name := r.Name
		if short { // keys are understood without their names
			name = keyNames.ReplaceAllString(name, "/")
		}
		rows[i] = plot.Tick{Value: -float64(i), Label: fit(shorten(name), label(inkQuiet, labelSize, false), room)}
	}
	p.Y.Tick.Marker = rows
	p.Add(k)
	p.Draw(c)
}

// Plot implements plot.Plotter.
func (k costs) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := func(v float64) vg.Length { return x(min(max(v, p.X.Min), p.X.Max)) }
	upright := func(v, row float64, half vg.Length) []vg.Point {
		return []vg.Point{{X: at(v), Y: y(row) - half}, {X: at(v), Y: y(row) + half}}
	}
	grouped(c, "grid", "", func() {
		strokes(c, draw.LineStyle{Color: inkAxis, Width: 1}, []vg.Point{{X: x(0), Y: c.Min.Y}, {X: x(0), Y: c.Max.Y}})
		for i, r := range k {
			if r.Promise > 0 {
				strokes(c, draw.LineStyle{Color: inkPale, Width: 3}, upright(r.Promise, -float64(i), 6))
			}
		}
	})
	for i, r := range k {
		row := -float64(i)
		title := fmt.Sprintf("%s: %s of the old cost, %s", shorten(r.Name), ratio.phrase(r.Ratio), r.Verdict)
		grouped(c, "mark", title, func() {
			if r.Ratio.Confidence > 0 {
				strokes(c, draw.LineStyle{Color: r.ink(), Width: 1.5},
					[]vg.Point{{X: at(r.Ratio.Low - 1), Y: y(row)}, {X: at(r.Ratio.High - 1), Y: y(row)}},
					upright(r.Ratio.Low-1, row, 3), upright(r.Ratio.High-1, row, 3))
			}
			c.SetColor(r.ink())
			c.Fill(circle(vg.Point{X: at(r.Ratio.Value - 1), Y: y(row)}, markRadius))
		})
	}
}
