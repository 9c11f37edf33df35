package report

import (
	"bytes"
	"image"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// What the letters look like is vgimg's to say.
func TestLettersAreThoseOfVgimg(t *testing.T) {
	const size = 120
	ours := newPictured(size, size)
	theirs := vgimg.NewWith(vgimg.UseWH(size, size), vgimg.UseDPI(144), vgimg.UseBackgroundColor(inkGround))
	for _, c := range []vg.CanvasSizer{ours, theirs} {
		d := draw.New(c)
		for i, k := range []ink{inkText, inkPale, inkAgainst} {
			for again := range 3 {
				at := vg.Point{X: vg.Length(i)*1.3 + vg.Length(again)*17 - 8, Y: 100.7 - vg.Length(i)*9.1 - vg.Length(again)*13}
				d.FillText(label(k, 12+vg.Length(i), again == 1), at, "AV To 1.95× µs – \u202e\xff fi")
			}
		}
		d.Push()
		turned := label(inkNo, 12, true)
		turned.Rotation = 1
		d.FillText(turned, vg.Point{X: 60, Y: 20}, "turned")
		d.Translate(vg.Point{X: 30, Y: -10})
		d.FillText(label(inkYes, 9, false), vg.Point{X: 20, Y: 30}, "moved")
		d.Pop()
		d.FillText(label(inkYes, 9, false), vg.Point{X: 20, Y: 10}, "and back")
	}
	if !bytes.Equal(theirs.Image().(*image.RGBA).Pix, ours.img.Pix) {
		t.Error("the letters differ")
	}
}
