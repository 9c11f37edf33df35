package report

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"pgregory.net/rapid"
)

func TestPackedKeepsFrequentColours(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 100, 60))
	for i := range 100 * 60 {
		c := color.RGBA{255, 255, 255, 255}
		switch {
		case i < 2000:
			c = color.RGBA{0x22, 0x44, 0xc8, 255}
		case i >= 5400: // 600 colours, each once
			c = color.RGBA{uint8(i % 100), uint8(i / 100), 100, 255}
		}
		img.SetRGBA(i%100, i/100, c)
	}
	data, err := new(easel).packed(img)
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 * 60 {
		want, have := img.RGBAAt(i%100, i/100), color.RGBAModel.Convert(got.At(i%100, i/100)).(color.RGBA)
		if i < 5400 && have != want {
			t.Fatalf("the colour at %d is %v, want %v", i, have, want)
		}
		if far := abs(have.R, want.R) + abs(have.G, want.G) + abs(have.B, want.B); far > 70 {
			t.Fatalf("the colour at %d is %v, far from %v", i, have, want)
		}
	}
}

func abs(a, b uint8) int { return int(max(a, b)) - int(min(a, b)) }

func TestTheNearestColourIsThePalettes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kept := rapid.SliceOfN(rapid.Uint32(), 1, 20).Draw(t, "kept")
		colour := rapid.OneOf(rapid.Uint32(), rapid.SampledFrom(kept)).Draw(t, "colour")
		var p color.Palette
		for _, k := range kept {
			p = append(p, (&shade{colour: k}).rgba())
		}
		if got, want := nearest(colour, kept), p.Index((&shade{colour: colour}).rgba()); int(got) != want {
			t.Fatalf("%08x is taken for colour %d of %08x, want %d", colour, got, kept, want)
		}
	})
}
