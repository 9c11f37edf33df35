package runners

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"runtime"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/workloads"
)

func eventloopModel() Model {
	return Model{
		Name:    "eventloop",
		Doc:     "one locked thread, whatever N: a ready queue of coroutines, epoll for those that wait",
		States:  []string{"plain"},
		OneLoop: true,
		start:   startLoop,
	}
}

// A loopCrew runs tasks as coroutines on the thread of its caller.
type loopCrew struct {
	canceller
	worker *worker
	cores  int
	memory *plain
	poller *proc.Poller // nil when no task waits for the network or a moment
	all    []*coroutine
	ready  ring
	// waiting counts coroutines that epoll will make ready.
	waiting int
	running *coroutine

	pass   workloads.Pass
	tasks  int // of the pass
	next   int // the first task that no coroutine has
	failed error
}

// A coroutine runs one task after the other. It goes back to the loop
// whenever its task is done, yields or would block.
type coroutine struct {
	resume  func() (struct{}, bool)
	stop    func()
	suspend func(struct{}) bool
	id      int
	err     error
	timer   *proc.PolledTimer // nil until its tasks first wait for a moment
}

func startLoop(s Setup) (Crew, error) {
	c := &loopCrew{memory: newPlain(s.Workload), cores: s.Cores}
	c.worker = newWorker(s, &c.stop, c, c.memory, nil)
	c.memory.worker = c.worker
	c.worker.fx.Flow = c
	if s.Workload.Declares(workloads.Time) {
		c.worker.fx.Clock = c
	}
	if s.Workload.Declares(workloads.Net) || s.Workload.Declares(workloads.Time) {
		var err error
		if c.poller, err = proc.NewPoller(); err != nil {
			return nil, err
		}
	}
	// The thread must be locked before its coroutines are created, or the
	// runtime dies when one is resumed.
	runtime.LockOSThread()
	for range s.InFlight {
		c.all = append(c.all, c.newCoroutine())
	}
	c.ready.init(len(c.all))
	return c, nil
}

func (c *loopCrew) newCoroutine() *coroutine {
	co := &coroutine{id: -1}
	co.resume, co.stop = iter.Pull(func(yield func(struct{}) bool) {
		co.suspend = yield
		for c.workUntilPanic(co) {
		}
	})
	return co
}

// workUntilPanic runs tasks inside the coroutine. It returns true when one
// panicked, which must be caught here, where its frames are, and false when
// the coroutine is stopped.
func (c *loopCrew) workUntilPanic(co *coroutine) (again bool) {
	var panicked error
	defer func() {
		if panicked != nil {
			again = co.finish(panicked)
		}
	}()
	defer caught(&panicked)
	for co.finish(c.worker.run(c.pass, co.id)) {
	}
	return false
}

// finish goes back to the loop with the task's error; false when there it is stopped.
func (co *coroutine) finish(err error) bool {
	if err != nil {
		co.err = asTask(co.id, err)
	}
	co.id = -1
	return co.suspend(struct{}{})
}

func (c *loopCrew) Run(ctx context.Context, p workloads.Pass) error {
	unwatch := c.watch(ctx)
	defer unwatch()
	c.memory.cells = p.Cells()
	c.pass, c.next, c.failed = p, 0, nil
	before, start := c.worker.account, c.worker.now()
	c.tasks = p.Len()
	for _, co := range c.all[:min(len(c.all), c.tasks)] {
		if c.refill(co) {
			c.ready.push(co)
		}
	}
	err := c.loop()
	c.worker.settle(before, start, c.worker.lastEnd)
	if c.worker.clocks {
		// The cores that a loop cannot use are idle all the time.
		c.worker.account.Idle += int64(c.cores-1) * (c.worker.lastEnd - start)
	}
	return c.blame(ctx, err)
}

// loop resumes what is ready until no task is left.
func (c *loopCrew) loop() error {
	for c.ready.n > 0 || c.waiting > 0 {
		if c.ready.n == 0 {
			if err := c.wait(); err != nil {
				return err
			}
			continue
		}
		c.resume(c.ready.pop())
	}
	return c.failed
}

// resume lets a coroutine go on, and again with its next task as long as no
// other is ready.
func (c *loopCrew) resume(co *coroutine) {
	for {
		c.running = co
		co.resume()
		if co.id >= 0 || !c.refill(co) {
			return // it waits or stands in the queue, or there is no task for it
		}
		if c.ready.n > 0 {
			c.ready.push(co)
			return
		}
	}
}

// cancelPollMS is how often a loop that waits looks whether it was cancelled.
const cancelPollMS = 50

