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
	if (getComputedStyle(document.body).marginTop !== '0px') out.push('the style sheet was refused');
	// Text of the page itself: all of it in the window, no two pieces over each other.
	const pieces = [];
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n = texts.nextNode(); n; n = texts.nextNode()) {
		const e = n.parentElement;
		if (!n.data.trim() || e.closest("svg, script, .scroll, pre, .skip") || !e.checkVisibility()) continue;
		const range = document.createRange();
		range.selectNodeContents(n);
		for (const r of range.getClientRects()) if (r.width > 0) pieces.push([n.data.trim().slice(0, 40), r]);
	}
	if (pieces.length < 20) out.push("only " + pieces.length + " pieces of text");
	pieces.sort((a, b) => a[1].top - b[1].top);
	pieces.forEach(([a, r], i) => {
		if (r.left < -1 || r.right > width + 1) out.push("cut: " + a);
		for (let k = i + 1; k < pieces.length && pieces[k][1].top < r.bottom - 4; k++) {
			const [b, q] = pieces[k];
			if (Math.min(r.right, q.right) - Math.max(r.left, q.left) > 1 && Math.min(r.bottom, q.bottom) - Math.max(r.top, q.top) > 4)
				out.push(a + " lies over " + b);
		}
	});
	// Tables scroll in a box of their own, but nothing leaves its field; paper does not scroll.
	for (const field of document.querySelectorAll("td, th"))
		if (field.checkVisibility() && field.scrollWidth > field.clientWidth + 1) out.push("leaves its field: " + field.textContent.slice(0, 40));
	if (matchMedia("print").matches)
		for (const box of document.querySelectorAll(".scroll, pre"))
			if (box.checkVisibility() && box.scrollWidth > box.clientWidth + 1) out.push("cut on paper: " + box.getAttribute("aria-label"));
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
		const marks = [...svg.querySelectorAll(".mark > .f")].map(e => e.getBoundingClientRect());
		for (const sign of svg.querySelectorAll(".sign text")) {
			const r = sign.getBoundingClientRect();
			if (marks.some(q => Math.min(r.right, q.right) - Math.max(r.left, q.left) > 1 && Math.min(r.bottom, q.bottom) - Math.max(r.top, q.top) > 3))
				out.push(name + ": a mark lies on " + sign.textContent.trim());
		}
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
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
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

// pages are made-up files and the reference runs, as they stand on one page.
func pages(t *testing.T) map[string][]*result.File {
	t.Helper()
	many := madeUp()
	many.cores = []int{1, 2, 3, 4, 6, 8, 12, 16, 24, 32}
	out := map[string][]*result.File{
		"two cores": {madeUp().file()}, "many cores": {many.file()}, "hostile": {hostileFile()}, "two files": {madeUp().file(), other()},
		"messages": {exchanged(t, overTransports(madeUp(), madeUp().file()), 6)}, "all that is recorded": {trusted(t)},
	}
	paths, err := filepath.Glob("../results/*cpu-*/bench.txt")
	if err != nil || len(paths) < 3 {
		t.Fatalf("%d reference runs (%v), want three or more", len(paths), err)
	}
	for _, path := range paths {
		f, err := result.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		f.Judge()
		out[filepath.Base(filepath.Dir(path))] = []*result.File{f}
	}
	return out
}

func TestPageInBrowser(t *testing.T) {
	ctx := browser(t)
	for name, files := range pages(t) {
		t.Run(name, func(t *testing.T) {
			url := written(t, files...)
			visit(t, ctx, url)
			t.Run("by hand", func(t *testing.T) { operate(open(t, ctx, url)) })
		})
	}
}

