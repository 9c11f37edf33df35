package workloads

import (
	"fmt"
	"math/bits"
)

// Counter is concurrent update at its barest: tasks add to shared cells
// through a named transaction, with a little work of their own in between.
func Counter() Workload {
	return Workload{
		Name:         "counter",
		Doc:          "shared update: tasks add to shared cells through a transaction, with think time in between",
		Needs:        []Effect{Cells},
		Tasks:        []Task{counterTask()},
		Transactions: []Transaction{counterAdd()},
		Knobs: []Knob{
			{"cells", "shared cells; 1 is the hottest", 1, 1, 1 << 16},
			{"think", "nominal microseconds of own work between updates", 1, 0, 10000},
			{"updates", "updates a task", 16, 1, 1 << 16},
		},
		Ceiling: "spin",
		Prepare: prepareCounter,
	}
}

// counterTasks is how many tasks make a pass.
const counterTasks = 128

// thinkSteps is the fixed work that stands for a microsecond of think time;
// like a grain it is never calibrated.
const thinkSteps = 600

type counterIn struct {
	Stamp                 uint64
	Cells, Think, Updates int
}

// counterOut proves which values the updates met: every value of a cell from
// 1 to its last is returned by exactly one update, so sums and sums of squares
// give a lost or a doubled update away.
type counterOut struct {
	Stamp        uint64
	Sum, Squares uint64
	Thought      uint64
}

func counterAdd() Transaction {
	return Transaction{
		Name: "add",
		Keys: func(keys []int, args []int64) []int { return append(keys, int(args[0])) },
		Body: func(c []int64, args []int64) int64 {
			c[args[0]]++
			return c[args[0]]
		},
	}
}

func counterTask() *Func[counterIn, counterOut] {
	return NewTask("counter", func(fx Effects, in counterIn) (counterOut, error) {
		out := counterOut{Stamp: in.Stamp, Thought: in.Stamp}
		for u := range in.Updates {
			out.Thought = think(out.Thought, in.Think)
			v, err := fx.Atomically("add", cellOf(in, u))
			if err != nil {
				return out, err
			}
			out.Sum += uint64(v)
			out.Squares += uint64(v) * uint64(v)
		}
		return out, nil
	})
}

// cellOf spreads the updates of a task over the cells.
func cellOf(in counterIn, update int) int64 {
	return int64(stamp(int(in.Stamp&0xffffff), update) % uint64(in.Cells))
}

// think is work that the compiler cannot leave out.
func think(x uint64, microseconds int) uint64 { return scramble(x|1, microseconds*thinkSteps) }

// scramble is so many steps of xorshift (Marsaglia 2003).
func scramble(x uint64, steps int) uint64 {
	for range steps {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

// A leap is scramble for one number of steps. Every step is linear over bits,
// so what becomes of each bit alone tells what becomes of any number: checking
// thoughts costs far less than thinking them again.
type leap [64]uint64

func newLeap(microseconds int) *leap {
	var l leap
	for bit := range l {
		l[bit] = scramble(1<<bit, microseconds*thinkSteps)
	}
	return &l
}

// think is what think returns.
func (l *leap) think(x uint64) (y uint64) {
	for x |= 1; x != 0; x &= x - 1 {
		y ^= l[bits.TrailingZeros64(x)]
	}
	return y
}

func prepareCounter(p Params) (Job, error) {
	ins := make([]counterIn, evenly(1, counterTasks, 8*counterTasks, p.Width))
	for i := range ins {
		ins[i] = counterIn{Cells: p.Int("cells"), Think: p.Int("think"), Updates: p.Int("updates")}
	}
	leap := newLeap(p.Int("think"))
	return Batch[counterIn, counterOut]{
		Task:     counterTask(),
		Ins:      ins,
		Stamp:    func(in *counterIn, stamp uint64) { in.Stamp = stamp },
		NumCells: p.Int("cells"),
		Plan:     Receipt{Transactions: int64(len(ins) * p.Int("updates"))},
		Check: func(ins []counterIn, outs []counterOut, cells []int64) error {
			return checkCounter(leap, ins, outs, cells)
		},
	}, nil
}

func checkCounter(leap *leap, ins []counterIn, outs []counterOut, cells []int64) error {
	planned := make([]int64, len(cells))
	var got, want counterOut
	for i, in := range ins {
		thought := in.Stamp
		for u := range in.Updates {
			thought = leap.think(thought)
			planned[cellOf(in, u)]++
		}
		if outs[i].Stamp != in.Stamp || outs[i].Thought != thought {
			return fmt.Errorf("task %d did not do its own work", i)
		}
		got.Sum += outs[i].Sum
		got.Squares += outs[i].Squares
	}
	for c, n := range planned {
		if cells[c] != n {
			return fmt.Errorf("cell %d counts %d updates instead of %d", c, cells[c], n)
		}
		for v := uint64(1); v <= uint64(n); v++ {
			want.Sum += v
			want.Squares += v * v
		}
	}
	if got.Sum != want.Sum || got.Squares != want.Squares {
		return fmt.Errorf("updates met values of sum %d and squares %d instead of %d and %d", got.Sum, got.Squares, want.Sum, want.Squares)
	}
	return nil
}

// AppendBinary appends the fields in order, 8 bytes each.
func (in counterIn) AppendBinary(b []byte) ([]byte, error) {
	b = le.AppendUint64(b, in.Stamp)
	b = le.AppendUint64(b, uint64(in.Cells))
	b = le.AppendUint64(b, uint64(in.Think))
	return le.AppendUint64(b, uint64(in.Updates)), nil
}

// UnmarshalBinary is the inverse of AppendBinary.
func (in *counterIn) UnmarshalBinary(b []byte) error {
	f := fields{b: b}
	*in = counterIn{f.uint64(), f.int(), f.int(), f.int()}
	return f.done()
}

// AppendBinary appends the fields in order, 8 bytes each.
func (out counterOut) AppendBinary(b []byte) ([]byte, error) {
	b = le.AppendUint64(b, out.Stamp)
	b = le.AppendUint64(b, out.Sum)
	b = le.AppendUint64(b, out.Squares)
	return le.AppendUint64(b, out.Thought), nil
}

// UnmarshalBinary is the inverse of AppendBinary.
func (out *counterOut) UnmarshalBinary(b []byte) error {
	f := fields{b: b}
	*out = counterOut{f.uint64(), f.uint64(), f.uint64(), f.uint64()}
	return f.done()
}
