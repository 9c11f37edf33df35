package report

import (
	"cmp"
	"image/color"
	"math"
	"slices"

	"golang.org/x/image/font"
	"gonum.org/v1/plot"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/nonrev/nonrev/internal/scaling"
)

// A chart is one panel: curves over a common axis.
type chart struct {
	title   string
	ink     ink    // of the title
	sub     string // under the title
	note    string // under that
	x, y    axis
	curves  []curve
	guides  []guide
	crossed []crossing
	// ends names the curves where they end, with leaders, instead of a legend
	// that lies over data.
	ends bool
	// apart sets the curves' marks sideways, so that equal values do not hide
	// each other; only where x has few values.
	apart bool
	tight bool // names are short for want of room; set by draw
}

// A curve is one series of marks, joined where neighbours exist.
type curve struct {
	style style
	name  string // at its end
	short string // the same in a narrow panel
	extra string // beside the name, quietly
	pale  bool   // background: joined, without marks
	loose bool   // not joined, because its marks are not to be compared
	marks []mark
	law   []mark // of a law fitted to the marks, drawn with its band in place of what joins them
}

// A mark is an estimate at a place; without a value it is a gap.
type mark struct {
	x     float64
	y     scaling.Estimate
	title string
}

// A guide is a reference line, straight between its points; of a single one it
// is a short stroke.
type guide struct {
	name   string
	short  bool // ends before the panel does, and is named where it ends
	dashes []vg.Length
	at     [][2]float64
}

var (
	dashed = []vg.Length{5, 4}
	dotted = []vg.Length{1.5, 3}
)

// Sizes in points, which the page shows as pixels.
const (
	markRadius = 4
	dodge      = 6
	labelSize  = 12
	lineHeight = 15
	narrow     = 500 // a panel below this width names curves in short
)

// A grouper is a canvas that keeps what belongs together in named groups.
type grouper interface {
	open(class, title string)
	close()
}

// grouping returns the canvas that keeps groups, if there is one below c: a plot
// hands its plotters a canvas wrapped in others.
func grouping(c draw.Canvas) (grouper, bool) {
	below := c.Canvas
	for {
		wrapped, ok := below.(draw.Canvas)
		if !ok {
			break
		}
		below = wrapped.Canvas
	}
	g, ok := below.(grouper)
	return g, ok
}

// grouped draws f as one group where the canvas knows groups.
func grouped(c draw.Canvas, class, title string, f func()) {
	if g, ok := grouping(c); ok {
		g.open(class, title)
		defer g.close()
	}
	f()
}

// strokes draws lines as one path.
func strokes(c draw.Canvas, style draw.LineStyle, lines ...[]vg.Point) {
	var p vg.Path
	for _, l := range lines {
		for i, at := range l {
			if i == 0 {
				p.Move(at)
			} else {
				p.Line(at)
			}
		}
	}
	if len(p) > 0 {
		c.SetLineStyle(style)
		c.Stroke(p)
	}
}

// label is a style of text.
func label(k ink, size vg.Length, bold bool) text.Style {
	f := plotfont.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = font.WeightBold
	}
	return text.Style{Color: k, Font: f, YAlign: draw.YCenter, Handler: typesetter}
}

// write puts a text with the middle of its capitals at a height. The font's own
// middle is lower, because it counts the room for descenders.
func write(c draw.Canvas, style text.Style, at vg.Point, s string) {
	at.Y += style.Font.Size / 9
	c.FillText(style, at, s)
}

// draw draws the chart on the whole of c.
func (k chart) draw(c draw.Canvas) {
	if k.tight = c.Size().X < narrow; k.tight {
		k.curves = slices.Clone(k.curves)
		for i := range k.curves {
			k.curves[i].name, k.curves[i].extra = k.curves[i].short, ""
		}
	}
	c = k.header(c)
	if len(k.values()) == 0 {
		c.FillText(label(inkQuiet, labelSize, false), vg.Point{X: c.Min.X, Y: c.Max.Y - lineHeight}, "no numbers to draw")
		return
	}
	k.plot(c).Draw(c)
}

// header writes title and subtitle, and returns what is left.
func (k chart) header(c draw.Canvas) draw.Canvas {
	for _, h := range []struct {
		text  string
		style text.Style
		room  vg.Length
	}{
		{k.title, label(k.ink, 14, true), 18},
		{k.sub, label(inkQuiet, labelSize, false), 16},
		{k.note, label(inkQuiet, labelSize, false), 16},
	} {
		if h.text == "" {
			continue
		}
		c.FillText(h.style, vg.Point{X: c.Min.X, Y: c.Max.Y - h.room/2}, fit(h.text, h.style, c.Size().X*spare))
		c.Max.Y -= h.room
	}
	c.Max.Y -= 8
	return c
}

