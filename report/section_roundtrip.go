package report

import (
	"slices"

	"github.com/nonrev/nonrev/internal/result"
)

// roundTrips shows how the time of a message is distributed.
func roundTrips(d *dataset) section {
	x := d.exchanges()
	timed := x.ways(func(p pass) bool { return p.depth == 1 && d.pooled(x.cells[p]) != nil })
	if len(timed) == 0 {
		return section{}
	}
	sizes := shownSizes(timed)
	s := section{ID: "round-trips", Title: "How long a round trip takes at worst", Text: []string{
		"Round trips of the clocked third of each sample, one message under way, all rounds together, from histograms of three digits. A quantile is told where ten round trips or more lie beyond it; its interval is a bootstrap over rounds, nominally of 95%. Told are messages of " + list(payloadNames(sizes)) + ".",
	}}
	for _, f := range x.families() {
		fig := figure{
			id: "round-trips-" + f.id, title: "Round trips of " + payloadName(sizes[0]) + " by rarity, " + f.title, named: true, roomy: true, table: "round-trips",
			text: "Time within which so many of all round trips were done, logarithmic, one range of heights: beyond 99% lies one in a hundred. Max, the longest of all, stands apart: the more round trips, the longer.",
		}
		var charts []chart
		for _, p := range places(timed) {
			if c := x.raritiesOf(f, p, sizes[0]); len(c.curves) > 0 {
				charts = append(charts, c)
			}
		}
		fig.charts = sameHeights(charts)
		s.figures = append(s.figures, fig)
	}
	s.Tables = []table{x.quantileTable(slices.DeleteFunc(timed, func(p pass) bool { return !slices.Contains(sizes, p.payload) }))}
	return s
}

func payloadNames(sizes []string) []string {
	var out []string
	for _, s := range sizes {
		out = append(out, payloadName(s))
	}
	return out
}

// raritiesOf draws a family's quantiles at a place.
func (x exchanges) raritiesOf(f family, at place, payload string) chart {
	c := chart{title: f.where(at), ink: inkText, sub: at.detail(), y: axis{log: true, kind: duration}, ends: true}
	var pools []*requests
	for _, t := range f.tracks {
		r := x.pooled(x.cells[pass{t, at, payload, 1}])
		if r == nil || r.err != nil || r.total == 0 {
			continue
		}
		c.curves, pools = append(c.curves, t.curve()), append(pools, r)
	}
	rarities(&c, pools)
	return c
}

func (x exchanges) quantileTable(passes []pass) table {
	t := table{ID: "round-trips", Title: "Quantiles of round trips", Columns: append(slices.Clone(headColumns), "Payload", "p50", "p90", "p99", "p99.9", "p99.99", "Worst of a sample, median", "Longest of all", "Round trips pooled")}
	for _, p := range passes {
		c := x.cells[p]
		status, r := x.status(c), x.pooled(c)
		row := append(p.head(), word(payloadName(p.payload)))
		for _, n := range nines {
			row = append(row, measured(duration, r.quantile(n.q), status))
		}
		longest := gap("no histogram")
		if r.err == nil && r.total > 0 {
			longest = exact(duration, r.longest())
		}
		t.Rows = append(t.Rows, append(row, x.field(p, duration, result.MaxNS), longest, exact(plain, float64(r.total))))
	}
	return t
}
