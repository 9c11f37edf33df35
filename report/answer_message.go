package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// A timed is a track with what a round trip over it takes.
type timed struct {
	pass
	scaling.Estimate
}

// fastest are the round trips of one pair over each track of a family at a
// place, the shortest first, of the smallest payload. Those that are not told
// apart from the first are counted in ties; unsure says why some cannot be
// compared with it.
func (x exchanges) fastest(f family, at place) (trips []timed, ties int, unsure string) {
	sizes := payloadsOf(x.where(func(p pass) bool { return p.depth == 1 && slices.Contains(f.tracks, p.track) }))
	for _, t := range f.tracks {
		p := pass{t, at, slices.Concat(sizes, []string{""})[0], 1}
		if e := x.level(p, result.WallNS); e.N > 0 {
			trips = append(trips, timed{p, e})
		}
	}
	slices.SortStableFunc(trips, func(a, b timed) int { return cmp.Compare(a.Value, b.Value) })
	for i, t := range trips {
		first, other := x.column(x.cells[trips[0].pass], result.WallNS), x.column(x.cells[t.pass], result.WallNS)
		switch e := scaling.Ratio(other, first); {
		case e.Confidence == 0:
			unsure = noInterval(e.N)
		case i > 0 && !e.Above(1):
			ties++
		}
	}
	return trips, ties, unsure
}

// onePair are the places of a single pair, at one message under way.
func (x exchanges) onePair() []place {
	all := places(x.where(func(p pass) bool { return p.depth == 1 && p.set == "" }))
	return slices.DeleteFunc(all, func(p place) bool { return p.pairs() > 1 })
}

// messageHeadline tells the shortest round trip between processes at each
// place; "" if none was measured.
func (d *dataset) messageHeadline() string {
	x := d.exchanges()
	var parts []string
	var payload, why string
	for _, f := range x.families() {
		for _, at := range x.onePair() {
			trips, ties, unsure := x.fastest(f, at)
			if f.id != "between" || len(trips) == 0 {
				continue
			}
			if unsure != "" {
				why = unsure
				continue
			}
			payload = payloadName(trips[0].payload)
			var names []string
			for _, t := range trips[:ties+1] {
				names = append(names, t.curve().short)
			}
			parts = append(parts, fmt.Sprintf("%s %s (%s)", duration.value(trips[0].Value), lowerFirst(at.title()), strings.Join(names, " or ")))
		}
	}
	switch {
	case len(parts) == 0 && why != "":
		return "No answer on what a message costs: " + why
	case len(parts) == 0:
		return ""
	}
	return "A message of " + payload + " to another process and its answer take at best " + list(parts)
}

// aboutMessages tells whether the first screen is about pairs that pass
// messages: some were measured, and no work at several task sizes.
func (d *dataset) aboutMessages() bool {
	sized := slices.ContainsFunc(d.jobs, func(j point) bool { return len(d.grains(j)) > 1 })
	return !sized && d.messageHeadline() != ""
}

// roundTripWords tell every round trip of one pair, a sentence a family.
func (d *dataset) roundTripWords() []string {
	x := d.exchanges()
	var out []string
	for _, f := range x.families() {
		var at []string
		var payload string
		for _, p := range x.onePair() {
			trips, _, _ := x.fastest(f, p)
			var parts []string
			for _, t := range trips {
				payload = payloadName(t.payload)
				parts = append(parts, t.curve().short+" "+duration.phrase(t.Estimate))
			}
			if len(parts) > 0 {
				at = append(at, lowerFirst(f.where(p))+" "+list(parts))
			}
		}
		if len(at) > 0 {
			out = append(out, sentence("round trips of "+payload+" "+f.title+": "+strings.Join(at, "; ")))
		}
	}
	return out
}

// messageFigure is the chart of the first screen where pairs that pass messages
// are all that was measured: between processes, as far apart as was measured.
func (d *dataset) messageFigure() (figure, bool) {
	x := d.exchanges()
	single := x.where(func(p pass) bool { return p.depth == 1 && p.set == "" })
	for _, f := range x.families() {
		for _, at := range slices.Backward(x.onePair()) {
			c := x.chart(f, at, x.stepsOf(f, bySize(single)), duration, result.WallNS, " a message")
			if f.id != "between" || len(c.values()) == 0 {
				continue
			}
			c.title, c.sub = "", at.title()+", "+at.detail()+"; logarithmic scales"
			return figure{
				id: "answer", title: "Time of a message to another process and its answer, against its payload", wide: true, charts: []drawing{c}, table: "message",
				text: "Points: medians of " + counted(d.rounds, "round") + d.lessVoid() + ". Whiskers: 95% intervals, often smaller than the point. Grey: the bare mechanism in Go, under a coloured line its own.",
			}, true
		}
	}
	return figure{}, false
}
