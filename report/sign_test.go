package report

import (
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func TestASignGivesWay(t *testing.T) {
	at := func(x, y vg.Length) vg.Point { return vg.Point{X: x, Y: y} }
	box := func(x0, y0, x1, y1 vg.Length) vg.Rectangle { return vg.Rectangle{Min: at(x0, y0), Max: at(x1, y1)} }
	panel := box(0, 0, 300, 200)
	from, to := at(10, 100), at(24, 100)
	beyond, below := box(28, 90, 300, 110), box(0, 0, 300, 99)
	for _, c := range []struct {
		name  string
		taken []vg.Rectangle
		want  vg.Point
	}{
		{"nothing in the way", nil, at(30, 100)},
		{"a curve beyond the end", []vg.Rectangle{beyond}, at(10, 91)},
		{"a curve over and under that", []vg.Rectangle{box(0, 80, 300, 120)}, at(10, 73)},
		{"a curve below as well", []vg.Rectangle{beyond, below}, at(10, 109)},
	} {
		if got := clearest(sites(panel, from, to, 15), c.taken); got.at != c.want {
			t.Errorf("%s: the sign stands at %v, want %v", c.name, got.at, c.want)
		}
	}
	// The panel's edge is no place for a word.
	if got := clearest(sites(panel, at(280, 3), at(294, 3), 40), nil); got.box.Max.X > 302 || got.box.Min.Y < -4 {
		t.Errorf("a sign leaves the panel: %v", got.box)
	}
}

// The bare mechanisms of the made-up study end within their panels, close to
// curves: their names lie over no mark.
func TestSignsLieOverNoMark(t *testing.T) {
	for _, f := range messages(newDataset(studied(t))).figures {
		for _, drawn := range f.charts {
			k := drawn.(chart)
			k.tight = true
			c := k.header(draw.New(newSVG(namedWidth, namedHeight)))
			p := k.plot(c)
			data := p.DataCanvas(c)
			x, y := p.Transforms(&data)
			taken := signs{k}.taken(x, y)
			for _, g := range k.guides {
				if g.name == "" || !g.short {
					continue
				}
				line := g.line(x, y)
				got := clearest(sites(data.Rectangle, line[0], line[len(line)-1], label(inkQuiet, labelSize, false).Width(g.name)), taken)
				if slices.ContainsFunc(taken, func(r vg.Rectangle) bool {
					return r.Min.X < got.box.Max.X && r.Max.X > got.box.Min.X && r.Min.Y < got.box.Max.Y && r.Max.Y > got.box.Min.Y
				}) {
					t.Errorf("%s, %s: %s lies over something", f.id, k.title, g.name)
				}
			}
		}
		if svg := strings.Join(svgsOf(f), ""); strings.Contains(svg, `<g class="sign">`) != slices.ContainsFunc(f.charts, func(d drawing) bool {
			return slices.ContainsFunc(d.(chart).guides, func(g guide) bool { return g.short && g.name != "" })
		}) {
			t.Errorf("%s: signs and guides disagree", f.id)
		}
	}
}

func svgsOf(f figure) []string {
	var out []string
	for _, svg := range f.svgs() {
		out = append(out, string(svg))
	}
	return out
}
