package report

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// alike are the core counts of a point that a law is about: physical cores of
// one node, as far as the file tells.
func (d *dataset) alike(p point) []int {
	return slices.DeleteFunc(slices.Clone(d.cores(p)), func(n int) bool {
		return d.file.Run.Alike > 0 && n > d.file.Run.Alike
	})
}

// lawful are those of them on which a line has a throughput.
func (d *dataset) lawful(l line) []int {
	return slices.DeleteFunc(d.alike(l.point), func(n int) bool { return !d.has(l.at(n), result.TaskRate) })
}

// apart is why a line's throughput on one count does not compare with that on
// another, "" if it does.
func (l line) apart() string {
	switch {
	case l.cell.Helpers != "":
		return "helper processes shared the CPUs, so core counts do not compare"
	case l.cell.Nodes > 1:
		return "its cores are on several machines, and the law is for one"
	}
	return ""
}

// fit is the universal scalability law of a line's throughput. The error says
// why there is none.
func (d *dataset) fit(l line) (scaling.Fit, error) {
	if reason := l.apart(); reason != "" {
		return scaling.Fit{}, errors.New(reason)
	}
	var curve []scaling.CorePoint
	for _, n := range d.lawful(l) {
		curve = append(curve, scaling.CorePoint{N: n, X: d.column(l.at(n), result.TaskRate)})
	}
	return scaling.StudentUSL(curve, scaling.Relative)
}

// bandSteps is how many places a fitted line is drawn through.
const bandSteps = 32

// band is a fitted law from its first count to its last, even steps of the
// logarithm apart.
func (d *dataset) band(l line, f scaling.Fit) []mark {
	counts := d.lawful(l)
	from, to := float64(counts[0]), float64(counts[len(counts)-1])
	var out []mark
	for i := range bandSteps + 1 {
		n := from * math.Pow(to/from, float64(i)/bandSteps)
		out = append(out, mark{x: n, y: f.At(n)})
	}
	return out
}

// lawWords are a law's parameters in a panel, or the serial fraction that stands
// for them where the counts are too few for a law.
func (d *dataset) lawWords(l line, f scaling.Fit, err error) string {
	switch {
	case l.apart() != "", d.waits(l.point) && err != nil:
		return ""
	case d.oneLoop(l):
		return "uses one core"
	case err == nil:
		s := "σ " + small(f.Law.Sigma) + ", κ " + small(f.Law.Kappa)
		if peak := d.peak(l, f); peak.Number != nil {
			s += ", peak at " + peak.Text + " cores"
		}
		return s
	}
	for _, n := range slices.Backward(d.lawful(l)) {
		if e := d.karpFlatt(l, n); e.N > 0 {
			return "serial fraction " + share.phrase(e)
		}
	}
	return ""
}

// small writes a parameter of a law in two digits.
func small(v float64) string {
	if v > 0 && v < 1e-4 {
		return "< 0.0001"
	}
	return fmt.Sprintf("%.2g", v)
}

// ownScaling estimates X(N) / X(1) of a line, paired by round.
func (d *dataset) ownScaling(l line, n int) scaling.Estimate {
	if l.apart() != "" {
		return scaling.Level(nil)
	}
	return scaling.Ratio(d.column(l.at(n), result.TaskRate), d.column(l.at(1), result.TaskRate))
}

// karpFlatt estimates the serial fraction that a line's own scaling amounts to.
// A model with one loop has none: it does not spread.
func (d *dataset) karpFlatt(l line, n int) scaling.Estimate {
	if n < 2 || d.oneLoop(l) {
		return scaling.Level(nil)
	}
	return scaling.KarpFlatt(d.ownScaling(l, n), n)
}

// peak is the count with the highest throughput by a law, as a number only near
// what was measured.
func (d *dataset) peak(l line, f scaling.Fit) datum {
	e, counts := f.Student.Peak, d.lawful(l)
	largest := counts[len(counts)-1]
	far := scaling.PeakReach * float64(largest)
	switch {
	case d.oneLoop(l), math.IsInf(e.Value, 1):
		return word("none")
	case e.Value > far:
		return word(fmt.Sprintf("beyond %d", largest))
	}
	out := measured(plain, e, "")
	out.Text = digits(e.Value)
	if e.High > far {
		out.Note, out.Number.High = plain.value(e.Low)+" or more", nil
	}
	return out
}

// scalingTable holds what each line gains over itself on one core.
func (d *dataset) scalingTable() table {
	t := table{ID: "scaling", Title: "Scaling, X(N) / X(1), and the serial fraction that it amounts to", Columns: []string{"Work", "Model", "Cores", "Scaling", "Serial fraction (Karp-Flatt)"}}
	for _, p := range d.order {
		for _, l := range d.lines(p) {
			for _, n := range d.cores(p) {
				if n > 1 && l.apart() == "" && d.known[l.at(1)] && !d.oneLoop(l) {
					t.Rows = append(t.Rows, d.row(l, n, []columnOf{{"", ratio, d.ownScaling}, {"", share, d.karpFlatt}}))
				}
			}
		}
	}
	return t
}

// lawTable holds the laws of the curves that are drawn with one.
func (d *dataset) lawTable(points []point) table {
	t := table{ID: "laws", Title: "Universal scalability law of each curve", Columns: []string{
		"Work", "Model", "Core counts", "λ, throughput of one core", "σ, contention", "κ, coherency", "Peak at", "Serial fraction by Amdahl's law", "Largest miss", "Warnings",
	}}
	for _, p := range points {
		for _, l := range d.lines(p) {
			f, err := d.fit(l)
			if err != nil {
				continue
			}
			counts, worst := d.lawful(l), scaling.Worst(f.Residuals)
			t.Rows = append(t.Rows, []datum{
				word(p.String()), word(d.title(l)), word(numbers(counts)), measured(rate, f.Student.Lambda, ""), measured(plain, f.Student.Sigma, ""),
				measured(plain, f.Student.Kappa, ""), d.peak(l, f), measured(share, f.Serial, ""), exact(share, math.Abs(f.Residuals[worst])), word(strings.Join(f.Warnings, "; ")),
			})
		}
	}
	return t
}
