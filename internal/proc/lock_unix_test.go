//go:build unix

package proc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLockFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "lock")
	if err := os.WriteFile(target, []byte("precious"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(link); err == nil {
		t.Error("a link was followed")
	}
	if got, err := os.ReadFile(target); err != nil || string(got) != "precious" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := Lock(filepath.Join(dir, "none", "lock")); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("no directory: %v", err)
	}
}
