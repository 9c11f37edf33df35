package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// account says where the overhead of CPU work goes.
func account(d *dataset) section {
	points := d.pointsWhere(func(p point) bool { return !d.waits(p) })
	s := section{ID: "account", Title: "Where the overhead goes", Text: []string{
		"Total overhead a task is (N x wall - serial time of the same tasks) / tasks, within the round. N x wall is the bodies at serial speed and its parts, which add up: body inflation is the task's own body running slower than the same body in the serial loop " +
			"(caches, memory bandwidth), the collector's work taken off both; what no clock saw is unattributed, the caller's own step of putting results together among it. A part below 0 is noise between two measured numbers, shown as it came out.",
		"Encode, copy, wake and wait, decode, lock wait, idle tail and the bodies come from the runners' own clocks, the collector from Go's runtime/metrics in every process of the cell, CPU time in the tables from the system (rusage), and N x wall from the wall clock. " +
			"The collector's work is taken off the bodies wherever it ran: what it did while a worker waited anyway is taken off body inflation all the same, which can bring that below 0. Where the collector was not recorded, its work stays in body inflation.",
		d.attributed(points),
	}}
	s.figures = []figure{d.accountFigure(points)}
	s.Tables = []table{d.matrix("account", "Overhead a task and its parts", points,
		columnOf{"N x wall", duration, d.wholeTime}, columnOf{"Bodies at serial speed", duration, d.levelOf((*dataset).atSerialSpeed)}, columnOf{"Overhead", duration, d.overhead},
		columnOf{"Encode", duration, d.ofUnit(result.EncodeNS)}, columnOf{"Copy", duration, d.ofUnit(result.CopyNS)},
		columnOf{"Wake and wait", duration, d.ofUnit(result.WakeNS)}, columnOf{"Decode", duration, d.ofUnit(result.DecodeNS)},
		columnOf{"Lock wait", duration, d.ofUnit(result.LockNS)}, columnOf{"Idle tail", duration, d.ofUnit(result.IdleNS)},
		columnOf{"Collector", duration, d.levelOf((*dataset).collector)}, columnOf{"Body inflation", duration, d.inflation}, columnOf{"Unattributed", duration, d.unattributed},
		columnOf{"Unattributed, of N x wall", share, d.unattributedShare})}
	return s
}

// attributed names the cells of which the account leaves more open than it
// should.
func (d *dataset) attributed(points []point) string {
	const limit = 0.10
	worst, cells := 0.0, 0
	var over []string
	for _, p := range points {
		if d.size(p) < 10e3 {
			continue
		}
		for _, l := range d.lines(p) {
			for _, n := range d.cores(p) {
				e := d.unattributedShare(l, n)
				if e.N == 0 {
					continue
				}
				cells++
				worst = max(worst, math.Abs(e.Value))
				if math.Abs(e.Value) > limit {
					over = append(over, fmt.Sprintf("%s, %s, on %s (%s)", d.title(l), p, coresName(n), share.value(e.Value)))
				}
			}
		}
	}
	if cells == 0 {
		return "No cell of tasks of 10 µs or more has all parts, so nothing can be said of what is unattributed."
	}
	s := fmt.Sprintf("Unattributed is at most %s of N x wall in the %s of tasks of 10 µs or more (limit %s).", share.value(worst), counted(cells, "cell"), percent(limit))
	if len(over) > 0 {
		s += " Above the limit: " + strings.Join(over, "; ") + "."
	}
	return s
}

// size is how long a task of the point takes, in ns: its label, or what was
// measured of the serial loop where it has none.
func (d *dataset) size(p point) float64 {
	if p.Grain != "" {
		return float64(nominal(p.Grain))
	}
	return d.taskNS(p).Value
}

// levelOf makes a figure of values a task by round.
func (d *dataset) levelOf(values func(d *dataset, l line, n int) []float64) figureOf {
	return func(l line, n int) scaling.Estimate { return scaling.Level(values(d, l, n)) }
}

// wholeTime estimates N x wall, a task.
func (d *dataset) wholeTime(l line, n int) scaling.Estimate {
	return d.derive(func(v []float64) float64 { return float64(n) * 1e9 / v[0] }, d.column(l.at(n), result.TaskRate))
}

// unattributedShare estimates what is left of N x wall when every part is taken off.
func (d *dataset) unattributedShare(l line, n int) scaling.Estimate {
	return d.derive(func(v []float64) float64 { return v[0] * v[1] / 1e9 / float64(n) }, d.rest(l, n), d.column(l.at(n), result.TaskRate))
}

