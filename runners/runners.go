// Package runners is how work is spread: every model, every guard of shared
// cells, every transport between processes. It never names a workload.
package runners

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	// Queues tells that tasks can be queued for a worker: Prefetch means something.
	Queues bool
	// OneLoop tells that the model uses one core however many it is given.
	OneLoop bool
	// Serial tells that this is the base of speed-up.
	Serial bool

	start func(Setup) (Crew, error)
}

// All is the catalogue in the order of the report.
func All() []Model {
	return []Model{serialModel(), goroutineModel(), subprocessModel(), eventloopModel(), lockedModel()}
}

// Start starts a crew. The crew belongs to the goroutine that starts it: Run,
// Account and Close are called from there. An error that wraps
// errors.ErrUnsupported says why the model cannot do this.
func (m Model) Start(s Setup) (Crew, error) {
	for _, choice := range []struct {
		factor string
		value  *string
		known  []string
	}{
		{"state", &s.State, m.States},
		{"transport", &s.Transport, m.Transports},
		{"host", &s.Host, m.Hosts},
	} {
		if *choice.value == "" && len(choice.known) > 0 {
			*choice.value = choice.known[0]
		}
		if *choice.value != "" && !slices.Contains(choice.known, *choice.value) {
			return nil, fmt.Errorf("%s has no %s=%s (it has %v): %w", m.Name, choice.factor, *choice.value, choice.known, errors.ErrUnsupported)
		}
	}
	s.Cores, s.Batch, s.Prefetch = max(s.Cores, 1), max(s.Batch, 1), max(s.Prefetch, 1)
	if s.InFlight == 0 {
		s.InFlight = max(s.Cores, s.Workload.InFlight)
	}
	if s.InFlight > maxInFlight {
		return nil, fmt.Errorf("%d tasks in flight: at most %d are: %w", s.InFlight, maxInFlight, errors.ErrUnsupported)
	}
	return m.start(s)
}

// maxInFlight is more than the ports of one address.
const maxInFlight = 1 << 16

// A Setup is what a crew is started for.
type Setup struct {
	Workload workloads.Workload
	Params   workloads.Params
	Cores    int // CPUs allowed to the whole tree
	InFlight int // tasks in flight in total; 0: the cores, or the workload's own
	Batch    int // tasks a frame between processes; 0: 1
	// Prefetch is how many frames, or tasks within a process, a worker may
	// have at once, the one in work included; 0: 1.
	Prefetch int
	// State, Transport and Host are the model's defaults when "".
	State, Transport, Host string
	// Clocks has every task timed at the runner's boundaries. Below 10 us of
	// grain the clock reads would be a good part of what they measure.
	Clocks bool
	// Layout seeds the size of worker processes' environments, see proc.Fill.
	Layout uint64
}

// workers is how many tasks the crew works on at a time.
func (s Setup) workers() int {
	if s.Workload.IO {
		return s.InFlight
	}
	return s.Cores
}

// A Crew is a started model, ready to run passes of one workload.
type Crew interface {
	// Run runs every task of the pass and returns when the last is done.
	// After an error the crew can only be closed.
	Run(ctx context.Context, p workloads.Pass) error
	// Account returns what happened since the last call, and forgets it.
	// It is not called while a pass runs.
	Account() (Account, error)
	// Close stops the crew; nothing of it stays behind.
	Close() error
}

// An Account says where the time of passes went, summed over the crew's
// workers, and what worker processes used. Times are in nanoseconds; those
// from Body to Idle are 0 without Setup.Clocks.
type Account struct {
	Tasks   int64
	Receipt workloads.Receipt

	Body   int64 // in task bodies, communication and lock waits excluded
	Encode int64
	Copy   int64 // copy and system calls
	Wake   int64 // wake and wait, hand-over included
	Decode int64
	Lock   int64 // waiting for a lock
	Idle   int64 // workers without work before the pass ends
	Bytes  int64 // that crossed a process boundary

	// Of the worker processes only; the caller adds its own.
	CPU      int64
	GC       int64 // of CPU, in the garbage collector
	Switches int64
	RunQueue int64 // threads ready to run and waiting for a CPU; 0 where the kernel does not tell
	PeakRSS  int64 // bytes, sum over workers
	Workers  int   // worker processes
}

// add adds what another account counts.
func (a *Account) add(o Account) {
	a.Tasks += o.Tasks
	a.Receipt.Add(o.Receipt)
	a.Body += o.Body
	a.Encode += o.Encode
	a.Copy += o.Copy
	a.Wake += o.Wake
	a.Decode += o.Decode
	a.Lock += o.Lock
	a.Idle += o.Idle
	a.Bytes += o.Bytes
	a.CPU += o.CPU
	a.GC += o.GC
	a.Switches += o.Switches
	a.RunQueue += o.RunQueue
	a.PeakRSS += o.PeakRSS
	a.Workers += o.Workers
}
