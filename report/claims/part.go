package claims

import (
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// A part is one number among those that decide a measured claim.
type part struct {
	what            string // what it is the number of, to follow "for"
	takes           []column
	number          func(v [][]float64) scaling.Estimate // of the columns that it takes, by round
	detail          func(v [][]float64) string           // what else is to be said of the number, nil: nothing
	support, refute Side                                 // none beside
	limit           float64                              // above it a number is suspect; 0: no limit
}

// pick makes the part's number the extreme one of the ratios of some of its
// columns to others, and says between which models that is.
func (p *part) pick(extreme func([]scaling.Estimate) scaling.Estimate, pairs [][2]int) {
	takes := p.takes
	all := func(v [][]float64) []scaling.Estimate {
		var list []scaling.Estimate
		for _, x := range pairs {
			list = append(list, scaling.Ratio(v[x[0]], v[x[1]]))
		}
		return list
	}
	p.number = func(v [][]float64) scaling.Estimate { return extreme(all(v)) }
	p.detail = func(v [][]float64) string {
		list := all(v)
		value := extreme(list).Value
		x := pairs[slices.IndexFunc(list, func(e scaling.Estimate) bool { return e.Value == value })]
		return takes[x[0]].cell.Model + " over " + takes[x[1]].cell.Model
	}
}

// cells are those that the part takes, each once.
func (p part) cells() []result.Cell {
	var cells []result.Cell
	for _, c := range p.takes {
		if !slices.Contains(cells, c.cell) {
			cells = append(cells, c.cell)
		}
	}
	return cells
}

// ratio is a part that holds one column against another.
func ratio(what string, num, den column, support, refute Side) part {
	return part{
		what: what, takes: []column{num, den}, support: support, refute: refute,
		number: func(v [][]float64) scaling.Estimate { return scaling.Ratio(v[0], v[1]) },
	}
}

// headline are the four models that every profile compares.
func headline() []string { return []string{"goroutine", "subprocess", "eventloop", "locked"} }

// under is the cell with a model and a number of cores.
func under(c result.Cell, model string, n int) result.Cell {
	c.Model, c.Cores = model, n
	return c
}

// serial is the cell that is the base of a cell's efficiency.
func serial(c result.Cell) result.Cell {
	return result.Cell{Workload: c.Workload, Set: c.Set, Grain: c.Grain, Payload: c.Payload, Model: result.Serial, Cores: 1}
}

// fannkuch is CPU work of 1 ms grain.
func fannkuch() result.Cell { return result.Cell{Workload: "fannkuch", Grain: "1ms"} }

// subject is what a cell does, in words: "fannkuch 1ms", "counter think:100".
func subject(c result.Cell) string {
	words := []string{c.Workload, c.Set, c.Grain, c.Payload}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// doing is a cell in words: "fannkuch 1ms under goroutine on 2 cores".
func doing(c result.Cell) string {
	s := subject(c) + " under " + c.Model
	if c.State != "" {
		s += " with state " + c.State
	}
	if c.Transport != "" {
		s += " by " + c.Transport
	}
	if c.Cores > 0 {
		s += " on " + cores(c.Cores)
	}
	return s
}

// everyWorkload is one cell of each workload of the list, by which the claims
// about all workloads are decided. The list was fixed before most of them were
// written.
func everyWorkload() []result.Cell {
	return []result.Cell{
		fannkuch(),
		{Workload: "pi", Grain: "1ms"},
		{Workload: "wordcount"},
		{Workload: "graph"},
		{Workload: "handoff", Payload: "16KiB"},
		{Workload: "counter"},
		{Workload: "bank"},
		{Workload: "santa"},
		{Workload: "ring"},
		{Workload: "buffer"},
		{Workload: "echo"},
		{Workload: "web"},
		{Workload: "control"},
	}
}
