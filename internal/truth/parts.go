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
// what a unit grows by when a setting asks for so many steps more.
type part struct {
	what, unit string
	set        string
	steps      int
	models     []string
}

// The injected steps, and those of the body of a task without them. The injected
// are so many that two switches between processes, of some 5 us each, are little
// beside them.
const (
	extraSteps = 300
	bodySteps  = 200
)

func partsOfAccount() []part {
	all := []string{"goroutine", "subprocess", "eventloop", "locked"}
	return []part{
		{"total overhead: bodies longer than the serial loop's", result.OverheadNS, "inflate:300", extraSteps, all},
		{"body: the same", result.BodyNS, "inflate:300", extraSteps, all},
		{"encode: steps in encoding the input", result.EncodeNS, "encode:300", extraSteps, all[1:2]},
		{"total overhead: the same", result.OverheadNS, "encode:300", extraSteps, all[1:2]},
		{"decode: steps in decoding the input", result.DecodeNS, "decode:300", extraSteps, all[1:2]},
		{"total overhead: the same", result.OverheadNS, "decode:300", extraSteps, all[1:2]},
		{"wake and wait: steps in a transaction that another does", result.WakeNS, "hold:300", extraSteps, all[:2]},
	}
}

// partTolerance is a share of the injected value: two switches between
// processes and the clock readings around a task, some 11 us beside 300 and
// more, and half as much again.
const partTolerance = 0.05

// parts injects each component of the account. On one core nothing runs beside
// it, so that its time is that of the same steps in the serial loop.
func parts(ctx context.Context, l lab) ([]row, error) {
	list := partsOfAccount()
	var cells []result.Cell
	add := func(c result.Cell) {
		if !slices.Contains(cells, c) {
			cells = append(cells, c)
		}
	}
	for _, p := range list {
		for _, set := range []string{"", p.set} {
			add(cell(set, result.Serial, 1))
			for _, m := range p.models {
				add(cell(set, m, 1))
			}
		}
	}
	for _, c := range slices.Concat([]result.Cell{bytesCell}, tailCells(), gcCells()) {
		add(c)
	}
	r, err := l.sweep(ctx, l.rounds, l.log, l.possible(cells)...)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, p := range list {
		for _, m := range p.models {
			injected := r.taskNS("") * float64(p.steps) / bodySteps
			measured := r.steady(r.more(cell(p.set, m, 1), cell("", m, 1), p.unit), "")
			rows = append(rows, number(p.what, m, nanoseconds, injected, measured, partTolerance*injected))
		}
	}
	rows = append(rows, r.pageAccount(partsOfAccount()[0])...)
	rows = append(rows, number("bytes across: an input of 4096 bytes more", "subprocess", octets, 4096,
		scaling.Level(r.more(bytesCell, cell("", "subprocess", 1), result.IPCBytes)), 0))
	rows = append(rows, r.onTwoCores(l)...)
	return append(rows, r.collector(),
		untold("copy and system calls", "subprocess", "what the kernel takes for them no job can set; the bytes across stand for it")), nil
}

// pageAccount is what the page says of bodies that are longer by known steps:
// so much inflation, and nothing left unattributed.
func (r record) pageAccount(p part) []row {
	var rows []row
	injected := r.taskNS("") * float64(p.steps) / bodySteps
	fields := r.page.rows("account", fmt.Sprintf("%s (%s)", workName, p.set))
	for i, m := range p.models {
		if i >= len(fields) { // no number is a verdict too
			fields = append(fields, nil)
		}
		wall := 1e9 / r.level(cell(p.set, m, 1), result.TaskRate).Value
		rows = append(rows,
			number("body inflation on the page", m, nanoseconds, injected, fields[i]["Body inflation"].estimate(), partTolerance*injected),
			number("unattributed on the page, of the time", m, percent, 0, fields[i]["Unattributed"].estimate().Scale(1/wall), unattributedShare))
	}
	return rows
}

// unattributedShare is the most of the cores' time that an account may leave
// unexplained.
const unattributedShare = 0.1

var bytesCell = cell("bytes:4096", "subprocess", 1)

// tailSet ends every pass with a task of 20 bodies.
const (
	tailSet    = "tail:20"
	tailBodies = 20
)

func tailCells() []result.Cell {
	return []result.Cell{
		cell(tailSet, result.Serial, 1), cell(tailSet, "goroutine", 2), cell(tailSet, "subprocess", 2), cell(tailSet, "locked", 2),
		cell("", "eventloop", 2),
	}
}

// tailTolerance is a share of the injected value: the last task begins when the
// first worker is free, and the other may take another body's part of 20.
const tailTolerance = 0.05

// onTwoCores holds the idle time at the end against what a long last task
// leaves to the other of two workers, and what a loop leaves to a second core.
func (r record) onTwoCores(l lab) []row {
	const tail, second = "idle tail: one long task at the end", "idle tail: the core that a loop cannot use"
	if l.cores < 2 {
		return []row{untold(tail, "", "needs 2 CPUs"), untold(second, "eventloop", "needs 2 CPUs")}
	}
	n := r.tasks(cell(tailSet, result.Serial, 1))
	injected := r.taskNS(tailSet) * tailBodies / (n - 1 + tailBodies)
	var rows []row
	for _, m := range []string{"goroutine", "subprocess", "locked"} {
		rows = append(rows, number(tail, m+", 2 cores", nanoseconds, injected, r.steady(r.column(cell(tailSet, m, 2), result.IdleNS), tailSet), tailTolerance*injected))
	}
	loop := cell("", "eventloop", 2)
	return append(rows, number(second, called(loop), nanoseconds, r.taskNS(""), r.steady(r.column(loop, result.IdleNS), ""), partTolerance*r.taskNS("")))
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
	return fmt.Sprintf("%s, %d cores", strings.Join(s, " "), c.Cores)
}
