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
	}
	s.Text = append(s.Text, d.loopWords(points)...)
	for _, p := range points {
		one := []point{p}
		kept, done := "Throughput", "Tasks per second"
		if d.opened(p) {
			kept = "Kept up with"
			if p.offered() > 0 {
				done += ", of " + rate.value(p.offered()) + " offered"
			}
		}
		f := figure{id: "latency-" + p.id(), title: "Throughput, latency and CPU time, " + p.String(), text: "Tasks per second, time to an answer (median and 99th percentile) and CPU time a task, against cores.", named: true, table: "latency"}
		for _, panel := range []struct {
			title, sub, what string
			kind             kind
			of               figureOf
			y                axis
		}{
			{kept, done, " tasks/s", rate, d.ofUnit(result.TaskRate), axis{log: true, kind: rate}},
			{"Median latency", "Half of the answers come within", "", duration, d.quantileOf(0.5, result.P50NS), axis{log: true, kind: duration}},
			{"99th percentile", "All but one in a hundred come within", "", duration, d.quantileOf(0.99, result.P99NS), axis{log: true, kind: duration}},
			{"CPU time a task", "Of the whole process tree", " a task", duration, d.cpuPerTask, axis{log: true, kind: duration}},
		} {
			for _, drawn := range d.panels(one, panel.kind, panel.what, panel.y, panel.of, nil) {
				c := drawn.(chart)
				c.title, c.sub = panel.title, panel.sub
				f.charts = append(f.charts, c)
			}
		}
		s.figures = append(s.figures, f, d.byNines(p))
	}
	s.Tables = []table{d.latencyTable(points,
		columnOf{"Tasks per second", rate, d.ofUnit(result.TaskRate)},
		columnOf{"p50", duration, d.quantileOf(0.5, result.P50NS)}, columnOf{"p50 above the direct call", duration, d.aboveDirect}, columnOf{"p90", duration, d.quantileOf(0.9, result.P90NS)},
		columnOf{"p99", duration, d.quantileOf(0.99, result.P99NS)}, columnOf{"p99.9", duration, d.quantileOf(0.999, result.P999NS)}, columnOf{"p99.99", duration, d.quantileOf(0.9999, "")},
		columnOf{"Worst of a sample, median", duration, d.ofUnit(result.MaxNS)}, columnOf{"CPU time a task", duration, d.cpuPerTask})}
	return s
}

// latencyTable has the direct call, which is the serial loop, above each
// point's lines, and marks the cells whose helper may have been the limit.
func (d *dataset) latencyTable(points []point, columns ...columnOf) table {
	t := d.matrix("latency", "Latency and CPU time", nil, columns...)
	if len(d.timed) > 0 {
		t.Columns = append(t.Columns, "Longest of all", "Requests pooled")
	}
	for _, p := range points {
		if serial, measured := d.bases[p]; measured {
			direct := d.row(line{p, serial}, serial.Cores, columns)
			direct[1].Text += ", the direct call"
			direct[1].Note = d.helperBound(serial)
			t.Rows = append(t.Rows, d.withRequests(direct, serial))
		}
		for _, l := range d.lines(p) {
			for _, n := range d.cores(p) {
				row := d.row(l, n, columns)
				row[1].Note = d.helperBound(l.at(n))
				t.Rows = append(t.Rows, d.withRequests(row, l.at(n)))
			}
		}
	}
	return t
}

// withRequests adds the longest latency and how many requests the quantiles of
// a row rest on, in a file that has histograms.
func (d *dataset) withRequests(row []datum, c result.Cell) []datum {
	if len(d.timed) == 0 {
		return row
	}
	r := d.pooled(c)
	if r == nil || r.err != nil || r.total == 0 {
		return append(row, gap("no histogram"), gap("no histogram: quantiles are medians over rounds"))
	}
	return append(row, exact(duration, r.longest()), exact(plain, float64(r.total)))
}

// loopWords says how requests came, and what that makes of latency.
func (d *dataset) loopWords(points []point) []string {
	closed := "The load is closed: so many requests are out at a time. A request's latency starts when its task first runs, connecting included, waiting to be started excluded."
	var out, open, late []string
	for _, p := range points {
		if d.opened(p) {
			open = append(open, p.String())
			late = append(late, d.late(p)...)
		}
	}
	switch {
	case len(open) == 0:
		out = append(out, closed)
	case len(open) < len(points):
		out = append(out, "Where nothing else is said, the load is closed"+strings.TrimPrefix(closed, "The load is closed"))
	}
	if len(open) > 0 {
		out = append(out, "The load of "+list(open)+" is open: arrivals were fixed in advance, so many a second. Latency counts from the intended start, so waiting for a free worker is in it. Tasks a second are then no result, but what was kept up with.")
	}
	if len(late) > 0 {
		out = append(out, "More than 5% below what was offered, so that latency grows with the length of the sample and its figures are of this length only: "+list(late)+".")
	}
	if len(d.timed) > 0 {
		out = append(out, "Quantiles are of all requests of a cell taken together, from histograms of three digits merged over its usable rounds, and told where ten requests or more lie beyond them. Their intervals are a bootstrap over rounds, nominally of 95%; in the far tail they may cover less.")
	}
	return out
}

// limit notes in how many samples of a cell the helper process was the limit.
func (d *dataset) limit(c result.Cell, samples []result.Sample) {
	n := d.bound[c]
	n[1] += len(samples)
	for i := range samples {
		if slices.ContainsFunc(samples[i].Warnings, func(w string) bool { return strings.HasPrefix(w, "helper-bound") }) {
			n[0]++
		}
	}
	d.bound[c] = n
}

// helperBound tells in how many samples of a cell the helper process was near
// its own limit, "" if in none.
func (d *dataset) helperBound(c result.Cell) string {
	bound, all := d.bound[c][0], d.bound[c][1]
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
