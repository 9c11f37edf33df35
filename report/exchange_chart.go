package report

import (
	"slices"
)

// A step is what changes along the x axis of a chart, or from column to column
// of a table.
type step struct {
	x       float64
	name    string
	payload string
	depth   int
}

// at is a track at a place, at a step.
func (s step) at(t track, p place) pass { return pass{t, p, s.payload, s.depth} }

// chart draws what a family measured at a place.
func (x exchanges) chart(f family, p place, steps []step, k kind, unit, what string) chart {
	c := chart{title: f.where(p), ink: inkText, sub: p.detail(), ends: true, x: axis{log: true}, y: axis{log: true, kind: k}}
	for _, s := range steps {
		c.x.at, c.x.names = append(c.x.at, s.x), append(c.x.names, s.name)
	}
	for _, t := range f.tracks {
		curve := t.curve()
		for _, s := range x.asked(t, p, steps) {
			e := x.level(s.at(t, p), unit)
			curve.marks = append(curve.marks, mark{s.x, e, t.over() + ", " + s.name + ": " + k.phrase(e) + what})
		}
		c.curves = append(c.curves, curve)
	}
	for _, t := range f.bare {
		ours := slices.ContainsFunc(f.tracks, func(o track) bool { return o.transport == t.transport })
		c.guides = append(c.guides, x.grey(t, ours, p, steps, unit)...)
	}
	return c
}

// charts draws a family at every place where there is a number.
func (x exchanges) charts(f family, at []place, steps []step, k kind, unit, what string) []drawing {
	var charts []chart
	steps = x.stepsOf(f, steps)
	for _, p := range at {
		if c := x.chart(f, p, steps, k, unit, what); len(c.values()) > 0 {
			charts = append(charts, c)
		}
	}
	return sameHeights(charts)
}

// asked keeps the steps at which the file was to measure a track at a place: a
// line is broken where a number is missing, not where nobody asked for one.
func (x exchanges) asked(t track, p place, steps []step) []step {
	return slices.DeleteFunc(slices.Clone(steps), func(s step) bool {
		_, known := x.cells[s.at(t, p)]
		return !known
	})
}

// stepsOf keeps the steps at which the file has any track of a family, and that
// have a place on a logarithmic axis: a payload may be spelled as no size.
func (x exchanges) stepsOf(f family, steps []step) []step {
	return slices.DeleteFunc(slices.Clone(steps), func(s step) bool {
		return s.x <= 0 || !slices.ContainsFunc(x.passes, func(p pass) bool {
			return p.payload == s.payload && p.depth == s.depth && slices.Contains(f.tracks, p.track)
		})
	})
}

// sameHeights puts charts on one range of heights, so that they compare.
func sameHeights(charts []chart) []drawing {
	var heights []float64
	for _, c := range charts {
		heights = append(heights, c.values()...)
	}
	var out []drawing
	for _, c := range charts {
		if len(heights) > 0 {
			c.y.holds = []float64{slices.Min(heights), slices.Max(heights)}
		}
		out = append(out, c)
	}
	return out
}

// curve is a track's curve without marks.
func (t track) curve() curve {
	look := bearer(t.transport)
	c := curve{style: look, name: t.over(), short: look.short}
	if t.codec != "" && t.codec != "raw" {
		c.short += ", " + shorten(t.codec)
	}
	return c
}

// grey is a bare mechanism as a grey line, broken where a number is missing,
// and named at its last end if no transport of ours has its name.
func (x exchanges) grey(t track, ours bool, p place, steps []step, unit string) []guide {
	var out []guide
	joined := false
	for _, s := range x.asked(t, p, steps) {
		v := x.level(s.at(t, p), unit).Value
		if !(v > 0) {
			joined = false
			continue
		}
		if !joined {
			out = append(out, guide{})
		}
		joined = true
		last := &out[len(out)-1]
		last.at = append(last.at, [2]float64{s.x, v})
	}
	if n := len(out); n > 0 && !ours {
		last := &out[n-1]
		last.name, last.short = bearer(t.transport).words, last.at[len(last.at)-1][0] < steps[len(steps)-1].x
	}
	return out
}

// head names a track at a place in a table.
func (p pass) head() []datum {
	return []datum{word(p.over()), word(p.between()), p.track.spot(p.place)}
}

var headColumns = []string{"Over", "Between", "Where"}

// wide is a table with a row for each track at each place that passes have, and
// a column a step.
func (x exchanges) wide(id, title string, passes []pass, steps []step, k kind, unit string) table {
	t := table{ID: id, Title: title, Columns: slices.Clone(headColumns)}
	for _, s := range steps {
		t.Columns = append(t.Columns, s.name)
	}
	for _, row := range gather(passes, func(p pass) pass { return pass{track: p.track, place: p.place} }) {
		fields := row.head()
		for _, s := range steps {
			fields = append(fields, x.field(s.at(row.track, row.place), k, unit))
		}
		t.Rows = append(t.Rows, fields)
	}
	return t
}
