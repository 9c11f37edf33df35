package sweep

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/workloads"
)

// searched are the efficiencies whose grains a search looks for: METG(50%) and
// METG(90%) of Slaughter and others, Task Bench, SC 2020. The larger comes
// first: it looks at larger grains, and a dip among them moves the other.
var searched = [...]float64{0.9, 0.5}

// around is how many grains on either side of a crossing the rounds measure:
// one would do if the pilot were right every time.
const around = 2

// Length of a sample of a search.
const (
	searchWarmUp   = 20 * time.Millisecond
	searchDuration = 40 * time.Millisecond
)

// ladder is the grains of a workload that a search can look at, smallest first.
func ladder(w workloads.Workload) []string {
	return slices.DeleteFunc(slices.Clone(w.Grains), func(grain string) bool {
		d, err := time.ParseDuration(grain) // "null" is no duration
		return err != nil || d > longestGrain
	})
}

// grainCells are the cells that a search may choose: each workload that has
// several grains under each model over each transport, at 1, 2 and the most
// cores. A model of one loop is judged on one core.
func grainCells(c Catalogue, cores []int) []result.Cell {
	var cells []result.Cell
	for _, w := range c.Workloads {
		rungs := ladder(w)
		if len(rungs) < 2 {
			continue
		}
		for _, grain := range rungs {
			cell := result.Cell{Workload: w.Name, Grain: grain, Payload: orNone(w.Payloads)[0]}
			for _, m := range c.Models {
				at := ends(cores)
				switch {
				case m.Serial:
					at = []int{1}
				case m.OneLoop:
					at = at[:1]
				}
				for i, transport := range orNone(m.Transports) {
					if i == 0 {
						transport = "" // the default, which a cell does not spell
					}
					cell.Transport = transport
					for _, n := range at {
						cells = append(cells, under(cell, m.Name, n))
					}
				}
			}
		}
	}
	return cells
}

// search has a pilot look, in each series of cells that differ in their grain
// alone, for the grains at which efficiency crosses what is asked for. Only
// those around the crossings stay in the plan, with serial beside them; the
// file keeps what the pilot looked at, and its samples are used for nothing
// else.
func (s *sweep) search(ctx context.Context) error {
	wanted := map[result.Cell]bool{}
	for _, series := range seriesOf(s.plan) {
		looks := result.Search{Series: seriesKey(series[0]).Name()}
		chosen, err := crossings(len(series), func(i int) (float64, error) {
			look, err := s.glance(ctx, series[i])
			if err == nil {
				looks.Looks = append(looks.Looks, look)
			}
			return look.Efficiency, err
		})
		var failed failedLook
		if errors.As(err, &failed) {
			looks.Failed = failed.Error()
		} else if err != nil {
			return err
		}
		for _, i := range chosen {
			wanted[series[i]], wanted[serialOf(series[i])] = true, true
		}
		s.run.Searches = append(s.run.Searches, looks)
		fmt.Fprintf(s.Log, "search %d: %s: %d samples\n", len(s.run.Searches), looks.Series, len(looks.Looks))
	}
	s.plan = slices.DeleteFunc(s.plan, func(c result.Cell) bool { return !c.OfMachine() && !wanted[c] })
	return nil
}

// seriesOf cuts a plan into the series that are searched, in its order, each
// from the smallest grain to the largest.
func seriesOf(plan []result.Cell) (list [][]result.Cell) {
	at := map[result.Cell]int{}
	for _, c := range plan {
		if c.OfMachine() || c.Model == result.Serial {
			continue
		}
		key := seriesKey(c)
		if _, known := at[key]; !known {
			at[key] = len(list)
			list = append(list, nil)
		}
		list[at[key]] = append(list[at[key]], c)
	}
	return list
}

func seriesKey(c result.Cell) result.Cell {
	c.Grain = ""
	return c
}

// serialOf is the serial cell that a cell is held against.
func serialOf(c result.Cell) result.Cell {
	base := taskOf(c)
	base.Helpers = c.Helpers
	return base
}

// failedLook is a sample that the cell itself failed or cannot have: the
// rounds will tell why.
type failedLook struct{ error }

// glance is one short sample of a cell and, just before it, one of its serial
// cell, so that drift of the machine falls on both.
func (s *sweep) glance(ctx context.Context, cell result.Cell) (result.Look, error) {
	serial, err := s.taskTime(ctx, serialOf(cell))
	if err != nil {
		return result.Look{}, err
	}
	ns, err := s.taskTime(ctx, cell)
	if err != nil {
		return result.Look{}, err
	}
	efficiency := serial / (float64(s.Catalogue.processors(cell)) * ns)
	return result.Look{Grain: cell.Grain, SerialNS: math.Round(serial), Efficiency: math.Round(1e4*efficiency) / 1e4}, nil
}

// taskTime is the wall time a task of one short sample in ns.
func (s *sweep) taskTime(ctx context.Context, cell result.Cell) (float64, error) {
	sample, c, err := s.measureFor(ctx, result.Point{Cell: cell, Round: -1}, searchWarmUp, searchDuration)
	if err != nil {
		return 0, err
	}
	rate, ok := sample.Value(result.TaskRate)
	switch {
	case c.Blank != "":
		return 0, failedLook{errors.New(c.Blank)}
	case c.Kind != "":
		return 0, failedLook{fmt.Errorf("%s: %s", c.Kind, c.Text)}
	case !ok || !(rate > 0):
		return 0, failedLook{fmt.Errorf("%s: no rate of tasks", otherError)}
	}
	return 1e9 / rate, nil
}

// crossings looks for every efficiency that is searched for and returns the
// rungs around where they are crossed, ascending. After an error that is the
// rung that could not be looked at.
func crossings(rungs int, look func(i int) (float64, error)) ([]int, error) {
	known := map[int]float64{}
	var chosen []int
	for _, p := range searched {
		first, err := bisect(rungs, p, known, look)
		if err != nil {
			return []int{first}, err
		}
		for i := first - around; i < first+around; i++ {
			chosen = append(chosen, min(max(i, 0), rungs-1)) // at its end where the crossing lies beyond the ladder
		}
	}
	slices.Sort(chosen)
	return slices.Compact(chosen), nil
}

// bisect returns the rung from which on efficiency is p or more: the one above
// the highest that is known to be below p, and none when that is the last.
// It looks at rungs, and keeps them in known, until those two are neighbours.
// On a curve that is not monotone that is one of its crossings, and the last
// as far as was looked. After an error it is the rung that was looked at.
func bisect(rungs int, p float64, known map[int]float64, look func(i int) (float64, error)) (int, error) {
	for {
		below, above := -1, rungs
		for i, efficiency := range known {
			if !(efficiency >= p) {
				below = max(below, i)
			}
		}
		for i := range known {
			if i > below {
				above = min(above, i)
			}
		}
		if above-below == 1 {
			return above, nil
		}
		middle := (below + above) / 2
		efficiency, err := look(middle)
		if err != nil {
			return middle, err
		}
		known[middle] = efficiency
	}
}
