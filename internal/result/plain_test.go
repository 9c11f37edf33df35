package result

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/perf/benchfmt"
	"pgregory.net/rapid"
)

// bits tells numbers apart that == does not: 0 and -0.
var bits = cmp.Options{cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }), cmpopts.EquateEmpty()}

func newReader() *reader { return &reader{units: map[string]string{}, names: map[string]*named{}} }

// asBenchfmt holds a line that was read here against benchfmt's reading. It
// tells whether the line was read here.
func asBenchfmt(t interface{ Fatalf(string, ...any) }, r *reader, text string) bool {
	got, ok := r.plain([]byte(text))
	if !ok {
		return false
	}
	lines := benchfmt.NewReader(strings.NewReader(text), "")
	if !lines.Scan() {
		t.Fatalf("%q was read as %+v, benchfmt skips it", text, got)
	}
	res, ok := lines.Result().(*benchfmt.Result)
	if !ok {
		t.Fatalf("%q was read as %+v, benchfmt says %v", text, got, lines.Result())
	}
	want := newReader().asWritten(res)
	if string(got.name) != string(want.name) || got.passes != want.passes || !cmp.Equal(want.values, got.values, bits) {
		t.Fatalf("%q was read as\n%s %+v, benchfmt says\n%s %+v", text, got.name, got, want.name, want)
	}
	n := &named{}
	if n.shape.fit(got.values) == nil {
		r.names[string(got.name)] = n // the next line of this name is likely to have these units
	}
	return true
}

// asJSON holds a head that was read here against what json says.
func asJSON(t interface{ Fatalf(string, ...any) }, text string) bool {
	var got, want sampleLine
	if !got.quick([]byte(text)) {
		return false
	}
	if err := json.Unmarshal([]byte(text), &want); err != nil || !cmp.Equal(want, got, bits) {
		t.Fatalf("%q was read as\n%+v, json says\n%+v, %v", text, got, want, err)
	}
	return true
}

func TestPlainLinesOfTheReference(t *testing.T) {
	data, err := os.ReadFile(reference(t))
	if err != nil {
		t.Fatal(err)
	}
	r, lines, heads, others := newReader(), 0, 0, 0
	for text := range strings.Lines(string(data)) {
		text = strings.TrimSuffix(text, "\n")
		head, isHead := strings.CutPrefix(text, mark+"sample ")
		switch {
		case strings.HasPrefix(text, "Benchmark") && asBenchfmt(t, r, text):
			lines++
		case isHead && asJSON(t, head):
			heads++
		case strings.HasPrefix(text, "Benchmark") || isHead && !strings.Contains(head, `"void"`) && !strings.Contains(head, `"warnings"`):
			others++
		}
	}
	if lines < 2000 || heads < 2000 || others > 0 {
		t.Errorf("%d lines and %d heads were read here, %d were left to others", lines, heads, others)
	}
}

