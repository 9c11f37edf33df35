package gate

import (
	"time"

	"github.com/nonrev/nonrev/internal/result"
)

// What cells promise: the effect that a cell must be able to show, 9 times in
// 10, to pass. How little that can be is a matter of what its tasks wait for:
// the work itself and the network repeat well, a wake-up or a collection less,
// and who gets a lock, or wakes on another CPU, is decided anew every time.
const (
	FinePromise   = 0.05 // CPU-bound, uncontended and network cells
	MiddlePromise = 0.10 // pipes and channels on one CPU, and tasks that allocate much
	CoarsePromise = 0.15 // contended locks, and waiting for another CPU
)

// A task that takes this many times as long as handing it over does is
// CPU-bound, however it is handed over: a round trip through a pipe takes about
// 5 us on one CPU and 50 us across two, one through a channel or a lock no more
// than the former.
const (
	dwarfs   = 20
	nearHand = 5 * time.Microsecond
	farHand  = 50 * time.Microsecond
)

// Promise is the effect, as a share, that a cell promises to show. It follows
// from the keys of the cell alone: what is handed from one to another, and what
// is fought for. Cells of other people's work promise the finest.
func Promise(c result.Cell) float64 {
	switch c.Workload {
	case result.Exchange:
		if c.Placement == result.SameCPU {
			return MiddlePromise
		}
		return CoarsePromise
	case "fannkuch", "wordcount", "handoff", "counter":
	default:
		return FinePromise
	}
	handed := c.Model != result.Serial && c.Model != "eventloop" && workOf(c) < dwarfs*handOf(c)
	switch {
	case handed && c.Cores > 1:
		return CoarsePromise
	case handed && (c.Model != "locked" || c.State == "owner"): // a lock that no one else wants is none
		return MiddlePromise
	case c.Workload == "wordcount":
		return MiddlePromise
	}
	return FinePromise
}

// workOf is how much work is handed over at once, by its nominal time. Tasks
// that pass messages or update cells are next to none; counting the words of a
// document is some.
func workOf(c result.Cell) time.Duration {
	work := dwarfs * nearHand
	if c.Workload != "wordcount" {
		work, _ = time.ParseDuration(c.Grain) // without a grain, or with the empty one, there is none
	}
	return work * time.Duration(max(c.Batch, 1))
}

// handOf is what handing over takes at most.
func handOf(c result.Cell) time.Duration {
	if c.Model == "subprocess" && c.Cores > 1 {
		return farHand
	}
	return nearHand
}

// promise is what a cell must be able to show under these settings.
func (s Settings) promise(c result.Cell) float64 {
	if s.Detect > 0 {
		return s.Detect
	}
	return Promise(c)
}
