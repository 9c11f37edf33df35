package runners

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/nonrev/nonrev/internal/proc"
)

// The stamp of a message is its number, with what else is asked of the one who
// answers it above that.
const (
	stampNumber = 1<<60 - 1
	stampMark   = 1 << 60 // take stock, after the answer
	stampTimed  = 1 << 61 // say when what happened
	stampProof  = 1 << 62 // sum over all bytes of the payload instead of a look at it
	stampAsk    = 1 << 63 // no message: the number is that of the value asked for
)

// What can be asked for.
const (
	askSeen     = iota // messages seen
	askCPU             // used between the last two marks
	askSwitches        // likewise
	askMallocs         // likewise
)

// isTimed tells that the one who answers is to say when what happened.
func isTimed(stamp uint64) bool { return stamp&(stampTimed|stampAsk) == stampTimed }

// An answer is what comes back for a message.
type answer struct {
	stamp, value uint64
	theirs       moments // if the message was timed
}

// moments are when a party did what, in ns on the clock that all processes
// share. The sender of a message begins, encodes, writes; then, as its
// receiver before it, it reads the answer and decodes it.
type moments struct{ began, encoded, wrote, read, decoded, looked int64 }

// moment is a reading of the clock that all processes share.
func moment() int64 { return clock() + shared }

// A line is a pair of parties as the sender sees it, which alone uses it.
type line interface {
	// send sends a message; several can be sent before the first is answered.
	send(stamp uint64) error
	// receive returns the answer to the oldest message that has none.
	receive() (*answer, error)
	// renew gives all further messages another payload. It returns the sum over
	// its bytes and what a look at it gives.
	renew(seed uint64) (sum, look uint64)
	// ours are when the last timed message and answer were dealt with here.
	ours() *moments
	// kill makes calls that wait for the other side return. It can be called
	// from any goroutine.
	kill()
	// blame explains an error of a call by what became of the other side.
	blame(err error) error
	// close ends the other side.
	close() error
}

// ErrWrong is wrapped by the error of an exchange in which an answer was not
// the right one.
var ErrWrong = errors.New("wrong answer")

// A pair is two parties of an exchange, at the side of the one who sends. It
// has a thread of its own.
type pair struct {
	tally
	setup   ExchangeSetup
	number  int
	cpus    [2]int
	ctx     context.Context
	do      chan func(*pair) error
	done    chan error
	line    line
	unwatch func() bool

	look      uint64 // what a look at the payload gives
	sent, due uint64 // messages that were sent, and that were answered
	theirs    stock  // what the other side used in the last plain part
	began     []int64
	latencies *hdrhistogram.Histogram
	split     split
}

// A tally counts messages that were answered and the wall time that they took,
// from before the first was sent until the last was answered.
type tally struct {
	messages, took int64
	rate           float64 // messages/s of all pairs
}

func newPair(ctx context.Context, s ExchangeSetup, number int, cpus [2]int) *pair {
	p := &pair{
		setup: s, number: number, cpus: cpus, ctx: ctx,
		do: make(chan func(*pair) error), done: make(chan error),
		began: make([]int64, s.Depth), latencies: newLatencies(),
	}
	go p.live()
	return p
}

// live does what it is told, on a thread of its own, which ends with it since
// it is bound. What passes messages to another goroutine is none that is locked
// to a thread: those are woken ten times slower.
func (p *pair) live() {
	if p.setup.Model != betweenGoroutines {
		runtime.LockOSThread()
	}
	for f := range p.do {
		err := f(p)
		if err != nil && p.line != nil {
			err = fmt.Errorf("pair %d: %w", p.number, p.line.blame(err))
		}
		p.done <- err
	}
}

// connect starts the other side, from a thread that is bound: a ring asks where
// both sides run.
func (p *pair) connect() error {
	if p.cpus[0] != anyCPU && p.setup.Model != betweenGoroutines {
		if err := proc.BindThread(p.cpus[0]); err != nil {
			return err
		}
	}
	l, err := newLine(p.setup, p.number, p.cpus)
	if err != nil {
		return err
	}
	p.line, p.unwatch = l, context.AfterFunc(p.ctx, l.kill)
	return nil
}

// greet returns when the other side is there.
func (p *pair) greet() error {
	_, p.look = p.line.renew(0)
	seen, err := p.question(askSeen)
	if err != nil {
		return err
	}
	return p.receipt(seen)
}

// close may come before connect.
func (p *pair) close() error {
	if p.line == nil {
		return nil
	}
	p.unwatch()
	return p.line.close()
}

func (p *pair) send(kind uint64) error {
	p.sent++
	return p.line.send(p.sent | kind)
}

// receive takes the next answer and checks it.
func (p *pair) receive() (*answer, error) {
	a, err := p.line.receive()
	if err != nil {
		return nil, err
	}
	p.due++
	if a.stamp&stampNumber != p.due {
		return nil, fmt.Errorf("%w: that to message %d where that to message %d was due", ErrWrong, a.stamp&stampNumber, p.due)
	}
	if want := lookAt(a.stamp, p.look); a.value != want {
		return nil, fmt.Errorf("%w: to message %d: %#x instead of %#x", ErrWrong, p.due, a.value, want)
	}
	return a, nil
}

