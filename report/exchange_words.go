package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
)

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

// where names the place of parties on a track. Goroutines are bound to no CPU:
// of several it says no more than where they may run.
func (t track) where(p place) string {
	name := lowerFirst(p.title())
	switch {
	case !t.roams(p):
	case p.pairs() > 1:
		name += " to use"
	default:
		name = "free to use " + strings.TrimPrefix(name, "across ")
	}
	return raise(name)
}

// roams tells whether parties may be on other CPUs of a place than their own.
func (t track) roams(p place) bool {
	bound := []string{result.SameCPU, result.TwoCPUs, result.TwoNodes}
	return t.model == "goroutine" && p.cores > 1 && slices.Contains(bound, p.placement)
}

// pairs is how many pairs there are at a place.
func (p place) pairs() int {
	if p.placement == result.SameCPU {
		return p.cores
	}
	return max(p.cores/2, 1)
}

// spot names the place of parties on a track in a table, as where does; how
// many pairs there are says how many cores.
func (t track) spot(p place) datum {
	names := map[string]string{result.SameCPU: "one\u00a0CPU", result.TwoCPUs: "two\u00a0CPUs", result.TwoNodes: "two\u00a0nodes"}
	name := cmp.Or(names[p.placement], "not bound")
	if t.roams(p) {
		if name = "free\u00a0to\u00a0use " + name; p.pairs() > 1 {
			name += "\u00a0a\u00a0pair"
		}
	}
	return datum{Text: name, Note: counted(p.pairs(), "pair")}
}

// detail says how many pairs are at it.
func (p place) detail() string { return counted(p.pairs(), "pair") + " on " + coresName(p.cores) }

// bearers are the looks of transports. Those within a process are drawn apart
// from those between processes, and have colours of their own all the same.
func bearers() []style {
	looks := palette()
	look := func(transport, title, words string, i int) style {
		return style{transport, title, words, words, looks[i].ink, looks[i].shape}
	}
	return []style{
		look("pipe", "Pipe", "pipe", 2),
		look("unix", "Unix socket", "Unix socket", 4),
		look("tcp", "TCP over loopback", "TCP", 3),
		look("ring", "Shared-memory ring", "ring", 1),
		look("channel", "Channel, unbuffered", "channel", 5),
		look("buffered", "Channel, buffered", "buffered", 6),
		look("cond", "Mutex and condition", "condition", 7),
		look("spsc", "Lock-free ring", "lock-free", 4),
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
	name := shorten(transport)
	return style{transport, name, name, name, palette()[0].ink, circle}
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
		return "perf bench sched"
	}
	return shorten(t.model)
}

// sentence names a pass but for its payload.
func (p pass) sentence() string {
	s := p.over() + ", " + p.between() + ", " + lowerFirst(p.where(p.place))
	if p.depth > 1 {
		s += fmt.Sprintf(", %d under way", p.depth)
	}
	return s
}
