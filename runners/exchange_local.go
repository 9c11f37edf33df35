package runners

import (
	"errors"
	"fmt"
	"io"
)

// mostLoads is how many bytes the payloads of all messages under way may take
// within one process: each is a piece of memory of its own, which is handed over.
const mostLoads = 1 << 30

// localLimits tells what goroutines cannot do.
func (s ExchangeSetup) localLimits() error {
	pairs := max(len(s.Pairs), 1)
	switch {
	case s.Record || s.Codec != "":
		return fmt.Errorf("model %s hands memory over and encodes nothing: %w", s.Model, errors.ErrUnsupported)
	case pairs*s.Depth*s.Payload > mostLoads:
		return fmt.Errorf("%d pairs with %d messages of %d bytes under way: at most %d bytes are handed round: %w", pairs, s.Depth, s.Payload, mostLoads, errors.ErrUnsupported)
	}
	return nil
}

// A localLine hands payloads over to a goroutine, which hands small answers back.
type localLine struct {
	noted
	end   end
	loads [][]byte // as many as can be under way
	sent  int
	done  chan error // what the receiving goroutine ends by
}

func newLocalLine(s ExchangeSetup) (line, error) {
	for _, via := range inProcessTransports() {
		if via.name == s.Transport {
			near, far := via.connect(s.Depth)
			l := &localLine{end: near, done: make(chan error, 1)}
			for range s.Depth {
				l.loads = append(l.loads, make([]byte, s.Payload))
			}
			r := newLocalReceiver(far, s.Depth)
			go func() { l.done <- errors.Join(r.serve(), far.close()) }()
			return l, nil
		}
	}
	return nil, fmt.Errorf("no transport %q within a process", s.Transport)
}

func (l *localLine) send(stamp uint64) error {
	load := l.loads[l.sent%len(l.loads)]
	l.sent++
	le.PutUint64(load, stamp)
	if !isTimed(stamp) {
		return l.end.send(load)
	}
	l.at.began = moment()
	l.at.encoded = l.at.began
	err := l.end.send(load)
	l.at.wrote = moment()
	return err
}

func (l *localLine) receive() (*answer, error) {
	b, err := l.end.receive()
	if err != nil {
		return nil, err
	}
	if len(b) == timedAnswerBytes {
		l.at.read = moment()
		l.at.decoded = l.at.read
	}
	return &l.last, l.last.parse(b)
}

func (l *localLine) renew(seed uint64) (sum, see uint64) {
	m := message{Flat: l.loads[0][8:]}
	fill(m.Flat, seed)
	for _, load := range l.loads[1:] {
		copy(load[8:], m.Flat)
	}
	return sumOf(&m), look(&m)
}

func (l *localLine) kill() { _ = l.end.close() } // calls under way return

func (l *localLine) blame(err error) error { return err }

func (l *localLine) close() error { return errors.Join(l.end.close(), <-l.done) }

// A localReceiver answers the messages that are handed over to a goroutine.
type localReceiver struct {
	receiver
	end     end
	replies [][]byte // one more than the sender can have: it looks at one
	sent    int
	at      moments
}

func newLocalReceiver(e end, depth int) *localReceiver {
	r := &localReceiver{end: e}
	for range depth + 1 {
		r.replies = append(r.replies, make([]byte, 0, timedAnswerBytes))
	}
	return r
}

func (r *localReceiver) serve() error {
	for {
		b, err := r.end.receive()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = r.reply(b)
		}
		if err != nil {
			return err
		}
	}
}

func (r *localReceiver) reply(b []byte) error {
	m := message{Stamp: le.Uint64(b), Flat: b[8:]}
	timed := isTimed(m.Stamp)
	if timed {
		r.at.read = moment()
		r.at.decoded = r.at.read
	}
	value := r.answer(&m)
	reply := r.replies[r.sent%len(r.replies)][:0]
	r.sent++
	reply = le.AppendUint64(le.AppendUint64(reply, m.Stamp), value)
	if !timed {
		return r.end.send(reply)
	}
	r.at.looked = moment()
	r.at.encoded = r.at.looked
	err := r.end.send(r.at.append(reply))
	r.at.wrote = moment()
	return err
}
