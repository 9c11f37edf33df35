package sweep

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// measureCell is the part of a cell process: it measures one cell once.
func (c Catalogue) measureCell(ctx context.Context, o order) finding {
	if n := runtime.NumCPU(); len(o.CPUs) > 0 && n != len(o.CPUs) {
		return finding{Kind: otherError, Text: fmt.Sprintf("bound to %d CPUs but sees %d", len(o.CPUs), n)}
	}
	switch o.Cell.Workload {
	case result.Probe:
		return probe(o)
	case result.Exchange:
		return measureExchange(ctx, o)
	case result.Spawn:
		return measureSpawn(ctx, o)
	case result.Python:
		return measurePython(ctx, o)
	}
	model, setup, err := c.setup(o.Cell, o.place)
	if err != nil {
		return fault(err)
	}
	m, err := start(model, setup)
	if err != nil {
		return fault(err)
	}
	values, err := m.sample(ctx, o.WarmUp, o.Duration)
	if err := errors.Join(err, m.crew.Close()); err != nil {
		return fault(err)
	}
	f := finding{Passes: m.total.passes, Values: values, Ran: m.ran, Warm: m.warm, Warnings: m.warnings}
	if m.total.latencies.TotalCount() == 0 {
		return f
	}
	f.Loop = result.Closed
	if m.open {
		f.Loop = result.Open
	}
	if f.Latency, err = result.EncodeLatency(m.total.latencies); err != nil {
		return fault(err)
	}
	return f
}

// A measurement is one crew at work on one job.
type measurement struct {
	job      workloads.Job
	crew     runners.Crew
	clocks   bool          // whether tasks are timed one by one
	started  time.Duration // what the start of the crew took
	open     bool          // whether tasks come at moments fixed in advance
	arrivals time.Duration // over which they came last
	warm     int           // passes of the warm-up
	warnings []string      // of the sample
	tells    bool          // whether the kernel tells of run-queue delay
	passes   []workloads.Pass
	stamp    int           // of the next pass
	ran      time.Duration // wall time of all passes so far
	// collected is ran at the last collection, 0 before the first.
	collected time.Duration
	total     totals
}

// totals sums what timed passes did.
type totals struct {
	passes       int
	wall         time.Duration
	payload      int64
	own          proc.Usage    // of this process inside the clock
	queued       time.Duration // run-queue delay of this process inside the clock
	account      runners.Account
	latencies    *hdrhistogram.Histogram
	longest      time.Duration
	latencyError error
}

// start prepares the job, then starts the crew on it.
func start(model runners.Model, setup runners.Setup) (*measurement, error) {
	if setup.Workload.Prepare == nil {
		return nil, fmt.Errorf("workload %s has no Prepare", setup.Workload.Name)
	}
	job, err := setup.Workload.Prepare(setup.Params)
	if err == nil && job == nil {
		err = errors.New("there is no job")
	}
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", setup.Workload.Name, err)
	}
	began := time.Now()
	crew, err := model.Start(setup)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", model.Name, err)
	}
	m := &measurement{job: job, crew: crew, clocks: setup.Clocks, started: time.Since(began)}
	_, m.open = schedule(job.Pass(0), 0)
	return m, nil
}

// schedule fixes when the tasks of a pass come, if it is of that kind.
func schedule(p workloads.Pass, from time.Duration) (next time.Duration, open bool) {
	if s, ok := p.(workloads.Scheduled); ok {
		return s.Schedule(from)
	}
	return from, false
}

// segmentPasses is the most passes of one segment: all of them wait in memory
// for the clock.
const segmentPasses = 64

// sample warms up, forgets, and then runs timed segments until their walls add
// up to the duration.
func (m *measurement) sample(ctx context.Context, warmUp, duration time.Duration) ([]result.Value, error) {
	if _, err := m.crew.Account(); err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	if err := m.warmUp(ctx, warmUp); err != nil {
		return nil, fmt.Errorf("warm-up: %w", err)
	}
	if err := m.segments(ctx, duration); err != nil {
		return nil, err
	}
	m.warnings = append(m.warnings, m.backlog()...)
	if err := m.prove(ctx); err != nil {
		return nil, err
	}
	return m.values()
}

