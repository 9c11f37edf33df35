package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/workloads"
)

// workName is the workload of known cost.
const workName = "known"

// cell is that workload with settings, under a model on so many cores.
func cell(set, model string, cores int) result.Cell {
	return result.Cell{Workload: workName, Set: set, Model: model, Cores: cores}
}

// A step is fixed work, about a microsecond. What a number of steps takes is
// read off the serial cell of the same file, never off a clock beforehand.
const step = 700

// spin does so many steps in four chains that do not depend on each other, as
// the probe of the machine's ceiling does: both meet the same limits when
// another thread has a part of the same core. No step can be left out.
//
//go:noinline
func spin(x uint64, steps int) uint64 {
	a, b, c, d := x, x+1, x+2, x+3
	for range steps * step {
		a = a*6364136223846793005 + 1442695040888963407
		b = b*6364136223846793005 + 1442695040888963407
		c = c*6364136223846793005 + 1442695040888963407
		d = d*6364136223846793005 + 1442695040888963407
	}
	return a ^ b ^ c ^ d
}

// alone tells that this process is the cell of the serial loop. A workload must
// not know under which model it runs; a fault that only the other models are to
// have must. When this is wrong, the cases that inject it are off.
var alone = strings.Contains(os.Getenv("NONREV_ENTRY"), `"Model":"serial"`)

// work is a workload each of whose costs is known, in steps.
func work() workloads.Workload {
	const most = 1_000_000
	return workloads.Workload{
		Name: workName, Doc: "spins for known numbers of steps, wherever a cost is to be injected",
		Needs:        []workloads.Effect{workloads.Cells},
		Tasks:        []workloads.Task{workTask()},
		Transactions: []workloads.Transaction{holdTransaction()},
		Knobs: []workloads.Knob{
			{Name: "tasks", Doc: "tasks of a pass; more than the cores are rounded up to a multiple of them", Default: 48, Min: 1, Max: most},
			{Name: "body", Doc: "steps of a task's body", Default: 200, Min: 1, Max: most},
			{Name: "inflate", Doc: "steps that the body takes more unless it is the serial loop's", Max: most},
			{Name: "deflate", Doc: "steps that the body takes more in the serial loop alone", Max: most},
			{Name: "encode", Doc: "steps of the encoding of an input", Max: most},
			{Name: "decode", Doc: "steps of its decoding", Max: most},
			{Name: "bytes", Doc: "bytes that an input carries", Max: most},
			{Name: "hold", Doc: "steps inside a transaction over the one shared cell", Max: most},
			{Name: "tail", Doc: "bodies that one more task does, the last", Max: most},
			{Name: "serial", Doc: "percent of all steps that are left for after the last task", Max: 99},
			{Name: "yield", Doc: "times that the body gives way, evenly among its steps", Max: most},
			{Name: "collect", Doc: "collections that the body asks for", Max: most},
		},
		Ceiling: "spin",
		Prepare: prepareWork,
	}
}

type workIn struct {
	Stamp            uint64
	Spun             uint64 // what encoding and decoding come to
	Body, Hold       int
	Yields, Collects int
	Encode, Decode   int
	Pad              []byte
}

type workOut struct{ Stamp, Spun uint64 }

func holdTransaction() workloads.Transaction {
	return workloads.Transaction{
		Name: "hold",
		Keys: func(keys []int, _ []int64) []int { return append(keys, 0) },
		Body: func(c []int64, args []int64) int64 {
			c[0]++
			return int64(spin(uint64(c[0]), int(args[0])))
		},
	}
}

func workTask() *workloads.Func[workIn, workOut] {
	return workloads.NewTask(workName, func(fx workloads.Effects, in workIn) (workOut, error) {
		out := workOut{Stamp: in.Stamp}
		for range in.Yields {
			out.Spun = spin(out.Spun, in.Body/(in.Yields+1))
			if err := fx.Yield(); err != nil {
				return out, err
			}
		}
		out.Spun = spin(out.Spun, in.Body/(in.Yields+1))
		for range in.Collects {
			runtime.GC()
		}
		if in.Hold == 0 {
			return out, nil
		}
		_, err := fx.Atomically("hold", int64(in.Hold))
		return out, err
	})
}

