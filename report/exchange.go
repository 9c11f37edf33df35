package report

import (
	"cmp"
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

// A family is the tracks of one figure, with bare mechanisms beside them.
type family struct {
	id, title    string
	tracks, bare []track
}

// where names a place as the family knows it.
func (f family) where(p place) string { return slices.Concat(f.tracks, []track{{}})[0].where(p) }

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
