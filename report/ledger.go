package report

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/nonrev/nonrev/internal/scaling"
)

// A ledger draws claims under each other on one axis: what decides each, in
// multiples of the threshold from which on it is supported.
type ledger []entry

// An entry is the row of one claim. All numbers are multiples.
type entry struct {
	id, says, word, value string
	ink                   ink
	shape                 shape
	title                 string // what the pointer is told
	number                scaling.Estimate
	parts                 []scaling.Estimate // paler: what there is beside the number
	support, refute       span
}

// A span is a stretch of the axis, empty where its ends are equal.
type span struct{ from, to float64 }

// The axis ends at an eighth and at eight times the threshold on every page, so
// that pages can be held side by side; what lies beyond is an arrow.
const ledgerEnd = 8

const (
	entryHeight = 24
	ledgerHead  = 34
)

// says implements drawing.
func (l ledger) says() string {
	var rows []string
	for _, e := range l {
		rows = append(rows, e.title)
	}
	return "Chart: claims in multiples of their thresholds. " + strings.Join(rows, "; ")
}

// height implements tall.
func (l ledger) height() vg.Length { return ledgerHead + vg.Length(len(l))*entryHeight + 6 }

// draw implements drawing.
func (l ledger) draw(c draw.Canvas) {
	left, right := vg.Length(440), vg.Length(150)
	tight := c.Size().X < narrow
	if tight {
		left, right = 128, 14
	}
	from, to := c.Min.X+left, c.Max.X-right
	x := func(v float64) vg.Length {
		share := (math.Log(max(v, 0)) + math.Log(ledgerEnd)) / (2 * math.Log(ledgerEnd))
		return from + vg.Length(min(max(share, 0), 1))*(to-from)
	}
	top := c.Max.Y - ledgerHead
	bottom := top - vg.Length(len(l))*entryHeight
	l.axis(c, x, top, bottom, tight)
	for i, e := range l {
		y := top - (vg.Length(i)+0.5)*entryHeight
		grouped(c, "mark", e.title, func() {
			e.names(c, y, to, left, tight)
			e.sides(c, y, x)
			e.numbers(c, y, x)
		})
	}
	// The threshold goes over the shades and under no number's middle.
	strokes(c, draw.LineStyle{Color: inkText, Width: 1}, []vg.Point{{X: x(1), Y: top}, {X: x(1), Y: bottom}})
}

// axis draws the grid and names its lines.
func (l ledger) axis(c draw.Canvas, x func(float64) vg.Length, top, bottom vg.Length, tight bool) {
	words := label(inkQuiet, labelSize, false)
	words.XAlign = draw.XCenter
	var lines [][]vg.Point
	for _, t := range []struct {
		at   float64
		name string
	}{{1. / 8, "1/8"}, {1. / 4, "1/4"}, {1. / 2, "1/2"}, {1, "1"}, {2, "2"}, {4, "4"}, {8, "8"}} {
		if t.at == 1 && !tight {
			t.name = "threshold"
		}
		write(c, words, vg.Point{X: x(t.at), Y: top + 10}, t.name)
		lines = append(lines, []vg.Point{{X: x(t.at), Y: top}, {X: x(t.at), Y: bottom}})
	}
	grouped(c, "grid", "", func() { strokes(c, draw.LineStyle{Color: inkGrid, Width: 1}, lines...) })
	quiet := label(inkQuiet, labelSize, false)
	write(c, quiet, vg.Point{X: c.Min.X, Y: top + 10}, "Claim")
	if !tight {
		write(c, quiet, vg.Point{X: c.Max.X - 134, Y: top + 10}, "Number [95%]")
	}
}

// names writes what stands beside the axis.
func (e entry) names(c draw.Canvas, y, to, left vg.Length, tight bool) {
	id, word := label(inkText, labelSize, true), label(e.ink, labelSize, true)
	write(c, id, vg.Point{X: c.Min.X, Y: y}, e.id)
	at := vg.Point{X: c.Min.X + 34, Y: y}
	write(c, word, at, fit(e.word, word, left-44))
	if tight {
		return
	}
	quiet := label(inkQuiet, labelSize, false)
	at.X += 88
	write(c, quiet, at, fit(e.says, quiet, (left-140)*spare))
	write(c, label(inkText, labelSize, false), vg.Point{X: to + 16, Y: y}, e.value)
}

// sides shades where the claim is supported and where it is refuted.
func (e entry) sides(c draw.Canvas, y vg.Length, x func(float64) vg.Length) {
	for _, s := range []struct {
		span
		ink ink
	}{{e.support, inkFor}, {e.refute, inkAgainst}} {
		if s.from == s.to {
			continue
		}
		c.SetColor(s.ink)
		c.Fill(vg.Rectangle{Min: vg.Point{X: x(s.from), Y: y - 8}, Max: vg.Point{X: x(s.to), Y: y + 8}}.Path())
	}
}

// numbers draws the parts, and over them the number with its interval.
func (e entry) numbers(c draw.Canvas, y vg.Length, x func(float64) vg.Length) {
	for _, p := range e.parts {
		strokes(c, draw.LineStyle{Color: inkAxis, Width: 1}, []vg.Point{{X: x(p.Low), Y: y}, {X: x(p.High), Y: y}})
		c.SetColor(inkAxis)
		c.Fill(circle(vg.Point{X: x(p.Value), Y: y}, 2.5))
	}
	n := e.number
	if math.IsNaN(n.Low) {
		return
	}
	interval := func() {
		strokes(c, draw.LineStyle{Color: e.ink, Width: 2}, []vg.Point{{X: x(n.Low), Y: y}, {X: x(n.High), Y: y}})
	}
	if math.IsNaN(n.Value) {
		interval()
		return
	}
	at, mark := vg.Point{X: x(n.Value), Y: y}, e.shape
	switch {
	case n.Value > ledgerEnd:
		mark = func(at vg.Point, r vg.Length) vg.Path { return polygon(at, r*1.35, 3, 0) }
	case n.Value < 1./ledgerEnd:
		mark = func(at vg.Point, r vg.Length) vg.Path { return polygon(at, r*1.35, 3, math.Pi) }
	}
	c.SetColor(inkGround)
	c.Fill(mark(at, markRadius+1.2))
	interval()
	c.SetColor(e.ink)
	c.Fill(mark(at, markRadius))
}

// spanOf is the stretch of a side in multiples of a threshold.
func spanOf(op string, bound, threshold float64) span {
	m := bound / threshold
	if strings.HasPrefix(op, ">") {
		return span{m, math.Inf(1)}
	}
	if strings.HasPrefix(op, "<") {
		return span{0, m}
	}
	return span{}
}

// multiple writes where a number lies on the axis.
func multiple(v float64) string {
	switch {
	case math.IsNaN(v):
		return "no number yet"
	case v <= 0:
		return "below any multiple of its threshold"
	}
	return fmt.Sprintf("%s times its threshold", digits(v))
}