// spare is the part of a line that text may fill: signs that our font lacks
// come from another, and may be wider.
const spare = 0.9

// fit cuts a text to a width.
func fit(s string, style text.Style, width vg.Length) string {
	r := []rune(s)
	for len(r) > 1 && style.Width(s) > width {
		r = r[:len(r)-1]
		s = string(r) + "…"
	}
	return s
}

// plot sets up axes and layers: grid first, then guides, pale curves, curves,
// and names last.
func (k chart) plot(c draw.Canvas) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	plainLook(p)
	k.x.scale(&p.X, k.xs())
	k.y.scale(&p.Y, k.values())
	p.Add(grid{}, guides(k.guides))
	for i, s := range k.ordered() {
		p.Add(shifted{k, s, k.shift(i)})
	}
	p.Add(crossings(k.crossed), signs{k})
	if k.ends {
		p.Add(ends{k})
	}
	// Labels are thinned when it is known how wide the panel came out.
	data := p.DataCanvas(c)
	x, y := p.Transforms(&data)
	height := func(string) vg.Length { return labelSize - 4 }
	p.X.Tick.Marker = plot.ConstantTicks(thin(p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max), x, p.X.Tick.Label.Width))
	p.Y.Tick.Marker = plot.ConstantTicks(thin(p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max), y, height))
	return p
}

// plainLook sets what all plots have alike: quiet labels, no line up the side.
func plainLook(p *plot.Plot) {
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle = draw.LineStyle{Color: inkAxis, Width: 1}
		a.Tick.LineStyle = a.LineStyle
		a.Tick.Label.Color, a.Tick.Label.Font, a.Tick.Label.Handler = inkQuiet, label(inkQuiet, labelSize, false).Font, typesetter
		a.Tick.Length = 4
		a.Padding = 4
	}
	p.Y.LineStyle.Width, p.Y.Tick.Length = 0, 0
}

// ordered returns the curves with the pale ones first, to be drawn under.
func (k chart) ordered() []curve {
	out := slices.Clone(k.curves)
	slices.SortStableFunc(out, func(a, b curve) int {
		return cmp.Compare(map[bool]int{true: 0, false: 1}[a.pale], map[bool]int{true: 0, false: 1}[b.pale])
	})
	return out
}

// shift is how far the i-th curve stands aside.
func (k chart) shift(i int) vg.Length {
	if !k.apart {
		return 0
	}
	return vg.Length(float64(i)-float64(len(k.curves)-1)/2) * dodge
}

// shown tells whether a mark has a place on both axes: a logarithmic one has
// none for 0 and less.
func (k chart) shown(m mark) bool {
	return !math.IsNaN(m.y.Value) && !math.IsInf(m.y.Value, 0) && (!k.y.log || m.y.Low > 0) && (!k.x.log || m.x > 0)
}

// values are the y values that the panel must hold, whiskers included.
func (k chart) values() []float64 {
	var out []float64
	for _, s := range k.curves {
		for _, m := range s.marks {
			if k.shown(m) {
				out = append(out, m.y.Value, m.y.Low, m.y.High)
			}
		}
		for _, m := range s.law {
			if k.shown(m) && !s.pale {
				out = append(out, m.y.Low, m.y.High)
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	for _, g := range k.guides {
		for _, at := range g.at {
			out = append(out, at[1])
			if g.short && k.y.log {
				out = append(out, at[1]/2) // room for its name
			}
		}
	}
	return out
}

func (k chart) xs() []float64 {
	var out []float64
	for _, s := range k.curves {
		for _, m := range s.marks {
			if k.shown(m) {
				out = append(out, m.x)
			}
		}
	}
	return out
}

// grid is the horizontal lines at the y ticks.
type grid struct{}

// Plot implements plot.Plotter.
func (grid) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	grouped(c, "grid", "", func() {
		var lines [][]vg.Point
		for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
			lines = append(lines, []vg.Point{{X: c.Min.X, Y: y(t.Value)}, {X: c.Max.X, Y: y(t.Value)}})
		}
		strokes(c, draw.LineStyle{Color: inkGrid, Width: 1}, lines...)
	})
}

// guides are the reference lines.
type guides []guide

// Plot implements plot.Plotter.
func (gs guides) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, g := range gs {
		grouped(c, "guide", g.name, func() {
			strokes(c, draw.LineStyle{Color: inkAxis, Width: 1.5, Dashes: g.dashes}, c.ClipLinesXY(g.line(x, y))...)
		})
	}
}

