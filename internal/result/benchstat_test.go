package result

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/nonrev/nonrev/internal/golden"
)

// Unmodified benchstat must make sensible tables of our files: models side by
// side, and one file against another.
func TestBenchstatReadsOurFiles(t *testing.T) {
	dir := t.TempDir()
	benchstat := filepath.Join(dir, "benchstat")
	if out, err := exec.Command("go", "build", "-o", benchstat, "golang.org/x/perf/cmd/benchstat").CombinedOutput(); err != nil {
		t.Fatalf("building benchstat: %v\n%s", err, out)
	}
	finished(t, filepath.Join(dir, "old.txt"), 1)
	finished(t, filepath.Join(dir, "new.txt"), 1.25)
	for name, args := range map[string][]string{
		"benchstat-models.txt":  {"-col", "/model", "old.txt"},
		"benchstat-compare.txt": {"old.txt", "new.txt"},
	} {
		cmd := exec.Command(benchstat, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput() // warnings count: there must be none but those in the golden file
		if err != nil {
			t.Fatalf("benchstat %v: %v\n%s", args, err, out)
		}
		golden.Check(t, name, out)
	}
}

// finished writes the example with IPC that costs factor times as much.
func finished(t *testing.T, path string, factor float64) {
	t.Helper()
	example := writeExample(t)
	f := read(t, example)
	for _, s := range f.Samples {
		for i, v := range s.Values {
			if v.Unit == IPCNS {
				s.Values[i].Value *= factor
			}
		}
	}
	if err := Rewrite(example, f); err != nil {
		t.Fatal(err)
	}
	if _, err := Finish(example); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(example, path); err != nil {
		t.Fatal(err)
	}
}
