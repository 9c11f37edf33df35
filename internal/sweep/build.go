package sweep

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/workloads"
)

// A Build is what the copies that measure a cell are copies of.
type Build struct {
	Program string // path of a program made of cmd.Main; "" is this one
	burden  int    // steps that every task does besides its own work
}

// command is a copy that plays a part.
func (b Build) command(part string, arg any) (*exec.Cmd, error) {
	if b.Program == "" {
		return proc.Self(part, arg)
	}
	return proc.Other(b.Program, part, arg)
}

// A Bench measures single cells of several builds, each in a fresh process, for
// whoever pairs them in an order of his own. No run can measure meanwhile.
type Bench struct {
	sides   []*sweep
	release func() error
}

// NewBench makes ready to measure these cells of each build, with helpers that
// are copies of the build. Of the options it uses the catalogue, the profile's
// lengths, the seed and the log.
func NewBench(o Options, cells []result.Cell, builds ...Build) (*Bench, error) {
	machine, err := ThisMachine()
	if err != nil {
		return nil, err
	}
	release, err := lockMachine()
	if err != nil {
		return nil, err
	}
	b := &Bench{release: release}
	run := o.describe(machine, coresOf(cells))
	for _, build := range builds {
		s := &sweep{Options: o, machine: machine, run: run, plan: cells, began: time.Now(), blind: blind(), build: build}
		s.helpers = startHelpers(build, o.Catalogue, cells, machine.rest(run.Cores[len(run.Cores)-1]))
		b.sides = append(b.sides, s)
	}
	return b, nil
}

// Measured is what came of a cell: a sample, or why there is none.
type Measured struct {
	Sample  result.Sample
	Failure *result.Failure
	Blank   *result.Blank
}

// Measure measures a cell of the build once. burden is how many steps of Burn
// every task does besides its own work, 0 for none. The error is ctx's, or that
// no process could be started.
func (b *Bench) Measure(ctx context.Context, build int, p result.Point, burden int) (Measured, error) {
	b.sides[build].build.burden = burden
	sample, c, err := b.sides[build].measure(ctx, p)
	if err == nil && c.Blank == "" && c.Kind == "" {
		if invalid := sample.Valid(); invalid != nil {
			c.finding = fault(invalid)
		}
	}
	switch {
	case err != nil:
		return Measured{}, err
	case c.Blank != "":
		return Measured{Blank: &result.Blank{Cell: p.Cell, Reason: c.Blank}}, nil
	case c.Kind != "":
		return Measured{Failure: &result.Failure{Cell: p.Cell, Round: p.Round, Kind: c.Kind, Text: c.Text, Log: c.log}}, nil
	}
	return Measured{Sample: sample}, nil
}

// Close stops the helpers and lets others measure.
func (b *Bench) Close() error {
	for _, s := range b.sides {
		s.helpers.close()
	}
	return b.release()
}

// Examine finds out, in two short rounds, what on the machine will spoil a
// measurement. It is for whoever has a Bench.
func (b *Bench) Examine(ctx context.Context) ([]result.Finding, error) {
	s := b.sides[0]
	return s.machine.examine(ctx, shortRounds, s.Profile.WarmUp, s.Profile.Duration)
}

// Describe is the head of a result file of these cells.
func Describe(o Options, cells []result.Cell) (result.Run, error) {
	m, err := ThisMachine()
	if err != nil {
		return result.Run{}, err
	}
	return o.describe(m, coresOf(cells)), nil
}

// Plan lists the cells of the profile that are selected, as a run would
// measure them on this machine.
func (o Options) Plan() ([]result.Cell, error) {
	m, err := ThisMachine()
	if err != nil {
		return nil, err
	}
	_, cells, err := o.plan(m)
	return cells, err
}

// burdenVariable has every process of a cell add steps to its tasks.
const burdenVariable = "NONREV_BURDEN"

// environ is the environment of a copy of the build. What a person has set does
// not count: it would make every figure another.
func (b Build) environ(env []string) []string {
	var kept []string
	for _, v := range env {
		if !strings.HasPrefix(v, burdenVariable+"=") {
			kept = append(kept, v)
		}
	}
	if b.burden > 0 {
		kept = append(kept, burdenVariable+"="+strconv.Itoa(b.burden))
	}
	return kept
}

// burdened is the catalogue whose tasks do as many steps more as this process
// was told.
func burdened(c Catalogue) (Catalogue, error) {
	told := os.Getenv(burdenVariable)
	if told == "" {
		return c, nil
	}
	steps, err := strconv.Atoi(told)
	if err != nil || steps < 1 {
		return c, errors.New(burdenVariable + "=" + told + " is no number of steps")
	}
	heavy := Catalogue{Models: c.Models}
	for _, w := range c.Workloads {
		heavy.Workloads = append(heavy.Workloads, burden(w, steps))
	}
	return heavy, nil
}

// burden is the workload with steps added to every task, wherever it runs.
func burden(w workloads.Workload, steps int) workloads.Workload {
	var tasks []workloads.Task
	for _, t := range w.Tasks {
		tasks = append(tasks, heavyTask{t, steps})
	}
	prepare := w.Prepare
	w.Tasks = tasks
	w.Prepare = func(p workloads.Params) (workloads.Job, error) {
		job, err := prepare(p)
		if err != nil {
			return nil, err
		}
		heavy := heavyJob{job, steps}
		if prover, ok := job.(workloads.Prover); ok {
			return provingJob{heavy, prover}, nil
		}
		return heavy, nil
	}
	return w
}

// Burn does so many steps of xorshift, about 1.5 ns each.
func Burn(steps int) {
	x := uint64(88172645463325252)
	for range steps {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	runtime.KeepAlive(x)
}

type heavyTask struct {
	workloads.Task
	steps int
}

func (t heavyTask) Slot() workloads.Slot { return heavySlot{t.Task.Slot(), t.steps} }

type heavySlot struct {
	workloads.Slot
	steps int
}

func (s heavySlot) Run(fx workloads.Effects) error {
	Burn(s.steps)
	return s.Slot.Run(fx)
}

type heavyJob struct {
	workloads.Job
	steps int
}

func (j heavyJob) Pass(n int) workloads.Pass { return heavyPass{j.Job.Pass(n), j.steps} }

// Recycle makes the pass ready again if the job can.
func (j heavyJob) Recycle(p workloads.Pass, n int) bool {
	recycler, can := j.Job.(workloads.Recycler)
	heavy, is := p.(heavyPass)
	return can && is && recycler.Recycle(heavy.Pass, n)
}

type provingJob struct {
	heavyJob
	prover workloads.Prover
}

func (j provingJob) Proof(n int) workloads.Pass { return j.prover.Proof(n) }

type heavyPass struct {
	workloads.Pass
	steps int
}

func (p heavyPass) Run(fx workloads.Effects, id int) error {
	Burn(p.steps)
	return p.Pass.Run(fx, id)
}

func (p heavyPass) Schedule(from time.Duration) (next time.Duration, open bool) {
	return schedule(p.Pass, from)
}

func (p heavyPass) Latencies() []time.Duration {
	if timed, ok := p.Pass.(workloads.Latencies); ok {
		return timed.Latencies()
	}
	return nil
}

func coresOf(cells []result.Cell) []int {
	cores := []int{1}
	for _, c := range cells {
		cores = append(cores, c.Cores)
	}
	return slices.Compact(slices.Sorted(slices.Values(cores)))
}
