package result

import (
	"bytes"
	"cmp"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/perf/benchfmt"
)

// reference is a file of a real run.
func reference(t testing.TB) string {
	t.Helper()
	files, err := filepath.Glob("../../results/*cpu-*/bench.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no reference file in results: %v", err)
	}
	return files[0]
}

// large is a finished file of so many samples that are not void: those of the
// reference file over and over, each repetition a bit slower, with all that
// the head of a sample holds today. Requests have their latencies with them.
func large(b testing.TB, samples int) *File {
	b.Helper()
	f, err := Read(reference(b))
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	latency := encoded(b, latencies(b, 1, 3000))
	next := map[Cell]int{}
	from := slices.DeleteFunc(f.Samples, func(s Sample) bool { return s.Void != "" })
	f.Samples, f.Failures, f.Blanks = nil, nil, nil
	for len(f.Samples) < samples {
		s := from[len(f.Samples)%len(from)]
		s.Round = next[s.Cell]
		next[s.Cell]++
		if s.RanNS == 0 {
			s.Warm, s.RanNS = 9, math.Round(0.9*s.WindowNS)
		}
		if _, timed := s.Value(P50NS); timed && s.Latency == "" {
			s.Loop, s.Latency = Closed, latency
		}
		s.Values = slices.Clone(s.Values)
		for i, v := range s.Values {
			if v.Unit != P50NS && v.Value != math.Trunc(v.Value) {
				s.Values[i].Value *= 1 + random.Float64()/100
			}
		}
		f.Samples = append(f.Samples, s)
		f.Run.Rounds = max(f.Run.Rounds, s.Round+1)
	}
	f.Plan = slices.DeleteFunc(f.Plan, func(c Cell) bool { return next[c] == 0 })
	f.Samples = f.inOrder()
	return f
}

// BenchmarkFile tells how many times as long as benchfmt's own Reader needs
// for the same bytes it takes to read and to write 100 000 samples: reading a
// whole File, writing a whole one, and appending one by one in measured order,
// round by round, without the system calls. A file that a run left in that
// order is read again when it ends. The ways take turns; each figure is the
// median over the turns.
func BenchmarkFile(b *testing.B) {
	f := large(b, 100_000)
	enc := newEncoder()
	if err := encodeAll(enc, f); err != nil {
		b.Fatal(err)
	}
	data := enc.buf.Bytes()
	measured := *f
	measured.Samples = slices.SortedStableFunc(slices.Values(f.Samples), func(x, y Sample) int { return x.Round - y.Round })
	unordered := newEncoder()
	if err := cmp.Or(unordered.header(f.Run, f.Plan, f.Blanks), appendAll(unordered, &measured)); err != nil {
		b.Fatal(err)
	}
	ways := []struct {
		name string
		run  func() error
	}{
		{"benchfmt", func() error { return benchfmtReads(data, len(f.Samples)) }},
		{"read", func() error { _, err := Parse("bench.txt", data); return err }},
		{"write", func() error { return encodeAll(newEncoder(), f) }},
		{"append", func() error { return appendAll(newEncoder(), &measured) }},
		{"read-measured", func() error { _, err := Parse("bench.txt", unordered.buf.Bytes()); return err }},
	}
	took := make([][]float64, len(ways))
	for b.Loop() {
		for i, w := range ways {
			start := time.Now()
			if err := w.run(); err != nil {
				b.Fatal(w.name, err)
			}
			took[i] = append(took[i], float64(time.Since(start)))
		}
	}
	middle := func(x []float64) float64 { slices.Sort(x); return x[len(x)/2] }
	floor := middle(took[0])
	b.ReportMetric(floor/1e6, "benchfmt-ms")
	for i, w := range ways[1:] {
		b.ReportMetric(middle(took[i+1])/floor, w.name+"-x-benchfmt")
	}
}

func benchfmtReads(data []byte, samples int) error {
	r, n := benchfmt.NewReader(bytes.NewReader(data), "bench.txt"), 0
	for r.Scan() {
		if _, ok := r.Result().(*benchfmt.Result); ok {
			n++
		}
	}
	if n != samples {
		return io.ErrUnexpectedEOF
	}
	return r.Err()
}

func appendAll(enc *encoder, f *File) error {
	for _, s := range f.Samples {
		if err := enc.sample(&s); err != nil {
			return err
		}
	}
	return nil
}

func BenchmarkRewrite(b *testing.B) {
	f := large(b, 100_000)
	path := filepath.Join(b.TempDir(), "bench.txt")
	b.ReportAllocs()
	for b.Loop() {
		if err := Rewrite(path, f); err != nil {
			b.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
}
