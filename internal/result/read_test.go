package result

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const foreignFile = `goos: linux
goarch: amd64
pkg: sort
cpu: A
BenchmarkSort
BenchmarkSort/n=10-8   	     100	      7.5 ns/op	  12.5 MB/s	       0 B/op
BenchmarkSort/n=10-8   	     100	      8 ns/op
    sort_test.go:3: a log line
BenchmarkOne   	     100	      9 ns/op
pkg: heap
BenchmarkSort/n=10-8   	     100	      10 ns/op
BenchmarkSort: 7 things
BenchmarkSort/n=10-8   	     100	      NaN ns/op
pkg: sort
BenchmarkSort/n=10-8   	     100	      11 ns/op
PASS
ok  	sort	1.2s`

func TestReadForeign(t *testing.T) {
	f, err := Parse("old.txt", []byte(foreignFile))
	if err != nil {
		t.Fatal(err)
	}
	sort := Cell{Workload: "sort", Other: "n=10", Cores: 8}
	in := func(pkg string) string { return "goos=linux goarch=amd64 pkg=" + pkg + " cpu=A" }
	want := &File{
		Run: Run{GOOS: "linux", GOARCH: "amd64", CPU: "A"},
		Samples: []Sample{
			{Cell: sort, Round: 0, Passes: 100, Values: []Value{{"ns/op", 7.5}, {"MB/s", 12.5}, {"B/op", 0}}, Keys: in("sort")},
			{Cell: sort, Round: 1, Passes: 100, Values: []Value{{"ns/op", 8}}, Keys: in("sort")},
			{Cell: Cell{Workload: "one", Cores: 1}, Round: 0, Passes: 100, Values: []Value{{"ns/op", 9}}, Keys: in("sort")},
			{Cell: sort, Round: 0, Passes: 100, Values: []Value{{"ns/op", 10}}, Keys: in("heap")},
			{Cell: sort, Round: 2, Passes: 100, Values: []Value{{"ns/op", 11}}, Keys: in("sort")},
		},
		Warnings: []string{
			"line 12 is left out: parsing measurement: invalid syntax",
			"line 13 is left out: NaN ns/op is not a number",
		},
	}
	if diff := cmp.Diff(want, f, sameFile); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestReadNamesTheDamage(t *testing.T) {
	whole, err := os.ReadFile(writeExample(t))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(whole), "\n"), "\n")
	first := 0
	for !strings.HasPrefix(lines[first], mark+"sample") {
		first++
	}
	edit := func(f func(l []string) []string) string {
		return strings.Join(f(append([]string(nil), lines...)), "")
	}
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"a value lost":         {edit(func(l []string) []string { l[first+1] = l[first+1][:70] + "\n"; return l }), fmt.Sprintf("bench.txt:%d: ", first+2)},
		"a benchmark line":     {edit(func(l []string) []string { return append(l[:first+1], l[first+2:]...) }), fmt.Sprintf("bench.txt:%d: a sample without its benchmark line", first+1)},
		"a sample line":        {edit(func(l []string) []string { return append(l[:first], l[first+1:]...) }), fmt.Sprintf("bench.txt:%d: a benchmark line without its sample line", first+1)},
		"not JSON":             {edit(func(l []string) []string { l[first] = mark + "sample {\"round\":\n"; return l }), fmt.Sprintf("bench.txt:%d: ", first+1)},
		"a round twice":        {string(whole) + lines[first] + lines[first+1], fmt.Sprintf("round 0 of Fannkuch/grain=100us/model=subprocess-2 stands in line %d already", first+2)},
		"an infinite value":    {strings.Replace(string(whole), "100000 start-ns", "+Inf start-ns", 1), "+Inf start-ns is not a number"},
		"a huge value":         {strings.Replace(string(whole), "100000 start-ns", "1e999 start-ns", 1), "value out of range"},
		"a negative round":     {strings.Replace(string(whole), `{"round":3`, `{"round":-3`, 1), "round -3"},
		"a huge round":         {strings.Replace(string(whole), `{"round":3`, `{"round":3000000000`, 1), "round 3000000000"},
		"a name":               {strings.Replace(string(whole), "model=subprocess-2 7", "model=-2 7", 1), "model="},
		"a plan":               {strings.Replace(string(whole), mark+`plan ["Fannkuch`, mark+`plan ["fannkuch`, 1), "workload"},
		"a failure":            {strings.Replace(string(whole), `"round":9,"kind"`, `"round":-9,"kind"`, 1), "round -9"},
		"two runs":             {string(whole) + string(whole), "second run"},
		"another machine":      {string(whole) + "cpu: B\n" + lines[first] + lines[first+1], "change in the middle"},
		"no head":              {strings.Join(lines[first:], ""), "missing"},
		"a newer version":      {strings.Replace(string(whole), `"version":1`, `"version":2`, 1), "written by a newer nonrev: use that one"},
		"no time":              {strings.Replace(string(whole), "2.56e+07 ns/op", "0 ns/op", 1), "0 ns/op cannot have been measured"},
		"a negative time":      {strings.Replace(string(whole), "2.56e+07 ns/op", "-1 ns/op", 1), "-1 ns/op cannot have been measured: the file is damaged here; take a good copy"},
		"an absurd time":       {strings.Replace(string(whole), "2.56e+07 ns/op", "1e16 ns/op", 1), "1e+16 ns/op cannot"},
		"a negative part":      {strings.Replace(string(whole), "14900 ipc-ns/task", "-3 ipc-ns/task", 1), "-3 ipc-ns/task cannot"},
		"an unplanned round":   {strings.Replace(string(whole), `{"round":9,"out`, `{"round":13,"out`, 1), "is beyond the 10 that are planned"},
		"a failure beyond":     {strings.Replace(string(whole), `"round":9,"kind"`, `"round":13,"kind"`, 1), "is beyond the 10 that are planned"},
		"a sample before all":  {lines[first] + lines[first+1] + string(whole), "bench.txt:1: the \"# nonrev {...}\" line is missing"},
		"a loop":               {strings.Replace(string(whole), `{"round":3`, `{"round":3,"loop":"ajar"`, 1), `loop "ajar" is neither open nor closed`},
		"latencies alone":      {strings.Replace(string(whole), `{"round":3`, `{"round":3,"latency":"x"`, 1), "latencies without the loop"},
		"a negative warm-up":   {strings.Replace(string(whole), `{"round":3`, `{"round":3,"warm":-1`, 1), "-1 passes of warm-up"},
		"a negative run":       {strings.Replace(string(whole), `{"round":3`, `{"round":3,"ranNS":-1`, 1), "-1 ns inside passes"},
		"no version":           {strings.Replace(string(whole), `"version":1`, `"version":0`, 1), "version 0"},
		"rounds beyond reason": {strings.Replace(string(whole), `"rounds":10`, `"rounds":1000000000`, 1), "1000000000 planned rounds"},
		"a unit twice":         {strings.Replace(string(whole), "start-ns\n", "start-ns 2 start-ns\n", -1), "two values in start-ns"},
		"a void without lines": {string(whole) + mark + `sample {"round":99,"void":"x"}` + "\n", "without its values"},
		"a void with garbage":  {string(whole) + mark + `sample {"round":99,"void":"x","line":"BenchmarkX x"}` + "\n", "cannot be read"},
		"a line without end":   {string(whole) + strings.Repeat("x", 70<<10) + "\n", "too long"},
		"empty":                {"", "no benchmark lines"},
		"prose":                {"To be or not to be.\n", "no benchmark lines"},
	} {
		f, err := Parse("bench.txt", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "bench.txt:") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one with %q; file %v", name, err, c.want, f != nil)
		}
	}
}

