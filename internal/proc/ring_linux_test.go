package proc

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// testRing is both ends of a ring in this process: what one end writes the
// other reads.
func testRing(t *testing.T, pairs int) (near, far struct {
	*ringReader
	*ringWriter
}, m ring,
) {
	t.Helper()
	r, w, child, err := NewRing(pairs)
	if err != nil {
		t.Fatal(err)
	}
	near.ringReader, near.ringWriter = r.(*ringReader), w.(*ringWriter)
	alive, err := unix.FcntlInt(child[0].Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		t.Fatal(err)
	}
	m, err = mapRing(int(child[1].Fd()))
	if err != nil {
		t.Fatal(err)
	}
	e := m.end()
	e.alive = &File{alive}
	far.ringReader, far.ringWriter = &ringReader{ringEnd: e, lane: m.lane(0)}, &ringWriter{ringEnd: e, lane: m.lane(1)}
	if err := errors.Join(child[0].Close(), child[1].Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, c := range []io.Closer{near.ringWriter, near.ringReader, far.ringWriter, far.ringReader} {
			if err := c.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
				t.Error(err)
			}
		}
	})
	return near, far, m
}

// TestRingsRunOver starts the indices just below where they run over and moves
// many times what a ring holds, in pieces that do not divide it, with both
// sides spinning and with both asleep whenever they can.
func TestRingsRunOver(t *testing.T) {
	for _, spins := range []uint32{0, 1} {
		near, far, m := testRing(t, 1)
		m.spins.Store(spins)
		const start = math.MaxUint32 - RingBytes/2 + 1
		m.lanes[0].tail.Store(start)
		near.ringWriter.head, near.ringWriter.tail, near.ringWriter.clear = start, start, start+ringLine
		far.ringReader.tail = start
		sent := bytes.Repeat([]byte("nonrevolution"), 200_000)
		failed := make(chan error, 1)
		go func() {
			var err error
			for rest := sent; len(rest) > 0 && err == nil; {
				n := min(len(rest), 7001)
				_, err = near.ringWriter.Write(rest[:n])
				rest = rest[n:]
			}
			failed <- errors.Join(err, near.ringWriter.Close())
		}()
		got, err := io.ReadAll(far.ringReader)
		if err := errors.Join(err, <-failed); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("spins %d: %d of %d bytes arrived, %v", spins, len(got), len(sent), err)
		}
	}
}

// TestViewsShowWhatWasWritten looks at writes of many sizes in the ring and
// reads others out of it, round after round. Until the next look nothing of a
// view changes, though the writer fills the ring.
func TestViewsShowWhatWasWritten(t *testing.T) {
	for _, spins := range []uint32{0, 1} {
		near, far, m := testRing(t, 1)
		m.spins.Store(spins)
		from := rand.New(rand.NewPCG(1, uint64(spins)))
		var sizes []int
		for range 2000 {
			sizes = append(sizes, []int{1, 8, 55, 56, 57, 120, 700, 5000, ringChunk - 1, ringChunk}[from.IntN(10)])
		}
		failed := make(chan error, 1)
		go func() {
			var err error
			for i, n := range sizes {
				if err == nil {
					_, err = near.ringWriter.Write(bytes.Repeat([]byte{byte(i)}, n))
				}
			}
			failed <- errors.Join(err, near.ringWriter.Close())
		}()
		for i, n := range sizes {
			want := bytes.Repeat([]byte{byte(i)}, n)
			if i%3 == 0 {
				got := make([]byte, n)
				if _, err := io.ReadFull(far.ringReader, got); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("spins %d: %d bytes are read wrong, %v", spins, n, err)
				}
				continue
			}
			got, err := far.ringReader.View()
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("spins %d: %d bytes are seen for %d, %v", spins, len(got), n, err)
			}
			runtime.Gosched() // to the writer
			if !bytes.Equal(got, want) {
				t.Fatalf("spins %d: a view of %d bytes has changed", spins, n)
			}
		}
		if _, err := far.ringReader.View(); err != io.EOF {
			t.Errorf("after the last write: %v", err)
		}
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}

