package runners

// A split is where the time of round trips went, of which one at a time is
// under way.
type split struct {
	parts
	n            int64 // round trips
	ours, theirs moments
}

// parts of the time of round trips, in ns. No moment is in two of them.
type parts struct{ encode, copy, wake, decode, body int64 }

// add adds the round trip before the last. Of that, what is still to come is
// when the write of the answer returned, which stands in the next answer.
func (s *split) add(ours, theirs moments) {
	if s.ours.began != 0 {
		s.theirs.wrote = theirs.wrote
		s.parts = s.plus(partsOf(s.ours, s.theirs))
		s.n++
	}
	s.ours, s.theirs = ours, theirs
}

// partsOf splits a round trip. Who is woken by a write may run before that
// write returns, on the same CPU at the cost of the writer: what a write takes
// ends when the other side has read.
func partsOf(ours, theirs moments) parts {
	p := parts{
		encode: ours.encoded - ours.began + theirs.encoded - theirs.looked,
		copy:   min(ours.wrote, theirs.read) - ours.encoded + min(theirs.wrote, ours.read) - theirs.encoded,
		decode: theirs.decoded - theirs.read + ours.decoded - ours.read,
		body:   theirs.looked - theirs.decoded,
	}
	p.wake = ours.decoded - ours.began - p.encode - p.copy - p.decode - p.body
	return p
}

func (p parts) plus(o parts) parts {
	return parts{p.encode + o.encode, p.copy + o.copy, p.wake + o.wake, p.decode + o.decode, p.body + o.body}
}
