package report

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A tab is a page opened in a browser.
type tab struct {
	*testing.T
	ctx context.Context
}

func open(t *testing.T, ctx context.Context, url string, before ...chromedp.Action[chromedp.Void]) tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	tab := tab{t, ctx}
	tab.do(append(before, chromedp.EmulateViewport(1200, 900), chromedp.Navigate(url))...)
	return tab
}

func (t tab) do(steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(t.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// is checks what an expression comes to, as text.
func (t tab) is(expression, want string) {
	t.Helper()
	got, err := chromedp.Run(t.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		t.Fatal(expression, err)
	}
	if got != want {
		t.Errorf("%s is %q, want %q", expression, got, want)
	}
}

// run runs a script.
func (t tab) run(script string) {
	t.Helper()
	if _, err := chromedp.Run(t.ctx, chromedp.Evaluate[bool]("(() => {"+script+"; return true})()")); err != nil {
		t.Fatal(script, err)
	}
}

// media sets what the page is shown on.
func media(kind, theme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
		})
		return err
	})
}

const (
	darkGround  = "rgb(20, 23, 27)"
	lightGround = "rgb(255, 255, 255)"
	ground      = "getComputedStyle(document.body).backgroundColor"
	cores       = "[...document.querySelectorAll('#table-noise tbody tr')].map(r => r.cells[2].textContent).join('')"
)

func TestScript(t *testing.T) {
	ctx := browser(t)
	url := written(t, madeUp().file())
	t.Run("sort", func(t *testing.T) {
		tab := open(t, ctx, url)
		head := "document.querySelectorAll('#table-noise th')[2]"
		order := "[...document.querySelectorAll('#table-noise tbody tr')].map(r => r.cells[0].textContent).join('|')"
		was, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string](order))
		if err != nil {
			t.Fatal(err)
		}
		tab.run(head + ".firstChild.click()")
		tab.is(head+".ariaSort", "ascending")
		tab.is("/^1+2+$/.test("+cores+")", "true")
		tab.run(head + ".firstChild.click()")
		tab.is(head+".ariaSort", "descending")
		tab.is("/^2+1+$/.test("+cores+")", "true")
		tab.is("location.hash", "#&sort=table-noise:2:d")
		tab.run(head + ".firstChild.click()")
		tab.is(order, was)
		tab.is("location.hash", "")
	})
	t.Run("sort by size", func(t *testing.T) {
		tab := open(t, ctx, url+"#&sort=table-break-even-fannkuch:2:a")
		tab.is("[...document.querySelectorAll('#table-break-even-fannkuch tbody tr')].map(r => r.cells[2].firstChild.textContent).filter(s => /s$/.test(s)).join().replaceAll('\u00a0', ' ')", "1 µs,1 µs,100 µs")
	})
	t.Run("theme", func(t *testing.T) {
		tab := open(t, ctx, url, media("screen", "light"))
		tab.is(ground, lightGround)
		tab.run("theme.click(); theme.click()")
		tab.is("location.hash", "#&theme=dark")
		tab.is(ground, darkGround)
		tab.do(media("screen", "dark"))
		tab.run("theme.click(); theme.click()")
		tab.is("theme.textContent", "Theme: light")
		tab.is(ground, lightGround)
		tab.do(media("print", "dark"))
		tab.is(ground, lightGround)
	})
	t.Run("hash", func(t *testing.T) {
		tab := open(t, ctx, url+"#C12&theme=dark&sort=table-noise:2:d&off=answer:a")
		tab.is("document.getElementById('C12').parentNode.open", "true")
		tab.is(ground, darkGround)
		tab.is("/^2+1+$/.test("+cores+")", "true")
		tab.run("location.hash = '#figure-claims'")
		hash, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string]("new Promise(go => setTimeout(() => go(location.hash), 100))", chromedp.EvalAwaitPromise))
		if want := "#figure-claims&theme=dark&sort=table-noise:2:d&off=answer:a"; err != nil || hash != want {
			t.Errorf("after a permalink the hash is %q (%v), want %q", hash, err, want)
		}
	})
	t.Run("curves", func(t *testing.T) {
		tab := open(t, ctx, url)
		shown := "getComputedStyle(document.querySelector('#answer svg.wide .k-a')).visibility"
		tab.is(shown, "visible")
		tab.run("document.querySelector('#answer .curves [data-ink=a]').click()")
		tab.is(shown, "hidden")
		tab.is("location.hash", "#&off=answer:a")
		tab.is("document.querySelector('#answer .curves [data-ink=a]').ariaPressed", "false")
		tab.run("document.querySelector('#answer .curves [data-ink=a]').click()")
		tab.is(shown, "visible")
	})
	t.Run("keys", func(t *testing.T) {
		tab := open(t, ctx, url)
		tab.run("document.querySelector('#answer svg.wide').focus()")
		tab.do(chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
		tab.is("document.querySelector('#answer .point').textContent === document.querySelectorAll('#answer svg.wide .mark')[1].querySelector('title').textContent", "true")
		tab.is("document.querySelectorAll('.now').length", "1")
		tab.do(chromedp.KeyEvent(kb.Escape))
		tab.is("document.querySelector('.point')", "null")
		tab.run("document.querySelector('#table-break-even-fannkuch th button').focus()")
		tab.do(chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.Enter))
		tab.is("document.querySelectorAll('#table-break-even-fannkuch th')[1].ariaSort", "ascending")
		tab.run("document.activeElement.blur(); document.querySelector('.skip').focus()")
		tab.is("document.querySelector('.skip').getBoundingClientRect().left >= 0", "true")
	})
	t.Run("csv", func(t *testing.T) { download(t, ctx, url) })
	t.Run("no script", func(t *testing.T) {
		off := chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			return err
		})
		tab := open(t, ctx, url+"#C12", off)
		tab.is("document.querySelectorAll('button').length", "0")
		tab.is("document.getElementById('C12').getBoundingClientRect().height > 100", "true")
		tab.do(media("print", "light"))
		tab.is("getComputedStyle(document.querySelector('#C01').parentNode, '::details-content').contentVisibility", "visible")
	})
}

// download takes a table as CSV from the page, as a reader does.
func download(t *testing.T, ctx context.Context, url string) {
	dir := t.TempDir()
	keep := chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir})
		return err
	})
	tab := open(t, ctx, url, keep)
	tab.run("document.querySelector('#table-break-even-fannkuch').closest('.scroll').nextSibling.click()")
	name := filepath.Join(dir, "table-break-even-fannkuch.csv")
	for range 100 {
		if _, err := os.Stat(name); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\r\n")
	if want := "\ufeffModel,Cores,Pays from tasks of [ns],"; !strings.HasPrefix(lines[0], want) {
		t.Errorf("the first line is %q, want %q", lines[0], want)
	}
	if want := "Goroutines,2,1000,"; !strings.HasPrefix(lines[1], want) {
		t.Errorf("the second line is %q, want %q", lines[1], want)
	}
}
