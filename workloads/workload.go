// Package workloads is the catalogue of what is done: every workload, its
// tasks and its known answers. It never names a model.
package workloads

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// A Workload is one kind of work, with everything that another process needs
// to do it as well: tasks and transactions are found by name, never by closure.
type Workload struct {
	Name string // lower case; the benchmark's name
	Doc  string // one sentence
	// IO tells that tasks mostly wait: a model then keeps tasks in flight
	// instead of cores busy.
	IO bool
	// Needs are the effects that the tasks may use besides Yield; any other fails.
	Needs []Effect
	Tasks []Task
	// Transactions are the named bodies that Atomically runs.
	Transactions []Transaction
	// Knobs are the settings of the workload, with defaults.
	Knobs []Knob
	// Grains and Payloads list the values that make sense, smallest first;
	// empty when the workload has no such factor.
	Grains, Payloads []string
	// InFlight is how many tasks an IO workload keeps in flight by default.
	InFlight int
	// Ceiling names the probe that efficiency is held against: "spin" or "memcpy".
	Ceiling string
	// Refuse, if not nil, says what is wrong with a setting whose values are
	// each right by themselves.
	Refuse func(Params) error
	// Prepare makes the job for one setting. It is called outside the clock.
	Prepare func(Params) (Job, error)
	// Helper, if not nil, serves the tasks from a process of its own: it calls
	// ready with its address and serves until ctx ends.
	Helper func(ctx context.Context, p Params, ready func(address string)) error
}

// All is the catalogue in the order of the report.
func All() []Workload {
	return []Workload{Fannkuch(), Wordcount(), Handoff(), Counter(), Echo()}
}

// Task returns the workload's task of that name.
func (w Workload) Task(name string) (Task, error) {
	for _, t := range w.Tasks {
		if t.Name() == name {
			return t, nil
		}
	}
	return nil, fmt.Errorf("workload %s declares no task %q", w.Name, name)
}

// Declares reports whether the tasks may use the effect.
func (w Workload) Declares(e Effect) bool { return slices.Contains(w.Needs, e) }

// A Knob is a setting of a workload: a number, with the smallest and the
// largest value that make sense.
type Knob struct {
	Name     string
	Doc      string
	Default  int
	Min, Max int
}

// Params is one setting of a workload.
type Params struct {
	Grain   string         // one of the workload's Grains, or ""
	Payload string         // one of the workload's Payloads, or ""
	Knobs   map[string]int // settings that differ from the defaults
	// Width is the largest core count of the machine: a pass holds enough
	// tasks for that many, so that every core count does the same pass.
	Width int
	// Helper is the address of the workload's helper, if it has one.
	Helper string

	workload *Workload
}

// Params checks a setting against the workload's declaration and completes it.
// The error names what is wrong and what would be right.
func (w Workload) Params(p Params) (Params, error) {
	for name, v := range p.Knobs {
		k, err := w.knob(name)
		if err != nil {
			return p, err
		}
		if v < k.Min || v > k.Max {
			return p, fmt.Errorf("%s: %s=%d is outside %d to %d", w.Name, name, v, k.Min, k.Max)
		}
	}
	if err := oneOf(w.Name, "grain", p.Grain, w.Grains); err != nil {
		return p, err
	}
	if err := oneOf(w.Name, "payload", p.Payload, w.Payloads); err != nil {
		return p, err
	}
	p.Width = max(p.Width, 1)
	p.workload = &w
	if w.Refuse == nil {
		return p, nil
	}
	return p, w.Refuse(p)
}

func oneOf(workload, factor, v string, list []string) error {
	if len(list) == 0 && v == "" || slices.Contains(list, v) {
		return nil
	}
	if len(list) == 0 {
		return fmt.Errorf("%s has no %s", workload, factor)
	}
	return fmt.Errorf("%s: %s=%q is not one of %s", workload, factor, v, strings.Join(list, ", "))
}

func (w Workload) knob(name string) (Knob, error) {
	var names []string
	for _, k := range w.Knobs {
		if k.Name == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	if len(names) == 0 {
		return Knob{}, fmt.Errorf("%s has no settings, so no %q", w.Name, name)
	}
	return Knob{}, fmt.Errorf("%s has no setting %q; it has %s", w.Name, name, strings.Join(names, ", "))
}

// Int returns a knob's value, its default when it was not set.
func (p Params) Int(knob string) int {
	if v, ok := p.Knobs[knob]; ok {
		return v
	}
	k, err := p.workload.knob(knob)
	if err != nil {
		panic(err) // the workload reads a knob that it does not declare
	}
	return k.Default
}

// Set spells the knobs that differ from their defaults: "a:1,b:2", by name.
func (p Params) Set() string {
	var s []string
	for name, v := range p.Knobs {
		if k, err := p.workload.knob(name); err == nil && v != k.Default {
			s = append(s, name+":"+strconv.Itoa(v))
		}
	}
	sort.Strings(s)
	return strings.Join(s, ",")
}

// Bytes reads the payload as a number: "64B", "16KiB", "1MiB".
func (p Params) Bytes() int {
	var n int
	var unit string
	if _, err := fmt.Sscanf(p.Payload, "%d%s", &n, &unit); err != nil {
		return 0
	}
	return n * map[string]int{"B": 1, "KiB": 1 << 10, "MiB": 1 << 20}[unit]
}

// evenly is a number of tasks, at least least and a multiple of unit, that
// every usual core count up to width divides, so that no core is left idle at
// the end of a pass for want of a task. Where that would be more than most,
// width alone divides it.
func evenly(unit, least, most, width int) int {
	n := roundUp(least, lcm(unit, commonMultiple(width)))
	if n > most {
		n = roundUp(least, lcm(unit, width))
	}
	return n
}

// commonMultiple is the least number that width and every count of a sweep
// below it divide: 1, 2, 3, 4, 6, 8, 12 and so on.
func commonMultiple(width int) int {
	m := width
	for c := 1; c <= width; c *= 2 {
		m = lcm(m, c)
		if c > 1 && c+c/2 <= width {
			m = lcm(m, c+c/2)
		}
	}
	return m
}

func roundUp(n, step int) int { return (n + step - 1) / step * step }

func lcm(a, b int) int { return a / gcd(a, b) * b }

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
