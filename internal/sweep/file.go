package sweep

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"

	"github.com/nonrev/nonrev/internal/result"
)

// open makes room for the result file, or takes up the one that is there.
func (s *sweep) open() error {
	s.begun = s.run.Rounds
	if s.Resume {
		return s.reopen()
	}
	if err := os.MkdirAll(s.Dir, 0o777); err != nil {
		return unwritable(err)
	}
	if err := s.keepOld(); err != nil {
		return unwritable(err)
	}
	return nil
}

func unwritable(err error) error {
	return fmt.Errorf("cannot write results: %v: %s or choose another directory with --dir", err, remedy(err))
}

// remedy is what may help against an error of the system.
func remedy(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return "make room"
	case errors.Is(err, syscall.EFBIG):
		return "allow larger files (ulimit -f)"
	case errors.Is(err, syscall.EMFILE):
		return "allow more open files (ulimit -n)"
	case errors.Is(err, syscall.EAGAIN):
		return "allow more processes (ulimit -u)"
	case errors.Is(err, fs.ErrPermission):
		return "allow writing there"
	}
	return "remove the cause"
}

// keepOld gives an earlier result file a name of its own.
func (s *sweep) keepOld() error {
	info, err := os.Stat(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file", s.path())
	}
	kept := filepath.Join(s.Dir, "bench-"+info.ModTime().UTC().Format("20060102T150405.000")+".txt")
	if _, err := os.Stat(kept); err == nil {
		return fmt.Errorf("%s is in the way of keeping the earlier %s", kept, FileName)
	}
	fmt.Fprintf(s.Log, "the earlier %s is kept as %s\n", s.path(), kept)
	return os.Rename(s.path(), kept)
}

// reopen takes up an interrupted run, if it is the same in all that matters.
func (s *sweep) reopen() error {
	w, have, err := result.Resume(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("nothing to resume: there is no %s; run without --resume", s.path())
	}
	if err != nil {
		return fmt.Errorf("cannot resume: %v", err)
	}
	if err := s.sameAs(have); err != nil {
		return errors.Join(err, w.Close())
	}
	s.file, s.run, s.plan, s.begun = w, have.Run, have.Plan, have.Rounds()
	s.recall()
	for _, x := range have.Samples {
		s.done[result.Point{Cell: x.Cell, Round: x.Round}] = true
	}
	for _, x := range have.Failures {
		s.done[result.Point{Cell: x.Cell, Round: x.Round}] = true
		s.failed[x.Cell]++
	}
	for _, x := range have.Blanks {
		s.blank[x.Cell] = true
	}
	return nil
}

// sameAs says how the run that is asked for differs from the one in the file.
func (s *sweep) sameAs(have *result.File) error {
	was, now := have.Run, s.run
	differ := func(what string, a, b any) error {
		if reflect.DeepEqual(a, b) {
			return nil
		}
		return fmt.Errorf("cannot resume %s: %s was %v and is now %v; repeat \"%s\", or run without --resume",
			s.path(), what, a, b, strings.Join(append([]string{"nonrev"}, was.Command...), " "))
	}
	if s.Seed == 0 {
		now.Seed = was.Seed
	}
	if s.Target > 0 {
		now.Rounds = was.Rounds // which a pilot chose
	}
	for _, field := range []struct {
		what string
		a, b any
	}{
		{"profile", was.Profile, now.Profile},
		{"rounds", was.Rounds, now.Rounds},
		{"target", was.Target, now.Target},
		{"seed", was.Seed, now.Seed},
		{"core list", was.Cores, now.Cores},
		{"allowed CPUs", was.Allowed, now.Allowed},
		{"CPU quota", was.Quota, now.Quota},
		{"CPU", was.CPU, now.CPU},
		{"platform", was.GOOS + "/" + was.GOARCH, now.GOOS + "/" + now.GOARCH},
		{"kernel", was.Kernel, now.Kernel},
		{"Go version", was.Go, now.Go},
		{"python3", was.Python, now.Python},
		{"program version", was.Tool, now.Tool},
		{"sample length in ms", was.SampleMS, now.SampleMS},
		{"warm-up in ms", was.WarmMS, now.WarmMS},
		{"GOGC", was.GOGC, now.GOGC},
	} {
		if err := differ(field.what, field.a, field.b); err != nil {
			return err
		}
	}
	if !s.mayPlan(have.Plan) {
		return differ("number or choice of cells", fmt.Sprint(len(have.Plan)), fmt.Sprint(len(s.plan))+" others")
	}
	return nil
}

// mayPlan tells whether the run that is asked for has these cells or, where a
// search chooses among its cells, may have.
func (s *sweep) mayPlan(cells []result.Cell) bool {
	asked := make([]result.Cell, len(s.plan))
	for i, c := range s.plan {
		asked[i] = c.Canon()
	}
	if !s.Profile.search {
		return slices.Equal(cells, asked)
	}
	return !slices.ContainsFunc(cells, func(c result.Cell) bool { return !slices.Contains(asked, c) })
}

// close ends the file: samples that must not be used are marked, what is
// derived is added, and all is put in the order of the catalogue.
func (s *sweep) close() (*result.File, error) {
	err := s.file.Close()
	if err == nil {
		var f *result.File
		if f, err = result.Finish(s.path()); err == nil {
			return f, nil
		}
	}
	if errors.Is(err, result.ErrLost) {
		return nil, err
	}
	return nil, fmt.Errorf("%w: the file could not be finished; %s and go on with --resume", err, remedy(err))
}

func (s *sweep) path() string { return filepath.Join(s.Dir, FileName) }
