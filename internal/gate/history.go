package gate

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// A Trend is one cell over the stored files of one machine.
type Trend struct {
	Machine string // Fingerprint
	Cell    result.Cell
	Metric  Metric
	Points  []Point
}

// A Point is one file of a trend.
type Point struct {
	File  string
	Start string // of the run, RFC 3339
	Tool  string // version of what was measured
	Level scaling.Estimate
	// Change is worse or better against the point before, "" where the floor or
	// the intervals do not allow to say so.
	Change string
}

// History reads every result file below the directory, in the order in which
// they were measured. Files of ours alone tell when that was; others, and what
// is no result file, are named in warnings.
func History(dir string) (trends []Trend, warnings []string, err error) {
	files, warnings, err := kept(dir)
	return trendsOf(files), warnings, err
}

// Baseline reads the result files below the directory that were measured on a
// machine, by its Fingerprint, in the order of their time. None is an error.
func Baseline(dir, machine string) (files []*result.File, warnings []string, err error) {
	files, warnings, err = kept(dir)
	files = slices.DeleteFunc(files, func(f *result.File) bool { return Fingerprint(f.Run) != machine })
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no result file of this machine (%s) below it: store one with nonrev history --add FILE %s", dir, machine, dir)
	}
	return files, warnings, err
}

// kept reads every result file of ours below the directory, as History does.
func kept(dir string) (files []*result.File, warnings []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".txt" {
			return err
		}
		f, err := result.Read(path)
		switch {
		case err != nil:
			warnings = append(warnings, fmt.Sprintf("%v: left out", err))
		case f.Run.Version == 0:
			warnings = append(warnings, path+": does not tell when and where it was measured: left out")
		default:
			f.Judge()
			files = append(files, f)
		}
		return nil
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no result file of nonrev below it: store some with nonrev history --add FILE %s", dir, dir)
	}
	slices.SortStableFunc(files, func(a, b *result.File) int { return started(a).Compare(started(b)) })
	return files, warnings, err
}

func started(f *result.File) time.Time {
	t, err := time.Parse(time.RFC3339, f.Run.Start)
	if err != nil {
		return time.Time{} // a file without a time comes first
	}
	return t
}

func trendsOf(files []*result.File) []Trend {
	var trends []Trend
	for _, f := range files {
		s := newSide(f)
		for _, c := range cellsOf([]*result.File{f}) {
			unit := firstUnit(s, c)
			if unit == "" {
				continue
			}
			p := Point{f.Path, f.Run.Start, f.Run.Tool, scaling.Level(s.column(c, unit, f.Rounds())), ""}
			t := Trend{Machine: Fingerprint(f.Run), Cell: c, Metric: Metric{Time, unit, higher(unit)}}
			i := slices.IndexFunc(trends, func(x Trend) bool { return x.Machine == t.Machine && x.Cell == c && x.Metric == t.Metric })
			if i < 0 {
				i, trends = len(trends), append(trends, t)
			}
			trends[i].add(p)
		}
	}
	slices.SortStableFunc(trends, func(a, b Trend) int { return cmp.Compare(a.Machine, b.Machine) })
	return trends
}

func firstUnit(s side, c result.Cell) string {
	for _, u := range candidates[0].units {
		if s.has(c, u) {
			return u
		}
	}
	return ""
}

// add puts a point behind the last, and says whether it is a change: the
// intervals are apart and the medians further than the floor.
func (t *Trend) add(p Point) {
	if n := len(t.Points); n > 0 {
		last := t.Points[n-1].Level
		floor := 1 + floorOf(t.Cell, t.Metric)
		switch r := p.Level.Value / last.Value; {
		case p.Level.Above(last.High) && last.Confidence > 0 && r > floor:
			p.Change = changeWord(t.Metric.Higher)
		case p.Level.Below(last.Low) && last.Confidence > 0 && r < 1/floor:
			p.Change = changeWord(!t.Metric.Higher)
		}
	}
	t.Points = append(t.Points, p)
}

func changeWord(good bool) string {
	if good {
		return "better"
	}
	return "worse"
}

// Store copies a result file of ours into the directory, below the name of its
// machine and under that of its time, and returns where it is. What is there
// already stays.
func Store(path, dir string) (string, error) {
	f, err := result.Read(path)
	if err != nil {
		return "", err
	}
	if f.Run.Version == 0 || started(f).IsZero() {
		return "", fmt.Errorf("%s: does not tell when and where it was measured: give a file of nonrev run or nonrev gate", path)
	}
	data, err := result.Load(path)
	if err != nil {
		return "", err
	}
	name := started(f).UTC().Format("20060102T150405Z") + "-" + slug(strings.TrimSuffix(filepath.Base(path), ".txt")) + ".txt"
	to := filepath.Join(dir, strings.ReplaceAll(Fingerprint(f.Run), " ", "-"), name)
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return "", err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return "", err
	}
	_, err = out.Write(data)
	return to, errors.Join(err, out.Close())
}