// Requests of an open loop have piled up when the last was answered later after
// it came than this share of the time over which all came, and this many times
// later than the quickest was.
const (
	backlogShare = 0.1
	backlogTimes = 2
)

// backlog warns of latencies that are a matter of how long the sample was.
func (m *measurement) backlog() []string {
	behind := m.total.wall - m.arrivals
	quickest := time.Duration(m.total.latencies.Min())
	if !m.open || behind.Seconds() < backlogShare*m.arrivals.Seconds() || behind < backlogTimes*quickest {
		return nil
	}
	return []string{fmt.Sprintf("backlog: requests came over %v and the last was answered %v after that: they came faster than they were answered, or something stood still",
		m.arrivals.Round(time.Millisecond), behind.Round(time.Millisecond))}
}

// A warm-up has settled when the passes of two windows in a row take the same
// time but for this share. It ends unsettled when it has taken so many times as
// long as it should.
const (
	settledShare = 0.05
	warmUpLimit  = 3
)

// warmUp runs windows, of which two are as long as it should take, until it has
// settled.
func (m *measurement) warmUp(ctx context.Context, about time.Duration) error {
	if m.open { // how long passes take is fixed, so nothing settles
		err := m.segments(ctx, about)
		m.warm = m.total.passes
		return err
	}
	var before, apart float64
	for n := 0; n < 2 || m.ran < warmUpLimit*about; n++ {
		if err := m.segments(ctx, about/2); err != nil {
			return err
		}
		m.warm += m.total.passes
		pass := float64(m.total.pass())
		apart = math.Abs(pass-before) / max(pass, before)
		if before = pass; n > 0 && apart <= settledShare {
			return nil
		}
	}
	m.warnings = append(m.warnings, fmt.Sprintf("warm-up: not settled after %d passes: the last two windows differ by %.0f%%", m.warm, 100*apart))
	return nil
}

// segments runs segments until their walls add up to about the duration, or
// one whose tasks come within it.
func (m *measurement) segments(ctx context.Context, duration time.Duration) error {
	pass := m.total.pass() // how long one took so far
	m.total = totals{latencies: result.NewHistogram()}
	if m.open {
		m.makeStream(duration)
		return errors.Join(m.timed(ctx), m.total.latencyError)
	}
	for m.total.passes == 0 || duration-m.total.wall > pass/2 {
		n := 1
		if pass > 0 { // so many that they end as near to the duration as passes can
			n = int(min(max((duration-m.total.wall+pass/2)/pass, 1), segmentPasses))
		}
		if err := m.segment(ctx, n); err != nil {
			return err
		}
		pass = m.total.pass()
	}
	return m.total.latencyError
}

// pass is how long a pass took in the mean, 0 before the first.
func (t totals) pass() time.Duration { return t.wall / time.Duration(max(t.passes, 1)) }

// segment makes n passes ready and runs them.
func (m *measurement) segment(ctx context.Context, n int) error {
	m.ready(n)
	return m.timed(ctx)
}

// makeStream makes as many passes as there are arrivals for, one at the least.
func (m *measurement) makeStream(duration time.Duration) {
	m.passes = m.passes[:0]
	for at := time.Duration(0); len(m.passes) == 0 || at < duration; m.stamp++ {
		p := m.job.Pass(m.stamp)
		at, _ = schedule(p, at)
		m.passes = append(m.passes, p)
	}
	m.collect()
}

// lead is the time from the fixing of a stream to its begin: enough for the
// first tasks to wait when they are due.
const lead = 2 * time.Millisecond

// stream is what the crew runs: the passes or, when their tasks come at
// moments fixed in advance, one of all, so that none waits for another to end.
func (m *measurement) stream() []workloads.Pass {
	if !m.open {
		return m.passes
	}
	from := proc.Now() + lead
	next := from
	for _, p := range m.passes {
		next, _ = schedule(p, next)
	}
	m.arrivals = next - from
	return []workloads.Pass{workloads.Join(m.passes)}
}

