package report

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/nonrev/nonrev/internal/result"
)

// chromium finds the browser, or skips the test; where every part is required
// its absence is a failure.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("NONREV_REQUIRE") == "all" {
		t.Fatal("no chromium, and NONREV_REQUIRE=all asks for it")
	}
	t.Skip("skipped: no chromium")
	return ""
}

// A watch notes what a page must not do.
type watch struct {
	sync.Mutex
	requests, console []string
}

func (w *watch) see(ev any) {
	w.Lock()
	defer w.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		w.requests = append(w.requests, ev.Request.URL)
	case *log.EventEntryAdded:
		w.console = append(w.console, ev.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		w.console = append(w.console, string(ev.Type))
	case *runtime.EventExceptionThrown:
		w.console = append(w.console, ev.ExceptionDetails.Text)
	}
}

// The page's faults, one a line, as a script finds them.
const faults = `(() => {
	const out = [];
	const ids = new Set();
	for (const e of document.querySelectorAll('[id]')) {
		if (ids.has(e.id)) out.push('id twice: ' + e.id);
		ids.add(e.id);
	}
	for (const a of document.querySelectorAll('a[href^="#"]'))
		if (!ids.has(a.getAttribute('href').slice(1))) out.push('link to nowhere: ' + a.getAttribute('href'));
	const width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth > width) out.push('the page scrolls sideways: ' + document.documentElement.scrollWidth + ' > ' + width);
	if (document.querySelectorAll('script').length !== 1 || document.querySelector('img, script[src], link, iframe')) out.push('a foreign element');
	if (getComputedStyle(document.querySelector('main')).maxWidth === 'none') out.push('the style sheet was refused');
	let drawn = 0;
	for (const svg of document.querySelectorAll('svg')) {
		const frame = svg.getBoundingClientRect();
		if (frame.width === 0) continue;
		drawn++;
		const name = svg.getAttribute('aria-label').slice(0, 80);
		const texts = [...svg.querySelectorAll('text')].map(e => [e.textContent.slice(0, 40), e.getBoundingClientRect()]);
		texts.forEach(([a, r], i) => {
			if (r.left < frame.left - 1 || r.right > frame.right + 1 || r.top < frame.top - 1 || r.bottom > frame.bottom + 1)
				out.push(name + ': cut: ' + a);
			for (const [b, q] of texts.slice(i + 1)) {
				const wide = Math.min(r.right, q.right) - Math.max(r.left, q.left);
				const high = Math.min(r.bottom, q.bottom) - Math.max(r.top, q.top);
				// A line of text is taller than its letters.
				if (wide > 1 && high > 4) out.push(name + ': ' + a + ' lies over ' + b);
			}
		});
	}
	if (drawn === 0) out.push('nothing is drawn');
	return out.join('\n');
})()`

// browser starts one that lives as long as the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := chromium(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	return ctx
}

// written writes the page of files where a browser can open it.
func written(t *testing.T, files ...*result.File) string {
	t.Helper()
	chapters, err := chapters(files)
	if err != nil {
		t.Fatal(err)
	}
	page, err := page(chapters)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "index.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	return "file://" + file
}

func TestPageInBrowser(t *testing.T) {
	ctx := browser(t)
	many := madeUp()
	many.cores = []int{1, 2, 3, 4, 6, 8, 12, 16, 24, 32}
	later := other()

	for name, files := range map[string][]*result.File{
		"two cores": {madeUp().file()}, "many cores": {many.file()}, "hostile": {hostileFile()}, "two files": {madeUp().file(), later},
		"messages": {exchanged(t, overTransports(madeUp(), madeUp().file()), 6)},
	} {
		t.Run(name, func(t *testing.T) { visit(t, ctx, written(t, files...)) })
	}
}

// visit opens the page at the width of a phone and of a desk, in both themes.
func visit(t *testing.T, ctx context.Context, url string) {
	tab, cancel := chromedp.NewContext(ctx)
	defer cancel()
	var w watch
	if err := chromedp.Listen(tab, w.see); err != nil {
		t.Fatal(err)
	}
	grounds := map[string]string{"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}
	for _, width := range []int64{1200, 390} {
		for theme, ground := range grounds {
			media := chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
				_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
				})
				return err
			})
			if err := chromedp.Do(tab, chromedp.EmulateViewport(width, 900), media, chromedp.Navigate(url)); err != nil {
				t.Fatal(err)
			}
			found, err := chromedp.Run(tab, chromedp.Evaluate[string](faults))
			if err != nil {
				t.Fatal(err)
			}
			if found != "" {
				t.Errorf("at %d pixels, %s:\n%s", width, theme, found)
			}
			got, err := chromedp.Run(tab, chromedp.Evaluate[string](`getComputedStyle(document.body).backgroundColor`))
			if err != nil || got != ground {
				t.Errorf("the %s ground is %s (%v), want %s", theme, got, err, ground)
			}
		}
	}
	w.Lock()
	defer w.Unlock()
	for _, r := range w.requests {
		if !strings.HasPrefix(r, "file://") {
			t.Errorf("a request left the machine: %s", r)
		}
	}
	if len(w.requests) != 4 {
		t.Errorf("%d requests for 4 visits: %q", len(w.requests), w.requests)
	}
	if len(w.console) > 0 {
		t.Errorf("the console is not clean: %q", w.console)
	}
}
