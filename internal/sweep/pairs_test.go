package sweep

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
)

// machineOf is a machine with these CPUs.
func machineOf(cpus ...proc.CPU) Machine {
	m := Machine{CPUs: proc.Order(cpus), Node: map[int]int{}, Pinned: true}
	for _, c := range cpus {
		m.Node[c.ID] = c.Node
	}
	return m
}

// threads are the hardware threads of so many cores on each node, two a core,
// numbered as Linux does: first every core of every node, then the siblings.
func threads(nodes, cores int) (cpus []proc.CPU) {
	for id := range 2 * nodes * cores {
		core := id % (nodes * cores)
		cpus = append(cpus, proc.CPU{ID: id, Node: core / cores, Package: core / cores, Core: core})
	}
	return cpus
}

func TestPairsTakeCoresBeforeSiblingsAndStayOnTheirNodes(t *testing.T) {
	two := machineOf(proc.CPU{ID: 0}, proc.CPU{ID: 1, Core: 1})
	large := machineOf(threads(2, 2)...) // cores 0, 1 with siblings 4, 5; cores 2, 3 with siblings 6, 7
	odd := machineOf(proc.CPU{ID: 0}, proc.CPU{ID: 1, Core: 1}, proc.CPU{ID: 2, Core: 2}, proc.CPU{ID: 3, Node: 1, Core: 3})
	for _, c := range []struct {
		m         Machine
		placement string
		cores     int
		want      string
		bound     string
	}{
		{two, result.SameCPU, 1, "[[0 0]]", "[0]"},
		{two, result.SameCPU, 2, "[[0 0] [1 1]]", "[0 1]"},
		{two, result.TwoCPUs, 2, "[[0 1]]", "[0 1]"},
		{large, result.SameCPU, 3, "[[0 0] [1 1] [4 4]]", "[0 1 4]"},
		{large, result.TwoCPUs, 2, "[[0 1]]", "[0 1]"},
		{large, result.TwoCPUs, 6, "[[0 1] [4 5] [2 3]]", "[0 1 4 5 2 3]"},
		{large, result.TwoNodes, 4, "[[0 2] [1 3]]", "[0 2 1 3]"},
		{large, result.TwoNodes, 8, "[[0 2] [1 3] [4 6] [5 7]]", "[0 2 1 3 4 6 5 7]"},
		{odd, result.TwoNodes, 2, "[[0 3]]", "[0 3]"},
	} {
		cell := result.Cell{Workload: result.Exchange, Placement: c.placement, Cores: c.cores}
		pairs, err := c.m.pairs(cell)
		if fmt.Sprint(pairs) != c.want || err != nil {
			t.Errorf("%v, %s on %d: %v, %v; want %s", c.m.CPUs, c.placement, c.cores, pairs, err, c.want)
		}
		if got := fmt.Sprint(c.m.cpus(cell, pairs)); got != c.bound {
			t.Errorf("%v, %s on %d: bound to %s, want %s", c.m.CPUs, c.placement, c.cores, got, c.bound)
		}
	}
	for _, cell := range []result.Cell{
		{Placement: result.TwoCPUs, Cores: 4}, {Placement: result.TwoNodes, Cores: 4}, {Placement: result.TwoCPUs, Cores: 1}, {Placement: "far", Cores: 2},
	} {
		if pairs, err := odd.pairs(cell); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s on %d: %v, %v; want that it cannot be", cell.Placement, cell.Cores, pairs, err)
		}
	}
}

func TestNothingIsPairedWhereNothingCanBeBound(t *testing.T) {
	m := Machine{CPUs: []int{0, 1}}
	if pairs, err := m.pairs(result.Cell{Placement: result.TwoCPUs, Cores: 2}); pairs != nil || err != nil {
		t.Errorf("%v, %v", pairs, err)
	}
}

func TestExchangesAreListedWhereTheyCanBePlaced(t *testing.T) {
	cells := way{"goroutine", "channel", ""}.cells([]string{"64B"}, []int{0}, sites([]int{1, 2, 4}))
	names := func(m Machine) (got []string) {
		for _, c := range m.placed(slices.Clone(cells)) {
			got = append(got, fmt.Sprint(c.Placement, c.Cores))
		}
		return got
	}
	for _, c := range []struct {
		m    Machine
		want string
	}{
		{machineOf(threads(1, 2)...), "[same1 same2 same4 cross2 cross4]"},
		{machineOf(threads(2, 1)...), "[same1 same2 same4 cross2 cross4 nodes2 nodes4]"},
		{Machine{CPUs: []int{0, 1, 2, 3}}, "[2]"},
		{Machine{CPUs: []int{0}}, "[1]"},
	} {
		if got := fmt.Sprint(names(c.m)); got != c.want {
			t.Errorf("%v: %s, want %s", c.m, got, c.want)
		}
	}
}

func TestSites(t *testing.T) {
	for _, c := range []struct {
		got  []site
		want string
	}{
		{sites([]int{1}), "[{same 1}]"},
		{sites([]int{1, 2, 3}), "[{same 1} {same 2} {same 3} {cross 2} {nodes 2}]"},
		{endSites([]int{1, 2, 3, 4, 6}), "[{same 1} {same 6} {cross 2} {cross 6} {nodes 2} {nodes 6}]"},
		{endSites([]int{1}), "[{same 1}]"},
		{leastSites([]int{1, 2, 4}), "[{same 1} {cross 2} {nodes 2}]"},
	} {
		if got := fmt.Sprint(c.got); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
