package sweep

import (
	"errors"
	"fmt"

	"github.com/nonrev/nonrev/internal/result"
)

// nodes are the CPUs by NUMA node, both in the order in which a run takes
// them: on a node every physical core comes before any sibling.
func (m Machine) nodes() [][]int {
	var nodes [][]int
	at := map[int]int{}
	for _, cpu := range m.CPUs {
		node := m.Node[cpu]
		if _, known := at[node]; !known {
			at[node] = len(nodes)
			nodes = append(nodes, nil)
		}
		nodes[at[node]] = append(nodes[at[node]], cpu)
	}
	return nodes
}

// pairs are the CPUs of sender and receiver of every pair of an exchange, nil
// where nothing can be bound. An error that wraps errors.ErrUnsupported says
// why there are none.
func (m Machine) pairs(cell result.Cell) ([][2]int, error) {
	if !m.Pinned || cell.Placement == "" {
		return nil, nil
	}
	var all [][2]int
	want := cell.Cores / 2
	switch cell.Placement {
	case result.SameCPU:
		want = cell.Cores
		for _, cpu := range m.CPUs {
			all = append(all, [2]int{cpu, cpu})
		}
	case result.TwoCPUs:
		for _, node := range m.nodes() {
			for i := 1; i < len(node); i += 2 {
				all = append(all, [2]int{node[i-1], node[i]})
			}
		}
	case result.TwoNodes:
		all = m.betweenNodes()
	}
	if want < 1 || want > len(all) {
		return nil, fmt.Errorf("%d cores cannot be %s pairs: this machine has CPUs for %d: %w", cell.Cores, cell.Placement, len(all), errors.ErrUnsupported)
	}
	return all[:want], nil
}

// betweenNodes pairs the CPUs of the first node with those of the second, of
// the third with those of the fourth and so on.
func (m Machine) betweenNodes() (all [][2]int) {
	nodes := m.nodes()
	for i := 1; i < len(nodes); i += 2 {
		for n := range min(len(nodes[i-1]), len(nodes[i])) {
			all = append(all, [2]int{nodes[i-1][n], nodes[i][n]})
		}
	}
	return all
}

// cpus are those that a cell's process is bound to, none if it cannot be.
func (m Machine) cpus(cell result.Cell, pairs [][2]int) []int {
	if len(pairs) == 0 {
		return m.take(cell.Cores)
	}
	var cpus []int
	for _, p := range pairs {
		cpus = append(cpus, p[0])
		if p[1] != p[0] {
			cpus = append(cpus, p[1])
		}
	}
	return cpus
}

// placed fits the cells of exchanges to the machine: where nothing can be bound
// there is one way to place a pair, and where there is one node there are no
// pairs across two.
func (m Machine) placed(cells []result.Cell) []result.Cell {
	var kept []result.Cell
	for _, c := range cells {
		switch {
		case c.Placement == "":
		case !m.Pinned && c.Cores <= 2:
			c.Placement, c.Cores = "", min(2, m.Cores())
		case !m.Pinned, c.Placement == result.TwoNodes && len(m.nodes()) < 2:
			continue
		}
		kept = append(kept, c)
	}
	return unique(kept)
}
