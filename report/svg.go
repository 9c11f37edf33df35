package report

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/color"
	"math"
	"strconv"

	"golang.org/x/image/font"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// svgCanvas is a vg.Canvas that writes the inner part of an SVG element for a
// page with a style sheet of its own: colours are class names, fonts are the
// page's, coordinates are pixels with one decimal, transformations are worked
// in. That keeps a figure small and lets a dark page recolour it, which
// gonum's vgsvg, with its style attributes, does not.
type svgCanvas struct {
	width, height vg.Length
	out           bytes.Buffer
	state
	stack []state
}

// state is what Push saves.
type state struct {
	line       vg.Length
	dash       []vg.Length
	dashOffset vg.Length
	color      color.Color
	// x' = a x + c y + e, y' = b x + d y + f: user space to a canvas whose
	// origin is at the bottom left.
	a, b, c, d, e, f float64
}

func newSVG(width, height vg.Length) *svgCanvas {
	c := &svgCanvas{width: width, height: height, state: state{a: 1, d: 1}}
	vg.Initialize(c)
	return c
}

// markup returns the finished element; label is what a screen reader says.
func (c *svgCanvas) markup(class, label string) string {
	return fmt.Sprintf("<svg class=\"%s\" viewBox=\"0 0 %s %s\" width=\"%s\" height=\"%s\" role=\"img\" aria-label=\"%s\">\n%s</svg>\n",
		class, coordinate(float64(c.width)), coordinate(float64(c.height)), coordinate(float64(c.width)), coordinate(float64(c.height)),
		html.EscapeString(label), c.out.Bytes())
}

// open begins a named group; title is what the pointer is told on it.
func (c *svgCanvas) open(class, title string) {
	c.put(`<g class="`, html.EscapeString(class), `">`)
	if title != "" {
		c.put("<title>", html.EscapeString(title), "</title>")
	}
	c.put("\n")
}

// put writes one part after the other.
func (c *svgCanvas) put(parts ...string) {
	for _, p := range parts {
		c.out.WriteString(p)
	}
}

func (c *svgCanvas) close() { c.out.WriteString("</g>\n") }

// Size returns the width and height.
func (c *svgCanvas) Size() (w, h vg.Length) { return c.width, c.height }

// SetLineWidth is as in vg.Canvas.
func (c *svgCanvas) SetLineWidth(w vg.Length) { c.line = w }

// SetLineDash is as in vg.Canvas.
func (c *svgCanvas) SetLineDash(pattern []vg.Length, offset vg.Length) {
	c.dash, c.dashOffset = pattern, offset
}

// SetColor is as in vg.Canvas; an ink is written as its class.
func (c *svgCanvas) SetColor(k color.Color) { c.color = k }

// Rotate is as in vg.Canvas.
func (c *svgCanvas) Rotate(rad float64) {
	sin, cos := math.Sincos(rad)
	c.a, c.b, c.c, c.d = c.a*cos+c.c*sin, c.b*cos+c.d*sin, c.c*cos-c.a*sin, c.d*cos-c.b*sin
}

// Translate is as in vg.Canvas.
func (c *svgCanvas) Translate(p vg.Point) {
	x, y := float64(p.X), float64(p.Y)
	c.e += c.a*x + c.c*y
	c.f += c.b*x + c.d*y
}

// Scale is as in vg.Canvas.
func (c *svgCanvas) Scale(x, y float64) {
	c.a, c.b, c.c, c.d = c.a*x, c.b*x, c.c*y, c.d*y
}

// Push is as in vg.Canvas.
func (c *svgCanvas) Push() { c.stack = append(c.stack, c.state) }

// Pop is as in vg.Canvas.
func (c *svgCanvas) Pop() {
	c.state = c.stack[len(c.stack)-1]
	c.stack = c.stack[:len(c.stack)-1]
}

// Stroke is as in vg.Canvas.
func (c *svgCanvas) Stroke(p vg.Path) {
	if c.line <= 0 {
		return
	}
	c.put(`<path class="s `, c.class(), `" d="`)
	c.data(p)
	c.put(`" stroke-width="`, coordinate(float64(c.line)*c.zoom()), `"`)
	if len(c.dash) > 0 {
		c.put(` stroke-dasharray="`, c.dashes(), `"`)
	}
	c.put("/>\n")
}

