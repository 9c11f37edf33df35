package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/nonrev/nonrev/internal/sweep"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// mine are workloads that a person adds: one that is right and two that are not.
func mine() []workloads.Workload {
	return []workloads.Workload{
		numbers("squares", func(n int) (int, error) { return n * n, nil }),
		numbers("broken", func(n int) (int, error) { return n, nil }),
		numbers("unlucky", func(int) (int, error) { panic("thirteen") }),
	}
}

// numbers is a workload of one's own: it squares numbers with f.
func numbers(name string, f func(int) (int, error)) workloads.Workload {
	task := workloads.NewTask(name, func(_ workloads.Effects, in int) (int, error) { return f(in) })
	job := workloads.Batch[int, int]{
		Task: task, Ins: []int{2, 3, 5, 7},
		Check: func(ins, outs []int, _ []int64) error {
			for i, n := range ins {
				if outs[i] != n*n {
					return fmt.Errorf("%d squared is not %d", n, outs[i])
				}
			}
			return nil
		},
	}
	return workloads.Workload{
		Name: name, Doc: "Squares numbers.", Tasks: []workloads.Task{task},
		Prepare: func(workloads.Params) (workloads.Job, error) { return job, nil },
	}
}

// The test binary stands for the program, and its copies play the parts of
// cells, helpers and workers.
func TestMain(m *testing.M) {
	sweep.Child(sweep.Catalogue{Workloads: slices.Concat(workloads.All(), mine(), nasty()), Models: runners.All()})
	testscript.Main(m, map[string]func(){
		"nonrev": func() { Main() },
		"mine":   func() { Main(mine()...) },
		"nasty":  func() { Main(nasty()...) },
		"twice":  func() { Main(workloads.Fannkuch()) },
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "atexit_sleep_ms=10") // under -race every child would sleep a second before it ends
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"waitfor": waitFor, "once": once, "doctor": doctor, "status": status},
	})
}

// waitFor waits until a file holds a match of a pattern.
func waitFor(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile(args[0])
	for range 600 {
		raw, err := os.ReadFile(ts.MkAbs(args[1]))
		if err == nil && pattern.Match(raw) {
			return
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			ts.Fatalf("%v", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	ts.Fatalf("%s never held %s", args[1], args[0])
}

// status checks with which status a command exits; what it prints is there for
// stdout and stderr.
func status(ts *testscript.TestScript, _ bool, args []string) {
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("%v: status %d, want %s", args[1:], got, args[0])
	}
}

// once checks that a file holds so many lines that match, and no line twice.
func once(ts *testscript.TestScript, _ bool, args []string) {
	pattern, seen := regexp.MustCompile(args[0]), map[string]bool{}
	for _, l := range bytes.Split([]byte(ts.ReadFile(args[1])), []byte("\n")) {
		if !pattern.Match(l) {
			continue
		}
		if seen[string(l)] {
			ts.Fatalf("%s holds twice: %s", args[1], l)
		}
		seen[string(l)] = true
	}
	if fmt.Sprint(len(seen)) != args[2] {
		ts.Fatalf("%s holds %d lines that match %s, want %s", args[1], len(seen), args[0], args[2])
	}
}
