package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/result"
)

// needs skips a test on a machine without a tool, unless all are required.
func needs(t *testing.T, tool string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err == nil {
		return
	}
	if os.Getenv("NONREV_REQUIRE") == "all" {
		t.Fatalf("no %s, and NONREV_REQUIRE=all asks for it", tool)
	}
	t.Skipf("skipped: no %s", tool)
}

// commanded gates two commands that print the same lines every time, by time and
// what else is to decide.
func commanded(t *testing.T, old, new string, on ...string) (Report, error) {
	t.Helper()
	needs(t, "sh")
	s := usual
	s.Pairs, s.On = 11, append([]string{Time}, on...)
	dir := t.TempDir()
	var commands Commands
	for i, lines := range []string{old, new} {
		path := filepath.Join(dir, sideNames[i])
		if err := os.WriteFile(path, []byte(lines), 0o666); err != nil {
			t.Fatal(err)
		}
		commands[i] = "cat '" + path + "'"
	}
	return Run(context.Background(), Options{
		Settings: s, Source: commands, Seed: 1, Log: io.Discard, Heads: [2]result.Run{{Version: 1}, {Version: 1}}, Dir: filepath.Join(dir, "out"),
	})
}

const sorting = `goos: linux
pkg: example.org/sorting
BenchmarkSort/n=10-8  100  50 ns/op  16 B/op  1 allocs/op
BenchmarkSort/n=10-8  100  70 ns/op  16 B/op  1 allocs/op
BenchmarkShuffle  100  200 ns/op
PASS
`

