package result

import (
	"math"
	"math/rand/v2"
	"testing"
)

// exampleLatency encodes n latencies about 3 ms, as a service with 2 ms of
// delay has them.
func exampleLatency(t testing.TB, random *rand.Rand, n int) string {
	t.Helper()
	h := NewHistogram()
	for range n {
		if err := h.RecordValue(int64(3e6 * math.Exp(0.3*random.NormFloat64()))); err != nil {
			t.Fatal(err)
		}
	}
	s, err := EncodeLatency(h)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
