package runners

import "slices"

// copyRing is the size of the buffer into which payloads are copied: that of a ring.
const copyRing = 256 << 10

// A copyLine copies payloads into a buffer, round and round, and answers itself.
type copyLine struct {
	receiver
	noted
	payload, ring []byte
	at            int // where in the ring the next payload begins
	seeing        uint64
	answers       [maxDepth]answer
	sent, due     int
}

func newCopyLine(s ExchangeSetup) *copyLine {
	return &copyLine{payload: make([]byte, s.Payload), ring: make([]byte, copyRing)}
}

func (l *copyLine) send(stamp uint64) error {
	a := &l.answers[l.sent%maxDepth]
	l.sent++
	a.stamp = stamp
	if stamp&stampAsk != 0 {
		a.value = l.told(stamp)
		return nil
	}
	l.seen++
	le.PutUint64(l.payload, stamp)
	for rest := l.payload; len(rest) > 0; {
		n := copy(l.ring[l.at:], rest)
		rest = rest[n:]
		l.at = (l.at + n) % copyRing
	}
	a.value = lookAt(stamp, l.seeing)
	if stamp&stampProof != 0 {
		a.value = sumOf(&message{Flat: l.copied()})
	}
	return nil
}

// copied is what the ring has of the payload behind the stamp.
func (l *copyLine) copied() []byte {
	there := slices.Concat(l.ring[l.at:], l.ring[:l.at])
	return there[copyRing-len(l.proven()):]
}

// proven is the part of the payload that the ring has at last.
func (l *copyLine) proven() []byte {
	return l.payload[max(8, len(l.payload)-copyRing):]
}

func (l *copyLine) receive() (*answer, error) {
	l.due++
	return &l.answers[(l.due-1)%maxDepth], nil
}

func (l *copyLine) renew(seed uint64) (sum, see uint64) {
	m := message{Flat: l.payload[8:]}
	fill(m.Flat, seed)
	l.seeing = look(&m)
	return sumOf(&message{Flat: l.proven()}), l.seeing
}

func (l *copyLine) kill() {}

func (l *copyLine) blame(err error) error { return err }

func (l *copyLine) close() error { return nil }
