package sweep

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// A progress shows how far a run is: a bar with the time left on a terminal,
// a line for each round elsewhere.
type progress struct {
	w       io.Writer
	started time.Time
	total   atomic.Int64 // samples
	done    atomic.Int64 // the bar reads it while the run goes on
	taken   atomic.Int64 // of those done, the ones that took time
	failed  int
	bars    *mpb.Progress // nil off a terminal
	bar     *mpb.Bar
}

func newProgress(w io.Writer, total int) *progress {
	p := &progress{w: w, started: time.Now()}
	p.total.Store(int64(total))
	if f, ok := w.(*os.File); ok && hasWidth(f) {
		p.bars = mpb.New(mpb.WithOutput(f), mpb.WithWidth(48))
		p.addBar(total)
	}
	return p
}

func (p *progress) addBar(samples int) {
	p.bar = p.bars.AddBar(int64(samples),
		mpb.PrependDecorators(decor.CountersNoUnit("%d of %d samples ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.left() })))
}

// hasWidth tells that the file is a terminal with room for a bar: one that
// says it has no columns would show none.
func hasWidth(f *os.File) bool {
	width, _, err := term.GetSize(int(f.Fd()))
	return err == nil && width > 0
}

// skip counts one sample that was there already or is without use.
func (p *progress) skip() {
	p.done.Add(1)
	if p.bar != nil {
		p.bar.Increment()
	}
}

// step counts one sample that was taken or failed.
func (p *progress) step(failed bool) {
	p.taken.Add(1)
	if failed {
		p.failed++
	}
	p.skip()
}

// more adds so many samples, with the reason.
func (p *progress) more(samples int, why string) {
	p.total.Add(int64(samples))
	if p.bar == nil {
		fmt.Fprintln(p.w, why)
		return
	}
	fmt.Fprintln(p.bars, why)
	p.addBar(samples)
}

// round tells that a round is complete.
func (p *progress) round(n, of int) {
	if p.bar == nil {
		fmt.Fprintf(p.w, "round %d of %d: %d of %d samples, %d failed, %s\n", n, of, p.done.Load(), p.total.Load(), p.failed, p.left())
	}
}

// left estimates the time left from the pace so far.
func (p *progress) left() string {
	taken := p.taken.Load()
	if taken == 0 {
		return "time left unknown"
	}
	left := time.Since(p.started) / time.Duration(taken) * time.Duration(p.total.Load()-p.done.Load())
	return left.Round(time.Second).String() + " left"
}

// close leaves the terminal in order.
func (p *progress) close() {
	if p.bar != nil {
		p.bar.Abort(false) // no effect on a bar that is complete
		p.bars.Wait()
	}
}