func TestReadKeepsGoingAtNewKindsOfLines(t *testing.T) {
	whole, err := os.ReadFile(writeExample(t))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse("bench.txt", append(whole, mark+"mood {}\n"...))
	if err != nil || len(f.Warnings) != 1 || f.Interrupted {
		t.Errorf("%+v, %v", f.Warnings, err)
	}
}

func TestReadOfNoFile(t *testing.T) {
	if _, err := Read(filepath.Join(t.TempDir(), "none.txt")); !os.IsNotExist(err) {
		t.Errorf("error %v", err)
	}
	dir := t.TempDir()
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a directory: %v", err)
	}
	path := filepath.Join(dir, "old.txt")
	if err := os.WriteFile(path, []byte(foreignFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Resume(path); err == nil || !strings.Contains(err.Error(), "not written by nonrev") {
		t.Errorf("resumed a foreign file: %v", err)
	}
	if _, err := Finish(path); err == nil || !strings.Contains(err.Error(), "not written by nonrev") {
		t.Errorf("finished a foreign file: %v", err)
	}
}

func TestMissing(t *testing.T) {
	a, b, c := Cell{Workload: "a", Cores: 1}, Cell{Workload: "b", Cores: 1}, Cell{Workload: "c", Cores: 1}
	f := &File{
		Run: Run{Rounds: 3}, Plan: []Cell{a, b, c}, Blanks: []Blank{{c, "x"}},
		Samples:  []Sample{{Cell: a, Round: 0}, {Cell: b, Round: 0, Void: "x"}, {Cell: a, Round: 1}},
		Failures: []Failure{{Cell: b, Round: 1}},
	}
	if diff := cmp.Diff([]Point{{a, 2}, {b, 2}}, f.Missing()); diff != "" {
		t.Error(diff)
	}
	f.Failures, f.Samples = append(f.Failures, Failure{Cell: b, Round: 0}), append(f.Samples[:1], f.Samples[2])
	if diff := cmp.Diff([]Point{{a, 2}}, f.Missing()); diff != "" {
		t.Errorf("a cell that failed twice is asked for again: %s", diff)
	}
	if f.Plan = nil; len(f.Missing()) != 0 {
		t.Errorf("nothing was planned, missing %v", f.Missing())
	}
}

// A round that replaces void samples is one of all cells: once it is begun,
// by a sample or by a failure, the rest of it is missing.
func TestMissingOfReplacementRounds(t *testing.T) {
	a, b, c := Cell{Workload: "a", Cores: 1}, Cell{Workload: "b", Cores: 1}, Cell{Workload: "c", Cores: 1}
	whole := func() *File {
		f := &File{Run: Run{Version: FormatVersion, Rounds: 2, CPU: "x"}, Plan: []Cell{a, b, c}}
		for round := range 2 {
			for _, c := range f.Plan {
				f.Samples = append(f.Samples, Sample{Cell: c, Round: round, Passes: 1, Values: []Value{{WallNS, 1}}})
			}
		}
		return f
	}
	at := func(c Cell, round int) Sample {
		return Sample{Cell: c, Round: round, Passes: 1, Values: []Value{{WallNS, 1}}}
	}
	for _, x := range []struct {
		name   string
		add    func(f *File)
		rounds int
		want   []Point
	}{
		{"the planned rounds", func(*File) {}, 2, nil},
		{"a part of one", func(f *File) { f.Samples = append(f.Samples, at(b, 2)) }, 3, []Point{{a, 2}, {c, 2}}},
		{"a void part of one", func(f *File) { s := at(b, 2); s.Void = "x"; f.Samples = append(f.Samples, s) }, 3, []Point{{a, 2}, {c, 2}}},
		{"one begun by a failure", func(f *File) { f.Failures = []Failure{{Cell: c, Round: 2}} }, 3, []Point{{a, 2}, {b, 2}}},
		{"one whole and a part", func(f *File) { f.Samples = append(f.Samples, at(a, 2), at(b, 2), at(c, 2), at(c, 3)) }, 4, []Point{{a, 3}, {b, 3}}},
		{"a cell that failed before", func(f *File) {
			f.Failures = []Failure{{Cell: c, Round: 1}}
			f.Samples = append(slices.Delete(f.Samples, 5, 6), at(a, 2))
		}, 3, []Point{{b, 2}, {c, 2}}},
		{"a cell that was given up", func(f *File) {
			f.Failures = []Failure{{Cell: c, Round: 1}, {Cell: c, Round: 0}}
			f.Samples = append(slices.Delete(slices.Delete(f.Samples, 5, 6), 2, 3), at(a, 2))
		}, 3, []Point{{b, 2}}},
		{"a cell that cannot exist", func(f *File) { f.Blanks, f.Samples = []Blank{{c, "x"}}, append(f.Samples, at(a, 2), at(b, 2)) }, 3, nil},
	} {
		f := whole()
		x.add(f)
		if diff := cmp.Diff(x.want, f.Missing(), cmpopts.EquateEmpty()); diff != "" || f.Rounds() != x.rounds {
			t.Errorf("%s: %d rounds, want %d, missing:\n%s", x.name, f.Rounds(), x.rounds, diff)
		}
		path := filepath.Join(t.TempDir(), "bench.txt")
		if err := Rewrite(path, f); err != nil {
			t.Fatal(err)
		}
		if got := read(t, path); got.Interrupted != (len(x.want) > 0) || !cmp.Equal(x.want, got.Missing(), cmpopts.EquateEmpty()) {
			t.Errorf("%s: read as interrupted %v, missing %v", x.name, got.Interrupted, got.Missing())
		}
	}
}

// The same cell under two spellings is one cell.
func TestReadKnowsACellByAnySpelling(t *testing.T) {
	sample := func(name string, round int) string {
		return fmt.Sprintf("%ssample {\"round\":%d}\nBenchmark%s 1 1 ns/op\n", mark, round, name)
	}
	head := mark + `{"version":1,"rounds":2}` + "\n" + mark + `plan ["A-1"]` + "\n"
	if f, err := Parse("bench.txt", []byte(head+sample("A-1", 0)+sample("A/batch=1-1", 1))); err != nil || f.Interrupted {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := Parse("bench.txt", []byte(head+sample("A-1", 0)+sample("A/batch=1-1", 0))); err == nil || !strings.Contains(err.Error(), "stands in line 4 already") {
		t.Errorf("error %v", err)
	}
}

// What the reader takes, the writer writes, and it reads back the same.
func FuzzRead(f *testing.F) {
	whole, err := os.ReadFile(writeExample(f))
	if err != nil {
		f.Fatal(err)
	}
	short := whole[:bytes.Index(whole, []byte(mark+`sample {"round":1`))]
	f.Add(short)
	f.Add(short[:len(short)-9])
	f.Add([]byte(foreignFile))
	f.Add(bytes.Replace(short, []byte("100us"), []byte("%2F%00\xff"), 3))
	f.Add(bytes.Replace(short, []byte("ns/op"), []byte("1e999 ns/op -0 x NaN y"), -1))
	f.Add([]byte(mark + `{"version":1,"rounds":1000000}` + "\n" + mark + `plan ["A-1"]` + "\n" + mark + `failure {"cell":"A-1"}` + "\n"))
	f.Add([]byte(mark + `{"version":1}` + "\n" + mark + `sample {"void":"x","line":"BenchmarkA-1 1 1 ns"}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		have, err := Parse("in.txt", data)
		if err != nil {
			return
		}
		for _, s := range have.Samples {
			if err := s.check(new(shape), new(latencyChecker)); err != nil {
				t.Errorf("read a sample that may not be written: %v", err)
			}
		}
		enc := newEncoder()
		if have.Run.Version == 0 || encodeAll(enc, have) != nil {
			return // a foreign file, or lines that grow too long
		}
		again, err := Parse("out.txt", enc.buf.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		want := *have
		want.Samples, want.Warnings, want.Interrupted = want.inOrder(), nil, again.Interrupted
		for i, s := range want.Samples {
			want.Samples[i].Values = sorted(s.Values)
		}
		if diff := cmp.Diff(&want, again, sameFile); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestIsBenchmark(t *testing.T) {
	for text, want := range map[string]bool{
		"BenchmarkX-2 1 1 ns/op\n":      true,
		"ok\nBenchmarkX-2 1 1 ns/op\n":  true,
		"goos: linux\n" + mark + "{}\n": true,
		"N,X\n1,64.9\n":                 false,
		"N,XBenchmark\n":                false,
		"":                              false,
	} {
		if IsBenchmark([]byte(text)) != want {
			t.Errorf("%q: not %v", text, want)
		}
	}
}
