package runners

import (
	"math"

	"github.com/nonrev/nonrev/internal/proc"
)

// Who is woken by a write may run before that write returns, on the same CPU
// at the cost of the writer: the time would be booked twice, as copying here
// and as work there. So where tasks are timed a worker stamps its results with
// the moments at which it had their inputs and at which its write before them
// returned, and the parent takes what overlaps off the copying.

// stampSize is the length of a stamp.
const stampSize = 16

// shared is the clock's zero on the clock that all processes share, as the
// tightest of a few readings tells it: between two readings the process may
// have to wait for a CPU.
var shared = func() (zero int64) {
	least := int64(math.MaxInt64)
	for range 9 {
		before := clock()
		now := int64(proc.Now())
		after := clock()
		if after-before < least {
			least, zero = after-before, now-before-(after-before)/2
		}
	}
	return zero
}()

// stamp begins a frame of results whose inputs were there at a moment.
func (c *child) stamp(began int64) {
	if c.clocks {
		c.out.buf = le.AppendUint64(c.out.buf, uint64(began+shared))
		c.out.buf = le.AppendUint64(c.out.buf, uint64(c.sent+shared))
	}
}

// stamped tells whether the worker stamps its results.
func (p *peer) stamped() bool { return p.clocks && p.crew.setup.Host == oneTask }

// unstamp books what the stamp of results that came now says, and returns what
// follows it.
func (p *peer) unstamp(results []byte, now int64) ([]byte, error) {
	if !p.stamped() {
		return results, nil
	}
	if len(results) < stampSize || len(p.wrote) == 0 {
		return nil, errEntry
	}
	began, sent := int64(le.Uint64(results))-shared, int64(le.Uint64(results[8:]))-shared
	p.account.Copy -= max(0, p.wrote[0]-began)
	p.returned(sent)
	p.wrote = p.wrote[:copy(p.wrote, p.wrote[1:])]
	p.kept = now
	p.in.bytes -= stampSize // which are not the work's
	return results[stampSize:], nil
}

// returned takes off the worker's copying what it did after its last results
// came, once for each.
func (p *peer) returned(sent int64) {
	if p.stamped() && p.kept > 0 {
		p.account.Copy -= max(0, sent-p.kept)
		p.kept = 0
	}
}

// A workReport is what a worker tells of a while: its account, and the moment at
// which its last write returned.
type workReport struct {
	Account
	Sent int64
}