func prepareWork(p workloads.Params) (workloads.Job, error) {
	body, n := p.Int("body"), p.Int("tasks")
	if n > p.Width {
		n = (n + p.Width - 1) / p.Width * p.Width
	}
	if p.Int("collect") > 0 {
		holdOn()
	}
	in := workIn{Body: body, Hold: p.Int("hold"), Yields: p.Int("yield"), Collects: p.Int("collect"), Encode: p.Int("encode"), Decode: p.Int("decode"), Pad: make([]byte, p.Int("bytes"))}
	if alone {
		in.Body += p.Int("deflate")
	} else {
		in.Body += p.Int("inflate")
	}
	ins := make([]workIn, n)
	for i := range ins {
		ins[i] = in
	}
	if tail := p.Int("tail"); tail > 0 {
		in.Body = tail * body
		ins = append(ins, in)
	}
	b := workloads.Batch[workIn, workOut]{
		Task: workTask(), Ins: ins, NumCells: 1, Check: checkWork,
		Stamp: func(in *workIn, stamp uint64) { in.Stamp = stamp },
		Plan:  workloads.Receipt{Yields: int64(len(ins) * in.Yields)},
	}
	if in.Hold > 0 {
		b.Plan.Transactions = int64(len(ins))
	}
	if percent := p.Int("serial"); percent > 0 {
		rest := n * body * percent / (100 - percent)
		b.Reduce = func(outs []workOut) { outs[0].Spun ^= spin(outs[0].Spun, rest) }
	}
	return b, nil
}

func checkWork(ins []workIn, outs []workOut, _ []int64) error {
	for i := range ins {
		if outs[i].Stamp != ins[i].Stamp {
			return fmt.Errorf("task %d answered for stamp %x instead of %x", i, outs[i].Stamp, ins[i].Stamp)
		}
	}
	return nil
}

// held is what every collection has to go through.
var held []*[8]*int

// holdOn gives collections something to do: a few milliseconds each.
func holdOn() {
	held = make([]*[8]*int, 200_000)
	for i := range held {
		held[i] = &[8]*int{new(int)}
	}
}

var le = binary.LittleEndian

// AppendBinary takes its steps, then appends the fields in order.
func (in workIn) AppendBinary(b []byte) ([]byte, error) {
	for _, v := range [...]uint64{in.Stamp, spin(in.Stamp, in.Encode), uint64(in.Body), uint64(in.Hold), uint64(in.Yields), uint64(in.Collects), uint64(in.Encode), uint64(in.Decode)} {
		b = le.AppendUint64(b, v)
	}
	return append(b, in.Pad...), nil
}

// UnmarshalBinary is the inverse of AppendBinary, after steps of its own.
func (in *workIn) UnmarshalBinary(b []byte) error {
	if len(b) < 64 {
		return errors.New("input is cut short")
	}
	at := func(i int) int { return int(le.Uint64(b[8*i:])) }
	*in = workIn{Stamp: le.Uint64(b), Spun: le.Uint64(b[8:]), Body: at(2), Hold: at(3), Yields: at(4), Collects: at(5), Encode: at(6), Decode: at(7), Pad: b[64:]}
	in.Spun = spin(in.Spun, in.Decode)
	return nil
}

// AppendBinary appends the fields in order, 8 bytes each.
func (out workOut) AppendBinary(b []byte) ([]byte, error) {
	return le.AppendUint64(le.AppendUint64(b, out.Stamp), out.Spun), nil
}

// UnmarshalBinary is the inverse of AppendBinary.
func (out *workOut) UnmarshalBinary(b []byte) error {
	if len(b) != 16 {
		return errors.New("result is not of its size")
	}
	*out = workOut{le.Uint64(b), le.Uint64(b[8:])}
	return nil
}
