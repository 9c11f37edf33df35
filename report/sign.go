package report

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// signs are the names of guides that end within the panel. A leader from there
// to the panel's edge would look like a line, so each stands near its guide's
// end, where it hides nothing and nothing hides it.
type signs struct{ chart }

// A site is a place for a sign, with what it takes of the panel.
type site struct {
	at  vg.Point // where the text begins, at the height of its middle
	box vg.Rectangle
}

// signHalf is half the height of a sign.
const signHalf = 6

// Plot implements plot.Plotter.
func (s signs) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var taken []vg.Rectangle
	style := label(inkQuiet, labelSize, false)
	for _, g := range s.guides {
		if g.name == "" || !g.short {
			continue
		}
		if taken == nil {
			taken = s.taken(x, y)
		}
		line := g.line(x, y)
		chosen := clearest(sites(c.Rectangle, line[0], line[len(line)-1], style.Width(g.name)), taken)
		taken = append(taken, chosen.box)
		grouped(c, "sign", "", func() {
			if _, styled := grouping(c); !styled { // a page has the style sheet for it
				c.SetColor(inkGround)
				c.Fill(chosen.box.Path())
			}
			if far := chosen.at.Y - line[0].Y; far > 16 || far < -16 {
				from, to := line[0], vg.Point{X: max(line[0].X, chosen.box.Min.X), Y: chosen.box.Min.Y}
				if far < 0 {
					to.Y = chosen.box.Max.Y
				}
				strokes(c, draw.LineStyle{Color: inkPale, Width: 1}, []vg.Point{from, to})
			}
			write(c, style, chosen.at, g.name)
		})
	}
}

// sites are the places for a name that is so wide, the nearest first: beyond
// the line's end, then under and over it, as far as the panel goes.
func sites(panel vg.Rectangle, from, to vg.Point, wide vg.Length) []site {
	var out []site
	add := func(x, y vg.Length) {
		x = min(max(x, panel.Min.X), panel.Max.X-wide)
		y = min(max(y, panel.Min.Y+signHalf-4), panel.Max.Y-signHalf+4) // there is so much room around a panel
		box := vg.Rectangle{Min: vg.Point{X: x - 2, Y: y - signHalf}, Max: vg.Point{X: x + wide + 2, Y: y + signHalf}}
		out = append(out, site{vg.Point{X: x, Y: y}, box})
	}
	add(to.X+6, to.Y)
	for _, away := range []vg.Length{9, 14, 20, 27, 35} {
		for _, x := range []vg.Length{from.X, to.X - wide, to.X + 6} {
			add(x, to.Y-away)
			add(x, to.Y+away)
		}
	}
	return out
}

// clearest is the first of the sites that nothing lies over, else the first of
// those that the least lies over.
func clearest(sites []site, taken []vg.Rectangle) site {
	var chosen site
	least := -1
	for _, s := range sites {
		over := 0
		for _, t := range taken {
			if t.Min.X < s.box.Max.X && t.Max.X > s.box.Min.X && t.Min.Y < s.box.Max.Y && t.Max.Y > s.box.Min.Y {
				over++
			}
		}
		if least < 0 || over < least {
			chosen, least = s, over
		}
	}
	return chosen
}

// taken is what a sign must not lie over: marks with their whiskers, and the
// lines of curves and guides, in pieces.
func (s signs) taken(x, y func(float64) vg.Length) []vg.Rectangle {
	const piece, thick = 4, 2
	var out []vg.Rectangle
	along := func(line []vg.Point) {
		for i := 1; i < len(line); i++ {
			by := line[i].Sub(line[i-1])
			n := int(max(by.X, by.Y, -by.X, -by.Y)/piece) + 1
			for k := range n + 1 {
				at := line[i-1].Add(by.Scale(vg.Length(k) / vg.Length(n)))
				out = append(out, vg.Rectangle{Min: vg.Point{X: at.X - thick, Y: at.Y - thick}, Max: vg.Point{X: at.X + thick, Y: at.Y + thick}})
			}
		}
	}
	for _, g := range s.guides {
		along(g.line(x, y))
	}
	for i, one := range s.ordered() {
		curve := shifted{s.chart, one, s.shift(i)}
		for _, line := range curve.joined(func(v, at float64) vg.Point { return vg.Point{X: x(at) + curve.by, Y: y(v)} }) {
			along(line)
		}
		for _, m := range one.marks {
			if s.shown(m) {
				at := x(m.x) + curve.by
				out = append(out, vg.Rectangle{Min: vg.Point{X: at - markRadius, Y: y(m.y.Low) - markRadius}, Max: vg.Point{X: at + markRadius, Y: y(m.y.High) + markRadius}})
			}
		}
	}
	return out
}
