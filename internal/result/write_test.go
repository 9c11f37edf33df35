package result

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/nonrev/nonrev/internal/golden"
)

var sameFile = cmp.Options{cmpopts.IgnoreUnexported(File{}), cmpopts.IgnoreFields(File{}, "Path"), cmpopts.EquateEmpty()}

// example is a small run whose numbers are made up: 250 tasks a pass.
func example() (Run, []Cell, []Blank) {
	cell := func(model string, cores int) Cell {
		return Cell{Workload: "fannkuch", Grain: "100us", Model: model, Cores: cores}
	}
	plan := []Cell{
		cell(Serial, 1), cell("goroutine", 1), cell("goroutine", 2), cell("subprocess", 1), cell("subprocess", 2), cell("thread", 2),
	}
	run := Run{
		Tool: "nonrev v0", Command: []string{"run", "--profile", "quick"}, Profile: "quick", Rounds: 10, Seed: 1,
		Start: "2026-11-25T00:00:00Z", Cores: []int{1, 2}, Allowed: []int{0, 1}, Pinned: true,
		CPU: "AMD EPYC", GOOS: "linux", GOARCH: "amd64", Kernel: "6.1", Go: "go1.26.0", SampleMS: 100, WarmMS: 60, GOGC: "100",
	}
	return run, plan, []Blank{{plan[5], "no <futex> & no eventfd here"}}
}

// exampleSamples are in measured order, whose first round is not the plan's.
func exampleSamples(plan []Cell) []Sample {
	var samples []Sample
	wall := []float64{25.6e6, 25.9e6, 13.0e6, 29.5e6, 15.1e6}
	for round := range 10 {
		for i := range 5 {
			at := (2*round + 4 + 2*i) % 5
			c, ns := plan[at], wall[at]+float64(round*(i+1))*1e4
			s := Sample{
				Cell: c, Round: round, Passes: 7, OutsideNS: 4e6, WindowNS: 160e6,
				Values: []Value{{TaskRate, 250 / ns * 1e9}, {WallNS, ns}, {StartNS, 1e5 + float64(round)}},
			}
			if c.Model == "subprocess" {
				s.Values = append(s.Values, Value{IPCNS, 14900})
			}
			if at == 2 && round == 4 {
				s.OutsideNS = 60e6
				s.Warnings = []string{"helper-bound: 71%"}
			}
			samples = append(samples, s)
		}
	}
	return samples
}

