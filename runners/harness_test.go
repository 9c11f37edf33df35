package runners_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// number is a value that crosses a process boundary as 8 bytes.
type number uint64

func (n number) AppendBinary(b []byte) ([]byte, error) {
	return binary.LittleEndian.AppendUint64(b, uint64(n)), nil
}

func (n *number) UnmarshalBinary(b []byte) error {
	*n = number(binary.LittleEndian.Uint64(b))
	return nil
}

// spins is a workload whose task does a number of steps and nothing else.
func spins() workloads.Workload {
	return workloads.Workload{Name: "spins", Tasks: []workloads.Task{spinTask()}}
}

func spinTask() *workloads.Func[number, number] {
	return workloads.NewTask("spin", func(_ workloads.Effects, in number) (number, error) { return spin(in), nil })
}

// spin does in steps of xorshift.
//
//go:noinline
func spin(in number) number {
	x := uint64(in) | 1<<63
	for range in {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return number(x)
}

// A contender runs all inputs once and stores the results.
type contender func(ins, outs []number)

// harnessCases pair each model with the least that its own mechanism takes,
// written by hand: no effects, no receipts, no cancellation, no errors.
var harnessCases = []struct {
	name    string
	model   string
	cores   int
	tasks   int
	steps   number // 6 are about 10 ns
	minimum func(b *testing.B, cores int) contender
}{
	{"null/goroutine", "goroutine", 1, 20000, 0, channelPair},
	{"null/goroutine", "goroutine", 2, 20000, 0, channelPair},
	{"null/locked", "locked", 1, 20000, 0, mutexQueue},
	{"null/locked", "locked", 2, 20000, 0, mutexQueue},
	{"null/eventloop", "eventloop", 1, 20000, 0, coroutineSwitch},
	{"null/subprocess", "subprocess", 1, 2000, 0, pipeRoundTrip},
	{"10us/goroutine", "goroutine", 1, 1000, 6000, channelPair},
	{"10us/goroutine", "goroutine", 2, 1000, 6000, channelPair},
	{"100us/goroutine", "goroutine", 1, 200, 60000, channelPair},
	{"100us/goroutine", "goroutine", 2, 200, 60000, channelPair},
}

// harnessPairs is how often a model and its minimum take turns.
const harnessPairs = 60

// BenchmarkHarness prints what the harness itself costs: the time of a model's
// pass over that of the minimum, measured in turns, with the 95% interval of
// the ratio. Read it with "make bench-harness"; nothing here can fail a build.
func BenchmarkHarness(b *testing.B) {
	for _, c := range harnessCases {
		b.Run(fmt.Sprintf("%s/cores=%d", c.name, c.cores), func(b *testing.B) {
			defer confine(b, c.cores)()
			ins, outs := make([]number, c.tasks), make([]number, c.tasks)
			for i := range ins {
				ins[i] = c.steps
			}
			ours := harnessCrew(b, c.model, c.cores, ins)
			theirs := c.minimum(b, c.cores)
			var crew, hand []float64
			for n := range harnessPairs + 5 {
				a, z := ours(), timed(func() { theirs(ins, outs) })
				if n >= 5 { // the first ones warm up
					crew, hand = append(crew, a), append(hand, z)
				}
			}
			if want := spin(c.steps); outs[0] != want || outs[c.tasks-1] != want {
				b.Fatalf("the minimum answers %d instead of %d", outs[0], want)
			}
			ratio, level := scaling.Ratio(crew, hand), scaling.Level(hand)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(ratio.Value, "ratio")
			b.ReportMetric(ratio.Low, "ratio-low")
			b.ReportMetric(ratio.High, "ratio-high")
			b.ReportMetric(level.Value/float64(c.tasks), "hand-ns/task")
		})
	}
}

// confine binds this process to a number of CPUs until it is undone.
func confine(b *testing.B, cores int) (undo func()) {
	all, err := proc.Allowed()
	if err != nil {
		b.Fatal(err)
	}
	if len(all) < cores {
		b.Skipf("skipped: no %d CPUs", cores)
	}
	if proc.CanPin {
		if err := proc.Bind(os.Getpid(), all[:cores]); err != nil {
			b.Fatal(err)
		}
	}
	before := runtime.GOMAXPROCS(cores)
	return func() {
		runtime.GOMAXPROCS(before)
		if proc.CanPin {
			if err := proc.Bind(os.Getpid(), all); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func timed(f func()) float64 {
	start := time.Now()
	f()
	return float64(time.Since(start))
}

// harnessCrew starts a crew; each call makes a pass ready, times it, and
// checks it after the clock.
func harnessCrew(b *testing.B, model string, cores int, ins []number) func() float64 {
	var m runners.Model
	for _, m = range runners.All() {
		if m.Name == model {
			break
		}
	}
	crew, err := m.Start(runners.Setup{Workload: spins(), Cores: cores, Clocks: ins[0] > 0})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := crew.Close(); err != nil {
			b.Error(err)
		}
	})
	want := spin(ins[0])
	job := workloads.Batch[number, number]{Task: spinTask(), Ins: ins, Check: func(_, outs []number, _ []int64) error {
		for _, out := range outs {
			if out != want {
				return fmt.Errorf("%d instead of %d", out, want)
			}
		}
		return nil
	}}
	return func() float64 {
		p := job.Pass(0)
		var err error
		took := timed(func() { err = crew.Run(context.Background(), p) })
		if err == nil {
			err = p.Check()
		}
		if err != nil {
			b.Fatal(err)
		}
		return took
	}
}

// channelPair is N goroutines between two channels, as the goroutine model has them.
func channelPair(b *testing.B, cores int) contender {
	var ins, outs []number
	in, out, feed := make(chan int), make(chan int, cores), make(chan int)
	for range cores {
		go func() {
			for id := range in {
				outs[id] = spin(ins[id])
				out <- id
			}
		}()
	}
	go func() {
		for n := range feed {
			for id := range n {
				in <- id
			}
		}
		close(in)
	}()
	b.Cleanup(func() { close(feed) })
	return func(i, o []number) {
		ins, outs = i, o
		feed <- len(ins)
		for range ins {
			<-out
		}
	}
}

// mutexQueue is N goroutines that take the next task, and report the last,
// under one mutex.
func mutexQueue(b *testing.B, cores int) contender {
	var mu sync.Mutex
	work, done := sync.NewCond(&mu), sync.NewCond(&mu)
	var ins, outs []number
	next, left, closed := 0, 0, false
	for range cores {
		go func() {
			mu.Lock()
			defer mu.Unlock()
			for {
				for !closed && next == len(ins) {
					work.Wait()
				}
				if closed {
					return
				}
				id := next
				next++
				mu.Unlock()
				outs[id] = spin(ins[id])
				mu.Lock()
				if left--; left == 0 {
					done.Signal()
				}
			}
		}()
	}
	b.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		closed = true
		work.Broadcast()
	})
	return func(i, o []number) {
		mu.Lock()
		defer mu.Unlock()
		ins, outs, next, left = i, o, 0, len(i)
		work.Broadcast()
		for left > 0 {
			done.Wait()
		}
	}
}

