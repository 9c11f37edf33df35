package report

import (
	"slices"

	"github.com/nonrev/nonrev/internal/result"
)

// An index answers what cells there are. A file may hold thousands of names,
// and every figure and table asks.
type index struct {
	order  []point // in the order of the cells, probes not among them
	jobs   []point
	models []string // in the order of the cells
	known  map[result.Cell]bool
	ofJob  map[point][]point
	curves map[point][]line // serial not among them
	counts map[point][]int  // rising core counts, those of serial not among them
	bases  map[point]result.Cell
	probes map[probeOn][]result.Cell
}

// A probeOn is a probe on so many cores.
type probeOn struct {
	name  string
	cores int
}

func newIndex(cells []result.Cell) index {
	x := index{
		known: map[result.Cell]bool{}, ofJob: map[point][]point{}, curves: map[point][]line{}, counts: map[point][]int{},
		bases: map[point]result.Cell{}, probes: map[probeOn][]result.Cell{},
	}
	points, models, lines := map[point]bool{}, map[string]bool{}, map[line]bool{}
	for _, c := range cells {
		x.known[c] = true
		if c.Workload == result.Probe {
			on := probeOn{c.Set, c.Cores}
			x.probes[on] = append(x.probes[on], c)
		}
		if c.OfMachine() {
			continue
		}
		p := pointOf(c)
		if fresh(points, p) {
			x.order = append(x.order, p)
			if x.ofJob[p.whole()] == nil {
				x.jobs = append(x.jobs, p.whole())
			}
			x.ofJob[p.whole()] = append(x.ofJob[p.whole()], p)
		}
		if fresh(models, c.Model) {
			x.models = append(x.models, c.Model)
		}
		if c.Model == result.Serial {
			if base, found := x.bases[p]; !found || c.Cores < base.Cores {
				x.bases[p] = c
			}
			continue
		}
		if !slices.Contains(x.counts[p], c.Cores) {
			x.counts[p] = append(x.counts[p], c.Cores)
			slices.Sort(x.counts[p])
		}
		c.Cores = 0
		if l := (line{p, c}); fresh(lines, l) {
			x.curves[p] = append(x.curves[p], l)
		}
	}
	return x
}

// fresh tells whether v was not in the set before, and adds it.
func fresh[T comparable](seen map[T]bool, v T) bool {
	again := seen[v]
	seen[v] = true
	return !again
}

// pointsWhere returns the points to keep, in order.
func (x index) pointsWhere(keep func(point) bool) []point {
	return slices.DeleteFunc(slices.Clone(x.order), func(p point) bool { return !keep(p) })
}
