package runners

import (
	"context"
	"sync"

	"github.com/nonrev/nonrev/workloads"
)

func goroutineModel() Model {
	return Model{
		Name:   "goroutine",
		Doc:    "N goroutines for CPU work, one a task in flight for IO: ids come in by a channel, completions go out by another",
		States: []string{"owner", "lock"},
		Queues: true,
		start:  startGoroutines,
	}
}

type goroutineCrew struct {
	pool
	pass   workloads.Pass // written before the first id of a pass is sent
	passes chan int       // how many ids to feed
	in     chan int
	out    chan completion
	ended  sync.WaitGroup
}

// A completion says that a task is done; its result lies in the pass.
type completion struct {
	id  int
	err error
}

func startGoroutines(s Setup) (Crew, error) {
	c := &goroutineCrew{passes: make(chan int)}
	c.init(s)
	// A worker's first task is the one that it works on; only more are queued.
	c.in = make(chan int, (s.Prefetch-1)*len(c.workers))
	c.out = make(chan completion, len(c.workers))
	c.ended.Go(c.feed)
	for _, w := range c.workers {
		c.ended.Go(func() { c.work(w) })
	}
	return c, nil
}

func (c *goroutineCrew) feed() {
	defer close(c.in)
	for n := range c.passes {
		for id := range n {
			c.in <- id
		}
	}
}

func (c *goroutineCrew) work(w *worker) {
	for c.workUntilPanic(w) {
	}
}

// workUntilPanic returns true when a task panicked, false when there is no more work.
func (c *goroutineCrew) workUntilPanic(w *worker) (again bool) {
	var id int
	var err error
	defer func() {
		if err != nil {
			c.out <- completion{id, err}
			again = true
		}
	}()
	defer caught(&err)
	for id = range c.in {
		c.out <- completion{id, w.run(c.pass, id)}
	}
	return false
}

func (c *goroutineCrew) Run(ctx context.Context, p workloads.Pass) error {
	end := c.begin(ctx, p)
	c.pass = p
	c.passes <- p.Len()
	var first error
	for range p.Len() {
		if done := <-c.out; done.err != nil && first == nil {
			first = asTask(done.id, done.err)
			c.stop.Store(true) // the pass has failed: let go of the rest
		}
	}
	return end(first)
}

func (c *goroutineCrew) Close() error {
	close(c.passes)
	c.ended.Wait()
	return c.close()
}
