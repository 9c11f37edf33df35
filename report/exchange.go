package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// A track is one way of passing messages: between whom, over what, how
// encoded, and what settings say of the messages.
type track struct{ model, transport, codec, set string }

// A place is where the parties of every pair are, with the cores of all pairs.
type place struct {
	placement string
	cores     int
}

// A pass is an exchange cell taken apart.
type pass struct {
	track
	place
	payload string
	depth   int // messages of a pair under way at once
}

func passOf(c result.Cell) pass {
	t := track{c.Model, cmp.Or(c.Transport, "pipe"), c.Codec, c.Set}
	if c.Model == "subprocess" { // nobody else has a default
		t.codec = cmp.Or(c.Codec, "binary")
	}
	return pass{t, place{c.Placement, c.Cores}, c.Payload, max(c.InFlight, 1)}
}

// exchanges are the cells of a file in which pairs pass messages.
type exchanges struct {
	*dataset
	cells  map[pass]result.Cell
	passes []pass // by who passes messages, else in the order of the file
}

func (d *dataset) exchanges() exchanges {
	x := exchanges{dataset: d, cells: map[pass]result.Cell{}}
	for _, c := range d.cells {
		if c.Workload == result.Exchange {
			p := passOf(c)
			x.cells[p] = c
			x.passes = append(x.passes, p)
		}
	}
	slices.SortStableFunc(x.passes, func(a, b pass) int { return cmp.Compare(a.rank(), b.rank()) })
	return x
}

// rank is the order of who passes messages: ours, then the bare mechanism.
func (t track) rank() int {
	order := []string{"subprocess", "goroutine", result.RawGo, result.RawC, perf}
	if i := slices.Index(order, t.model); i >= 0 {
		return i
	}
	return len(order)
}

// level estimates a unit of a pass.
func (x exchanges) level(p pass, unit string) scaling.Estimate {
	return x.dataset.level(x.cells[p], unit)
}

// field is a unit of a pass as a field of a table, empty where the file was not
// to measure it.
func (x exchanges) field(p pass, k kind, unit string) datum {
	c, asked := x.cells[p]
	switch status := x.status(c); {
	case !asked, status == "" && !x.has(c, unit):
		return word("")
	default:
		return measured(k, x.level(p, unit), status)
	}
}

// gather lists what passes have, each once, in their order.
func gather[T comparable](passes []pass, of func(pass) T) []T {
	var out []T
	seen := map[T]bool{}
	for _, p := range passes {
		if v := of(p); fresh(seen, v) {
			out = append(out, v)
		}
	}
	return out
}

// where keeps some passes.
func (x exchanges) where(keep func(pass) bool) []pass {
	return slices.DeleteFunc(slices.Clone(x.passes), func(p pass) bool { return !keep(p) })
}

// places are those of passes, one CPU before two, few cores before many.
func places(passes []pass) []place {
	out := gather(passes, func(p pass) place { return p.place })
	far := []string{result.SameCPU, result.TwoCPUs, result.TwoNodes}
	slices.SortStableFunc(out, func(a, b place) int {
		return cmp.Or(cmp.Compare(slices.Index(far, a.placement), slices.Index(far, b.placement)), cmp.Compare(a.cores, b.cores))
	})
	return out
}

// payloadsOf are the sizes of passes, smallest first.
func payloadsOf(passes []pass) []string {
	out := gather(passes, func(p pass) string { return p.payload })
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(size(a), size(b)) })
	return out
}

// shownSizes are the payloads of which more is told than the time.
func shownSizes(passes []pass) []string {
	sizes := payloadsOf(passes)
	if some := slices.DeleteFunc(slices.Clone(sizes), func(s string) bool { return !slices.Contains([]string{"64B", "64KiB", "1MiB"}, s) }); len(some) > 0 {
		return some
	}
	return sizes[:min(len(sizes), 3)]
}

// title names a place.
func (p place) title() string {
	names := map[string][2]string{
		result.SameCPU:  {"On one CPU", "One CPU a pair"},
		result.TwoCPUs:  {"Across two CPUs", "Two CPUs a pair"},
		result.TwoNodes: {"Across two nodes", "Two nodes a pair"},
	}
	name, known := names[p.placement]
	switch {
	case !known:
		return "Not bound to CPUs"
	case p.pairs() > 1:
		return name[1]
	}
	return name[0]
}

// pairs is how many pairs there are at a place.
func (p place) pairs() int {
	if p.placement == result.SameCPU {
		return p.cores
	}
	return max(p.cores/2, 1)
}

// short names a place in a table; how many pairs there are says how many cores.
func (p place) short() datum {
	names := map[string]string{result.SameCPU: "one\u00a0CPU", result.TwoCPUs: "two\u00a0CPUs", result.TwoNodes: "two\u00a0nodes"}
	return datum{Text: cmp.Or(names[p.placement], "not bound"), Note: counted(p.pairs(), "pair")}
}

