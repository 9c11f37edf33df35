package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nonrev/nonrev/internal/gate"
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/internal/sweep"
	"github.com/nonrev/nonrev/workloads"
)

// gateFlags are those of nonrev gate.
type gateFlags struct {
	catalogue sweep.Catalogue
	gate.Settings
	sweep.Selection
	sides    [2]string // programs, or rev:NAME
	revs     [2]string
	commands [2]string
	pkg      string
	profile  string
	cells    []string
	format   string
	dir      string
	seed     uint64
	selfTest bool
	again    []string
	log      io.Writer
}

func newGate(c sweep.Catalogue) *cobra.Command {
	g := gateFlags{catalogue: c, Settings: gate.Settings{Threshold: 0.03}}
	cmd := &cobra.Command{
		Use:   "gate",
		Short: "Measure two builds side by side; exit status 1 only if the new one is worse",
		Long: `Measure two builds in pairs, interleaved in a random order, cell by cell, and
decide: worse, not worse or inconclusive. Worse means that the interval excludes
no change, that the estimate is beyond the threshold, and that both show again
in a second batch of pairs. A cell that could not have shown the effect that it
promises, or that is missing on a side, is inconclusive and never passes. Cells
promise by their kind: 5% if they are CPU-bound, uncontended or on the network, 10%
if tasks go through a pipe or a channel on one CPU or allocate much, 15% if they
fight for a lock or wait for another CPU. --detect has all promise the same.

A side is a build of nonrev or of a program of your own that calls cmd.Main
(--old, --new), a git revision, which is built in a worktree of its own and
removed (--old-rev, --new-rev), or a command that prints Go benchmark lines
(--old-cmd, --new-cmd), of which each pair is one run, of half an hour at most.

Exit status: 0 not worse; 1 worse, a wrong answer, or a cell that fails on the
new side alone; 2 usage or data that cannot be used; 3 inconclusive.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			g.again, g.log = again(cmd), cmd.ErrOrStderr()
			return g.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	for side, name := range []string{"old", "new"} {
		f.StringVar(&g.sides[side], name, "", "program of the "+name+" side, or rev:NAME")
		f.StringVar(&g.revs[side], name+"-rev", "", "git revision of the "+name+" side")
		f.StringVar(&g.commands[side], name+"-cmd", "", "command of the "+name+" side that prints Go benchmark lines")
	}
	f.StringVar(&g.pkg, "package", "./cmd/nonrev", "what is built of a revision")
	f.StringVar(&g.profile, "profile", "gate", "cells and length of samples: gate, or a profile of nonrev list profiles")
	f.StringSliceVar(&g.cells, "cells", nil, "these cells only, each by its benchmark name")
	f.StringSliceVar(&g.Selection.Workloads, "workloads", nil, "only these workloads")
	f.StringSliceVar(&g.Selection.Models, "models", nil, "only these models")
	f.IntSliceVar(&g.Cores, "cores", nil, "only these core counts")
	f.StringSliceVar(&g.Set, "set", nil, "key=value, as of nonrev run")
	f.IntVar(&g.Pairs, "pairs", gate.DefaultPairs, "pairs of a batch")
	f.Var((*percent)(&g.Threshold), "threshold", "an estimate must be worse by more than this")
	f.Var((*percent)(&g.Detect), "detect", "a cell that would not show this effect 9 times in 10 does not pass")
	f.Lookup("detect").DefValue = "5%, 10% or 15%, by the kind of cell"
	f.StringSliceVar(&g.On, "on", []string{gate.Time}, "what decides, of "+strings.Join(gate.Metrics(), ", ")+"; the others are shown")
	f.StringVar(&g.format, "format", "text", formatNames)
	f.StringVar(&g.dir, "dir", "", "directory that gets both sides' files, gate.json and gate.html (default none)")
	f.Uint64Var(&g.seed, "seed", 0, "seed of all orders (default a fresh one)")
	f.BoolVar(&g.selfTest, "self-test", false, "find out what this gate can tell here: this build against itself, as it is and with work added to its tasks")
	return cmd
}

func (g gateFlags) run(ctx context.Context, w io.Writer) error {
	if err := g.check(); err != nil {
		return err
	}
	for g.seed == 0 {
		g.seed = rand.Uint64()
	}
	if least := scaling.LeastPairs(1 - gate.CellAlpha); g.Pairs < least {
		fmt.Fprintf(g.log, "note: fewer than %d pairs decide nothing\n", least)
	}
	if g.selfTest {
		return g.test(ctx, w)
	}
	r, err := g.measure(ctx)
	wrote(g.log, r.Files, r.Unwritten)
	if r.Verdict == "" {
		return err
	}
	out := newGated(r)
	// What cannot be kept must not hide the verdict, which took minutes to find.
	err = errors.Join(err, out.print(w, g.format), r.Unwritten)
	if g.dir != "" {
		err = errors.Join(err, out.keep(g.dir))
	}
	if err != nil {
		return err
	}
	return verdictError(r.Verdict)
}

// wrote tells which files were written, and why others were not.
func wrote(log io.Writer, files []string, unwritten error) {
	if len(files) > 0 {
		fmt.Fprintln(log, "written:", strings.Join(files, " "))
	}
	if unwritten != nil {
		fmt.Fprintln(log, "not written:", line(unwritten))
	}
}

// check refuses what cannot be meant.
func (g gateFlags) check() error {
	if most := result.MaxRounds / 2; g.Pairs < 1 || g.Pairs > most { // as many may be made up for
		return fmt.Errorf("--pairs %d: choose from 1 to %d", g.Pairs, most)
	}
	if err := checkMetrics(g.On, gate.Metrics()); err != nil {
		return err
	}
	if _, known := gateFormats[g.format]; !known {
		return unknownFormat(g.format)
	}
	if g.selfTest {
		return g.checkSelfTest()
	}
	for side, name := range []string{"old", "new"} {
		given := 0
		for _, v := range []string{g.sides[side], g.revs[side], g.commands[side]} {
			if v != "" {
				given++
			}
		}
		if given != 1 {
			return fmt.Errorf("give one of --%s, --%s-rev and --%s-cmd", name, name, name)
		}
	}
	if (g.commands[gate.Old] == "") != (g.commands[gate.New] == "") {
		return errors.New("--old-cmd goes with --new-cmd: builds and commands are measured in different ways")
	}
	return nil
}

// checkMetrics refuses metrics that there are not.
func checkMetrics(asked, known []string) error {
	for _, m := range asked {
		if !slices.Contains(known, m) {
			return fmt.Errorf("--on %s: choose from %s", m, strings.Join(known, ", "))
		}
	}
	return nil
}

// measure runs the gate on what the flags name.
func (g gateFlags) measure(ctx context.Context) (r gate.Report, err error) {
	o := gate.Options{Settings: g.Settings, Dir: g.dir, Seed: g.seed, Log: g.log}
	if g.commands[gate.Old] != "" {
		return g.command(ctx, o)
	}
	programs, closing, err := g.programs(ctx)
	defer func() { err = errors.Join(err, closing()) }()
	if err != nil {
		return r, err
	}
	return g.pair(ctx, o, programs)
}

// command runs the gate on two commands.
func (g gateFlags) command(ctx context.Context, o gate.Options) (r gate.Report, err error) {
	o.Source, o.Names = gate.Commands(g.commands), g.commands
	run, err := sweep.Describe(sweep.Options{Command: g.again, Seed: g.seed}, nil)
	if err != nil {
		return r, err
	}
	if run.Findings, err = examined(ctx); err != nil {
		return r, err
	}
	for side := range o.Heads {
		o.Heads[side] = run
		o.Heads[side].Tool = o.Names[side]
	}
	return gate.Run(ctx, o)
}

// examined finds out in short what on the machine will spoil a measurement. It
// keeps no other run from measuring afterwards: a command may be one.
func examined(ctx context.Context) (findings []result.Finding, err error) {
	m, err := sweep.ThisMachine()
	if err != nil {
		return nil, err
	}
	bench, err := sweep.NewBench(sweep.Options{Profile: gate.Profile(m.Cores())}, nil, sweep.Build{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	return bench.Examine(ctx)
}

// A program is a build of one side.
type program struct{ name, path, version string }

// programs builds what has to be built. closing removes it.
func (g gateFlags) programs(ctx context.Context) (programs [2]program, closing func() error, err error) {
	var built []gate.Revision
	closing = func() error {
		var err error
		for _, r := range built {
			err = errors.Join(err, r.Close())
		}
		return err
	}
	for side := range programs {
		p := program{name: g.sides[side], path: g.sides[side]}
		rev, isRev := strings.CutPrefix(cmp.Or(g.sides[side], "rev:"+g.revs[side]), "rev:")
		if isRev {
			fmt.Fprintf(g.log, "building %s of %s\n", g.pkg, rev)
			r, err := gate.BuildRevision(ctx, rev, g.pkg)
			if err != nil {
				return programs, closing, err
			}
			built = append(built, r)
			p = program{name: rev, path: r.Program}
		}
		if p.path, err = filepath.Abs(p.path); err != nil {
			return programs, closing, err
		}
		if p.version, err = versionOf(ctx, p.path); err != nil {
			return programs, closing, err
		}
		programs[side] = p
	}
	return programs, closing, nil
}

// versionPatience is how long a program may take to tell its version.
const versionPatience = 30 * time.Second

// versionOf asks a program for its version, which only one of cmd.Main has.
func versionOf(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, versionPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	said, ours := strings.CutPrefix(strings.TrimSpace(string(out)), "nonrev version ")
	switch {
	case errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission):
		return "", fmt.Errorf("%w: give a program", err)
	case err != nil || !ours:
		return "", fmt.Errorf("%s does not tell its version as nonrev does: give a build of nonrev, or of a program that calls cmd.Main", path)
	}
	return said, nil
}

// pair measures the cells of two programs.
func (g gateFlags) pair(ctx context.Context, o gate.Options, programs [2]program) (r gate.Report, err error) {
	options, cells, err := g.plan()
	if err != nil {
		return r, err
	}
	bench, err := sweep.NewBench(options, cells, sweep.Build{Program: programs[gate.Old].path}, sweep.Build{Program: programs[gate.New].path})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	run, err := sweep.Describe(options, cells)
	if err != nil {
		return r, err
	}
	if run.Findings, err = bench.Examine(ctx); err != nil {
		return r, err
	}
	for side, p := range programs {
		o.Names[side], o.Heads[side] = p.name, run
		o.Heads[side].Tool = p.version
	}
	fmt.Fprintf(g.log, "%d cells, %d pairs of each: about %v, and more for what is spoilt, noisy or flagged\n",
		len(cells), g.Pairs, (time.Duration(2*g.Pairs) * options.Profile.Budget(cells)).Round(time.Second))
	o.Source = gate.NewBuilds(bench, cells)
	return gate.Run(ctx, o)
}

// plan is the cells that the flags name, and how they are measured.
func (g gateFlags) plan() (sweep.Options, []result.Cell, error) {
	m, err := sweep.ThisMachine()
	if err != nil {
		return sweep.Options{}, nil, err
	}
	p := gate.Profile(m.Cores())
	if g.profile != p.Name {
		if p, err = sweep.FindProfile(g.profile); err != nil {
			return sweep.Options{}, nil, err
		}
	}
	var named []result.Cell
	for _, name := range g.cells {
		c, err := result.ParseName(strings.TrimPrefix(name, "Benchmark"))
		if err != nil {
			return sweep.Options{}, nil, fmt.Errorf("--cells: %w", err)
		}
		named = append(named, c)
	}
	o := sweep.Options{
		Catalogue: g.catalogue, Selection: g.Selection, Profile: p, Rounds: g.Pairs,
		Seed: g.seed, Tool: version(), Command: g.again, Log: g.log,
	}
	if len(named) > 0 {
		o.Profile = p.Of(named...)
		o.Catalogue, err = only(g.catalogue, named)
		if err != nil {
			return o, nil, err
		}
	}
	cells, err := o.Plan()
	cells = slices.DeleteFunc(cells, func(c result.Cell) bool {
		return c.Workload == result.Probe || len(g.Cores) > 0 && !slices.Contains(g.Cores, c.Cores)
	})
	if err == nil && len(cells) == 0 {
		err = errors.New("no cell is left: widen --workloads, --models and --cores")
	}
	return o, cells, err
}

// only keeps the workloads of the cells.
func only(c sweep.Catalogue, cells []result.Cell) (sweep.Catalogue, error) {
	kept := sweep.Catalogue{Models: c.Models}
	for _, cell := range cells {
		if cell.OfMachine() {
			continue
		}
		w, err := c.Workload(cell.Workload)
		if err != nil {
			return kept, fmt.Errorf("--cells: %w", err)
		}
		if !slices.ContainsFunc(kept.Workloads, func(k workloads.Workload) bool { return k.Name == w.Name }) {
			kept.Workloads = append(kept.Workloads, w)
		}
	}
	return kept, nil
}
