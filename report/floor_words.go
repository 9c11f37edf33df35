package report

import (
	"cmp"
	"fmt"

	"github.com/nonrev/nonrev/internal/result"
)

// What names what is measured: "unix round trip, 64 B, two CPUs".
func (r FloorRow) What() string {
	c := r.Ours
	if c.Model == perf {
		return "one way, " + payloadName(c.Payload) + ", from 20 processes to 20 others"
	}
	what := cmp.Or(c.Transport, "pipe") + map[string]string{result.WallNS: " round trip", result.ByteRate: " throughput", result.Allocs: " allocations a message"}[r.Unit]
	what += ", " + payloadName(c.Payload)
	if c.InFlight > 1 {
		what += fmt.Sprintf(" at depth %d", c.InFlight)
	}
	one := exchangeCell(c.Transport, c.Placement).Cores
	switch c.Placement {
	case result.SameCPU:
		what += ", one CPU"
	case result.TwoCPUs:
		what += ", two CPUs"
	case result.TwoNodes:
		what += ", two nodes"
	default:
		what += ", not bound to CPUs"
	}
	if c.Cores > one {
		what += ", " + counted(c.Cores/one, "pair")
	}
	return what
}

// Against names what stands beside it: "bare futex, C". It is "" for
// allocations.
func (r FloorRow) Against() string {
	c := r.Floor
	switch {
	case c.Model == "":
		return ""
	case c.Model == perf && c.Set != "":
		return "perf bench sched messaging"
	case c.Model == perf:
		return "perf bench sched pipe"
	case c.Transport == "memcpy":
		return "memcpy on one CPU"
	case c.Model == result.RawC:
		return "bare " + cmp.Or(c.Transport, "pipe") + ", C"
	}
	return "bare " + cmp.Or(c.Transport, "pipe") + ", Go"
}

// String is the target in words, "" if there is none.
func (t Target) String() string {
	switch {
	case t.Limit == 0:
		return ""
	case t.AtLeast:
		return fmt.Sprintf("at least %g", t.Limit)
	}
	return fmt.Sprintf("at most %g", t.Limit)
}