func (c *loopCrew) wait() error {
	if c.stop.Load() {
		c.wakeAll()
		return nil
	}
	return c.poller.Wait(cancelPollMS, c.wake)
}

func (c *loopCrew) wake(waiter any) {
	c.waiting--
	c.ready.push(waiter.(*coroutine))
}

// wakeAll makes every waiting coroutine ready, to learn that it is cancelled.
func (c *loopCrew) wakeAll() { c.poller.Release(c.wake) }

// refill gives a coroutine that is done the next task, if there is one.
func (c *loopCrew) refill(co *coroutine) bool {
	if co.err != nil && c.failed == nil {
		c.failed = co.err
		c.stop.Store(true) // the pass has failed: let go of the rest
	}
	if c.next == c.tasks {
		return false
	}
	if c.stop.Load() {
		c.failed = cmp.Or(c.failed, context.Canceled)
		return false
	}
	co.id = c.next
	c.next++
	return true
}

// Yield lets every other ready coroutine run before this one goes on.
func (c *loopCrew) Yield() error {
	if c.ready.n > 0 {
		c.ready.push(c.running)
		c.pause()
	}
	return c.worker.Yield()
}

// pause goes back to the loop until something resumes the running coroutine.
// What others did meanwhile is no time of its body.
func (c *loopCrew) pause() {
	start, before := c.worker.now(), c.worker.outside
	c.worker.outside = 0
	c.running.suspend(struct{}{})
	c.worker.outside = before + c.worker.now() - start
}

// Now reads the clock.
func (c *loopCrew) Now() time.Duration { return proc.Now() }

// SleepUntil lets others run until the moment. Timers wake the loop as sockets
// do; there is no heap of them, since epoll and the kernel keep one.
func (c *loopCrew) SleepUntil(at time.Duration) (err error) {
	c.worker.account.Receipt.Sleeps++
	if at <= proc.Now() || c.stop.Load() {
		return c.worker.cancelled()
	}
	co := c.running
	if co.timer == nil {
		if co.timer, err = c.poller.NewTimer(); err != nil {
			return err
		}
	}
	if err := co.timer.Set(at); err != nil {
		return err
	}
	co.timer.Waiter = co
	c.waiting++
	c.pause()
	return c.worker.cancelled()
}

// Dial starts to connect and lets others run until that is done.
func (c *loopCrew) Dial(address string) (io.ReadWriteCloser, error) {
	s, err := c.poller.Dial(address)
	if err != nil {
		return nil, err
	}
	conn := &loopConn{s, c}
	_, err = conn.until(func() (int, error) { return 0, s.Connected() })
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return conn, nil
}

// A loopConn suspends its coroutine instead of blocking the thread.
type loopConn struct {
	*proc.PolledSocket
	loop *loopCrew
}

// until repeats a call until it would not block.
func (c *loopConn) until(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != proc.ErrNotReady {
			return n, err
		}
		if err := c.loop.worker.cancelled(); err != nil {
			return 0, err
		}
		c.Waiter = c.loop.running
		c.loop.waiting++
		c.loop.pause()
	}
}

func (c *loopConn) Read(b []byte) (int, error) {
	return c.until(func() (int, error) { return c.PolledSocket.Read(b) })
}

func (c *loopConn) Write(b []byte) (int, error) {
	done := 0
	for done < len(b) {
		n, err := c.until(func() (int, error) { return c.PolledSocket.Write(b[done:]) })
		if err != nil {
			return done, err
		}
		done += n
	}
	return done, nil
}

func (c *loopCrew) Account() (Account, error) { return c.worker.take(), nil }

func (c *loopCrew) Close() error {
	var errs []error
	for _, co := range c.all {
		co.stop()
		if co.timer != nil {
			errs = append(errs, co.timer.Close())
		}
	}
	runtime.UnlockOSThread()
	if c.poller != nil {
		errs = append(errs, c.poller.Close())
	}
	return errors.Join(errs...)
}

// A ring is a queue of coroutines that never grows: each coroutine stands in
// it at most once.
type ring struct {
	slots   []*coroutine
	head, n int
}

func (r *ring) init(size int) { r.slots = make([]*coroutine, size) }

func (r *ring) push(co *coroutine) {
	at := r.head + r.n
	if at >= len(r.slots) {
		at -= len(r.slots)
	}
	r.slots[at] = co
	r.n++
}

func (r *ring) pop() *coroutine {
	co := r.slots[r.head]
	if r.head++; r.head == len(r.slots) {
		r.head = 0
	}
	r.n--
	return co
}
