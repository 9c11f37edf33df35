package report

import (
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// messageCost is what handing one message over costs. Where its parts were
// timed that is their sum; messages too short for that leave the total over
// the serial call, which for pure communication is the same thing. A total of
// one loop on several cores would be mostly their idleness, so there is none.
func (d *dataset) messageCost(l line, n int) scaling.Estimate {
	c := l.at(n)
	if d.has(c, result.IPCNS) {
		return d.level(c, result.IPCNS)
	}
	if d.oneLoop(l) && n > 1 {
		return scaling.Level(nil)
	}
	return d.level(c, result.OverheadNS)
}

// payload shows what a message costs against its size, one panel a core count.
func payload(d *dataset) section {
	s := section{ID: "payload", Title: "What a message costs, by size"}
	for _, job := range d.jobs() {
		points := d.payloads(job)
		if len(points) < 2 || d.waits(job) {
			continue
		}
		s.figures = append(s.figures, d.bySize(job, points))
		s.Tables = append(s.Tables, d.matrix("payload-"+job.id(), "Every size of "+job.job(), points,
			columnOf{"Cost a message", duration, d.messageCost}, columnOf{"of it timed as communication", duration, d.ofUnit(result.IPCNS)},
			columnOf{"Payload a second", octets, d.ofUnit(result.ByteRate)}))
	}
	if len(s.figures) == 0 {
		s.Text = []string{"No work was measured at more than one message size: not in this profile."}
		return s
	}
	s.Text = []string{
		"What handing a message over costs, against its payload, one panel a core count. Both scales are logarithmic. Messages whose handling takes less than 10 µs serially are not timed one by one: " +
			"their cost is the total, N times the wall time less the serial call, a message. An event loop uses one core, so it stands where there is one.",
	}
	return s
}

func (d *dataset) bySize(job point, points []point) figure {
	f := figure{id: "payload-" + job.id(), title: "IPC cost against payload, " + job.job(), text: "Cost in time per message against its size, logarithmic scales.", named: true}
	x := axis{log: true, kind: octets}
	for _, p := range points {
		x.at, x.names = append(x.at, size(p.Payload)), append(x.names, payloadName(p.Payload))
	}
	for _, n := range d.cores(points[0]) {
		c := chart{title: coresName(n), ink: inkText, sub: "Time per message, by payload", x: x, y: axis{log: true, kind: duration}, ends: true}
		for _, l := range d.headline(points[0]) {
			curve := d.curve(l)
			for _, p := range points {
				e := d.messageCost(l.elsewhere(p), n)
				curve.marks = append(curve.marks, d.mark(l, size(p.Payload), coresName(n)+", "+payloadName(p.Payload), duration, " a message", e))
			}
			c.curves = append(c.curves, curve)
		}
		f.charts = append(f.charts, c)
	}
	return f
}
