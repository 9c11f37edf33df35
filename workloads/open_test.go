package workloads

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/workloads/helper"
)

// arriving is a batch of tasks that come at a rate and give back when they did.
func arriving(tasks, rate int) Batch[time.Duration, time.Duration] {
	return Batch[time.Duration, time.Duration]{
		Task: NewTask("arriving", func(fx Effects, due time.Duration) (time.Duration, error) {
			return due, fx.SleepUntil(due)
		}),
		Ins:  make([]time.Duration, tasks),
		Rate: rate,
		Seed: 7,
		Due:  func(in *time.Duration, at time.Duration) { *in = at },
		Check: func(ins, outs []time.Duration, _ []int64) error {
			for i := range ins {
				if ins[i] != outs[i] {
					return fmt.Errorf("task %d: %v instead of %v", i, outs[i], ins[i])
				}
			}
			return nil
		},
	}
}

func dues(p Pass) []time.Duration { return p.(*pass[time.Duration, time.Duration]).ins }

// TestArrivalsArePoisson holds gaps against the exponential distribution by
// Kolmogorov's test at a fixed seed, so that it cannot fail by chance.
func TestArrivalsArePoisson(t *testing.T) {
	const tasks, rate = 10_000, 2000
	const from = 300 * time.Hour
	p := arriving(tasks, rate).Pass(5)
	next, open := p.(Scheduled).Schedule(from)
	at := dues(p)
	if !open || next != at[tasks-1] || at[0] < from {
		t.Fatalf("open %v, from %v to %v, next %v", open, at[0], at[tasks-1], next)
	}
	below := make([]int, 101) // gaps below a hundredth of the distribution
	last := from
	for _, due := range at {
		if due < last {
			t.Fatalf("%v comes after %v", due, last)
		}
		below[int(100*(1-math.Exp(-float64(due-last)*rate/1e9)))]++
		last = due
	}
	sum, worst := 0, 0.0
	for i, n := range below[:100] {
		sum += n
		worst = max(worst, math.Abs(float64(sum)/tasks-float64(i+1)/100))
	}
	if limit := 1.36 / math.Sqrt(tasks); worst > limit { // 5% level
		t.Errorf("distribution of the gaps is %.4f off, limit %.4f", worst, limit)
	}
}

func TestSchedulesAreFixedAndDifferFromPassToPass(t *testing.T) {
	b := arriving(50, 1000)
	schedule := func(p Pass, from time.Duration) []time.Duration {
		if _, open := p.(Scheduled).Schedule(from); !open {
			t.Fatal("not scheduled")
		}
		return dues(p)
	}
	first, again, other := schedule(b.Pass(1), 100), schedule(b.Pass(1), 300), schedule(b.Pass(2), 100)
	same := 0
	for i := range first {
		if again[i]-first[i] != 200 {
			t.Errorf("task %d comes at %v or %v", i, first[i], again[i])
		}
		if first[i] == other[i] {
			same++
		}
	}
	if same > 1 {
		t.Errorf("%d tasks of two passes come at the same moment", same)
	}
}

func TestOnlyAScheduledPassSleeps(t *testing.T) {
	closed := arriving(3, 0).Pass(0)
	if next, open := closed.(Scheduled).Schedule(42); open || next != 42 {
		t.Errorf("a closed loop is scheduled up to %v", next)
	}
	b := arriving(3, 1000)
	p := b.Pass(0)
	if n := p.Plan().Sleeps; n != 0 {
		t.Errorf("%d sleeps are planned without a schedule", n)
	}
	p.(Scheduled).Schedule(time.Hour)
	if n := p.Plan().Sleeps; n != 3 {
		t.Errorf("%d sleeps are planned for 3 tasks", n)
	}
	if !b.Recycle(p, 1) || p.Plan().Sleeps != 0 || dues(p)[2] != 0 {
		t.Error("a recycled pass remembers its schedule")
	}
}

// clockOf is the clock in a test; sleeping on it takes no time.
type clockOf struct {
	Undeclared
	slept []time.Duration
}

func (*clockOf) Yield() error { return nil }

func (c *clockOf) SleepUntil(at time.Duration) error {
	c.slept = append(c.slept, at)
	return nil
}

