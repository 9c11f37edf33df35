package runners_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// catalogue is what worker processes of this test binary can do.
func catalogue() []workloads.Workload {
	return append(workloads.All(), oddities(), spins(), naps(), lumps())
}

func TestMain(m *testing.M) {
	part, arg, err := proc.Entry()
	switch part {
	case "":
	case "worker":
		err = runners.Work(arg, catalogue())
	case "brood":
		err = brood()
	case "answer":
		err = answerNumbers()
	case "hello":
		err = runners.Hello()
	case "fail":
		err = errors.New("failed, as it was asked to")
	case "transport":
		err = runners.PlayPeer(arg)
	case "peer":
		err = runners.Answer(arg)
	case "liar":
		err = runners.PlayLiar(arg)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if part != "" {
		os.Exit(0)
	}
	// Under the race detector each worker process would sleep for a second before it ends.
	os.Setenv("GORACE", strings.TrimSpace(os.Getenv("GORACE")+" atexit_sleep_ms=0"))
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/nonrev/nonrev/internal/proc.serveStarts"))
}

// small are settings that keep a pass short.
func small(w workloads.Workload) workloads.Params {
	p := workloads.Params{Width: 2, Knobs: map[string]int{}}
	switch w.Name {
	case "fannkuch":
		p.Grain, p.Knobs["n"] = "1us", 7
	case "wordcount":
		p.Knobs["size"], p.Knobs["docs"] = 2, 8
	case "handoff":
		p.Payload = "16KiB"
	case "counter":
		p.Knobs["cells"], p.Knobs["updates"] = 3, 5
	case "echo":
		p.Knobs["tasks"], p.Knobs["delay"], p.Knobs["requests"] = 20, 500, 2
	}
	return p
}

// prepare makes the job of a workload, with its helper running if it has one.
func prepare(t testing.TB, w workloads.Workload, p workloads.Params) (workloads.Job, workloads.Params) {
	t.Helper()
	p, err := w.Params(p)
	if err != nil {
		t.Fatal(err)
	}
	if w.Helper != nil {
		p.Helper = serve(t, w, p)
	}
	job, err := w.Prepare(p)
	if err != nil {
		t.Fatal(err)
	}
	return job, p
}

func serve(t testing.TB, w workloads.Workload, p workloads.Params) string {
	ctx, cancel := context.WithCancel(context.Background())
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- w.Helper(ctx, p, func(a string) { address <- a }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("helper of %s: %v", w.Name, err)
		}
	})
	return <-address
}

// eachPair runs f for every model and workload, under every guard, host and
// depth of dispatch that the model has.
func eachPair(t *testing.T, f func(t *testing.T, m runners.Model, s runners.Setup, job workloads.Job)) {
	for _, w := range workloads.All() {
		for _, m := range runners.All() {
			for _, s := range setups(m, w) {
				name := strings.Trim(strings.Join([]string{w.Name, m.Name, s.State, s.Transport, s.Host, fmt.Sprint(s.Batch, "x", s.Prefetch, s.Clocks)}, "/"), "/")
				before := descriptors(t)
				t.Run(name, func(t *testing.T) {
					job, p := prepare(t, w, small(w))
					s.Params = p
					f(t, m, s, job)
				})
				awaitDescriptors(t, name, before) // the helper has ended as well
			}
		}
	}
}

func setups(m runners.Model, w workloads.Workload) []runners.Setup {
	base := runners.Setup{Workload: w, Cores: 2, Clocks: true}
	if w.IO {
		base.InFlight = 6
	}
	all := []runners.Setup{base}
	for _, state := range m.States[1:] {
		s := base
		s.State, s.Clocks = state, false
		if w.Declares(workloads.Cells) {
			all = append(all, s)
		}
	}
	if m.Transports != nil {
		deep, host := base, base
		deep.Batch, deep.Prefetch = 3, 4
		host.Host = "goroutine"
		all = append(all, deep)
		if !w.Declares(workloads.Cells) {
			batched := host
			batched.Batch = 3
			loop := host
			loop.Host = "loop"
			all = append(all, host, batched, loop)
		}
		all = append(all, otherWays(m, base, deep, host)...)
	}
	return all
}

