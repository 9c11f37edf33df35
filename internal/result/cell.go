// Package result is the file between measuring and reporting: Go benchmark
// lines, one a sample, with provenance in comment lines that other readers
// skip. It is the only place that spells keys, units and benchmark names.
package result

import "strings"

// A Cell names one point of the measured matrix. The zero value of a field is
// its registered default, which is not written into the benchmark name, so a
// field added later leaves older names meaning what they meant.
type Cell struct {
	Workload  string // catalogue name, such as "fannkuch"
	Set       string // workload settings that differ from their defaults, "n:10,mode:x", sorted by name
	Grain     string // nominal serial time of a task, "100us"; "null" is a task with an empty body
	Payload   string // bytes a message, "16KiB"
	Model     string // how work is spread, such as "subprocess"
	State     string // guard of shared cells; default: the model's own
	Mail      string // message boxes; default: none used
	Host      string // what runs several tasks inside one worker process; default: one task a process
	Transport string // between processes; default: pipe
	Codec     string // of task values at a process boundary; default: binary
	IO        string // default: the model's own
	Offload   string // default: none
	Placement string // of workers on CPUs; default: physical cores first
	Batch     int    // tasks a frame; 0 means the default 1
	Prefetch  int    // tasks queued a worker; 0 means the default 1
	InFlight  int    // tasks in flight in total; 0 means the default: cores, or the workload's connections
	Helpers   string // "shared" when helper processes have no CPUs of their own
	Nodes     int    // machines; 0 means the default 1
	Cores     int    // CPUs allowed to the whole process tree
}

// Title is the workload as it stands in a benchmark name: first letter raised.
func Title(workload string) string {
	if workload == "" {
		return ""
	}
	return strings.ToUpper(workload[:1]) + workload[1:]
}
