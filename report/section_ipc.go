package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
)

// communication shows what handing tasks over costs, against cores.
func communication(d *dataset) section {
	s := section{ID: "ipc", Title: "What communication costs", Text: []string{
		"IPC overhead is communication alone: encoding, copying and system calls, waking and waiting, decoding. It is timed at the runner's boundaries for tasks of 10 µs and more; " +
			"below that two clock reads a task would be a good part of the figure, so only the total is given, in the table of overhead. Inside one process it is the hand-over between tasks, with the clock reads (two a task) and the code of the loop; an event loop's figure is its dispatch, not communication between processes.",
	}}
	points := d.pointsWhere(func(p point) bool {
		return d.communicates(p) && (p.Payload == "" && !d.waits(p) || p == d.main(p.whole()))
	})
	drawn := slices.DeleteFunc(slices.Clone(points), func(p point) bool { return len(points) > mostSizes && !decade(p) && p != d.main(p.whole()) })
	if len(points) == 0 {
		s.Text = append(s.Text, "No cell of this file measured communication: not in this profile.")
		return s
	}
	s.figures = []figure{
		{
			id: "ipc", title: "IPC overhead a task", text: "Communication in time per task, logarithmic, against cores.", named: true, table: "ipc",
			charts: d.panels(drawn, duration, " a task", axis{log: true, kind: duration}, d.ofUnit(result.IPCNS), nil),
		},
		{
			id: "ipc-share", title: "IPC overhead as a share of the cores' time", text: "Communication over N times the wall time, against cores.", named: true, table: "ipc",
			charts: d.panels(drawn, share, " of the cores' time", axis{kind: share}, d.ipcShare, nil),
		},
	}
	if few := len(points) - len(drawn); few > 0 {
		s.Text = append(s.Text, fmt.Sprintf("Drawn are task sizes a decade apart; the %d between are in the table.", few))
	}
	if f := d.shareByTransport(); len(f.charts) > 0 {
		s.figures = append(s.figures, f)
	}
	s.Tables = []table{d.matrix("ipc", "IPC overhead", points,
		columnOf{"A task", duration, d.ofUnit(result.IPCNS)}, columnOf{"Share of the cores' time", share, d.ipcShare},
		columnOf{"Bytes a task across processes", octets, d.ofUnit(result.IPCBytes)})}
	return s
}

// mostSizes is how many points are drawn before task sizes between decades are
// left to the table.
const mostSizes = 8

// decade tells whether the point's task size is a power of ten, or has none.
func decade(p point) bool {
	return p.Grain == "" || strings.TrimRight(fmt.Sprint(int64(nominal(p.Grain))), "0") == "1"
}

// shareByTransport draws what part of the cores' time communication takes, for
// each work that one model did over several transports.
func (d *dataset) shareByTransport() figure {
	f := figure{
		id: "ipc-share-transport", title: "IPC share by transport", named: true, roomy: true, table: "ipc",
		text: "Communication over N times the wall time, against cores, of work done over several transports. Whiskers: 95% intervals.",
	}
	for _, p := range d.mains(d.communicates) {
		for _, lines := range d.carried(d.lines(p)) {
			c := chart{title: p.job(), ink: inkText, sub: p.detail(), x: d.coreAxis(p), y: axis{kind: share}, ends: true, apart: d.sparse(p)}
			for _, l := range lines {
				look := carrierCurve(l)
				look.marks = d.overCores(l, share, " of the cores' time", d.ipcShare).marks
				c.curves = append(c.curves, look)
			}
			f.charts = append(f.charts, c)
		}
	}
	return f
}
