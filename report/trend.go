package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// A Trend is one quantity of one cell over runs of one machine, in the order of
// their time.
type Trend struct {
	Machine string
	Cell    result.Cell
	Unit    string // of the medians
	Runs    []TrendRun
}

// A TrendRun is what one run says of a trend.
type TrendRun struct {
	Start   string // in RFC 3339
	Version string // of what was measured
	Level   scaling.Estimate
	Change  string // how it stands to the run before: Better, Worse, or "" where neither can be said
}

// How a run may stand to the one before.
const (
	Better = "better"
	Worse  = "worse"
)

// WriteTrends writes a page that needs no other file: machine by machine a
// figure for each kind of work, a panel for each of its cells, and a table with
// the same numbers. Trends of one machine stand together.
func WriteTrends(w io.Writer, trends []Trend) error {
	s := leaflet{Title: "Trend by machine", Lead: []string{
		"The median of every stored run with its 95% interval, runs in the order of their time and evenly spaced. Squares are runs that are better or worse than the one before: the intervals are apart, and the medians further than two runs of one build have been.",
	}}
	ids := names{}
	for len(trends) > 0 {
		here := prefix(trends, func(t Trend) bool { return t.Machine == trends[0].Machine })
		trends = trends[len(here):]
		s.Parts = append(s.Parts, trendPart(here, ids))
	}
	return s.write(w)
}

// prefix is the first of a list as long as is holds.
func prefix[T any](list []T, is func(T) bool) []T {
	n := slices.IndexFunc(list, func(t T) bool { return !is(t) })
	if n < 0 {
		return list
	}
	return list[:n]
}

// trendPart is the trends of one machine.
func trendPart(trends []Trend, ids names) leafletPart {
	p := leafletPart{ID: ids.unique("machine-" + slug(trends[0].Machine)), Title: shorten(trends[0].Machine)}
	var models []string
	for _, t := range trends {
		models = append(models, t.Cell.Model)
	}
	looks := newStyles(models)
	var works []work
	for _, t := range trends {
		works = addTo(works, t)
	}
	for i, x := range works {
		f, t := x.figure(looks), x.table(looks)
		f.id, t.ID = ids.unique("figure-"+f.id), ids.unique("table-"+t.ID)
		if i == mostDrawn {
			p.Text = append(p.Text, fmt.Sprintf("The first %d of %d kinds of work are drawn; the tables hold all.", mostDrawn, len(works)))
		}
		v := shown{Table: tableView{t.ID, t}}
		if i < mostDrawn {
			v.Figure = newLeafletFigure(f)
		}
		p.Shown = append(p.Shown, v)
	}
	return p
}

// A work is the trends of all cells that do the same, in one unit.
type work struct {
	point
	other, unit string
	trends      []Trend
}

func addTo(works []work, t Trend) []work {
	w := work{point: pointOf(t.Cell), other: t.Cell.Other, unit: t.Unit}
	i := slices.IndexFunc(works, func(x work) bool { return x.point == w.point && x.other == w.other && x.unit == w.unit })
	if i < 0 {
		i, works = len(works), append(works, w)
	}
	works[i].trends = append(works[i].trends, t)
	return works
}

// title names the work, with the parts of a benchmark's name that only its
// author understands.
func (x work) title() string {
	if x.other == "" {
		return x.point.String()
	}
	return shorten(x.point.String() + ", " + x.other)
}

// kindOf is how medians of a unit are written.
func kindOf(unit string) kind {
	switch {
	case strings.HasSuffix(unit, "/s"):
		return rate
	case strings.HasPrefix(unit, "ns"):
		return duration
	}
	return plain
}

// per follows a number that is written by its kind.
func per(unit string) string {
	if kindOf(unit) == duration {
		return " per " + strings.TrimPrefix(unit, "ns/")
	}
	return " " + unit
}

