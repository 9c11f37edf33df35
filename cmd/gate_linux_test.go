package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
)

// A gate that is stopped in the middle of a pair keeps the pairs before it, and
// leaves no process behind.
func TestStoppedGateKeepsWhatIsMeasured(t *testing.T) {
	s := newScene(t)
	if err := os.Mkdir(filepath.Join(s.dir, "out"), 0o777); err != nil { // where a run would write
		t.Fatal(err)
	}
	nasty, err := exec.LookPath("nasty")
	if err != nil {
		t.Fatal(err)
	}
	said := filepath.Join(s.dir, "said")
	log, err := os.Create(said)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	p := s.start([]string{
		"nasty", "gate", "--old", nasty, "--new", nasty, "--profile", "smoke", "--cells", "Held/model=serial-1",
		"--pairs", "1000", "--seed", "5", "--dir", "kept",
	}, func(cmd *exec.Cmd) { cmd.Stderr = log })
	s.eventually("no pair is measured", func() bool {
		raw, err := os.ReadFile(said)
		return err != nil || p.hasEnded() || strings.Count(string(raw), "pair ") >= 2
	})
	s.close("cell", 0, quietly)
	p.isHeld()
	p.signal(syscall.SIGINT)
	p.ends(interrupted)
	for _, name := range []string{"old.txt", "new.txt"} {
		f, err := result.Read(filepath.Join(s.dir, "kept", name))
		if err != nil {
			t.Fatal(err)
		}
		if !f.Interrupted || len(f.Samples) < 2 || len(f.Failures) > 0 {
			t.Errorf("%s: %d samples, failures %v, interrupted: %v", name, len(f.Samples), f.Failures, f.Interrupted)
		}
	}
	if _, err := os.Stat(filepath.Join(s.dir, "kept", "gate.json")); err == nil {
		t.Error("there is a verdict")
	}
}
