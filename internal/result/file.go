package result

import (
	"iter"
	"slices"
)

// Units that nonrev writes. The name says what a reader of the file sees.
const (
	WallNS     = "ns/op"            // wall time of a pass
	TaskRate   = "tasks/s"          // throughput
	ByteRate   = "B/s"              // payload throughput
	OpRate     = "ops/s"            // of a cell of the machine: steps, copies, messages, starts
	OverheadNS = "overhead-ns/task" // (N x wall - serial time of the same tasks) / tasks, against the same round's serial cell
	IPCNS      = "ipc-ns/task"      // communication alone
	IPCBytes   = "ipc-B/task"       // bytes that crossed a process boundary
	EncodeNS   = "encode-ns/task"
	CopyNS     = "copy-ns/task" // copy and system calls
	WakeNS     = "wake-ns/task" // wake and wait
	DecodeNS   = "decode-ns/task"
	LockNS     = "lock-ns/task" // waiting for a lock
	IdleNS     = "idle-ns/task" // idle tail: cores without work before the pass ends
	BodyNS     = "body-ns/task" // task bodies as they ran under this model
	CPUNS      = "cpu-ns/op"    // CPU time of the whole tree a pass
	GCNS       = "gc-ns/op"     // of cpu-ns/op, in the garbage collector
	StartNS    = "start-ns"     // start of the crew
	P50NS      = "p50-ns"
	P90NS      = "p90-ns"
	P99NS      = "p99-ns"
	P999NS     = "p99.9-ns" // only from 10^4 requests on
	MaxNS      = "max-ns"
	Switches   = "csw/op"         // context switches of the whole tree a pass
	RunQueueNS = "runq-ns/op"     // threads of the whole tree ready to run and waiting for a CPU, in all, a pass
	Allocs     = "allocs/op"      // heap allocations a message
	PeakRSS    = "peak-RSS-bytes" // whole tree
	Pass       = "pass"           // 1 or 0: a behaviour
)

// Serial is the model that is the base of speed-up and efficiency.
const Serial = "serial"

// Probe is the workload whose cells are the machine's ceilings; Set names
// which, "spin" or "memcpy".
const Probe = "probe"

// Exchange is the workload whose cells are pairs of parties that pass messages,
// without a crew: a payload there and a word back. Model says who they are: two
// processes, two goroutines, or the bare mechanism on raw system calls of Go or
// of C. Placement says where: SameCPU, TwoCPUs, TwoNodes. InFlight is how many
// messages of a pair are under way at once, 1 when not given.
const Exchange = "exchange"

// Spawn is the workload whose cells start what tasks can run in; Set names what.
const Spawn = "spawn"

// Python is the workload whose cells are one small program of the python3 that
// is found; Set names which. Model says how that runs it on Cores workers:
// serial, thread or process.
const Python = "python"

// The models of exchange cells that are no models of the catalogue.
const (
	RawGo = "rawgo"
	RawC  = "rawc"
)

// The placements of a pair of parties.
const (
	SameCPU  = "same"
	TwoCPUs  = "cross"
	TwoNodes = "nodes"
)

// OfMachine tells that the cell measures the machine, not a workload under a
// model.
func (c Cell) OfMachine() bool {
	return c.Workload == Probe || c.Workload == Exchange || c.Workload == Spawn || c.Workload == Python
}

// A Value is one measurement in one unit.
type Value struct {
	Unit  string
	Value float64
}

// A Sample is what one fresh process measured for one cell in one round.
type Sample struct {
	Cell   Cell
	Round  int // from 0
	Passes int // iterations that Values were averaged over
	Values []Value
	// Void is the cause for which the sample must not be used, "" if it may.
	// A void sample is written as a comment, never as a benchmark line.
	Void string
	// OutsideNS is CPU time that other processes used during warm-up and
	// sample: all-CPU busy time minus the tree's own and its helpers'.
	OutsideNS float64
	// WindowNS is the wall time over which OutsideNS was counted.
	WindowNS float64
	// StealNS is CPU time that the hypervisor gave to others meanwhile, summed
	// over all CPUs. It is recorded and voids nothing.
	StealNS float64
	// Warm is the number of passes of the warm-up, which no figure holds.
	Warm int
	// RanNS is the wall time inside passes, those of the warm-up included: the
	// part of WindowNS that measured something.
	RanNS float64
	// Loop says how requests came, if they were timed: Open or Closed.
	Loop string
	// Latency is the histogram of the requests' latencies in ns, "" if none was
	// timed; see EncodeLatency.
	Latency string
	// Warnings are findings that do not void the sample ("helper-bound: ...").
	Warnings []string
	// Keys are the file keys that hold for a sample of a foreign file,
	// "goos=linux pkg=sort": samples under different keys do not compare.
	Keys string
}

