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
	Target  float64       // if not 0 a pilot chooses Rounds; see result.Run
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
	Share       float64 // of the time since the start that was spent inside warm-up and samples
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
	release, err := lockMachine()
	if err != nil {
		return Outcome{}, err
	}
	defer release()
	defer builtFloor(ctx, plan)()
	run.Python = pythonFound(ctx, plan)
	s := &sweep{
		Options: o, machine: machine, run: run, plan: plan, began: time.Now(), blind: blind(),
		failed: map[result.Cell]int{}, blank: map[result.Cell]bool{}, done: map[result.Point]bool{},
	}
	return s.all(ctx)
}

// lockMachine makes sure that nothing else measures on this machine.
func lockMachine() (release func() error, err error) {
	release, err = proc.Lock(lockPath())
	if errors.Is(err, proc.ErrLocked) {
		return nil, fmt.Errorf("another run measures on this machine (%w): wait for its end or stop it", err)
	}
	return release, err
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
	if cells = m.placed(cells); !slices.ContainsFunc(cells, isStudied) {
		return result.Run{}, nil, fmt.Errorf("no cell that is asked for can be placed here: %v", m)
	}
	shared := len(m.rest(cores[len(cores)-1])) == 0
	run := o.describe(m, cores)
	every, err := o.every(cores)
	if err != nil {
		return result.Run{}, nil, err
	}
	run.Left = leftOut(m.placed(every), cells)
	if o.Seed == 0 {
		run.Command = append(slices.Clone(o.Command), fmt.Sprintf("--seed=%d", run.Seed))
	}
	tasks := slices.ContainsFunc(cells, func(c result.Cell) bool { return !c.OfMachine() })
	if tasks && !slices.ContainsFunc(cells, func(c result.Cell) bool { return c.Model == result.Serial }) {
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
		Rounds: o.Rounds, Target: o.Target, Seed: o.Seed, Start: time.Now().Format(time.RFC3339),
		Cores: cores, Allowed: m.CPUs, Alike: m.Alike, Pinned: m.Pinned, Quota: m.Quota,
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

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
