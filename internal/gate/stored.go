package gate

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// Between two sweeps half an hour apart on one shared virtual machine medians of
// equal builds moved by 2 to 24%. So a change below the floor says nothing when
// either side is of one session; that of cells whose time depends most on where
// the kernel puts threads and when memory is collected is higher.
const (
	Floor      = 0.10
	LooseFloor = 0.25
)

// Sessions is how many files a side must have for their spread to take the
// place of the floor, where so many benchmarks are compared: so many that by
// chance alone all medians of one side lie above all of the other in RunAlpha of
// all comparisons at most, any of the benchmarks taken together.
func Sessions(benchmarks int) int {
	n, chance := 1, 0.5
	for ; 1-2*chance < confirmation(benchmarks); n++ {
		chance *= float64(n+1) / float64(2*(2*n+1)) // from one in 2n over n
	}
	return n
}

// Stored compares files that were measured at different times, one or more a
// side, each of a session. It is the unpaired form: with fewer sessions on a
// side than Sessions an estimate rests on all values and is held against the
// floor, with as many it rests on the sessions' medians, whose spread then tells.
// Metrics other than those in s.On are compared as well and do not decide. An
// error is that files hold what cannot be told apart.
func Stored(old, new []*result.File, s Settings) (Report, error) {
	both := slices.Concat(old, new)
	if err := tellApart(both); err != nil {
		return Report{}, err
	}
	r := Report{Settings: s, Names: [2]string{paths(old), paths(new)}, Warnings: differences(both)}
	for i, f := range both {
		for j, g := range both[:i] {
			switch same := sameSamples(f, g); {
			case same && (i < len(old)) == (j < len(old)):
				return r, fmt.Errorf("%s and %s hold the same samples: give each session once", g.Path, f.Path)
			case same:
				r.Warnings = append(r.Warnings, fmt.Sprintf("%s and %s hold the same samples", g.Path, f.Path))
			}
		}
	}
	var sides [2][]session
	for i, files := range [2][]*result.File{old, new} {
		for _, f := range files {
			sides[i] = append(sides[i], session{f, newSide(f)})
			for _, x := range f.Failures {
				if x.Kind == result.WrongAnswer {
					r.Failures = append(r.Failures, fmt.Sprintf("%s: %s side: %s: %s", x.Cell.Name(), sideNames[i], x.Kind, x.Text))
				}
			}
		}
	}
	cells := cellsOf(both)
	family := 0
	for _, c := range cells {
		if inAll(c, sides[Old]) && inAll(c, sides[New]) {
			family++
		}
	}
	for _, c := range cells {
		rows, err := s.stored(c, sides, family)
		if err != nil {
			return r, err
		}
		r.Rows = append(r.Rows, rows...)
	}
	r.unmet(cells, func(side int, c result.Cell, unit string) bool {
		return !slices.ContainsFunc(sides[side], func(x session) bool { return !x.has(c, unit) })
	})
	slices.SortStableFunc(r.Rows, func(a, b Row) int { return slices.Index(cells, a.Cell) - slices.Index(cells, b.Cell) })
	r.decide()
	return r, nil
}

// sameSamples tells whether two files hold the same, which no two sessions do.
func sameSamples(f, g *result.File) bool {
	return len(f.Samples) > 0 && reflect.DeepEqual(f.Samples, g.Samples)
}

// tellApart adds the package to the names of benchmarks that several packages
// have. Values of one name under other keys that differ, such as the processor,
// must not be taken for one.
func tellApart(files []*result.File) error {
	packages := map[result.Cell]map[string]bool{}
	for _, f := range files {
		for _, s := range f.Samples {
			if packages[s.Cell] == nil {
				packages[s.Cell] = map[string]bool{}
			}
			packages[s.Cell][fileKey(s.Keys, "pkg")] = true
		}
	}
	for _, f := range files {
		seen := map[result.Point]bool{}
		for i := range f.Samples {
			s := &f.Samples[i]
			if p := fileKey(s.Keys, "pkg"); p != "" && len(packages[s.Cell]) > 1 {
				s.Cell = inPackage(s.Cell, p)
			}
			at := result.Point{Cell: s.Cell, Round: s.Round}
			if seen[at] {
				return fmt.Errorf("%s: %s stands there under several keys, such as cpu: choose one with --filter", f.Path, s.Cell.Name())
			}
			seen[at] = true
		}
	}
	return nil
}

// A session is one file of a side.
type session struct {
	*result.File
	side
}

func paths(files []*result.File) string {
	var names []string
	for _, f := range files {
		names = append(names, f.Path)
	}
	return strings.Join(names, ",")
}

// cellsOf is every cell of the files, planned or measured, in their order.
func cellsOf(files []*result.File) []result.Cell {
	var cells []result.Cell
	seen := map[result.Cell]bool{}
	add := func(c result.Cell) {
		if c.Workload != result.Probe && !seen[c] {
			seen[c] = true
			cells = append(cells, c)
		}
	}
	for _, f := range files {
		for _, c := range f.Plan {
			add(c)
		}
		for _, x := range f.Samples {
			add(x.Cell)
		}
	}
	return cells
}

func inAll(c result.Cell, sessions []session) bool {
	return !slices.ContainsFunc(sessions, func(s session) bool { return len(s.side[c]) == 0 })
}

