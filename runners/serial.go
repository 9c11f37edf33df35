package runners

import (
	"context"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/workloads"
)

func serialModel() Model {
	return Model{
		Name:    "serial",
		Doc:     "the calling goroutine runs one task after the other: the best plain loop, the base of speed-up",
		States:  []string{"plain"},
		OneLoop: true,
		Serial:  true,
		start:   startSerial,
	}
}

type serialCrew struct {
	canceller
	worker *worker
	memory *plain
	dialer blockingDialer
	timers *proc.Timers
}

func startSerial(s Setup) (Crew, error) {
	c := &serialCrew{dialer: newBlockingDialer(), timers: proc.NewTimers(false)}
	c.memory = newPlain(s.Workload)
	c.worker = newWorker(s, &c.stop, c.dialer, c.memory, c.timers)
	c.memory.worker = c.worker
	return c, nil
}

func (c *serialCrew) Run(ctx context.Context, p workloads.Pass) error {
	unwatch := c.watch(ctx, c.dialer.interrupt, c.timers.Interrupt)
	defer unwatch()
	c.memory.cells = p.Cells()
	before, start := c.worker.account, c.worker.now()
	err := c.loop(p)
	c.worker.settle(before, start, c.worker.lastEnd)
	return c.blame(ctx, err)
}

func (c *serialCrew) loop(p workloads.Pass) (err error) {
	id := 0
	defer func() { err = asTask(id, err) }()
	defer caught(&err)
	for id = range p.Len() {
		if err := c.worker.run(p, id); err != nil {
			return err
		}
	}
	return nil
}

func (c *serialCrew) Account() (Account, error) { return c.worker.take(), nil }

func (c *serialCrew) Close() error { return c.timers.Close() }
