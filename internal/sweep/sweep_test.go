package sweep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// The test binary is the program whose copies are cells and helpers.
func TestMain(m *testing.M) {
	Child(faulty())
	dir, err := os.MkdirTemp("", "sweep")
	if err != nil {
		panic(err)
	}
	os.Setenv("TMPDIR", dir)                  // a lock of its own
	os.Setenv("GORACE", "atexit_sleep_ms=10") // under -race every child would sleep a second before it ends
	if os.Getenv(sweepOnly) != "" {
		_, err := Run(context.Background(), Options{
			Catalogue: faulty(), Profile: tiny(1, "lingers"), Selection: Selection{Workloads: []string{"lingers"}, Cores: []int{1}},
			Dir: dir, Log: os.Stderr,
		})
		panic(fmt.Sprint("the run came to an end: ", err))
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// traces is the directory in which faulty tasks leave what a test looks for.
const traces = "SWEEP_TEST_TRACES"

// sweepOnly has the test binary run a cell that lingers and nothing else.
const sweepOnly = "SWEEP_TEST_SWEEP_ONLY"

// faulty is a catalogue of workloads that each do one thing wrong.
func faulty() Catalogue {
	c := Catalogue{Models: runners.All()}
	for name, f := range map[string]func() error{
		"fine":             func() error { return nil },
		"panics":           func() error { panic("the roof is on fire") },
		"exits":            func() error { os.Exit(3); return nil },
		"killed":           killSelf,
		"hangs":            block,
		"refuses":          func() error { return errors.New("no such luck") },
		"garbage":          func() error { return scribble("}{") },
		"verbose":          func() error { return scribble(strings.Repeat("x", 2*answerLimit)) },
		"talks":            func() error { _, err := fmt.Println("to whom it may concern"); return err },
		"floods":           flood,
		"orphans":          orphan,
		"breeds":           breed,
		"breeds and hangs": breedAndHang,
		"lingers": func() error {
			pid := fmt.Append(nil, os.Getpid())
			return errors.Join(os.WriteFile(filepath.Join(os.Getenv(traces), "lingers"), pid, 0o666), block())
		},
	} {
		c.Workloads = append(c.Workloads, doubling(name, f))
	}
	wrong := doubling("wrong", func() error { return nil })
	wrong.Prepare = bent(wrong, func(p workloads.Pass) workloads.Pass { return forgetful{p} })
	idle := doubling("idle", func() error { return nil })
	idle.Prepare = bent(idle, func(p workloads.Pass) workloads.Pass { return ambitious{p} })
	meddles := doubling("meddles", func() error { return nil })
	meddles.Prepare = bent(meddles, func(p workloads.Pass) workloads.Pass { return audited{p} })
	slow := doubling("strict", func() error { return burn(time.Millisecond) })
	slow.Prepare = bent(slow, func(p workloads.Pass) workloads.Pass { return strict{p} })
	impossible := doubling("impossible", func() error { return nil })
	impossible.Prepare = func(workloads.Params) (workloads.Job, error) {
		return nil, fmt.Errorf("no moon tonight: %w", errors.ErrUnsupported)
	}
	helped := doubling("helped", func() error { return nil })
	helped.Helper = serveAddress
	helped.Prepare = needAddress(helped.Prepare)
	helpless := doubling("helpless", func() error { return nil })
	helpless.Helper = func(context.Context, workloads.Params, func(string)) error { return errors.New("out of ports") }
	c.Workloads = append(c.Workloads, wrong, idle, meddles, slow, impossible, helped, helpless, sour(),
		graded("graded", func() error { return nil }), graded("graded refusal", func() error { return errors.New("no such luck") }))
	return c
}

// doubling is a workload of a few tasks that double a number after doing f.
func doubling(name string, f func() error) workloads.Workload {
	task := workloads.NewTask(name, func(_ workloads.Effects, in int) (int, error) { return 2 * in, f() })
	job := workloads.Batch[int, int]{
		Task: task, Ins: []int{1, 2, 3, 4},
		Check: func(ins, outs []int, _ []int64) error {
			for i := range ins {
				if outs[i] != 2*ins[i] {
					return fmt.Errorf("task %d: twice %d is not %d", i, ins[i], outs[i])
				}
			}
			return nil
		},
	}
	return workloads.Workload{
		Name: name, Doc: "Doubles numbers.", Tasks: []workloads.Task{task},
		Prepare: func(workloads.Params) (workloads.Job, error) { return job, nil },
	}
}

// bent is a Prepare whose passes go through f.
func bent(w workloads.Workload, f func(workloads.Pass) workloads.Pass) func(workloads.Params) (workloads.Job, error) {
	return func(p workloads.Params) (workloads.Job, error) {
		job, err := w.Prepare(p)
		return bentJob{job, f}, err
	}
}

type bentJob struct {
	workloads.Job
	f func(workloads.Pass) workloads.Pass
}

func (j bentJob) Pass(n int) workloads.Pass { return j.f(j.Job.Pass(n)) }

// forgetful passes leave out one task, which then has no answer.
type forgetful struct{ workloads.Pass }

func (p forgetful) Run(fx workloads.Effects, id int) error {
	if id == 1 {
		return nil
	}
	return p.Pass.Run(fx, id)
}

// ambitious passes plan an effect that their tasks do not have.
type ambitious struct{ workloads.Pass }

func (ambitious) Plan() workloads.Receipt { return workloads.Receipt{Dials: 1} }

// audited passes find fault with what their tasks did to their inputs.
type audited struct{ workloads.Pass }

func (audited) Freeze() error { return nil }
func (audited) Audit() error  { return errors.New("someone was at the inputs") }

func killSelf() error {
	p, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	if err := p.Kill(); err != nil {
		return err
	}
	return block()
}

// answerFile is where the answer of a process goes, which os.Stdout then is not.
var answerFile = os.NewFile(1, "answer")

func scribble(s string) error {
	_, err := answerFile.WriteString(s)
	return err
}

func serveAddress(ctx context.Context, _ workloads.Params, ready func(string)) error {
	ready("here")
	<-ctx.Done()
	return nil
}

func needAddress(prepare func(workloads.Params) (workloads.Job, error)) func(workloads.Params) (workloads.Job, error) {
	return func(p workloads.Params) (workloads.Job, error) {
		if p.Helper != "here" {
			return nil, fmt.Errorf("helper at %q", p.Helper)
		}
		return prepare(p)
	}
}

// block hangs where the runtime cannot see that nothing will ever happen.
func block() error {
	for {
		time.Sleep(time.Hour)
	}
}

// flood writes a gigabyte of log, with the reason at its end.
func flood() error {
	chunk := bytes.Repeat([]byte("all work and no play\n"), 50_000)
	for range 1 << 30 / len(chunk) {
		if _, err := os.Stderr.Write(chunk); err != nil {
			return err
		}
	}
	panic("dull boy")
}

// orphan leaves a process behind that holds on to the log.
func orphan() error {
	cmd := exec.Command("sleep", "600")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(os.Getenv(traces), "orphan"), fmt.Append(nil, cmd.Process.Pid), 0o666)
}

// tiny is a profile of samples of a millisecond, serial on one core.
func tiny(rounds int, names ...string) Profile {
	return Profile{
		Name: "tiny", Rounds: rounds, WarmUp: time.Millisecond, Duration: time.Millisecond,
		cells: func(Catalogue, []int) []result.Cell {
			var cells []result.Cell
			for _, n := range names {
				cells = append(cells, result.Cell{Workload: n, Model: result.Serial, Cores: 1})
			}
			return cells
		},
	}
}

// options are those of a run of these workloads.
func options(t *testing.T, rounds int, names ...string) Options {
	t.Helper()
	c := faulty()
	c.Workloads = slices.DeleteFunc(c.Workloads, func(w workloads.Workload) bool { return !slices.Contains(names, w.Name) })
	return Options{
		Catalogue: c, Profile: tiny(rounds, names...), Selection: Selection{Cores: []int{1}},
		Seed: 7, Dir: t.TempDir(), Log: t.Output(), Hang: time.Minute,
	}
}

func mustRun(t *testing.T, o Options) *result.File {
	t.Helper()
	out, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if out.Interrupted {
		t.Fatal("run counts as interrupted")
	}
	return out.File
}

// planned is the samples of the planned rounds: whether any are replaced
// depends on what else runs.
func planned(f *result.File) []result.Sample {
	return slices.DeleteFunc(slices.Clone(f.Samples), func(s result.Sample) bool { return s.Round >= f.Run.Rounds })
}

func TestFaultsAreRecordedAndTheRestRuns(t *testing.T) {
	t.Setenv(traces, t.TempDir())
	for _, c := range []struct{ workload, kind, text string }{
		{"panics", otherError, "the roof is on fire"},
		{"exits", crash, "exit status 3"},
		{"killed", crash, "killed"},
		{"refuses", otherError, "no such luck"},
		{"garbage", otherError, "not readable"},
		{"verbose", otherError, "more than"},
		{"floods", otherError, "dull boy"},
		{"wrong", wrongAnswer, "task 1 ran 0 times"},
		{"idle", wrongAnswer, "effects differ"},
		{"helpless", otherError, "out of ports"},
	} {
		t.Run(c.workload, func(t *testing.T) {
			const rounds = 3
			f := mustRun(t, options(t, rounds, "fine", c.workload))
			if len(f.Failures) != result.FailuresAllowed {
				t.Fatalf("%d failures, want %d", len(f.Failures), result.FailuresAllowed)
			}
			x := f.Failures[0]
			if x.Cell.Workload != c.workload || x.Kind != c.kind || !strings.Contains(x.Text, c.text) {
				t.Errorf("failure of %s: %s: %s; want %s: %s", x.Cell.Name(), x.Kind, x.Text, c.kind, c.text)
			}
			if len(x.Log) > proc.TailBytes {
				t.Errorf("%d bytes of log kept", len(x.Log))
			}
			if last := f.Failures[1].Text; !strings.Contains(last, "not tried") {
				t.Errorf("second failure does not say that the cell is given up: %q", last)
			}
			if n := len(planned(f)); n != rounds {
				t.Errorf("%d samples of the cell that is fine, want %d", n, rounds)
			}
		})
	}
}

func TestHangIsKilled(t *testing.T) {
	o := options(t, 1, "hangs")
	o.Hang = time.Second
	f := mustRun(t, o)
	if len(f.Failures) != 1 || f.Failures[0].Kind != hang {
		t.Errorf("failures %+v, want one hang", f.Failures)
	}
}

func TestWhatACellLeavesBehindIsKilled(t *testing.T) {
	if _, err := exec.LookPath("sleep"); err != nil {
		t.Skip("skipped: no sleep")
	}
	dir := t.TempDir()
	t.Setenv(traces, dir)
	f := mustRun(t, options(t, 1, "orphans"))
	if len(f.Failures) != 1 || !strings.Contains(f.Failures[0].Text, "left a process behind") {
		t.Errorf("failures %+v, want one about a process left behind", f.Failures)
	}
	gone(t, filepath.Join(dir, "orphan"))
}

// gone waits until a process whose id is in a file has ended.
func gone(t *testing.T, path string) {
	t.Helper()
	pid, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 600 {
		if _, err := os.Stat("/proc/" + string(pid) + "/exe"); err != nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("process %q is still there", pid)
}

func TestCellDiesWithTheRunHoweverThatEnds(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("skipped: no /proc")
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), sweepOnly+"=1", traces+"="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := filepath.Join(dir, "lingers")
	for {
		if raw, err := os.ReadFile(pid); err == nil && len(raw) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the run ended well")
	}
	gone(t, pid)
}

func TestWhatTasksPrintDoesNotSpoilTheAnswer(t *testing.T) {
	if f := mustRun(t, options(t, 2, "talks", "helped")); len(f.Samples) != 4 {
		t.Errorf("samples %d, failures %+v", len(f.Samples), f.Failures)
	}
}

func TestWhatCannotBeIsBlank(t *testing.T) {
	f := mustRun(t, options(t, 3, "fine", "impossible"))
	if len(f.Blanks) != 1 || !strings.Contains(f.Blanks[0].Reason, "no moon tonight") {
		t.Errorf("blanks %+v", f.Blanks)
	}
	if len(f.Failures) != 0 || len(planned(f)) != 3 {
		t.Errorf("%d samples, failures %+v", len(f.Samples), f.Failures)
	}
}

// pairs counts the samples of each cell in each round.
func pairs(f *result.File) map[result.Point]int {
	n := map[result.Point]int{}
	for _, s := range f.Samples {
		n[result.Point{Cell: s.Cell, Round: s.Round}]++
	}
	return n
}

func TestInterruptedRunGoesOn(t *testing.T) {
	o := options(t, 3, "fine", "talks", "helped")
	ctx, cancel := context.WithCancel(t.Context())
	log := &after{"round 1 of", cancel}
	o.Log = log
	out, err := Run(ctx, o)
	if err != nil || !out.Interrupted || !out.File.Interrupted {
		t.Fatalf("outcome %+v, error %v; want an interrupted run", out, err)
	}
	before := len(out.File.Samples)
	if before < 3 || before >= 9 {
		t.Fatalf("%d samples before the interruption, want the first round and not all", before)
	}
	o.Log, o.Resume = t.Output(), true
	f := mustRun(t, o)
	for point, n := range pairs(f) {
		if n != 1 {
			t.Errorf("%v was measured %d times", point, n)
		}
	}
	if len(planned(f)) != 9 || f.Interrupted {
		t.Errorf("%d samples of 9, interrupted %v", len(planned(f)), f.Interrupted)
	}
	if again := mustRun(t, o); len(again.Samples) != len(f.Samples) {
		t.Errorf("resuming a complete run makes %d samples of %d", len(again.Samples), len(f.Samples))
	}
}

// after calls do when this was written to it.
type after struct {
	text string
	do   func()
}

func (a *after) Write(p []byte) (int, error) {
	if strings.Contains(string(p), a.text) {
		a.do()
	}
	return len(p), nil
}

func TestResumeRefusesAnotherRun(t *testing.T) {
	o := options(t, 1, "fine")
	o.Resume = true
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "nothing to resume") {
		t.Errorf("resume of nothing: %v", err)
	}
	o.Resume = false
	mustRun(t, o)
	o.Resume = true
	for what, change := range map[string]func(*Options){
		"rounds":          func(o *Options) { o.Rounds = 5 },
		"seed":            func(o *Options) { o.Seed = 8 },
		"profile":         func(o *Options) { o.Profile.Name = "other" },
		"warm-up":         func(o *Options) { o.Profile.WarmUp *= 2 },
		"program version": func(o *Options) { o.Tool = "new" },
		"choice of cells": func(o *Options) {
			*o = Options{Catalogue: faulty(), Profile: tiny(1, "talks"), Selection: Selection{Cores: []int{1}, Workloads: []string{"talks"}}, Seed: 7, Dir: o.Dir, Log: o.Log, Resume: true}
		},
	} {
		other := o
		change(&other)
		if _, err := Run(t.Context(), other); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("resume with another %s: %v", what, err)
		}
	}
}

