package runners

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

var le = binary.LittleEndian

// MaxFrame bounds a frame; a longer one is refused before it is allocated.
const MaxFrame = 256 << 20

// frameHead is the length of the rest, 4 bytes, and the kind.
const frameHead = 5

// The kinds of frames. A run frame starts tasks and a done frame brings their
// results; both hold entries. The others are told apart by who sends them.
const (
	frameHello   = iota + 1 // worker: ready
	frameTask               // parent: name of the task that following run frames mean
	frameRun                // parent: entries of id and input
	frameDone               // worker: entries of id and result
	frameFailed             // worker: id and error text
	frameCall               // worker: transaction by name, arguments
	frameAnswer             // parent: value of the transaction; answer to a message of an exchange
	frameReport             // parent: asks for the account; worker: the account
	frameMessage            // of an exchange
	frameTimed              // message of an exchange; wanted is when what happened to it
	frameKinds
)

// A frameWriter builds one frame at a time and sends each by one Write.
type frameWriter struct {
	w     io.Writer
	buf   []byte
	bytes int64 // sent
}

// begin starts a frame.
func (f *frameWriter) begin(kind byte) { f.buf = append(f.buf[:0], 0, 0, 0, 0, kind) }

// entry appends an entry: an id, and what appendValue appends, behind its length.
func (f *frameWriter) entry(id int, appendValue func([]byte) ([]byte, error)) error {
	head := len(f.buf)
	b, err := appendValue(append(f.buf, 0, 0, 0, 0, 0, 0, 0, 0))
	if err != nil {
		return err
	}
	le.PutUint32(b[head:], uint32(id))
	le.PutUint32(b[head+4:], uint32(len(b)-head-8))
	f.buf = b
	return nil
}

// send writes the frame.
func (f *frameWriter) send() error {
	if len(f.buf) > MaxFrame {
		return fmt.Errorf("a frame of %d bytes is over the limit of %d", len(f.buf), MaxFrame)
	}
	le.PutUint32(f.buf, uint32(len(f.buf)-4))
	n, err := f.w.Write(f.buf)
	f.bytes += int64(n)
	return err
}

// text sends a frame that holds a string.
func (f *frameWriter) text(kind byte, s string) error {
	f.begin(kind)
	f.buf = append(f.buf, s...)
	return f.send()
}

// A frameReader reads frames. It takes what one Read gives, so that a small
// frame costs one system call.
type frameReader struct {
	r          io.Reader
	views      viewer // of r; nil: frames are copied out of it
	buf        []byte
	start, end int
	bytes      int64 // received
}

func newFrameReader(r io.Reader) frameReader {
	return frameReader{r: r, buf: make([]byte, 64<<10)}
}

// A viewer shows what a Read would copy, until the next View or Read.
type viewer interface{ View() ([]byte, error) }

// newFrameViewer makes a reader whose frames stay where they are, if they can:
// in memory that the writer has, too. They are for one who trusts it not to
// write there.
func newFrameViewer(r io.Reader) frameReader {
	f := newFrameReader(r)
	f.views, _ = r.(viewer)
	return f
}

// next returns the next frame. Its payload is valid until the call after.
// The error is io.EOF only between frames.
func (f *frameReader) next() (kind byte, payload []byte, err error) {
	if f.views != nil && f.start == f.end {
		b, err := f.views.View()
		if err != nil {
			return 0, nil, err
		}
		if kind, size, err := frameOf(b); err == nil && size == len(b) {
			f.bytes += int64(size)
			return kind, b[frameHead:], nil
		}
		f.buf = append(f.buf[:0], b...) // the rest comes after it, or it is none
		f.buf = f.buf[:cap(f.buf)]
		f.start, f.end = 0, len(b)
	}
	if err := f.fill(frameHead); err != nil {
		return 0, nil, err
	}
	kind, size, err := frameOf(f.buf[f.start:f.end])
	if err != nil {
		return 0, nil, err
	}
	if err := f.fill(size); err != nil {
		return 0, nil, unexpected(err)
	}
	payload = f.buf[f.start+frameHead : f.start+size]
	f.start += size
	f.bytes += int64(size)
	return kind, payload, nil
}

// frameOf reads the head of a frame: its kind, and its size with the head.
func frameOf(b []byte) (kind byte, size int, err error) {
	if len(b) < frameHead {
		return 0, 0, io.ErrUnexpectedEOF
	}
	kind, size = b[frameHead-1], int(le.Uint32(b))+4
	if size < frameHead || size > MaxFrame {
		return 0, 0, fmt.Errorf("a frame says that it has %d bytes; %d to %d are possible", size, frameHead, MaxFrame)
	}
	if kind == 0 || kind >= frameKinds {
		return 0, 0, fmt.Errorf("a frame is of no known kind (%d)", kind)
	}
	return kind, size, nil
}

// buffered tells that a whole frame has been read already, so that next does
// not wait for the other side.
func (f *frameReader) buffered() bool {
	n := f.end - f.start
	return n >= frameHead && n >= int(le.Uint32(f.buf[f.start:]))+4
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// growStep bounds how much is allocated on the word of a frame's head alone.
const growStep = 32 << 20

// fill reads until n bytes are there. The buffer grows no faster than its
// content does, past the first step.
func (f *frameReader) fill(n int) error {
	if f.start == f.end {
		f.start, f.end = 0, 0
	}
	for f.end-f.start < n {
		if f.start > 0 && f.start+n > len(f.buf) {
			f.end = copy(f.buf, f.buf[f.start:f.end])
			f.start = 0
		}
		if f.end == len(f.buf) {
			f.buf = append(f.buf, make([]byte, min(n-f.end, growStep))...)
		}
		m, err := f.r.Read(f.buf[f.end:])
		f.end += m
		if m == 0 && err != nil {
			if f.end > f.start {
				return unexpected(err)
			}
			return err
		}
	}
	return nil
}

var errEntry = errors.New("an entry is cut short")

// eachEntry calls f for every entry of a run or done frame.
func eachEntry(payload []byte, f func(id int, value []byte) error) error {
	for len(payload) > 0 {
		if len(payload) < 8 || uint64(len(payload)-8) < uint64(le.Uint32(payload[4:])) {
			return errEntry
		}
		end := 8 + int(le.Uint32(payload[4:]))
		if err := f(int(le.Uint32(payload)), payload[8:end]); err != nil {
			return err
		}
		payload = payload[end:]
	}
	return nil
}

// appendCall appends a transaction's name and arguments.
func appendCall(b []byte, name string, args []int64) []byte {
	b = append(append(b, byte(len(name))), name...)
	for _, a := range args {
		b = le.AppendUint64(b, uint64(a))
	}
	return b
}

// readCall is the inverse of appendCall; args is reused.
func readCall(b []byte, args []int64) (name string, _ []int64, err error) {
	if len(b) < 1 || len(b) < 1+int(b[0]) || (len(b)-1-int(b[0]))%8 != 0 {
		return "", nil, errors.New("a call is cut short")
	}
	name, b = string(b[1:1+b[0]]), b[1+b[0]:]
	for args = args[:0]; len(b) > 0; b = b[8:] {
		args = append(args, int64(le.Uint64(b)))
	}
	return name, args, nil
}
