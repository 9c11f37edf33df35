package report

import (
	"slices"

	"github.com/nonrev/nonrev/internal/result"
)

// messages shows what a message costs between two parties, by its payload.
func messages(d *dataset) section {
	s := section{ID: "message", Title: "What a message costs"}
	x := d.exchanges()
	if len(x.passes) == 0 {
		s.Text = []string{"No pair that passes messages was measured: not in this profile."}
		return s
	}
	s.Text = []string{
		"Two parties without a crew: a payload goes there and a word of 16 bytes comes back, which proves that the payload came whole; the receiver touches every page of it. The time of a message is the wall time of that round trip, one message under way at a time. " +
			"On one CPU the two take turns; across two each has its own. Goroutines are bound to nothing: they may use those CPUs, and the scheduler often has both on one. With several pairs all cores are at it, and the time is that of one pair.",
		"A grey line is the bare mechanism: under a coloured one the same system calls in Go with nothing around them; futex is a wait for a word in shared memory, a hand-over is a cache line written and read by spinning, memcpy one CPU that copies the payload into a buffer of 256 KiB while nobody answers. A short stroke is one size alone. Within a process nothing is copied: ownership goes over, so the payload costs what it costs to read.",
	}
	single := x.where(func(p pass) bool { return p.depth == 1 && p.set == "" })
	steps := bySize(single)
	for _, f := range x.families() {
		s.figures = append(s.figures, figure{
			id: "message-" + f.id, title: "Time of a message against its payload, " + f.title, named: true, roomy: true, table: "message",
			text:   "One message under way a pair, logarithmic scales, one range of heights. Whiskers: 95% intervals. Grey: the bare mechanism.",
			charts: x.charts(f, places(single), steps, duration, result.WallNS, " a message"),
		})
	}
	s.Tables = []table{x.wide("message", "Time of a message, by payload", single, steps, duration, result.WallNS)}
	return s
}

// bySize has a step for each payload of passes with one message under way.
func bySize(passes []pass) []step {
	var out []step
	for _, p := range payloadsOf(passes) {
		out = append(out, step{size(p), payloadName(p), p, 1})
	}
	return out
}

// depths shows what it brings to have several messages under way.
func depths(d *dataset) section {
	x := d.exchanges()
	several := x.where(func(p pass) bool { return p.depth > 1 && p.set == "" })
	if len(several) == 0 {
		return section{}
	}
	s := section{ID: "depth", Title: "Several messages under way", Text: []string{
		"The same pairs with more than one message under way at once: a party sends until so many answers are out. What is gained is the waiting; what is left is what each message costs to handle. Messages a second are those of all pairs.",
	}}
	deep := map[pass]bool{}
	for _, p := range several {
		deep[pass{track: p.track, place: p.place, payload: p.payload}] = true
	}
	var deepest []step
	for _, payload := range payloadsOf(several) {
		passes := x.where(func(p pass) bool { p.depth = 0; return deep[p] && p.payload == payload })
		steps, name := byDepth(passes), payloadName(payload)
		if slices.Contains(shownSizes(several), payload) {
			s.figures = append(s.figures, x.depthFigures(passes, steps)...)
		}
		s.Tables = append(s.Tables, x.wide("depth-"+slug(payload), "Messages of "+name+" a second, by how many are under way", passes, steps, rate, result.OpRate))
		last := steps[len(steps)-1]
		last.name = name + ", " + last.name + " under way"
		deepest = append(deepest, last)
	}
	s.Tables = append(s.Tables, x.wide("depth-bytes", "Payload a second with the most under way", several, deepest, octets, result.ByteRate))
	return s
}

// depthFigures draw the passes of one payload.
func (x exchanges) depthFigures(passes []pass, steps []step) []figure {
	var out []figure
	payload := passes[0].payload
	for _, f := range x.families() {
		f.bare = slices.DeleteFunc(f.bare, func(t track) bool { // one that was measured with one under way alone would be a lone stroke
			return !slices.ContainsFunc(passes, func(p pass) bool { return p.track == t && p.depth > 1 })
		})
		out = append(out, figure{
			id: "depth-" + f.id + "-" + slug(payload), title: "Messages of " + payloadName(payload) + " a second, by how many are under way, " + f.title, named: true, roomy: true, table: "depth-" + slug(payload),
			text:   "Messages of all pairs a second against how many a pair has under way, logarithmic scales, one range of heights. Whiskers: 95% intervals. Grey: the bare mechanism.",
			charts: x.charts(f, places(passes), steps, rate, result.OpRate, " a second"),
		})
	}
	return out
}

// byDepth has a step for each depth of passes of one payload.
func byDepth(passes []pass) []step {
	var out []step
	depths := gather(passes, func(p pass) int { return p.depth })
	slices.Sort(depths)
	for _, n := range depths {
		out = append(out, step{float64(n), plain.value(float64(n)), passes[0].payload, n})
	}
	return out
}
