package proc

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestOrderTakesCoresBeforeSiblingsAndNodesInTurn(t *testing.T) {
	for name, c := range map[string]struct {
		cpus []CPU
		want []int
		same int // of them that are alike
	}{
		"siblings beside each other": {
			[]CPU{{0, 0, 0, 0}, {1, 0, 0, 0}, {2, 0, 0, 1}, {3, 0, 0, 1}}, []int{0, 2, 1, 3}, 2,
		},
		"siblings at the end": {
			[]CPU{{0, 0, 0, 0}, {1, 0, 0, 1}, {2, 0, 0, 0}, {3, 0, 0, 1}}, []int{0, 1, 2, 3}, 2,
		},
		"one node before the next": {
			[]CPU{{0, 0, 0, 0}, {1, 1, 1, 0}, {2, 0, 0, 1}, {3, 1, 1, 1}}, []int{0, 2, 1, 3}, 2,
		},
		"sockets number their cores alike": {
			[]CPU{{0, 0, 0, 0}, {1, 0, 1, 0}}, []int{0, 1}, 2,
		},
		"only one sibling allowed": {
			[]CPU{{5, 0, 0, 2}, {3, 0, 0, 1}}, []int{3, 5}, 2,
		},
		"nothing known": {
			[]CPU{{ID: 0}, {ID: 1}}, []int{0, 1}, 0,
		},
		"one CPU": {
			[]CPU{{ID: 0}}, []int{0}, 1,
		},
	} {
		if got := Order(c.cpus); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if got := alike(c.cpus); got != c.same {
			t.Errorf("%s: %d are alike, want %d", name, got, c.same)
		}
	}
}

func TestAllowedIsNotEmpty(t *testing.T) {
	cpus, err := Allowed()
	if err != nil || len(cpus) == 0 {
		t.Errorf("Allowed() = %v, %v", cpus, err)
	}
}

func TestUsedGrows(t *testing.T) {
	before, err := Used()
	if err != nil {
		t.Fatal(err)
	}
	after := before
	for x := 0; after.CPU < before.CPU+20*time.Millisecond; x++ {
		if after, err = Used(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLockIsHeldByOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	release, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(path); !errors.Is(err, ErrLocked) {
		t.Errorf("locked twice: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = Lock(path)
	if err != nil {
		t.Errorf("not free after release: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(filepath.Join(path, "below a file")); err == nil {
		t.Error("locked a file that cannot be")
	}
}

func TestKillGroupReachesWhatAProcessStarted(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("skipped: no sh")
	}
	out := &strings.Builder{}
	cmd := exec.Command("sh", "-c", "sleep 600 & sleep 600")
	cmd.Stdout = out // the pipe stays open as long as one of them lives
	OwnGroup(cmd)
	if err := Start(cmd, nil); err != nil {
		t.Fatal(err)
	}
	if err := KillGroup(cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the process ended well")
	}
	if err := KillGroup(cmd); err != nil {
		t.Errorf("killing a group that is gone: %v", err)
	}
}

func TestModelAndKernelHaveNames(t *testing.T) {
	if Model() == "" || Kernel() == "" {
		t.Errorf("model %q, kernel %q", Model(), Kernel())
	}
}

// write makes a file below dir for tests of what the system tells.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