func TestJoinedPassesAreOne(t *testing.T) {
	const tasks = 4
	b := arriving(tasks, 1000)
	parts := []Pass{b.Pass(0), b.Pass(1), arriving(1, 1000).Pass(2)}
	from := time.Second
	for _, p := range parts {
		from, _ = p.(Scheduled).Schedule(from)
	}
	j := Join(parts)
	if j.Len() != 2*tasks+1 || j.Task() != "arriving" || j.Plan().Sleeps != 2*tasks+1 || j.Cells() != nil {
		t.Errorf("%d tasks %q, plan %+v", j.Len(), j.Task(), j.Plan())
	}
	fx, parent, child := &clockOf{}, &Codec{}, &Codec{}
	task := b.Task.Slot()
	for id := range j.Len() {
		if id%2 == 0 {
			if err := j.Run(fx, id); err != nil {
				t.Fatal(err)
			}
			continue
		}
		in, err := j.AppendIn(parent, nil, id) // as a process model does
		err = errors.Join(err, task.Decode(child, in), task.Run(fx))
		out, failed := task.Append(child, nil)
		if err := errors.Join(err, failed, j.SetOut(parent, id, out)); err != nil {
			t.Fatal(err)
		}
	}
	for i, at := range fx.slept[1:] {
		if at < fx.slept[i] {
			t.Errorf("task %d comes before task %d", i+1, i)
		}
	}
	if err := j.Check(); err != nil {
		t.Error(err)
	}
	for _, id := range []int{-1, j.Len()} {
		if err := j.SetOut(parent, id, nil); err == nil {
			t.Errorf("a result for task %d is taken", id)
		}
	}
	if err := j.Run(fx, 2*tasks); err != nil {
		t.Fatal(err)
	}
	if err := j.Check(); err == nil || parts[2].Check() == nil {
		t.Errorf("a task of the last part ran twice: %v", err)
	}
}

func TestSettingsThatDoNotGoTogetherAreRefusedWithTheRemedy(t *testing.T) {
	for remedy, knobs := range map[string]map[string]int{
		"requests=1": {"rate": 1000, "requests": 2},
		"tasks=20":   {"rate": 2, "tasks": 21},
	} {
		_, err := Echo().Params(Params{Knobs: knobs})
		if err == nil || !strings.Contains(err.Error(), remedy) {
			t.Errorf("%v does not mention %s", err, remedy)
		}
	}
	for _, knobs := range []map[string]int{{"rate": 1000}, {"requests": 2}, {"rate": 2, "tasks": 20}} {
		if _, err := Echo().Params(Params{Knobs: knobs}); err != nil {
			t.Error(err)
		}
	}
}

// onTime has real connections and the real clock.
type onTime struct {
	dialing
	timers *proc.Timers
}

func (onTime) Now() time.Duration                  { return proc.Now() }
func (f onTime) SleepUntil(at time.Duration) error { return f.timers.Until(at) }

// TestLatencyCountsFromWhenTheRequestWasDue has tasks one at a time meet an
// origin whose delays are known, and that stands still once.
func TestLatencyCountsFromWhenTheRequestWasDue(t *testing.T) {
	const tasks, rate, pause = 6, 200, 200 * time.Millisecond
	origin := helper.NewOrigin(func(n int64) time.Duration { return time.Duration(n) * time.Millisecond })
	origin.Stall = func(n int64) time.Duration {
		if n == 1 {
			return pause
		}
		return 0
	}
	other := EchoWith("other", func(ctx context.Context, _ Params, ready func(string)) error { return origin.Serve(ctx, ready) })
	job := jobOf(t, other, Params{Helper: serveOrigin(t, origin), Knobs: map[string]int{"tasks": tasks, "rate": rate}})
	p := job.Pass(0)
	if _, open := p.(Scheduled).Schedule(proc.Now()); !open {
		t.Fatal("not scheduled")
	}
	fx := onTime{timers: proc.NewTimers(false)}
	runHere(t, fx, p)
	if err := errors.Join(p.Check(), fx.timers.Close()); err != nil {
		t.Fatal(err)
	}
	latencies, ins := p.(Latencies).Latencies(), p.(*pass[echoIn, echoOut]).ins
	over := ins[1].Due + pause // at the earliest
	for i, l := range latencies {
		least := time.Duration(i) * time.Millisecond
		if i > 0 {
			least = max(least, over-ins[i].Due)
		}
		if l < least {
			t.Errorf("request %d took %v from when it was due, %v at the least", i, l, least)
		}
	}
}

func TestAnAnswerBeforeItWasDueIsWrong(t *testing.T) {
	origin := helper.NewOrigin(helper.Constant(0))
	job := jobOf(t, Echo(), Params{Helper: serveOrigin(t, origin), Knobs: map[string]int{"tasks": 1, "rate": 1}})
	p := job.Pass(0)
	p.(Scheduled).Schedule(proc.Now() + time.Hour)
	runHere(t, hasty{}, p)
	if err := p.Check(); err == nil || !strings.Contains(err.Error(), "before it was due") {
		t.Errorf("a task that does not wait: %v", err)
	}
}

// hasty does not wait.
type hasty struct{ dialing }

func (hasty) Now() time.Duration             { return proc.Now() }
func (hasty) SleepUntil(time.Duration) error { return nil }
