package runners

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"

	"github.com/nonrev/nonrev/internal/proc"
)

// answerArg is what the other process of a pair is told.
type answerArg struct {
	Model, Transport, Codec string
	Record                  bool
	Payload                 int
}

// Answer is the part of the other process of a pair: it answers messages until
// the sender closes the connection.
func Answer(arg json.RawMessage) error {
	var a answerArg
	if err := json.Unmarshal(arg, &a); err != nil {
		return err
	}
	runtime.LockOSThread()
	if a.Model == rawGo {
		return answerFloor(a)
	}
	via, err := transportNamed(a.Transport)
	if err != nil {
		return err
	}
	l, err := via.accept()
	if err != nil {
		return err
	}
	c, err := lineCodec(a.Codec, a.Record)
	if err != nil {
		return err
	}
	in, out := proc.Bare(l.ReadCloser, l.WriteCloser)
	r := &framedReceiver{in: newFrameViewer(in), out: frameWriter{w: out}, codec: c}
	return r.serve()
}

// A receiver is what the one who answers keeps, however messages reach it.
type receiver struct {
	seen   uint64
	stocks [2]stock // at the last two marks
	memory runtime.MemStats
}

// answer is the value that answers a message.
func (r *receiver) answer(m *message) uint64 {
	if m.Stamp&stampAsk != 0 {
		return r.told(m.Stamp)
	}
	r.seen++
	if m.Stamp&stampProof != 0 {
		return sumOf(m)
	}
	return lookAt(m.Stamp, look(m))
}

func (r *receiver) told(stamp uint64) uint64 {
	used := r.stocks[1].minus(r.stocks[0])
	switch stamp & stampNumber {
	case askSeen:
		return r.seen
	case askCPU:
		return used.cpu
	case askSwitches:
		return used.switches
	default:
		return used.mallocs
	}
}

// mark takes stock after the answer to a message that is marked.
func (r *receiver) mark(stamp uint64) (err error) {
	if stamp&(stampMark|stampAsk) == stampMark {
		r.stocks[0] = r.stocks[1]
		r.stocks[1], err = takeStock(&r.memory)
	}
	return err
}

// lookAt is the answer to a message at whose payload a look gives what is told.
func lookAt(stamp, look uint64) uint64 { return (stamp&stampNumber)*lookFactor + look }

// look reads all fields of a record, or a word of every page of flat bytes.
func look(m *message) uint64 {
	if m.Record != nil {
		return m.Record.digest()
	}
	return lookPages(m.Flat)
}

const (
	// lookFactor is odd, so that no two stamps give the same.
	lookFactor = 0x9e3779b97f4a7c15
	// lookStride is the least size of a page.
	lookStride = 4096
)

// lookPages weighs the words by where they are, so that pages cannot change places.
func lookPages(flat []byte) (sum uint64) {
	for at := 0; at+8 <= len(flat); at += lookStride {
		sum += le.Uint64(flat[at:]) * uint64(2*at+1)
	}
	return sum + le.Uint64(flat[len(flat)-8:])*lookFactor
}

// sumOf is the CRC-32 of all bytes of a payload, for a record of its fields as
// text, in which maps are in order.
func sumOf(m *message) uint64 {
	if m.Record != nil {
		return uint64(crc32.ChecksumIEEE(fmt.Appendf(nil, "%v", *m.Record)))
	}
	return uint64(crc32.ChecksumIEEE(m.Flat))
}

// A framedReceiver answers messages that come in frames.
type framedReceiver struct {
	receiver
	in    frameReader
	out   frameWriter
	codec codec // nil: raw
	m     message
	at    moments
}

func (r *framedReceiver) serve() error {
	for {
		kind, payload, err := r.in.next()
		if err == io.EOF {
			return nil
		}
		if err == nil && kind != frameMessage && kind != frameTimed {
			err = fmt.Errorf("frame of kind %d where a message was due", kind)
		}
		if err == nil {
			err = r.reply(kind == frameTimed, payload)
		}
		if err != nil {
			return err
		}
	}
}

func (r *framedReceiver) reply(timed bool, payload []byte) error {
	if timed {
		r.at.read = moment()
	}
	if err := r.decode(payload); err != nil {
		return err
	}
	if timed {
		r.at.decoded = moment()
	}
	value := r.answer(&r.m)
	if timed {
		r.at.looked = moment()
	}
	r.out.begin(frameAnswer)
	r.out.buf = le.AppendUint64(le.AppendUint64(r.out.buf, r.m.Stamp), value)
	if timed {
		r.at.encoded = moment()
		r.out.buf = r.at.append(r.out.buf)
	}
	if err := r.out.send(); err != nil {
		return err
	}
	if timed {
		r.at.wrote = moment()
	}
	return r.mark(r.m.Stamp)
}

func (r *framedReceiver) decode(payload []byte) error {
	if r.codec != nil {
		return r.codec.decode(payload, &r.m)
	}
	if len(payload) < leastPayload {
		return errEntry
	}
	r.m.Stamp, r.m.Flat = le.Uint64(payload), payload[8:]
	return nil
}

// The sizes of answers in bytes: that to a message that is timed also holds moments.
const (
	answerBytes      = 16
	timedAnswerBytes = answerBytes + 5*8
)

// append appends what the one who answers tells: when it did what with the
// message, and when the write of the answer before returned.
func (m *moments) append(b []byte) []byte {
	for _, t := range [...]int64{m.read, m.decoded, m.looked, m.encoded, m.wrote} {
		b = le.AppendUint64(b, uint64(t))
	}
	return b
}

// parse is the inverse of what a receiver does.
func (a *answer) parse(b []byte) error {
	if len(b) != answerBytes && len(b) != timedAnswerBytes {
		return fmt.Errorf("%w: of %d bytes", ErrWrong, len(b))
	}
	a.stamp, a.value = le.Uint64(b), le.Uint64(b[8:])
	if len(b) == timedAnswerBytes {
		t := &a.theirs
		for i, at := range [...]*int64{&t.read, &t.decoded, &t.looked, &t.encoded, &t.wrote} {
			*at = int64(le.Uint64(b[answerBytes+8*i:]))
		}
	}
	return nil
}
