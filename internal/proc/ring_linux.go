package proc

import (
	"errors"
	"io"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// RingBytes is what one direction of a ring holds: a power of two, so that the
// indices may run over.
const RingBytes = 256 << 10

// ringStep is how much is copied between two looks of the other side when both
// sides run, so that one copies in while the other copies out.
const ringStep = 32 << 10

// ringSpins is how often a side looks before it sleeps, when both sides can
// run: about 20 us, which is what a sleep and a wake across CPUs cost, so that
// waiting never costs much more than twice the best choice.
const ringSpins = 1 << 15

// A lane is one direction in shared memory. What one side writes all the time
// is 128 bytes from what the other side does: a cache line, and the one that
// processors fetch with it. The side that writes bytes stores head after them,
// the one that reads stores tail after it has copied them out; both indices
// only count up, modulo 2^32. Go's atomic operations are sequentially
// consistent, which is more than publishing needs and just what sleeping needs.
type lane struct {
	head   atomic.Uint32
	_      [124]byte
	tail   atomic.Uint32
	_      [124]byte
	filled bell // for the reader
	_      [120]byte
	freed  bell // for the writer
	_      [120]byte
	closed atomic.Uint32 // nothing will be written any more, or read
	_      [124]byte
	data   [RingBytes]byte
}

// A bell wakes one sleeper. Ringing it costs a load when nobody sleeps.
type bell struct {
	sleeps atomic.Uint32 // somebody sleeps or is about to
	rung   atomic.Uint32 // how often; the sleeper's futex
}

func (b *bell) ring() {
	if b.sleeps.Load() == 0 {
		return
	}
	b.sleeps.Store(0)
	b.wake()
}

// wake wakes a sleeper even if it has only just decided to sleep.
func (b *bell) wake() {
	b.rung.Add(1)
	futexWake(&b.rung)
}

// A ringEnd is what both halves of one end share.
type ringEnd struct {
	mem   []byte
	spins *atomic.Uint32 // not 0 when both sides can run at the same time
	alive io.Closer      // hangs up when it is closed, by the end of the process as well
	gone  atomic.Bool    // the other process has ended
	bare  bool           // whether a sleep is kept from the runtime
}

var errRing = errors.New("the indices of a ring make no sense")

// wait returns once an index is not what it was when last seen, or the lane is
// closed. The error is io.EOF when neither will happen: the other side has gone.
func (e *ringEnd) wait(l *lane, index *atomic.Uint32, seen uint32, b *bell) error {
	if e.spins.Load() != 0 {
		for range ringSpins {
			if index.Load() != seen {
				return nil
			}
		}
	}
	for {
		// First say that we sleep, then look: the other side first stores, then
		// looks whether we sleep. One of the two sees the other.
		b.sleeps.Store(1)
		rung := b.rung.Load()
		gone := e.gone.Load() // before the last look: nothing comes after it
		if index.Load() != seen || l.closed.Load() != 0 {
			b.sleeps.Store(0)
			return nil
		}
		if gone {
			return io.EOF
		}
		futexWait(&b.rung, rung, e.bare)
		if index.Load() != seen { // who rang has seen that we slept
			return nil
		}
	}
}

// A ringReader is the half that reads.
type ringReader struct {
	*ringEnd
	lane *lane
	head uint32 // as last seen
	tail uint32 // ours
}

// Read reads what there is, waiting for at least one byte.
func (r *ringReader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if r.lane == nil {
		return 0, os.ErrClosed
	}
	for r.head == r.tail {
		closed := r.lane.closed.Load() != 0 // before the last look: head does not change after it
		if r.head = r.lane.head.Load(); r.head != r.tail {
			break
		}
		if closed {
			return 0, io.EOF
		}
		if err := r.wait(r.lane, &r.lane.head, r.head, &r.lane.filled); err != nil {
			return 0, err
		}
	}
	if r.head-r.tail > RingBytes {
		return 0, errRing
	}
	n := min(int(r.head-r.tail), len(b))
	at := int(r.tail % RingBytes)
	copy(b[copy(b[:n], r.lane.data[at:]):n], r.lane.data[:])
	r.tail += uint32(n)
	r.lane.tail.Store(r.tail)
	// A writer that sleeps is woken to write much, not a little at a time.
	if r.head-r.tail <= RingBytes/2 {
		r.lane.freed.ring()
	}
	return n, nil
}

// Close gives back what the end holds; the half that writes is closed before.
func (r *ringReader) Close() error {
	if r.lane == nil {
		return os.ErrClosed
	}
	r.lane.closed.Store(1)
	r.lane.freed.wake()
	mem := r.mem
	r.lane, r.mem, r.spins = nil, nil, nil
	return errors.Join(r.alive.Close(), unix.Munmap(mem))
}

// A ringWriter is the half that writes.
type ringWriter struct {
	*ringEnd
	lane *lane
	head uint32 // ours
	tail uint32 // as last seen
}

// Write writes all of b.
func (w *ringWriter) Write(b []byte) (int, error) {
	done := 0
	for done < len(b) {
		if w.lane == nil {
			return done, os.ErrClosed
		}
		room := RingBytes - (w.head - w.tail)
		if int(room) < len(b)-done {
			w.tail = w.lane.tail.Load()
			room = RingBytes - (w.head - w.tail)
		}
		if room > RingBytes { // the tail is beyond the head, or too far behind
			return done, errRing
		}
		if room == 0 {
			err := w.wait(w.lane, &w.lane.tail, w.tail, &w.lane.freed)
			if err != nil || w.lane.closed.Load() != 0 {
				return done, unix.EPIPE
			}
			continue
		}
		n := min(len(b)-done, int(room))
		if w.spins.Load() != 0 {
			n = min(n, ringStep)
		}
		w.put(b[done : done+n])
		done += n
	}
	return done, nil
}

// put copies in what fits and tells the reader.
func (w *ringWriter) put(b []byte) {
	at := int(w.head % RingBytes)
	copy(w.lane.data[:], b[copy(w.lane.data[at:], b):])
	w.head += uint32(len(b))
	w.lane.head.Store(w.head)
	w.lane.filled.ring()
}

// Close tells the reader that nothing more will come.
func (w *ringWriter) Close() error {
	l := w.lane
	w.lane = nil // the address may soon be the collector's
	if l == nil || w.mem == nil {
		return os.ErrClosed
	}
	l.closed.Store(1)
	l.filled.wake()
	return nil
}
