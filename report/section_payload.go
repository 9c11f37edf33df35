package report

import "github.com/nonrev/nonrev/internal/result"

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
			columnOf{"IPC a message", duration, d.ofUnit(result.IPCNS)}, columnOf{"Overhead a message", duration, d.ofUnit(result.OverheadNS)},
			columnOf{"Payload a second", octets, d.ofUnit(result.ByteRate)}))
	}
	if len(s.figures) == 0 {
		s.Text = []string{"No work was measured at more than one message size: not in this profile."}
		return s
	}
	s.Text = []string{"Communication a message against its payload, one panel a core count. Both scales are logarithmic."}
	return s
}

func (d *dataset) bySize(job point, points []point) figure {
	f := figure{id: "payload-" + job.id(), title: "IPC cost against payload, " + job.job(), text: "Communication in time per message against its size, logarithmic scales.", named: true}
	x := axis{log: true, kind: octets}
	for _, p := range points {
		x.at, x.names = append(x.at, size(p.Payload)), append(x.names, payloadName(p.Payload))
	}
	for _, n := range d.cores(points[0]) {
		c := chart{title: coresName(n), ink: inkText, sub: "Time per message, by payload", x: x, y: axis{log: true, kind: duration}, ends: true}
		for _, l := range d.headline(points[0]) {
			curve := d.curve(l)
			for _, p := range points {
				e := d.level(l.elsewhere(p).at(n), result.IPCNS)
				curve.marks = append(curve.marks, d.mark(l, size(p.Payload), coresName(n)+", "+payloadName(p.Payload), duration, " a message", e))
			}
			c.curves = append(c.curves, curve)
		}
		f.charts = append(f.charts, c)
	}
	return f
}
