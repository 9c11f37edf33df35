package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/internal/sweep"
	"github.com/nonrev/nonrev/report"
)

// A size is how much is measured.
type size struct {
	rounds           int // of cells
	curves           int // rounds of the cells whose speed-ups give serial fractions, which magnify their noise
	paced            int // rounds of the cells whose requests are timed
	loaded           int // rounds of the sweep beside which load is started
	files            int // that are simulated
	fits             int // of these, how many a law is fitted to
	requests         int // of a pass to an origin of known delays
	stall            time.Duration
	warmUp, duration time.Duration
}

func full() size {
	return size{
		rounds: 12, curves: 40, paced: 8, loaded: 20, files: 2000, fits: 2000, requests: 128, stall: time.Second,
		warmUp: 30 * time.Millisecond, duration: 50 * time.Millisecond,
	}
}

// A lab is what the cases share.
type lab struct {
	size
	cores int // of this machine
	log   io.Writer
}

func newLab(s size, log io.Writer) (lab, error) {
	m, err := sweep.ThisMachine()
	return lab{s, m.Cores(), log}, err
}

// A record is the result file of a sweep, and what the report says of it.
type record struct {
	*result.File
	page page
}

// sweep measures the cells in a directory of its own, which is gone when it
// returns, and has the report judge the file.
func (l lab) sweep(ctx context.Context, rounds int, log io.Writer, cells ...result.Cell) (record, error) {
	dir, err := os.MkdirTemp("", "truth")
	if err != nil {
		return record{}, err
	}
	r, err := l.sweepInto(ctx, dir, rounds, log, cells)
	return r, errors.Join(err, os.RemoveAll(dir))
}

func (l lab) sweepInto(ctx context.Context, dir string, rounds int, log io.Writer, cells []result.Cell) (record, error) {
	p, err := sweep.FindProfile("default")
	if err != nil {
		return record{}, err
	}
	p.Name, p.WarmUp, p.Duration = "truth", l.warmUp, l.duration
	out, err := sweep.Run(ctx, sweep.Options{
		Catalogue: only(catalogue(), cells), Profile: p.Of(cells...), Selection: sweep.Selection{Cores: counts(cells)},
		Rounds: rounds, Dir: dir, Log: log,
	})
	if err == nil && out.Interrupted {
		err = context.Cause(ctx)
	}
	if err != nil {
		return record{}, err
	}
	// What the pipeline wrote is what counts, not what it kept in memory.
	f, err := result.Read(filepath.Join(dir, sweep.FileName))
	if err != nil {
		return record{}, err
	}
	for _, x := range f.Failures {
		fmt.Fprintf(log, "failed: %s: %s: %s\n", x.Cell.Name(), x.Kind, x.Text)
	}
	page, err := readPage(filepath.Join(dir, "page"), f)
	return record{f, page}, err
}

// counts are the core counts of cells; those that are not among them are left
// to helpers.
func counts(cells []result.Cell) []int {
	var list []int
	for _, c := range cells {
		list = append(list, c.Cores)
	}
	return list
}

// only keeps the workloads that the cells name: a sweep measures all it knows.
func only(c sweep.Catalogue, cells []result.Cell) sweep.Catalogue {
	named := map[string]bool{}
	for _, cell := range cells {
		named[cell.Workload] = true
	}
	kept := sweep.Catalogue{Models: c.Models}
	for _, w := range c.Workloads {
		if named[w.Name] {
			kept.Workloads = append(kept.Workloads, w)
		}
	}
	return kept
}

// column returns what the cell measured, by round, NaN where it did not.
func (r record) column(c result.Cell, unit string) []float64 {
	values := make([]float64, r.Rounds())
	for i := range values {
		values[i] = math.NaN()
	}
	for _, s := range r.Samples {
		if v, is := s.Value(unit); is && s.Cell == c && s.Void == "" {
			values[s.Round] = v
		}
	}
	return values
}