// collected is the CPU time of the garbage collector, a task by round.
func (d *dataset) collected(c result.Cell) []float64 {
	return scaling.Combine(func(v []float64) float64 { return v[0] / (v[1] * v[2] / 1e9) }, d.column(c, result.GCNS), d.column(c, result.TaskRate), d.column(c, result.WallNS))
}

// collector is that of a line on n cores, where that of the serial loop is
// known as well: one alone cannot be taken off.
func (d *dataset) collector(l line, n int) []float64 {
	if !d.tellsCollector(l, n) {
		return d.nothing()
	}
	return d.collected(l.at(n))
}

// tellsCollector tells whether the collector's work was recorded on both sides.
func (d *dataset) tellsCollector(l line, n int) bool {
	return d.has(d.serial(l.point), result.GCNS) && d.has(l.at(n), result.GCNS)
}

// serialCollector is that of the serial loop, 0 where it is not told apart.
func (d *dataset) serialCollector(l line, n int) []float64 {
	if !d.tellsCollector(l, n) {
		return make([]float64, d.rounds)
	}
	return d.collected(d.serial(l.point))
}

// atSerialSpeed is the serial time of a task by round, less the collector's.
func (d *dataset) atSerialSpeed(l line, n int) []float64 {
	return scaling.Combine(func(v []float64) float64 { return 1e9/v[0] - v[1] }, d.base(l, n, result.TaskRate), d.serialCollector(l, n))
}

// inflation estimates how much longer a task's body takes than in the serial loop.
func (d *dataset) inflation(l line, n int) scaling.Estimate {
	return scaling.Level(d.inflations(l, n))
}

func (d *dataset) inflations(l line, n int) []float64 {
	bodies := d.slower(l, n)
	if !d.tellsCollector(l, n) {
		return bodies
	}
	return scaling.Combine(func(v []float64) float64 { return v[0] - v[1] + v[2] }, bodies, d.collector(l, n), d.serialCollector(l, n))
}

// slower is how much longer a task's body takes, the collector's work in it.
func (d *dataset) slower(l line, n int) []float64 {
	return scaling.Combine(func(v []float64) float64 { return v[0] - v[1] }, d.column(l.at(n), result.BodyNS), d.base(l, n, result.BodyNS))
}

// unattributed estimates what is left of the total when every part is taken off.
func (d *dataset) unattributed(l line, n int) scaling.Estimate { return scaling.Level(d.rest(l, n)) }

func (d *dataset) rest(l line, n int) []float64 {
	c := l.at(n)
	return scaling.Combine(func(v []float64) float64 { return v[0] - v[1] - v[2] - v[3] - v[4] },
		d.overheads(l, n), d.column(c, result.IPCNS), d.column(c, result.LockNS), d.column(c, result.IdleNS), d.slower(l, n))
}

// A portion is a part of the cores' time, in ns a task by round, nil where it
// is not told apart from others.
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
			return scaling.Combine(sum, columns...)
		}
	}
	look := palette()
	return []portion{
		{"work", inkPale, (*dataset).atSerialSpeed},
		{"body inflation", look[5].ink, (*dataset).inflations},
		{"collector", look[3].ink, func(d *dataset, l line, n int) []float64 {
			if !d.tellsCollector(l, n) {
				return nil
			}
			return d.collector(l, n)
		}},
		{"encode, decode", look[1].ink, unit(result.EncodeNS, result.DecodeNS)},
		{"copy", look[2].ink, unit(result.CopyNS)},
		{"wake and wait", look[4].ink, unit(result.WakeNS)},
		{"lock wait", look[7].ink, unit(result.LockNS)},
		{"idle tail", look[6].ink, unit(result.IdleNS)},
		{"unattributed", inkQuiet, (*dataset).rest},
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
		id: "account", title: "Where the cores' time goes", named: true, table: "account",
		text: "N times the wall time, split, on the most cores of each work. Each part is a median of its own, so a bar ends near 100%, not at it. A part that came out below 0 has no length here and stands in the table.",
	}
	for _, p := range points {
		cores := d.cores(p)
		if len(cores) == 0 {
			continue
		}
		n := cores[len(cores)-1]
		b := bars{kind: share, title: p.job(), sub: strings.TrimPrefix(p.detail()+", on "+coresName(n), ", ")}
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
		values := p.of(d, l, n)
		if values == nil {
			continue
		}
		e := d.derive(func(v []float64) float64 { return v[0] * v[1] / 1e9 / float64(n) }, values, d.column(l.at(n), result.TaskRate))
		if e.N == 0 {
			return bar{}
		}
		b.parts = append(b.parts, part{p.name, p.ink, e.Value, d.title(l) + ", " + p.name + ": " + share.phrase(e) + " of the cores' time"})
	}
	return b
}
