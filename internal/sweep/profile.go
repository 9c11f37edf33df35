package sweep

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// A Profile is a frozen list of cells and how often and how long each is measured.
type Profile struct {
	Name             string
	Doc              string
	Rounds           int
	WarmUp, Duration time.Duration // of one sample
	// cells lists the cells for a list of core counts, in the order of the report.
	cells  func(c Catalogue, cores []int) []result.Cell
	probed bool // whether the machine's ceilings are measured as well
	closed bool // whether a workload that the profile does not know stays out
	// search tells that a pilot chooses among the cells; see sweep.search.
	search bool
}

// Profiles are those that a run can be asked for, smallest first.
func Profiles() []Profile {
	return []Profile{
		{
			Name: "smoke", Doc: "does everything work here? under 15 s; its numbers mean little",
			Rounds: 2, WarmUp: 10 * time.Millisecond, Duration: 20 * time.Millisecond, cells: smokeCells, probed: true,
		},
		{
			Name: "quick", Doc: "a first look in under 2 minutes",
			Rounds: 8, WarmUp: 60 * time.Millisecond, Duration: 100 * time.Millisecond, cells: quickCells, probed: true,
		},
		{
			Name: "default", Doc: "the page: four models and serial, break-even from 1 us to 10 ms, under 10 minutes on 2 cores",
			Rounds: 20, WarmUp: 60 * time.Millisecond, Duration: 100 * time.Millisecond, cells: defaultCells, probed: true,
		},
		{
			Name: "grain", Doc: "from which task size on each model pays: METG(50%) and METG(90%) by search, under 10 minutes on 2 cores",
			Rounds: 16, WarmUp: 60 * time.Millisecond, Duration: 100 * time.Millisecond, cells: grainCells, probed: true, closed: true, search: true,
		},
		{
			Name: "ipc", Doc: "what a message costs: every transport at every payload, depth, placement and encoding, with the floor beside it; under 10 minutes on 2 cores",
			Rounds: 10, WarmUp: 20 * time.Millisecond, Duration: 45 * time.Millisecond, cells: ipcCells, probed: true, closed: true,
		},
		{
			Name: "python", Doc: "the python3 found here, serial, in threads and in processes: what its GIL costs; under 2 minutes",
			Rounds: 12, WarmUp: 80 * time.Millisecond, Duration: 300 * time.Millisecond,
			cells: func(_ Catalogue, cores []int) []result.Cell { return pythonCells(cores) }, probed: true, closed: true,
		},
		{
			Name: "full", Doc: "every workload, grain, payload, model, state, transport and host at every core count, 10 000 idle connections, and all of ipc at every payload; takes hours",
			Rounds: 20, WarmUp: 60 * time.Millisecond, Duration: 100 * time.Millisecond, cells: fullCells, probed: true,
		},
	}
}

// FindProfile returns the profile of that name.
func FindProfile(name string) (Profile, error) {
	var names []string
	for _, p := range Profiles() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Profile{}, unknown("profile", name, names)
}

// Cells lists the profile's cells for a list of core counts. A workload that
// the profile does not know is measured under every model at every count.
func (p Profile) Cells(c Catalogue, cores []int) []result.Cell {
	cells := p.cells(c, cores)
	for _, w := range c.Workloads {
		if !p.closed && !slices.ContainsFunc(cells, func(cell result.Cell) bool { return cell.Workload == w.Name }) {
			cells = append(cells, everyPoint(c, w, cores, plainForm)...)
		}
	}
	if p.probed {
		cells = append(cells, probes(cells)...)
	}
	return cells
}

// What a sample takes beside warm-up and clock: starting the process,
// preparing the job, the last pass of each, checking. A pair that passes
// messages is ready sooner, python3 later. Each pass of idle connections waits
// for a second, and there are three: two of the warm-up, one of the sample.
const (
	childCost  = 80 * time.Millisecond
	pairCost   = 40 * time.Millisecond
	pythonCost = 250 * time.Millisecond
	idleCost   = 5 * time.Second
)

// Budget is about how long one round of these cells takes under the profile.
func (p Profile) Budget(cells []result.Cell) (total time.Duration) {
	for _, c := range cells {
		cost := childCost
		switch {
		case c.Workload == result.Exchange:
			cost = pairCost
		case c.Workload == result.Python:
			cost = pythonCost
		case isIdle(c):
			cost = idleCost
		}
		total += p.WarmUp + p.Duration + cost
	}
	return total
}

// headline are the four models that every profile compares.
var headline = [...]string{"goroutine", "subprocess", "eventloop", "locked"}

// CoreList is the core counts of a sweep up to n: 1, 2, 3, 4, 6, 8, 12, 16,
// 24, 32 and so on, and n itself. A law needs six points, which 8 cores give.
func CoreList(n int) []int {
	var list []int
	for c := 1; c <= n; c *= 2 {
		list = append(list, c)
		if half := c + c/2; c > 1 && half <= n {
			list = append(list, half)
		}
	}
	if list[len(list)-1] != n {
		list = append(list, n)
	}
	return list
}

