package sweep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
)

// Options say what a run measures and where it writes.
type Options struct {
	Catalogue
	Selection
	Profile Profile
	Rounds  int           // 0 means the profile's
	Seed    uint64        // of the order of cells; 0 means a fresh one
	Dir     string        // gets bench.txt
	Resume  bool          // go on with the file that is there
	Tool    string        // version of the program
	Command []string      // arguments that redo the run
	Log     io.Writer     // progress
	Hang    time.Duration // after which a silent cell is killed; 0 means a generous multiple of the sample
}

// An Outcome says how a run ended.
type Outcome struct {
	File        *result.File // what is in the result file now
	Interrupted bool
}

// FileName is the name of the result file in its directory.
const FileName = "bench.txt"

// Run measures: every round runs every cell once in a fresh random order. It
// returns when the planned rounds are complete or ctx ends, and keeps what was
// measured either way. A cell that fails is recorded and the rest runs. The
// error is that nothing could be run or written.
func Run(ctx context.Context, o Options) (Outcome, error) {
	machine, err := ThisMachine()
	if err != nil {
		return Outcome{}, err
	}
	run, plan, err := o.plan(machine)
	if err != nil {
		return Outcome{}, err
	}
	release, err := proc.Lock(lockPath())
	if err != nil {
		return Outcome{}, fmt.Errorf("another run measures on this machine (%v): wait for its end or stop it", err)
	}
	defer release()
	s := &sweep{
		Options: o, machine: machine, run: run, plan: plan, began: time.Now(), blind: blind(),
		failed: map[result.Cell]int{}, blank: map[result.Cell]bool{}, done: map[result.Point]bool{},
	}
	return s.all(ctx)
}

// lockPath is the file that the one run on this machine holds.
func lockPath() string { return filepath.Join(os.TempDir(), "nonrev.lock") }

// plan says what is run, without running it.
func (o Options) plan(m Machine) (result.Run, []result.Cell, error) {
	cores, err := m.coreList(o.Cores)
	if err != nil {
		return result.Run{}, nil, err
	}
	cells, err := o.apply(o.Catalogue, o.Profile, cores)
	if err != nil {
		return result.Run{}, nil, err
	}
	shared := len(m.rest(cores[len(cores)-1])) == 0
	run := o.describe(m, cores)
	if o.Seed == 0 {
		run.Command = append(slices.Clone(o.Command), fmt.Sprintf("--seed=%d", run.Seed))
	}
	if !slices.ContainsFunc(cells, func(c result.Cell) bool { return c.Model == result.Serial }) {
		run.Notes = append(run.Notes, "serial is not measured, so there is no speed-up, efficiency or overhead: add it to --models")
	}
	for i, c := range cells {
		w, err := o.Catalogue.Workload(c.Workload)
		if err == nil && w.Helper != nil && shared {
			cells[i].Helpers = helpersShared
			run.Helpers = helpersShared
		}
	}
	return run, cells, nil
}

// helpersShared is how a cell is marked whose helper has no CPUs of its own.
const helpersShared = "shared"

// describe is the head of the result file.
func (o Options) describe(m Machine, cores []int) result.Run {
	run := result.Run{
		Version: result.FormatVersion, Tool: o.Tool, Command: o.Command, Profile: o.Profile.Name,
		Rounds: o.Rounds, Seed: o.Seed, Start: time.Now().Format(time.RFC3339),
		Cores: cores, Allowed: m.CPUs, Pinned: m.Pinned, Quota: m.Quota,
		CPU: proc.Model(), GOOS: runtime.GOOS, GOARCH: runtime.GOARCH, Kernel: proc.Kernel(), Go: runtime.Version(),
		Host: proc.Virtualisation(), SampleMS: ms(o.Profile.Duration), WarmMS: ms(o.Profile.WarmUp), GOGC: gogc,
		Ceiling: map[string]string{},
	}
	if run.Rounds == 0 {
		run.Rounds = o.Profile.Rounds
	}
	for run.Seed == 0 {
		run.Seed = rand.Uint64()
	}
	for _, model := range o.Catalogue.Models {
		if model.OneLoop {
			run.OneLoop = append(run.OneLoop, model.Name)
		}
	}
	for _, w := range o.Catalogue.Workloads {
		if w.IO {
			run.IO = append(run.IO, w.Name)
		}
		if w.Ceiling != "" {
			run.Ceiling[w.Name] = w.Ceiling
		}
	}
	run.Notes = notes(m)
	return run
}

