package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/nonrev/nonrev/internal/scaling"
)

// The workloads that tell what a part of a job costs.
const (
	grainWork   = "fannkuch"
	payloadWork = "handoff"
	sharedWork  = "counter"
	waitWork    = "echo"
)

// EchoInFlight is how many requests echo has in flight unless a run says
// otherwise.
const EchoInFlight = 64

// nearby is how far, as a factor, a measured size may be from the one asked for
// and stand for it alone.
const nearby = 1.5

// A spot is a job made of measured parts.
type spot struct {
	name  string
	grain sized
	terms []term // that of the task size first
}

// A term is a measured part of what a task costs; it is added, or taken off.
type term struct {
	point
	sign float64
}

func (s spot) plus(name string, terms ...term) spot {
	return spot{s.name + name, s.grain, append(slices.Clone(s.terms), terms...)}
}

// mostlyWait tells whether most tasks of the job wait.
func mostlyWait(spots []spot) bool {
	return slices.ContainsFunc(spots, func(s spot) bool {
		return slices.ContainsFunc(s.terms, func(t term) bool { return t.Workload == waitWork })
	})
}

// enclose finds the measured jobs around the one asked for, on the largest
// measured count of cores not above the one asked for at which there are such.
// Without any it says what is missing.
func (d *dataset) enclose(a *Advice) []spot {
	q, counts := a.Question, d.countsOf(grainWork)
	if len(counts) == 0 {
		a.Missing = []string{d.absent(grainWork, "what tasks of a size cost", 0)}
		return nil
	}
	most := counts[len(counts)-1]
	asked := q.Cores
	if asked == 0 {
		asked = most
	}
	for _, n := range slices.Backward(counts) {
		if n > asked {
			continue
		}
		spots, missing := d.spots(q, n)
		if len(missing) == 0 {
			a.settle(d, spots, n, asked, most)
			return spots
		}
		if a.Missing == nil {
			a.Missing = missing
		}
	}
	if a.Missing == nil {
		a.Missing = []string{fmt.Sprintf("%s: this file measured from %d on: run --cores %d", coresName(asked), counts[0], asked)}
	}
	return nil
}

// settle notes for what the advice is given.
func (a *Advice) settle(d *dataset, spots []spot, n, asked, most int) {
	a.Cores, a.Missing = n, nil
	for _, s := range spots {
		a.Spots = append(a.Spots, s.name)
	}
	a.Notes = append(a.Notes, parts(a.Question, spots, n))
	switch {
	case asked > most:
		a.Beyond = true
		note := fmt.Sprintf("%s: needs %s, and this file goes up to %d: what follows is for %d, and nothing is said beyond", coresName(asked), coresName(asked), most, n)
		if len(d.countsOf(grainWork)) >= scaling.MinCores {
			note += "; nonrev fit tells what a law makes of the counts"
		}
		a.Says = append(a.Says, note+".")
	case asked > n:
		a.Notes = append(a.Notes, fmt.Sprintf("%s: such a job was measured on %d, the nearest count below", coresName(asked), n))
	}
	switch m := a.Question.InFlight; {
	case m == 0:
	case m <= n:
		a.Notes = append(a.Notes, fmt.Sprintf("%d in flight are no more than the cores: taken as tasks that do not wait", m))
	case float64(m) > nearby*EchoInFlight:
		a.Beyond = true
		a.Says = append(a.Says, fmt.Sprintf("%d in flight: echo has %d, so what follows is for %d, and nothing is said beyond.", m, EchoInFlight, EchoInFlight))
	case m != EchoInFlight:
		a.Notes = append(a.Notes, fmt.Sprintf("%d in flight: taken as the %d that echo has", m, EchoInFlight))
	}
}

// countsOf returns the core counts of a workload at its default settings.
func (d *dataset) countsOf(workload string) []int {
	var counts []int
	for _, p := range d.ofJob[point{Workload: workload}] {
		counts = append(counts, d.cores(p)...)
	}
	slices.Sort(counts)
	return slices.Compact(counts)
}