// ends shortens a list of core counts to 1, 2 and the largest.
func ends(cores []int) []int {
	last := cores[len(cores)-1]
	return slices.DeleteFunc(slices.Clone(cores), func(c int) bool { return c > 2 && c != last })
}

// across is the cell under the headline models at every count, serial first.
func across(cell result.Cell, cores []int) []result.Cell {
	cells := []result.Cell{under(cell, result.Serial, 1)}
	for _, m := range headline {
		for _, n := range cores {
			cells = append(cells, under(cell, m, n))
		}
	}
	return cells
}

func under(cell result.Cell, model string, cores int) result.Cell {
	cell.Model, cell.Cores = model, cores
	return cell
}

// probes are the ceilings at every core count of the cells.
func probes(cells []result.Cell) []result.Cell {
	var cores []int
	for _, c := range cells {
		cores = append(cores, c.Cores)
	}
	cores = slices.Compact(slices.Sorted(slices.Values(cores)))
	var list []result.Cell
	for _, n := range cores {
		list = append(list,
			result.Cell{Workload: result.Probe, Set: probeSpin, Cores: n},
			result.Cell{Workload: result.Probe, Set: probeMemcpy, Cores: n})
	}
	if i := slices.IndexFunc(cores, func(n int) bool { return n >= 2 }); i >= 0 {
		list = append(list, result.Cell{Workload: result.Probe, Set: probeWake, Cores: cores[i]})
	}
	return list
}

func smokeCells(_ Catalogue, cores []int) []result.Cell {
	most := cores[len(cores)-1:]
	cells := across(result.Cell{Workload: "fannkuch", Grain: "100us"}, ends(cores))
	cells = append(cells, across(result.Cell{Workload: "fannkuch", Grain: "1ms"}, ends(cores))...)
	return slices.Concat(cells, others(most, "16KiB"), smallestExchanges(cores))
}

func quickCells(_ Catalogue, cores []int) []result.Cell {
	var cells []result.Cell
	for _, grain := range []string{"10us", "100us", "1ms"} {
		cells = append(cells, across(result.Cell{Workload: "fannkuch", Grain: grain}, ends(cores))...)
	}
	return append(append(cells, others(cores[len(cores)-1:], "64B", "16KiB")...), paced(cores)...)
}

func defaultCells(_ Catalogue, cores []int) []result.Cell {
	var cells []result.Cell
	for _, grain := range []string{"null", "1us", "10us", "100us", "1ms", "10ms"} {
		at := ends(cores)
		if grain == "1ms" {
			at = cores
		}
		cells = append(cells, across(result.Cell{Workload: "fannkuch", Grain: grain}, at)...)
		// Dispatch depth moves the figures most where tasks are small and cores are many.
		if most := at[len(at)-1]; slices.Contains([]string{"1us", "10us", "100us"}, grain) {
			cells = append(cells,
				under(result.Cell{Workload: "fannkuch", Grain: grain, Prefetch: 16}, "goroutine", most),
				under(result.Cell{Workload: "fannkuch", Grain: grain, Batch: 16}, "subprocess", most))
		}
	}
	cells = append(cells, others(cores, "64B", "16KiB", "1MiB")...)
	if most := cores[len(cores)-1]; most <= 2 { // so few leave none for the origin, and shared counts are not compared
		cells = slices.DeleteFunc(cells, func(c result.Cell) bool {
			return c.Workload == "echo" && c.Model != result.Serial && c.Cores != most
		})
	}
	return append(cells, paced(cores)...)
}

// pace is how many connections a second arrive in a latency cell: well below
// what any of the headline models does on two cores that it shares with the
// origin (from 4500 on), so that latency is not that of a queue without end.
const pace = "rate:2000"

// paced is echo as an open loop on the most cores. The serial loop is not
// among the models: one connection at a time cannot keep that pace.
func paced(cores []int) []result.Cell {
	var cells []result.Cell
	for _, m := range headline {
		cells = append(cells, under(result.Cell{Workload: "echo", Set: pace}, m, cores[len(cores)-1]))
	}
	return cells
}

// idleSet has the origin answer after a second, so that nearly all connections
// wait at any moment.
const idleSet = "delay:1000000"

// mostIdle is the largest number of connections that any cell has open.
const mostIdle = 10_000

func isIdle(c result.Cell) bool { return c.Workload == "echo" && strings.HasPrefix(c.Set, idleSet) }