// timed runs the passes inside the clock and checks them after it. What the
// checks cost is in no figure.
func (m *measurement) timed(ctx context.Context) error {
	queued, err := m.queuedFor()
	if err != nil {
		return err
	}
	stream := m.stream()
	before, err := proc.Used()
	if err != nil {
		return err
	}
	began := time.Now()
	if m.open {
		began = began.Add(lead) // when the stream begins
	}
	for _, p := range stream {
		if err := m.crew.Run(ctx, p); err != nil {
			return fmt.Errorf("run: %w", err)
		}
		p.Reduce()
	}
	wall := time.Since(began)
	after, err := proc.Used()
	if err != nil {
		return err
	}
	queuedSince, err := m.queuedFor()
	if err != nil {
		return err
	}
	m.total.queued += queuedSince - queued
	account, err := m.crew.Account()
	if err != nil {
		return fmt.Errorf("account: %w", err)
	}
	m.ran += wall
	m.total.add(len(m.passes), wall, before, after, account)
	if err := verify(m.passes, account); err != nil {
		return err
	}
	m.total.keepLatencies(m.passes)
	return nil
}

// prove runs the pass, if the job has one, that shows what measured passes cannot.
func (m *measurement) prove(ctx context.Context) error {
	prover, ok := m.job.(workloads.Prover)
	if !ok {
		return nil
	}
	p := prover.Proof(m.stamp)
	m.stamp++
	if err := m.crew.Run(ctx, p); err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	account, err := m.crew.Account()
	if err != nil {
		return fmt.Errorf("account: %w", err)
	}
	return verify([]workloads.Pass{p}, account)
}

// ready makes n passes with stamps that were never used before.
func (m *measurement) ready(n int) {
	recycler, _ := m.job.(workloads.Recycler)
	m.passes = m.passes[:min(n, len(m.passes))]
	for i, p := range m.passes {
		if recycler == nil || !recycler.Recycle(p, m.stamp) {
			m.passes[i] = m.job.Pass(m.stamp)
		}
		m.stamp++
	}
	for len(m.passes) < n {
		m.passes = append(m.passes, m.job.Pass(m.stamp))
		m.stamp++
	}
	m.collect()
}

// collectEvery is how much measured time may pass without a collection. One
// before every segment would take longer than segments of short passes do.
const collectEvery = 20 * time.Millisecond

// collect clears the garbage of making and checking passes before the clock
// starts, as the testing package does: it is not the model's.
func (m *measurement) collect() {
	if m.collected == 0 || m.ran-m.collected >= collectEvery {
		runtime.GC()
		m.collected = max(m.ran, 1)
	}
}

// verify holds the answers of the passes and the account against what they must be.
func verify(passes []workloads.Pass, account runners.Account) error {
	var tasks int64
	var plan workloads.Receipt
	for _, p := range passes {
		if err := p.Check(); err != nil {
			return wrongError{err}
		}
		tasks += int64(p.Len())
		plan.Add(p.Plan())
	}
	if account.Tasks != tasks {
		return wrongError{fmt.Errorf("%d tasks ran, not %d", account.Tasks, tasks)}
	}
	if account.Receipt != plan {
		return wrongError{fmt.Errorf("effects differ: got %+v, planned %+v", account.Receipt, plan)}
	}
	return nil
}

func (t *totals) add(passes int, wall time.Duration, before, after proc.Usage, a runners.Account) {
	t.passes += passes
	t.wall += wall
	t.own.CPU += after.CPU - before.CPU
	t.own.GC += after.GC - before.GC
	t.own.Switches += after.Switches - before.Switches
	s := &t.account
	s.Tasks += a.Tasks
	s.Body += a.Body
	s.Encode += a.Encode
	s.Copy += a.Copy
	s.Wake += a.Wake
	s.Decode += a.Decode
	s.Lock += a.Lock
	s.Idle += a.Idle
	s.Bytes += a.Bytes
	s.CPU += a.CPU
	s.GC += a.GC
	s.Switches += a.Switches
	s.RunQueue += a.RunQueue
	s.PeakRSS = max(s.PeakRSS, a.PeakRSS)
	s.Workers = max(s.Workers, a.Workers)
}

