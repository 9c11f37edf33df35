package report

import (
	"strings"
	"sync"

	"gonum.org/v1/plot"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// A setter sets text as gonum's own handler does, and remembers what it measured:
// charts ask for the same words many times.
type setter struct {
	text.Handler
	boxes   sync.Map // by wording
	extents sync.Map // by font
}

// typesetter sets all text of figures.
var typesetter = &setter{Handler: plot.DefaultTextHandler}

// A wording is text in a font.
type wording struct {
	text string
	font plotfont.Font
}

// Box is as in text.Handler.
func (s *setter) Box(txt string, f plotfont.Font) (width, height, depth vg.Length) {
	key := wording{txt, f}
	known, again := s.boxes.Load(key)
	if !again {
		width, height, depth = s.Handler.Box(txt, f)
		known, _ = s.boxes.LoadOrStore(key, [3]vg.Length{width, height, depth})
	}
	box := known.([3]vg.Length)
	return box[0], box[1], box[2]
}

// Extents is as in text.Handler.
func (s *setter) Extents(f plotfont.Font) plotfont.Extents {
	known, again := s.extents.Load(f)
	if !again {
		known, _ = s.extents.LoadOrStore(f, s.Handler.Extents(f))
	}
	return known.(plotfont.Extents)
}

// Draw is as in text.Handler.
func (s *setter) Draw(c vg.Canvas, txt string, style text.Style, at vg.Point) {
	if style.Rotation != 0 || txt == "" || strings.Contains(txt, "\n") {
		s.Handler.Draw(c, txt, style, at)
		return
	}
	c.SetColor(style.Color)
	width, height, depth := s.Box(txt, style.Font)
	at.X += vg.Length(style.XAlign) * width
	at.Y += (height+depth)*vg.Length(style.YAlign) - height
	at.Y += style.Font.Size
	c.FillString(s.Cache().Lookup(style.Font, style.Font.Size), at, txt)
}
