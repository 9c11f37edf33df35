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
	tasks  int // of the pass
	next   int // the first task that no worker has
	left   int // tasks that are not done
	failed error
	closed bool
}

func startLocked(s Setup) (Crew, error) {
	c := &lockedCrew{}
	c.init(s)
	c.work.L, c.done.L = &c.mu, &c.mu
	for _, w := range c.workers {
		c.ended.Go(func() {
			for c.workUntilPanic(w) {
			}
		})
	}
	return c, nil
}

// workUntilPanic returns true when a task panicked, false when the crew is closed.
func (c *lockedCrew) workUntilPanic(w *worker) (again bool) {
	var id int
	var panicked error
	defer func() {
		if panicked != nil {
			c.mu.Lock()
			c.left--
			c.finish(id, panicked)
			again = true
		}
		c.mu.Unlock()
	}()
	defer caught(&panicked)
	c.mu.Lock()
	for c.next < c.tasks || c.await() {
		id = c.next
		c.next++
		pass := c.pass
		c.mu.Unlock()
		err := w.run(pass, id)
		if w.clocks {
			w.lock(&c.mu)
			w.outside = 0 // this wait fell between bodies
		} else {
			c.mu.Lock()
		}
		if c.left--; err != nil || c.left == 0 {
			c.finish(id, err)
		}
	}
	return false
}

// await returns true when there is a task to take, false when the crew is closed.
func (c *lockedCrew) await() bool {
	for !c.closed && c.next == c.tasks {
		c.work.Wait()
	}
	return !c.closed
}

func (c *lockedCrew) finish(id int, err error) {
	if err != nil && c.failed == nil {
		c.failed = asTask(id, err)
		c.stop.Store(true) // the pass has failed: let go of the rest
	}
	if c.left == 0 {
		c.done.Signal()
	}
}

func (c *lockedCrew) Run(ctx context.Context, p workloads.Pass) error {
	end := c.begin(ctx, p)
	c.mu.Lock()
	c.pass, c.tasks, c.next, c.left = p, p.Len(), 0, p.Len()
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
	return c.close()
}
