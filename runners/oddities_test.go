package runners_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// oddities is a workload whose one task misbehaves as its input says.
func oddities() workloads.Workload {
	return workloads.Workload{
		Name:  "oddities",
		Tasks: []workloads.Task{odd()},
		Knobs: []workloads.Knob{{Name: "what", Max: huge}},
		Prepare: func(p workloads.Params) (workloads.Job, error) {
			ins := make([]int, 20)
			ins[7] = p.Int("what")
			return workloads.Batch[int, int]{
				Task:  odd(),
				Ins:   ins,
				Plan:  workloads.Receipt{Yields: int64(len(ins))},
				Check: func([]int, []int, []int64) error { return nil },
			}, nil
		},
	}
}

const (
	fine = iota
	fails
	panics
	undeclared
	exits
	leaves
	garbles
	huge
)

// oddAnswers are words that the error of the pass must hold.
var oddAnswers = map[int][]string{
	fails:      {"task 7", "as asked"},
	panics:     {"task 7", "panic: on purpose", "oddities_test.go"},
	undeclared: {"task 7", workloads.ErrUndeclared.Error()},
}

// processAnswers are those of what only a process survives.
var processAnswers = map[int][]string{
	exits:   {"worker", "died: exit status 3: last words"},
	leaves:  {"died: exit status 0 in the midst of its work"},
	garbles: {"no known kind"},
	huge:    {"4294967295 bytes"},
}

func odd() *workloads.Func[int, int] {
	return workloads.NewTask("odd", func(fx workloads.Effects, what int) (int, error) {
		if err := fx.Yield(); err != nil {
			return 0, err
		}
		switch what {
		case fails:
			return 0, errors.New("as asked")
		case panics:
			panic("on purpose")
		case undeclared:
			_, err := fx.Atomically("none")
			return 0, err
		case exits:
			fmt.Fprintln(os.Stderr, "last words")
			os.Exit(3)
		case leaves:
			os.Exit(0)
		case garbles:
			return 0, writeToParent("\x10\x00\x00\x00\xee0123456789abcdef")
		case huge:
			return 0, writeToParent("\xfb\xff\xff\xff\x04")
		}
		return what, nil
	})
}

// writeToParent writes to every pipe and socket of this process, one of which
// leads to the parent.
func writeToParent(s string) error {
	for fd := 3; fd < 12; fd++ {
		link, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		if err == nil && (strings.HasPrefix(link, "pipe:") || strings.HasPrefix(link, "socket:")) {
			_, _ = os.NewFile(uintptr(fd), link).WriteString(s) // the reading end refuses
		}
	}
	select {}
}

func runOdd(t *testing.T, m runners.Model, way way, what int) error {
	t.Helper()
	w := oddities()
	job, p := prepare(t, w, workloads.Params{Knobs: map[string]int{"what": what}})
	crew, err := m.Start(runners.Setup{Workload: w, Params: p, Cores: 2, Transport: way.transport, Host: way.host})
	if err != nil {
		t.Fatal(err)
	}
	pass := job.Pass(0)
	err = crew.Run(context.Background(), pass)
	if closed := crew.Close(); closed != nil {
		t.Errorf("%s: close: %v", m.Name, closed)
	}
	if err == nil {
		err = pass.Check()
	}
	return err
}

// A way is how a model reaches its workers.
type way struct{ transport, host string }

// ways are the default, every host, and every transport under every host that
// can wait for it.
func ways(m runners.Model) []way {
	all := []way{{}}
	for _, via := range m.Transports {
		for i, host := range m.Hosts {
			if i == 0 || runners.Polls(via) {
				all = append(all, way{via, host})
			}
		}
	}
	return all
}

func TestFailuresOfTasksNameTheTaskUnderEveryModel(t *testing.T) {
	for _, m := range runners.All() {
		for _, w := range ways(m) {
			holdsWords(t, m, w, oddAnswers)
			if err := runOdd(t, m, w, fine); err != nil {
				t.Errorf("%s %v: %v", m.Name, w, err)
			}
		}
	}
}

func TestDeadAndGarblingWorkersFailThePassWithTheirLastWords(t *testing.T) {
	for _, m := range runners.All() {
		for _, w := range ways(m)[1:] {
			answers := maps.Clone(processAnswers)
			if w.transport == "ring" { // a task has no descriptor to garble; the suite of transports does
				delete(answers, garbles)
				delete(answers, huge)
			}
			holdsWords(t, m, w, answers)
		}
	}
}

func holdsWords(t *testing.T, m runners.Model, w way, answers map[int][]string) {
	t.Helper()
	for what, words := range answers {
		err := runOdd(t, m, w, what)
		for _, word := range words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("%s %v: %v does not mention %q", m.Name, w, err, word)
			}
		}
	}
}
