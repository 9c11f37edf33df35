package result

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The geometry of every histogram in a file. The library would take any.
const (
	lowestLatency  = 1
	highestLatency = int64(time.Hour)
	latencyDigits  = 3
)

// NewHistogram makes an empty histogram of latencies: from 1 ns to an hour, to
// three digits.
func NewHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(lowestLatency, highestLatency, latencyDigits)
}

// EncodeLatency spells a histogram as a sample carries it: about 1 KiB for
// 3000 latencies, 6 KiB for a million.
func EncodeLatency(h *hdrhistogram.Histogram) (string, error) {
	b, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	return string(b), err
}

// Histogram returns the latencies of the sample's requests in ns, nil if none
// was timed. It refuses what EncodeLatency cannot have made of a histogram of
// NewHistogram's, before it takes memory for it.
func (s Sample) Histogram() (*hdrhistogram.Histogram, error) {
	if s.Latency == "" {
		return nil, nil
	}
	h, err := decodeLatency(s.Latency)
	if err != nil {
		return nil, fmt.Errorf("latencies of %s in round %d: %w", s.Cell.Name(), s.Round, err)
	}
	return h, nil
}

func decodeLatency(latency string) (*hdrhistogram.Histogram, error) {
	if err := new(latencyChecker).check(latency); err != nil {
		return nil, err
	}
	return hdrhistogram.Decode([]byte(latency))
}

// A latencyChecker tells whether latencies can be decoded, at a tenth of the
// cost of decoding them, so that a reader may ask of every line.
type latencyChecker struct {
	packed   bytes.Reader
	inflater io.ReadCloser
	buf      []byte
	inflated bytes.Buffer
}

// latencyHead is the beginning of an encoded histogram once it is inflated.
type latencyHead struct {
	Cookie, Length, Offset, Digits int32
	Lowest, Highest                int64
	Ratio                          float64
}

const (
	packedHead = 8        // bytes of cookie and length
	counters   = 33 << 10 // of a histogram of ours
	counterMax = 8        // bytes of one, which is below 2^55
)

// check tells why latencies cannot be decoded.
func (c *latencyChecker) check(latency string) error {
	if len(latency) > maxLine {
		return fmt.Errorf("%d bytes are too long", len(latency))
	}
	if err := c.inflate(latency); err != nil {
		return err
	}
	var head latencyHead
	counts := c.inflated.Bytes()
	n, err := binary.Decode(counts, binary.BigEndian, &head)
	switch {
	case err != nil:
		return err
	case head.Cookie != hdrhistogram.V2EncodingCookieBase|0x10:
		return fmt.Errorf("encoding %x is not that of a histogram", head.Cookie)
	case head.Lowest != lowestLatency || head.Highest != highestLatency || head.Digits != latencyDigits || head.Ratio != 1 || head.Offset != 0:
		return fmt.Errorf("a histogram from %d to %d to %d digits is not one of ours", head.Lowest, head.Highest, head.Digits)
	case int(head.Length) != len(counts)-n:
		return fmt.Errorf("%d bytes of counters, %d promised", len(counts)-n, head.Length)
	}
	return checkCounts(counts[n:])
}

// inflate undoes base64 and the compression, of no more than the longest
// histogram takes, and checks the sum over the result.
func (c *latencyChecker) inflate(latency string) (err error) {
	if c.buf, err = base64.StdEncoding.Strict().AppendDecode(c.buf[:0], []byte(latency)); err != nil {
		return err
	}
	if len(c.buf) < packedHead {
		return io.ErrUnexpectedEOF
	}
	cookie, length := binary.BigEndian.Uint32(c.buf), binary.BigEndian.Uint32(c.buf[4:])
	if cookie != uint32(hdrhistogram.V2CompressedEncodingCookieBase|0x10) || int(length) != len(c.buf)-packedHead {
		return errors.New("not a compressed histogram, or cut off")
	}
	c.packed.Reset(c.buf[packedHead:])
	if c.inflater == nil {
		c.inflater, err = zlib.NewReader(&c.packed)
	} else {
		err = c.inflater.(zlib.Resetter).Reset(&c.packed, nil)
	}
	if err != nil {
		return err
	}
	longest := int64(binary.Size(latencyHead{}) + counterMax*counters)
	c.inflated.Reset()
	if _, err = c.inflated.ReadFrom(io.LimitReader(c.inflater, longest+1)); err != nil {
		return err
	}
	if int64(c.inflated.Len()) > longest {
		return fmt.Errorf("more than the %d bytes of a histogram", longest)
	}
	return nil
}

// checkCounts goes through the counters, of which a negative one stands for so
// many zeros.
func checkCounts(counts []byte) error {
	at, total := 0, int64(0)
	for len(counts) > 0 {
		v, n := counter(counts)
		if n < 1 || n > counterMax {
			return errors.New("a counter is cut off or too large")
		}
		counts = counts[n:]
		if v < 0 {
			at -= int(v)
		} else {
			at, total = at+1, total+v
		}
		if at > counters || total > most {
			return errors.New("counters beyond the end, or too many latencies")
		}
	}
	return nil
}

// counter is binary.Varint, made fast for counters of one byte.
func counter(b []byte) (v int64, n int) {
	if c := b[0]; c < 0x80 {
		return int64(c>>1) ^ -int64(c&1), 1
	}
	return binary.Varint(b)
}
