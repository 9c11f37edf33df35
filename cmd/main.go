// Package cmd is the command line: flags, files and exit status, one file a
// subcommand.
package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/sweep"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// Main is the whole program; it does not return. A program of one's own calls
// it with further workloads, which every command then knows. It must come
// first in main: cells and workers are copies of the program, and Main is
// where they find their part.
func Main(extra ...workloads.Workload) {
	c := sweep.Catalogue{Workloads: append(workloads.All(), extra...), Models: runners.All()}
	sweep.Child(c)
	os.Exit(Execute(untilStopped(), c, os.Stdout, os.Stderr, os.Args[1:]))
}

// untilStopped ends when a signal asks the program to stop; a second signal
// ends the program at once. Signals that were ignored when it started, as
// under nohup, stay so.
func untilStopped() context.Context {
	stops := slices.DeleteFunc(proc.StopSignals(), signal.Ignored)
	if len(stops) == 0 { // none would mean every signal
		return context.Background()
	}
	ctx, stop := signal.NotifyContext(context.Background(), stops...)
	context.AfterFunc(ctx, stop)
	return ctx
}

// The exit statuses.
const (
	good         = 0
	bad          = 1   // a real no: a wrong answer, a cell that failed, a machine that spoils
	unusable     = 2   // usage, bad input, output that cannot be written
	inconclusive = 3   // what was asked is not decided by what was measured
	interrupted  = 130 // stopped by a signal; what was measured is kept
)

var (
	errBad          = errors.New("failed")
	errInconclusive = errors.New("inconclusive")
	errInterrupted  = errors.New("interrupted")
)

// Execute runs one command and returns its exit status.
func Execute(ctx context.Context, c sweep.Catalogue, stdout, stderr io.Writer, args []string) int {
	out := &output{w: stdout}
	err := distinct(c)
	if err == nil {
		root := newRoot(c)
		root.SetArgs(args)
		root.SetOut(out)
		root.SetErr(stderr)
		err = root.ExecuteContext(ctx)
	}
	if out.err != nil {
		err = fmt.Errorf("cannot write the output: %w: make room, or send it elsewhere", out.err)
		fmt.Fprintln(stderr, "nonrev:", line(err))
		return unusable
	}
	switch {
	case err == nil:
		return good
	case errors.Is(err, errBad):
		return bad
	case errors.Is(err, errInconclusive):
		return inconclusive
	case errors.Is(err, errInterrupted):
		return interrupted
	case ctx.Err() != nil:
		if !errors.Is(err, context.Canceled) {
			fmt.Fprintln(stderr, "nonrev:", line(err))
		}
		return interrupted
	}
	fmt.Fprintln(stderr, "nonrev:", line(err))
	return unusable
}

// An output remembers the first error of writing, which tables do not tell.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// line is the error in one line.
func line(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// onlySubcommands refuses the name of a subcommand that there is not, and
// suggests one that there is.
func onlySubcommands(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return fmt.Errorf("unknown command %q: did you mean %q?", args[0], near[0])
	}
	return fmt.Errorf("unknown command %q: see %s --help", args[0], cmd.CommandPath())
}

// distinct makes sure that every workload can be told by its name.
func distinct(c sweep.Catalogue) error {
	seen := map[string]bool{}
	for _, w := range c.Workloads {
		if seen[w.Name] {
			return fmt.Errorf("workload %q is declared twice: rename one", w.Name)
		}
		seen[w.Name] = true
	}
	return nil
}

func newRoot(c sweep.Catalogue) *cobra.Command {
	root := &cobra.Command{
		Use:           "nonrev",
		Short:         "Measure how the ways to use several cores compare on this machine",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		// What the flag package wraps says which function of Go failed.
		what, _, _ := strings.Cut(err.Error(), ": strconv.")
		return fmt.Errorf("%s: see %s --help", what, cmd.CommandPath())
	})
	root.Args = onlySubcommands
	root.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	root.AddCommand(newRun(c), newReport(), newJudge(), newFit(), newAdvise(), newFloor(), newCheck(c), newList(c), newDoctor(), newGate(c), newCompare(), newHistory())
	return root
}

// version names the build: the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (v == "" || v == "(devel)") {
			v = s.Value
		}
	}
	return v
}
