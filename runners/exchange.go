package runners

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/nonrev/nonrev/internal/proc"
)

// An ExchangeSetup says which pairs of parties pass messages: a payload there,
// a word back.
type ExchangeSetup struct {
	// Model is who they are: "subprocess", two processes; "goroutine", two
	// goroutines of this process; "rawgo" and "rawc", two processes on the bare
	// mechanism in Go and in C, which is the floor of what the others can reach.
	Model string
	// Transport is the first of ExchangeTransports when "". Codec is "binary"
	// when "" between processes; nothing is encoded within one, nor on the floor.
	Transport, Codec string
	Record           bool // the nested record of 1 KiB instead of flat bytes
	Payload          int  // bytes of a message, at least 64
	Depth            int  // messages of a pair under way at once; 0: 1
	// Pairs are the CPUs of the sender and the receiver of each pair, the same
	// when both are on one. One pair that is bound to nothing when nil.
	// Goroutines run where the scheduler has them, on the CPUs of the process.
	Pairs [][2]int
	// Layout seeds the size of the other processes' environments, see proc.Fill.
	Layout uint64

	part string // that the other process plays; partPeer when ""
}

// Exchanged is what was measured of an exchange. All but the latencies and the
// split is of the plain part, in which no message is timed.
type Exchanged struct {
	Messages   int64   // answered, of all pairs
	PerMessage float64 // ns of wall time a message of one pair
	Rate       float64 // messages/s of all pairs
	Allocs     float64 // heap allocations a message on both sides, -1 where not known
	CPU        float64 // ns of CPU a message on both sides
	Switches   float64 // context switches a message on both sides
	// Latencies are those of the clocked part, from before a message is encoded
	// until its answer is decoded, in ns; nil when messages were not timed.
	Latencies *hdrhistogram.Histogram
	// Split tells that the rest is known: where the time of a round trip in the
	// clocked part went, in ns a message of both sides. Copying is with system
	// calls, the body is the look at the payload, and waking is what is left.
	Split                            bool
	Encode, Copy, Wake, Decode, Body float64
	Warm                             int           // messages of the warm-up
	Ran                              time.Duration // wall time of all messages, warm-up included
	Started                          time.Duration // what it took to have all parties ready
}

// The models of an exchange.
const (
	betweenProcesses  = "subprocess"
	betweenGoroutines = "goroutine"
	rawGo             = "rawgo"
	rawC              = "rawc"
)

// ExchangeTransports are what a model can pass messages over, the default
// first; nil when there is no such model.
func ExchangeTransports(model string) []string {
	switch model {
	case betweenProcesses:
		return transportNames()
	case betweenGoroutines:
		var names []string
		for _, via := range inProcessTransports() {
			names = append(names, via.name)
		}
		return names
	case rawGo:
		return floorTransports()
	case rawC:
		return []string{"pipe", "unix", "tcp", handover, futex}
	default:
		return nil
	}
}

// maxDepth is how many messages of a pair can be under way: the answers to as
// many fit into any connection while the sender, blocked in a write, reads
// none of them. An answer takes timedAnswerBytes at most and its head, together
// less than 4 KiB, which is the least that a pipe holds; a socket takes the
// heads of its buffers besides, 768 bytes each, which is a quarter of the
// least limit, that of a unix socket. So the receiver never blocks in an
// answer and reads on, which lets the sender go on.
const maxDepth = 64

// settle fills in defaults and tells what cannot be.
func (s ExchangeSetup) settle() (ExchangeSetup, error) {
	known := ExchangeTransports(s.Model)
	if len(known) == 0 {
		return s, fmt.Errorf("no exchange has a model %q", s.Model)
	}
	if s.Transport == "" {
		s.Transport = known[0]
	}
	if s.Codec == "" && s.Model == betweenProcesses {
		s.Codec = "binary"
	}
	s.Depth = max(s.Depth, 1)
	switch {
	case !slices.Contains(known, s.Transport):
		return s, fmt.Errorf("an exchange of model %s has no transport=%s (it has %v): %w", s.Model, s.Transport, known, errors.ErrUnsupported)
	case s.Depth > maxDepth:
		return s, fmt.Errorf("%d messages under way: the answers to at most %d fit into every connection: %w", s.Depth, maxDepth, errors.ErrUnsupported)
	case s.Payload < leastPayload:
		return s, fmt.Errorf("a payload of %d bytes: at least %d carry a stamp and something to look at", s.Payload, leastPayload)
	case s.Model == rawGo || s.Model == rawC:
		return s, s.floorLimits()
	case s.Model == betweenGoroutines:
		return s, s.localLimits()
	}
	return s, nil
}

// leastPayload is the smallest payload in bytes.
const leastPayload = 64

// Exchange has the pairs pass messages, at first for the time of the warm-up,
// then for two thirds of the duration without a look at the clock for each
// message, then for a third with one. Every answer is checked, and at last the
// bytes of fresh payloads are.
//
// The error wraps errors.ErrUnsupported, with the reason, when such an exchange
// cannot exist here, ErrWrong when an answer is not the right one, and ErrDied
// when a process at the other end ended.
func Exchange(ctx context.Context, s ExchangeSetup, warmUp, duration time.Duration) (Exchanged, error) {
	s, err := s.settle()
	if err != nil {
		return Exchanged{}, err
	}
	if s.Model == rawC {
		return exchangeC(ctx, s, warmUp, duration)
	}
	began := clock()
	x, err := newExchange(ctx, s)
	if err == nil {
		x.Started = time.Duration(clock() - began)
		err = x.run(warmUp, duration)
	}
	if err := errors.Join(err, x.close()); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return Exchanged{}, err
	}
	return x.Exchanged, nil
}

