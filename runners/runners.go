// Package runners is how work is spread: every model, every guard of shared
// cells, every transport between processes. It never names a workload.
package runners

import (
	"context"

	"github.com/nonrev/nonrev/workloads"
)

// A Model is one way to spread a job's tasks over cores.
type Model struct {
	Name string
	Doc  string // one sentence: who works, and what stands between
	// States are the guards of shared cells that the model can use, default first.
	States []string
	// Transports and Hosts are those between processes, default first; nil in-process.
	Transports, Hosts []string
	// OneLoop tells that the model uses one core however many it is given.
	OneLoop bool
	// Serial tells that this is the base of speed-up.
	Serial bool
	// Start starts a crew. An error that wraps errors.ErrUnsupported says why
	// the model cannot do this.
	Start func(Setup) (Crew, error)
}

// All is the catalogue in the order of the report.
func All() []Model {
	return nil
}

// A Setup is what a crew is started for.
type Setup struct {
	Workload workloads.Workload
	Params   workloads.Params
	Cores    int // CPUs allowed to the whole tree
	InFlight int // tasks in flight in total
	Batch    int // tasks a frame between processes
	Prefetch int // tasks queued a worker
	// State, Transport and Host are the model's defaults when "".
	State, Transport, Host string
	// Clocks has every task timed at the runner's boundaries. Below 10 us of
	// grain the clock reads would be a good part of what they measure.
	Clocks bool
}

// A Crew is a started model, ready to run passes of one workload.
type Crew interface {
	// Run runs every task of the pass and returns when the last is done.
	Run(ctx context.Context, p workloads.Pass) error
	// Account returns what happened since the last call, and forgets it.
	// It is not called while a pass runs.
	Account() (Account, error)
	// Close stops the crew; nothing of it stays behind.
	Close() error
}

// An Account says where the time of passes went, summed over the crew's
// workers, and what the whole process tree used. Times are in nanoseconds;
// those from Body to Idle are 0 without Setup.Clocks.
type Account struct {
	Tasks   int64
	Receipt workloads.Receipt

	Body   int64 // in task bodies, waiting for effects included, communication excluded
	Encode int64
	Copy   int64 // copy and system calls
	Wake   int64 // wake and wait
	Decode int64
	Lock   int64 // waiting for a lock
	Idle   int64 // workers without work before the pass ends
	Bytes  int64 // that crossed a process boundary

	// Of the worker processes only; the caller adds its own.
	CPU      int64
	Switches int64
	PeakRSS  int64 // bytes, sum over workers
	Workers  int   // worker processes
}