func TestOtherLinesAreNotPlain(t *testing.T) {
	for _, text := range []string{
		"Benchmark", "BenchmarkX", "Benchmark 1 1 ns", "BenchmarkX ", "BenchmarkX 1", "BenchmarkX 1 ", "BenchmarkX 1 2", "BenchmarkX 1 2 ", "BenchmarkX 1 2 ns ",
		"BenchmarkX  1 2 ns", "BenchmarkX\t1 2 ns", "BenchmarkX 1 2  ns", "BenchmarkX 1 2 ns\r", "BenchmarkX 1 2 ns 3", "BenchmarkX 1 2 ns\u00a03 ns", "BenchmarkX 1 2 µs",
		"BenchmarkX 1.0 2 ns", "BenchmarkX 1e3 2 ns", "BenchmarkX 99999999999999999999 2 ns", "BenchmarkX +1 2 ns", "BenchmarkX 0x1 2 ns", "BenchmarkX 1x 2 ns",
		"BenchmarkX 1 NaN ns", "BenchmarkX 1 Inf ns", "BenchmarkX 1 1e999 ns", "BenchmarkX 1 0x1p3 ns", "BenchmarkX 1 1_0 ns", "BenchmarkX 1 01 ns", "BenchmarkX 1 .5 ns",
		"BenchmarkX 1 1. ns", "BenchmarkX 1 1e ns", "BenchmarkX 1 - ns", "BenchmarkX 1 1-2 ns", "BenchmarkX 1 1.2.3 ns", "BenchmarkX 1 1E5 ns", "BenchmarkÉ 1 2 ns", "BenchmarkX\x01 1 2 ns",
	} {
		if asBenchfmt(t, newReader(), text) {
			t.Errorf("%q was read here", text)
		}
	}
	for _, text := range []string{
		"", "{}", "{", `{"round":}`, `{"round":1`, `{"round":1.5}`, `{"round":1e2}`, `{"round":01}`, `{"round":+1}`, `{"round":9007199254740993}`, `{"round":NaN}`, `{"round":1}}`, `{"round":1} `,
		`{"round":1,"outsideNS":x}`, `{"round":1,"outsideNS":Inf}`, `{"round":1,"outsideNS":.5}`, `{"round":1,"outsideNS":1.}`, `{"round":1,"outsideNS":1.e5}`, `{"round":1,"outsideNS":1e999}`,
		`{"round":1,"warnings":[]}`, `{"round":1,"warm":1.5}`, `{"round":1,"warm":-0.0}`, `{"round":1,"ranNS":1,"warm":1}`, `{"round":1,"loop":"a\u0062"}`, `{"round":1,"loop":"open}`,
		`{"round":1,"loop":open}`, "{\"round\":1,\"loop\":\"\xff\"}", "{\"round\":1,\"loop\":\"a\rb\"}", `{"round":1,"latency":"x","loop":"open"}`, `{"round":1,"round":2}`, `{ "round":1}`,
	} {
		if asJSON(t, text) {
			t.Errorf("%s was read here", text)
		}
	}
}

func TestPlainLinesAreRead(t *testing.T) {
	r := newReader()
	for _, text := range []string{
		"BenchmarkX-2 7 1 ns", "BenchmarkX-2 7 1 ns 2 MB/s 0 B/op", "BenchmarkX-2 -7 -0 ns 0 MB/s", "BenchmarkX-2 0 1.5e+07 ns 1e-300 MB/s 123456789012345678901234567890 x",
		"BenchmarkX 9007199254740991 0.1 n 1 ns", "BenchmarkX 1 999999999999999999 ns -99999999999999999 nsx", "BenchmarkX 1 1e5 s 1 s",
	} {
		if !asBenchfmt(t, r, text) {
			t.Errorf("%q was not read here", text)
		}
	}
}

// What is written here is what benchfmt and json write, and is read here.
func TestPlainIsWhatOthersWrite(t *testing.T) {
	number := rapid.OneOf(rapid.Just(0.0), rapid.Just(math.Copysign(0, -1)), rapid.Just(1e21), rapid.Just(1e-6), rapid.Float64Range(-1e9, 1e9), rapid.Float64()).
		Filter(func(x float64) bool { return !notFinite(x) })
	latency := []string{"", "", encoded(t, latencies(t, 1, 10)), encoded(t, latencies(t, 1, 100))}
	r := newReader()
	rapid.Check(t, func(t *rapid.T) {
		s := Sample{
			Cell: anyCell().Draw(t, "cell"), Round: rapid.IntRange(0, MaxRounds-1).Draw(t, "round"), Passes: rapid.IntRange(1, 1<<52).Draw(t, "passes"),
			OutsideNS: number.Draw(t, "outside"), WindowNS: number.Draw(t, "window"), StealNS: number.Draw(t, "steal"),
			Warm: rapid.IntRange(0, 1<<52).Draw(t, "warm"), RanNS: math.Abs(number.Draw(t, "ran")),
			Loop: rapid.SampledFrom([]string{Open, Closed}).Draw(t, "loop"), Latency: rapid.SampledFrom(latency).Draw(t, "latency"),
			Values: []Value{{OverheadNS, number.Draw(t, "overhead")}, {"own", number.Draw(t, "own")}, {WallNS, rapid.Float64Range(1, 1e12).Draw(t, "wall")}},
		}
		if rapid.Bool().Draw(t, "plain loop") && s.Latency == "" {
			s.Loop = ""
		}
		if rapid.IntRange(0, 3).Draw(t, "warned") == 0 {
			s.Warnings = []string{rapid.String().Draw(t, "warning")}
		}
		enc := newEncoder()
		if err := enc.sample(&s); err != nil {
			t.Fatal(err)
		}
		want := othersWrite(t, s)
		if got := enc.buf.String(); got != want {
			t.Fatalf("wrote\n%s, benchfmt and json write\n%s", got, want)
		}
		head, line, _ := strings.Cut(want, "\n")
		read := asJSON(t, strings.TrimPrefix(head, mark+"sample "))
		if plain := len(s.Warnings) == 0 && !strings.Contains(head, "e-") && !strings.Contains(head, "e+"); plain && !read {
			t.Fatalf("%s was not read here", head)
		}
		if !asBenchfmt(t, r, strings.TrimSpace(line)) {
			t.Fatalf("%s was not read here", line)
		}
	})
}

