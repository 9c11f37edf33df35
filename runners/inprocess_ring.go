package runners

import (
	"io"
	"runtime"
	"sync/atomic"
)

// connectRings makes both lanes rings without a lock.
func connectRings(depth int) (sender, receiver end) {
	there, back := newSlotLane(depth), newSlotLane(depth)
	return slotEnd{there, back}, slotEnd{back, there}
}

type slotEnd struct{ out, in *slotLane }

func (e slotEnd) send(message []byte) error { return e.out.send(message) }

func (e slotEnd) receive() ([]byte, error) { return e.in.receive() }

func (e slotEnd) close() error {
	e.out.close()
	e.in.close()
	return nil
}

// A slotLane is one direction over a ring of slots. A slot tells by itself
// whether it is full, in the cache line that holds the message: so one line
// crosses from CPU to CPU for each message, where a ring that publishes its
// indices has two, and both sides' indices are private.
type slotLane struct {
	slots  []slot
	procs  int32       // threads of this process that can run Go code at once
	closed atomic.Bool // nothing will be sent any more
	filled doorbell    // for the receiver
	freed  doorbell    // for the sender
	_      [apart]byte
	head   int // the slot that is sent to next; the sender's
	_      [apart]byte
	tail   int // the slot that is received from next; the receiver's
	_      [apart]byte
}

type slot struct {
	full    atomic.Bool
	message []byte
	_       [apart - 32]byte
}

// slotLanes counts the lanes that are open in this process: each keeps a
// goroutine waiting.
var slotLanes atomic.Int32

func newSlotLane(depth int) *slotLane {
	slotLanes.Add(1)
	return &slotLane{
		slots: make([]slot, depth), procs: int32(min(runtime.GOMAXPROCS(0), runtime.NumCPU())),
		filled: newDoorbell(), freed: newDoorbell(),
	}
}

func (l *slotLane) send(message []byte) error {
	if l.closed.Load() {
		return io.ErrClosedPipe
	}
	s := &l.slots[l.head]
	if s.full.Load() && !l.await(&s.full, false, &l.freed) {
		return io.ErrClosedPipe
	}
	s.message = message
	s.full.Store(true)
	if l.head++; l.head == len(l.slots) {
		l.head = 0
	}
	l.filled.ring()
	return nil
}

func (l *slotLane) receive() ([]byte, error) {
	s := &l.slots[l.tail]
	if !s.full.Load() && !l.await(&s.full, true, &l.filled) {
		return nil, io.EOF
	}
	message := s.message
	s.message = nil // the ring keeps no memory that it has handed over
	s.full.Store(false)
	if l.tail++; l.tail == len(l.slots) {
		l.tail = 0
	}
	l.freed.ring()
	return message, nil
}

func (l *slotLane) close() {
	if l.closed.CompareAndSwap(false, true) {
		slotLanes.Add(-1)
		l.filled.ring()
		l.freed.ring()
	}
}

const (
	// slotPatience is how long a side looks before it sleeps when the other
	// side runs at the same time, in ns: in that time it could as well have
	// slept and been woken, so that waiting never costs much more than twice
	// the best choice.
	slotPatience = 20_000
	// slotLooks is how often it looks, in about half a microsecond, before it
	// lets others run: who has just been woken may be waiting for this very thread.
	slotLooks = 1024
	// slotYields is how often a side lets others run before it sleeps when the
	// other side may have no CPU. A yield costs less than half of a sleep and a
	// wake; the other side, if it can run at all, has its turn after one or two.
	slotYields = 4
)

// await returns true once a slot is full, or free, as wanted, false when the
// lane is closed and that will not happen any more.
func (l *slotLane) await(full *atomic.Bool, wanted bool, b *doorbell) bool {
	if slotLanes.Load() <= l.procs {
		for until := int64(0); until == 0 || clock() < until; {
			if spin(full, wanted) {
				return true
			}
			if until == 0 {
				until = clock() + slotPatience // not before most waits are over
			}
			runtime.Gosched()
		}
	} else {
		for range slotYields {
			runtime.Gosched()
			if full.Load() == wanted {
				return true
			}
		}
	}
	return l.sleep(full, wanted, b)
}

func spin(full *atomic.Bool, wanted bool) bool {
	for range slotLooks {
		if full.Load() == wanted {
			return true
		}
	}
	return false
}

// sleep is await without patience.
func (l *slotLane) sleep(full *atomic.Bool, wanted bool, b *doorbell) bool {
	for {
		// First say that we sleep, then look: the other side first fills or
		// frees, or closes, then looks whether we sleep. One of the two sees the other.
		b.sleeps.Store(true)
		closed := l.closed.Load() // before the last look: nothing is sent after it
		if full.Load() == wanted || closed {
			b.rise()
			return full.Load() == wanted
		}
		<-b.rung
	}
}

// A doorbell wakes one sleeper. Ringing it costs a load when nobody sleeps.
type doorbell struct {
	sleeps atomic.Bool   // somebody sleeps or is about to
	rung   chan struct{} // once for each time that sleeps was set and another has taken it back
}

func newDoorbell() doorbell { return doorbell{rung: make(chan struct{}, 1)} }

func (b *doorbell) ring() {
	if b.sleeps.Load() && b.sleeps.CompareAndSwap(true, false) {
		b.rung <- struct{}{}
	}
}

// rise is for one who said that it sleeps and does not.
func (b *doorbell) rise() {
	if !b.sleeps.CompareAndSwap(true, false) {
		<-b.rung
	}
}
