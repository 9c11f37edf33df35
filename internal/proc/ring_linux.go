package proc

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// RingBytes is the memory of one direction of a ring: a power of two, so
	// that positions may run over.
	RingBytes = 256 << 10
	// ringLine is the distance of places where a chunk can begin: a cache line.
	ringLine = 64
	// ringHead is the head of a chunk: how many bytes follow it, 0 when the
	// chunk is not there yet.
	ringHead = 8
	// ringChunk is the most that a chunk holds, so that one side copies in while
	// the other copies out, and a payload of 64 KiB is in one.
	ringChunk = 72<<10 - ringHead
	// ringAhead is how far the memory after a chunk is made ready for the next
	// ones, when both sides run.
	ringAhead = 4 * ringLine
)

// RingRoom and RingEach are how a ring is filled for certain while nobody
// reads: the messages may be together RingRoom bytes long, with RingEach more
// for each.
const (
	RingRoom = RingBytes - ringLine
	RingEach = ringLine + ringHead*(RingBytes/ringChunk+1)
)

// ringSpins is how often a side looks before it sleeps, when both sides can
// run: about 20 us, which is what a sleep and a wake across CPUs cost, so that
// waiting never costs much more than twice the best choice.
const ringSpins = 1 << 15

// A lane is one direction in shared memory: chunks of bytes, of which the head
// tells the reader that one is there, in the very cache line in which it
// begins. So a short message is one line that crosses from CPU to CPU, where a
// ring that publishes an index has two or three, one after the other. The
// writer clears the head of the chunk to come before it stores that of a chunk;
// the reader stores in tail how far it has read. Positions only count up,
// modulo 2^32. Go's atomic operations are sequentially consistent, which is
// more than publishing needs and just what sleeping needs.
type lane struct {
	*laneState
	data *[2 * RingBytes]byte // the same memory twice, so that no chunk is cut
}

// laneState is a lane without its bytes. What one side writes all the time is
// 128 bytes from what the other side does: a cache line, and the one that
// processors fetch with it.
type laneState struct {
	tail   atomic.Uint32
	_      [124]byte
	filled bell // for the reader
	_      [120]byte
	freed  bell // for the writer
	_      [120]byte
	closed atomic.Uint32 // nothing will be written any more, or read
	_      [124]byte
}

// head is the head of a chunk at a position, which is on a line.
func (l lane) head(at uint32) *atomic.Uint32 {
	return (*atomic.Uint32)(unsafe.Pointer(&l.data[at%RingBytes]))
}

// A bell wakes one sleeper. Ringing it costs a load when nobody sleeps.
type bell struct {
	sleeps atomic.Uint32 // somebody sleeps or is about to
	rung   atomic.Uint32 // how often; the sleeper's futex
}

func (b *bell) ring() {
	if b.sleeps.Load() != 0 {
		b.sleeps.Store(0)
		b.wake()
	}
}

// wake wakes a sleeper even if it has only just decided to sleep.
func (b *bell) wake() {
	b.rung.Add(1)
	futexWake(&b.rung)
}

// A ringEnd is what both halves of one end share.
type ringEnd struct {
	mem   unsafe.Pointer
	spins *atomic.Uint32 // not 0 when both sides can run at the same time
	alive io.Closer      // hangs up when it is closed, by the end of the process as well
	gone  atomic.Bool    // the other process has ended
	bare  bool           // whether a sleep is kept from the runtime
}

var errRing = errors.New("the numbers in a ring make no sense")

