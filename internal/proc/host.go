package proc

import (
	"cmp"
	"runtime"
	"slices"
	"time"

	"github.com/klauspost/cpuid/v2"
)

// A CPU is one logical CPU and where it sits. Numbers that the system does not
// tell are 0, so that unknown topology leaves CPUs in order of their ids.
type CPU struct {
	ID      int
	Node    int // NUMA node
	Package int // socket
	Core    int // physical core within the package
}

// Allowed lists the CPUs that this process may use, in the order in which a
// run should take them; see Order.
func Allowed() ([]int, error) {
	cpus, err := topology()
	return Order(cpus), err
}

// Nodes tells of each CPU that this process may use on which NUMA node it is.
func Nodes() (map[int]int, error) {
	cpus, err := topology()
	nodes := map[int]int{}
	for _, c := range cpus {
		nodes[c.ID] = c.Node
	}
	return nodes, err
}

// Alike is how many of the CPUs that Allowed lists first are each a physical
// core of its own, all on one NUMA node: beyond it another CPU brings less than
// one before it. 0 when the system does not tell.
func Alike() (int, error) {
	cpus, err := topology()
	return alike(cpus), err
}

func alike(cpus []CPU) int {
	if len(cpus) == 0 {
		return 0
	}
	type core struct{ pkg, core int }
	seen := map[core]bool{}
	first := slices.MinFunc(cpus, func(a, b CPU) int { return cmp.Compare(a.Node, b.Node) }).Node
	for _, c := range cpus {
		if c.Node == first {
			seen[core{c.Package, c.Core}] = true
		}
	}
	if len(seen) == 1 && len(cpus) > 1 { // as it looks where nothing is known
		return 0
	}
	return len(seen)
}

// Order lists the CPUs in the order in which a run should take them: one NUMA
// node before the next, and within it every physical core once before any
// sibling that shares a core.
func Order(cpus []CPU) []int {
	cpus = slices.Clone(cpus)
	slices.SortFunc(cpus, func(a, b CPU) int { return cmp.Compare(a.ID, b.ID) })
	type core struct{ node, pkg, core int }
	seen := map[core]int{}
	rank := map[int]int{} // how many siblings of the CPU come before it
	for _, c := range cpus {
		k := core{c.Node, c.Package, c.Core}
		rank[c.ID] = seen[k]
		seen[k]++
	}
	slices.SortStableFunc(cpus, func(a, b CPU) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(rank[a.ID], rank[b.ID]), cmp.Compare(a.ID, b.ID))
	})
	ids := make([]int, len(cpus))
	for i, c := range cpus {
		ids[i] = c.ID
	}
	return ids
}

// Usage is what a process used since it started.
type Usage struct {
	CPU      time.Duration // user and system time
	GC       time.Duration // of it in the garbage collector, up to the end of its last cycle
	Switches int64         // context switches, voluntary or not; 0 where the platform does not count them
}

// Model is the name of the processor.
func Model() string {
	if name := modelName(); name != "" {
		return name
	}
	if cpuid.CPU.BrandName != "" {
		return cpuid.CPU.BrandName
	}
	return runtime.GOARCH
}

// Virtualisation says on what this machine runs, "" when it does not look virtual.
func Virtualisation() string {
	if !cpuid.CPU.VM() {
		return ""
	}
	return "virtual machine (" + cpuid.CPU.HypervisorVendorID.String() + ")"
}
