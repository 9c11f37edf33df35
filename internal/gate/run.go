package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
)

// Options say what is compared and where it is written.
type Options struct {
	Settings
	Source Source
	Names  [2]string     // of the sides
	Heads  [2]result.Run // of the files of both sides; Rounds and Seed are set here
	Dir    string        // gets the files of both sides, "" for none
	Seed   uint64        // of all orders; not 0
	Log    io.Writer
}

// A Report is what a gate says.
type Report struct {
	Settings
	Names    [2]string
	Seed     uint64
	Rows     []Row
	Failures []string // each turns the gate red by itself
	Warnings []string
	Verdict  Verdict
	Turns    [][]Turn   // of the first batch
	Second   [][]Turn   // of the second
	Head     result.Run // of the new side's file
	Files    []string   // that were written
	// Unwritten is why files of the sides were not written, nil if all were. The
	// verdict holds all the same.
	Unwritten error
}

// Run measures a first batch of pairs, decides, and measures what is flagged in
// a second. The error is that not all could be measured, and there is no verdict;
// what was measured until then is written all the same.
func Run(ctx context.Context, o Options) (Report, error) {
	r := Report{Settings: o.Settings, Names: o.Names, Seed: o.Seed, Head: o.Heads[New]}
	if err := o.free(); err != nil {
		return r, err
	}
	all := make([]int, o.Source.Items())
	for i := range all {
		all[i] = i
	}
	first, err := o.measure(ctx, &r, all, 0, "")
	if err != nil {
		return r, err
	}
	cells := planned(first)
	comparisons, err := Compare(cells, first[Old], first[New])
	if err != nil {
		return r, err
	}
	for _, c := range comparisons {
		r.Rows = append(r.Rows, o.Judge(c))
	}
	r.failures(cells, first)
	r.missing(cells, first)
	if err := r.confirm(ctx, o); err != nil {
		return r, err
	}
	r.decide()
	return r, nil
}

// measure runs one batch and writes it.
func (o Options) measure(ctx context.Context, r *Report, items []int, from int, prefix string) ([2]*result.File, error) {
	b := batch{Settings: o.Settings, source: o.Source, seed: o.Seed, log: o.Log}
	for side, head := range o.Heads {
		head.Seed = o.Seed
		b.files[side] = &result.File{Path: filepath.Join(o.Dir, prefix+sideNames[side]+".txt"), Run: head, Plan: o.Source.Plan(items)}
	}
	turns, err := b.run(ctx, items, from)
	if from == 0 {
		r.Turns = turns
	} else {
		r.Second = turns
	}
	for _, f := range b.files {
		f.Run.Rounds = max(o.Pairs, len(turns))
		f.Run.MadeUp = f.Run.Rounds - o.Pairs
		f.Judge()
		if o.Dir == "" || len(f.Samples)+len(f.Failures)+len(f.Blanks) == 0 {
			continue
		}
		if failed := result.Rewrite(f.Path, f); failed != nil {
			r.Unwritten = errors.Join(r.Unwritten, failed)
			continue
		}
		r.Files = append(r.Files, f.Path)
	}
	return b.files, err
}

// second begins the names of the files of the second batch.
const second = "confirm-"

// free makes the directory and refuses one that has such files already.
func (o Options) free() error {
	if o.Dir == "" {
		return nil
	}
	for _, prefix := range []string{"", second} {
		for _, side := range sideNames {
			path := filepath.Join(o.Dir, prefix+side+".txt")
			if _, err := os.Lstat(path); err == nil {
				return fmt.Errorf("%s is there already: choose another --dir", path)
			}
		}
	}
	return os.MkdirAll(o.Dir, 0o777)
}

// planned is the cells of both files, in the order of the old one.
func planned(files [2]*result.File) []result.Cell {
	var cells []result.Cell
	for _, f := range files {
		for _, c := range f.Plan {
			if !slices.Contains(cells, c) {
				cells = append(cells, c)
			}
		}
	}
	return cells
}

// failuresAllowed is how many samples of a cell may fail on the new side alone
// before that is a regression: one may be an accident.
const failuresAllowed = 1

// failures names those that turn the gate red: a wrong answer on either side,
// and cells that fail on the new side alone.
func (r *Report) failures(cells []result.Cell, files [2]*result.File) {
	for _, c := range cells {
		var count [2]int
		var wrong [2]bool
		var reason [2]string
		for side, f := range files {
			reason[side], count[side], wrong[side] = why(c, f)
			if wrong[side] {
				r.Failures = append(r.Failures, fmt.Sprintf("%s: %s side: %s", c.Name(), sideNames[side], reason[side]))
			}
		}
		if count[New] > failuresAllowed && count[Old] == 0 && !wrong[New] {
			r.Failures = append(r.Failures, fmt.Sprintf("%s: new side alone failed in %d rounds: %s", c.Name(), count[New], reason[New]))
		}
	}
}

// missing adds a row for every cell that cannot be compared, by time or by
// what else decides.
func (r *Report) missing(cells []result.Cell, files [2]*result.File) {
	for _, c := range cells {
		var reasons []string
		for side, f := range files {
			if reason, _, _ := why(c, f); reason != "" {
				reasons = append(reasons, sideNames[side]+" side: "+reason)
			}
		}
		text := strings.Join(reasons, "; ")
		if slices.ContainsFunc(r.Rows, func(x Row) bool { return x.Cell == c && x.Metric.Name == Time }) {
			if text != "" {
				r.Warnings = append(r.Warnings, c.Name()+": "+text)
			}
			continue
		}
		r.Rows = append(r.Rows, absent(c, Time, text))
	}
	sides := [2]side{newSide(files[Old]), newSide(files[New])}
	r.unmet(cells, func(side int, c result.Cell, unit string) bool { return sides[side].has(c, unit) })
	slices.SortStableFunc(r.Rows, func(a, b Row) int { return slices.Index(cells, a.Cell) - slices.Index(cells, b.Cell) })
}

// unusable tells why no sample of a cell can be used, "" if one can.
func unusable(c result.Cell, f *result.File) string {
	reason := "not there"
	for _, s := range f.Samples {
		switch {
		case s.Cell != c:
		case s.Void == "":
			return ""
		default:
			reason = "every sample is void: " + s.Void
		}
	}
	return reason
}

// why tells what is wrong with a cell of a file: a failure, that it cannot
// exist, or that it is not there.
func why(c result.Cell, f *result.File) (reason string, failures int, wrong bool) {
	for _, x := range f.Failures {
		if x.Cell != c {
			continue
		}
		if failures++; reason == "" || x.Kind == result.WrongAnswer {
			reason = x.Kind + ": " + x.Text
		}
		wrong = wrong || x.Kind == result.WrongAnswer
	}
	for _, x := range f.Blanks {
		if x.Cell == c {
			return "cannot exist: " + x.Reason, failures, wrong
		}
	}
	if reason == "" {
		reason = unusable(c, f)
	}
	return reason, failures, wrong
}
