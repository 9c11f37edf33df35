package sweep

import (
	"fmt"
	"math"
	"runtime"
	"slices"

	"github.com/nonrev/nonrev/internal/proc"
)

// A Machine is what this process may use of the machine.
type Machine struct {
	CPUs   []int       // allowed, in the order in which a run takes them
	Node   map[int]int // NUMA node of each
	Alike  int         // see proc.Alike
	Quota  float64     // CPU limit in cores, 0 if none
	Pinned bool        // whether cells can be bound to CPUs
}

// ThisMachine reads what this process may use.
func ThisMachine() (Machine, error) {
	cpus, err := proc.Allowed()
	if err != nil {
		return Machine{}, err
	}
	nodes, err := proc.Nodes()
	if err != nil {
		return Machine{}, err
	}
	same, err := proc.Alike()
	if err != nil {
		return Machine{}, err
	}
	quota, err := proc.Quota()
	return Machine{CPUs: cpus, Node: nodes, Alike: same, Quota: quota, Pinned: proc.CanPin}, err
}

// Cores is the most cores that a cell can be given: the CPUs allowed, or the
// whole cores of the quota if that is less.
func (m Machine) Cores() int {
	n := len(m.CPUs)
	if m.Quota > 0 {
		n = min(n, int(math.Floor(m.Quota)))
	}
	return max(n, 1)
}

// String says it in one line.
func (m Machine) String() string {
	s := fmt.Sprintf("this process may use %d CPUs (%v)", len(m.CPUs), m.CPUs)
	if m.Quota > 0 {
		s += fmt.Sprintf(", limited to %.2f cores by its control group", m.Quota)
	}
	if !m.Pinned {
		s += "; cells cannot be bound to CPUs on " + runtime.GOOS
	}
	return s
}

// coreList checks the core counts that a run was asked for, or takes all that
// the machine has.
func (m Machine) coreList(asked []int) ([]int, error) {
	if len(asked) == 0 {
		return CoreList(m.Cores()), nil
	}
	cores := slices.Compact(slices.Sorted(slices.Values(asked)))
	if cores[0] < 1 {
		return nil, fmt.Errorf("core count %d: choose 1 or more", cores[0])
	}
	if most := cores[len(cores)-1]; most > m.Cores() {
		return nil, fmt.Errorf("core count %d is beyond this machine: %v; choose at most %d", most, m, m.Cores())
	}
	return cores, nil
}

// take is the first n CPUs, none if cells cannot be bound.
func (m Machine) take(n int) []int {
	if !m.Pinned {
		return nil
	}
	return m.CPUs[:n]
}

// rest is the CPUs that cells of at most n cores leave free.
func (m Machine) rest(n int) []int {
	if !m.Pinned {
		return nil
	}
	return m.CPUs[n:]
}
