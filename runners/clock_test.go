package runners_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// naps is a workload whose tasks wait for a moment and give back when they
// woke, by the clock that they find.
func naps() workloads.Workload {
	return workloads.Workload{
		Name: "naps", IO: true, InFlight: 8,
		Needs: []workloads.Effect{workloads.Time},
		Tasks: []workloads.Task{nap()},
	}
}

func nap() *workloads.Func[number, number] {
	return workloads.NewTask("nap", func(fx workloads.Effects, due number) (number, error) {
		err := fx.SleepUntil(time.Duration(due))
		return number(fx.Now()), err
	})
}

// eachSleeper runs f for every model and host.
func eachSleeper(t *testing.T, f func(t *testing.T, crew runners.Crew)) {
	for _, m := range runners.All() {
		for _, host := range append([]string{""}, m.Hosts...) {
			t.Run(m.Name+"/"+host, func(t *testing.T) {
				before := descriptors(t)
				crew, err := m.Start(runners.Setup{Workload: naps(), Host: host, Cores: 2})
				if err != nil {
					t.Fatal(err)
				}
				f(t, crew)
				if err := crew.Close(); err != nil {
					t.Error(err)
				}
				awaitDescriptors(t, t.Name(), before)
			})
		}
	}
}

// napping makes a pass of naps until the moments given. end is when it was over.
func napping(moments []time.Duration) (p workloads.Pass, ended *time.Duration) {
	ended = new(time.Duration)
	b := workloads.Batch[number, number]{
		Task: nap(),
		Plan: workloads.Receipt{Sleeps: int64(len(moments))},
		Check: func(ins, outs []number, _ []int64) error {
			for i, due := range ins {
				if woke := outs[i]; woke < due || woke > number(*ended) {
					return fmt.Errorf("task %d woke at %d, not between %d and %d", i, woke, due, *ended)
				}
			}
			return nil
		},
	}
	for _, at := range moments {
		b.Ins = append(b.Ins, number(at))
	}
	return b.Pass(0), ended
}

func TestTasksWakeWhenTheyAreDueByTheClockOfAllProcesses(t *testing.T) {
	eachSleeper(t, func(t *testing.T, crew runners.Crew) {
		for range 2 {
			var moments []time.Duration
			now := proc.Now()
			for i := range 30 {
				// Neighbours are due in the wrong order; the first are overdue.
				moments = append(moments, now+time.Duration(i^3)*500*time.Microsecond-3*time.Millisecond)
			}
			p, ended := napping(moments)
			if err := crew.Run(context.Background(), p); err != nil {
				t.Fatal(err)
			}
			*ended = proc.Now()
			a, err := crew.Account()
			if err := errors.Join(err, p.Check()); err != nil {
				t.Fatal(err)
			}
			if a.Receipt != p.Plan() {
				t.Errorf("account %+v, plan %+v", a.Receipt, p.Plan())
			}
		}
	})
}

func TestSleepersLetOthersGoOn(t *testing.T) {
	for _, m := range runners.All() {
		for _, host := range append([]string{""}, m.Hosts...) {
			if m.Serial {
				continue // one task after the other
			}
			pause := 20 * time.Millisecond
			for !goOn(t, m, host, pause) { // longer, if the machine was busy
				if pause *= 4; pause > 10*time.Second {
					t.Errorf("%s %s: tasks wait for one that sleeps", m.Name, host)
					break
				}
			}
		}
	}
}

