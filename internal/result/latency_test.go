package result

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"
)

// latencies fills a histogram with n latencies about 3 ms, as a service with
// 2 ms of delay has them.
func latencies(t testing.TB, seed uint64, n int) *hdrhistogram.Histogram {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, seed))
	h := NewHistogram()
	for range n {
		if err := h.RecordValue(int64(3e6 * math.Exp(0.3*random.NormFloat64()))); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func encoded(t testing.TB, h *hdrhistogram.Histogram) string {
	t.Helper()
	s, err := EncodeLatency(h)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func timed(latency string) Sample {
	return Sample{Cell: Cell{Workload: "echo", Model: Serial, Cores: 1}, Passes: 1, Loop: Open, Latency: latency, Values: []Value{{WallNS, 1}}}
}

func TestHistogramRoundTrip(t *testing.T) {
	merged, total := NewHistogram(), int64(0)
	for i, n := range []int{0, 1, 3000, 1_000_000} {
		h := latencies(t, uint64(i), n)
		s := encoded(t, h)
		t.Logf("%d latencies take %d bytes", n, len(s))
		if len(s) > maxLine/8 {
			t.Errorf("%d latencies take %d bytes", n, len(s))
		}
		got, err := timed(s).Histogram()
		if err != nil || !got.Equals(h) || got.TotalCount() != int64(n) {
			t.Fatalf("%d latencies: %v, equal %v", n, err, got != nil && got.Equals(h))
		}
		total += int64(n)
		if dropped := merged.Merge(got); dropped != 0 || merged.TotalCount() != total {
			t.Errorf("%d latencies dropped in merging, %d in all", dropped, merged.TotalCount())
		}
	}
	if h, err := (Sample{}).Histogram(); h != nil || err != nil {
		t.Errorf("of a sample without latencies: %v, %v", h, err)
	}
}

// The whole range may be used, at its densest: one latency in every counter.
func TestHistogramOfEveryLatency(t *testing.T) {
	h := NewHistogram()
	if n := len(h.Export().Counts); n != counters {
		t.Fatalf("%d counters, %d in the library", counters, n)
	}
	for ns := int64(1); ns <= int64(time.Hour); ns += max(1, ns>>11) {
		if err := h.RecordValue(ns); err != nil {
			t.Fatal(err)
		}
	}
	s := encoded(t, h)
	if got, err := timed(s).Histogram(); err != nil || !got.Equals(h) {
		t.Errorf("%d bytes: %v", len(s), err)
	}
}

// packed compresses what an encoded histogram holds.
func packed(head latencyHead, counts []byte) string {
	var body bytes.Buffer
	z := zlib.NewWriter(&body)
	err := binary.Write(z, binary.BigEndian, head)
	_, err2 := z.Write(counts)
	if err != nil || err2 != nil || z.Close() != nil {
		panic("a buffer cannot fail")
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(hdrhistogram.V2CompressedEncodingCookieBase|0x10))
	b = binary.BigEndian.AppendUint32(b, uint32(body.Len()))
	return base64.StdEncoding.EncodeToString(append(b, body.Bytes()...))
}

func ourHead(length int) latencyHead {
	return latencyHead{Cookie: hdrhistogram.V2EncodingCookieBase | 0x10, Length: int32(length), Digits: latencyDigits, Lowest: lowestLatency, Highest: highestLatency, Ratio: 1}
}

// hostile are histograms that must not be decoded.
func hostile() map[string]string {
	changed := func(change func(h *latencyHead)) string {
		h := ourHead(1)
		change(&h)
		return packed(h, []byte{2})
	}
	counts := func(v ...int64) string {
		var b []byte
		for _, v := range v {
			b = binary.AppendVarint(b, v)
		}
		return packed(ourHead(len(b)), b)
	}
	bomb := bytes.Repeat([]byte{2}, 40<<20)
	whole := changed(func(*latencyHead) {})
	return map[string]string{
		"prose":               "to be or not to be",
		"half a quantum":      whole[:len(whole)-1],
		"no sum":              base64.StdEncoding.EncodeToString(must(base64.StdEncoding.DecodeString(whole))[:40]),
		"only a head":         "AAAAAA==",
		"five digits":         changed(func(h *latencyHead) { h.Digits = 5 }),
		"all of int64":        changed(func(h *latencyHead) { h.Highest = math.MaxInt64 }),
		"a high lowest":       changed(func(h *latencyHead) { h.Lowest = 1 << 40 }),
		"another unit":        changed(func(h *latencyHead) { h.Ratio = math.NaN() }),
		"another encoding":    changed(func(h *latencyHead) { h.Cookie++ }),
		"a false length":      changed(func(h *latencyHead) { h.Length = 2 }),
		"a negative length":   changed(func(h *latencyHead) { h.Length = -1 }),
		"a bomb":              packed(ourHead(len(bomb)), bomb),
		"a counter too many":  counts(-counters, 1),
		"zeros beyond":        counts(-counters - 1),
		"endless zeros":       counts(-1 << 54),
		"a huge counter":      counts(1 << 55),
		"too many latencies":  counts(1<<54, 1<<54),
		"a counter cut off":   packed(ourHead(1), []byte{0x80}),
		"longer than a line":  strings.Repeat("A", maxLine+4),
		"nothing in the zlib": base64.StdEncoding.EncodeToString([]byte("\x1c\x84\x93\x14\x00\x00\x00\x00")),
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func TestHostileHistograms(t *testing.T) {
	path := writeExample(t)
	w, _, err := Resume(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line := bytes.Count(whole, []byte("\n")) + 2
	if err := w.AppendSample(timed(encoded(t, latencies(t, 1, 10)))); err != nil {
		t.Fatal(err)
	}
	for name, latency := range hostile() {
		s := timed(latency)
		if h, err := s.Histogram(); err == nil || h != nil || !strings.Contains(err.Error(), "latencies of Echo/model=serial-1 in round 0") {
			t.Errorf("%s: decoded, error %v", name, err)
		}
		if err := w.AppendSample(s); err == nil {
			t.Errorf("%s: written", name)
		}
		if len(latency) > maxLine {
			continue
		}
		text := fmt.Sprintf("%s%ssample {\"round\":0,\"loop\":\"open\",\"latency\":%q}\nBenchmarkEcho/model=serial-1 1 1 ns/op\n", whole, mark, latency)
		if _, err := Parse("bench.txt", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("bench.txt:%d: latencies: ", line)) {
			t.Errorf("%s: read, error %v", name, err)
		}
	}
}

// What is checked can be decoded, and what can be decoded and is of our
// geometry is one that can be written.
func FuzzHistogram(f *testing.F) {
	f.Add(encoded(f, latencies(f, 1, 100)), []byte(nil), false)
	f.Add("", binary.AppendVarint(nil, -7), true)
	for _, latency := range hostile() {
		f.Add(latency, []byte{2, 4, 1, 6}, len(latency)%2 == 0)
	}
	f.Fuzz(func(t *testing.T, latency string, counts []byte, pack bool) {
		if pack {
			latency = packed(ourHead(len(counts)), counts)
		}
		h, err := timed(latency).Histogram()
		if checked := new(latencyChecker).check(latency); latency != "" && (checked == nil) != (err == nil) {
			t.Fatalf("check says %v, decoding %v", checked, err)
		}
		if err != nil || h == nil {
			return
		}
		again, err := timed(encoded(t, h)).Histogram()
		if err != nil || !again.Equals(h) {
			t.Errorf("written again: %v", err)
		}
	})
}

func TestLatencyIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bench.txt")
	want := timed(encoded(t, latencies(t, 1, 3000)))
	want.Warm, want.RanNS, want.StealNS = 9, 1.5e8, 0.5
	f := &File{Run: Run{Version: FormatVersion, Rounds: 1}, Plan: []Cell{want.Cell}, Samples: []Sample{want}}
	if err := Rewrite(path, f); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, read(t, path), sameFile); diff != "" {
		t.Error(diff)
	}
}