// Handles are what a reader can do to a page, done to all of it; what does not
// do as it should comes back, one a line.
const handles = `(() => {
	const out = [];
	const named = (e, what) => (e.id || e.closest("[id]").id) + ": " + what;
	let sorted = 0;
	for (const table of document.querySelectorAll("table")) {
		const rows = () => [...table.tBodies[0].rows], was = rows();
		[...table.tHead.rows[0].cells].forEach((th, column) => {
			const texts = () => rows().map(r => r.cells[column].firstChild?.textContent ?? "");
			const counts = texts().every(s => /^\d+$/.test(s));
			for (const [want, sign] of [["ascending", 1], ["descending", -1]]) {
				th.querySelector("button").click();
				if (th.getAttribute("aria-sort") !== want) out.push(named(table, "not " + want + " by " + th.textContent));
				const now = texts().map(Number);
				if (counts && now.some((n, i) => i > 0 && sign * (n - now[i - 1]) < 0)) out.push(named(table, "in no order by " + th.textContent));
				if (new Set(rows()).size !== was.length) out.push(named(table, "lost a row"));
			}
			th.querySelector("button").click();
			if (rows().some((r, i) => r !== was[i])) out.push(named(table, "not in the order that it had"));
			sorted++;
		});
	}
	let switched = 0;
	for (const b of document.querySelectorAll(".curves button")) {
		const figure = b.closest("figure"), seen = () => getComputedStyle(figure.querySelector("svg .curve .k-" + b.dataset.ink)).visibility;
		const first = seen();
		b.click();
		if (first !== "visible" || seen() !== "hidden" || b.getAttribute("aria-pressed") !== "false") out.push(named(figure, "cannot be switched: " + b.textContent));
		b.click();
		if (seen() !== "visible" || b.getAttribute("aria-pressed") !== "true") out.push(named(figure, "stays off: " + b.textContent));
		switched++;
	}
	let stepped = 0;
	for (const svg of document.querySelectorAll("svg[tabindex]")) {
		if (!svg.checkVisibility()) continue;
		const figure = svg.closest("figure"), press = key => svg.dispatchEvent(new KeyboardEvent("keydown", {key}));
		const marks = [...svg.querySelectorAll(".mark")].filter(m => m.querySelector(":scope > title"));
		svg.focus();
		for (const mark of marks) {
			press("ArrowRight");
			const said = figure.querySelector(".point")?.textContent;
			if (said !== mark.querySelector("title").textContent || !mark.classList.contains("now")) out.push(named(svg, "the key does not step to " + mark.querySelector("title").textContent));
			stepped++;
		}
		press("Home");
		if (!marks[0].classList.contains("now") || svg.querySelectorAll(".now").length !== 1) out.push(named(svg, "the key does not lead home"));
		svg.dispatchEvent(new Event("blur")); // a tab in the background has no focus to lose
		if (figure.querySelector(".point") || svg.querySelector(".now")) out.push(named(svg, "a point stays"));
	}
	if (!sorted || !stepped || !switched && document.querySelectorAll("figure.large svg.wide .curve").length > 1) out.push("sorted " + sorted + ", stepped " + stepped + ", switched " + switched);
	return out.join("\n");
})()`

// operate does to a page all that a reader can.
func operate(t tab) {
	found, err := chromedp.Run(t.ctx, chromedp.Evaluate[string](handles))
	if err != nil {
		t.Fatal(err)
	}
	if found != "" {
		t.Error(found)
	}
	t.is("location.hash", "")
}

// visit opens the page at the width of a phone and of a desk, in both themes,
// and on paper.
func visit(t *testing.T, ctx context.Context, url string) {
	tab, cancel := chromedp.NewContext(ctx)
	defer cancel()
	var w watch
	if err := chromedp.Listen(tab, w.see); err != nil {
		t.Fatal(err)
	}
	grounds := map[string]string{"light": lightGround, "dark": darkGround}
	for _, width := range []int64{1200, 390} {
		for theme, ground := range grounds {
			if err := chromedp.Do(tab, chromedp.EmulateViewport(width, 900), media("screen", theme), chromedp.Navigate(url)); err != nil {
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
	// A page of A4 with margins of 1 cm.
	if err := chromedp.Do(tab, chromedp.EmulateViewport(718, 1047), media("print", "dark")); err != nil {
		t.Fatal(err)
	}
	if found, err := chromedp.Run(tab, chromedp.Evaluate[string](faults)); err != nil || found != "" {
		t.Errorf("on paper (%v):\n%s", err, found)
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