// detail says how many pairs are at it.
func (p place) detail() string { return counted(p.pairs(), "pair") + " on " + coresName(p.cores) }

// bearers are the looks of transports. Those within a process are drawn apart
// from those between processes, and have colours of their own all the same.
func bearers() []style {
	looks := palette()
	look := func(transport, title, words string, i int) style {
		return style{transport, title, words, looks[i].ink, looks[i].shape}
	}
	return []style{
		look("pipe", "Pipe", "pipe", 2),
		look("unix", "Unix socket", "Unix socket", 4),
		look("tcp", "TCP over loopback", "TCP", 3),
		look("ring", "Shared-memory ring", "ring", 1),
		look("channel", "Channel, unbuffered", "channel", 5),
		look("buffered", "Channel, buffered", "buffered", 6),
		look("cond", "Mutex and condition", "condition", 7),
		look("spsc", "Lock-free ring", "lock-free", 1),
		look("handover", "Cache line handed over", "hand-over", 0),
		look("futex", "Futex", "futex", 0),
		look("memcpy", "memcpy", "memcpy", 0),
	}
}

// bearer is the look of a transport; one that is not known is grey.
func bearer(transport string) style {
	looks := bearers()
	if i := slices.IndexFunc(looks, func(s style) bool { return s.model == transport }); i >= 0 {
		return looks[i]
	}
	return style{transport, shorten(transport), shorten(transport), palette()[0].ink, circle}
}

// over names what a track goes over, with its encoding where it has one.
func (t track) over() string {
	s := bearer(t.transport).title
	if t.codec != "" && t.codec != "raw" {
		s += ", " + shorten(t.codec)
	}
	if t.set != "" {
		s += ", " + shorten(t.set)
	}
	return s
}

// between names who passes messages on a track.
func (t track) between() string {
	switch t.model {
	case "subprocess":
		return "two processes"
	case "goroutine":
		return "two goroutines"
	case result.RawGo:
		return "bare, Go"
	case result.RawC:
		return "bare, C"
	case perf:
		return "perf bench sched pipe"
	}
	return shorten(t.model)
}

// sentence names a pass but for its payload.
func (p pass) sentence() string {
	s := p.over() + ", " + p.between() + ", " + lowerFirst(p.place.title())
	if p.depth > 1 {
		s += fmt.Sprintf(", %d under way", p.depth)
	}
	return s
}

// A family is the tracks of one figure, with bare mechanisms beside them.
type family struct {
	id, title    string
	tracks, bare []track
}

// families are the tracks on which plain bytes go between processes, and within
// one.
func (x exchanges) families() []family {
	flat := gather(x.where(func(p pass) bool { return p.set == "" }), func(p pass) track { return p.track })
	of := func(model string) []track {
		return slices.DeleteFunc(slices.Clone(flat), func(t track) bool { return t.model != model })
	}
	bare := of(result.RawGo)
	within := slices.DeleteFunc(slices.Clone(bare), func(t track) bool {
		return !slices.Contains([]string{"handover", "futex", "memcpy"}, t.transport)
	})
	out := []family{
		{"between", "between two processes", leastEncoded(of("subprocess")), bare},
		{"within", "within one process", leastEncoded(of("goroutine")), within},
	}
	return slices.DeleteFunc(out, func(f family) bool { return len(f.tracks) == 0 })
}

// ways are the passes of plain bytes on the tracks of families, and of what
// stands beside them: every pass but those that are there for their encoding.
func (x exchanges) ways(keep func(pass) bool) []pass {
	var ours []track
	for _, f := range x.families() {
		ours = append(ours, f.tracks...)
	}
	return x.where(func(p pass) bool {
		return p.set == "" && (p.model != "subprocess" || slices.Contains(ours, p.track)) && keep(p)
	})
}

// leastEncoded keeps one track a transport: raw bytes, else its first.
func leastEncoded(tracks []track) []track {
	var out []track
	for _, t := range tracks {
		switch i := slices.IndexFunc(out, func(o track) bool { return o.transport == t.transport }); {
		case i < 0:
			out = append(out, t)
		case t.codec == "raw":
			out[i] = t
		}
	}
	return out
}

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
	c := chart{title: p.title(), ink: inkText, sub: p.detail(), ends: true, x: axis{log: true}, y: axis{log: true, kind: k}}
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

// stepsOf keeps the steps at which the file has any track of a family.
func (x exchanges) stepsOf(f family, steps []step) []step {
	return slices.DeleteFunc(slices.Clone(steps), func(s step) bool {
		return !slices.ContainsFunc(x.passes, func(p pass) bool {
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
	c := curve{style: look, name: t.over(), short: look.words}
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
		out[n-1].name = bearer(t.transport).words
	}
	return out
}

// head names a track at a place in a table.
func (p pass) head() []datum {
	return []datum{word(p.over()), word(p.between()), p.place.short()}
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
