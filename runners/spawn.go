package runners

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
)

// Spawned is what it costs to start something that does nothing but say that
// it has run. All but Warm and Ran leaves out the warm-up.
type Spawned struct {
	N, Warm  int           // starts, and those of the warm-up
	PerSpawn float64       // ns of wall time from before a start until it is known to have run, a process to have ended
	CPU      float64       // ns of CPU a start, of this process and of what it has started
	Ran      time.Duration // wall time of all starts, warm-up included
}

// A spawner starts one kind of thing. Opening it makes ready what takes long,
// outside the clock.
type spawner struct {
	name string
	open func(context.Context) (s start, remove func() error, err error)
}

// A start returns when what it has started is known to have run, and for a
// process to have ended, with the CPU time that was used outside this process.
type start func(context.Context) (time.Duration, error)

func spawners() []spawner {
	return []spawner{
		{"goroutine", withinProcess(func(f func()) { go f() })},
		{"thread", withinProcess(startThread)},
		{"self", copies("hello")},
		{"go", built(buildGo)},
		{"c", built(buildNothing)},
	}
}

// Spawns lists what Spawn can start: a goroutine; an OS thread that ends;
// self, this binary, until it has said hello and ended; go and c, programs that
// do nothing, built here, the latter without shared libraries where it can be.
func Spawns() []string {
	var names []string
	for _, s := range spawners() {
		names = append(names, s.name)
	}
	return names
}

// Spawn starts one after the other for the time of the warm-up, then for the
// duration, each at least once. The error wraps errors.ErrUnsupported, with the
// reason, when there is no compiler for what is to be started.
func Spawn(ctx context.Context, what string, warmUp, duration time.Duration) (s Spawned, err error) {
	for _, kind := range spawners() {
		if kind.name != what {
			continue
		}
		begin, remove, err := kind.open(ctx)
		if err != nil {
			return s, err
		}
		s, err = spawn(ctx, begin, warmUp, duration)
		if err = errors.Join(err, remove()); err != nil {
			return Spawned{}, fmt.Errorf("start %s: %w", what, err)
		}
		return s, nil
	}
	return s, fmt.Errorf("nothing called %q can be started (but %v)", what, Spawns())
}

func spawn(ctx context.Context, begin start, warmUp, duration time.Duration) (Spawned, error) {
	warm, err := repeat(ctx, begin, warmUp)
	if err != nil {
		return Spawned{}, err
	}
	all, err := repeat(ctx, begin, duration)
	n := float64(all.n)
	return Spawned{all.n, warm.n, float64(all.took) / n, float64(all.cpu) / n, time.Duration(warm.took + all.took)}, err
}

// starts are how often something was started, and the wall and CPU time in ns.
type starts struct {
	n         int
	took, cpu int64
}

// repeat goes on for a time, with a look at the clock once in a while.
func repeat(ctx context.Context, begin start, d time.Duration) (s starts, err error) {
	before, err := proc.Used()
	if err != nil {
		return s, err
	}
	began := clock()
	for w := newWatch(ctx, began, d); !w.over(); s.n++ {
		outside, err := begin(ctx)
		if err != nil {
			return s, err
		}
		s.cpu += int64(outside)
	}
	s.took = clock() - began
	after, err := proc.Used()
	s.cpu += int64(after.CPU - before.CPU)
	return s, errors.Join(err, ctx.Err())
}

// withinProcess starts functions of this process: what runs must be the one
// that was started last.
func withinProcess(spawn func(func())) func(context.Context) (start, func() error, error) {
	return func(context.Context) (start, func() error, error) {
		n, ran := 0, make(chan int)
		return func(context.Context) (time.Duration, error) {
			n++
			number := n
			spawn(func() { ran <- number })
			if got := <-ran; got != number {
				return 0, fmt.Errorf("number %d ran when number %d was started", got, number)
			}
			return 0, nil
		}, nothing, nil
	}
}

func nothing() error { return nil }

// startThread runs f on a thread that is used for nothing else afterwards: a
// goroutine that ends while it is locked to its thread takes it along.
func startThread(f func()) {
	go func() {
		runtime.LockOSThread()
		f()
	}()
}

// hello is what a copy of this program says.
const hello = "h"

// Hello is the part of a copy of this program that Spawn starts.
func Hello() error {
	_, err := os.Stdout.WriteString(hello)
	return err
}

// copies starts copies of this program to play a part, as the workers of a crew are.
func copies(part string) func(context.Context) (start, func() error, error) {
	return func(context.Context) (start, func() error, error) {
		return func(ctx context.Context) (time.Duration, error) {
			cmd, err := proc.Self(part, nil)
			if err != nil {
				return 0, err
			}
			cmd.Env = append(cmd.Env, "GOMAXPROCS=1")
			var said bytes.Buffer
			cmd.Stdout, cmd.Stderr = &said, os.Stderr
			used, err := runToEnd(ctx, cmd)
			if err == nil && said.String() != hello {
				err = fmt.Errorf("a copy of this program said %q instead of %q", said.String(), hello)
			}
			return used, err
		}, nothing, nil
	}
}

// runToEnd starts a program as all are started here and wants it to end well.
// It returns the CPU time of the program and of what that has waited for.
func runToEnd(ctx context.Context, cmd *exec.Cmd) (time.Duration, error) {
	if err := proc.Start(cmd, nil); err != nil {
		return 0, err
	}
	spare := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() }) // it may have ended by itself
	defer spare()
	if err := cmp.Or(cmd.Wait(), ctx.Err()); err != nil {
		return 0, cmp.Or(ctx.Err(), err)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}