// Fill is as in vg.Canvas.
func (c *svgCanvas) Fill(p vg.Path) {
	c.put(`<path class="f `, c.class(), `" d="`)
	c.data(p)
	c.put("\"/>\n")
}

// FillString is as in vg.Canvas; the page's style sheet chooses the family.
func (c *svgCanvas) FillString(f plotfont.Face, at vg.Point, s string) {
	if f.Font.Size == 0 {
		return
	}
	class := "t " + c.class()
	if f.Font.Weight == font.WeightBold {
		class = "t b " + c.class()
	}
	x, y := c.place(at)
	c.put(`<text class="`, class, `" x="`, x, `" y="`, y, `" font-size="`, coordinate(float64(f.Font.Size)*c.zoom()), `"`)
	if turn := math.Atan2(c.b, c.a); turn != 0 {
		c.put(` transform="rotate(`, coordinate(-turn*180/math.Pi), " ", x, " ", y, `)"`)
	}
	c.put(">", html.EscapeString(s), "</text>\n")
}

// DrawImage panics: a figure of the report holds no image, and one that did
// would not follow the page's theme.
func (c *svgCanvas) DrawImage(vg.Rectangle, image.Image) {
	panic("report: figures hold no images")
}

// class is the colour as a class name. Only inks have one: a colour that the
// style sheet does not know would come out black.
func (c *svgCanvas) class() string {
	k, ok := c.color.(ink)
	if !ok {
		panic(fmt.Sprintf("report: figures are drawn in inks, not in %v", c.color))
	}
	return "k-" + k.name
}

func (c *svgCanvas) dashes() string {
	var b []byte
	for i, d := range c.dash {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, coordinate(float64(d)*c.zoom())...)
	}
	return string(b)
}

// zoom is the factor of lengths, for a transformation without shear.
func (c *svgCanvas) zoom() float64 { return math.Sqrt(math.Abs(c.a*c.d - c.b*c.c)) }

// place returns a point in SVG coordinates, whose origin is at the top.
func (c *svgCanvas) place(p vg.Point) (x, y string) {
	px, py := float64(p.X), float64(p.Y)
	return coordinate(c.a*px + c.c*py + c.e), coordinate(float64(c.height) - (c.b*px + c.d*py + c.f))
}

// data writes a path.
func (c *svgCanvas) data(p vg.Path) {
	put := func(command string, at vg.Point) {
		x, y := c.place(at)
		c.put(command, x, ",", y)
	}
	for i, part := range p {
		switch part.Type {
		case vg.MoveComp:
			put("M", part.Pos)
		case vg.LineComp:
			put("L", part.Pos)
		case vg.CurveComp:
			put("QC"[len(part.Control)-1:len(part.Control)], part.Control[0])
			for _, next := range append(part.Control[1:], part.Pos) {
				put(" ", next)
			}
		case vg.ArcComp:
			start := "L"
			if i == 0 {
				start = "M"
			}
			c.arc(start, put, part)
		case vg.CloseComp:
			c.put("Z")
		}
	}
}

// arc writes an arc in pieces of half a turn at most, because SVG cannot draw
// a whole circle as one.
func (c *svgCanvas) arc(start string, put func(string, vg.Point), part vg.PathComp) {
	at := func(angle float64) vg.Point {
		sin, cos := math.Sincos(angle)
		return vg.Point{X: part.Pos.X + part.Radius*vg.Length(cos), Y: part.Pos.Y + part.Radius*vg.Length(sin)}
	}
	put(start, at(part.Start))
	radius, sweep := coordinate(float64(part.Radius)*c.zoom()), "0"
	if part.Angle < 0 {
		sweep = "1"
	}
	pieces := math.Ceil(math.Abs(part.Angle) / math.Pi)
	for i := 1.0; i <= pieces; i++ {
		put("A"+radius+","+radius+" 0 0 "+sweep+" ", at(part.Start+part.Angle*i/pieces))
	}
}

// coordinate writes a coordinate with one decimal at most.
func coordinate(v float64) string {
	v = math.Round(v*10) / 10
	if v == 0 {
		return "0" // not "-0"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
