package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Bare is the same connection for a thread that does nothing else, by system
// calls of which the runtime is not told. To tell it costs little by itself,
// but a goroutine that does nothing else is soon taken for one that holds
// others up, and interrupted every 20 us. While a bare call blocks, its thread
// keeps what goroutines run on, and no collection can begin: this is for a
// process that has no other goroutine at work, or as many more of what they run
// on (see runtime.GOMAXPROCS) as threads that do this and another side that
// surely answers. Whoever closes the connection closes r and w.
func Bare(r io.Reader, w io.Writer) (io.Reader, io.Writer) {
	switch in := r.(type) {
	case *File:
		r = bareReader{in.fd}
	case *ringReader:
		in.bare = true // of both halves
	}
	switch out := w.(type) {
	case *File:
		w = bareWriter{out.fd}
	case *Sender:
		w = bareWriter{out.fd}
	}
	return r, w
}

type bareReader struct{ fd int }

// Read reads what there is, waiting for at least one byte.
func (r bareReader) Read(p []byte) (int, error) {
	for {
		n, _, e := syscall.RawSyscall(syscall.SYS_READ, uintptr(r.fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		switch {
		case e == syscall.EINTR:
		case e != 0:
			return 0, e
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		default:
			return int(n), nil
		}
	}
}

type bareWriter struct{ fd int }

// Write writes all of p.
func (w bareWriter) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		rest := p[done:]
		n, _, e := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(w.fd), uintptr(unsafe.Pointer(unsafe.SliceData(rest))), uintptr(len(rest)))
		switch e {
		case 0:
			done += int(n)
		case syscall.EINTR:
		default:
			return done, e
		}
	}
	return done, nil
}

// A Word is a place in memory that two processes share, in which one of them
// hands numbers to the other. It has cache lines of its own.
type Word struct {
	turn         atomic.Uint32 // as many words as were handed over
	Stamp, Value uint64        // of the word that was handed over last
	_            [104]byte
}

// Words are one Word there and one back.
type Words struct {
	*words
	gone atomic.Bool
}

type words struct{ There, Back Word }

const wordsBytes = int(unsafe.Sizeof(words{}))

// NewWords makes words in memory that is shared with a child, and the file by
// which that joins.
func NewWords() (*Words, *os.File, error) {
	fd, err := unix.MemfdCreate("nonrev-words", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, nil, fmt.Errorf("words: %w", err)
	}
	if err := unix.Ftruncate(fd, int64(wordsBytes)); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("words: %w", err), unix.Close(fd))
	}
	w, err := mapWords(fd)
	if err != nil {
		return nil, nil, errors.Join(err, unix.Close(fd))
	}
	return w, (&File{fd}).OS("words"), nil
}

// JoinWords is how a child takes up, as standard input, what NewWords has made.
func JoinWords() (*Words, error) { return mapWords(0) }

func mapWords(fd int) (*Words, error) {
	mem, err := unix.MmapPtr(fd, 0, nil, uintptr(wordsBytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("words: map: %w", err)
	}
	return &Words{words: (*words)(mem)}, nil
}

// Give hands a word over, after its numbers were set. If the other side sleeps
// on it, it must be woken.
func (w *Word) Give(wake bool) {
	w.turn.Add(1)
	if wake {
		futexWake(&w.turn)
	}
}

// Spin returns when another word has come than so many. It is false when the
// other side has gone.
func (w *Words) Spin(word *Word, taken uint32) bool {
	for word.turn.Load() == taken {
	}
	return !w.gone.Load()
}

// Sleep is Spin, asleep on a futex instead.
func (w *Words) Sleep(word *Word, taken uint32) bool {
	for word.turn.Load() == taken {
		futexWait(&word.turn, taken, true)
	}
	return !w.gone.Load()
}

// Gone ends the waiting for words that come back, once the other side cannot
// give any.
func (w *Words) Gone() {
	w.gone.Store(true)
	w.Back.Give(true)
}

// Close gives the memory back.
func (w *Words) Close() error {
	err := unix.MunmapPtr(unsafe.Pointer(w.words), uintptr(wordsBytes))
	w.words = nil
	return err
}
