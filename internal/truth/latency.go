package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/workloads"
	"github.com/nonrev/nonrev/workloads/helper"
)

// The workloads whose origins are known.
const (
	variedName  = "varied"
	stalledName = "stalled"
)

// An origin of known delays: of twenty requests, nineteen take 5 to 10 ms and
// one takes 40 to 50 ms, both evenly spread.
const (
	fastShare        = 0.95
	fastLow, fastTop = 5.0, 10.0 // ms
	slowLow, slowTop = 40.0, 50.0
)

// delayAt is the quantile of the delays, in ms.
func delayAt(p float64) float64 {
	if p < fastShare {
		return fastLow + (fastTop-fastLow)*p/fastShare
	}
	return slowLow + (slowTop-slowLow)*(p-fastShare)/(1-fastShare)
}

// varied serves delays that follow the distribution as closely as numbers in a
// row can: the fractions of multiples of the golden ratio are evenly spread
// over every stretch of them.
func varied(ctx context.Context, _ workloads.Params, ready func(string)) error {
	return helper.NewOrigin(func(n int64) time.Duration {
		_, p := math.Modf(float64(n) * (math.Sqrt(5) - 1) / 2)
		return time.Duration(delayAt(p) * float64(time.Millisecond))
	}).Serve(ctx, ready)
}

// An origin that answers at once but stands still once in every pass, at its
// tenth part, for as long as its setting "delay" says.
const (
	stallRate    = 1000
	stallWaiting = 8 // requests out at a time in the closed loop
)

func stalled(ctx context.Context, p workloads.Params, ready func(string)) error {
	tasks := int64(p.Int("tasks"))
	o := helper.NewOrigin(helper.Constant(0))
	o.Stall = func(n int64) time.Duration {
		if n%tasks == tasks/10 {
			return time.Duration(p.Int("delay")) * time.Microsecond
		}
		return 0
	}
	return o.Serve(ctx, ready)
}

// latencyTolerance is a share of the injected latency: connecting, the way to
// the origin and back, and the wake-ups of both, which come to some 0.2 ms
// beside 8.
const latencyTolerance = 0.05

// latencies hold what is measured of an origin against what it does, in a
// closed loop and in an open one.
func latencies(ctx context.Context, l lab) ([]row, error) {
	var cells []result.Cell
	for _, c := range []result.Cell{{Model: "goroutine"}, {Model: "eventloop"}, {Model: "subprocess", Host: "loop"}} {
		c.Workload, c.Cores = variedName, 1
		closed, open := c, c
		closed.Set, closed.InFlight = fmt.Sprintf("tasks:%d", l.requests), 16
		open.Set = fmt.Sprintf("rate:1000,tasks:%d", l.requests)
		cells = append(cells, closed, open)
	}
	r, err := l.sweep(ctx, l.paced, l.log, cells...)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, c := range cells {
		for _, q := range []struct {
			unit string
			p    float64
		}{{result.P50NS, 0.5}, {result.P90NS, 0.9}, {result.P99NS, 0.99}} {
			injected := delayAt(q.p) * float64(time.Millisecond)
			what := fmt.Sprintf("origin of known delays, %s loop: p%.0f", r.loop(c), 100*q.p)
			rows = append(rows, number(what, c.Model, nanoseconds, injected, r.level(r.placed(c), q.unit), latencyTolerance*injected))
		}
	}
	return rows, nil
}

// placed is a cell as the run calls it: whether its helper had CPUs of its own
// depends on the machine.
func (r record) placed(c result.Cell) result.Cell {
	c.Helpers = r.Run.Helpers
	return c
}

// loop is how the requests of a cell came, as its samples say.
func (r record) loop(c result.Cell) string {
	for _, s := range r.Samples {
		if s.Cell == r.placed(c) {
			return s.Loop
		}
	}
	return "no"
}

// stallRounds is how often it is waited for: with warm-up, three times a sample.
const stallRounds = 2

// stalls has the origin stand still beside both kinds of load. The open loop
// must show every request that came meanwhile: of n at a rate r, those whose
// wait is longer than w are r (S-w) of n, so the quantile p is S - (1-p) n/r.
// A closed loop has a few requests out and sends no other: nothing below the
// worst of all tells of it.
func stalls(ctx context.Context, l lab) ([]row, error) {
	tasks := int(1.25 * l.stall.Seconds() * stallRate)
	set := fmt.Sprintf("delay:%d,", l.stall.Microseconds())
	closed := result.Cell{Workload: stalledName, Set: set + fmt.Sprintf("tasks:%d", tasks), Model: "goroutine", Cores: 1, InFlight: stallWaiting}
	open := result.Cell{Workload: stalledName, Set: set + fmt.Sprintf("rate:%d,tasks:%d", stallRate, tasks), Model: "goroutine", Cores: 1}
	r, err := l.sweep(ctx, stallRounds, l.log, closed, open)
	if err != nil {
		return nil, err
	}
	whole := float64(l.stall)
	at := func(p float64) float64 { return whole - (1-p)*float64(tasks)/stallRate*1e9 }
	var rows []row
	for _, q := range []struct {
		unit         string
		closed, open float64
	}{{result.P90NS, 0, at(0.9)}, {result.P99NS, 0, at(0.99)}, {result.MaxNS, whole, whole}} {
		what := fmt.Sprintf("origin that stalls for %v: %s", l.stall, strings.TrimSuffix(q.unit, "-ns"))
		rows = append(rows,
			number(what, "goroutine, "+r.loop(closed)+" loop", nanoseconds, q.closed, r.level(r.placed(closed), q.unit), latencyTolerance*whole),
			number(what, "goroutine, "+r.loop(open)+" loop", nanoseconds, q.open, r.level(r.placed(open), q.unit), latencyTolerance*whole))
	}
	return rows, nil
}