// writeExample writes the example as run would and returns its path.
func writeExample(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bench.txt")
	run, plan, blanks := example()
	w, err := Create(path, run, plan, blanks)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range exampleSamples(plan) {
		if err := w.AppendSample(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.AppendFailure(Failure{plan[4], 9, "crash", "exit status 2", "panic: x\n\tmain.go:1"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t testing.TB, path string) *File {
	t.Helper()
	f, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFinishedFileIsAsOnPaper(t *testing.T) {
	path := writeExample(t)
	if _, err := Finish(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "bench.txt", data)
}

func TestReadReturnsWhatWasAppended(t *testing.T) {
	run, plan, blanks := example()
	f := read(t, writeExample(t))
	run.Version = FormatVersion
	samples := exampleSamples(plan)
	for i := range samples {
		samples[i].Values = sorted(samples[i].Values)
	}
	want := &File{
		Run: run, Plan: plan, Blanks: blanks, Samples: samples,
		Failures: []Failure{{plan[4], 9, "crash", "exit status 2", "panic: x\n\tmain.go:1"}},
	}
	if diff := cmp.Diff(want, f, sameFile); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFinishOrdersVoidsAndKeepsAll(t *testing.T) {
	path := writeExample(t)
	before := read(t, path)
	after, err := Finish(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(after, read(t, path), sameFile); diff != "" {
		t.Errorf("returned and written differ:\n%s", diff)
	}
	if len(after.Samples) != len(before.Samples) {
		t.Errorf("%d samples became %d", len(before.Samples), len(after.Samples))
	}
	at := func(s Sample) int { return slices.Index(after.Plan, s.Cell)*100 + s.Round }
	if !slices.IsSortedFunc(after.Samples, func(a, b Sample) int { return at(a) - at(b) }) {
		t.Error("not in the order of the plan")
	}
	voids := 0
	for _, s := range after.Samples {
		if s.Void != "" {
			voids++
			if len(s.Values) != 3 || s.Cell.Model != "goroutine" || s.Round != 4 || len(s.Warnings) != 1 {
				t.Errorf("void: %+v", s)
			}
		}
	}
	if voids != 1 {
		t.Errorf("%d voids, want 1", voids)
	}
	again, err := Finish(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(after, again, sameFile); diff != "" {
		t.Errorf("finishing twice changes the file:\n%s", diff)
	}
	if left, _ := filepath.Glob(path + "*"); len(left) != 1 {
		t.Errorf("files left behind: %v", left)
	}
}

func TestCreateKeepsWhatIsThere(t *testing.T) {
	path := writeExample(t)
	run, plan, blanks := example()
	if _, err := Create(path, run, plan, blanks); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v", err)
	}
	if n := len(read(t, path).Samples); n != 50 {
		t.Errorf("%d samples left", n)
	}
}

// An interruption at any byte leaves a file that says all its whole records,
// and a run that resumes on it ends up with the same file.
func TestResumeFromEveryByte(t *testing.T) {
	data, err := os.ReadFile(writeExample(t))
	if err != nil {
		t.Fatal(err)
	}
	whole, _, _ := strings.Cut(string(data), mark+`sample {"round":2`)
	run, plan, _ := example()
	samples := exampleSamples(plan)[:10]
	path := filepath.Join(t.TempDir(), "bench.txt")
	for cut := strings.Index(whole, mark+"sample"); cut < len(whole); cut++ {
		if err := os.WriteFile(path, []byte(whole[:cut]), 0o644); err != nil {
			t.Fatal(err)
		}
		w, f, err := Resume(path)
		if err != nil {
			t.Fatalf("cut at byte %d: %v", cut, err)
		}
		kept := len(f.Samples)
		if want := 5*run.Rounds - kept; len(f.Missing()) != want || !f.Interrupted {
			t.Fatalf("cut at byte %d: %d missing, want %d; interrupted %v", cut, len(f.Missing()), want, f.Interrupted)
		}
		for _, s := range samples[kept:] {
			if err := w.AppendSample(s); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		if string(got) != whole {
			t.Fatalf("cut at byte %d, resumed to:\n%s", cut, cmp.Diff(whole, string(got)))
		}
	}
}

// fullDisk takes room bytes, then fails in the middle of a write.
type fullDisk struct {
	data []byte
	room int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(len(p), d.room-len(d.data))
	d.data = append(d.data, p[:n]...)
	if n < len(p) {
		return n, errors.New("no space left on device")
	}
	return n, nil
}

func (d *fullDisk) Truncate(size int64) error {
	d.data = d.data[:size]
	return nil
}

func (d *fullDisk) Close() error { return nil }

func TestFullDiskLeavesWholeRecords(t *testing.T) {
	run, plan, blanks := example()
	for room := range 600 {
		enc := newEncoder()
		if err := enc.header(run, plan, blanks); err != nil {
			t.Fatal(err)
		}
		disk := &fullDisk{room: enc.buf.Len() + room}
		w := &Writer{f: disk, path: "bench.txt", enc: enc}
		if err := w.flush(); err != nil {
			t.Fatal(err)
		}
		written := 0
		var err error
		for _, s := range exampleSamples(plan) {
			if err = w.AppendSample(s); err != nil {
				break
			}
			written++
		}
		if err == nil || !strings.Contains(err.Error(), "bench.txt") || !strings.Contains(err.Error(), "no space left") {
			t.Fatalf("room %d: error %v", room, err)
		}
		if again := w.AppendSample(exampleSamples(plan)[0]); again == nil {
			t.Fatal("wrote on after an error")
		}
		f, err := Parse("bench.txt", disk.data)
		if err != nil || len(f.Samples) != written || len(f.Warnings) != 0 {
			t.Fatalf("room %d: %d samples written, file %+v, %v", room, written, f, err)
		}
	}
}

func TestAppendRefusesWhatIsNoMeasurement(t *testing.T) {
	path := writeExample(t)
	w, before, err := Resume(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	good := Sample{Cell: Cell{Workload: "echo", Model: Serial, Cores: 1}, Passes: 1, Values: []Value{{WallNS, 1}}}
	for name, spoil := range map[string]func(s *Sample){
		"NaN":           func(s *Sample) { s.Values = []Value{{WallNS, nan}} },
		"infinite":      func(s *Sample) { s.Values = []Value{{WallNS, inf}} },
		"no values":     func(s *Sample) { s.Values = nil },
		"no time":       func(s *Sample) { s.Values = []Value{{WallNS, 0}} },
		"no rate":       func(s *Sample) { s.Values = []Value{{TaskRate, -1}} },
		"an absurd one": func(s *Sample) { s.Values = []Value{{TaskRate, 1e-16}} },
		"no unit":       func(s *Sample) { s.Values = []Value{{"", 1}} },
		"a spaced unit": func(s *Sample) { s.Values = []Value{{"ns op", 1}} },
		"no passes":     func(s *Sample) { s.Passes = 0 },
		"round":         func(s *Sample) { s.Round = -1 },
		"outside":       func(s *Sample) { s.OutsideNS = nan },
		"warm-up":       func(s *Sample) { s.Warm = -1 },
		"ran":           func(s *Sample) { s.RanNS = -1 },
		"ran for ever":  func(s *Sample) { s.RanNS = inf },
		"a loop":        func(s *Sample) { s.Loop = "ajar" },
		"no loop":       func(s *Sample) { s.Latency = encoded(t, latencies(t, 1, 1)) },
		"no latencies":  func(s *Sample) { s.Loop, s.Latency = Open, "x" },
		"no cores":      func(s *Sample) { s.Cell.Cores = 0 },
		"no workload":   func(s *Sample) { s.Cell.Workload = "" },
		"a false Other": func(s *Sample) { s.Cell.Other = "model=locked" },
		"a spaced part": func(s *Sample) { s.Cell.Other = "a b" },
		"a long line":   func(s *Sample) { s.Cell.Set = strings.Repeat("x", 1<<16) },
		"long warnings": func(s *Sample) { s.Warnings = []string{strings.Repeat("x", 1<<16)} },
	} {
		s := good
		spoil(&s)
		if err := w.AppendSample(s); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	if diff := cmp.Diff(before, read(t, path), sameFile); diff != "" {
		t.Errorf("the file changed:\n%s", diff)
	}
	if err := w.AppendSample(good); err != nil {
		t.Errorf("a good sample after bad ones: %v", err)
	}
}

func TestPlanNamesACellOnce(t *testing.T) {
	run, plan, _ := example()
	plan = append(plan, plan[1])
	plan[4].Transport = "pipe" // the same, spelled out
	if _, err := Create(filepath.Join(t.TempDir(), "bench.txt"), run, plan, nil); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("error %v", err)
	}
}

// Other readers give up on lines of 64 KiB, so no log and no plan may be one.
func TestNoLineIsTooLong(t *testing.T) {
	run, _, _ := example()
	var plan []Cell
	for i := range 2000 {
		plan = append(plan, Cell{Workload: "w", Set: strings.Repeat("n", 200), Model: "m", Cores: i + 1})
	}
	path := filepath.Join(t.TempDir(), "bench.txt")
	w, err := Create(path, run, plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	hostile := strings.Repeat("\x00", 1<<20)
	err = errors.Join(w.AppendFailure(Failure{plan[0], 0, "crash", hostile, hostile}), w.Close())
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if len(line) > maxLine {
			t.Errorf("a line of %d bytes: %.40s", len(line), line)
		}
	}
	f := read(t, path)
	if len(f.Plan) != 2000 || !strings.HasPrefix(f.Failures[0].Log, "(1041448 bytes left out) ") {
		t.Errorf("%d cells planned, log %.60q", len(f.Plan), f.Failures[0].Log)
	}
	if again, err := Finish(path); err != nil || !cmp.Equal(f.Failures, again.Failures) || !cmp.Equal(f.Failures, read(t, path).Failures) {
		t.Errorf("rewriting shortens what is short already: %v", err)
	}
}

func TestClip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringN(0, 90, 200), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 200), func(b []byte) string { return string(b) })).Draw(t, "text")
		got := clip(s, 100)
		if len(got) > 100 || !utf8.ValidString(got) || clip(got, 100) != got {
			t.Fatalf("%q became %q, then %q", s, got, clip(got, 100))
		}
		if utf8.ValidString(s) && len(s) <= 100 && got != s {
			t.Fatalf("%q became %q", s, got)
		}
	})
}

// What was found about the machine and how the rounds were chosen is kept,
// however much there is to say.
func TestRunRoundTrip(t *testing.T) {
	run, plan, blanks := example()
	run.Target, run.PilotRounds = 0.02, 5
	for _, severity := range []Severity{OK, Note, Warning} {
		run.Findings = append(run.Findings, Finding{What: "load", Value: "0.5 \"of\" 2\n<cores>", Spoils: "x", Remedy: "y & z", Severity: severity})
	}
	write := func(run Run) *File {
		path := filepath.Join(t.TempDir(), "bench.txt")
		w, err := Create(path, run, plan, blanks)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return read(t, path)
	}
	want := run
	want.Version = FormatVersion
	if diff := cmp.Diff(want, write(run).Run); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	long := strings.Repeat("a long story ", 1000)
	run.Findings = slices.Repeat([]Finding{{long, long, long, long, Warning}}, 25)
	got := write(run)
	if len(got.Run.Findings) != 25 || !strings.HasSuffix(got.Run.Findings[24].Remedy, ") "+long[len(long)-maxFinding+40:]) {
		t.Errorf("%d findings, the last %+v", len(got.Run.Findings), got.Run.Findings[24])
	}
	if run.Findings[0].What != long {
		t.Error("changed its input")
	}
	if again := write(got.Run); !cmp.Equal(got.Run, again.Run) {
		t.Error("writing again changes what was found")
	}
}

func TestFileRoundTrip(t *testing.T) {
	dir := t.TempDir()
	number := rapid.Float64().Filter(func(x float64) bool { return !notFinite(x) })
	rapid.Check(t, func(t *rapid.T) {
		f := &File{Run: Run{Version: FormatVersion, Rounds: 3, CPU: "x"}}
		f.Plan = rapid.SliceOfNDistinct(anyCell(), 1, 4, Cell.Name).Draw(t, "plan")
		for i := range f.Plan {
			f.Plan[i] = f.Plan[i].Canon()
			for round := range 3 {
				f.Samples = append(f.Samples, Sample{
					Cell: f.Plan[i], Round: round, Passes: rapid.IntRange(1, 9).Draw(t, "passes"),
					Void:      rapid.SampledFrom([]string{"", "a \"cause\"\n"}).Draw(t, "void"),
					OutsideNS: number.Draw(t, "outside"), WindowNS: number.Draw(t, "window"), StealNS: number.Draw(t, "steal"),
					Values: []Value{{WallNS, rapid.Float64Range(1, 1e12).Draw(t, "wall")}, {OverheadNS, number.Draw(t, "overhead")}, {"own-µ/x", number.Draw(t, "own")}},
				})
			}
		}
		path := filepath.Join(dir, "bench.txt")
		if err := Rewrite(path, f); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f, got, sameFile); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	})
}

func TestWriterStopsWhenItsFileIsGone(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"removed":   os.Remove,
		"moved":     func(path string) error { return os.Rename(path, path+".old") },
		"truncated": func(path string) error { return os.Truncate(path, 10) },
	} {
		path := writeExample(t)
		w, f, err := Resume(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := harm(path); err != nil {
			t.Fatal(err)
		}
		s := f.Samples[0]
		s.Cell.Cores = 7
		if err := w.AppendSample(s); !errors.Is(err, ErrLost) {
			t.Errorf("%s: %v", name, err)
		}
		if err := w.Close(); !errors.Is(err, ErrLost) {
			t.Errorf("%s, at the end: %v", name, err)
		}
	}
}

func TestRewriteKeepsToFiles(t *testing.T) {
	if err := Rewrite(t.TempDir(), &File{}); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a directory: %v", err)
	}
}

// sorted returns the values in the order of units.
func sorted(values []Value) []Value {
	byRank := func(a, b Value) int { return rank(a.Unit) - rank(b.Unit) }
	if slices.IsSortedFunc(values, byRank) {
		return values
	}
	return slices.SortedStableFunc(slices.Values(values), byRank)
}
