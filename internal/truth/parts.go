package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// A part is one component of the account with a known amount of it injected:
// what a unit grows by when a setting asks for more steps.
type part struct {
	what, unit string
	base, more string // settings without and with the steps
	models     []string
	cores      int
	steps      int     // that are injected
	times      float64 // how often they are in the unit
}

// The injected steps, and those of the body of a task without them. Across
// CPUs there are more: how long a process had to wait before it is woken makes
// the wake dearer or cheaper, by up to the 50 us that one takes between the
// CPUs of a guest, and that must be small beside what was injected.
const (
	insideSteps = 300
	acrossSteps = 1500
	bodySteps   = 200
)

// single is one task a pass. Worker processes get it with two CPUs, so that
// neither the other process nor a thread of the runtime, which looks about every
// 20 us after a process that waits in the kernel, interrupts what is timed.
const single = "tasks:1"

func partsOfAccount() []part {
	inside, across := []string{"goroutine", "eventloop", "locked"}, []string{"subprocess"}
	one := func(setting string, steps int) string { return fmt.Sprintf("%s:%d,%s", setting, steps, single) }
	const inflate, hold = "inflate:300", "hold:300"
	return []part{
		{"total overhead: bodies longer than the serial loop's", result.OverheadNS, "", inflate, inside, 1, insideSteps, 1},
		{"total overhead: the same", result.OverheadNS, single, one("inflate", acrossSteps), across, 2, acrossSteps, 2},
		{"body: the same", result.BodyNS, "", inflate, inside, 1, insideSteps, 1},
		{"body: the same", result.BodyNS, single, one("inflate", acrossSteps), across, 2, acrossSteps, 1},
		{"encode: steps in encoding the input", result.EncodeNS, single, one("encode", acrossSteps), across, 2, acrossSteps, 1},
		{"total overhead: the same", result.OverheadNS, single, one("encode", acrossSteps), across, 2, acrossSteps, 2},
		{"decode: steps in decoding the input", result.DecodeNS, single, one("decode", acrossSteps), across, 2, acrossSteps, 1},
		{"total overhead: the same", result.OverheadNS, single, one("decode", acrossSteps), across, 2, acrossSteps, 2},
		{"wake and wait: steps in a transaction that another does", result.WakeNS, "", hold, inside[:1], 1, insideSteps, 1},
		{"wake and wait: the same", result.WakeNS, single, one("hold", acrossSteps), across, 2, acrossSteps, 1},
	}
}

// injected is what the steps take, by the serial loop of the same file.
func (r record) injected(p part) float64 {
	return p.times * r.taskNS(p.base) * float64(p.steps) / bodySteps
}

// cells are those that the part is measured by.
func (p part) cells() []result.Cell {
	var cells []result.Cell
	for _, set := range []string{p.base, p.more} {
		cells = append(cells, cell(set, result.Serial, 1))
		for _, m := range p.models {
			cells = append(cells, cell(set, m, p.cores))
		}
	}
	return cells
}

// partTolerance is a share of the injected value: within a CPU two wakes and the
// clock readings around a task, some 11 us beside 400, and half as much again;
// across CPUs two wakes beside 2 ms.
const partTolerance = 0.05

// parts injects each component of the account where nothing runs beside it, so
// that its time is that of the same steps in the serial loop.
func parts(ctx context.Context, l lab) ([]row, error) {
	list := partsOfAccount()
	var cells []result.Cell
	add := func(c result.Cell) {
		if !slices.Contains(cells, c) {
			cells = append(cells, c)
		}
	}
	for _, p := range list {
		for _, c := range p.cells() {
			add(c)
		}
	}
	for _, c := range slices.Concat([]result.Cell{bytesCell, plainCell}, tailCells(), gcCells()) {
		add(c)
	}
	r, err := l.sweep(ctx, l.rounds, l.log, l.possible(cells)...)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, p := range list {
		for _, m := range p.models {
			rows = append(rows, r.part(l, p, m))
		}
	}
	rows = append(rows, r.pageAccount(l)...)
	rows = append(rows, number("bytes across: an input of 4096 bytes more", "subprocess", octets, 4096,
		scaling.Level(r.more(bytesCell, plainCell, result.IPCBytes)), 0))
	rows = append(rows, r.onTwoCores(l)...)
	return append(rows, r.collector(),
		untold("copy and system calls", "subprocess", "what the kernel takes for them no job can set; the bytes across stand for it")), nil
}

// part holds what a unit grows by against the steps that were injected.
func (r record) part(l lab, p part, model string) row {
	base, more := cell(p.base, model, p.cores), cell(p.more, model, p.cores)
	if p.cores > l.cores {
		return untold(p.what, called(more), fmt.Sprintf("needs %d CPUs", p.cores))
	}
	injected := r.injected(p)
	measured := r.steady(r.more(more, base, p.unit), p.base)
	return number(p.what, called(more), nanoseconds, injected, measured, partTolerance*injected)
}