// stored compares one cell by every metric that both sides have.
func (s Settings) stored(c result.Cell, sides [2][]session, family int) ([]Row, error) {
	var rows []Row
	for _, metric := range candidates {
		unit, err := commonUnit(c, metric.name, metric.units, sides)
		if err != nil {
			return nil, err
		}
		if unit != "" {
			rows = append(rows, s.unpaired(c, Metric{metric.name, unit, higher(unit)}, sides, family))
		}
	}
	if len(rows) > 0 && rows[0].Metric.Name == Time {
		return rows, nil
	}
	var reasons []string
	for i, sessions := range sides {
		for _, x := range sessions {
			if reason, _, _ := why(c, x.File); reason != "" {
				reasons = append(reasons, fmt.Sprintf("%s side: %s", sideNames[i], reason))
			}
		}
	}
	return append(rows, absent(c, Time, cmp.Or(strings.Join(reasons, "; "), "no unit in common"))), nil
}

// commonUnit is the first unit that every file has of the cell, "" if none.
func commonUnit(c result.Cell, name string, units []string, sides [2][]session) (string, error) {
	for _, u := range units {
		in := true
		for _, s := range slices.Concat(sides[Old], sides[New]) {
			in = in && s.has(c, u)
			if name != P99 {
				continue
			}
			if n, err := s.requests(c); err != nil || n < p99From {
				return "", err
			}
		}
		if in {
			return u, nil
		}
	}
	return "", nil
}

// unpaired is the row of one metric of a cell, one of so many cells.
func (s Settings) unpaired(c result.Cell, m Metric, sides [2][]session, family int) Row {
	sessions := min(len(sides[Old]), len(sides[New])) >= Sessions(family)
	var values [2][]float64
	for i, files := range sides {
		for _, x := range files {
			column := x.column(c, m.Unit, x.Rounds())
			if sessions {
				column = []float64{scaling.Level(column).Value}
			}
			values[i] = append(values[i], column...)
		}
	}
	num, den, floor := values[New], values[Old], 0.0
	if m.Higher {
		num, den = den, num
	}
	if !sessions {
		floor = floorOf(c, m)
	}
	r := Row{
		Cell: c, Metric: m, Decides: s.decides(m.Name), Detectable: math.NaN(), Promise: math.NaN(), Verdict: Inconclusive,
		Cost: scaling.UnpairedRatio(num, den, confirmation(family)),
		Old:  scaling.Level(values[Old]).Value, New: scaling.Level(values[New]).Value,
	}
	switch {
	case zeros(num) && zeros(den):
		r.Verdict, r.Cost = NotWorse, scaling.UnpairedRatio(ones(len(num)), ones(len(den)), confirmation(family))
	case appeared(m, values[Old], values[New]):
		r.Verdict, r.Reason = Worse, "there was none before"
	case appeared(m, values[New], values[Old]):
		r.Verdict, r.Better, r.Reason = NotWorse, true, "there is none any more"
	default:
		s.decideUnpaired(&r, floor)
	}
	return r
}

// floorOf is the change below which two sessions say nothing.
func floorOf(c result.Cell, m Metric) float64 {
	if c.Model == "subprocess" || c.Workload == "handoff" || c.Workload == "wordcount" || c.OfMachine() || m.Name == P99 {
		return LooseFloor
	}
	return Floor
}

// decideUnpaired gives the row its verdict.
func (s Settings) decideUnpaired(r *Row, floor float64) {
	limit := 1 + max(s.Threshold, floor)
	switch e := r.Cost; {
	case e.Confidence == 0:
		r.Reason = "no interval"
		if len(e.Warnings) > 0 {
			r.Reason = e.Warnings[0]
		}
	case e.Above(1) && e.Value > limit:
		r.Verdict = Worse
	case e.Below(1) && e.Value < 1/limit:
		r.Verdict, r.Better = NotWorse, true
	case floor > 0 && e.Value <= limit && e.Value >= 1/limit:
		r.Reason = fmt.Sprintf("below the floor of %.0f%%: sessions of equal builds differ as much", 100*floor)
	case floor == 0 && e.Below(limit):
		r.Verdict = NotWorse
	default:
		r.Reason = "the interval does not decide"
	}
}

// differences warns of what makes files of different runs hard to compare.
func differences(files []*result.File) []string {
	var out []string
	first := files[0].Run
	for _, f := range files[1:] {
		run := f.Run
		for _, x := range []struct {
			what string
			a, b any
		}{
			{"CPU", first.CPU, run.CPU},
			{"platform", first.GOOS + "/" + first.GOARCH, run.GOOS + "/" + run.GOARCH},
			{"kernel", first.Kernel, run.Kernel},
			{"virtualisation", first.Host, run.Host},
			{"number of CPUs allowed", len(first.Allowed), len(run.Allowed)},
			{"CPU quota", first.Quota, run.Quota},
			{"Go version", first.Go, run.Go},
			{"sample length in ms", first.SampleMS, run.SampleMS},
			{"warm-up in ms", first.WarmMS, run.WarmMS},
			{"GOGC", first.GOGC, run.GOGC},
			{"helpers", first.Helpers, run.Helpers},
			{"binding to CPUs", first.Pinned, run.Pinned},
		} {
			if !reflect.DeepEqual(x.a, x.b) {
				out = append(out, fmt.Sprintf("%s: %v in %s, %v in %s", x.what, x.a, files[0].Path, x.b, f.Path))
			}
		}
		if first.Version == 0 || run.Version == 0 {
			out = append(out, fmt.Sprintf("%s and %s: settings and Go versions are not known of files that nonrev did not write", files[0].Path, f.Path))
		}
	}
	return out
}

// Fingerprint names a machine by what makes results comparable: processor,
// CPUs allowed, platform. "unknown" for files that do not tell.
func Fingerprint(run result.Run) string {
	if run.CPU == "" {
		return "unknown"
	}
	return fmt.Sprintf("%s %dcpu %s-%s", slug(run.CPU), len(run.Allowed), run.GOOS, run.GOARCH)
}

// slug is text as a part of a file name.
func slug(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}
