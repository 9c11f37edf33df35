package report

import (
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bars is a panel of stacked bars, one a row, from the top down. The key
// stands above the bars, so that it lies over none.
type bars struct {
	title, sub string
	kind       kind // of the parts' lengths
	rows       []bar
}

// A bar is a row of parts, end to end.
type bar struct {
	name  string
	parts []part
}

// A part is a stretch of a bar. One below 0 has no length.
type part struct {
	name   string
	ink    ink
	length float64
	title  string
}

// write names a part that is wide enough, so that its colour is not all that
// tells it.
func (p part) write(c draw.Canvas, from, to, y vg.Length) {
	k := inkGround
	if p.ink == inkPale {
		k = inkText
	}
	style := label(k, labelSize-1, false)
	if wide := style.Width(p.name); wide+8 <= to-from {
		write(c, style, vg.Point{X: (from + to - wide) / 2, Y: y}, p.name)
	}
}

// says implements drawing.
func (b bars) says() string { return chart{title: b.title, sub: b.sub}.says() }

// draw implements drawing.
func (b bars) draw(c draw.Canvas) {
	c = chart{title: b.title, ink: inkText, sub: b.sub}.header(c)
	c = b.key(c)
	p := plot.New()
	p.BackgroundColor = nil
	plainLook(p)
	p.X.Scale, p.Y.Scale = plot.LinearScale{}, plot.LinearScale{}
	p.X.Min, p.X.Max = 0, b.longest()
	p.X.Tick.Marker = axis{kind: b.kind}.named(linearTicks(0, b.longest()))
	p.Y.Min, p.Y.Max = -float64(len(b.rows))+0.5, 0.5
	names := make(plot.ConstantTicks, len(b.rows))
	for i, r := range b.rows {
		names[i] = plot.Tick{Value: -float64(i), Label: fit(r.name, label(inkQuiet, labelSize, false), 110)}
	}
	p.Y.Tick.Marker = names
	p.Add(b)
	data := p.DataCanvas(c)
	x, _ := p.Transforms(&data)
	p.X.Tick.Marker = plot.ConstantTicks(thin(p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max), x, p.X.Tick.Label.Width))
	p.Draw(c)
}

// longest is the length of the longest bar, of shares at least the whole.
func (b bars) longest() float64 {
	var longest float64
	if b.kind == share {
		longest = 1
	}
	for _, r := range b.rows {
		var sum float64
		for _, p := range r.parts {
			sum += max(p.length, 0)
		}
		longest = max(longest, sum)
	}
	return longest
}

// key names the parts' colours, and returns what is left of the canvas.
func (b bars) key(c draw.Canvas) draw.Canvas {
	words := label(inkQuiet, labelSize, false)
	x, y := c.Min.X, c.Max.Y-lineHeight/2
	most := slices.MaxFunc(b.rows, func(a, b bar) int { return len(a.parts) - len(b.parts) })
	for _, p := range most.parts {
		if !b.shows(p.name) {
			continue
		}
		wide := words.Width(p.name) + 26
		if x > c.Min.X && x+wide-12 > c.Max.X {
			x, y = c.Min.X, y-lineHeight-1
		}
		c.SetColor(p.ink)
		c.Fill(vg.Rectangle{Min: vg.Point{X: x, Y: y - 4}, Max: vg.Point{X: x + 9, Y: y + 5}}.Path())
		write(c, words, vg.Point{X: x + 13, Y: y}, p.name)
		x += wide
	}
	c.Max.Y = y - lineHeight
	return c
}

// shows tells whether any row has a part of that name with a length.
func (b bars) shows(name string) bool {
	return slices.ContainsFunc(b.rows, func(r bar) bool {
		return slices.ContainsFunc(r.parts, func(p part) bool { return p.name == name && p.length > 0 })
	})
}

// Plot implements plot.Plotter.
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	half := min((y(1)-y(0))*0.36, 9)
	for i, r := range b.rows {
		from, middle := 0.0, y(-float64(i))
		for _, part := range r.parts {
			if part.length <= 0 {
				continue
			}
			grouped(c, "mark", part.title, func() {
				c.SetColor(part.ink)
				c.Fill(vg.Rectangle{Min: vg.Point{X: x(from), Y: middle - half}, Max: vg.Point{X: x(from + part.length), Y: middle + half}}.Path())
				part.write(c, x(from), x(from+part.length), middle)
			})
			from += part.length
		}
	}
}
