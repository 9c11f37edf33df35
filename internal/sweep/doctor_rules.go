package sweep

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
)

// rules are all that the doctor looks at, in the order in which it says so.
func rules() []rule {
	return []rule{
		{
			"CPU", "files of different processors cannot be told apart", "",
			func(e examination) (string, result.Severity) { return e.facts.CPU, result.OK },
		},
		{
			"virtual machine", "other guests take CPU time and caches unseen, and a wake may go through the hypervisor",
			"compare cells of one file only; for figures that hold elsewhere use a dedicated host or bare metal",
			virtual,
		},
		{
			"CPUs", "nothing about several cores can be measured", "allow more: wider CPU set, larger quota or machine",
			func(e examination) (string, result.Severity) {
				return fmt.Sprintf("%d allowed, runs use up to %d", len(e.machine.CPUs), e.machine.Cores()), given(e.machine.Cores() == 1, result.Warning)
			},
		},
		{
			"binding to CPUs", "cells wander between CPUs, and what a wake costs is luck", "measure on Linux",
			func(e examination) (string, result.Severity) {
				return yes(e.machine.Pinned), given(!e.machine.Pinned, result.Warning)
			},
		},
		{
			"SMT", "two CPUs that share a core do far less than twice the work of one, so speed-up bends at the number of cores",
			"keep --cores to the number of cores, or switch SMT off: echo off > /sys/devices/system/cpu/smt/control", smt,
		},
		{
			"NUMA nodes", "memory of another node is slower, so curves bend where the first node is full",
			"stay on one: numactl --cpunodebind=0 --membind=0 nonrev run ...", nodes,
		},
		{
			"clock governor", "the clock follows the load, so models that wait more run slower as well",
			"cpupower frequency-set -g performance", governor,
		},
		{
			"turbo", "one busy core runs faster than many, which looks like bad scaling",
			"read efficiency against the ceiling, or switch turbo off: echo 0 > /sys/devices/system/cpu/cpufreq/boost (intel_pstate: echo 1 > .../intel_pstate/no_turbo)",
			func(e examination) (string, result.Severity) {
				return state(e.facts.Turbo), given(state(e.facts.Turbo) == "on", result.Note)
			},
		},
		{
			"clock", "readings are a good part of the tasks that are timed one by one, from 10us on",
			"use the processor's own counter: boot with clocksource=tsc; trust totals rather than parts of the overhead", clocks,
		},
		{
			"short sleeps", "waits of tasks and of the origin server last longer than asked", "compare IO cells of one file only; a longer delay hides it: --set delay=20000",
			func(e examination) (string, result.Severity) {
				return fmt.Sprintf("end %v late", e.clock.late.Round(time.Microsecond)), grade(e.clock.late, 200*time.Microsecond, 2*time.Millisecond)
			},
		},
		{
			"CPU quota", "the control group halts a cell in the middle of a sample, and core counts beyond it are not measured",
			"lift the limit and bind whole CPUs instead (cpuset)", quota,
		},
		{
			"throttling", "cells were halted by the CPU quota", "lift the limit and bind whole CPUs instead (cpuset)", throttling,
		},
		pressure("cpu", result.Note, "tasks wait for a CPU that others use", "stop what else runs, wait ten seconds, try again"),
		pressure("memory", result.Warning, "tasks wait for memory that is swapped or reclaimed", "stop what else runs, or add memory"),
		pressure("io", result.Note, "tasks wait for disks that others use", "stop what else runs, wait ten seconds, try again"),
		{
			"load", "something ran within the last minute and may run again", "stop what else runs, wait a minute, try again",
			func(e examination) (string, result.Severity) {
				if e.facts.Load == nil {
					return "", result.Note
				}
				return fmt.Sprintf("%.2f tasks over the last minute", *e.facts.Load), given(*e.facts.Load >= 0.5, result.Note)
			},
		},
		{
			"outside work", "others take CPUs from the cells: samples will be void, or faster where a lock is fought for", "stop what else runs",
			func(e examination) (string, result.Severity) { return share(e.outside, "one CPU", 0.03, 0.10) },
		},
		{
			"steal", "the hypervisor runs others in the middle of samples, which no count of ours sees", "use a dedicated host, or another hour",
			func(e examination) (string, result.Severity) { return share(e.stolen, "the CPUs allowed", 0.001, 0.01) },
		},
		{
			"descriptors", "connections and worker processes fail when many are open", "ulimit -n 65536",
			func(e examination) (string, result.Severity) { return allowance(e.facts.Files, mostIdle+1024) },
		},
		{
			"processes", "worker processes and threads cannot be started", "ulimit -u 65536",
			func(e examination) (string, result.Severity) { return allowance(e.facts.Processes, 1024) },
		},
		{
			"hardware counters", "cache misses and instructions cannot be counted, so a slower body stays unexplained",
			"forbidden: sysctl kernel.perf_event_paranoid=1; none: ask for a virtual PMU or use bare metal",
			func(e examination) (string, result.Severity) {
				return e.facts.Counters, given(e.facts.Counters != proc.Available, result.Note)
			},
		},
		{
			"calibration: spins", "one core and all of them do not run alike, so speed-up and efficiency are off by as much",
			"read efficiency against the ceiling; look at SMT, turbo, steal and outside work above", spins,
		},
		{
			"calibration: steadiness", "the same work takes more or less time, so intervals are wide", "look at governor, steal and outside work above; more --rounds", steady,
		},
		{
			"calibration: wake", "models that hand tasks to another core pay this for every task that they wait for",
			"it is a true cost here: raise batch or prefetch (--set); idle states that are left faster: boot with idle=poll, or cpupower idle-set -D 2", wakes,
		},
	}
}

