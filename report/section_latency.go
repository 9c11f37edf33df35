package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// latency shows work that waits: throughput, time to an answer, CPU a task.
func latency(d *dataset) section {
	s := section{ID: "latency", Title: "Work that waits"}
	points := d.pointsWhere(d.waits)
	if len(points) == 0 {
		s.Text = []string{"No work that waits: not in this profile."}
		return s
	}
	s.Text = []string{
		"Many tasks wait for an answer at the same time, so speed-up over one task at a time means nothing here. What counts is how many a second, how long each takes, and what CPU time each costs.",
		"The load is closed: so many requests are out at a time. A request's latency starts when its task first runs, connecting included, waiting to be started excluded.",
	}
	for _, p := range points {
		one := []point{p}
		f := figure{id: "latency-" + p.id(), title: "Throughput, latency and CPU time, " + p.String(), text: "Tasks per second, time to an answer (median and 99th percentile) and CPU time a task, against cores.", named: true}
		for _, panel := range []struct {
			title, sub, what string
			kind             kind
			of               figureOf
			y                axis
		}{
			{"Throughput", "Tasks per second", " tasks/s", rate, d.ofUnit(result.TaskRate), axis{log: true, kind: rate}},
			{"Median latency", "Half of the answers come within", "", duration, d.ofUnit(result.P50NS), axis{log: true, kind: duration}},
			{"99th percentile", "All but one in a hundred come within", "", duration, d.ofUnit(result.P99NS), axis{log: true, kind: duration}},
			{"CPU time a task", "Of the whole process tree", " a task", duration, d.cpuPerTask, axis{log: true, kind: duration}},
		} {
			for _, drawn := range d.panels(one, panel.kind, panel.what, panel.y, panel.of, nil) {
				c := drawn.(chart)
				c.title, c.sub = panel.title, panel.sub
				f.charts = append(f.charts, c)
			}
		}
		s.figures = append(s.figures, f)
	}
	s.Tables = []table{d.latencyTable(points,
		columnOf{"Tasks per second", rate, d.ofUnit(result.TaskRate)},
		columnOf{"p50", duration, d.ofUnit(result.P50NS)}, columnOf{"p50 above the direct call", duration, d.aboveDirect}, columnOf{"p90", duration, d.ofUnit(result.P90NS)},
		columnOf{"p99", duration, d.ofUnit(result.P99NS)}, columnOf{"p99.9", duration, d.ofUnit(result.P999NS)},
		columnOf{"Worst of a sample, median", duration, d.ofUnit(result.MaxNS)}, columnOf{"CPU time a task", duration, d.cpuPerTask})}
	return s
}

// latencyTable has the direct call, which is the serial loop, above each
// point's lines, and marks the cells whose helper may have been the limit.
func (d *dataset) latencyTable(points []point, columns ...columnOf) table {
	t := d.matrix("latency", "Latency and CPU time", nil, columns...)
	for _, p := range points {
		serial := d.serial(p)
		direct := d.row(line{p, serial}, serial.Cores, columns)
		direct[1].Text += ", the direct call"
		direct[1].Note = d.helperBound(serial)
		t.Rows = append(t.Rows, direct)
		for _, l := range d.lines(p) {
			for _, n := range d.cores(p) {
				row := d.row(l, n, columns)
				row[1].Note = d.helperBound(l.at(n))
				t.Rows = append(t.Rows, row)
			}
		}
	}
	return t
}

// helperBound tells in how many samples of a cell the helper process was near
// its own limit, "" if in none.
func (d *dataset) helperBound(c result.Cell) string {
	var bound, all int
	for _, s := range d.file.Samples {
		if s.Cell != c {
			continue
		}
		all++
		if slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.HasPrefix(w, "helper-bound") }) {
			bound++
		}
	}
	if bound == 0 {
		return ""
	}
	return fmt.Sprintf("helper-bound in %d of %s", bound, counted(all, "sample"))
}

// aboveDirect estimates by how much the median latency exceeds that of the
// direct call, paired by round. The direct call itself has none.
func (d *dataset) aboveDirect(l line, n int) scaling.Estimate {
	if l.cell.Model == result.Serial {
		return scaling.Estimate{Value: math.NaN(), Warnings: []string{"the direct call itself"}}
	}
	e := scaling.Diff(d.column(l.at(n), result.P50NS), d.base(l, n, result.P50NS))
	if reason := d.sharing(l, n); reason != "" {
		e.Warnings = []string{reason}
	}
	return e
}

// cpuPerTask estimates CPU time of the whole tree over tasks.
func (d *dataset) cpuPerTask(l line, n int) scaling.Estimate {
	c := l.at(n)
	return d.derive(func(v []float64) float64 { return v[0] / (v[1] * v[2] / 1e9) },
		d.column(c, result.CPUNS), d.column(c, result.TaskRate), d.column(c, result.WallNS))
}
