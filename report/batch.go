package report

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// pageName is the file that a reader opens.
const pageName = "index.html"

// A batch is files that appear in a directory together: each is written under a
// temporary name, and all are renamed when all are there, so that a full disk or
// an interruption leaves the old ones.
type batch struct {
	dir string
	sync.Mutex
	files []waiting
}

// A waiting file is written and not yet renamed.
type waiting struct{ name, temporary string }

// remedy follows the error of a write.
const remedy = "; free space or name another directory with --dir"

// add writes a file. It may be called from several goroutines.
func (b *batch) add(name string, data []byte) error {
	f, err := os.CreateTemp(b.dir, name+".*")
	if err != nil {
		return fmt.Errorf("%w%s", err, remedy)
	}
	b.Lock()
	b.files = append(b.files, waiting{name, f.Name()})
	b.Unlock()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w%s", filepath.Join(b.dir, name), err, remedy)
	}
	return nil
}

// atOnce runs jobs on all CPUs and returns the first error in their order.
func atOnce(jobs []func() error) error {
	errs := make([]error, len(jobs))
	onAllCPUs(len(jobs), func(i int) { errs[i] = jobs[i]() })
	return cmp.Or(errs...)
}

// onAllCPUs calls do with every number below n, on all CPUs.
func onAllCPUs(n int, do func(i int)) {
	var next atomic.Int64
	var crew sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		crew.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	crew.Wait()
}

// finish renames all files, the page last, unless there is an error: then it
// removes what was written and returns the error.
func (b *batch) finish(err error) error {
	slices.SortFunc(b.files, func(x, y waiting) int { return cmp.Compare(x.order(), y.order()) })
	for i, f := range b.files {
		if err == nil {
			if err = os.Rename(f.temporary, filepath.Join(b.dir, f.name)); err == nil {
				continue
			}
			err = fmt.Errorf("%w%s", err, remedy)
		}
		for _, rest := range b.files[i:] {
			err = errors.Join(err, os.Remove(rest.temporary))
		}
		return err
	}
	return err
}

// order is the name, with the page after all others.
func (f waiting) order() string {
	if f.name == pageName {
		return "\xff"
	}
	return f.name
}
