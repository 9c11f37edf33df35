// Package sweep measures: it runs each cell of a profile in a fresh process on
// its own CPUs, round by round, and appends what it finds to a result file. It
// never sees a chart.
package sweep

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// A Catalogue is what a run can choose from, in the order of the report.
type Catalogue struct {
	Workloads []workloads.Workload
	Models    []runners.Model
}

// Workload returns the workload of that name.
func (c Catalogue) Workload(name string) (workloads.Workload, error) {
	for _, w := range c.Workloads {
		if w.Name == name {
			return w, nil
		}
	}
	return workloads.Workload{}, unknown("workload", name, c.workloadNames())
}

// Model returns the model of that name.
func (c Catalogue) Model(name string) (runners.Model, error) {
	for _, m := range c.Models {
		if m.Name == name {
			return m, nil
		}
	}
	return runners.Model{}, unknown("model", name, c.modelNames())
}

func (c Catalogue) workloadNames() []string {
	names := make([]string, len(c.Workloads))
	for i, w := range c.Workloads {
		names[i] = w.Name
	}
	return names
}

func (c Catalogue) modelNames() []string {
	names := make([]string, len(c.Models))
	for i, m := range c.Models {
		names[i] = m.Name
	}
	return names
}

// place says for whom a cell is set up: the widest core count of the machine, the
// address of the workload's helper, whether tasks are timed one by one, and
// what the environment of its processes is filled up by.
type place struct {
	Width  int    `json:"width"`
	Helper string `json:"helper,omitempty"`
	Clocks bool   `json:"clocks,omitempty"`
	Layout uint64 `json:"layout,omitempty"`
}

// setup translates a cell into what a model is started with.
func (c Catalogue) setup(cell result.Cell, at place) (runners.Model, runners.Setup, error) {
	m, err := c.Model(cell.Model)
	if err != nil {
		return m, runners.Setup{}, err
	}
	w, err := c.Workload(cell.Workload)
	if err != nil {
		return m, runners.Setup{}, err
	}
	p, err := params(w, cell)
	if err != nil {
		return m, runners.Setup{}, err
	}
	p.Width, p.Helper = at.Width, at.Helper
	s := runners.Setup{
		Workload: w, Params: p, Cores: cell.Cores, InFlight: cell.InFlight,
		Batch: max(cell.Batch, 1), Prefetch: max(cell.Prefetch, 1),
		State: cell.State, Transport: cell.Transport, Host: cell.Host,
		Clocks: at.Clocks, Layout: at.Layout,
	}
	if s.InFlight == 0 {
		s.InFlight = cell.Cores
		if w.IO {
			s.InFlight = w.InFlight
		}
	}
	return m, s, nil
}

// params reads the workload's own settings out of a cell.
func params(w workloads.Workload, cell result.Cell) (workloads.Params, error) {
	p := workloads.Params{Grain: cell.Grain, Payload: cell.Payload}
	for knob := range strings.SplitSeq(cell.Set, ",") {
		if cell.Set == "" {
			break
		}
		name, value, _ := strings.Cut(knob, ":")
		n, err := strconv.Atoi(value)
		if err != nil {
			return p, fmt.Errorf("%s: setting %q is not a number", w.Name, knob)
		}
		if p.Knobs == nil {
			p.Knobs = map[string]int{}
		}
		p.Knobs[name] = n
	}
	return w.Params(p)
}

// unknown is the error for a name that is not in the list; it suggests the
// nearest that is.
func unknown(kind, name string, list []string) error {
	best, distance := "", 3
	for _, known := range list {
		if d := edits(name, known); d < distance {
			best, distance = known, d
		}
	}
	if best != "" {
		return fmt.Errorf("unknown %s %q: did you mean %q?", kind, name, best)
	}
	return fmt.Errorf("unknown %s %q: choose from %s", kind, name, strings.Join(list, ", "))
}

// edits is the Levenshtein distance of two names.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := []int{i + 1}
		for j := range len(b) {
			substitute := row[j]
			if a[i] != b[j] {
				substitute++
			}
			next = append(next, min(substitute, row[j+1]+1, next[j]+1))
		}
		row = next
	}
	return row[len(b)]
}
