package report

import (
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// account says where the overhead of CPU work goes.
func account(d *dataset) section {
	points := d.pointsWhere(func(p point) bool { return !d.waits(p) })
	s := section{ID: "account", Title: "Where the overhead goes", Text: []string{
		"Total overhead a task is (N x wall - serial time of the same tasks) / tasks, within the round. Its parts are timed; body inflation is the task's own body running slower than in the serial loop " +
			"(caches, memory bandwidth, collector); what no clock saw is unattributed. A part below 0 is noise between two measured numbers, shown as it came out.",
	}}
	s.Tables = []table{d.matrix("account", "Overhead a task and its parts", points,
		columnOf{"Total", duration, d.ofUnit(result.OverheadNS)},
		columnOf{"Encode", duration, d.ofUnit(result.EncodeNS)}, columnOf{"Copy", duration, d.ofUnit(result.CopyNS)},
		columnOf{"Wake and wait", duration, d.ofUnit(result.WakeNS)}, columnOf{"Decode", duration, d.ofUnit(result.DecodeNS)},
		columnOf{"Lock wait", duration, d.ofUnit(result.LockNS)}, columnOf{"Idle tail", duration, d.ofUnit(result.IdleNS)},
		columnOf{"Body inflation", duration, d.inflation}, columnOf{"Unattributed", duration, d.unattributed})}
	return s
}

// inflation estimates how much longer a task's body takes than in the serial loop.
func (d *dataset) inflation(l line, n int) scaling.Estimate {
	return d.derive(inflation, d.column(l.at(n), result.BodyNS), d.column(d.serial(l.point), result.TaskRate))
}

func inflation(v []float64) float64 { return v[0] - 1e9/v[1] }

// unattributed estimates what is left of the total when every part is taken off.
func (d *dataset) unattributed(l line, n int) scaling.Estimate {
	c := l.at(n)
	body := combine(inflation, d.column(c, result.BodyNS), d.column(d.serial(l.point), result.TaskRate))
	return d.derive(func(v []float64) float64 { return v[0] - v[1] - v[2] - v[3] - v[4] },
		d.column(c, result.OverheadNS), d.column(c, result.IPCNS), d.column(c, result.LockNS), d.column(c, result.IdleNS), body)
}