// spots are the jobs on either side of the one asked for, on n cores, or what
// is missing.
func (d *dataset) spots(q Question, n int) (spots []spot, missing []string) {
	grains, reason := d.grainsAround(q, n)
	for _, g := range grains {
		name := fmt.Sprintf("%s tasks", grainName(g.Grain))
		spots = append(spots, spot{name: name, terms: []term{{g.point, 1}}, grain: g})
	}
	if reason != "" {
		missing = append(missing, reason)
	}
	if q.Payload > 0 {
		if spots, reason = d.withPayload(spots, q.Payload, n); reason != "" {
			missing = append(missing, reason)
		}
	}
	for _, part := range []struct {
		asked          bool
		work, of, tell string
	}{
		{q.Shared, sharedWork, ", shared updates", "what shared updates cost"},
		{q.InFlight > n, waitWork, ", waiting", "what tasks that wait cost"},
	} {
		p := point{Workload: part.work}
		switch {
		case !part.asked:
		case len(d.covered([]point{p}, n)) == 0:
			missing = append(missing, d.absent(p.Workload, part.tell, n))
		default:
			for i := range spots {
				spots[i] = spots[i].plus(part.of, term{p, 1})
			}
		}
	}
	return spots, missing
}

// absent says what a file without cells of a workload on n cores cannot tell.
func (d *dataset) absent(work, tells string, n int) string {
	if len(d.countsOf(work)) > 0 {
		work += " on " + coresName(n)
	}
	return fmt.Sprintf("%s, which tells %s: not in this file: run --profile default", work, tells)
}

// grainsAround returns the measured task sizes around the one asked for, or why
// there are none.
func (d *dataset) grainsAround(q Question, n int) ([]sized, string) {
	sizes := d.sizes(n)
	if len(sizes) == 0 {
		return nil, d.absent(grainWork, "what tasks of a size cost", n)
	}
	sides := around(sizes, func(g sized) float64 { return g.ns }, float64(q.Grain))
	if len(sides) == 0 {
		return nil, fmt.Sprintf("%s tasks: this file holds models against each other from %s to %s on %s, and nothing is said beyond",
			duration.value(float64(q.Grain)), duration.value(sizes[0].ns), duration.value(sizes[len(sizes)-1].ns), coresName(n))
	}
	return sides, ""
}

// A sized is a task size with its measured serial time.
type sized struct {
	point
	ns float64
}

// sizes are the task sizes at which models can be held against each other on n
// cores, smallest first.
func (d *dataset) sizes(n int) []sized {
	var out []sized
	for _, g := range d.covered(d.grains(point{Workload: grainWork}), n) {
		if ns := d.taskNS(g).Value; ns > 0 {
			out = append(out, sized{g, ns})
		}
	}
	slices.SortStableFunc(out, func(a, b sized) int { return cmp.Compare(a.ns, b.ns) })
	return out
}

// withPayload adds what a payload costs to each spot, on either side of it.
func (d *dataset) withPayload(spots []spot, bytes, n int) ([]spot, string) {
	points := d.covered(d.payloads(point{Workload: payloadWork}), n)
	if len(points) == 0 {
		return nil, d.absent(payloadWork, "what a payload costs", n)
	}
	at := func(p point) float64 { return size(p.Payload) }
	asked := max(float64(bytes), at(points[0])) // less is next to nothing as well
	sides := around(points, at, asked)
	if len(sides) == 0 {
		return nil, fmt.Sprintf("%s: this file measured up to %s on %s, and nothing is said beyond: run --profile full",
			payloadName(fmt.Sprintf("%dB", bytes)), payloadName(points[len(points)-1].Payload), coresName(n))
	}
	var out []spot
	for _, s := range spots {
		for _, p := range sides {
			out = append(out, s.plus(" with "+payloadName(p.Payload), term{p, 1}, term{points[0], -1}))
		}
	}
	return out, ""
}

// around returns the points on either side of what is asked for, in their
// order, the nearest alone if it is near; none if all lie on one side.
func around[P any](points []P, at func(P) float64, asked float64) []P {
	apart := func(p P) float64 { return math.Abs(math.Log(at(p) / asked)) }
	nearest := slices.MinFunc(points, func(a, b P) int { return cmp.Compare(apart(a), apart(b)) })
	if apart(nearest) <= math.Log(nearby) {
		return []P{nearest}
	}
	above := slices.IndexFunc(points, func(p P) bool { return at(p) > asked })
	if above < 1 {
		return nil
	}
	return points[above-1 : above+1]
}

// covered keeps the points at which the most models have a cell on n cores, so
// that a size that few were measured at does not stand in for the others.
func (d *dataset) covered(points []point, n int) []point {
	counts, most := map[point]int{}, 1
	for _, p := range points {
		for _, l := range d.headline(p) {
			if d.known[l.at(n)] {
				counts[p]++
			}
		}
		most = max(most, counts[p])
	}
	return slices.DeleteFunc(slices.Clone(points), func(p point) bool { return counts[p] < most })
}