// TestNothingIsThereBeforeItIsWritten reads all that there is after each write,
// over memory that is full of what was there before: the head that comes next
// must be that of no chunk.
func TestNothingIsThereBeforeItIsWritten(t *testing.T) {
	for _, spins := range []uint32{0, 1} {
		near, far, m := testRing(t, 1)
		m.spins.Store(spins)
		from := rand.New(rand.NewPCG(2, uint64(spins)))
		for range 3000 {
			b := bytes.Repeat([]byte{1, 0, 0, 0}, 1+from.IntN(600))
			if _, err := near.ringWriter.Write(b); err != nil {
				t.Fatal(err)
			}
			if got, err := far.ringReader.View(); err != nil || !bytes.Equal(got, b) {
				t.Fatalf("spins %d: %d bytes are seen for %d, %v", spins, len(got), len(b), err)
			}
			next := far.ringReader.tail + far.ringReader.length
			if n := m.lane(0).head(next).Load(); n != 0 {
				t.Fatalf("spins %d: a chunk of %d bytes is there that was not written", spins, n)
			}
		}
	}
}

// A writer that waits for room learns that nobody will read any more.
func TestRingsThatNobodyReadsEndTheWriting(t *testing.T) {
	near, far, _ := testRing(t, 1)
	failed := make(chan error, 1)
	go func() {
		_, err := near.ringWriter.Write(make([]byte, 2*RingBytes))
		failed <- err
	}()
	if err := errors.Join(far.ringWriter.Close(), far.ringReader.Close()); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != unix.EPIPE {
		t.Errorf("ended by %v", err)
	}
}

// A process that writes anything into the memory can make the other fail, but
// neither read nor write where it must not.
func TestRingsRefuseIndicesThatMakeNoSense(t *testing.T) {
	near, far, m := testRing(t, 1)
	for _, head := range []uint32{ringChunk + 1, math.MaxUint32, 1 << 31} {
		far.ringReader.lane.head(0).Store(head)
		if n, err := far.ringReader.Read(make([]byte, 10)); !errors.Is(err, errRing) {
			t.Errorf("head %d: read %d bytes, %v", head, n, err)
		}
	}
	for _, tail := range []uint32{1, math.MaxUint32 - 4*RingBytes, 1 << 31} {
		m.lanes[0].tail.Store(tail)
		near.ringWriter.tail = 0
		if n, err := near.ringWriter.Write(make([]byte, RingBytes+1)); !errors.Is(err, errRing) {
			t.Errorf("tail %d: wrote %d bytes, %v", tail, n, err)
		}
	}
}

func TestRingsSpinOnlyWhereAllCanRun(t *testing.T) {
	var own unix.CPUSet
	if err := unix.SchedGetaffinity(0, &own); err != nil {
		t.Fatal(err)
	}
	first := 0
	for !own.IsSet(first) {
		first++
	}
	var alone, beside, far unix.CPUSet
	alone.Set(first)
	beside.Set(first + 1)
	far.Set(first + 1)
	far.Set(first + 2)
	far.Set(first + 3)
	for _, c := range []struct {
		maker, joiner unix.CPUSet
		pairs         uint32
		spins         uint32
	}{
		{alone, alone, 1, 0},
		{alone, beside, 1, 1},
		{alone, beside, 2, 0},
		{alone, far, 2, 1},
		{far, far, 2, 0},
	} {
		m := ringMemory{cpus: c.maker, pairs: c.pairs}
		m.place(c.joiner)
		if got := m.spins.Load(); got != c.spins {
			t.Errorf("%d and %d CPUs for %d pairs: spins %d", c.maker.Count(), c.joiner.Count(), c.pairs, got)
		}
	}
}

// TestRingsAreClosedOnce holds that what was closed is refused and not touched.
func TestRingsAreClosedOnce(t *testing.T) {
	near, _, _ := testRing(t, 1)
	if err := errors.Join(near.ringWriter.Close(), near.ringReader.Close()); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"close":       near.ringWriter.Close(),
		"close again": near.ringReader.Close(),
		"write":       second(near.ringWriter.Write([]byte("x"))),
		"read":        second(near.ringReader.Read(make([]byte, 1))),
	} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func second(_ int, err error) error { return err }