// otherWays are the transports that are not the default, each plain and deep,
// and where it can be waited for together with sockets under the hosts.
func otherWays(m runners.Model, base, deep, host runners.Setup) (all []runners.Setup) {
	for _, via := range m.Transports[1:] {
		forms := []runners.Setup{base, deep}
		if runners.Polls(via) && !base.Workload.Declares(workloads.Cells) {
			loop := host
			loop.Host = "loop"
			forms = append(forms, host, loop)
		}
		for _, s := range forms {
			s.Transport = via
			all = append(all, s)
		}
	}
	return all
}

func TestEveryModelGivesTheKnownAnswerToEveryWorkload(t *testing.T) {
	eachPair(t, func(t *testing.T, m runners.Model, s runners.Setup, job workloads.Job) {
		crew, err := m.Start(s)
		if err != nil {
			t.Fatal(err)
		}
		passes := []workloads.Pass{job.Pass(0), job.Pass(1)}
		if prover, ok := job.(workloads.Prover); ok {
			passes = append(passes, prover.Proof(2))
		}
		for n, p := range passes {
			audit := p.(workloads.Auditor)
			if err := audit.Freeze(); err != nil {
				t.Fatal(err)
			}
			if err := crew.Run(context.Background(), p); err != nil {
				t.Fatalf("pass %d: %v", n, err)
			}
			p.Reduce()
			if err := errors.Join(p.Check(), audit.Audit()); err != nil {
				t.Fatalf("pass %d: %v", n, err)
			}
			a, err := crew.Account()
			if err != nil {
				t.Fatal(err)
			}
			if a.Tasks != int64(p.Len()) || a.Receipt != p.Plan() {
				t.Fatalf("pass %d: account has %d tasks and %+v, planned were %d and %+v", n, a.Tasks, a.Receipt, p.Len(), p.Plan())
			}
		}
		if err := crew.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestCancelledPassesEndAndLeaveNothing cancels each pass before it starts and
// in its midst. A pass so short that it is done first is as good.
func TestCancelledPassesEndAndLeaveNothing(t *testing.T) {
	eachPair(t, func(t *testing.T, m runners.Model, s runners.Setup, job workloads.Job) {
		for _, after := range []time.Duration{0, 2 * time.Millisecond} {
			crew, err := m.Start(s)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), after)
			err = crew.Run(ctx, job.Pass(0))
			if after == 0 && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a pass of a cancelled context ended with %v", err)
			}
			if err != nil && ctx.Err() == nil {
				t.Errorf("the pass failed: %v", err)
			}
			cancel()
			if err := crew.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
	})
}

func TestUnknownFactorsAreUnsupportedWithTheReason(t *testing.T) {
	w := workloads.Counter()
	for _, m := range runners.All() {
		for _, s := range []runners.Setup{{State: "stm"}, {Transport: "pigeon"}, {Host: "moon"}} {
			s.Workload = w
			_, err := m.Start(s)
			if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), m.Name) {
				t.Errorf("%s with %+v: %v", m.Name, s, err)
			}
		}
	}
	_, err := runners.All()[2].Start(runners.Setup{Workload: w, Host: "goroutine"})
	if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "host=process") {
		t.Errorf("transactions under host=goroutine: %v", err)
	}
	for _, host := range []string{"goroutine", "loop"} {
		_, err := runners.All()[2].Start(runners.Setup{Workload: workloads.Fannkuch(), Transport: "ring", Host: host})
		if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "futex") {
			t.Errorf("a ring under host=%s: %v", host, err)
		}
	}
}

// awaitDescriptors waits for the other side of closed connections to close its own.
func awaitDescriptors(t testing.TB, after string, want int) {
	t.Helper()
	for range 500 {
		if descriptors(t) <= want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("after %s %d descriptors are open, %d were before", after, descriptors(t), want)
}

func descriptors(t testing.TB) int {
	d, err := os.ReadDir("/proc/self/fd")
	if os.IsNotExist(err) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return len(d)
}