// figure has a panel a cell.
func (x work) figure(looks styles) figure {
	good := "less is better"
	if strings.HasSuffix(x.unit, "/s") {
		good = "more is better"
	}
	first, last := x.span()
	f := figure{id: x.id(), title: x.title(), text: fmt.Sprintf("Medians in %s from %s to %s, %s. The scale is logarithmic and spans a factor of two at least.", x.unit, first, last, good)}
	drawn := x.trends
	if len(drawn) > mostDrawn {
		drawn = drawn[:mostDrawn]
		f.text += fmt.Sprintf(" The first %d of %d cells are drawn; the table holds all.", mostDrawn, len(x.trends))
	}
	for _, t := range drawn {
		f.charts = append(f.charts, t.chart(looks))
	}
	return f
}

// span is the dates of the first and the last run.
func (x work) span() (first, last string) {
	for _, t := range x.trends {
		for _, r := range t.Runs {
			day := r.on(time.DateOnly)
			if first == "" || day < first {
				first = day
			}
			last = max(last, day)
		}
	}
	return first, last
}

// name is who does the work of the trend.
func (t Trend) name(looks styles) string {
	if t.Cell.Model == "" {
		return shorten(t.Cell.Workload)
	}
	name := looks[t.Cell.Model].title
	if v := (line{cell: t.Cell}).variant(); v != "" {
		name += ", " + v
	}
	return name
}

// chart is the trend's panel.
func (t Trend) chart(looks styles) chart {
	look, k := looks[t.Cell.Model], kindOf(t.Unit)
	last := t.Runs[len(t.Runs)-1].Level
	c := chart{
		title: t.name(looks), ink: look.ink, x: axis{}, y: axis{log: true, kind: k},
		sub: fmt.Sprintf("%s: %s%s", coresName(t.Cell.Cores), k.value(last.Value), per(t.Unit)),
	}
	all := curve{style: look, name: c.title}
	better := curve{style: style{title: Better, ink: inkYes, shape: square}, loose: true}
	worse := curve{style: style{title: Worse, ink: inkNo, shape: square}, loose: true}
	for i, r := range t.Runs {
		c.x.at = append(c.x.at, float64(i+1))
		c.x.names = append(c.x.names, r.on("Jan 2"))
		m := mark{x: float64(i + 1), y: r.Level, title: t.says(i)}
		if all.marks = append(all.marks, m); r.Change == Better {
			better.marks = append(better.marks, m)
		} else if r.Change == Worse {
			worse.marks = append(worse.marks, m)
		}
	}
	c.curves = []curve{all, better, worse}
	return c
}

// says is what the pointer is told of a run.
func (t Trend) says(i int) string {
	r := t.Runs[i]
	s := fmt.Sprintf("%s, %s: %s%s", shorten(r.Start), shorten(r.Version), kindOf(t.Unit).phrase(r.Level), per(t.Unit))
	if r.Change != "" {
		s += ", " + r.Change + " than before: " + ratio.value(t.step(i))
	}
	return s
}

// step is how many times the median before a run's is, NaN for the first.
func (t Trend) step(i int) float64 {
	if i == 0 {
		return math.NaN()
	}
	return t.Runs[i].Level.Value / t.Runs[i-1].Level.Value
}

// on is the date of a run in a layout.
func (r TrendRun) on(layout string) string {
	at, err := time.Parse(time.RFC3339, r.Start)
	if err != nil {
		return missing
	}
	return at.UTC().Format(layout)
}

// table holds every number of the work.
func (x work) table(looks styles) table {
	t := table{ID: x.id(), Title: "All runs of " + x.title(), Columns: []string{"Who", "Cores", "Run", "Build", "Median in " + x.unit, "Against the one before", "Change"}}
	for _, trend := range x.trends {
		for i, r := range trend.Runs {
			step := gap("the first")
			if i > 0 {
				step = exact(ratio, trend.step(i))
			}
			t.Rows = append(t.Rows, []datum{
				word(trend.name(looks)), exact(plain, float64(trend.Cell.Cores)), word(shorten(r.Start)), word(shorten(r.Version)),
				measured(kindOf(x.unit), r.Level, ""), step, word(r.Change),
			})
		}
	}
	return t
}
