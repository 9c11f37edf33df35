package report

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/nonrev/nonrev/internal/result"
)

var (
	viewDir  = flag.String("views", "", "keep the pictures of the page in this directory, for a person to look at")
	viewFile = flag.String("views-of", "", "the result file of that page (default made-up data)")
)

// A view is how a reader may meet the page.
type view struct {
	name        string
	width       int64
	theme       string
	ground      uint32 // 0xrrggbb
	sliceHeight float64
}

var views = []view{
	{"light", 1200, "light", inkGround.light, 1800},
	{"dark", 1200, "dark", inkGround.dark, 1800},
	{"phone-light", 390, "light", inkGround.light, 1800},
	{"phone-dark", 390, "dark", inkGround.dark, 1800},
}

// TestViews draws the page as a browser shows it, in both themes and on paper.
// With -views it keeps all of it, in slices, else it looks at the first.
func TestViews(t *testing.T) {
	f, dir := trusted(t), t.TempDir()
	if *viewFile != "" {
		var err error
		if f, err = result.Read(*viewFile); err != nil {
			t.Fatal(err)
		}
		f.Judge()
	}
	if *viewDir != "" {
		dir = *viewDir
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	ctx := browser(t)
	url := written(t, f)
	for _, v := range views {
		t.Run(v.name, func(t *testing.T) { v.draw(open(t, ctx, url, media("screen", v.theme)), dir, *viewDir != "") })
	}
	t.Run("paper", func(t *testing.T) {
		data, err := chromedp.Run(open(t, ctx, url, media("", "dark")).ctx, chromedp.PrintToPDF())
		if err != nil || !bytes.HasPrefix(data, []byte("%PDF")) || bytes.Count(data, []byte("/Type /Page\n")) < 2 {
			t.Fatalf("%d bytes that are no pages (%v)", len(data), err)
		}
		keep(t, dir, "paper.pdf", data)
	})
}

func keep(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// draw takes pictures of the page from the top down, one or all, and looks at
// their size and ground.
func (v view) draw(t tab, dir string, all bool) {
	t.do(chromedp.EmulateViewport(v.width, 900))
	height, err := chromedp.Run(t.ctx, chromedp.Evaluate[float64]("document.documentElement.scrollHeight"))
	if err != nil {
		t.Fatal(err)
	}
	for i, top := 1, 0.0; top < height && (all || i == 1); i, top = i+1, top+v.sliceHeight {
		data := t.slice(cdppage.Viewport{Y: top, Width: float64(v.width), Height: min(v.sliceHeight, height-top), Scale: 1})
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		r, g, b, _ := img.At(1, 1).RGBA()
		if got := r>>8<<16 | g>>8<<8 | b>>8; got != v.ground || img.Bounds().Dx() != int(v.width) {
			t.Errorf("a picture %d wide on #%06x, want %d on #%06x", img.Bounds().Dx(), got, v.width, v.ground)
		}
		keep(t.T, dir, fmt.Sprintf("%s-%02d.png", v.name, i), data)
	}
}

// slice is a picture of a part of the page.
func (t tab) slice(clip cdppage.Viewport) []byte {
	t.Helper()
	yes := true
	var data []byte
	t.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		r, err := cdp.Call(ctx, target, cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{Clip: &clip, CaptureBeyondViewport: &yes})
		data = r.Data
		return err
	}))
	return data
}