func TestCommands(t *testing.T) {
	for _, c := range []struct {
		name, new string
		want      Verdict
		says      string
	}{
		{"same", sorting, NotWorse, ""},
		{"slower", strings.ReplaceAll(sorting, " 200 ns", " 300 ns"), Worse, ""},
		{"one gone", strings.ReplaceAll(sorting, "BenchmarkShuffle", "BenchmarkShuffled"), Inconclusive, "missing"},
		{"moved to another package", strings.ReplaceAll(sorting, "BenchmarkShuffle", "pkg: example.org/other\nBenchmarkShuffle"), Inconclusive, "missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := commanded(t, sorting, c.new)
			if err != nil {
				t.Fatal(err)
			}
			said := ""
			for _, row := range r.Rows {
				said += row.Reason
				if row.Cell.Name() == "Sort/n=10/pkg=example.org%2Fsorting-8" && row.Metric.Name == Time && row.Old != 60 {
					t.Errorf("two lines of 50 and 70 ns count as %v", row.Old)
				}
			}
			if r.Verdict != c.want || !strings.Contains(said, c.says) {
				t.Errorf("%s, want %s: %+v", r.Verdict, c.want, r.Rows)
			}
			for _, path := range r.Files {
				if _, err := result.Read(path); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// What is to decide and cannot be compared never passes, though time does.
func TestMetricsThatAreMissing(t *testing.T) {
	without := strings.ReplaceAll(sorting, "  1 allocs/op", "")
	none := strings.ReplaceAll(sorting, " 1 allocs/op", " 0 allocs/op")
	for _, c := range []struct {
		name, old, new, on string
		want               Verdict
		says               string
	}{
		{"of both sides", sorting, sorting, Allocs, NotWorse, ""},
		{"gone", sorting, without, Allocs, Inconclusive, "missing: the new side has none"},
		{"come", without, sorting, Allocs, Inconclusive, "missing: the old side has none"},
		{"nowhere", without, without, Allocs, Inconclusive, "missing: neither side has it"},
		{"not timed", sorting, sorting, P99, Inconclusive, "missing: neither side has it"},
		{"on one core count", sorting, sorting, Scaling, Inconclusive, "missing: no throughput on one core and on more"},
		{"none in either", none, none, Allocs, NotWorse, ""},
		{"some where none was", none, sorting, Allocs, Worse, "there was none before"},
		{"none any more", sorting, none, Allocs, NotWorse, "there is none any more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := commanded(t, c.old, c.new, c.on)
			if err != nil {
				t.Fatal(err)
			}
			said := ""
			for _, row := range r.Rows {
				said += row.Reason + "\n"
			}
			if r.Verdict != c.want || !strings.Contains(said, c.says) {
				t.Errorf("%s, want %s: %s", r.Verdict, c.want, said)
			}
		})
	}
}

// Values without a void round say as much as with one.
func TestNoneOfAMetricBesideAVoidRound(t *testing.T) {
	s := Settings{Pairs: 20, Threshold: 0.03, On: []string{Allocs}}
	some, none := make([]float64, 20), make([]float64, 20)
	for i := range some {
		some[i] = 3
	}
	some[4], none[4] = math.NaN(), math.NaN()
	for _, c := range []struct {
		old, new []float64
		want     Verdict
		better   bool
	}{{none, none, NotWorse, false}, {none, some, Worse, false}, {some, none, NotWorse, true}} {
		if r := s.Judge(Comparison{Metric: Metric{Name: Allocs}, Old: c.old, New: c.new}); r.Verdict != c.want || r.Better != c.better {
			t.Errorf("%v to %v allocations: %+v", c.old[0], c.new[0], r)
		}
	}
}

func TestCommandsThatCannotBeUsed(t *testing.T) {
	needs(t, "sh")
	if _, err := commanded(t, sorting, "PASS\n"); err == nil || !strings.Contains(err.Error(), "no benchmark lines") {
		t.Errorf("no lines: %v", err)
	}
	for line, says := range map[string]string{
		"echo oh no >&2; exit 3": "oh no",
		"echo FAIL; exit 1":      "FAIL",
	} {
		if _, err := shell(context.Background(), line, time.Minute); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", line, err)
		}
	}
	if out, err := shell(context.Background(), "sleep 1000 >/dev/null 2>&1 & echo $!", time.Minute); err != nil {
		t.Error(err)
	} else if pid, err := strconv.Atoi(strings.TrimSpace(string(out))); err != nil || alive(pid) {
		t.Errorf("process %q is left behind, %v", out, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := shell(ctx, "sleep 100 & sleep 100", time.Minute); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a command that is stopped: %v", err)
	}
	if _, err := shell(context.Background(), "sleep 100 & sleep 100", 50*time.Millisecond); err == nil || !strings.Contains(err.Error(), "no end within 50ms") {
		t.Errorf("a command that hangs: %v", err)
	}
}

// alive tells whether a process still runs a while after it was killed.
func alive(pid int) bool {
	for range 500 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return false
		}
		time.Sleep(10 * time.Millisecond)
	}
	return true
}

// git runs git in the working directory.
func git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// A revision is built as it was, from below the directory that one is in, and
// nothing of the building is left, in the repository or beside it.
func TestBuildRevision(t *testing.T) {
	needs(t, "git")
	repo, tmp := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Chdir(repo)
	git(t, "init", "-q")
	for file, text := range map[string]string{"below/go.mod": "module example.org/below\n", "below/it/main.go": "package main\n\nfunc main() { println(1) }\n"} {
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	git(t, "add", ".")
	git(t, "commit", "-qm", "one")
	t.Chdir("below")
	if err := os.WriteFile("it/main.go", []byte("package main\n\nfunc main() { println(2) }\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := BuildRevision(context.Background(), "HEAD", "./it")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(r.Program).CombinedOutput(); err != nil || string(out) != "1\n" {
		t.Errorf("the program of the revision says %q, %v", out, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	for name, says := range map[string]string{"no-such-branch": "fetch the revision", "--help": "fetch the revision"} {
		if _, err := BuildRevision(context.Background(), name, "./it"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("revision %s: %v", name, err)
		}
	}
	for _, after := range []time.Duration{time.Millisecond, 30 * time.Millisecond, 100 * time.Millisecond} { // wherever that is
		ctx, cancel := context.WithTimeout(context.Background(), after)
		if r, err := BuildRevision(ctx, "HEAD", "./it"); err == nil {
			err = r.Close()
			if err != nil {
				t.Error(err)
			}
		}
		cancel()
	}
	if _, err := BuildRevision(context.Background(), "HEAD", "./nothing"); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("a package that is not there: %v", err)
	}
	if list := git(t, "worktree", "list"); strings.Count(list, "\n") != 1 {
		t.Errorf("worktrees are left:\n%s", list)
	}
	if status := git(t, "status", "--short"); strings.TrimSpace(status) != "M it/main.go" {
		t.Errorf("the working tree was changed:\n%s", status)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestScalings(t *testing.T) {
	c := result.Cell{Workload: "w", Model: "locked"}
	file := func(one, two float64) *result.File {
		f := &result.File{Run: result.Run{Version: 1}}
		for cores, rate := range map[int]float64{1: one, 2: two} {
			c.Cores = cores
			f.Plan = append(f.Plan, c)
			for round := range 12 {
				f.Samples = append(f.Samples, result.Sample{Cell: c, Round: round, Passes: 1, Values: []result.Value{{Unit: result.TaskRate, Value: rate}}})
			}
		}
		return f
	}
	old, new := file(100, 190), file(110, 110)
	all, err := Compare(cellsOf([]*result.File{old}), old, new)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		if x.Metric.Name != Scaling {
			continue
		}
		row := usual.Judge(x)
		if x.Cell.Cores != 2 || row.Old != 1.9 || row.New != 1 || math.Abs(row.Cost.Value-1.9) > 1e-9 {
			t.Errorf("scaling of %d cores from %v to %v costs %v", x.Cell.Cores, row.Old, row.New, row.Cost.Value)
		}
		return
	}
	t.Errorf("no scaling among %+v", all)
}