// pageAccount is what the page says of bodies that are longer by known steps:
// so much inflation, and nothing left unattributed.
func (r record) pageAccount(l lab) []row {
	var rows []row
	for _, p := range partsOfAccount() {
		if p.unit != result.BodyNS || p.cores > l.cores {
			continue
		}
		injected := r.injected(p)
		fields := r.page.rows("account", fmt.Sprintf("%s (%s)", workName, p.more))
		for i, m := range p.models {
			c := cell(p.more, m, p.cores)
			if i >= len(fields) { // no number is a verdict too
				fields = append(fields, nil)
			}
			inCores := r.level(c, result.TaskRate).Value / 1e9 / float64(p.cores)
			rows = append(rows,
				number("body inflation on the page", called(c), nanoseconds, injected, fields[i]["Body inflation"].estimate(), partTolerance*injected),
				number("unattributed on the page, of the cores' time", called(c), percent, 0, fields[i]["Unattributed"].estimate().Scale(inCores), unattributedShare))
		}
	}
	return rows
}

// unattributedShare is the most of the cores' time that an account may leave
// unexplained.
const unattributedShare = 0.1

// Cells of one worker process, with and without so many bytes.
var (
	bytesCell = cell("bytes:4096", "subprocess", 1)
	plainCell = cell("", "subprocess", 1)
)

// tailSet ends every pass with a task of 20 bodies.
const (
	tailSet    = "tail:20"
	tailBodies = 20
)

func tailCells() []result.Cell {
	return []result.Cell{
		cell(tailSet, result.Serial, 1), cell(tailSet, "goroutine", 2), cell(tailSet, "subprocess", 2), cell(tailSet, "locked", 2),
		cell("", "eventloop", 2), cell(yieldSet, result.Serial, 1), cell(yieldSet, "eventloop", 2),
	}
}

// yieldSet has every body give way halfway. On two cores a loop has two tasks
// at a time, so that one runs within the other's body.
const yieldSet = "yield:1"

// tailTolerance is a share of the injected value: the last task begins when the
// first worker is free, and the other may take another body's part of 20.
const tailTolerance = 0.05

// onTwoCores holds the idle time at the end against what a long last task
// leaves to the other of two workers, and what a loop leaves to a second core;
// and a body against its own time while another runs within it.
func (r record) onTwoCores(l lab) []row {
	const (
		tail   = "idle tail: one long task at the end"
		second = "idle tail: the core that a loop cannot use"
		yield  = "body: that of another task runs within it"
	)
	if l.cores < 2 {
		return []row{untold(tail, "", "needs 2 CPUs"), untold(second, "eventloop", "needs 2 CPUs"), untold(yield, "eventloop", "needs 2 CPUs")}
	}
	n := r.tasks(cell(tailSet, result.Serial, 1))
	injected := r.taskNS(tailSet) * tailBodies / (n - 1 + tailBodies)
	var rows []row
	for _, m := range []string{"goroutine", "subprocess", "locked"} {
		rows = append(rows, number(tail, m+", 2 cores", nanoseconds, injected, r.steady(r.column(cell(tailSet, m, 2), result.IdleNS), tailSet), tailTolerance*injected))
	}
	loop, yielding := cell("", "eventloop", 2), cell(yieldSet, "eventloop", 2)
	return append(rows,
		number(second, called(loop), nanoseconds, r.taskNS(""), r.steady(r.column(loop, result.IdleNS), ""), partTolerance*r.taskNS("")),
		number(yield, called(yielding), nanoseconds, r.taskNS(yieldSet), r.steady(r.column(yielding, result.BodyNS), yieldSet), partTolerance*r.taskNS(yieldSet)))
}

// gcSet is tasks that each ask for one collection.
const gcSet = "collect:1,tasks:4"

func gcCells() []result.Cell {
	return []result.Cell{cell("tasks:4", result.Serial, 1), cell(gcSet, result.Serial, 1)}
}

// gcTolerance is a share of the injected value: sweeping, which the runtime
// does not count as collecting, and the stop of the world.
const gcTolerance = 0.1

// collector holds the CPU time of the collector against what a task that asks
// for a collection waits for it, on a single CPU, on which nothing else runs.
func (r record) collector() row {
	with, without := cell(gcSet, result.Serial, 1), cell("tasks:4", result.Serial, 1)
	injected := scaling.Level(r.more(with, without, result.BodyNS)).Value * r.tasks(with)
	measured := scaling.Level(r.more(with, without, result.GCNS))
	return number("collector: the wait for collections, a pass", result.Serial, nanoseconds, injected, measured, gcTolerance*injected)
}

// called is a cell's model with what is not its default.
func called(c result.Cell) string {
	s := []string{c.Model}
	if c.State != "" {
		s = append(s, "state="+c.State)
	}
	if c.Cores == 1 {
		return strings.Join(s, " ") + ", 1 core"
	}
	return fmt.Sprintf("%s, %d cores", strings.Join(s, " "), c.Cores)
}
