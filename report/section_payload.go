package report

import (
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// messageCost is the total that a message costs over the direct call, at every
// size, because a curve of totals and timed parts would compare two things. A
// total of one loop on several cores would be mostly their idleness, so there
// is none.
func (d *dataset) messageCost(l line, n int) scaling.Estimate {
	if d.oneLoop(l) && n > 1 {
		return scaling.Level(nil)
	}
	return d.overhead(l, n)
}

// payload shows what a message costs against its size, one panel a core count.
func payload(d *dataset) section {
	s := section{ID: "payload", Title: "What a message costs, by size"}
	for _, job := range d.jobs {
		points := d.payloads(job)
		if len(points) < 2 || d.waits(job) {
			continue
		}
		s.figures = append(s.figures, d.bySize(job, points)...)
		s.Tables = append(s.Tables, d.matrix("payload-"+job.id(), "Every size of "+job.job(), points,
			columnOf{"Cost of a message, total over the direct call", duration, d.messageCost}, columnOf{"of it timed as communication", duration, d.ofUnit(result.IPCNS)},
			columnOf{"Payload a second", octets, d.ofUnit(result.ByteRate)}))
	}
	if len(s.figures) == 0 {
		s.Text = []string{"No work was measured at more than one message size: not in this profile."}
		return s
	}
	s.Text = []string{
		"What handing a message over costs, against its payload, one panel a core count. Both scales are logarithmic. The cost is the total over the direct call: " +
			"N times the wall time less the serial time of the same messages, a message. On several cores it includes the cores that wait. What was timed of it as communication stands in the table. An event loop uses one core, so it stands where there is one.",
	}
	return s
}

// bySize draws what a message costs by its size: one figure of the models, and
// one of each that was measured over several transports.
func (d *dataset) bySize(job point, points []point) []figure {
	x := axis{log: true, kind: octets}
	for _, p := range points {
		x.at, x.names = append(x.at, size(p.Payload)), append(x.names, payloadName(p.Payload))
	}
	drawn := func(id, title string, lines []line, look func(line) curve) figure {
		var charts []chart
		for _, n := range d.cores(points[0]) {
			charts = append(charts, d.sizeChart(lines, n, points, x, look))
		}
		return figure{
			id: id + job.id(), title: "Cost of a message against its size, " + job.job() + title, table: "payload-" + job.id(), named: true, roomy: true,
			text: "Total cost of a message over the direct call, logarithmic scales, one range of heights.", charts: sameHeights(charts),
		}
	}
	out := []figure{drawn("payload-", "", d.headline(points[0]), d.curve)}
	for _, lines := range d.carried(d.lines(points[0])) {
		out = append(out, drawn("payload-transport-", ", "+d.styles[lines[0].cell.Model].words+" by transport", lines, carrierCurve))
	}
	return out
}

func (d *dataset) sizeChart(lines []line, n int, points []point, x axis, look func(line) curve) chart {
	c := chart{title: coresName(n), ink: inkText, sub: "Time per message, by payload", x: x, y: axis{log: true, kind: duration}, ends: true}
	for _, l := range lines {
		curve := look(l)
		for _, p := range points {
			e := d.messageCost(l.elsewhere(p), n)
			curve.marks = append(curve.marks, d.mark(l, size(p.Payload), coresName(n)+", "+payloadName(p.Payload), duration, " a message", e))
		}
		c.curves = append(c.curves, curve)
	}
	return c
}
