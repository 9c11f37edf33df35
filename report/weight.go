package report

import (
	"fmt"
	"math"
	"slices"
)

// heaviest is what the page of one file may weigh, in bytes: it is kept and
// sent by mail.
const heaviest = 1_000_000

// A fill is how much of what there is a page holds: rows of a table, figures of
// a section and panels of a figure. report.json and the pictures hold the rest.
type fill struct{ rows, drawn int }

// fills are tried one after the other until the page is light enough.
func fills() []fill {
	return []fill{{math.MaxInt, mostDrawn}, {500, 12}, {200, 9}, {100, 6}, {50, 6}, {50, 4}, {50, 3}, {25, 4}, {25, 3}, {25, 2}, {10, 3}, {10, 2}, {5, 1}}
}

// within returns the chapter with no more than fits.
func (c chapter) within(f fill) chapter {
	c.Sections = slices.Clone(c.Sections)
	for i := range c.Sections {
		c.Sections[i] = c.Sections[i].within(f)
	}
	return c
}

func (s section) within(f fill) section {
	if all := len(s.figures); all > f.drawn {
		s.figures = s.figures[:f.drawn]
		s.Text = append(slices.Clone(s.Text), fmt.Sprintf("The first %d of %d figures stand here; the others are pictures beside this page.", f.drawn, all))
	}
	s.figures = slices.Clone(s.figures)
	for i := range s.figures {
		if g := &s.figures[i]; len(g.charts) > f.drawn {
			g.text += fmt.Sprintf(" %d of %d panels stand here; the picture beside this page has the others.", f.drawn, len(g.charts))
			g.charts = evenly(g.charts, f.drawn)
		}
	}
	s.Tables = slices.Clone(s.Tables)
	for i := range s.Tables {
		s.Tables[i] = s.Tables[i].within(f)
	}
	return s
}

// evenly keeps so many of a list, from its first to its last: of panels of core
// counts the fewest and the most say more than the first few.
func evenly[T any](list []T, n int) []T {
	out := list[:0:0]
	for i := range n {
		out = append(out, list[i*(len(list)-1)/max(n-1, 1)])
	}
	return out
}

func (t table) within(f fill) table {
	if all := len(t.Rows); all > f.rows {
		t.Rows, t.all = t.Rows[:f.rows], all
	}
	return t
}

// Count is the number of rows, for the page.
func (t table) Count() string {
	if t.all > 0 {
		return fmt.Sprintf("%d of %d", len(t.Rows), t.all)
	}
	return fmt.Sprint(len(t.Rows))
}
