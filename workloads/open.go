package workloads

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Scheduled is implemented by passes whose tasks may come at moments fixed in
// advance: an open loop, in which a slow answer keeps no later request from
// coming. A pass that is not scheduled is a closed loop.
type Scheduled interface {
	// Schedule fixes when the tasks come, in the order of their ids, from a
	// moment of the machine's clock on. It returns where the stream of the next
	// pass begins, and false when tasks come as soon as earlier ones are done.
	Schedule(from time.Duration) (next time.Duration, open bool)
}

// Schedule fixes a Poisson stream: gaps that are independent and exponential.
func (p *pass[In, Out]) Schedule(from time.Duration) (next time.Duration, open bool) {
	b := p.batch
	if b.Rate == 0 {
		return from, false
	}
	gaps := rand.New(rand.NewPCG(b.Seed, uint64(p.n)))
	mean, at := float64(time.Second)/float64(b.Rate), 0.0
	for i := range p.ins {
		at += mean * gaps.ExpFloat64()
		b.Due(&p.ins[i], from+time.Duration(at))
	}
	p.open = true
	return from + time.Duration(at), true
}

func (p *pass[In, Out]) unschedule() {
	if p.open {
		for i := range p.ins {
			p.batch.Due(&p.ins[i], 0)
		}
	}
	p.open = false
}

// Join makes one pass of several, which run the same task and have no shared
// cells. Between passes that run one after the other the first tasks of the
// next would wait for the last of the one before: a wait of the measurement,
// not of what is measured.
func Join(parts []Pass) Pass {
	j := &joined{parts: parts, ends: make([]int, len(parts))}
	for i, p := range parts {
		j.tasks += p.Len()
		j.ends[i] = j.tasks
	}
	return j
}

type joined struct {
	parts []Pass
	ends  []int // the first id behind each part
	tasks int
}

// part finds the part that a task belongs to, and its id there.
func (j *joined) part(id int) (Pass, int) {
	i, exact := slices.BinarySearch(j.ends, id)
	if exact {
		i++
	}
	return j.parts[i], id - j.ends[i] + j.parts[i].Len()
}

func (j *joined) Len() int       { return j.tasks }
func (j *joined) Task() string   { return j.parts[0].Task() }
func (j *joined) Cells() []int64 { return nil }

func (j *joined) Run(fx Effects, id int) error {
	p, id := j.part(id)
	return p.Run(fx, id)
}

func (j *joined) AppendIn(c *Codec, b []byte, id int) ([]byte, error) {
	p, id := j.part(id)
	return p.AppendIn(c, b, id)
}

func (j *joined) SetOut(c *Codec, id int, b []byte) error {
	if id < 0 || id >= j.tasks {
		return fmt.Errorf("result for task %d, which is none of the %d", id, j.tasks)
	}
	p, id := j.part(id)
	return p.SetOut(c, id, b)
}

func (j *joined) PayloadBytes() int64 {
	var sum int64
	for _, p := range j.parts {
		sum += p.PayloadBytes()
	}
	return sum
}

func (j *joined) Reduce() {
	for _, p := range j.parts {
		p.Reduce()
	}
}

func (j *joined) Plan() Receipt {
	var sum Receipt
	for _, p := range j.parts {
		sum.Add(p.Plan())
	}
	return sum
}

func (j *joined) Check() error {
	for _, p := range j.parts {
		if err := p.Check(); err != nil {
			return err
		}
	}
	return nil
}
