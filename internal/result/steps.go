package result

import (
	"encoding/binary"
	"fmt"
)

// A Step is how many requests took at most To ns, and longer than the step
// before it on the histogram's scale.
type Step struct{ To, Count int64 }

// Steps reads the latencies of many samples, at a tenth of what a histogram of
// each costs, since no step that is empty is looked at. The zero value is ready.
type Steps struct {
	check latencyChecker
	steps []Step
}

// Of returns the steps of a sample's histogram that are not empty, rising, nil
// if no request was timed. They hold until the next call. Errors are those of
// Sample.Histogram.
func (r *Steps) Of(s Sample) ([]Step, error) {
	if s.Latency == "" {
		return nil, nil
	}
	if err := r.check.check(s.Latency); err != nil {
		return nil, fmt.Errorf("latencies of %s in round %d: %w", s.Cell.Name(), s.Round, err)
	}
	r.steps = r.steps[:0]
	counts := r.check.inflated.Bytes()[binary.Size(latencyHead{}):]
	for at := int64(0); len(counts) > 0; {
		v, n := counter(counts)
		counts = counts[n:]
		if v < 0 {
			at -= v
			continue
		}
		if v > 0 {
			r.steps = append(r.steps, Step{stepEnd(at), v})
		}
		at++
	}
	return r.steps, nil
}

// stepEnd is the longest latency of the counter at a place: the first 2048 hold
// a nanosecond each, and every further 1024 twice as much as those before, which
// is three digits.
func stepEnd(at int64) int64 {
	const half = 1024
	double := max(0, at/half-1)
	first := (at - double*half) << double
	return first + 1<<double - 1
}