// othersWrite is a sample as benchfmt and json write it.
func othersWrite(t *rapid.T, s Sample) string {
	var b bytes.Buffer
	b.WriteString(mark + "sample ")
	j := json.NewEncoder(&b)
	j.SetEscapeHTML(false)
	err := j.Encode(sampleLine{
		Round: s.Round, OutsideNS: s.OutsideNS, WindowNS: s.WindowNS, StealNS: s.StealNS, Warm: s.Warm, RanNS: s.RanNS,
		Loop: s.Loop, Latency: s.Latency, Warnings: s.Warnings,
	})
	if err != nil {
		t.Fatal(err)
	}
	res := benchfmt.Result{Name: benchfmt.Name(s.Cell.Name()), Iters: s.Passes}
	for _, v := range sorted(s.Values) {
		res.Values = append(res.Values, benchfmt.Value{Value: v.Value, Unit: v.Unit})
	}
	if err := benchfmt.NewWriter(&b).Write(&res); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func FuzzPlainLine(f *testing.F) {
	f.Add("BenchmarkX-2 7 1 ns 2.5e+07 MB/s", "BenchmarkX-2 7 1 ns 0 MB/s 3 B/op")
	f.Add("BenchmarkX-2 7 1 ns/op", "BenchmarkX-2 7 1 ns 0 /op")
	f.Fuzz(func(t *testing.T, first, second string) {
		r := newReader()
		for _, text := range []string{first, second, first} { // units are guessed from the line before
			if text = "Benchmark" + text; !strings.Contains(text, "\n") && len(text) < maxLine {
				asBenchfmt(t, r, text)
			}
		}
	})
}

func FuzzHead(f *testing.F) {
	f.Add(`{"round":1,"outsideNS":-2710000,"windowNS":241974194,"stealNS":0.5,"warm":9,"ranNS":1e5,"loop":"open","latency":"HIST"}`)
	f.Add(`{"round":1,"warm":0,"loop":""}`)
	f.Fuzz(func(t *testing.T, text string) { asJSON(t, text) })
}

// In one file everything is read as benchfmt alone reads it, whichever of its
// lines are plain.
func FuzzForeign(f *testing.F) {
	f.Add([]byte(foreignFile))
	f.Add([]byte("BenchmarkX 1 2 ns\nk: v\nBenchmarkX 1 2 ns\nBenchmarkX 1 3 ns\nBenchmarkX 1\t4 ns\nBenchmarkX 1 5 ns\nk:\nBenchmarkX 1 6 ns\nUnit ns a=b\nUnit ns a=c\nBenchmarkX x\nBenchmarkX 1 7 ns"))
	f.Add([]byte("k: v\r\nBenchmarkX 1 2 ns\r\nBenchmarkX 1 2 ns\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte(mark)) {
			return
		}
		have, err := Parse("in.txt", data)
		if err != nil {
			have = &File{}
		}
		var want []Sample
		lines := benchfmt.NewReader(bytes.NewReader(data), "in.txt")
		for lines.Scan() {
			res, ok := lines.Result().(*benchfmt.Result)
			if !ok {
				continue
			}
			var keys []string
			for _, c := range res.Config {
				keys = append(keys, c.Key+"="+string(c.Value))
			}
			l := newReader().asWritten(res)
			s := Sample{Cell: foreign(string(l.name)), Passes: l.passes, Values: l.values, Keys: strings.Join(keys, " ")}
			if s.check(new(shape), new(latencyChecker)) == nil {
				want = append(want, s)
			}
		}
		if lines.Err() != nil {
			want = nil
			if err == nil {
				t.Errorf("read what benchfmt gives up on: %v", lines.Err())
			}
		}
		if diff := cmp.Diff(want, have.Samples, bits, cmpopts.IgnoreFields(Sample{}, "Round")); diff != "" {
			t.Errorf("-benchfmt +here:\n%s", diff)
		}
	})
}
