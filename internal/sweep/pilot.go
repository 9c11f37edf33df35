package sweep

import (
	"context"
	"slices"
	"time"

	"github.com/nonrev/nonrev/internal/result"
)

// smallestClocked is how long a task must take serially to be timed one by
// one: below, two clock reads a task are a good part of what they measure.
const smallestClocked = 10 * time.Microsecond

// Length of a pilot sample.
const (
	pilotWarmUp   = 5 * time.Millisecond
	pilotDuration = 10 * time.Millisecond
)

// pilot finds out, before the first round, which cells are measured, if that is
// to be searched for, and which tasks are long enough to be timed one by one.
// It has the file say it, so that all models and rounds,
// resumed ones too, treat a task alike. A grain says it by its name; for any
// other task one serial sample does, which is used for nothing else.
func (s *sweep) pilot(ctx context.Context) error {
	if err := s.tryTasks(ctx); err != nil {
		return err
	}
	if s.Profile.search {
		if err := s.search(ctx); err != nil {
			return err
		}
	}
	for _, cell := range s.plan {
		if name := taskOf(cell).Name(); s.clocks[taskOf(cell)] && !slices.Contains(s.run.Timed, name) {
			s.run.Timed = append(s.run.Timed, name)
		}
	}
	return nil
}

// recall takes the decision of the pilot from the file.
func (s *sweep) recall() {
	s.clocks = map[result.Cell]bool{}
	for _, cell := range s.plan {
		s.clocks[taskOf(cell)] = slices.Contains(s.run.Timed, taskOf(cell).Name())
	}
}

func (s *sweep) tryTasks(ctx context.Context) error {
	s.clocks = map[result.Cell]bool{}
	for _, cell := range s.plan {
		task := taskOf(cell)
		if _, known := s.clocks[task]; known || cell.OfMachine() {
			continue
		}
		w, err := s.Catalogue.Workload(cell.Workload)
		if err != nil {
			return err
		}
		switch {
		case w.IO: // its tasks wait: that is no time of a core
			s.clocks[task] = false
		case cell.Grain != "":
			d, err := time.ParseDuration(cell.Grain) // "null" is no duration
			s.clocks[task] = err == nil && d >= smallestClocked
		default:
			took, err := s.serialTime(ctx, task)
			if err != nil {
				return err
			}
			s.clocks[task] = took >= smallestClocked
		}
	}
	return nil
}

// taskOf is the serial cell that does the same tasks.
func taskOf(cell result.Cell) result.Cell {
	return result.Cell{Workload: cell.Workload, Set: cell.Set, Grain: cell.Grain, Payload: cell.Payload, Model: result.Serial, Cores: 1}
}

// serialTime is what one task takes serially, 0 if that cannot be measured:
// then the rounds will tell why.
func (s *sweep) serialTime(ctx context.Context, task result.Cell) (time.Duration, error) {
	o := order{
		place: place{Width: s.machine.Cores()}, Cell: task, CPUs: s.machine.take(1),
		WarmUp: pilotWarmUp, Duration: pilotDuration,
	}
	c, err := runChild(ctx, partCell, o, 1, s.patience())
	for _, v := range c.Values {
		if v.Unit == result.TaskRate {
			return time.Duration(float64(time.Second) / v.Value), err
		}
	}
	return 0, err
}
