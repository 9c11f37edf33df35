package sweep

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/nonrev/nonrev/internal/result"
)

// A sweep is a run under way.
type sweep struct {
	Options
	machine Machine
	run     result.Run
	plan    []result.Cell
	file    *result.Writer
	helpers helpers
	began   time.Time
	blind   bool                 // the platform does not tell what else runs
	failed  map[result.Cell]int  // rounds in which the cell failed
	blank   map[result.Cell]bool // cells that cannot exist
	done    map[result.Point]bool
	clocks  map[result.Cell]bool // serial cells whose tasks are timed one by one
}

// all measures every round that is not in the file yet.
func (s *sweep) all(ctx context.Context) (Outcome, error) {
	if err := s.open(ctx); err != nil {
		return Outcome{}, err
	}
	fmt.Fprintf(s.Log, "%v\n%d cells in %d rounds on core counts %v: about %v\n",
		s.machine, len(s.plan), s.run.Rounds, s.run.Cores, s.budget().Round(time.Second))
	for _, note := range s.run.Notes {
		fmt.Fprintln(s.Log, "note:", note)
	}
	s.helpers = startHelpers(s.Catalogue, s.plan, s.machine.rest(slices.Max(s.run.Cores)))
	defer s.helpers.close()
	err := s.rounds(ctx)
	if ctx.Err() != nil {
		err = nil // what ended the run is no fault of it
	}
	f, closed := s.close()
	return Outcome{f, ctx.Err() != nil}, cmp.Or(err, closed)
}

// budget is about how long the rounds that are missing take.
func (s *sweep) budget() time.Duration {
	return s.Profile.Budget(s.run.Rounds*len(s.plan) - len(s.done))
}

func (s *sweep) rounds(ctx context.Context) error {
	p := newProgress(s.Log, s.run.Rounds*len(s.plan))
	defer p.close()
	for round := range s.run.Rounds {
		for _, i := range roundOrder(s.run.Seed, round, len(s.plan)) {
			point := result.Point{Cell: s.plan[i], Round: round}
			if s.done[point] || s.blank[point.Cell] || s.failed[point.Cell] >= failuresAllowed {
				p.skip()
				continue
			}
			failed, err := s.once(ctx, point)
			if err != nil {
				return err
			}
			p.step(failed)
		}
		p.round(round+1, s.run.Rounds)
	}
	return nil
}

// roundOrder is the order of n cells in a round: a function of the seed, so
// that a resumed run goes on in the order that was begun.
func roundOrder(seed uint64, round, n int) []int {
	return rand.New(rand.NewPCG(seed, uint64(round))).Perm(n)
}

// failuresAllowed is in how many rounds a cell may fail before it is given up.
const failuresAllowed = 2

// once measures one cell in one round and writes down what came of it.
func (s *sweep) once(ctx context.Context, p result.Point) (failed bool, err error) {
	sample, c, err := s.measure(ctx, p)
	if err != nil {
		return false, err
	}
	if c.Blank == "" && c.Kind == "" {
		if err := sample.Valid(); err != nil {
			c.finding = fault(err)
		}
	}
	switch {
	case c.Blank != "":
		s.blank[p.Cell] = true
		return false, s.file.AppendBlank(result.Blank{Cell: p.Cell, Reason: c.Blank})
	case c.Kind != "":
		s.failed[p.Cell]++
		if s.failed[p.Cell] == failuresAllowed {
			c.Text += " (failed twice: not tried in later rounds)"
		}
		return true, s.file.AppendFailure(result.Failure{Cell: p.Cell, Round: p.Round, Kind: c.Kind, Text: c.Text, Log: c.log})
	}
	return false, s.file.AppendSample(sample)
}

// helper is the helper of a cell, nil if it needs none. One that has ended
// fails the cell in which it does; for the next there is a new one.
func (s *sweep) helper(cell result.Cell) *helper {
	key := helperKey(cell)
	h := s.helpers[key]
	if h != nil && h.gone() {
		fmt.Fprintf(s.Log, "the helper of %s has ended (%v): starting another\n", key.Workload, h.exit)
		h = startHelper(key, s.machine.rest(slices.Max(s.run.Cores)))
		s.helpers[key] = h
	}
	return h
}

// measure runs the cell in a process of its own and counts what else ran.
func (s *sweep) measure(ctx context.Context, p result.Point) (result.Sample, child, error) {
	o := order{
		place: place{Width: s.machine.Cores(), Clocks: s.clocks[taskOf(p.Cell)]}, Cell: p.Cell, CPUs: s.machine.take(p.Cell.Cores),
		WarmUp: s.Profile.WarmUp, Duration: s.Profile.Duration,
	}
	h := s.helper(p.Cell)
	if h != nil {
		if err := h.ready(p.Cell.Helpers == helpersShared, o.CPUs); err != nil {
			return result.Sample{}, child{finding: fault(err), log: h.log.String()}, nil
		}
		o.Helper = h.address
	}
	before, err := s.look()
	if err != nil {
		return result.Sample{}, child{}, err
	}
	c, err := runChild(ctx, partCell, o, s.processors(p.Cell), s.patience())
	if err != nil {
		return result.Sample{}, c, err
	}
	after, err := s.look()
	if err != nil {
		return result.Sample{}, c, err
	}
	sample := result.Sample{
		Cell: p.Cell, Round: p.Round, Passes: c.Passes, Values: c.Values,
		Warm: c.Warm, RanNS: float64(c.Ran), Loop: c.Loop, Latency: c.Latency, Warnings: c.Warnings,
	}
	if !s.blind {
		spent := after.since(before)
		sample.OutsideNS = float64(spent.busy - c.cpu - spent.own - spent.helpers)
		sample.WindowNS = float64(spent.at)
		sample.StealNS = float64(spent.stolen)
		if h != nil {
			sample.Warnings = append(sample.Warnings, helperBound(spent.helpers, c.Ran)...)
		}
	}
	return sample, c, nil
}

func (s *sweep) processors(cell result.Cell) int {
	m, err := s.Catalogue.Model(cell.Model)
	if err != nil { // a probe has no model
		return cell.Cores
	}
	return processors(m, cell.Cores)
}

// patience is how long a cell may take: many times what it should.
func (s *sweep) patience() time.Duration {
	if s.Hang > 0 {
		return s.Hang
	}
	return 2*time.Minute + 20*(s.Profile.WarmUp+s.Profile.Duration) // a pass may be a whole fannkuch of 12
}
