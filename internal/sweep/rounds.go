package sweep

import (
	"cmp"
	"context"
	"errors"
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
	begun   int                  // rounds, those that replace void samples included
	ran     time.Duration        // inside warm-up and samples
	blind   bool                 // the platform does not tell what else runs
	failed  map[result.Cell]int  // rounds in which the cell failed
	blank   map[result.Cell]bool // cells that cannot exist
	done    map[result.Point]bool
	clocks  map[result.Cell]bool // serial cells whose tasks are timed one by one
	build   Build                // that is measured
}

// all measures every round that is not in the file yet.
func (s *sweep) all(ctx context.Context) (Outcome, error) {
	if err := s.open(); err != nil {
		return Outcome{}, err
	}
	s.helpers = startHelpers(s.build, s.Catalogue, s.plan, s.machine.rest(slices.Max(s.run.Cores)))
	defer s.helpers.close()
	if err := s.begin(ctx); err != nil {
		return Outcome{}, err
	}
	s.announce()
	err := s.rounds(ctx)
	if ctx.Err() != nil {
		err = nil // what ended the run is no fault of it
	}
	if err != nil && !errors.Is(err, result.ErrLost) {
		err = fmt.Errorf("%w: %s, then go on with --resume", err, remedy(err))
	}
	f, closed := s.close()
	return Outcome{f, ctx.Err() != nil, s.ran.Seconds() / time.Since(s.began).Seconds()}, cmp.Or(err, closed)
}

// begin does what comes before the first sample of a new file, and starts it.
func (s *sweep) begin(ctx context.Context) error {
	if s.Resume {
		return nil
	}
	var err error
	if s.run.Findings, err = s.machine.examine(ctx, shortRounds, s.Profile.WarmUp, s.Profile.Duration); err != nil {
		return err
	}
	if err := s.pilot(ctx); err != nil {
		return err
	}
	if s.Target > 0 {
		if err := s.chooseRounds(ctx); err != nil {
			return err
		}
	}
	if s.file, err = result.Create(s.path(), s.run, s.plan, nil); err != nil {
		return unwritable(err)
	}
	return nil
}

// announce says what is about to be measured, and what spoils it.
func (s *sweep) announce() {
	fmt.Fprintf(s.Log, "%v\n%d cells in %d rounds on core counts %v: about %v\n",
		s.machine, len(s.plan), s.run.Rounds, s.run.Cores, s.budget().Round(time.Second))
	for _, note := range s.run.Notes {
		fmt.Fprintln(s.Log, "note:", note)
	}
	for _, f := range s.run.Findings {
		if f.Severity == result.Warning {
			fmt.Fprintf(s.Log, "warning: %s: %s: %s; remedy: %s\n", f.What, f.Value, f.Spoils, f.Remedy)
		}
	}
}

// budget is about how long the rounds that are missing take.
func (s *sweep) budget() time.Duration {
	missing := float64(s.begun) - float64(len(s.done))/float64(len(s.plan)) // rounds
	return time.Duration(missing * float64(s.Profile.Budget(s.plan)))
}

// rounds measures the planned rounds, then those that replace void samples.
func (s *sweep) rounds(ctx context.Context) error {
	p := newProgress(s.Log, s.begun*len(s.plan))
	defer p.close()
	for round := 0; ; round++ {
		if round == s.begun {
			short, err := s.short()
			if err != nil || short == 0 || round == s.run.Rounds+result.MaxReplacements {
				return err
			}
			s.begun++
			p.more(len(s.plan), fmt.Sprintf("cells that have lost more than a quarter of their samples to load from outside: %d; one more round of all cells, %d at most", short, result.MaxReplacements))
		}
		if err := s.round(ctx, round, p); err != nil {
			return err
		}
		p.round(round+1, s.begun)
	}
}

// short is the number of cells that lack samples, as the file tells.
func (s *sweep) short() (int, error) {
	f, err := result.Read(s.path())
	if err != nil {
		return 0, err
	}
	f.Judge()
	return len(f.Short()), nil
}