func TestEarlierFileIsKept(t *testing.T) {
	o := options(t, 1, "fine")
	mustRun(t, o)
	mustRun(t, o)
	files, err := filepath.Glob(filepath.Join(o.Dir, "bench-*.txt"))
	if err != nil || len(files) != 1 {
		t.Errorf("earlier files %v, %v; want one", files, err)
	}
}

func TestOneRunAtATime(t *testing.T) {
	release, err := proc.Lock(lockPath())
	if err != nil {
		t.Fatal(err)
	}
	_, err = Run(t.Context(), options(t, 1, "fine"))
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("second run at a time: %v; want an error that names process %d", err, os.Getpid())
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	mustRun(t, options(t, 1, "fine"))
}

func TestOrderIsAFunctionOfTheSeed(t *testing.T) {
	if !slices.Equal(roundOrder(1, 2, 50), roundOrder(1, 2, 50)) {
		t.Error("one seed gives two orders")
	}
	if slices.Equal(roundOrder(1, 2, 50), roundOrder(1, 3, 50)) {
		t.Error("two rounds have one order")
	}
}

func TestSampleHoldsWhatWasMeasured(t *testing.T) {
	f := mustRun(t, options(t, 1, "fine"))
	for _, unit := range []string{result.WallNS, result.TaskRate, result.CPUNS, result.StartNS, result.Switches, result.PeakRSS} {
		if _, ok := f.Samples[0].Value(unit); !ok && runtime.GOOS == "linux" {
			t.Errorf("no %s", unit)
		}
	}
}

