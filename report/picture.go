package report

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"slices"
)

// colours is how many an indexed picture holds.
const colours = 256

// packed is a picture as PNG with its most frequent colours. All inks are among
// them; the rest, at the rims of letters and lines, take the nearest. It is less
// than half as large as with every colour, in a fifth of the time.
func packed(img image.Image) ([]byte, error) {
	b := img.Bounds()
	whole := image.NewRGBA(b)
	draw.Draw(whole, b, img, b.Min, draw.Src)
	count := map[uint32]int{}
	runs(whole.Pix, func(_, n int, c uint32) { count[c] += n })
	frequent := slices.SortedFunc(maps.Keys(count), func(x, y uint32) int { return cmp.Or(count[y]-count[x], cmp.Compare(x, y)) })
	out := image.NewPaletted(b, nil)
	for _, c := range frequent[:min(colours, len(frequent))] {
		out.Palette = append(out.Palette, rgba(c))
	}
	place := map[uint32]uint8{}
	for _, c := range frequent {
		place[c] = uint8(out.Palette.Index(rgba(c)))
	}
	runs(whole.Pix, func(at, n int, c uint32) {
		i := place[c]
		for k := range n {
			out.Pix[at+k] = i
		}
	})
	var to bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&to, out)
	return to.Bytes(), err
}

// runs goes through points by runs of one colour, which may go on over the end
// of a line.
func runs(pix []byte, f func(at, n int, c uint32)) {
	for at := 0; 4*at < len(pix); {
		c, end := binary.LittleEndian.Uint32(pix[4*at:]), at+1
		for 4*end < len(pix) && binary.LittleEndian.Uint32(pix[4*end:]) == c {
			end++
		}
		f(at, end-at, c)
		at = end
	}
}

// rgba is a colour as it stands among points.
func rgba(c uint32) color.RGBA {
	return color.RGBA{uint8(c), uint8(c >> 8), uint8(c >> 16), uint8(c >> 24)}
}
