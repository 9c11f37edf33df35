package workloads

import (
	"errors"
	"fmt"
	"time"
)

// A Job is a workload made ready: a supply of passes, each with fresh values.
type Job interface {
	// Pass makes the n-th pass, n from 0. Passes differ in their stamps, so
	// that an answer remembered from an earlier pass is a wrong answer.
	Pass(n int) Pass
}

// A Pass is one batch of tasks with their values and, when run, their results.
// Different tasks may run at the same time; one task runs on one worker.
type Pass interface {
	// Len is the number of tasks; their ids are 0 to Len-1.
	Len() int
	// Task is the name of the task that every id runs.
	Task() string
	// Run runs task id here, value in, value out, and keeps the result.
	Run(fx Effects, id int) error
	// AppendIn appends the encoded input of task id to b.
	AppendIn(c *Codec, b []byte, id int) ([]byte, error)
	// SetOut keeps the encoded result of task id, which ran elsewhere. It
	// does not keep b.
	SetOut(c *Codec, id int, b []byte) error
	// Cells are the shared cells that transactions work on, nil if none.
	Cells() []int64
	// PayloadBytes is the user data that the tasks carry, 0 if that means nothing.
	PayloadBytes() int64
	// Reduce does what remains after the last task, inside the clock.
	Reduce()
	// Plan is what a correct run does to the world.
	Plan() Receipt
	// Check holds the results against the known answer: every id exactly
	// once, every result right. It is called once, after the clock.
	Check() error
}

// A Recycler is a job that can make a pass ready to run again, which leaves
// less garbage than a new one.
type Recycler interface {
	// Recycle makes p the n-th pass, its results forgotten. It returns false
	// when p is no pass that this job can use again.
	Recycle(p Pass, n int) bool
}

// A Prover is a job that can show more with a pass of its own than its measured
// passes show, where that would cost what they measure.
type Prover interface {
	// Proof makes that pass, with stamp n. It is run after the clock.
	Proof(n int) Pass
}

// A Receipt counts what tasks did to the world.
type Receipt struct {
	Yields, Dials, Transactions, Sleeps int64
	BytesSent, BytesReceived            int64
}

// Add adds another receipt.
func (r *Receipt) Add(o Receipt) {
	r.Yields += o.Yields
	r.Dials += o.Dials
	r.Transactions += o.Transactions
	r.Sleeps += o.Sleeps
	r.BytesSent += o.BytesSent
	r.BytesReceived += o.BytesReceived
}

// Latencies is implemented by passes whose tasks time their own requests.
type Latencies interface {
	// Latencies returns how long each request took, nil if none was timed.
	Latencies() []time.Duration
}

// An Auditor is a pass that can prove that its tasks left their inputs alone
// and returned nothing that reaches into them.
type Auditor interface {
	// Freeze remembers the inputs; it is called before the pass runs.
	Freeze() error
	// Audit compares them with what is there after the run.
	Audit() error
}

// A Task is a piece of work that can be called by name in any process.
type Task interface {
	Name() string
	// Codec names how its values cross a process boundary: "binary" when both
	// types say how, else "gob".
	Codec() string
	// Slot makes a place where the task runs on encoded values.
	Slot() Slot
}

// A Slot runs one task at a time on encoded values. The three steps are apart
// so that a runner can time them.
type Slot interface {
	// Decode reads the input. The value may refer to b until Run returns.
	Decode(c *Codec, b []byte) error
	Run(fx Effects) error
	// Append appends the encoded result to b.
	Append(c *Codec, b []byte) ([]byte, error)
}

// A Func is a task over typed values. in is read-only and out never refers to it.
type Func[In, Out any] struct {
	name string
	f    func(fx Effects, in In) (Out, error)
}

// NewTask registers f under a name.
func NewTask[In, Out any](name string, f func(fx Effects, in In) (Out, error)) *Func[In, Out] {
	return &Func[In, Out]{name, f}
}

// Name is the name under which another process finds the task.
func (t *Func[In, Out]) Name() string { return t.name }

// Codec names how values of the task's types cross a process boundary.
func (t *Func[In, Out]) Codec() string {
	if hasBinary(new(In)) && hasBinary(new(Out)) {
		return "binary"
	}
	return "gob"
}

// Slot makes a place where the task runs on encoded values.
func (t *Func[In, Out]) Slot() Slot { return &slot[In, Out]{task: t} }

type slot[In, Out any] struct {
	task *Func[In, Out]
	in   In
	out  Out
}

func (s *slot[In, Out]) Decode(c *Codec, b []byte) error {
	var zero In
	s.in = zero
	return c.decode(b, &s.in)
}

func (s *slot[In, Out]) Run(fx Effects) (err error) {
	s.out, err = s.task.f(fx, s.in)
	return err
}

func (s *slot[In, Out]) Append(c *Codec, b []byte) ([]byte, error) {
	return c.append(b, &s.out)
}