// notes are what spoils a run, each with its remedy.
func notes(m Machine) []string {
	var notes []string
	if !m.Pinned {
		notes = append(notes, "cells were not bound to CPUs, which "+runtime.GOOS+" does not offer: measure on Linux")
	}
	if blind() {
		notes = append(notes, "load from outside cannot be seen on "+runtime.GOOS+", so no sample is void for it: measure on Linux, or on an idle machine")
	}
	if m.Quota > 0 {
		notes = append(notes, fmt.Sprintf("a control group limits this run to %.2f cores and may halt it in the middle of a sample: lift the limit", m.Quota))
	}
	for _, name := range []string{"GODEBUG", "GOMEMLIMIT"} {
		if v := os.Getenv(name); v != "" {
			notes = append(notes, fmt.Sprintf("%s=%s holds in every cell: unset it", name, v))
		}
	}
	return notes
}

// blind tells that the platform does not say what else runs.
func blind() bool {
	_, err := proc.Busy()
	return errors.Is(err, errors.ErrUnsupported)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

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
}

// all measures every round that is not in the file yet.
func (s *sweep) all(ctx context.Context) (Outcome, error) {
	if err := s.open(); err != nil {
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
	return Outcome{f, ctx.Err() != nil}, errors.Join(err, closed)
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
	switch {
	case c.Blank != "":
		s.blank[p.Cell] = true
		return false, unwritten(s.file.AppendBlank(result.Blank{Cell: p.Cell, Reason: c.Blank}))
	case c.Kind != "":
		s.failed[p.Cell]++
		if s.failed[p.Cell] == failuresAllowed {
			c.Text += " (failed twice: not tried in later rounds)"
		}
		return true, unwritten(s.file.AppendFailure(result.Failure{Cell: p.Cell, Round: p.Round, Kind: c.Kind, Text: c.Text, Log: c.log}))
	}
	return false, unwritten(s.file.AppendSample(sample))
}

// unwritten says what to do when the file cannot grow.
func unwritten(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%v: what was measured is kept; make room and go on with --resume", err)
}

// measure runs the cell in a process of its own and counts what else ran.
func (s *sweep) measure(ctx context.Context, p result.Point) (result.Sample, child, error) {
	o := order{
		place: place{Width: slices.Max(s.run.Cores)}, Cell: p.Cell, CPUs: s.machine.take(p.Cell.Cores),
		WarmUp: s.Profile.WarmUp, Duration: s.Profile.Duration,
	}
	h := s.helpers[helperKey(p.Cell)]
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
	sample := result.Sample{Cell: p.Cell, Round: p.Round, Passes: c.Passes, Values: c.Values}
	if !s.blind {
		spent := after.since(before)
		sample.OutsideNS = float64(spent.busy - c.cpu - spent.own - spent.helpers)
		sample.WindowNS = float64(spent.at)
		if h != nil {
			sample.Warnings = helperBound(spent.helpers, c.Ran)
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

// helperLimit is the share of one CPU above which a helper may be what a cell waits for.
const helperLimit = 0.7

func helperBound(used, ran time.Duration) []string {
	share := used.Seconds() / ran.Seconds()
	if share <= helperLimit {
		return nil
	}
	return []string{fmt.Sprintf("helper-bound: the helper used %.0f%% of one CPU", 100*share)}
}

// A moment is what had been used up to a time.
type moment struct {
	at, busy, own, helpers time.Duration
}

func (m moment) since(b moment) moment {
	return moment{m.at - b.at, m.busy - b.busy, m.own - b.own, m.helpers - b.helpers}
}

// look reads the counters, where there are any.
func (s *sweep) look() (moment, error) {
	m := moment{at: time.Since(s.began)}
	if s.blind {
		return m, nil
	}
	var err error
	if m.busy, err = proc.Busy(); err != nil {
		return m, err
	}
	own, err := proc.Used()
	if err != nil {
		return m, err
	}
	m.own = own.CPU
	for _, h := range s.helpers {
		used, err := h.used()
		if err != nil {
			return m, err
		}
		m.helpers += used
	}
	return m, nil
}