// line is where a guide is drawn: through its points, of a single one a short
// stroke from it.
func (g guide) line(x, y func(float64) vg.Length) []vg.Point {
	var pts []vg.Point
	for _, at := range g.at {
		pts = append(pts, vg.Point{X: x(at[0]), Y: y(at[1])})
	}
	if len(pts) == 1 {
		pts = append(pts, vg.Point{X: pts[0].X + 14, Y: pts[0].Y})
	}
	return pts
}

// shifted is a curve that stands aside by some points.
type shifted struct {
	chart
	curve
	by vg.Length
}

// Plot implements plot.Plotter.
func (s shifted) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	place := func(v, at float64) vg.Point { return vg.Point{X: x(at) + s.by, Y: y(v)} }
	join := draw.LineStyle{Color: s.style.ink, Width: 2}
	if s.pale {
		join = draw.LineStyle{Color: inkPale, Width: 1.5}
	}
	grouped(c, "curve", s.style.title, func() {
		switch {
		case len(s.law) > 0 && !s.pale:
			s.fitted(c, join, place)
		case !s.loose:
			strokes(c, join, s.joined(place)...)
		}
		for _, m := range s.marks {
			switch {
			case !s.shown(m):
			case !s.pale:
				grouped(c, "mark", m.title, func() { s.mark(c, m, place) })
			case s.loose:
				c.SetColor(inkPale)
				c.Fill(s.style.shape(place(m.y.Value, m.x), markRadius-1))
			}
		}
	})
}

// fitted draws a law with its band. The style sheet makes the band pale on a
// page.
func (s shifted) fitted(c draw.Canvas, line draw.LineStyle, place func(v, at float64) vg.Point) {
	var middle, rim []vg.Point
	law := slices.DeleteFunc(slices.Clone(s.law), func(m mark) bool { return !s.shown(m) })
	for _, m := range law {
		middle, rim = append(middle, place(m.y.Value, m.x)), append(rim, place(m.y.High, m.x))
	}
	for _, m := range slices.Backward(law) {
		rim = append(rim, place(m.y.Low, m.x))
	}
	var shade color.Color = s.style.ink
	if _, styled := grouping(c); !styled {
		shade = s.style.ink.thin()
	}
	grouped(c, "band", "", func() { c.FillPolygon(shade, rim) })
	strokes(c, line, middle)
}

// joined are the lines through the marks, broken where one is missing.
func (s shifted) joined(place func(v, at float64) vg.Point) [][]vg.Point {
	lines := [][]vg.Point{nil}
	for _, m := range s.marks {
		if last := len(lines) - 1; s.shown(m) {
			lines[last] = append(lines[last], place(m.y.Value, m.x))
		} else {
			lines = append(lines, nil)
		}
	}
	return slices.DeleteFunc(lines, func(l []vg.Point) bool { return len(l) < 2 })
}

// mark draws the whisker, where it reaches beyond the shape, and the shape. The
// shape's rim of the ground's colour is the style sheet's on a page.
func (s shifted) mark(c draw.Canvas, m mark, place func(v, at float64) vg.Point) {
	const within = markRadius * 0.6
	at := place(m.y.Value, m.x)
	if low, high := place(m.y.Low, m.x), place(m.y.High, m.x); m.y.Confidence > 0 && (high.Y-at.Y > within || at.Y-low.Y > within) {
		strokes(c, draw.LineStyle{Color: s.style.ink, Width: 1.25}, []vg.Point{low, high},
			[]vg.Point{{X: low.X - 3, Y: low.Y}, {X: low.X + 3, Y: low.Y}},
			[]vg.Point{{X: high.X - 3, Y: high.Y}, {X: high.X + 3, Y: high.Y}})
	}
	if _, styled := grouping(c); !styled {
		c.SetColor(inkGround)
		c.Fill(s.style.shape(at, markRadius+1.2))
	}
	c.SetColor(s.style.ink)
	c.Fill(s.style.shape(at, markRadius))
}

// GlyphBoxes implements plot.GlyphBoxer: it reserves room at the panel's edge.
func (s shifted) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	const r = markRadius * 1.5
	var out []plot.GlyphBox
	for _, m := range s.marks {
		if !s.pale && s.shown(m) {
			box := vg.Rectangle{Min: vg.Point{X: s.by - r, Y: -r}, Max: vg.Point{X: s.by + r, Y: r}}
			out = append(out, plot.GlyphBox{X: p.X.Norm(m.x), Y: p.Y.Norm(m.y.Value), Rectangle: box})
		}
	}
	return out
}

// ends are the names at the ends of curves and guides.
type ends struct{ chart }

