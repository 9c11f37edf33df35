package runners

import (
	"context"
	"sync"

	"github.com/nonrev/nonrev/workloads"
)

func lockedModel() Model {
	return Model{
		Name:   "locked",
		Doc:    "N goroutines (for IO, one a task in flight) share memory: one mutex guards the queue and the table of what is done",
		States: []string{"lock", "owner"},
		start:  startLocked,
	}
}

type lockedCrew struct {
	pool
	ended sync.WaitGroup

	mu     sync.Mutex // guards what follows
	work   sync.Cond  // there is work, or there will be none any more
	done   sync.Cond  // the pass is over
	pass   workloads.Pass
	next   int
	left   int // tasks of the pass that are not done
	failed error
	closed bool
}

func startLocked(s Setup) (Crew, error) {
	c := &lockedCrew{}
	c.init(s)
	c.work.L, c.done.L = &c.mu, &c.mu
	for _, w := range c.workers {
		c.ended.Go(func() { c.serve(w) })
	}
	return c, nil
}

func (c *lockedCrew) serve(w *worker) {
	pass, id := c.take(w, nil, 0, nil)
	for pass != nil {
		pass, id = c.take(w, pass, id, runCaught(w, pass, id))
	}
}

// runCaught runs a task and turns its panic into an error.
func runCaught(w *worker, p workloads.Pass, id int) (err error) {
	defer caught(&err)
	return w.run(p, id)
}

// take reports the task that the worker has done, if any, and returns the
// next; nil when the crew is closed.
func (c *lockedCrew) take(w *worker, done workloads.Pass, id int, err error) (workloads.Pass, int) {
	w.lock(&c.mu)
	defer c.mu.Unlock()
	w.outside = 0 // this wait fell between bodies
	if done != nil {
		c.finish(id, err)
	}
	for !c.closed && (c.pass == nil || c.next == c.pass.Len()) {
		c.work.Wait()
	}
	if c.closed {
		return nil, 0
	}
	c.next++
	return c.pass, c.next - 1
}

func (c *lockedCrew) finish(id int, err error) {
	if err != nil && c.failed == nil {
		c.failed = asTask(id, err)
		c.stop.Store(true) // the pass has failed: let go of the rest
	}
	if c.left--; c.left == 0 {
		c.done.Signal()
	}
}

func (c *lockedCrew) Run(ctx context.Context, p workloads.Pass) error {
	end := c.begin(ctx, p)
	c.mu.Lock()
	c.pass, c.next, c.left = p, 0, p.Len()
	c.work.Broadcast()
	for c.left > 0 {
		c.done.Wait()
	}
	err := c.failed
	c.mu.Unlock()
	return end(err)
}

func (c *lockedCrew) Close() error {
	c.mu.Lock()
	c.closed = true
	c.work.Broadcast()
	c.mu.Unlock()
	c.ended.Wait()
	c.guard.end()
	return nil
}