// goOn has the first task of a pass sleep for a while and tells whether all
// others, which are due before, woke meanwhile.
func goOn(t *testing.T, m runners.Model, host string, pause time.Duration) bool {
	crew, err := m.Start(runners.Setup{Workload: naps(), Host: host, Cores: 1})
	if err != nil {
		t.Fatal(err)
	}
	moments := make([]number, 20)
	now := proc.Now()
	for i := range moments {
		moments[i] = number(now + time.Duration(i)*100*time.Microsecond)
	}
	moments[0] = number(now + pause)
	meanwhile := true
	p := workloads.Batch[number, number]{
		Task: nap(), Ins: moments,
		Check: func(_, woke []number, _ []int64) error {
			meanwhile = slices.Max(woke[1:]) < woke[0]
			return nil
		},
	}.Pass(0)
	err = crew.Run(context.Background(), p)
	if err := errors.Join(err, p.Check(), crew.Close()); err != nil {
		t.Fatal(err)
	}
	return meanwhile
}

func TestSleepersAreInterrupted(t *testing.T) {
	eachSleeper(t, func(t *testing.T, crew runners.Crew) {
		moments := make([]time.Duration, 20)
		for i := range moments {
			moments[i] = proc.Now() + time.Hour
		}
		p, _ := napping(moments)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
		defer cancel()
		if err := crew.Run(ctx, p); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestTheClockMustBeDeclared(t *testing.T) {
	reads := workloads.NewTask("reads", func(fx workloads.Effects, _ number) (number, error) {
		return number(fx.Now()), nil
	})
	sleeps := workloads.NewTask("sleeps", func(fx workloads.Effects, _ number) (number, error) {
		return 0, fx.SleepUntil(0)
	})
	for _, m := range runners.All() {
		if m.Transports != nil {
			continue // errors are but text there, and the tasks unknown
		}
		for _, task := range []*workloads.Func[number, number]{reads, sleeps} {
			crew, err := m.Start(runners.Setup{Workload: workloads.Workload{Name: "rash", Tasks: []workloads.Task{task}}})
			if err != nil {
				t.Fatal(err)
			}
			err = crew.Run(context.Background(), workloads.Batch[number, number]{Task: task, Ins: make([]number, 3)}.Pass(0))
			if !errors.Is(err, workloads.ErrUndeclared) {
				t.Errorf("%s: task %s: %v", m.Name, task.Name(), err)
			}
			if err := crew.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestEveryModelAnswersAnOpenLoop runs passes whose requests come at moments
// fixed in advance, joined into one, the second time with a stream that began
// in the past.
func TestEveryModelAnswersAnOpenLoop(t *testing.T) {
	w := workloads.Echo()
	for _, m := range runners.All() {
		for _, s := range setups(m, w) {
			t.Run(fmt.Sprint(m.Name, "/", s.Transport, "/", s.Host, "/", s.Batch, "x", s.Prefetch), func(t *testing.T) {
				job, p := prepare(t, w, workloads.Params{Knobs: map[string]int{"tasks": 15, "delay": 300, "rate": 2000}})
				s.Params = p
				crew, err := m.Start(s)
				if err != nil {
					t.Fatal(err)
				}
				for n, from := range []time.Duration{proc.Now() + time.Millisecond, proc.Now()} {
					if err := runStream(crew, job, 2*n, from); err != nil {
						t.Errorf("stream %d: %v", n, err)
					}
				}
				if err := crew.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func runStream(crew runners.Crew, job workloads.Job, stamp int, from time.Duration) error {
	parts := []workloads.Pass{job.Pass(stamp), job.Pass(stamp + 1)}
	for _, p := range parts {
		next, open := p.(workloads.Scheduled).Schedule(from)
		if !open {
			return errors.New("not scheduled")
		}
		from = next
	}
	p := workloads.Join(parts)
	if err := crew.Run(context.Background(), p); err != nil {
		return err
	}
	if over := proc.Now(); over < from {
		return fmt.Errorf("over %v before the last request was due", from-over)
	}
	a, err := crew.Account()
	if err == nil && (a.Tasks != int64(p.Len()) || a.Receipt != p.Plan()) {
		err = fmt.Errorf("account has %d tasks and %+v, planned were %d and %+v", a.Tasks, a.Receipt, p.Len(), p.Plan())
	}
	return errors.Join(err, p.Check())
}