// Value returns the measurement in unit and whether there is one.
func (s Sample) Value(unit string) (float64, bool) {
	for _, v := range s.Values {
		if v.Unit == unit {
			return v.Value, true
		}
	}
	return 0, false
}

// How the requests of a sample came: at times fixed in advance, their latency
// counted from then, or each when an earlier one was done.
const (
	Open   = "open"
	Closed = "closed"
)

// A Failure is a cell that crashed, hung or answered wrongly in a round.
type Failure struct {
	Cell  Cell
	Round int
	Kind  string // "crash", "hang", "wrong answer", "error"
	Text  string // one line; the tail of the child's log follows in Log
	Log   string
}

// A Blank is a cell that was asked for and cannot exist, with the reason.
type Blank struct {
	Cell   Cell
	Reason string
}

// Run is how a file came to be: everything a reader needs to judge it and to
// do it again. It is one "# nonrev {...}" line.
type Run struct {
	Version  int      `json:"version"` // of this file format
	Tool     string   `json:"tool"`    // nonrev's version or commit
	Command  []string `json:"command"` // arguments that redo the run
	Profile  string   `json:"profile"`
	Rounds   int      `json:"rounds"`           // planned
	MadeUp   int      `json:"madeUp,omitempty"` // of these, the last, which measured those cells alone that had lost samples or were too noisy
	Seed     uint64   `json:"seed"`
	Start    string   `json:"start"`           // RFC 3339
	Cores    []int    `json:"cores"`           // swept
	Allowed  []int    `json:"allowed"`         // CPUs that this process might use
	Alike    int      `json:"alike,omitempty"` // how many of them, from the first, are each a physical core, all on one NUMA node; 0: not known
	Pinned   bool     `json:"pinned"`          // whether cells were bound to CPUs
	Quota    float64  `json:"quota,omitempty"` // cgroup CPU limit in cores, 0 if none
	CPU      string   `json:"cpu"`
	GOOS     string   `json:"goos"`
	GOARCH   string   `json:"goarch"`
	Kernel   string   `json:"kernel"`
	Go       string   `json:"go"`
	Host     string   `json:"host,omitempty"` // virtualisation, if known
	Helpers  string   `json:"helpers,omitempty"`
	SampleMS float64  `json:"sampleMS"`
	WarmMS   float64  `json:"warmMS"`
	GOGC     string   `json:"gogc"`
	Python   string   `json:"python,omitempty"` // which python3 its cells ran on
	// What a report needs to know of the catalogue, which it never sees.
	OneLoop []string `json:"oneLoop,omitempty"` // models that use one core however many they are given
	// Timed names the serial cells whose tasks are timed one by one, under every model.
	Timed   []string          `json:"timed,omitempty"`
	IO      []string          `json:"io,omitempty"`      // workloads whose tasks mostly wait
	Ceiling map[string]string `json:"ceiling,omitempty"` // workload: the probe ("spin", "memcpy") that its efficiency is held against
	Notes   []string          `json:"notes,omitempty"`   // what spoils this run, each with its remedy
	// Findings are what an examination of the machine found before the first round.
	Findings []Finding `json:"findings,omitempty"`
	// Target is the half-width of the interval of a cell's throughput, as a share
	// of it, for which a pilot of PilotRounds rounds chose Rounds; 0 if none did.
	Target      float64 `json:"target,omitempty"`
	PilotRounds int     `json:"pilotRounds,omitempty"`
	// Left is what the plan leaves out of all that could be measured on these cores.
	Left []Left `json:"left,omitempty"`
	// Searches are what a pilot looked at to choose the grains that were measured.
	Searches []Search `json:"searches,omitempty"`
}

// A Left is what a plan leaves out of a workload, which may be all of it.
type Left struct {
	Workload string   `json:"workload"`
	Cells    int      `json:"cells"`           // planned
	Missing  int      `json:"missing"`         // left out
	Lacks    []string `json:"lacks,omitempty"` // what no planned cell has: "transport tcp, ring", "batch 4 with grain 1ms"
}

