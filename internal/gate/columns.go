package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
)

// What sides are compared by.
const (
	Time    = "time"    // throughput where there is one, else wall time: what decides
	CPU     = "cpu"     // CPU time, which hides lost parallelism
	Memory  = "memory"  // peak resident memory, or bytes allocated
	Allocs  = "allocs"  // allocations
	P99     = "p99"     // latency that 99 of 100 requests keep
	Scaling = "scaling" // X(most cores) / X(1)
)

// Metrics names what can decide, the default first.
func Metrics() []string { return []string{Time, CPU, Memory, Allocs, P99, Scaling} }

// p99From is how many requests a side must have answered for its p99 to be compared.
const p99From = 10_000

// candidates are the units that a metric is read from, the first that both
// sides have.
var candidates = []struct {
	name  string
	units []string
}{
	{Time, []string{result.TaskRate, result.OpRate, result.WallNS}},
	{CPU, []string{result.CPUNS}},
	{Memory, []string{result.PeakRSS, "B/op"}},
	{Allocs, []string{result.Allocs}},
	{P99, []string{result.P99NS}},
}

// unitsOf are those that a metric may be read from.
func unitsOf(metric string) []string {
	for _, c := range candidates {
		if c.name == metric {
			return c.units
		}
	}
	return nil
}

// higher tells whether more of a unit is better: rates are.
func higher(unit string) bool { return strings.HasSuffix(unit, "/s") }

// A side is the samples of one file that may be used, by cell and round.
type side map[result.Cell]map[int]result.Sample

func newSide(f *result.File) side {
	s := side{}
	for _, x := range f.Samples {
		if x.Void != "" {
			continue
		}
		if s[x.Cell] == nil {
			s[x.Cell] = map[int]result.Sample{}
		}
		s[x.Cell][x.Round] = x
	}
	return s
}

// has tells whether any sample of the cell has the unit.
func (s side) has(c result.Cell, unit string) bool {
	for _, x := range s[c] {
		if _, ok := x.Value(unit); ok {
			return true
		}
	}
	return false
}

// column is the values of a unit by round, NaN where there is none.
func (s side) column(c result.Cell, unit string, rounds int) []float64 {
	values := make([]float64, rounds)
	for i := range values {
		values[i] = math.NaN()
		if v, ok := s[c][i].Value(unit); ok {
			values[i] = v
		}
	}
	return values
}

// requests is how many latencies the samples hold.
func (s side) requests(c result.Cell) (int64, error) {
	var n int64
	for _, x := range s[c] {
		h, err := x.Histogram()
		if err != nil {
			return 0, err
		}
		if h != nil {
			n += h.TotalCount()
		}
	}
	return n, nil
}

// Compare lists what both files measured, in the order of cells, and how fast
// each group of cells scales.
func Compare(cells []result.Cell, old, new *result.File) ([]Comparison, error) {
	rounds := max(old.Rounds(), new.Rounds())
	a, b := newSide(old), newSide(new)
	var out []Comparison
	for _, c := range cells {
		for _, metric := range candidates {
			comparison, ok, err := compared(c, metric.name, metric.units, a, b, rounds)
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, comparison)
			}
		}
	}
	return append(out, scalings(cells, out)...), nil
}

func compared(c result.Cell, name string, units []string, a, b side, rounds int) (Comparison, bool, error) {
	i := slices.IndexFunc(units, func(u string) bool { return a.has(c, u) && b.has(c, u) })
	if i < 0 {
		return Comparison{}, false, nil
	}
	if name == P99 {
		for _, s := range []side{a, b} {
			if n, err := s.requests(c); err != nil || n < p99From {
				return Comparison{}, false, err
			}
		}
	}
	u := units[i]
	return Comparison{c, Metric{name, u, higher(u)}, a.column(c, u, rounds), b.column(c, u, rounds)}, true, nil
}

// scalings compares X(N)/X(1) of every group of cells that differ in their
// cores alone, N the most of them. A group whose rates are not all the same
// unit, or that lacks N=1, has none.
func scalings(cells []result.Cell, times []Comparison) []Comparison {
	byCell := map[result.Cell]Comparison{}
	most := map[result.Cell]int{}
	for _, c := range times {
		if c.Metric.Name == Time {
			byCell[c.Cell] = c
			most[alone(c.Cell)] = max(most[alone(c.Cell)], c.Cell.Cores)
		}
	}
	var out []Comparison
	for _, c := range cells {
		one, has := byCell[oneCore(c)]
		n, also := byCell[c]
		if !has || !also || c.Cores == 1 || c.Cores != most[alone(c)] || one.Metric != n.Metric {
			continue
		}
		out = append(out, Comparison{
			Cell:   c,
			Metric: Metric{Scaling, fmt.Sprintf("X(%d)/X(1)", c.Cores), true},
			Old:    gains(n.Old, one.Old, n.Metric.Higher),
			New:    gains(n.New, one.New, n.Metric.Higher),
		})
	}
	return out
}

func alone(c result.Cell) result.Cell   { c.Cores = 0; return c }
func oneCore(c result.Cell) result.Cell { c.Cores = 1; return c }

// gains is how many times as much the first has of the second, round by round.
func gains(n, one []float64, rate bool) []float64 {
	out := make([]float64, len(n))
	for i := range n {
		if out[i] = n[i] / one[i]; !rate {
			out[i] = one[i] / n[i]
		}
	}
	return out
}
