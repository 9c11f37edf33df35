package runners

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/workloads"
)

// epoch makes clock one reading of the monotonic clock.
var epoch = time.Now()

func clock() int64 { return int64(time.Since(epoch)) }

// A worker is one of those among whom tasks are spread, whatever it runs on:
// what it supplies to tasks, and what it counts while it works.
type worker struct {
	workload string
	fx       *effects
	account  Account
	clocks   bool
	stop     *atomic.Bool // set when the pass is cancelled
	outside  int64        // time inside the running body that is no body time: communication, lock wait
	lastEnd  int64        // when the worker's last task of the pass was done
	_        [64]byte     // workers count on cache lines of their own
}

// effects is what the tasks of one worker find; each group is supplied by itself.
type effects struct {
	workloads.Flow
	workloads.Dialer
	workloads.Memory
	workloads.Clock
}

// newWorker makes a worker whose tasks find the given effects, those that the
// workload has declared; any other effect fails.
func newWorker(s Setup, stop *atomic.Bool, dialer workloads.Dialer, memory workloads.Memory, timers *proc.Timers) *worker {
	w := &worker{workload: s.Workload.Name, clocks: s.Clocks && !s.Workload.IO, stop: stop}
	none := workloads.Undeclared{Workload: s.Workload.Name}
	w.fx = &effects{Flow: w, Dialer: none, Memory: none, Clock: none}
	if s.Workload.Declares(workloads.Net) {
		w.fx.Dialer = countingDialer{dialer, w}
	}
	if s.Workload.Declares(workloads.Cells) {
		w.fx.Memory = memory
	}
	if s.Workload.Declares(workloads.Time) {
		w.fx.Clock = sleeper{timers, w}
	}
	return w
}

// A sleeper is the clock of a worker that waits on a goroutine or thread.
type sleeper struct {
	timers *proc.Timers
	worker *worker
}

func (s sleeper) Now() time.Duration { return proc.Now() }

func (s sleeper) SleepUntil(at time.Duration) error {
	s.worker.account.Receipt.Sleeps++
	if err := s.timers.Until(at); err != nil {
		return err
	}
	return s.worker.cancelled()
}

// Yield is where a task learns that its pass was cancelled.
func (w *worker) Yield() error {
	w.account.Receipt.Yields++
	return w.cancelled()
}

func (w *worker) cancelled() error {
	if w.stop.Load() {
		return context.Canceled
	}
	return nil
}

// run runs one task of a pass here.
func (w *worker) run(p workloads.Pass, id int) error {
	if err := w.cancelled(); err != nil {
		return err
	}
	w.account.Tasks++
	if !w.clocks {
		return p.Run(w.fx, id)
	}
	start := clock()
	err := p.Run(w.fx, id)
	w.lastEnd = clock()
	w.account.Body += w.lastEnd - start - w.outside
	w.outside = 0
	return err
}

// settle books, after a pass from start to end, what the worker did with its
// time besides task bodies: before its last task that was hand-over, after it
// the worker was idle.
func (w *worker) settle(before Account, start, end int64) {
	if !w.clocks {
		return
	}
	last := max(w.lastEnd, start)
	a := w.account
	known := a.Body - before.Body + a.Encode - before.Encode + a.Copy - before.Copy + a.Decode - before.Decode + a.Lock - before.Lock
	w.account.Wake += last - start - known
	w.account.Idle += end - last
}

// now is the time if the worker is timed at all.
func (w *worker) now() int64 {
	if !w.clocks {
		return 0
	}
	return clock()
}

// take returns what the worker has counted and starts anew.
func (w *worker) take() Account {
	a := w.account
	w.account = Account{}
	return a
}

// A taskError says which task failed.
type taskError struct {
	id  int
	err error
}

func (e taskError) Error() string { return fmt.Sprintf("task %d: %v", e.id, e.err) }
func (e taskError) Unwrap() error { return e.err }

// asTask names the task in an error; cancelling is nobody's fault.
func asTask(id int, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return taskError{id, err}
}

// A panicError is a panic of a task, with the frames that led to it.
type panicError struct {
	value any
	stack []byte
}

func (e panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.value, e.stack) }

func (e panicError) Unwrap() error {
	err, _ := e.value.(error)
	return err
}

// caught turns a panic into an error. It is deferred around a worker's loop
// rather than around each task, which would cost every task.
func caught(err *error) {
	if r := recover(); r != nil {
		*err = panicError{r, debug.Stack()}
	}
}

// A canceller watches a context on behalf of a pass.
type canceller struct{ stop atomic.Bool }

// watch sets stop, and then calls each of onStop, when ctx ends before unwatch
// is called.
func (c *canceller) watch(ctx context.Context, onStop ...func()) (unwatch func() bool) {
	if ctx.Err() != nil {
		c.stop.Store(true) // at once, not when the hook gets to run
	}
	return context.AfterFunc(ctx, func() {
		c.stop.Store(true)
		for _, f := range onStop {
			f()
		}
	})
}

// blame is the error of a pass of which err is the first error: what an
// interrupted task complains about is not why the pass ended.
func (c *canceller) blame(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
