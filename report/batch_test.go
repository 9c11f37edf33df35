package report

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// names lists a directory.
func listed(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestABatchAppearsTogether(t *testing.T) {
	dir := t.TempDir()
	b := &batch{dir: dir}
	for _, name := range []string{pageName, "a.png", "report.json"} {
		if err := b.add(name, []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, pageName)); err == nil {
		t.Error("the page is there before the rest")
	}
	if err := b.finish(nil); err != nil {
		t.Fatal(err)
	}
	if got, want := listed(t, dir), []string{"a.png", pageName, "report.json"}; !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	if last := b.files[len(b.files)-1].name; last != pageName {
		t.Errorf("%s comes last, want the page", last)
	}
}

func TestABatchThatFailsLeavesTheOldPage(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, pageName), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	b := &batch{dir: dir}
	err := atOnce([]func() error{
		func() error { return b.add(pageName, []byte("new")) },
		func() error { return b.add("report.json", []byte("new")) },
		func() error { return full },
	})
	if err = b.finish(err); !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
	old, err := os.ReadFile(filepath.Join(dir, pageName))
	if got := listed(t, dir); err != nil || string(old) != "old" || len(got) != 1 {
		t.Errorf("%q is there, the page says %q (%v)", got, old, err)
	}
}

func TestABatchThatCannotBeRenamedLeavesNothingHalf(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "report.json"), 0o777); err != nil {
		t.Fatal(err)
	}
	b := &batch{dir: dir}
	for _, name := range []string{pageName, "report.json"} {
		if err := b.add(name, []byte("new")); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.finish(nil); err == nil {
		t.Error("a directory in the place of a file is no error")
	}
	if got := listed(t, dir); !slices.Equal(got, []string{"report.json"}) {
		t.Errorf("%q is left, want no page and nothing temporary", got)
	}
}
