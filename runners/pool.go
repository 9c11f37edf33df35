package runners

import (
	"context"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/workloads"
)

// A pool is what the in-process models with several workers have in common:
// the workers, the guard of their cells, and the account of a pass. How tasks
// reach the workers is each model's own.
type pool struct {
	canceller
	setup   Setup
	workers []*worker
	guard   guard
	dialer  parkingDialer
	timers  *proc.Timers

	started int64
	before  []Account
}

func (p *pool) init(s Setup) {
	p.setup = s
	p.guard = newGuard(s.State, s.Workload)
	p.dialer, p.timers = newParkingDialer(), proc.NewTimers(true)
	p.before = make([]Account, s.workers())
	for range s.workers() {
		w := newWorker(s, &p.stop, p.dialer, nil, p.timers)
		if s.Workload.Declares(workloads.Cells) {
			w.fx.Memory = p.guard.memory(w)
		}
		p.workers = append(p.workers, w)
	}
}

func (p *pool) clocked() bool { return p.workers[0].clocks }

// begin makes the pool ready for a pass; the function it returns ends it.
func (p *pool) begin(ctx context.Context, pass workloads.Pass) (end func(error) error) {
	unwatch := p.watch(ctx, p.dialer.interrupt, p.timers.Interrupt)
	p.guard.begin(pass.Cells())
	if p.clocked() {
		for i, w := range p.workers {
			p.before[i] = w.account
		}
		p.started = clock()
	}
	return func(err error) error {
		unwatch()
		p.settle()
		return p.blame(ctx, err)
	}
}

// settle books what each worker did with its time; the pass is over.
func (p *pool) settle() {
	if !p.clocked() {
		return
	}
	now := clock()
	for i, w := range p.workers {
		w.settle(p.before[i], p.started, now)
	}
}

// Account sums over the workers.
func (p *pool) Account() (Account, error) {
	var a Account
	for _, w := range p.workers {
		a.add(w.take())
	}
	return a, nil
}

// close ends what the pool has besides its workers, which have ended.
func (p *pool) close() error {
	p.guard.end()
	return p.timers.Close()
}
