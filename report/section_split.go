package report

import (
	"slices"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// split shows where the time of a message goes, and what CPU time it takes.
func split(d *dataset) section {
	x := d.exchanges()
	single := x.ways(func(p pass) bool { return p.depth == 1 })
	if len(single) == 0 {
		return section{}
	}
	s := section{ID: "split", Title: "Where the time of a message goes", Text: []string{
		"One message under way, both parties' clocks read at every boundary: encoding, copying and system calls, waking the other and waiting for it, the body (touching every page, checking), decoding. " +
			"The parts are of the clocked third of a sample, the wall time of the two thirds without clocks; what is left of the wall time is unattributed, below 0 where the clocks cost more than they leave open. The bare mechanism keeps no clocks of its parts, so it has none.",
		"CPU time is that of both parties: who spins instead of sleeping pays for the wait. Switches are context switches, allocations those of the Go heap.",
	}}
	sizes := shownSizes(single)
	for _, f := range x.families() {
		fig := figure{
			id: "split-" + f.id, title: "The parts of a message's time, " + f.title, named: true, roomy: true, table: "split",
			text: "Time of a message, split; each part is a median of its own. A part that came out below 0 has no length here and stands in the table.",
		}
		drawn := sizes
		if f.id == "within" { // ownership goes over, nothing is copied: one size will do
			drawn = sizes[:1]
			fig.text += " At the smallest size; the table has the others."
		}
		for _, payload := range drawn {
			for _, p := range places(single) {
				if b := x.splitBars(f, pass{place: p, payload: payload, depth: 1}); len(b.rows) > 0 {
					fig.charts = append(fig.charts, b)
				}
			}
		}
		s.figures = append(s.figures, fig)
	}
	s.Tables = []table{x.splitTable(slices.DeleteFunc(single, func(p pass) bool { return !slices.Contains(sizes, p.payload) }))}
	return s
}

// A phase is a part of the time of a message.
type phase struct {
	name string
	ink  ink
	unit string // "" for what is left of the wall time
}

// phases are the parts in the order in which they come.
func phases() []phase {
	look := palette()
	return []phase{
		{"encode", look[1].ink, result.EncodeNS},
		{"copy, system calls", look[2].ink, result.CopyNS},
		{"wake and wait", look[4].ink, result.WakeNS},
		{"body", inkPale, result.BodyNS},
		{"decode", look[5].ink, result.DecodeNS},
		{"unattributed", inkQuiet, ""},
	}
}

// phase estimates a part of the time of a message.
func (x exchanges) phase(p pass, unit string) scaling.Estimate {
	c := x.cells[p]
	if unit != "" {
		return x.dataset.level(c, unit)
	}
	return x.derive(func(v []float64) float64 { return v[0] - v[1] - v[2] - v[3] - v[4] - v[5] },
		x.column(c, result.WallNS), x.column(c, result.EncodeNS), x.column(c, result.CopyNS), x.column(c, result.WakeNS), x.column(c, result.BodyNS), x.column(c, result.DecodeNS))
}

// splitBars has a bar for each track of a family whose parts are all known.
func (x exchanges) splitBars(f family, p pass) bars {
	b := bars{title: payloadName(p.payload) + ", " + lowerFirst(f.where(p.place)), sub: p.place.detail(), kind: duration}
	for _, t := range f.tracks {
		p.track = t
		row := bar{name: t.curve().short}
		for _, ph := range phases() {
			e := x.phase(p, ph.unit)
			if e.N == 0 {
				row.parts = nil
				break
			}
			row.parts = append(row.parts, part{ph.name, ph.ink, e.Value, t.over() + ", " + ph.name + ": " + duration.phrase(e)})
		}
		if row.parts != nil {
			b.rows = append(b.rows, row)
		}
	}
	return b
}

// splitTable holds the parts and what else a message takes.
func (x exchanges) splitTable(passes []pass) table {
	t := table{ID: "split", Title: "The parts of a message's time, its CPU time, switches and allocations", Columns: append(slices.Clone(headColumns), "Payload", "Wall time", "CPU time")}
	for _, ph := range phases() {
		t.Columns = append(t.Columns, raise(ph.name))
	}
	t.Columns = append(t.Columns, "Switches", "Allocations")
	for _, p := range passes {
		row := append(p.head(), word(payloadName(p.payload)), x.field(p, duration, result.WallNS), x.field(p, duration, result.CPUNS))
		for _, ph := range phases() {
			if ph.unit != "" {
				row = append(row, x.field(p, duration, ph.unit))
			} else {
				row = append(row, x.unattributedField(p))
			}
		}
		t.Rows = append(t.Rows, append(row, x.field(p, plain, result.Switches), x.field(p, plain, result.Allocs)))
	}
	return t
}

// unattributedField is empty where no clock was read.
func (x exchanges) unattributedField(p pass) datum {
	if !x.has(x.cells[p], result.CopyNS) {
		return word("")
	}
	return measured(duration, x.phase(p, ""), x.status(x.cells[p]))
}