// A Search is how a pilot looked for the grains at which the efficiency of a
// series crosses what is asked for. It chose which grains the rounds measure;
// its figures are used for nothing else.
type Search struct {
	Series string `json:"series"` // the name of its cells, without their grain
	Looks  []Look `json:"looks"`  // in the order in which it looked
	Failed string `json:"failed,omitempty"`
}

// A Look is one short sample of a pilot.
type Look struct {
	Grain      string  `json:"grain"`
	SerialNS   float64 `json:"serialNS"`   // what a task takes serially
	Efficiency float64 `json:"efficiency"` // serial time of a pass / (N x wall)
}

// A Finding is one thing about the machine that bears on a measurement.
type Finding struct {
	What     string   `json:"what"`
	Value    string   `json:"value"`  // "unknown" if the system does not tell
	Spoils   string   `json:"spoils"` // what it does to a measurement, "" if all is well
	Remedy   string   `json:"remedy"` // "" if all is well
	Severity Severity `json:"severity"`
}

// Severity says how much a finding matters.
type Severity string

// The severities.
const (
	OK      Severity = "ok"
	Note    Severity = "note"    // to be kept in mind when figures are read, or unknown
	Warning Severity = "warning" // it will spoil a measurement
)

// A File is everything one result file says, samples in file order.
type File struct {
	Path     string
	Run      Run
	Plan     []Cell // the cells of the profile in catalogue order
	Samples  []Sample
	Failures []Failure
	Blanks   []Blank
	// Interrupted tells that the run did not reach its planned rounds.
	Interrupted bool
	// Warnings are what the reader had to leave out, each with its line.
	Warnings []string

	whole int64 // bytes up to the end of the last whole record
}

// FailuresAllowed is in how many rounds a cell may fail before it is given up.
const FailuresAllowed = 2

// A Point is one cell in one round.
type Point struct {
	Cell  Cell
	Round int
}

// Rounds is how many rounds were begun, the planned ones at least: rounds
// beyond them replace void samples.
func (f *File) Rounds() int {
	rounds := f.Run.Rounds
	for _, s := range f.Samples {
		rounds = max(rounds, s.Round+1)
	}
	for _, x := range f.Failures {
		rounds = max(rounds, x.Round+1)
	}
	return rounds
}

// Missing returns the points of those rounds that the file holds neither a
// sample nor a failure of, in order of rounds: what a resumed run has to
// measure. A cell that failed FailuresAllowed times is not asked for again.
func (f *File) Missing() []Point {
	have := map[Cell]map[int]int{}
	for i, s := range f.Samples {
		rounds := have[s.Cell]
		if rounds == nil {
			rounds = map[int]int{}
			have[s.Cell] = rounds
		}
		rounds[s.Round] = i
	}
	return slices.Collect(f.missingBut(func(c Cell) map[int]int { return have[c] }))
}

// missingBut is Missing for whoever knows the rounds of which the file has a
// sample of a cell, the keys of what have returns.
func (f *File) missingBut(have func(c Cell) map[int]int) iter.Seq[Point] {
	type planned struct {
		cell  Cell
		have  map[int]int
		until int // the round from which on it was given up
	}
	all := f.Rounds() - f.Run.MadeUp
	plan := make([]*planned, len(f.Plan))
	cells := map[Cell]*planned{}
	for i, c := range f.Plan {
		if cells[c] == nil {
			cells[c] = &planned{c, have(c), all}
		}
		plan[i] = cells[c]
	}
	failed := map[Point]bool{}
	rounds := map[Cell][]int{}
	for _, x := range f.Failures {
		failed[Point{x.Cell, x.Round}] = true
		rounds[x.Cell] = append(rounds[x.Cell], x.Round)
	}
	for c, r := range rounds {
		if p := cells[c]; p != nil && len(r) >= FailuresAllowed {
			slices.Sort(r)
			p.until = r[FailuresAllowed-1]
		}
	}
	for _, b := range f.Blanks {
		if p := cells[b.Cell]; p != nil {
			p.until = 0
		}
	}
	return func(yield func(Point) bool) {
		plan := slices.Clone(plan)
		for round := 0; round < all && len(plan) > 0; round++ {
			plan = slices.DeleteFunc(plan, func(p *planned) bool { return round >= p.until })
			for _, p := range plan {
				point := Point{p.cell, round}
				if _, done := p.have[round]; !done && !failed[point] && !yield(point) {
					return
				}
			}
		}
	}
}