// A Batch is a Job whose passes run one task over a list of inputs.
type Batch[In, Out any] struct {
	Task *Func[In, Out]
	Ins  []In
	// Check holds the results of one pass, in the order of Ins, against the
	// known answer. cells are the shared cells after the pass.
	Check func(ins []In, outs []Out, cells []int64) error
	// Stamp, if not nil, gives an input the stamp of its pass.
	Stamp func(in *In, stamp uint64)
	// Reduce, if not nil, is what remains to be done with the results, inside the clock.
	Reduce func(outs []Out)
	// Latencies, if not nil, reads how long each of a task's requests took.
	Latencies func(out Out) []time.Duration
	// Rate, if not 0, is how many tasks come a second in the mean when the pass
	// is scheduled. Due gives an input the moment of its task, which sleeps
	// until then, once. Seed is that of the moments.
	Rate int
	Due  func(in *In, at time.Duration)
	Seed uint64
	// NumCells is how many shared cells the transactions work on.
	NumCells int
	// Plan is what all tasks of one pass together do to the world.
	Plan Receipt
	// PayloadBytes is the user data that one pass carries.
	PayloadBytes int64
}

// Pass makes the n-th pass. The list of inputs is its own; what inputs refer
// to is shared between passes, since tasks only read it.
func (b Batch[In, Out]) Pass(n int) Pass {
	p := &pass[In, Out]{
		batch: b,
		ins:   append([]In(nil), b.Ins...),
		outs:  make([]Out, len(b.Ins)),
		ran:   make([]uint8, len(b.Ins)),
	}
	if b.NumCells > 0 {
		p.cells = make([]int64, b.NumCells)
	}
	p.stamp(n)
	return p
}

// Recycle makes a pass of this batch the n-th.
func (b Batch[In, Out]) Recycle(old Pass, n int) bool {
	p, ok := old.(*pass[In, Out])
	if !ok || p.batch.Task != b.Task {
		return false
	}
	clear(p.outs)
	clear(p.ran)
	clear(p.cells)
	p.unschedule()
	p.stamp(n)
	return true
}

// stamp is distinct for every task of every pass: a bijection of (n, id), so
// that the numbers look unrelated but cannot collide.
func stamp(n, id int) uint64 {
	x := uint64(n)<<32 | uint64(uint32(id))
	x = (x ^ x>>31) * 0x7fb5d329728ea185
	x = (x ^ x>>27) * 0x81dadef4bc2dd44d
	return x ^ x>>33
}

type pass[In, Out any] struct {
	batch  Batch[In, Out]
	n      int
	ins    []In
	outs   []Out
	ran    []uint8
	cells  []int64
	frozen [][]byte
	open   bool // its tasks come when they are due
}

func (p *pass[In, Out]) stamp(n int) {
	p.n = n
	if p.batch.Stamp != nil {
		for i := range p.ins {
			p.batch.Stamp(&p.ins[i], stamp(n, i))
		}
	}
}

func (p *pass[In, Out]) Len() int            { return len(p.ins) }
func (p *pass[In, Out]) Task() string        { return p.batch.Task.name }
func (p *pass[In, Out]) Cells() []int64      { return p.cells }
func (p *pass[In, Out]) PayloadBytes() int64 { return p.batch.PayloadBytes }

func (p *pass[In, Out]) Plan() Receipt {
	plan := p.batch.Plan
	if p.open {
		plan.Sleeps += int64(len(p.ins))
	}
	return plan
}

func (p *pass[In, Out]) Run(fx Effects, id int) error {
	out, err := p.batch.Task.f(fx, p.ins[id])
	p.outs[id] = out
	p.ran[id]++
	return err
}

func (p *pass[In, Out]) AppendIn(c *Codec, b []byte, id int) ([]byte, error) {
	return c.append(b, &p.ins[id])
}

func (p *pass[In, Out]) SetOut(c *Codec, id int, b []byte) error {
	if id < 0 || id >= len(p.outs) {
		return fmt.Errorf("result for task %d, which is none of the %d", id, len(p.outs))
	}
	p.ran[id]++
	return c.decode(b, &p.outs[id])
}

func (p *pass[In, Out]) Reduce() {
	if p.batch.Reduce != nil {
		p.batch.Reduce(p.outs)
	}
}

func (p *pass[In, Out]) Check() error {
	for id, n := range p.ran {
		if n != 1 {
			return fmt.Errorf("task %d ran %d times instead of once", id, n)
		}
	}
	return p.batch.Check(p.ins, p.outs, p.cells)
}

func (p *pass[In, Out]) Latencies() []time.Duration {
	if p.batch.Latencies == nil {
		return nil
	}
	var ds []time.Duration
	for _, out := range p.outs {
		ds = append(ds, p.batch.Latencies(out)...)
	}
	return ds
}

func (p *pass[In, Out]) Freeze() error {
	p.frozen = nil
	return p.eachInput(func(_ int, b []byte) error {
		p.frozen = append(p.frozen, b)
		return nil
	})
}

func (p *pass[In, Out]) Audit() error {
	if p.frozen == nil {
		return errors.New("audit of a pass that was not frozen before it ran")
	}
	err := p.eachInput(func(id int, b []byte) error {
		if string(b) != string(p.frozen[id]) {
			return fmt.Errorf("task %s changed its input (task %d)", p.Task(), id)
		}
		return nil
	})
	for id := 0; id < len(p.ins) && err == nil; id++ {
		if overlap(p.ins[id], p.outs[id]) {
			err = fmt.Errorf("task %s returned a result that refers to its input (task %d)", p.Task(), id)
		}
	}
	return err
}

func (p *pass[In, Out]) eachInput(f func(id int, b []byte) error) error {
	var c Codec
	for id := range p.ins {
		b, err := p.AppendIn(&c, nil, id)
		if err == nil {
			err = f(id, b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
