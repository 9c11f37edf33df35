package report

import (
	"bytes"
	"fmt"
	"html/template"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// A figure is one or more charts with one message. The page shows each chart
// as an SVG element of its own, so that a phone stacks them; the PNG has all
// in one image.
type figure struct {
	id     string
	title  string
	text   string // what is drawn, in a sentence or two
	table  string // the id of the table that holds its numbers
	charts []drawing
	named  bool // curves are named at their ends, which takes room
	roomy  bool // three charts in a row even of four
	wide   bool // one large chart, which the page also holds in a narrow form
	// seen holds the charts that a page had before: it may be rendered several
	// times until it is light enough.
	seen map[sheet]template.HTML
}

// A sheet is what a chart of a figure is drawn on.
type sheet struct {
	chart         int
	class         string
	width, height vg.Length
}

// A drawing fills a canvas.
type drawing interface {
	draw(c draw.Canvas)
	// says is what a screen reader says of it.
	says() string
}

// A tall drawing knows how high it must be.
type tall interface{ height() vg.Length }

// heightOf is that of a drawing on its own, where the page would give it h.
func heightOf(d drawing, h vg.Length) vg.Length {
	if t, ok := d.(tall); ok {
		return t.height()
	}
	return h
}

// says implements drawing.
func (k chart) says() string {
	s := "Chart"
	if k.title != "" {
		s += ": " + k.title
	}
	if k.sub != "" {
		s += ", " + k.sub
	}
	return s
}

// Sizes of charts in points, which are the page's pixels.
const (
	panelWidth, panelHeight   = 246, 216 // four in a row of the page
	namedWidth, namedHeight   = 333, 236 // three in a row, where curves are named at their ends
	wideWidth, wideHeight     = 1032, 440
	narrowWidth, narrowHeight = 350, 380
)

// svgs returns the charts as SVG elements.
func (f figure) svgs() []template.HTML {
	var out []template.HTML
	add := func(i int, class string, w, h vg.Length) {
		on := sheet{i, class, w, h}
		svg, again := f.seen[on]
		if !again {
			c := newSVG(w, h)
			f.charts[i].draw(draw.New(c))
			svg = template.HTML(c.markup(class, f.charts[i].says()))
			if f.seen != nil {
				f.seen[on] = svg
			}
		}
		out = append(out, svg)
	}
	for i, d := range f.charts {
		if f.wide {
			add(i, "wide", wideWidth, heightOf(d, wideHeight))
			add(i, "narrow", narrowWidth, heightOf(d, narrowHeight))
		} else {
			w, h, _ := f.size()
			add(i, "panel", w, h)
		}
	}
	return out
}

// size is that of a chart, with the number of charts in a row.
func (f figure) size() (w, h vg.Length, columns int) {
	switch {
	case f.wide:
		return wideWidth, heightOf(f.charts[0], wideHeight), 1
	case f.named && (f.roomy || len(f.charts) != 4):
		return namedWidth, namedHeight, 3
	}
	return panelWidth, panelHeight, 4
}

// png returns the figure as an image of its own, at 144 dots an inch: with
// title and text, for a place where the page is not.
func (f figure) png() ([]byte, error) {
	w, h, columns := f.size()
	columns = min(columns, len(f.charts))
	const border, gap = 24, 32
	rows := (len(f.charts) + columns - 1) / columns
	width := max(vg.Length(columns)*(w+gap)-gap, 560)
	titles, texts := label(inkText, 18, true), label(inkQuiet, 13, false)
	head := append(wrap(f.title, titles, width), wrap(f.text, texts, width)...)
	top := vg.Length(len(head))*20 + 16
	height := top + vg.Length(rows)*(h+gap) - gap

	img := vgimg.NewWith(vgimg.UseWH(width+2*border, height+2*border), vgimg.UseDPI(144), vgimg.UseBackgroundColor(inkGround))
	page := draw.Crop(draw.New(img), border, -border, border, -border)
	y := page.Max.Y - 10
	for i, line := range head {
		style := texts
		if i < len(wrap(f.title, titles, width)) {
			style = titles
		}
		page.FillText(style, vg.Point{X: page.Min.X, Y: y}, line)
		y -= 20
	}
	for i, d := range f.charts {
		at := vg.Point{X: page.Min.X + vg.Length(i%columns)*(w+gap), Y: page.Max.Y - top - vg.Length(i/columns)*(h+gap)}
		d.draw(draw.Canvas{Canvas: img, Rectangle: vg.Rectangle{Min: vg.Point{X: at.X, Y: at.Y - h}, Max: vg.Point{X: at.X + w, Y: at.Y}}})
	}
	data, err := packed(img.Image())
	if err != nil {
		return nil, fmt.Errorf("figure %s: %w", f.id, err)
	}
	return data, nil
}

// wrap breaks a text into lines of at most a width, between words.
func wrap(s string, style text.Style, width vg.Length) []string {
	var lines []string
	for word := range bytes.SplitSeq(unbroken([]byte(s)), []byte(" ")) {
		n := len(lines)
		if n > 0 && style.Width(lines[n-1]+" "+string(word)) <= width {
			lines[n-1] += " " + string(word)
		} else {
			lines = append(lines, fit(string(word), style, width))
		}
	}
	return lines
}