func TestCheckTellsEveryVerdict(t *testing.T) {
	c := faulty()
	got := map[string]Verdict{}
	s := Selection{Workloads: []string{"fine", "wrong", "idle", "meddles", "impossible", "panics", "helped"}, Models: []string{result.Serial}}
	if err := Check(t.Context(), c, s, time.Minute, func(v Verdict) { got[v.Cell.Workload] = v }); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"fine": "", "helped": "", "impossible": "",
		"wrong": wrongAnswer, "idle": wrongAnswer, "meddles": "someone was at the inputs", "panics": "the roof is on fire",
	} {
		v, ok := got[name]
		if !ok || !strings.Contains(v.Failure(), want) || (want == "") != (v.Failure() == "") {
			t.Errorf("%s: failure %q, want %q", name, v.Failure(), want)
		}
	}
	if !strings.Contains(got["impossible"].Unsupported(), "no moon") || !got["fine"].Pass() {
		t.Errorf("impossible: %+v, fine: %+v", got["impossible"], got["fine"])
	}
}

// burn uses so much CPU time.
func burn(d time.Duration) error {
	before, err := proc.Used()
	for now := before; err == nil && now.CPU < before.CPU+d; {
		now, err = proc.Used()
	}
	return err
}

// CPU time decides here, which outside load does not change.
func TestCheckingIsInNoFigure(t *testing.T) {
	f := mustRun(t, options(t, 1, "strict"))
	cpu, ok := f.Samples[0].Value(result.CPUNS)
	if !ok || cpu >= float64(strictness) {
		t.Errorf("%v ns of CPU a pass, and checking takes %v", cpu, strictness)
	}
}

