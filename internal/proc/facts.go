package proc

import (
	"cmp"
	"runtime"
	"time"

	"github.com/klauspost/cpuid/v2"
)

// Facts are what the system tells of itself that bears on a measurement. What
// it does not tell is nil or "", never 0.
type Facts struct {
	CPU         string             // name of the processor
	Hypervisor  *string            // under which the machine runs, "" if none
	SMT         *bool              // whether hardware threads share cores
	Cores       *int               // physical cores of the CPUs that this process may use
	Nodes       *int               // NUMA nodes of these CPUs
	Governors   []string           // of the clocks of these CPUs, each once
	Turbo       *bool              // whether the clock rises when few cores work
	ClockSource string             // from which the kernel tells time
	Quota       *float64           // CPU limit of the control groups in cores, 0 if none
	Throttled   *int               // times that the limit has halted a group since it was made
	Pressure    map[string]float64 // percent of the last 10 s in which some task waited for cpu, memory or io (PSI)
	Load        *float64           // mean number of tasks that ran or waited, over a minute
	Stolen      *time.Duration     // that the hypervisor took from these CPUs since the start, in ticks of 10 ms
	Files       *uint64            // descriptors that a process may hold, Unlimited if any number
	Processes   *uint64            // processes and threads that the user may have, Unlimited if any number
	Counters    string             // Available, or why hardware counters are not
}

const (
	// Unlimited is a limit that is none.
	Unlimited = ^uint64(0)
	// Available is said of hardware counters that can be read.
	Available = "available"
)

// Look reads the facts as they are now.
func Look() Facts {
	f := Facts{CPU: cmp.Or(modelName(), cpuid.CPU.BrandName)}
	switch runtime.GOARCH {
	case "386", "amd64": // elsewhere there is no instruction that tells
		name := ""
		if cpuid.CPU.VM() {
			name = cpuid.CPU.HypervisorVendorID.String()
		}
		f.Hypervisor = &name
	}
	f.read()
	return f
}
