package report

import (
	"image/color"
	"math"
	"unicode"

	"gonum.org/v1/plot/vg"

	"github.com/nonrev/nonrev/internal/result"
)

// An ink is a colour with a name: the PNG takes the light value, the SVG only
// the name, so that the page's style sheet decides.
type ink struct {
	name        string
	light, dark uint32 // 0xrrggbb
}

// RGBA is the colour on a light ground.
func (k ink) RGBA() (r, g, b, a uint32) {
	return color.RGBA{uint8(k.light >> 16), uint8(k.light >> 8), uint8(k.light), 255}.RGBA()
}

// thin is the colour of a band on a light ground.
func (k ink) thin() color.Color {
	return color.NRGBA{uint8(k.light >> 16), uint8(k.light >> 8), uint8(k.light), 0x26}
}

// The inks of everything but the models. Contrast of text against the ground
// is at least 4.5:1 in both themes; grid and pale curves carry no information
// that is not elsewhere.
var (
	inkGround = ink{"ground", 0xffffff, 0x14171b}
	inkText   = ink{"text", 0x1b1d22, 0xe8eaed}
	inkQuiet  = ink{"quiet", 0x5b616b, 0xa3a9b3}
	inkAxis   = ink{"axis", 0x9aa0aa, 0x6a717c}
	inkGrid   = ink{"grid", 0xe3e5e8, 0x2c3138}
	inkPale   = ink{"pale", 0xc6cad1, 0x444b55}
)

// The inks of verdicts: the words', and the shades of the sides of a threshold.
var (
	inkYes     = ink{"yes", 0x00704d, 0x4ee986}
	inkNo      = ink{"no", 0xa34400, 0xff9d5c}
	inkFor     = ink{"for", 0xd8efe5, 0x173d2e}
	inkAgainst = ink{"against", 0xf8e2d2, 0x46291a}
)

// inks lists every ink that a figure may use, for the style sheet.
func inks() []ink {
	out := []ink{inkGround, inkText, inkQuiet, inkAxis, inkGrid, inkPale, inkYes, inkNo, inkFor, inkAgainst}
	for _, s := range palette() {
		out = append(out, s.ink)
	}
	return out
}

// A style is how a model looks and is called.
type style struct {
	model string
	title string // "Worker processes"
	words string // in a sentence: "worker processes"
	short string // where there is little room: "processes"
	ink   ink
	shape shape
}

// palette lists the known models' looks, then those for models of other
// people, in the order in which they are handed out. Colours keep 4.5:1
// against the ground and stay apart for colour-blind eyes; shape and label
// repeat what colour says.
func palette() []style {
	return []style{
		{result.Serial, "Serial loop", "the serial loop", "serial", ink{"serial", 0x5b616b, 0xa3a9b3}, circle},
		{"goroutine", "Goroutines", "goroutines", "goroutines", ink{"a", 0x2244c8, 0x3d92fc}, circle},
		{"subprocess", "Worker processes", "worker processes", "processes", ink{"b", 0xb45e0e, 0xe1681b}, triangle},
		{"eventloop", "Event loop", "the event loop", "event loop", ink{"c", 0x392037, 0xd6ecea}, diamond},
		{"locked", "Locked shared memory", "locked shared memory", "locked", ink{"d", 0xa352a1, 0xbe629c}, wedge},
		{ink: ink{"e", 0x00855d, 0x4ee986}, shape: square},
		{ink: ink{"f", 0x703000, 0xe8a000}, shape: pentagon},
		{ink: ink{"g", 0x203080, 0xe0b8f8}, shape: hexagon},
	}
}

// styles gives each model of a file its look.
type styles map[string]style

// newStyles hands the free looks to unknown models in the order given; when
// these run out they are used again, and the label alone tells them apart.
func newStyles(models []string) styles {
	s := styles{}
	var free []style
	for _, p := range palette() {
		if p.model == "" {
			free = append(free, p)
		} else {
			s[p.model] = p
		}
	}
	used := 0
	for _, m := range models {
		if _, known := s[m]; known {
			continue
		}
		look := free[used%len(free)]
		used++
		look.model, look.title, look.words, look.short = m, shorten(m), shorten(m), shorten(m)
		s[m] = look
	}
	return s
}

// shorten cuts a name that no one would read, and makes signs visible that
// have no look of their own, such as those that turn the direction of the
// sentence around them.
func shorten(name string) string {
	r := []rune(name)
	for i := range r {
		if !unicode.IsPrint(r[i]) {
			r[i] = unicode.ReplacementChar
		}
	}
	if len(r) > 60 {
		r = append(r[:59], '…')
	}
	return string(r)
}

// A shape draws the outline of a mark of about equal area around a centre.
type shape func(at vg.Point, radius vg.Length) vg.Path

func circle(at vg.Point, r vg.Length) vg.Path {
	var p vg.Path
	p.Arc(at, r, 0, 2*math.Pi)
	p.Close()
	return p
}

func square(at vg.Point, r vg.Length) vg.Path   { return polygon(at, r*1.2, 4, math.Pi/4) }
func diamond(at vg.Point, r vg.Length) vg.Path  { return polygon(at, r*1.3, 4, 0) }
func triangle(at vg.Point, r vg.Length) vg.Path { return polygon(at, r*1.35, 3, math.Pi/2) }
func wedge(at vg.Point, r vg.Length) vg.Path    { return polygon(at, r*1.35, 3, -math.Pi/2) }
func pentagon(at vg.Point, r vg.Length) vg.Path { return polygon(at, r*1.2, 5, math.Pi/2) }
func hexagon(at vg.Point, r vg.Length) vg.Path  { return polygon(at, r*1.15, 6, 0) }

// polygon is a regular one with its first corner at an angle.
func polygon(at vg.Point, r vg.Length, corners int, start float64) vg.Path {
	var p vg.Path
	for i := range corners {
		sin, cos := math.Sincos(start + 2*math.Pi*float64(i)/float64(corners))
		corner := vg.Point{X: at.X + r*vg.Length(cos), Y: at.Y + r*vg.Length(sin)}
		if i == 0 {
			p.Move(corner)
		} else {
			p.Line(corner)
		}
	}
	p.Close()
	return p
}