func virtual(e examination) (string, result.Severity) {
	switch h := e.facts.Hypervisor; {
	case h == nil:
		return "", result.Note
	case *h == "":
		return "no", result.OK
	default:
		return *h, result.Note
	}
}

func smt(e examination) (string, result.Severity) {
	value := state(e.facts.SMT)
	if value == "on" && e.facts.Cores != nil {
		value += fmt.Sprintf(": %d CPUs on %d cores", len(e.machine.CPUs), *e.facts.Cores)
	}
	return value, given(value != "off", result.Note)
}

func nodes(e examination) (string, result.Severity) {
	if e.facts.Nodes == nil {
		return "", result.Note
	}
	return strconv.Itoa(*e.facts.Nodes), given(*e.facts.Nodes > 1, result.Note)
}

func governor(e examination) (string, result.Severity) {
	value := strings.Join(e.facts.Governors, ", ")
	return value, given(value != "performance", result.Warning)
}

// clocks judges by how much two readings, or one step, add to the smallest
// task that is timed by itself.
func clocks(e examination) (string, result.Severity) {
	value := fmt.Sprintf("step %v, reading %v", e.clock.step, e.clock.read)
	if e.facts.ClockSource != "" {
		value = e.facts.ClockSource + ", " + value
	}
	return value, grade(max(e.clock.step, 2*e.clock.read), smallestClocked/50, smallestClocked/10)
}

// quota warns where even one core is not whole. From the CPUs allowed on it is
// never reached, and a run keeps to the whole cores below it.
func quota(e examination) (string, result.Severity) {
	switch q := e.facts.Quota; {
	case q == nil:
		return "", result.Note
	case *q == 0:
		return "none", result.OK
	case *q < 1:
		return fmt.Sprintf("%.2f cores", *q), result.Warning
	default:
		return fmt.Sprintf("%.2f cores", *q), given(*q < float64(len(e.machine.CPUs)), result.Note)
	}
}

func throttling(e examination) (string, result.Severity) {
	if e.halts == nil {
		if e.facts.Quota != nil && *e.facts.Quota == 0 { // groups without a limit need not count
			return "none", result.OK
		}
		return "", result.Note
	}
	before := *e.facts.Throttled
	value := fmt.Sprintf("%d halts during the calibration, %d before", *e.halts, before)
	if *e.halts > 0 {
		return value, result.Warning
	}
	return value, given(before > 0, result.Note)
}

// pressure is the rule for one of the system's stall counts; worst is what a
// high one means. That of the CPUs is of the past, and what others use in the
// calibration tells better whether it lasts.
func pressure(resource string, worst result.Severity, spoils, remedy string) rule {
	return rule{resource + " pressure", spoils, remedy, func(e examination) (string, result.Severity) {
		percent, known := e.facts.Pressure[resource]
		if !known {
			return "", result.Note
		}
		value := fmt.Sprintf("%.1f%% of the last ten seconds", percent)
		if percent >= 10 {
			return value, worst
		}
		return value, given(percent >= 1, result.Note)
	}}
}

func share(x *float64, of string, note, warning float64) (string, result.Severity) {
	if x == nil {
		return "", result.Note
	}
	return fmt.Sprintf("%.1f%% of %s during the calibration", 100**x, of), grade(*x, note, warning)
}

// allowance judges a limit by what a run with some hundred connections needs,
// and by what is ample for every profile.
func allowance(limit *uint64, ample uint64) (string, result.Severity) {
	switch {
	case limit == nil:
		return "", result.Note
	case *limit == proc.Unlimited:
		return "unlimited", result.OK
	case *limit < 256:
		return fmt.Sprint(*limit), result.Warning
	}
	return fmt.Sprint(*limit), given(*limit < ample, result.Note)
}

// spins is suspect in both directions: more than N times the work of one says
// that the one was slowed.
func spins(e examination) (string, result.Severity) {
	n := e.machine.Cores()
	if n == 1 {
		return "one core only", result.OK
	}
	var ratios []float64
	for i := range min(len(e.ones), len(e.alls)) {
		ratios = append(ratios, e.alls[i]/e.ones[i])
	}
	median, least, most, ok := middle(ratios)
	if !ok {
		return "", result.Note
	}
	value := fmt.Sprintf("%d spins do %.2f times the work of one (%.2f to %.2f)", n, median, least, most)
	return value, grade(math.Abs(median/float64(n)-1), 0.05, 0.10)
}

func steady(e examination) (string, result.Severity) {
	median, least, most, ok := middle(e.ones)
	if !ok {
		return "", result.Note
	}
	spread := (most - least) / median
	return fmt.Sprintf("one spin varies by %.1f%% in %d processes", 100*spread, len(e.ones)), grade(spread, 0.05, 0.15)
}

func wakes(e examination) (string, result.Severity) {
	if e.machine.Cores() == 1 {
		return "one core only", result.OK
	}
	median, least, most, ok := middle(e.wakes)
	if !ok {
		return "", result.Note
	}
	return fmt.Sprintf("%.1f us there and back (%.1f to %.1f)", median/1e3, least/1e3, most/1e3), given(median >= 20_000, result.Note)
}

// state is "" if it is not known.
func state(on *bool) string {
	switch {
	case on == nil:
		return ""
	case *on:
		return "on"
	}
	return "off"
}

func yes(so bool) string {
	if so {
		return "yes"
	}
	return "no"
}
