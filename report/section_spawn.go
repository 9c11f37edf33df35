package report

import (
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// spawns shows what starting costs.
func spawns(d *dataset) section {
	t := table{ID: "spawn", Title: "Start until it is known to have run, a process to have ended", Open: true, Columns: []string{"Started", "Time a start", "Over a goroutine's", "CPU time", "Starts a second"}}
	var base []float64
	for _, c := range d.cells {
		if c.Workload == result.Spawn && c.Set == "goroutine" {
			base = d.column(c, result.WallNS)
		}
	}
	for _, c := range d.cells {
		if c.Workload != result.Spawn {
			continue
		}
		over := word("")
		if base != nil && c.Set != "goroutine" {
			over = measured(ratio, scaling.Ratio(d.column(c, result.WallNS), base), d.status(c))
		}
		status := d.status(c)
		t.Rows = append(t.Rows, []datum{
			word(started(c.Set)), measured(duration, d.level(c, result.WallNS), status), over,
			measured(duration, d.level(c, result.CPUNS), status), measured(rate, d.level(c, result.OpRate), status),
		})
	}
	if len(t.Rows) == 0 {
		return section{}
	}
	return section{ID: "spawn", Title: "What starting costs", Tables: []table{t}, Text: []string{
		"One start after another, from the call until it is known that what was started has run, and that a process has ended. A process of this program starts its runtime; that of a trivial Go program or of C shows what of it is the system's.",
	}}
}

// started names what a spawn cell starts.
func started(what string) string {
	names := map[string]string{
		"goroutine": "goroutine", "thread": "thread", "self": "process, this program", "go": "process, a trivial Go program", "c": "process, a static C program",
	}
	if name, known := names[what]; known {
		return name
	}
	return shorten(what)
}