// keepLatencies pools the latencies of every request of the passes.
func (t *totals) keepLatencies(passes []workloads.Pass) {
	for _, p := range passes {
		t.payload += p.PayloadBytes()
		timed, ok := p.(workloads.Latencies)
		if !ok {
			continue
		}
		for _, d := range timed.Latencies() {
			t.longest = max(t.longest, d)
			t.latencyError = errors.Join(t.latencyError, t.latencies.RecordValue(int64(d)))
		}
	}
}

// values are the figures of the timed passes.
func (m *measurement) values() ([]result.Value, error) {
	t := m.total
	passes, tasks, seconds := float64(t.passes), float64(t.account.Tasks), t.wall.Seconds()
	v := []result.Value{
		{Unit: result.WallNS, Value: float64(t.wall) / passes},
		{Unit: result.TaskRate, Value: tasks / seconds},
	}
	if t.payload > 0 {
		v = append(v, result.Value{Unit: result.ByteRate, Value: float64(t.payload) / seconds})
	}
	v = append(v, t.breakdown(m.clocks)...)
	v = append(v, quantiles(t.latencies, int64(t.longest))...)
	v = append(v,
		result.Value{Unit: result.CPUNS, Value: float64(int64(t.own.CPU)+t.account.CPU) / passes},
		result.Value{Unit: result.GCNS, Value: float64(int64(t.own.GC)+t.account.GC) / passes},
		result.Value{Unit: result.Switches, Value: float64(t.own.Switches+t.account.Switches) / passes},
		result.Value{Unit: result.StartNS, Value: float64(m.started)},
	)
	if queued := int64(t.queued) + t.account.RunQueue; m.tells && queued >= 0 { // less, if a thread ended
		v = append(v, result.Value{Unit: result.RunQueueNS, Value: float64(queued) / passes})
	}
	peak, err := proc.PeakRSS()
	if errors.Is(err, errors.ErrUnsupported) {
		return v, nil
	}
	return append(v, result.Value{Unit: result.PeakRSS, Value: float64(peak + t.account.PeakRSS)}), err
}

// breakdown says where the time of a task went, if tasks were timed.
func (t totals) breakdown(clocks bool) []result.Value {
	if !clocks {
		return nil
	}
	a, tasks := t.account, float64(t.account.Tasks)
	parts := []struct {
		unit string
		sum  int64
	}{
		{result.IPCNS, a.Encode + a.Copy + a.Wake + a.Decode},
		{result.IPCBytes, a.Bytes},
		{result.EncodeNS, a.Encode},
		{result.CopyNS, a.Copy},
		{result.WakeNS, a.Wake},
		{result.DecodeNS, a.Decode},
		{result.LockNS, a.Lock},
		{result.IdleNS, a.Idle},
		{result.BodyNS, a.Body},
	}
	v := make([]result.Value, len(parts))
	for i, p := range parts {
		v[i] = result.Value{Unit: p.unit, Value: float64(p.sum) / tasks}
	}
	return v
}

// rareFrom is the number of requests from which 99.9% of them is a figure.
const rareFrom = 10_000

// quantiles are those of latencies in ns, none if nothing was timed.
func quantiles(latencies *hdrhistogram.Histogram, longest int64) []result.Value {
	n := latencies.TotalCount()
	if n == 0 {
		return nil
	}
	at := func(unit string, percent float64) result.Value {
		return result.Value{Unit: unit, Value: float64(latencies.ValueAtPercentile(percent))}
	}
	v := []result.Value{at(result.P50NS, 50), at(result.P90NS, 90), at(result.P99NS, 99)}
	if n >= rareFrom {
		v = append(v, at(result.P999NS, 99.9))
	}
	return append(v, result.Value{Unit: result.MaxNS, Value: float64(longest)})
}

// queuedFor is the run-queue delay of this process so far, 0 where the kernel
// does not tell.
func (m *measurement) queuedFor() (time.Duration, error) {
	d, err := proc.QueuedFor(os.Getpid())
	if m.tells = !errors.Is(err, errors.ErrUnsupported); !m.tells {
		return 0, nil
	}
	return d, err
}
