package report

import (
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// account says where the overhead of CPU work goes.
func account(d *dataset) section {
	points := d.pointsWhere(func(p point) bool { return !d.waits(p) })
	s := section{ID: "account", Title: "Where the overhead goes", Text: []string{
		"Total overhead a task is (N x wall - serial time of the same tasks) / tasks, within the round. Its parts are timed; body inflation is the task's own body running slower than the same body in the serial loop " +
			"(caches, memory bandwidth, collector); what no clock saw is unattributed, the caller's own step of putting results together among it. A part below 0 is noise between two measured numbers, shown as it came out.",
	}}
	s.figures = []figure{d.accountFigure(points)}
	s.Tables = []table{d.matrix("account", "Overhead a task and its parts", points,
		columnOf{"Total", duration, d.overhead},
		columnOf{"Encode", duration, d.ofUnit(result.EncodeNS)}, columnOf{"Copy", duration, d.ofUnit(result.CopyNS)},
		columnOf{"Wake and wait", duration, d.ofUnit(result.WakeNS)}, columnOf{"Decode", duration, d.ofUnit(result.DecodeNS)},
		columnOf{"Lock wait", duration, d.ofUnit(result.LockNS)}, columnOf{"Idle tail", duration, d.ofUnit(result.IdleNS)},
		columnOf{"Body inflation", duration, d.inflation}, columnOf{"Unattributed", duration, d.unattributed})}
	return s
}

// inflation estimates how much longer a task's body takes than in the serial loop.
func (d *dataset) inflation(l line, n int) scaling.Estimate {
	return scaling.Level(d.inflations(l, n))
}

func (d *dataset) inflations(l line, n int) []float64 {
	return combine(func(v []float64) float64 { return v[0] - v[1] }, d.column(l.at(n), result.BodyNS), d.base(l, n, result.BodyNS))
}

// unattributed estimates what is left of the total when every part is taken off.
func (d *dataset) unattributed(l line, n int) scaling.Estimate { return scaling.Level(d.rest(l, n)) }

func (d *dataset) rest(l line, n int) []float64 {
	c := l.at(n)
	return combine(func(v []float64) float64 { return v[0] - v[1] - v[2] - v[3] - v[4] },
		d.overheads(l, n), d.column(c, result.IPCNS), d.column(c, result.LockNS), d.column(c, result.IdleNS), d.inflations(l, n))
}

// A portion is a part of the cores' time, in ns a task by round.
type portion struct {
	name string
	ink  ink
	of   func(d *dataset, l line, n int) []float64
}

// portions are the parts of N x wall, the work itself first.
func portions() []portion {
	unit := func(units ...string) func(d *dataset, l line, n int) []float64 {
		return func(d *dataset, l line, n int) []float64 {
			var columns [][]float64
			for _, u := range units {
				columns = append(columns, d.column(l.at(n), u))
			}
			return combine(sum, columns...)
		}
	}
	look := palette()
	return []portion{
		{"work", inkPale, func(d *dataset, l line, n int) []float64 {
			return combine(func(v []float64) float64 { return 1e9 / v[0] }, d.base(l, n, result.TaskRate))
		}},
		{"body inflation", look[5].ink, func(d *dataset, l line, n int) []float64 { return d.inflations(l, n) }},
		{"encode, decode", look[1].ink, unit(result.EncodeNS, result.DecodeNS)},
		{"copy", look[2].ink, unit(result.CopyNS)},
		{"wake and wait", look[4].ink, unit(result.WakeNS)},
		{"lock wait", look[7].ink, unit(result.LockNS)},
		{"idle tail", look[6].ink, unit(result.IdleNS)},
		{"unattributed", inkAxis, func(d *dataset, l line, n int) []float64 { return d.rest(l, n) }},
	}
}

func sum(v []float64) float64 {
	var s float64
	for _, x := range v {
		s += x
	}
	return s
}

// accountFigure draws where the cores' time goes, a panel a point, on the most
// cores.
func (d *dataset) accountFigure(points []point) figure {
	f := figure{
		id: "account", title: "Where the cores' time goes", named: true,
		text: "N times the wall time, split, on the most cores of each work. Each part is a median of its own, so a bar ends near 100%, not at it. A part that came out below 0 has no length here and stands in the table.",
	}
	for _, p := range points {
		cores := d.cores(p)
		if len(cores) == 0 {
			continue
		}
		n := cores[len(cores)-1]
		b := bars{title: p.job(), sub: strings.TrimPrefix(p.detail()+", on "+coresName(n), ", ")}
		for _, l := range d.headline(p) {
			if r := d.bar(l, n); r.parts != nil {
				b.rows = append(b.rows, r)
			}
		}
		if len(b.rows) > 0 {
			f.charts = append(f.charts, b)
		}
	}
	return f
}

// bar splits a line's time on n cores; it has no parts where they were not timed.
func (d *dataset) bar(l line, n int) bar {
	b := bar{name: d.curve(l).short}
	for _, p := range portions() {
		e := d.derive(func(v []float64) float64 { return v[0] * v[1] / 1e9 / float64(n) }, p.of(d, l, n), d.column(l.at(n), result.TaskRate))
		if e.N == 0 {
			return bar{}
		}
		b.parts = append(b.parts, part{p.name, p.ink, e.Value, d.title(l) + ", " + p.name + ": " + share.phrase(e) + " of the cores' time"})
	}
	return b
}