// coroutineSwitch is one coroutine that is resumed once for every task.
func coroutineSwitch(b *testing.B, _ int) contender {
	return func(ins, outs []number) {
		id := 0
		resume, stop := iter.Pull(func(yield func(struct{}) bool) {
			for {
				outs[id] = spin(ins[id])
				if !yield(struct{}{}) {
					return
				}
			}
		})
		for id = range ins {
			resume()
		}
		stop()
	}
}

// frameBytes is the size of a run or done frame with one number in it.
const frameBytes = 5 + 8 + 8

// pipeRoundTrip is a blocking write and a blocking read of as many bytes as
// the subprocess model moves, to and from a child that does the same.
func pipeRoundTrip(b *testing.B, _ int) contender {
	childIn, w, err := proc.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	r, childOut, err := proc.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	cmd, err := proc.Self("answer", nil)
	if err != nil {
		b.Fatal(err)
	}
	cmd.Env = append(cmd.Env, "GOMAXPROCS=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = childIn.OS("in"), childOut.OS("out"), os.Stderr
	if err := proc.Start(cmd, nil); err != nil {
		b.Fatal(err)
	}
	closeFiles(b, cmd)
	b.Cleanup(func() {
		w.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
		r.Close()
	})
	message := make([]byte, frameBytes)
	return func(ins, outs []number) {
		for id, in := range ins {
			binary.LittleEndian.PutUint64(message, uint64(in))
			if _, err := w.Write(message); err != nil {
				b.Fatal(err)
			}
			if _, err := r.Read(message); err != nil {
				b.Fatal(err)
			}
			outs[id] = number(binary.LittleEndian.Uint64(message))
		}
	}
}

func closeFiles(b *testing.B, cmd *exec.Cmd) {
	for _, f := range []any{cmd.Stdin, cmd.Stdout} {
		if err := f.(io.Closer).Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// answerNumbers is the child of pipeRoundTrip.
func answerNumbers() error {
	runtime.LockOSThread()
	r, w, err := proc.Stdio()
	if err != nil {
		return err
	}
	message := make([]byte, frameBytes)
	for {
		if _, err := r.Read(message); err != nil {
			return nil // the parent has gone
		}
		in := number(binary.LittleEndian.Uint64(message))
		binary.LittleEndian.PutUint64(message, uint64(spin(in)))
		if _, err := w.Write(message); err != nil {
			return err
		}
	}
}