// question asks the other side for a value, when no message is under way.
func (p *pair) question(what uint64) (uint64, error) {
	if err := p.line.send(stampAsk | what); err != nil {
		return 0, err
	}
	a, err := p.line.receive()
	if err != nil {
		return 0, err
	}
	if a.stamp != stampAsk|what {
		return 0, fmt.Errorf("%w: to %#x instead of question %d", ErrWrong, a.stamp, what)
	}
	return a.value, nil
}

// ask asks what the other side has used in the last plain part, and whether it
// has seen every message.
func (p *pair) ask() error {
	var seen uint64
	for what, value := range [...]*uint64{askSeen: &seen, askCPU: &p.theirs.cpu, askSwitches: &p.theirs.switches, askMallocs: &p.theirs.mallocs} {
		v, err := p.question(uint64(what))
		if err != nil {
			return err
		}
		*value = v
	}
	return p.receipt(seen)
}

func (p *pair) receipt(seen uint64) error {
	if seen != p.sent {
		return fmt.Errorf("%w: %d messages seen of %d that were sent", ErrWrong, seen, p.sent)
	}
	return nil
}

// plain keeps messages under way for a time, without a look at the clock for
// each. The last is marked.
func (p *pair) plain(d time.Duration) error {
	depth := uint64(p.setup.Depth)
	from, start := p.sent, clock()
	for w := newWatch(p.ctx, start, d); !w.over(); {
		var err error
		if p.sent-p.due < depth {
			err = p.send(0)
		} else {
			_, err = p.receive()
		}
		if err != nil {
			return err
		}
	}
	if err := p.drain(depth - 1); err != nil {
		return err
	}
	if err := p.send(stampMark); err != nil {
		return err
	}
	err := p.drain(0)
	p.messages, p.took = int64(p.sent-from), clock()-start
	return errors.Join(err, p.ctx.Err())
}

// drain receives answers until no more than so many messages are under way.
func (p *pair) drain(under uint64) error {
	for p.sent-p.due > under {
		if _, err := p.receive(); err != nil {
			return err
		}
	}
	return nil
}

// clocked keeps messages under way for a time and records how long each takes.
func (p *pair) clocked(d time.Duration) error {
	depth := uint64(p.setup.Depth)
	from, start := p.sent, moment()
	yielded := start
	for over := false; !over || p.sent > p.due; {
		if !over && p.sent-p.due < depth {
			if err := p.send(stampTimed); err != nil {
				return err
			}
			p.began[p.sent%depth] = p.line.ours().began
			continue
		}
		a, err := p.receive()
		if err != nil {
			return err
		}
		at := p.line.ours()
		if err := p.latencies.RecordValue(max(at.decoded-p.began[p.due%depth], 1)); err != nil {
			return err
		}
		if depth == 1 && a.theirs.read != 0 {
			p.split.add(*at, a.theirs)
		}
		over = at.decoded-start >= int64(d) || p.ctx.Err() != nil
		if at.decoded-yielded > yieldEvery {
			runtime.Gosched()
			yielded = moment()
		}
	}
	p.messages, p.took = int64(p.sent-from), moment()-start
	return p.ctx.Err()
}

// proofs is how many fresh payloads are sent to prove that every byte arrives.
const proofs = 2

// prove is done after the clock.
func (p *pair) prove() error {
	for seed := range uint64(proofs) {
		var sum uint64
		sum, p.look = p.line.renew(seed + 1)
		if err := p.send(stampProof); err != nil {
			return err
		}
		a, err := p.line.receive()
		if err != nil {
			return err
		}
		p.due++
		if a.stamp != p.sent|stampProof || a.value != sum {
			return fmt.Errorf("%w: to message %d: the sum over the payload is %#x instead of %#x", ErrWrong, p.sent, a.value, sum)
		}
	}
	seen, err := p.question(askSeen)
	if err != nil {
		return err
	}
	return p.receipt(seen)
}

// A watch tells when a time is over by a look at the clock every so many steps.
type watch struct {
	ctx                context.Context
	last, yielded, end int64
	steps, left        int
}

// lookEvery is about how long a watch looks away, in ns: a thousand times what
// a look costs. Steps may take a thousand times longer than before, when other
// processes come to the CPU.
const lookEvery = 50_000

// yieldEvery is how often a goroutine that passes messages gives way, in ns. One
// that never does is taken, after 10 ms, for one that holds others up: the
// runtime then interrupts its process every 20 us, which on one CPU is a fifth
// of a round trip.
const yieldEvery = 5_000_000

func newWatch(ctx context.Context, start int64, d time.Duration) watch {
	return watch{ctx, start, start, start + int64(d), 1, 2}
}

// over is asked at every step.
func (w *watch) over() bool {
	w.left--
	return w.left == 0 && w.look()
}

func (w *watch) look() bool {
	now := clock()
	if now >= w.end || w.ctx.Err() != nil {
		return true
	}
	fit := int64(w.steps) * lookEvery / max(now-w.last, 1)
	w.steps = max(min(int(fit), 2*w.steps), 1)
	if now-w.yielded > yieldEvery {
		runtime.Gosched()
		now = clock()
		w.yielded = now
	}
	w.last, w.left = now, w.steps
	return false
}