// An exchange is pairs at work.
type exchange struct {
	Exchanged
	pairs   []*pair
	memory  runtime.MemStats
	untimed bool // nobody answers
	procs   int  // threads that ran Go code before
}

// newExchange starts all parties. What it returns must be closed even after an error.
func newExchange(ctx context.Context, s ExchangeSetup) (*exchange, error) {
	x := &exchange{untimed: s.Transport == memcpy}
	for n, c := range s.boundPairs() {
		x.pairs = append(x.pairs, newPair(ctx, s, n, c))
	}
	if s.Model == rawGo {
		// Those in bare calls keep what the rest of this process runs on.
		x.procs = runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + len(x.pairs))
	}
	if err := x.each((*pair).connect); err != nil {
		return x, err
	}
	return x, x.each((*pair).greet)
}

// anyCPU stands for a CPU where nothing is bound.
const anyCPU = -1

func (s ExchangeSetup) boundPairs() [][2]int {
	if s.Pairs == nil {
		return [][2]int{{anyCPU, anyCPU}}
	}
	return s.Pairs
}

// each has every pair do the same at the same time, on its own thread.
func (x *exchange) each(f func(*pair) error) error {
	for _, p := range x.pairs {
		p.do <- f
	}
	var err error
	for _, p := range x.pairs {
		err = errors.Join(err, <-p.done)
	}
	return err
}

func (x *exchange) run(warmUp, duration time.Duration) error {
	if err := x.each(func(p *pair) error { return p.plain(warmUp) }); err != nil {
		return fmt.Errorf("warm-up: %w", err)
	}
	x.Warm = int(x.take().messages)
	if x.untimed {
		if err := x.plain(duration); err != nil {
			return err
		}
		return x.each((*pair).prove)
	}
	if err := x.plain(duration * 2 / 3); err != nil {
		return err
	}
	if err := x.each(func(p *pair) error { return p.clocked(duration / 3) }); err != nil {
		return err
	}
	x.split()
	return x.each((*pair).prove)
}

// plain is the part that gives the rates.
func (x *exchange) plain(d time.Duration) error {
	part := func(p *pair) error { return p.plain(d) }
	before, err := takeStock(&x.memory)
	if err != nil {
		return err
	}
	if err := x.each(part); err != nil {
		return err
	}
	after, err := takeStock(&x.memory)
	if err != nil {
		return err
	}
	used := after.minus(before)
	if err := x.each((*pair).ask); err != nil {
		return err
	}
	for _, p := range x.pairs {
		used = used.plus(p.theirs)
	}
	t := x.take()
	n := float64(t.messages)
	x.Messages, x.PerMessage, x.Rate = t.messages, float64(t.took)/n, t.rate
	x.CPU, x.Switches, x.Allocs = float64(used.cpu)/n, float64(used.switches)/n, float64(used.mallocs)/n
	return nil
}

// take sums what all pairs have done since the last call.
func (x *exchange) take() (sum tally) {
	longest := int64(0)
	for _, p := range x.pairs {
		sum.messages += p.messages
		sum.took += p.took
		sum.rate += float64(p.messages) / float64(p.took) * float64(time.Second)
		longest = max(longest, p.took)
		p.tally = tally{}
	}
	x.Ran += time.Duration(longest)
	return sum
}

// split sums what the clocked part has found.
func (x *exchange) split() {
	x.take()
	x.Latencies = newLatencies()
	var sum split
	for _, p := range x.pairs {
		x.Latencies.Merge(p.latencies)
		sum.parts, sum.n = sum.plus(p.split.parts), sum.n+p.split.n
	}
	if x.Split = sum.n > 0; !x.Split {
		return
	}
	each := func(ns int64) float64 { return float64(ns) / float64(sum.n) }
	x.Encode, x.Copy, x.Wake, x.Decode, x.Body = each(sum.encode), each(sum.copy), each(sum.wake), each(sum.decode), each(sum.body)
}

func (x *exchange) close() error {
	err := x.each((*pair).close)
	for _, p := range x.pairs {
		close(p.do)
	}
	if x.procs > 0 {
		runtime.GOMAXPROCS(x.procs)
	}
	return err
}

// A stock is what a process has used so far.
type stock struct{ cpu, switches, mallocs uint64 }

// takeStock allocates nothing, for it counts that.
func takeStock(m *runtime.MemStats) (stock, error) {
	used, err := proc.Used()
	runtime.ReadMemStats(m)
	return stock{uint64(used.CPU), uint64(used.Switches), m.Mallocs}, err
}

func (s stock) minus(o stock) stock {
	return stock{s.cpu - o.cpu, s.switches - o.switches, s.mallocs - o.mallocs}
}

func (s stock) plus(o stock) stock {
	return stock{s.cpu + o.cpu, s.switches + o.switches, s.mallocs + o.mallocs}
}

// newLatencies makes a histogram of the geometry that result files have.
func newLatencies() *hdrhistogram.Histogram { return hdrhistogram.New(1, int64(time.Hour), 3) }