// level estimates a unit of a cell.
func (r record) level(c result.Cell, unit string) scaling.Estimate {
	return scaling.Level(r.column(c, unit))
}

// more is by how much a unit of one cell exceeds that of another, by round.
func (r record) more(a, b result.Cell, unit string) []float64 {
	d, base := r.column(a, unit), r.column(b, unit)
	for i := range d {
		d[i] -= base[i]
	}
	return d
}

// steady estimates ns by round with the machine's drift taken off: in serial
// tasks of the same round, written as ns of the median such task.
func (r record) steady(ns []float64, set string) scaling.Estimate {
	rates := r.column(cell(set, result.Serial, 1), result.TaskRate)
	tasks := make([]float64, len(ns))
	for i := range ns {
		tasks[i] = ns[i] * rates[i] / 1e9
	}
	return scaling.Level(tasks).Scale(r.taskNS(set))
}

// gain estimates the throughput of one cell over that of another, within rounds.
func (r record) gain(a, b result.Cell, unit string) scaling.Estimate {
	return scaling.Ratio(r.column(a, unit), r.column(b, unit))
}

// tasks is how many tasks a pass of the cell has.
func (r record) tasks(c result.Cell) float64 {
	return math.Round(r.level(c, result.TaskRate).Value * r.level(c, result.WallNS).Value / 1e9)
}

// taskNS is the serial time of a task of these settings.
func (r record) taskNS(set string) float64 {
	return 1e9 / r.level(cell(set, result.Serial, 1), result.TaskRate).Value
}

// A page is what the report says: its text, and the tables of report.json.
type page struct {
	text   string
	Tables []struct {
		ID      string
		Columns []string
		Rows    [][]field
	}
}

// A field of a table; Number is nil where the page shows none.
type field struct {
	Text   string
	Note   string
	Number *struct {
		Value, Low, High *float64
		Confidence       float64
		N                int
	}
}

func readPage(dir string, f *result.File) (page, error) {
	if err := report.Write(dir, []*result.File{f}); err != nil {
		return page{}, err
	}
	html, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		return page{}, err
	}
	numbers, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		return page{}, err
	}
	var all struct{ Files []page }
	if err := json.Unmarshal(numbers, &all); err != nil {
		return page{}, err
	}
	if len(all.Files) != 1 {
		return page{}, fmt.Errorf("report.json speaks of %d files", len(all.Files))
	}
	all.Files[0].text = string(html)
	return all.Files[0], nil
}

// rows returns the rows of a table about a work, by the names of its columns.
func (p page) rows(id, work string) []map[string]field {
	var out []map[string]field
	for _, t := range p.Tables {
		for _, fields := range t.Rows {
			if t.ID != "table-"+id || fields[0].Text != work {
				continue
			}
			row := map[string]field{}
			for i, f := range fields {
				row[t.Columns[i]] = f
			}
			out = append(out, row)
		}
	}
	return out
}

// estimate is a field's number as it was before it was written.
func (f field) estimate() scaling.Estimate {
	if f.Number == nil || f.Number.Value == nil {
		return scaling.Estimate{Value: math.NaN(), Warnings: []string{f.Note}}
	}
	e := scaling.Estimate{Value: *f.Number.Value, Confidence: f.Number.Confidence, N: f.Number.N}
	e.Low, e.High = e.Value, e.Value
	if f.Number.Low != nil && f.Number.High != nil {
		e.Low, e.High = *f.Number.Low, *f.Number.High
	}
	return e
}

// claims tells whether the page's text has a sentence that begins with opening
// and names the work.
func (p page) claims(opening, work string) bool {
	_, rest, found := strings.Cut(p.text, opening)
	sentence, _, _ := strings.Cut(rest, "</p>")
	return found && strings.Contains(sentence, work)
}

// possible keeps the cells that this machine has the cores for.
func (l lab) possible(cells []result.Cell) []result.Cell {
	return slices.DeleteFunc(cells, func(c result.Cell) bool { return c.Cores > l.cores })
}
