package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// A cheat is a job that does not do what it says.
type cheat struct {
	name, what string
	task       *workloads.Func[cheatIn, uint64]
	bend       func(workloads.Pass) workloads.Pass // nil when the task itself is bent
}

// honest is the job that does not cheat, which must not be suspected.
const honest = "honest"

func cheats() []cheat {
	return []cheat{
		{honest, "none: does all that it says", cheatTask(honest, nil), nil},
		{"skips", "skips a task", cheatTask("skips", nil), func(p workloads.Pass) workloads.Pass { return skipping{p} }},
		{"doubles", "runs a task twice", cheatTask("doubles", nil), func(p workloads.Pass) workloads.Pass { return doubling{p} }},
		{"remembers", "returns the answer of an earlier pass", cheatTask("remembers", new(sync.Map)), nil},
		{"drops", "drops an effect", cheatTask("drops", nil), nil},
	}
}

// cheatIn is a number to be returned. A task updates the shared cell unless
// Drop says otherwise.
type cheatIn struct {
	Stamp uint64
	ID    int
	Drop  bool
}

// cheatTask returns the stamp of its input or, with a memory, the first that a
// task of this number had in this process.
func cheatTask(name string, memory *sync.Map) *workloads.Func[cheatIn, uint64] {
	return workloads.NewTask(name, func(fx workloads.Effects, in cheatIn) (uint64, error) {
		if !in.Drop {
			if _, err := fx.Atomically("hold", 0); err != nil {
				return 0, err
			}
		}
		if memory == nil {
			return in.Stamp, nil
		}
		first, _ := memory.LoadOrStore(in.ID, in.Stamp)
		return first.(uint64), nil
	})
}

// cheatTasks is how many tasks make a pass; that of number badTask is bent.
const cheatTasks, badTask = 16, 7

func (c cheat) workload() workloads.Workload {
	return workloads.Workload{
		Name: c.name, Doc: "A job that " + c.what + ".", Needs: []workloads.Effect{workloads.Cells},
		Tasks: []workloads.Task{c.task}, Transactions: []workloads.Transaction{holdTransaction()},
		Prepare: func(workloads.Params) (workloads.Job, error) {
			ins := make([]cheatIn, cheatTasks)
			for i := range ins {
				ins[i] = cheatIn{ID: i, Drop: c.name == "drops" && i == badTask}
			}
			b := workloads.Batch[cheatIn, uint64]{
				Task: c.task, Ins: ins, NumCells: 1, Check: checkCheat,
				Stamp: func(in *cheatIn, stamp uint64) { in.Stamp = stamp },
				Plan:  workloads.Receipt{Transactions: cheatTasks},
			}
			if c.bend == nil {
				return b, nil
			}
			return bentJob{b, c.bend}, nil
		},
	}
}

// checkCheat knows nothing of the cells, so that a missing effect is for the
// receipt to tell.
func checkCheat(ins []cheatIn, outs []uint64, _ []int64) error {
	for i, in := range ins {
		if outs[i] != in.Stamp {
			return fmt.Errorf("task %d answered %x instead of %x", i, outs[i], in.Stamp)
		}
	}
	return nil
}

type bentJob struct {
	workloads.Job
	bend func(workloads.Pass) workloads.Pass
}

func (j bentJob) Pass(n int) workloads.Pass { return j.bend(j.Job.Pass(n)) }

// skipping leaves one task out, or the result that its worker brought.
type skipping struct{ workloads.Pass }

func (p skipping) Run(fx workloads.Effects, id int) error {
	if id == badTask {
		return nil
	}
	return p.Pass.Run(fx, id)
}

func (p skipping) SetOut(c *workloads.Codec, id int, b []byte) error {
	if id == badTask {
		return nil
	}
	return p.Pass.SetOut(c, id, b)
}

// doubling runs one task twice, or takes its result twice.
type doubling struct{ workloads.Pass }

func (p doubling) Run(fx workloads.Effects, id int) error {
	if err := p.Pass.Run(fx, id); err != nil || id != badTask {
		return err
	}
	return p.Pass.Run(fx, id)
}

func (p doubling) SetOut(c *workloads.Codec, id int, b []byte) error {
	if err := p.Pass.SetOut(c, id, b); err != nil || id != badTask {
		return err
	}
	return p.Pass.SetOut(c, id, b)
}

// cheatRounds is how often each is tried.
const cheatRounds = 2

// cheating runs every cheat under every model: each must end as a wrong answer
// and give no number, in the file and on the page.
func cheating(ctx context.Context, l lab) ([]row, error) {
	var cells []result.Cell
	for _, c := range cheats() {
		for _, m := range runners.All() {
			cells = append(cells, result.Cell{Workload: c.name, Model: m.Name, Cores: 1, Codec: codecOf(m)})
		}
	}
	r, err := l.sweep(ctx, cheatRounds, l.log, cells...)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, c := range cells {
		rows = append(rows, r.caught(c))
	}
	return rows, nil
}

// codecOf is how these tasks' values leave a process: they do not say how.
func codecOf(m runners.Model) string {
	if len(m.Transports) > 0 {
		return "gob"
	}
	return ""
}

// caught tells what became of a cell of a cheat, in the file and on the page.
func (r record) caught(c result.Cell) row {
	inFile := slices.ContainsFunc(r.Samples, func(s result.Sample) bool { return s.Cell == c && s.Void == "" })
	onPage := r.onPage(c.Workload)
	kind, text := "", "a number"
	for _, f := range r.Failures {
		if f.Cell == c {
			kind, text = f.Kind, f.Kind+": "+short(f.Text)
		}
	}
	i := slices.IndexFunc(cheats(), func(x cheat) bool { return x.name == c.Workload })
	what := "cheat: " + cheats()[i].what
	if c.Workload == honest {
		return fact(what, c.Model, "a number", text, kind == "" && inFile && onPage)
	}
	return fact(what, c.Model, "a wrong answer, no number", text, kind == result.WrongAnswer && !inFile && !onPage)
}

// onPage tells whether the page has any number of a work's speed-up.
func (r record) onPage(work string) bool {
	for _, fields := range r.page.rows("speed-up", work) {
		if fields["Speed-up"].Number != nil || fields["Efficiency"].Number != nil {
			return true
		}
	}
	return false
}

// short is the beginning of a text.
func short(s string) string {
	const limit = 40
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "..."
}
