package report

import (
	"image"
	"image/color"
	"math"
	"strings"
	"sync"

	"git.sr.ht/~sbinet/gg"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// dotsPerInch is the resolution of pictures.
const dotsPerInch = 144

// A pictured is a vgimg.Canvas that sets its letters itself. vgimg has each
// letter rasterized anew, and copies it by an interpolation of images, which for
// text that is neither turned nor scaled gives the same points in a hundred
// times the time.
type pictured struct {
	*vgimg.Canvas
	width, height vg.Length
	img           *image.RGBA
	easel         *easel
	pen
	pens []pen
}

// A pen is what Push saves and a letter depends on.
type pen struct {
	ink   color.Color
	moved bool // by a transformation, so that vgimg sets the text
}

// newPictured makes a canvas on a white ground, which is the ink's on a light page.
func newPictured(width, height vg.Length) *pictured {
	c := &pictured{width: width, height: height, easel: easels.Get().(*easel), pen: pen{ink: color.Black}}
	size := image.Pt(int(width.Dots(dotsPerInch)+0.5), int(height.Dots(dotsPerInch)+0.5))
	c.img = &image.RGBA{Pix: roomFor(&c.easel.points, 4*size.X*size.Y), Stride: 4 * size.X, Rect: image.Rectangle{Max: size}}
	ctx := gg.NewContextForRGBA(c.img)
	ctx.SetLineCapButt()
	ctx.InvertY()
	c.Canvas = vgimg.NewWith(vgimg.UseImageWithContext(c.img, ctx), vgimg.UseDPI(dotsPerInch))
	return c
}

// png is the finished picture, after which the canvas is not to be used.
func (c *pictured) png() ([]byte, error) {
	defer easels.Put(c.easel)
	return c.easel.packed(c.img)
}

// Size returns the width and height.
func (c *pictured) Size() (w, h vg.Length) { return c.width, c.height }

// SetColor is as in vg.Canvas.
func (c *pictured) SetColor(k color.Color) {
	c.ink = k
	c.Canvas.SetColor(k)
}

// Push is as in vg.Canvas.
func (c *pictured) Push() {
	c.pens = append(c.pens, c.pen)
	c.Canvas.Push()
}

// Pop is as in vg.Canvas.
func (c *pictured) Pop() {
	last := len(c.pens) - 1
	c.pen, c.pens = c.pens[last], c.pens[:last]
	c.Canvas.Pop()
}

// Rotate is as in vg.Canvas.
func (c *pictured) Rotate(rad float64) {
	c.moved = true
	c.Canvas.Rotate(rad)
}

// Translate is as in vg.Canvas.
func (c *pictured) Translate(p vg.Point) {
	c.moved = true
	c.Canvas.Translate(p)
}

// Scale is as in vg.Canvas.
func (c *pictured) Scale(x, y float64) {
	c.moved = true
	c.Canvas.Scale(x, y)
}

// FillString is as in vg.Canvas.
func (c *pictured) FillString(f plotfont.Face, at vg.Point, s string) {
	if f.Font.Size == 0 || c.moved {
		c.Canvas.FillString(f, at, s)
		return
	}
	dots := func(v float64) fixed.Int26_6 { return fixed.Int26_6(math.Round(v * 64)) }
	dot := fixed.Point26_6{X: dots(at.X.Dots(dotsPerInch)), Y: dots(c.height.Dots(dotsPerInch) - at.Y.Dots(dotsPerInch))}
	face, before := c.easel.letters.face(f), rune(-1)
	for _, r := range s {
		if before >= 0 {
			dot.X += face.kern(before, r)
		}
		l := face.letter(r, dot)
		if !l.known {
			continue
		}
		c.fill(l, image.Pt(dot.X.Floor(), dot.Y.Floor()))
		dot.X += l.advance
		before = r
	}
}

// fill lays a letter in the pen's ink over the picture, with the roundings of
// draw.Over among 16-bit colours.
func (c *pictured) fill(l letter, at image.Point) {
	const most = 0xffff
	box := l.box.Add(at)
	in := box.Intersect(c.img.Rect)
	r, g, b, a := c.ink.RGBA()
	for y := in.Min.Y; y < in.Max.Y; y++ {
		shape := l.shape[(y-box.Min.Y)*box.Dx()+in.Min.X-box.Min.X:][:in.Dx()]
		points := c.img.Pix[c.img.PixOffset(in.Min.X, y):]
		for i, part := range shape {
			if part == 0 {
				continue
			}
			part := uint32(part) * 0x101
			rest := most - a*part/most
			p := points[4*i:][:4]
			for k, v := range [4]uint32{r, g, b, a} {
				p[k] = uint8((uint32(p[k])*0x101*rest/most + v*part/most) >> 8)
			}
		}
	}
}

// letters are the shapes that text of pictures is set in.
type letters map[plotfont.Font]*face

// A face is a font at a size, with the letters that were set in it.
type face struct {
	font.Face
	set   map[placed]letter
	kerns map[[2]rune]fixed.Int26_6
}

// A placed letter stands somewhere between two points of the picture.
type placed struct {
	letter rune
	x, y   fixed.Int26_6 // less than a point
}

// A letter is a shape, as part of the ink a point.
type letter struct {
	known   bool // to the font
	box     image.Rectangle
	shape   []uint8
	advance fixed.Int26_6
}

func (l letters) face(f plotfont.Face) *face {
	known := l[f.Font]
	if known == nil {
		known = &face{f.FontFace(dotsPerInch), map[placed]letter{}, map[[2]rune]fixed.Int26_6{}}
		l[f.Font] = known
	}
	return known
}

func (f *face) kern(a, b rune) fixed.Int26_6 {
	pair := [2]rune{a, b}
	k, known := f.kerns[pair]
	if !known {
		k = f.Kern(a, b)
		f.kerns[pair] = k
	}
	return k
}

// letter returns the letter that begins at a dot; its box is relative to the
// point that the dot is in.
func (f *face) letter(r rune, dot fixed.Point26_6) letter {
	at := placed{r, dot.X & 63, dot.Y & 63}
	l, again := f.set[at]
	if !again {
		box, mask, _, advance, known := f.Glyph(fixed.Point26_6{X: at.x, Y: at.y}, r)
		l = letter{known: known, box: box, advance: advance}
		if known {
			l.shape = append(l.shape, mask.(*image.Alpha).Pix...)
		}
		f.set[at] = l
	}
	return l
}

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
