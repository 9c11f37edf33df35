package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// buildSlow builds the program that a gate is tried on, with some of its
// settings settled.
func buildSlow(t *testing.T, name string, settings ...string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), name+".exe")
	flags := "-s -w"
	for _, s := range settings {
		flags += " -X main." + s
	}
	build := exec.Command("go", "build", "-ldflags", flags, "-o", bin, "./testdata/slow")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// wrongSpun is what the program says of a wrong answer.
const wrongSpun = "wrong answer: warm-up: spun"

// attempts is how often a gate that must turn red is asked, since load from
// outside may keep it from a verdict.
const attempts = 4

// decided runs a gate of few short pairs until it is not inconclusive, at most
// so many times, and returns its exit status and what it says.
func decided(t *testing.T, attempts int, old, new string) (status int, said string) {
	t.Helper()
	for range attempts {
		// The program that asks is one of the two: it knows the workload.
		c := exec.Command(old, "gate", "--old", old, "--new", new, "--profile", "smoke",
			"--cells", "Spins/model=serial-1", "--pairs", "12", "--format", "json", "--dir", filepath.Join(t.TempDir(), "out"))
		c.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
		var out, log bytes.Buffer
		c.Stdout, c.Stderr = &out, &log
		err := c.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		status, said = c.ProcessState.ExitCode(), out.String()+log.String()
		var report struct {
			Verdict  string
			Failures []string
			Rows     []struct{ Verdict, Metric string }
		}
		if err := json.Unmarshal(out.Bytes(), &report); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		if want := map[string]int{"worse": 1, "not worse": 0, "inconclusive": 3}[report.Verdict]; status != want {
			t.Fatalf("exit status %d of a verdict %q", status, report.Verdict)
		}
		if status != 3 {
			break
		}
	}
	return status, said
}

// running are the processes of a program, where the system tells. Whoever has
// started them has waited for them.
func running(bin string) []string {
	found, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		return []string{err.Error()}
	}
	return slices.DeleteFunc(found, func(link string) bool {
		exe, err := os.Readlink(link) // one that has ended, or is another's, is not it
		return err != nil || exe != bin
	})
}

// A gate that cannot fire is worth nothing: twenty times the work must turn it
// red, a wrong answer must, tasks that crash must, a program without the workload
// must, and the same work must not.
func TestGateGoesRed(t *testing.T) {
	old := buildSlow(t, "old")
	for _, c := range []struct {
		name     string
		settings []string
		red      bool
		says     string
	}{
		{"twenty times the work", []string{"rounds=20"}, true, `"verdict": "worse"`},
		{"a wrong answer", []string{"offset=1"}, true, wrongSpun},
		{"a crash", []string{"panics=1"}, true, "new side alone failed in 2 rounds"},
		{"another workload", []string{"name=another"}, true, "new side alone failed in 2 rounds"},
		{"the same work", nil, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := 1
			if c.red {
				asked = attempts
			}
			new := old
			if c.settings != nil {
				new = buildSlow(t, "new", c.settings...)
			}
			status, said := decided(t, asked, old, new)
			for _, bin := range []string{old, new} {
				if left := running(bin); len(left) > 0 {
					t.Errorf("still running: %v", left)
				}
			}
			if red := status == 1; red != c.red || !strings.Contains(said, c.says) {
				t.Errorf("exit status %d:\n%s", status, said)
			}
		})
	}
}
