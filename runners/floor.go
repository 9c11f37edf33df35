package runners

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/nonrev/nonrev/internal/proc"
)

// The floor is the bare mechanism under each transport. Messages are the same
// as those of others, but without frames: both sides know the sizes.

// The transports of the floor that no model has.
const (
	handover = "handover" // a word in a cache line, which the other side looks at all the time: two CPUs
	futex    = "futex"    // the same, slept for
	memcpy   = "memcpy"   // payloads are copied into a buffer as large as a ring, by one CPU, and nobody answers
)

func floorTransports() []string { return []string{"pipe", "unix", "tcp", handover, futex, memcpy} }

// floorLimits tells what the floor cannot do.
func (s ExchangeSetup) floorLimits() error {
	words := s.Transport == handover || s.Transport == futex
	same := s.Pairs == nil && runtime.NumCPU() < 2 || slices.ContainsFunc(s.Pairs, func(c [2]int) bool { return c[0] == c[1] })
	switch {
	case s.Record || s.Codec != "" && s.Codec != "raw":
		return fmt.Errorf("model %s sends flat bytes as they are: %w", s.Model, errors.ErrUnsupported)
	case words && s.Depth > 1:
		return fmt.Errorf("transport=%s hands over one word at a time, so that no more messages are under way: %w", s.Transport, errors.ErrUnsupported)
	case s.Transport == handover && same:
		return fmt.Errorf("two that look all the time on one CPU keep each other from running, transport=futex is what can be there: %w", errors.ErrUnsupported)
	}
	return nil
}

func newFloorLine(s ExchangeSetup, number int, cpus [2]int) (line, error) {
	switch s.Transport {
	case memcpy:
		return newCopyLine(s), nil
	case handover, futex:
		return newWordLine(s, number, cpus)
	default:
		return newBareLine(s, number, cpus)
	}
}

// answerFloor is the other side of a floor line.
func answerFloor(a answerArg) error {
	if a.Transport == handover || a.Transport == futex {
		return answerWords(a.Transport == futex)
	}
	via, err := transportNamed(a.Transport)
	if err != nil {
		return err
	}
	l, err := via.accept()
	if err != nil {
		return err
	}
	r, w := proc.Bare(l.ReadCloser, l.WriteCloser)
	return answerBare(r, w, a.Payload)
}

// A bareLine sends payloads by bare system calls.
type bareLine struct {
	*partner
	noted
	link    link
	r       io.Reader
	w       io.Writer
	payload []byte
	unread  []byte // answers that have been read
	buf     [maxDepth * answerBytes]byte
}

// noted is what a line without frames keeps.
type noted struct {
	at   moments
	last answer
}

func (n *noted) ours() *moments { return &n.at }

func newBareLine(s ExchangeSetup, number int, cpus [2]int) (line, error) {
	via, err := transportNamed(s.Transport)
	if err != nil {
		return nil, err
	}
	ours, theirs, err := via.offer(1)
	if err != nil {
		return nil, err
	}
	l := &bareLine{link: ours, payload: make([]byte, s.Payload)}
	l.r, l.w = proc.Bare(ours.ReadCloser, ours.WriteCloser)
	if l.partner, err = startPartner(s, number, cpus[1], theirs); err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	return l, nil
}

func (l *bareLine) send(stamp uint64) error {
	if isTimed(stamp) {
		l.at.began = moment()
	}
	le.PutUint64(l.payload, stamp)
	_, err := l.w.Write(l.payload)
	return err
}

func (l *bareLine) receive() (*answer, error) {
	for len(l.unread) < answerBytes {
		had := copy(l.buf[:], l.unread)
		n, err := l.r.Read(l.buf[had:])
		if err != nil {
			return nil, err
		}
		l.unread = l.buf[:had+n]
	}
	l.last.stamp, l.last.value = le.Uint64(l.unread), le.Uint64(l.unread[8:])
	l.unread = l.unread[answerBytes:]
	if isTimed(l.last.stamp) {
		l.at.decoded = moment()
	}
	return &l.last, nil
}

func (l *bareLine) renew(seed uint64) (sum, see uint64) {
	m := message{Flat: l.payload[8:]}
	fill(m.Flat, seed)
	return sumOf(&m), look(&m)
}

func (l *bareLine) close() error {
	err := l.link.WriteCloser.Close()
	return errors.Join(err, l.partner.close(), l.link.ReadCloser.Close())
}

// answerBare answers payloads, as many as one read brings, each by itself.
func answerBare(from io.Reader, to io.Writer, payload int) error {
	var r receiver
	var m message
	reply := make([]byte, answerBytes)
	buf, have := make([]byte, max(payload, 64<<10)), 0
	for {
		n, err := from.Read(buf[have:])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		have += n
		at := 0
		for ; have-at >= payload; at += payload {
			m.Stamp, m.Flat = le.Uint64(buf[at:]), buf[at+8:at+payload]
			le.PutUint64(reply, m.Stamp)
			le.PutUint64(reply[8:], r.answer(&m))
			if _, err := to.Write(reply); err != nil {
				return err
			}
			if err := r.mark(m.Stamp); err != nil {
				return err
			}
		}
		have = copy(buf, buf[at:have])
	}
}
