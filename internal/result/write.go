package result

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// A Writer appends to a result file. Every append is one write of whole
// lines, undone when it fails half-way, so that the file can be read to its
// last record however the run ends.
type Writer struct {
	f    file
	path string
	size int64 // of whole records
	enc  *encoder
	err  error // the first failure; nothing is written after it
}

// file is what a Writer needs of an *os.File.
type file interface {
	io.WriteCloser
	Truncate(size int64) error
}

// Create starts a result file with everything that is known before the first
// sample. The plan is in catalogue order, which a reader keeps. A file that
// exists is not touched: the error is fs.ErrExist.
func Create(path string, run Run, plan []Cell, blanks []Blank) (*Writer, error) {
	enc := newEncoder()
	if err := enc.header(run, plan, blanks); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	w := &Writer{f: f, path: path, enc: enc}
	if err := w.flush(); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return w, nil
}

// Resume opens a file of an interrupted run and returns what it holds, cut to
// its last whole record, with a Writer that goes on after it.
func Resume(path string) (*Writer, *File, error) {
	have, err := Read(path)
	if err != nil {
		return nil, nil, err
	}
	if have.Run.Version == 0 {
		return nil, nil, fmt.Errorf("%s: not written by nonrev, so it cannot be resumed: choose another file", path)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, nil, err
	}
	if err := f.Truncate(have.whole); err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return &Writer{f: f, path: path, size: have.whole, enc: newEncoder()}, have, nil
}

// AppendSample writes one sample. One that cannot be written, such as a value
// that is not a number, leaves the file as it was; after a failed write
// nothing more is written.
func (w *Writer) AppendSample(s Sample) error {
	return w.append(func() error { return w.enc.sample(&s) })
}

// AppendFailure writes that a cell failed. Of a long log only the end is kept.
func (w *Writer) AppendFailure(f Failure) error {
	return w.append(func() error { return w.enc.failure(f) })
}

// AppendBlank writes that a cell cannot exist, as it turned out while measuring.
func (w *Writer) AppendBlank(b Blank) error {
	return w.append(func() error { return w.enc.blank(b) })
}

func (w *Writer) append(encode func() error) error {
	if w.err != nil {
		return w.err
	}
	if err := encode(); err != nil {
		w.enc.buf.Reset()
		return fmt.Errorf("%s: %w", w.path, err)
	}
	return w.flush()
}

// flush writes what is encoded, all of it or nothing.
func (w *Writer) flush() error {
	n, err := w.f.Write(w.enc.buf.Bytes())
	w.enc.buf.Reset()
	if err != nil {
		w.err = fmt.Errorf("%s: %w; what was measured before is kept", w.path, errors.Join(err, w.f.Truncate(w.size)))
		return w.err
	}
	w.size += int64(n)
	w.err = w.whole()
	return w.err
}

// ErrLost is wrapped by the error of a Writer whose file was taken away.
var ErrLost = errors.New("removed, moved or cut by another program")

// whole makes sure that the path still leads to all that was written.
func (w *Writer) whole() error {
	f, ok := w.f.(*os.File)
	if !ok {
		return nil
	}
	own, err := f.Stat()
	if err != nil {
		return err
	}
	at, err := os.Stat(w.path)
	if err != nil || !os.SameFile(own, at) || own.Size() != w.size {
		return fmt.Errorf("%s was %w during the run: only what is left of it, where it is now, is kept; run again", w.path, ErrLost)
	}
	return nil
}

// Close closes the file. What was appended is already in it; the error is
// ErrLost if it no longer is.
func (w *Writer) Close() error {
	return errors.Join(w.whole(), w.f.Close())
}

// Rewrite replaces the file at path by f's content in the order of the plan,
// cell by cell and round by round: readers take columns by first appearance.
// It writes beside it and renames, so that path holds the old content or the
// new and never a part.
// A target that is no regular file is refused.
func Rewrite(path string, f *File) (err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file: choose another path", path)
	}
	enc := newEncoder()
	if err := encodeAll(enc, f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	part := path + ".part"
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(part))
		}
	}()
	out, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = out.Write(enc.buf.Bytes())
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	return os.Rename(part, path)
}

func encodeAll(enc *encoder, f *File) error {
	if err := enc.header(f.Run, f.Plan, f.Blanks); err != nil {
		return err
	}
	for _, x := range f.Failures {
		if err := enc.failure(x); err != nil {
			return err
		}
	}
	for _, i := range f.order() {
		if err := enc.sample(&f.Samples[i]); err != nil {
			return err
		}
	}
	return nil
}

// order returns the places of the samples in the order of the plan, cells that
// are not in it last, each cell by round.
func (f *File) order() []int {
	place := make(map[Cell]int, len(f.Plan))
	at := func(c Cell) int {
		c = c.Canon()
		i, known := place[c]
		if !known {
			i = len(place)
			place[c] = i
		}
		return i
	}
	for _, c := range f.Plan {
		at(c)
	}
	places, order := make([]int, len(f.Samples)), make([]int, len(f.Samples))
	for i := range f.Samples {
		if order[i] = i; i > 0 && f.Samples[i].Cell == f.Samples[i-1].Cell {
			places[i] = places[i-1]
		} else {
			places[i] = at(f.Samples[i].Cell)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(places[a]-places[b], f.Samples[a].Round-f.Samples[b].Round)
	})
	return order
}

// inOrder returns the samples in that order.
func (f *File) inOrder() []Sample {
	samples := make([]Sample, 0, len(f.Samples))
	for _, i := range f.order() {
		samples = append(samples, f.Samples[i])
	}
	return samples
}

// Finish ends a run: it rewrites the file in the order of the plan, with what
// only the whole file tells: void samples and the overhead of every task.
func Finish(path string) (*File, error) {
	f, err := Read(path)
	if err != nil {
		return nil, err
	}
	if f.Run.Version == 0 {
		return nil, fmt.Errorf("%s: not written by nonrev, so it is left as it is", path)
	}
	f.Judge()
	f.Samples = f.inOrder()
	return f, Rewrite(path, f)
}