// wait returns once a word is not what it was when last seen, or the lane is
// closed. The error is io.EOF when neither will happen: the other side has gone.
func (e *ringEnd) wait(l lane, word *atomic.Uint32, seen uint32, b *bell) error {
	if e.spins.Load() != 0 {
		for range ringSpins {
			if word.Load() != seen {
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
		if word.Load() != seen || l.closed.Load() != 0 {
			b.sleeps.Store(0)
			return nil
		}
		if gone {
			return io.EOF
		}
		futexWait(&b.rung, rung, e.bare)
		if word.Load() != seen { // who rang has seen that we slept
			return nil
		}
	}
}

// A ringReader is the half that reads.
type ringReader struct {
	*ringEnd
	lane   lane
	chunk  []byte // what is left to read of the one at tail
	length uint32 // of that chunk with its head and to the next line, 0 when there is none
	tail   uint32
	freed  uint32 // what was read since the writer was last woken
}

// Read reads what there is, waiting for at least one byte.
func (r *ringReader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if err := r.open(); err != nil {
		return 0, err
	}
	n := copy(b, r.chunk)
	r.chunk = r.chunk[n:]
	if len(r.chunk) == 0 {
		r.release()
	}
	return n, nil
}

// View is what was written by one Write, if that was no more than 64 KiB and a
// little, or the next part of it. It is in the ring itself, which the writer can
// not use until the next call of View or Read.
func (r *ringReader) View() ([]byte, error) {
	if r.length > 0 && len(r.chunk) == 0 {
		r.release()
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	b := r.chunk
	r.chunk = nil
	return b, nil
}

// open waits for a chunk if none is open.
func (r *ringReader) open() error {
	if r.mem == nil {
		return os.ErrClosed
	}
	if len(r.chunk) > 0 {
		return nil
	}
	if r.length > 0 {
		r.release()
	}
	head := r.lane.head(r.tail)
	for head.Load() == 0 {
		closed := r.lane.closed.Load() != 0 // before the last look: nothing is written after it
		if head.Load() != 0 {
			break
		}
		if closed {
			return io.EOF
		}
		if err := r.wait(r.lane, head, 0, &r.lane.filled); err != nil {
			return err
		}
	}
	n := head.Load()
	if n == 0 || n > ringChunk {
		return errRing
	}
	at := r.tail%RingBytes + ringHead
	r.chunk, r.length = r.lane.data[at:at+n], lines(n)
	return nil
}

// lines is how much of a ring a chunk of n bytes takes.
func lines(n uint32) uint32 { return (n + ringHead + ringLine - 1) &^ (ringLine - 1) }

// release gives the open chunk's memory back.
func (r *ringReader) release() {
	r.tail += r.length
	r.freed += r.length
	r.length = 0
	r.lane.tail.Store(r.tail)
	// A writer that sleeps is woken to write much, not a little at a time.
	if r.freed >= RingBytes/2 || r.lane.head(r.tail).Load() == 0 {
		r.freed = 0
		r.lane.freed.ring()
	}
}

// Close gives back what the end holds; the half that writes is closed before.
func (r *ringReader) Close() error {
	if r.mem == nil {
		return os.ErrClosed
	}
	r.lane.closed.Store(1)
	r.lane.freed.wake()
	mem := r.mem
	r.mem, r.spins = nil, nil
	return errors.Join(r.alive.Close(), unix.MunmapPtr(mem, ringMapped))
}

// A ringWriter is the half that writes.
type ringWriter struct {
	*ringEnd
	lane  lane
	done  bool   // closed
	head  uint32 // where the next chunk begins
	clear uint32 // as far as all heads that may be there are 0, at least head
	tail  uint32 // as last seen
}

// Write writes all of b.
func (w *ringWriter) Write(b []byte) (int, error) {
	done := 0
	for done < len(b) {
		if w.done || w.mem == nil {
			return done, os.ErrClosed
		}
		n := min(len(b)-done, ringChunk)
		if err := w.await(lines(uint32(n))); err != nil {
			return done, err
		}
		w.put(b[done : done+n])
		done += n
	}
	return done, nil
}

// await waits until so much and the head after it have room.
func (w *ringWriter) await(length uint32) error {
	for RingBytes-(w.head-w.tail) < length+ringLine {
		if tail := w.lane.tail.Load(); tail != w.tail {
			if tail-w.tail > w.head-w.tail || tail%ringLine != 0 { // beyond the head, behind itself, or in a line
				return errRing
			}
			w.tail = tail
			continue
		}
		err := w.wait(w.lane, &w.lane.tail, w.tail, &w.lane.freed)
		if err != nil || w.lane.closed.Load() != 0 {
			return unix.EPIPE
		}
	}
	return nil
}

// put copies a chunk in and tells the reader.
func (w *ringWriter) put(b []byte) {
	n := uint32(len(b))
	at := w.head % RingBytes
	copy(w.lane.data[at+ringHead:at+ringHead+n], b)
	head := w.lane.head(w.head)
	w.head += lines(n)
	if int32(w.clear-w.head) <= 0 {
		w.lane.head(w.head).Store(0)
		w.clear = w.head + ringLine
	}
	head.Store(n)
	w.lane.filled.ring()
	if w.spins.Load() != 0 {
		w.ready()
	}
}

// ready clears heads beyond those that the next chunk needs, so that when it
// comes its cache lines are here already.
func (w *ringWriter) ready() {
	for to := w.head + ringAhead; int32(to-w.clear) > 0 && RingBytes-(w.clear-w.tail) > ringLine; w.clear += ringLine {
		w.lane.data[w.clear%RingBytes] = 0
		w.lane.data[w.clear%RingBytes+1] = 0
		w.lane.data[w.clear%RingBytes+2] = 0
		w.lane.data[w.clear%RingBytes+3] = 0
	}
}

// Close tells the reader that nothing more will come.
func (w *ringWriter) Close() error {
	if w.done || w.mem == nil {
		return os.ErrClosed
	}
	w.done = true
	w.lane.closed.Store(1)
	w.lane.filled.wake()
	return nil
}
