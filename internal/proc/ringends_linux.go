package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ringMemory is what the two ends of a ring share, besides the bytes of the
// lanes, which follow it page by page.
type ringMemory struct {
	cpus  unix.CPUSet // that the end which made it may use
	pairs uint32      // of processes that are at work in the same CPU set
	spins atomic.Uint32
	_     [120]byte
	lanes [2]laneState // from the maker, to the maker
}

const (
	ringFront  = 64 << 10                  // of the memory, for what is not bytes: pages of any size
	ringShared = ringFront + 2*RingBytes   // bytes that are shared
	ringMapped = ringFront + 2*2*RingBytes // bytes of addresses
)

// A ring is the shared memory as one process has it.
type ring struct {
	*ringMemory
	mem unsafe.Pointer
}

// lane is the direction from the maker, 0, or to it.
func (m ring) lane(n int) lane {
	return lane{&m.lanes[n], (*[2 * RingBytes]byte)(unsafe.Add(m.mem, ringFront+n*2*RingBytes))}
}

func (m ring) end() *ringEnd { return &ringEnd{mem: m.mem, spins: &m.spins} }

// NewRing makes two rings of bytes in memory that is shared with a child, one
// each way: both halves of our end, and what the child gets as standard input
// and output and picks up by JoinRing. The memory has no name and lasts as
// long as somebody has it mapped. A side that finds nothing sleeps on a futex.
//
// Before it sleeps it spins, but only if all can run at the same time: two
// that spin on one CPU keep each other from running until a time slice ends.
// So pairs tells how many pairs of processes are at work, and the end that
// joins counts the CPUs that its or the maker's thread may use at that moment:
// both sides spin if there are two for every pair. What is bound to other CPUs
// later is not seen.
func NewRing(pairs int) (r io.ReadCloser, w io.WriteCloser, child [2]*os.File, err error) {
	fd, err := unix.MemfdCreate("nonrev-ring", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, nil, child, fmt.Errorf("ring: %w", err)
	}
	alive, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, child, errors.Join(fmt.Errorf("ring: %w", err), unix.Close(fd))
	}
	m, err := makeRing(fd, pairs)
	if err != nil {
		return nil, nil, child, errors.Join(fmt.Errorf("ring: %w", err), unix.Close(fd), unix.Close(alive[0]), unix.Close(alive[1]))
	}
	e := m.end()
	if e.alive, err = watchRing(e, m, alive[0]); err != nil {
		return nil, nil, child, errors.Join(fmt.Errorf("ring: %w", err), unix.Close(fd), unix.Close(alive[0]), unix.Close(alive[1]), m.unmap())
	}
	child = [2]*os.File{(&File{alive[1]}).OS("alive"), (&File{fd}).OS("ring")}
	return &ringReader{ringEnd: e, lane: m.lane(1)}, &ringWriter{ringEnd: e, lane: m.lane(0)}, child, nil
}

func makeRing(fd, pairs int) (ring, error) {
	if err := unix.Ftruncate(fd, ringShared); err != nil {
		return ring{}, err
	}
	// Memory that the other side took back would kill whoever touches it.
	const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		return ring{}, err
	}
	m, err := mapRing(fd)
	if err != nil {
		return ring{}, err
	}
	m.pairs = uint32(max(pairs, 1))
	if err := unix.SchedGetaffinity(0, &m.cpus); err != nil {
		return ring{}, errors.Join(err, m.unmap())
	}
	return m, nil
}

// mapRing maps the memory, the bytes of each lane twice, one after the other.
func mapRing(fd int) (ring, error) {
	mem, err := unix.MmapPtr(-1, 0, nil, ringMapped, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return ring{}, fmt.Errorf("map: %w", err)
	}
	m := ring{(*ringMemory)(mem), mem}
	for _, part := range []struct {
		from     int64
		to, size uintptr
	}{
		{0, 0, ringFront},
		{ringFront, ringFront, RingBytes},
		{ringFront, ringFront + RingBytes, RingBytes},
		{ringFront + RingBytes, ringFront + 2*RingBytes, RingBytes},
		{ringFront + RingBytes, ringFront + 3*RingBytes, RingBytes},
	} {
		_, err := unix.MmapPtr(fd, part.from, unsafe.Add(mem, part.to), part.size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_FIXED)
		if err != nil {
			return ring{}, errors.Join(fmt.Errorf("map: %w", err), m.unmap())
		}
	}
	return m, nil
}

func (m ring) unmap() error { return unix.MunmapPtr(m.mem, ringMapped) }

// A ringWatch ends all waiting of the end that made the ring once the other
// process has: one that was killed wakes nobody. A goroutine can watch, since
// the runtime is told of all sleeps, or has threads to spare (see Bare). The
// end that joined needs none: its process dies with that which made the ring.
type ringWatch struct {
	alive *os.File
	done  chan struct{}
}

func watchRing(e *ringEnd, m ring, alive int) (ringWatch, error) {
	if err := unix.SetNonblock(alive, true); err != nil { // or a thread would block in it
		return ringWatch{}, err
	}
	w := ringWatch{(&File{alive}).OS("alive"), make(chan struct{})}
	go func() {
		defer close(w.done)
		_, _ = w.alive.Read(make([]byte, 1)) // nothing is sent: it hangs up, or is closed here
		e.gone.Store(true)
		m.lanes[0].freed.wake()
		m.lanes[1].filled.wake()
	}()
	return w, nil
}

// Close returns when the watch has let go of the ring.
func (w ringWatch) Close() error {
	err := w.alive.Close()
	<-w.done
	return err
}

// JoinRing is how a child that Start has started takes up what NewRing has made.
func JoinRing() (r io.ReadCloser, w io.WriteCloser, err error) {
	alive, shared, err := Stdio()
	if err != nil {
		return nil, nil, err
	}
	defer shared.Close()
	var s unix.Stat_t
	if err := unix.Fstat(shared.fd, &s); err != nil {
		return nil, nil, fmt.Errorf("ring: %w", err)
	}
	if s.Size != ringShared {
		return nil, nil, fmt.Errorf("ring: %d bytes are shared, not %d", s.Size, ringShared)
	}
	m, err := mapRing(shared.fd)
	if err != nil {
		return nil, nil, fmt.Errorf("ring: %w", err)
	}
	var own unix.CPUSet
	if err := unix.SchedGetaffinity(0, &own); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("ring: read CPU set: %w", err), m.unmap())
	}
	m.place(own)
	e := m.end()
	e.alive = alive
	return &ringReader{ringEnd: e, lane: m.lane(0)}, &ringWriter{ringEnd: e, lane: m.lane(1)}, nil
}

// place decides whether all pairs can run at the same time on the CPUs of the
// maker and the joiner.
func (m *ringMemory) place(cpus unix.CPUSet) {
	for i := range cpus {
		cpus[i] |= m.cpus[i]
	}
	if cpus.Count() >= 2*int(m.pairs) {
		m.spins.Store(1)
	}
}