// round measures every cell once that was not measured in this round yet.
func (s *sweep) round(ctx context.Context, round int, p *progress) error {
	for _, i := range roundOrder(s.run.Seed, round, len(s.plan)) {
		point := result.Point{Cell: s.plan[i], Round: round}
		if s.done[point] || s.blank[point.Cell] || s.failed[point.Cell] >= result.FailuresAllowed {
			p.skip()
			continue
		}
		failed, err := s.once(ctx, point)
		if err != nil {
			return err
		}
		p.step(failed)
	}
	return nil
}

// roundOrder is the order of n cells in a round: a function of the seed, so
// that a resumed run goes on in the order that was begun.
func roundOrder(seed uint64, round, n int) []int {
	return rand.New(rand.NewPCG(seed, uint64(round))).Perm(n)
}

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
		if s.failed[p.Cell] == result.FailuresAllowed {
			c.Text += " (failed twice: not tried in later rounds)"
		}
		return true, s.file.AppendFailure(result.Failure{Cell: p.Cell, Round: p.Round, Kind: c.Kind, Text: c.Text, Log: c.log})
	}
	return false, s.file.AppendSample(sample)
}

// helper is the helper of a cell, nil if it needs none. For one that has ended
// there is a new one.
func (s *sweep) helper(cell result.Cell) *helper {
	h := s.helpers[helperKey(cell)]
	if h != nil && h.gone() {
		h = s.renew(cell, h)
	}
	return h
}

// renew starts another helper in the place of one that has ended or is not trusted.
func (s *sweep) renew(cell result.Cell, old *helper) *helper {
	key := helperKey(cell)
	old.close()
	fmt.Fprintf(s.Log, "the helper of %s has ended (%v): starting another\n", key.Workload, cmp.Or(old.exit, errors.New("exit status 0")))
	s.helpers[key] = startHelper(s.build, key, s.machine.rest(slices.Max(s.run.Cores)))
	return s.helpers[key]
}

// blame says how the helper of a cell that failed has ended, if it did so
// badly. It may be the reason, and it may be about to fail the cells to come:
// they get a new one.
func (s *sweep) blame(cell result.Cell, h *helper) string {
	if h == nil {
		return ""
	}
	s.renew(cell, h)
	if h.exit == nil {
		return ""
	}
	return "; " + because(fmt.Sprintf("its helper has ended: %v", h.exit), h.log)
}

// measure takes a sample as long as the profile says.
func (s *sweep) measure(ctx context.Context, p result.Point) (result.Sample, child, error) {
	return s.measureFor(ctx, p, s.Profile.WarmUp, s.Profile.Duration)
}

// measureFor runs the cell in a process of its own and counts what else ran.
func (s *sweep) measureFor(ctx context.Context, p result.Point, warmUp, duration time.Duration) (result.Sample, child, error) {
	pairs, err := s.machine.pairs(p.Cell)
	if err != nil {
		return result.Sample{}, child{finding: fault(err)}, nil
	}
	o := order{
		place: place{Width: s.machine.Cores(), Clocks: s.clocks[taskOf(p.Cell)], Layout: s.layout(p)},
		Cell:  p.Cell, CPUs: s.machine.cpus(p.Cell, pairs), Pairs: pairs,
		WarmUp: warmUp, Duration: duration,
	}
	o.build = s.build
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
	c, err := runChild(ctx, partCell, o, s.Catalogue.processors(p.Cell), s.patience())
	if err != nil {
		return result.Sample{}, c, err
	}
	after, err := s.look()
	if err != nil {
		return result.Sample{}, c, err
	}
	s.ran += c.Ran
	if c.Kind != "" {
		c.Text += s.blame(p.Cell, h)
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

// layout is what the environment of a cell's processes is filled up by: as
// random as the order of cells, and as much a function of the seed.
func (s *sweep) layout(p result.Point) uint64 {
	return rand.New(rand.NewPCG(s.run.Seed, uint64(p.Round)<<32|uint64(slices.Index(s.plan, p.Cell)))).Uint64()
}

// patience is how long a cell may take: many times what it should.
func (s *sweep) patience() time.Duration {
	if s.Hang > 0 {
		return s.Hang
	}
	return 2*time.Minute + 20*(s.Profile.WarmUp+s.Profile.Duration) // a pass may be a whole fannkuch of 12
}
