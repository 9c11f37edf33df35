package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// A contender is one of those that are compared.
type contender struct {
	name, model string
	times       [][]float64 // what a task, or a message, takes: by spot, by round
	cells       []result.Cell
}

// contend takes a line's parts together on n cores, or says why it cannot.
func (d *dataset) contend(l line, spots []spot, n int) (contender, string) {
	c := contender{name: d.words(l), model: l.cell.Model}
	for _, s := range spots {
		var columns [][]float64
		for _, t := range s.terms {
			cell, reason := d.part(l, t.point, n)
			if reason != "" {
				return c, t.point.String() + ": " + reason
			}
			if !slices.Contains(c.cells, cell) {
				c.cells = append(c.cells, cell)
			}
			columns = append(columns, d.column(cell, result.TaskRate))
		}
		sum := func(rates []float64) float64 {
			var ns float64
			for i, r := range rates {
				ns += s.terms[i].sign * 1e9 / r
			}
			return ns
		}
		times := scaling.Combine(sum, columns...)
		switch e := scaling.Level(times); {
		case e.N == 0:
			return c, s.name + ": no round has all parts"
		case slices.ContainsFunc(times, func(t float64) bool { return t <= 0 || math.IsInf(t, 0) }):
			return c, s.name + ": the parts of some round make no time"
		}
		c.times = append(c.times, times)
	}
	return c, ""
}

// part is the cell of a line's model at another point on n cores, in the same
// form, or why it gives no number. A model of one loop may have been measured on
// fewer cores only, which is the same to it unless helpers share them.
func (d *dataset) part(l line, p point, n int) (result.Cell, string) {
	var c result.Cell
	if l.cell.Model == result.Serial {
		c = d.serial(p)
	} else {
		lines := d.lines(p)
		i := slices.IndexFunc(lines, func(o line) bool { return o.cell.Model == l.cell.Model && form(o) == form(l) })
		if i < 0 {
			return c, "not in this file" + d.instead(l, p)
		}
		c = lines[i].at(n)
		if !d.known[c] && d.oneLoop(l) && c.Helpers == "" {
			c = lines[i].at(d.judged(lines[i])[0])
		}
	}
	switch reason := d.status(c); {
	case !d.known[c]:
		return c, "not in this file"
	case reason != "":
		return c, reason
	case !d.has(c, result.TaskRate):
		return c, "measured without " + result.TaskRate
	}
	return c, ""
}

// instead tells in what form the file has a line's model at a point instead.
func (d *dataset) instead(l line, p point) string {
	if v := d.defaultLine(l.cell.Model, p).variant(); v != "" {
		return " in the same form, but with " + v
	}
	return ""
}

// form is the variant without the codec, which comes with the values of a work.
func form(l line) string {
	l.cell.Codec = ""
	return l.variant()
}

// leads are how many times as much a does as b in the same time, by spot.
func leads(a, b contender) []scaling.Estimate {
	var out []scaling.Estimate
	for i := range a.times {
		out = append(out, scaling.Ratio(b.times[i], a.times[i]))
	}
	return out
}

// worst is the lead that says least.
func worst(leads []scaling.Estimate) scaling.Estimate {
	return slices.MinFunc(leads, func(a, b scaling.Estimate) int {
		return cmp.Or(cmp.Compare(a.Low, b.Low), cmp.Compare(a.Value, b.Value))
	})
}

// contest puts the best first, then the others by what they do against it. One
// stays the best until another does more against it, at its own worst spot, than
// it does against the other: whoever is better than each of the others is found
// in whatever order they come.
func contest(all []contender) ([]Standing, Verdict) {
	best := 0
	for i := range all {
		if i == best {
			continue
		}
		over := leads(all[i], all[best])
		if worst(over).Value > worst(inverses(over)).Value {
			best = i
		}
	}
	var out []Standing
	for i, c := range all {
		s := Standing{Name: c.name, Model: c.model}
		for _, cell := range c.cells {
			s.Cells = append(s.Cells, cell.Name())
		}
		if i != best {
			s.Leads = leads(all[best], c)
			s.Worst = worst(s.Leads)
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(len(a.Leads), len(b.Leads)), cmp.Compare(a.Worst.Value, b.Worst.Value))
	})
	return out, verdictOn(out)
}

// inverse is the ratio the other way round.
func inverse(e scaling.Estimate) scaling.Estimate {
	e.Value, e.Low, e.High = 1/e.Value, 1/e.High, 1/e.Low
	return e
}

func inverses(all []scaling.Estimate) []scaling.Estimate {
	var out []scaling.Estimate
	for _, e := range all {
		out = append(out, inverse(e))
	}
	return out
}

// verdictOn says how sure it is that the first is the best.
func verdictOn(s []Standing) Verdict {
	if len(s) < 2 {
		return Undecided
	}
	v := Decided
	for _, o := range s[1:] {
		switch {
		case slices.ContainsFunc(o.Leads, func(e scaling.Estimate) bool { return e.Confidence == 0 }):
			return Undecided
		case slices.ContainsFunc(o.Leads, func(e scaling.Estimate) bool { return e.Below(1) }):
			v = Turns
		case !o.Worst.Above(1) && v == Decided:
			v = Same
		}
	}
	return v
}
