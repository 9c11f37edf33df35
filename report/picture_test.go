package report

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
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
	data, err := packed(img)
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
