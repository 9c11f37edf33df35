package sweep

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/nonrev/nonrev/internal/result"
)

// needPython skips the test where there is no python3 that can measure.
func needPython(t *testing.T) {
	t.Helper()
	said, err := askPython(t.Context(), pythonTold{Model: pythonProcess})
	if err == nil && said.Lacks == "" {
		return
	}
	if os.Getenv("NONREV_REQUIRE") == "all" {
		t.Fatalf("no python3 (%v %s), and NONREV_REQUIRE=all asks for it", err, said.Lacks)
	}
	t.Skip("skipped: no python3")
}

// pretend has a shell script stand where python3 is looked for.
func pretend(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "python3"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// python is the order to measure such a cell.
func python(program, model string, workers int) order {
	return order{
		place: place{Width: 2}, WarmUp: time.Millisecond, Duration: time.Millisecond,
		Cell: result.Cell{Workload: result.Python, Set: program, Model: model, Cores: workers},
	}
}

func TestKnownAnswersOfPython(t *testing.T) {
	var hits int
	for seed := range uint64(50) {
		hits += piHits(1000 * (seed + 1))
	}
	if pi := 4 * float64(hits) / (50 * piPoints); math.Abs(pi-math.Pi) > 0.01 {
		t.Errorf("pi is about %v", pi)
	}
	var bytesOf []byte
	for i := range 8 << 20 {
		bytesOf = append(bytesOf, byte(i))
	}
	one := sha256.Sum256(append([]byte{0, 0, 0, 0, 0, 0, 0, 1}, bytesOf...))
	two := sha256.Sum256(append([]byte{0, 0, 0, 0, 0, 0, 0, 2}, bytesOf...))
	want := fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%x%x", one, two)))
	if got, err := pythonAnswer(pythonHash, 2); got != want || err != nil {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	if got, err := pythonAnswer("chess", 2); err == nil {
		t.Errorf("a program that there is not answers %s", got)
	}
}

func TestPythonAnswersRightUnderEveryModelAndLeavesNothing(t *testing.T) {
	needPython(t)
	temp, scene := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv(traces, scene)
	running := goleak.IgnoreCurrent()
	for _, program := range PythonPrograms() {
		for _, model := range PythonModels() {
			o := python(program, model, 2)
			f := measurePython(t.Context(), o)
			if f.Kind != "" || f.Blank != "" || f.Passes < 1 || f.Warm < 1 || f.Ran <= 0 {
				t.Errorf("%s: %+v", o.Cell.Name(), f)
			}
			var units []string
			for _, v := range f.Values {
				units = append(units, v.Unit)
				if !(v.Value > 0) {
					t.Errorf("%s: %v %s", o.Cell.Name(), v.Value, v.Unit)
				}
			}
			if want := []string{result.WallNS, result.OpRate, result.CPUNS, result.StartNS}; !slices.Equal(units, want) {
				t.Errorf("%s: units %v, want %v", o.Cell.Name(), units, want)
			}
		}
	}
	goleak.VerifyNone(t, running)
	if left := living(t, traces+"="+scene); len(left) > 0 {
		t.Errorf("processes %v are left", left)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("files %v are left, %v", left, err)
	}
}

// What comes from a python3 that is another than it should be makes no number.
func TestWhatPythonMayGetWrong(t *testing.T) {
	right, err := pythonAnswer(pythonPi, 4)
	if err != nil {
		t.Fatal(err)
	}
	said := func(answers string) string {
		return fmt.Sprintf(`echo '{"this": "x", "lacks": null, "start": 1, "warm": 1, "warmNS": 1, "passes": 1, "wall": 1, "cpu": 1, "answers": [%s]}'`, answers)
	}
	quoted := `"` + right + `"`
	for _, c := range []struct{ script, kind, text, blank string }{
		{said(quoted + "," + quoted), "", "", ""},
		{said(quoted + `, "7"`), wrongAnswer, `pass 1 gave "7" instead of ` + quoted, ""},
		{said(quoted), wrongAnswer, "1 answers of 1 passes", ""},
		{"echo '{}'", wrongAnswer, "0 answers of 0 passes", ""},
		{"echo mind your step", otherError, "not readable", ""},
		{"echo NameError: no such thing >&2; exit 1", otherError, "exit status 1: NameError: no such thing", ""},
		{`echo '{"lacks": "it runs without the GIL"}'`, "", "", "python3: it runs without the GIL"},
	} {
		pretend(t, c.script)
		f := measurePython(t.Context(), python(pythonPi, result.Serial, 1))
		if f.Kind != c.kind || !strings.Contains(f.Text, c.text) || !strings.HasPrefix(f.Blank, c.blank) || (f.Blank == "") != (c.blank == "") {
			t.Errorf("%s: %+v, want %q, %q, blank %q", c.script, f, c.kind, c.text, c.blank)
		}
		if (f.Values != nil) != (c.kind == "" && c.blank == "") {
			t.Errorf("%s: values %v", c.script, f.Values)
		}
	}
	for _, o := range []order{python("chess", result.Serial, 1), python(pythonPi, "coroutine", 1)} {
		if f := measurePython(t.Context(), o); f.Kind != otherError {
			t.Errorf("%s: %+v", o.Cell.Name(), f)
		}
	}
}

// A run tells which python3 it had, does not go on with another one, and keeps
// no number of one whose answers are wrong.
func TestPythonInARun(t *testing.T) {
	needPython(t)
	cells := []result.Cell{python(pythonPi, result.Serial, 1).Cell, python(pythonHash, pythonThread, 1).Cell}
	o := exchanging(t, 1, cells...)
	f := mustRun(t, o)
	if len(planned(f)) != 2 || len(f.Failures)+len(f.Blanks) > 0 || !strings.Contains(f.Run.Python, "with the GIL") {
		t.Fatalf("%q: %d samples, failures %+v, blanks %+v", f.Run.Python, len(f.Samples), f.Failures, f.Blanks)
	}
	pretend(t, `echo '{"this": "another one"}'`)
	o.Resume = true
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "python3 was") {
		t.Errorf("another python3 goes on: %v", err)
	}
	o.Resume, o.Dir = false, t.TempDir()
	if f := mustRun(t, o); len(f.Failures) != 2 || f.Failures[0].Kind != wrongAnswer || len(f.Samples) > 0 {
		t.Errorf("%d samples, failures %+v", len(f.Samples), f.Failures)
	}
}

func TestWithoutPythonItsCellsAreBlank(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	cell := python(pythonPi, pythonThread, 1).Cell
	f := mustRun(t, exchanging(t, 1, cell))
	if len(f.Blanks) != 1 || !strings.Contains(f.Blanks[0].Reason, "python3: not found") || len(f.Samples)+len(f.Failures) > 0 || f.Run.Python != "" {
		t.Errorf("python %q, %d samples, blanks %+v, failures %+v", f.Run.Python, len(f.Samples), f.Blanks, f.Failures)
	}
	if f := mustRun(t, options(t, 1, "fine")); f.Run.Python != "" {
		t.Errorf("a run without cells of python3 names %q", f.Run.Python)
	}
}

// A python3 that is killed takes along what it has started.
func TestCancelledPythonEnds(t *testing.T) {
	for _, tool := range []string{"sh", "sleep"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("NONREV_REQUIRE") == "all" {
				t.Fatalf("no %s, and NONREV_REQUIRE=all asks for it", tool)
			}
			t.Skip("skipped: no " + tool)
		}
	}
	scene := t.TempDir()
	t.Setenv(traces, scene)
	begun := filepath.Join(scene, "begun")
	pretend(t, "sleep 1000 >/dev/null 2>&1 &\n: >"+begun+"\nwait\n")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			if _, err := os.Stat(begun); err == nil {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if f := measurePython(ctx, python(pythonPi, pythonProcess, 1)); f.Kind != otherError || !strings.Contains(f.Text, "context canceled") {
		t.Errorf("%+v", f)
	}
	if left := living(t, traces+"="+scene); len(left) > 0 {
		t.Errorf("processes %v are left", left)
	}
}

func TestPythonIsSelectedByNameOrWithoutModels(t *testing.T) {
	p, err := FindProfile("python")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s    Selection
		want int
	}{
		{Selection{}, 10},
		{Selection{Workloads: []string{"python"}}, 10},
		{Selection{Workloads: []string{"python"}, Models: []string{"thread"}}, 4},
		{Selection{Models: []string{"serial"}}, 0},
		{Selection{Workloads: []string{"fannkuch"}}, 0},
	} {
		cells, err := c.s.apply(everything(), p, CoreList(2))
		n := 0
		for _, cell := range cells {
			if cell.Workload == result.Python {
				n++
			}
		}
		if n != c.want || (err == nil) != (n > 0) {
			t.Errorf("%+v: %d cells, %v; want %d", c.s, n, err, c.want)
		}
	}
	s := Selection{Set: []string{"grain=1us"}}
	if _, err := s.apply(everything(), p, CoreList(2)); err == nil || !strings.Contains(err.Error(), "a python has no settings") {
		t.Errorf("a grain of python: %v", err)
	}
	for _, name := range []string{"python", "full"} {
		p, err := FindProfile(name)
		if err != nil {
			t.Fatal(err)
		}
		cells := p.Cells(everything(), CoreList(8))
		for _, n := range []int{1, 2, 8} {
			for _, model := range PythonModels()[1:] {
				if c := python(pythonHash, model, n).Cell; !slices.Contains(cells, c) {
					t.Errorf("no %s in %s", c.Name(), name)
				}
			}
		}
	}
}