// An end is one name, with the place that it belongs to.
type end struct {
	name, extra string
	ink         ink
	at          vg.Point
}

// list returns the names from the top down.
func (e ends) list(x, y func(float64) vg.Length) []end {
	var out []end
	for _, g := range e.guides {
		last := g.at[len(g.at)-1]
		if g.name != "" && !g.short {
			out = append(out, end{e.fit(g.name), "", inkQuiet, vg.Point{X: x(last[0]), Y: y(last[1])}})
		}
	}
	for i, s := range e.ordered() {
		shown := slices.DeleteFunc(slices.Clone(s.marks), func(m mark) bool { return !e.shown(m) })
		if len(shown) == 0 || s.pale {
			continue
		}
		m := shown[len(shown)-1]
		out = append(out, end{e.fit(s.name), s.extra, s.style.ink, vg.Point{X: x(m.x) + e.shift(i) + markRadius, Y: y(m.y.Value)}})
	}
	slices.SortStableFunc(out, func(a, b end) int { return cmp.Compare(b.at.Y, a.at.Y) })
	return out
}

// fit cuts a name to the room that a panel can spare for it.
func (e ends) fit(name string) string {
	room := vg.Length(220)
	if e.tight {
		room = 110
	}
	return fit(name, label(inkText, labelSize, true), room)
}

// otherFont is how much wider names may come out on a page that is set in
// another font.
const otherFont = 1.04

// leader is the room between the panel's edge and a name.
const leader = 18

// Plot implements plot.Plotter.
func (e ends) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	list := e.list(x, y)
	wanted := make([]vg.Length, len(list))
	for i, n := range list {
		wanted[i] = n.at.Y
	}
	places := spread(wanted, lineHeight, c.Min.Y, c.Max.Y)
	edge := c.Max.X + e.room()
	for i, n := range list {
		to := vg.Point{X: edge + leader, Y: places[i]}
		grouped(c, "end", "", func() {
			strokes(c, draw.LineStyle{Color: inkPale, Width: 1}, []vg.Point{{X: n.at.X + 3, Y: n.at.Y}, {X: edge + 4, Y: n.at.Y}, {X: to.X - 4, Y: to.Y}})
			style := label(n.ink, labelSize, n.ink != inkQuiet)
			write(c, style, to, n.name)
			to.X += style.Width(n.name)*otherFont + 6
			write(c, label(inkQuiet, labelSize, false), to, n.extra)
		})
	}
}

// room is how far marks at the panel's edge stand beyond it.
func (e ends) room() vg.Length {
	if !e.apart {
		return markRadius
	}
	return markRadius + vg.Length(len(e.curves)-1)/2*dodge
}

// GlyphBoxes implements plot.GlyphBoxer: it reserves the names' width.
func (e ends) GlyphBoxes(*plot.Plot) []plot.GlyphBox {
	var wide vg.Length
	none := func(float64) vg.Length { return 0 }
	for _, n := range e.list(none, none) {
		wide = max(wide, label(n.ink, labelSize, n.ink != inkQuiet).Width(n.name)+6+label(inkQuiet, labelSize, false).Width(n.extra))
	}
	right := e.room() + leader + wide*otherFont
	return []plot.GlyphBox{{X: 1, Rectangle: vg.Rectangle{Min: vg.Point{X: right - 1}, Max: vg.Point{X: right}}}}
}

// spread moves places, which descend, as little as need be so that neighbours
// are apart by gap, and keeps them between low and high as far as there is room.
func spread(wanted []vg.Length, gap, low, high vg.Length) []vg.Length {
	out := slices.Clone(wanted)
	// Merge what collides into blocks that are centred on their wishes.
	type block struct {
		sum   vg.Length // of wishes, each raised by its rank's gap
		count int
	}
	top := func(b block) vg.Length { return b.sum / vg.Length(b.count) }
	var blocks []block
	for _, w := range wanted {
		blocks = append(blocks, block{min(max(w, low), high), 1})
		for n := len(blocks); n > 1; n = len(blocks) {
			a, b := blocks[n-2], blocks[n-1]
			if top(a)-vg.Length(a.count)*gap >= top(b) {
				break
			}
			merged := block{a.sum + b.sum + vg.Length(a.count*b.count)*gap, a.count + b.count}
			blocks = append(blocks[:n-2], merged)
		}
	}
	i := 0
	for _, b := range blocks {
		first := min(max(top(b), low+vg.Length(b.count-1)*gap), high)
		for j := range b.count {
			out[i] = first - vg.Length(j)*gap
			i++
		}
	}
	for i := len(out) - 2; i >= 0; i-- {
		out[i] = max(out[i], out[i+1]+gap)
	}
	return out
}