const strictness = 50 * time.Millisecond

// strict passes take their time to check.
type strict struct{ workloads.Pass }

func (p strict) Check() error { return errors.Join(burn(strictness), p.Pass.Check()) }

func TestCellProvesItsCPUs(t *testing.T) {
	o := order{CPUs: make([]int, runtime.NumCPU()+1), Cell: result.Cell{Workload: "fine", Model: result.Serial, Cores: 1}}
	if f := faulty().measureCell(t.Context(), o); f.Kind != otherError || !strings.Contains(f.Text, "but sees") {
		t.Errorf("a cell that sees other CPUs than its own finds %+v", f)
	}
}

func TestHelpersShareWhenNoCPUIsLeft(t *testing.T) {
	o := options(t, 1, "fine", "helped")
	for _, c := range []struct {
		cpus int
		want string
	}{{1, helpersShared}, {2, ""}} {
		run, plan, err := o.plan(Machine{CPUs: make([]int, c.cpus), Pinned: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range plan {
			if want := c.want; cell.Workload == "helped" && cell.Helpers != want || cell.Workload == "fine" && cell.Helpers != "" {
				t.Errorf("%d CPUs: %s, want helpers %q", c.cpus, cell.Name(), want)
			}
		}
		if run.Helpers != c.want {
			t.Errorf("%d CPUs: the run says helpers %q, want %q", c.cpus, run.Helpers, c.want)
		}
	}
}

func TestRunSaysWhatSpoilsIt(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "1GiB")
	o := options(t, 1, "fine")
	o.Profile.cells = func(Catalogue, []int) []result.Cell {
		return []result.Cell{{Workload: "fine", Model: "goroutine", Cores: 1}}
	}
	run, _, err := o.plan(Machine{CPUs: []int{0, 1}, Quota: 1.5})
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(run.Notes, "\n")
	for _, want := range []string{"not bound", "1.50 cores", "GOMEMLIMIT=1GiB", "serial is not measured"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes do not say %q:\n%s", want, notes)
		}
	}
}