// idle are echo with very many connections that mostly wait, on the one core
// that a loop uses and on one more. A pass is as many connections as are open.
func idle(cores []int) []result.Cell {
	var cells []result.Cell
	for _, open := range []int{1000, mostIdle} {
		cell := result.Cell{Workload: "echo", Set: fmt.Sprintf("%s,tasks:%d", idleSet, open), InFlight: open}
		for _, m := range []string{"goroutine", "eventloop"} {
			for _, n := range cores {
				if n <= 2 {
					cells = append(cells, under(cell, m, n))
				}
			}
		}
	}
	return cells
}

// others are the workloads beside fannkuch.
func others(cores []int, payloads ...string) []result.Cell {
	cells := across(result.Cell{Workload: "wordcount"}, cores)
	for _, payload := range payloads {
		cells = append(cells, across(result.Cell{Workload: "handoff", Payload: payload}, cores)...)
	}
	cells = append(cells, across(result.Cell{Workload: "counter"}, cores)...)
	return append(cells, across(result.Cell{Workload: "echo"}, cores)...)
}

func fullCells(c Catalogue, cores []int) []result.Cell {
	return slices.Concat(workloadCells(c, cores, askedFor), exchangeCells(cores), spawnCells(), pythonCells(cores))
}

// askedFor are the cells of a workload in settings other than its own by which
// claims of the essay are decided.
func askedFor(workload string, cores []int) []result.Cell {
	switch workload {
	case "counter":
		return across(result.Cell{Workload: "counter", Set: "think:100"}, cores)
	case "echo":
		return idle(cores)
	}
	return nil
}

// checkCells are those whose answers are checked.
func checkCells(c Catalogue, cores []int) []result.Cell {
	none := func(string, []int) []result.Cell { return nil }
	return slices.Concat(workloadCells(c, cores, none), answeredCells(cores), pythonCells(cores))
}

// workloadCells are every workload under every model, each with what more there
// is to be of it.
func workloadCells(c Catalogue, cores []int, more func(workload string, cores []int) []result.Cell) []result.Cell {
	var cells []result.Cell
	for _, w := range c.Workloads {
		cells = append(cells, everyPoint(c, w, cores, everyForm)...)
		if w.Name == "echo" {
			cells = append(cells, paced(cores)...)
		}
		cells = append(cells, more(w.Name, cores)...)
	}
	return cells
}

// The grains that no one has to ask for: a pass of longer tasks takes seconds,
// and so does one of shorter tasks that all cross a process boundary.
const (
	shortestGrain = time.Microsecond
	longestGrain  = 10 * time.Millisecond
)

// everyPoint is a workload with every grain from shortestGrain to longestGrain
// and every payload, under every model in these forms, at every count.
func everyPoint(c Catalogue, w workloads.Workload, cores []int, forms formsOf) []result.Cell {
	var cells []result.Cell
	for _, grain := range orNone(w.Grains) {
		if d, err := time.ParseDuration(grain); err == nil && (d < shortestGrain || d > longestGrain) {
			continue
		}
		for _, payload := range orNone(w.Payloads) {
			cell := result.Cell{Workload: w.Name, Grain: grain, Payload: payload}
			for _, m := range c.Models {
				if m.Serial {
					cells = append(cells, under(cell, m.Name, 1))
					continue
				}
				for _, form := range forms(cell, w, m) {
					for _, n := range cores {
						cells = append(cells, under(form, m.Name, n))
					}
				}
			}
		}
	}
	return cells
}

// formsOf lists the forms that a cell takes under a model.
type formsOf func(cell result.Cell, w workloads.Workload, m runners.Model) []result.Cell

// plainForm is the model as it is by default.
func plainForm(cell result.Cell, _ workloads.Workload, _ runners.Model) []result.Cell {
	return []result.Cell{cell}
}

// everyForm is the model with each guard of shared cells, each transport, each
// host and several depths of dispatch, one changed at a time.
func everyForm(cell result.Cell, w workloads.Workload, m runners.Model) []result.Cell {
	forms := []result.Cell{cell}
	vary := func(values []string, set func(c *result.Cell, v string)) {
		for i, v := range values {
			if i > 0 { // the first is the default, which a cell does not spell
				form := cell
				set(&form, v)
				forms = append(forms, form)
			}
		}
	}
	if w.Declares(workloads.Cells) {
		vary(m.States, func(c *result.Cell, v string) { c.State = v })
	}
	vary(m.Transports, func(c *result.Cell, v string) { c.Transport = v })
	vary(m.Hosts, func(c *result.Cell, v string) { c.Host = v })
	for _, depth := range []int{4, 16} {
		batched, queued := cell, cell
		batched.Batch, queued.Prefetch = depth, depth
		if len(m.Transports) > 0 {
			forms = append(forms, batched)
		}
		if m.Queues {
			forms = append(forms, queued)
		}
	}
	return forms
}

func orNone(values []string) []string {
	if len(values) == 0 {
		return []string{""}
	}
	return values
}
