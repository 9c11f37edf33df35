package cmd_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmeWorkloadIsAProgramOfItsOwn takes the program out of the README,
// builds it as a module that only requires this one, and has it check and
// measure its workload under every model, worker processes included.
func TestReadmeWorkloadIsAProgramOfItsOwn(t *testing.T) {
	source := readmeProgram(t)
	if n := strings.Count(source, "\n"); n > 30 {
		t.Errorf("the README's workload has %d lines", n)
	}
	dir, bin := outsideModule(t, source)
	out := runIn(t, dir, bin, "check", "--workloads", "squares")
	for _, m := range []string{"serial", "goroutine", "subprocess", "eventloop", "locked"} {
		if !strings.Contains(out, m) {
			t.Errorf("check says nothing of %s:\n%s", m, out)
		}
	}
	if strings.Count(out, "ok") != 5 || strings.Contains(out, "FAIL") {
		t.Errorf("not every model is ok:\n%s", out)
	}
	runIn(t, dir, bin, "run", "--profile", "smoke", "--rounds", "1", "--workloads", "squares", "--dir", "out")
	bench, err := os.ReadFile(filepath.Join(dir, "out", "bench.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(bench, []byte("BenchmarkSquares/model=subprocess/codec=gob-1")) {
		t.Errorf("no line of the subprocess model:\n%s", bench)
	}
	runIn(t, dir, bin, "report", "--dir", "out", "out/bench.txt")
	if _, err := os.Stat(filepath.Join(dir, "out", "index.html")); err != nil {
		t.Error(err)
	}
}

// readmeProgram is the one Go program that the README shows.
func readmeProgram(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```go\n")
	source, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("the README shows no Go program")
	}
	return source
}

func outsideModule(t *testing.T, source string) (dir, bin string) {
	t.Helper()
	dir = t.TempDir()
	repo, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]string{"go.mod": "go.mod", "go.sum": "go.sum"} {
		b, err := os.ReadFile(filepath.Join(repo, from))
		if err != nil {
			t.Fatal(err)
		}
		if name == "go.mod" {
			b = bytes.Replace(b, []byte("module github.com/nonrev/nonrev"), []byte("module squares"), 1)
		}
		write(t, filepath.Join(dir, name), b)
	}
	write(t, filepath.Join(dir, "main.go"), []byte(source))
	runIn(t, dir, "go", "mod", "edit", "-require=github.com/nonrev/nonrev@v0.0.0", "-replace=github.com/nonrev/nonrev="+repo)
	bin = filepath.Join(dir, "squares.exe")
	runIn(t, dir, "go", "build", "-mod=mod", "-o", bin)
	return dir, bin
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

// runIn runs a program in a directory and returns what it printed.
func runIn(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir()) // a run on this machine must not be in the way
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
