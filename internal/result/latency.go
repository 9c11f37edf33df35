package result

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// NewHistogram makes an empty histogram of latencies: from 1 ns to an hour, to
// three digits.
func NewHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, int64(time.Hour), 3)
}

// EncodeLatency spells a histogram as a sample carries it.
func EncodeLatency(h *hdrhistogram.Histogram) (string, error) {
	b, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	return string(b), err
}

// Histogram returns the latencies of the sample's requests in ns, nil if none
// was timed.
func (s Sample) Histogram() (*hdrhistogram.Histogram, error) {
	if s.Latency == "" {
		return nil, nil
	}
	h, err := hdrhistogram.Decode([]byte(s.Latency))
	if err != nil {
		return nil, fmt.Errorf("latencies of %s in round %d: %w", s.Cell.Name(), s.Round, err)
	}
	return h, nil
}
