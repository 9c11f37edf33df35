package report

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"slices"
	"sync"
)

// colours is how many an indexed picture holds.
const colours = 256

// An easel is what a picture is made with. It is large, so the next picture is
// made with it as well.
type easel struct {
	letters letters
	points  []uint8 // of the picture in all colours
	runs    []run
	places  []uint8 // of the points' colours in the palette
	buffer  *png.EncoderBuffer
}

// easels are those that no picture is made with now.
var easels = sync.Pool{New: func() any { return &easel{letters: letters{}} }}

// Get implements png.EncoderBufferPool.
func (e *easel) Get() *png.EncoderBuffer { return e.buffer }

// Put implements png.EncoderBufferPool.
func (e *easel) Put(b *png.EncoderBuffer) { e.buffer = b }

// packed is a picture as PNG with its most frequent colours. All inks are among
// them; the rest, at the rims of letters and lines, take the nearest. It is less
// than half as large as with every colour, in a fifth of the time.
func (e *easel) packed(img *image.RGBA) ([]byte, error) {
	shades := e.survey(img.Pix)
	frequent := make([]*shade, len(shades))
	for i := range shades {
		frequent[i] = &shades[i]
	}
	slices.SortFunc(frequent, func(x, y *shade) int { return cmp.Or(y.points-x.points, cmp.Compare(x.colour, y.colour)) })
	out := &image.Paletted{Pix: roomFor(&e.places, len(img.Pix)/4), Stride: img.Stride / 4, Rect: img.Rect}
	var kept []uint32
	for i, s := range frequent {
		if i < colours {
			out.Palette, kept = append(out.Palette, s.rgba()), append(kept, s.colour)
			s.place = uint8(i)
		} else {
			s.place = nearest(s.colour, kept)
		}
	}
	at := 0
	for _, r := range e.runs {
		place := shades[r.shade].place
		for k := range out.Pix[at:][:r.points] {
			out.Pix[at+k] = place
		}
		at += r.points
	}
	var to bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: e}).Encode(&to, out)
	return to.Bytes(), err
}

// roomFor returns so many elements of a slice that is kept for the next time.
func roomFor[T any](kept *[]T, n int) []T {
	*kept = slices.Grow((*kept)[:0], n)[:n]
	return *kept
}

// A shade is a colour of a picture, which stands at a place of its palette.
type shade struct {
	colour uint32
	points int
	place  uint8
}

// A run is so many points of one shade, which may go on over the end of a line.
type run struct{ shade, points int }

// survey goes through points by runs, which it keeps, and returns their shades.
func (e *easel) survey(pix []byte) []shade {
	var shades []shade
	known := map[uint32]int{}
	e.runs = e.runs[:0]
	for len(pix) > 0 {
		colour, n := binary.LittleEndian.Uint32(pix), 1
		two := uint64(colour)<<32 | uint64(colour)
		for 4*n+8 <= len(pix) && binary.LittleEndian.Uint64(pix[4*n:]) == two {
			n += 2
		}
		for 4*n < len(pix) && binary.LittleEndian.Uint32(pix[4*n:]) == colour {
			n++
		}
		i, again := known[colour]
		if !again {
			i = len(shades)
			known[colour] = i
			shades = append(shades, shade{colour: colour})
		}
		shades[i].points += n
		e.runs, pix = append(e.runs, run{i, n}), pix[4*n:]
	}
	return shades
}

// rgba is the colour as it stands among points.
func (s *shade) rgba() color.RGBA {
	return color.RGBA{uint8(s.colour), uint8(s.colour >> 8), uint8(s.colour >> 16), uint8(s.colour >> 24)}
}

// nearest is the place of the nearest of other colours, as color.Palette has it.
func nearest(colour uint32, kept []uint32) uint8 {
	square := func(d uint32) uint32 { return d * 0x101 * (d * 0x101) >> 2 }
	best, place := ^uint32(0), 0
	for i, k := range kept {
		far := square(colour&0xff - k&0xff)
		if far >= best {
			continue
		}
		far += square(colour>>8&0xff-k>>8&0xff) + square(colour>>16&0xff-k>>16&0xff) + square(colour>>24-k>>24)
		if far < best {
			best, place = far, i
		}
	}
	return uint8(place)
}
