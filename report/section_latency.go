package report

import (
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
	s.Tables = []table{d.matrix("latency", "Latency and CPU time", points,
		columnOf{"Tasks per second", rate, d.ofUnit(result.TaskRate)},
		columnOf{"p50", duration, d.ofUnit(result.P50NS)}, columnOf{"p90", duration, d.ofUnit(result.P90NS)},
		columnOf{"p99", duration, d.ofUnit(result.P99NS)}, columnOf{"p99.9", duration, d.ofUnit(result.P999NS)},
		columnOf{"Worst of a sample, median", duration, d.ofUnit(result.MaxNS)}, columnOf{"CPU time a task", duration, d.cpuPerTask})}
	return s
}

// cpuPerTask estimates CPU time of the whole tree over tasks.
func (d *dataset) cpuPerTask(l line, n int) scaling.Estimate {
	c := l.at(n)
	return d.derive(func(v []float64) float64 { return v[0] / (v[1] * v[2] / 1e9) },
		d.column(c, result.CPUNS), d.column(c, result.TaskRate), d.column(c, result.WallNS))
}
