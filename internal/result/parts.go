package result

import (
	"bytes"
	"errors"
	"runtime"
	"slices"
	"sync"
)

// sampleMark is how the line of a sample begins, with the end of the one before.
var sampleMark = []byte("\n" + mark + "sample ")

// leastPart is from how many bytes on a part is worth a reader of its own.
const leastPart = 1 << 18

// errUneven tells that a file must be read line by line.
var errUneven = errors.New("something else than samples as they are written here")

// inParts reads what is left of a file of ours on all CPUs, if it is large: parts
// that begin with a sample, each by a reader of its own. It is errUneven if any of
// them holds what only benchfmt reads, or what is damaged: then the file is to be
// read again line by line, which tells what is wrong and where.
func (r *reader) inParts() error {
	n := min(runtime.GOMAXPROCS(0), len(r.data)/leastPart)
	if !r.ours || n < 2 {
		return nil
	}
	parts := r.divide(n)
	samples := len(r.out.Samples)
	for _, p := range parts {
		samples += p.expected
	}
	all := slices.Grow(r.out.Samples, samples-len(r.out.Samples))[:samples]
	from := len(r.out.Samples)
	var crew sync.WaitGroup
	for _, p := range parts {
		p.out.Samples = all[from : from : from+p.expected]
		from += p.expected
		crew.Go(p.spotless)
	}
	crew.Wait()
	for _, p := range parts {
		if p.uneven || len(p.out.Samples) != p.expected || !r.join(p.reader) {
			return errUneven
		}
	}
	r.out.Samples, r.data = all, nil
	return nil
}

// A part of a file is read by a reader of its own.
type part struct {
	*reader
	expected int // samples
	uneven   bool
}

// divide cuts what is left into parts.
func (r *reader) divide(n int) []*part {
	var parts []*part
	at, next, rest := r.at, r.next, r.data
	for n > 0 && len(rest) > 0 {
		end := len(rest)
		if i := bytes.Index(rest[len(rest)/n:], sampleMark); n > 1 && i >= 0 {
			end = len(rest)/n + i + 1
		}
		p := &part{reader: readerOf(r.path)}
		p.ours, p.begun, p.keys, p.out.Run = true, true, r.keys, r.out.Run
		p.at, p.next, p.data = at, next, rest[:end]
		p.expected = bytes.Count(p.data, sampleMark)
		if bytes.HasPrefix(p.data, sampleMark[1:]) {
			p.expected++
		}
		at.line += bytes.Count(p.data, []byte("\n"))
		next += int64(end)
		rest, n = rest[end:], n-1
		parts = append(parts, p)
	}
	return parts
}

// spotless reads the part until it meets what it cannot read.
func (p *part) spotless() {
	for len(p.data) > 0 && !p.uneven {
		err := p.advance()
		p.uneven = err != nil || p.stale || len(p.reader.part) > 0
	}
	p.uneven = p.uneven || p.pending.line > 0
}

// join adds what a part held, but for its samples, and tells whether no round of
// a cell stands twice.
func (r *reader) join(p *reader) bool {
	for name, n := range p.names {
		own := r.cells[n.cell]
		if own == nil {
			own, r.cells[n.cell] = n, n
		}
		if r.names[name] = own; own == n {
			continue
		}
		for round, line := range n.rounds {
			if _, again := own.rounds[round]; again {
				return false
			}
			own.rounds[round] = line
		}
	}
	r.at, r.next = p.at, p.next
	r.out.Plan = append(r.out.Plan, p.out.Plan...)
	r.out.Failures = append(r.out.Failures, p.out.Failures...)
	r.out.Blanks = append(r.out.Blanks, p.out.Blanks...)
	r.out.Warnings = append(r.out.Warnings, p.out.Warnings...)
	return true
}
