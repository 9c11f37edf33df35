package cmd

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/sweep"
)

func newRun(c sweep.Catalogue) *cobra.Command {
	o := sweep.Options{Catalogue: c, Tool: version()}
	var profile string
	run := &cobra.Command{
		Use:   "run",
		Short: "Measure every cell of a profile and write DIR/bench.txt",
		Long: `Measure every cell of a profile, each in a fresh process on its own CPUs, round
by round in random order, and write DIR/bench.txt. Ctrl-C keeps what was
measured, and --resume goes on. Exit status 1 means that a cell failed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if o.Profile, err = sweep.FindProfile(profile); err != nil {
				return err
			}
			if cmd.Flags().Changed("rounds") && o.Rounds < 1 {
				return fmt.Errorf("--rounds %d: choose 1 or more", o.Rounds)
			}
			if o.Target > 0 && o.Rounds > 0 {
				return errors.New("--target lets a pilot choose the rounds: leave --rounds out")
			}
			if o.Rounds > result.MaxRounds {
				return fmt.Errorf("--rounds %d: choose at most %d", o.Rounds, result.MaxRounds)
			}
			o.Log = cmd.ErrOrStderr()
			o.Command = again(cmd)
			outcome, err := sweep.Run(cmd.Context(), o)
			if err != nil {
				return err
			}
			return tell(cmd.OutOrStdout(), o, outcome)
		},
	}
	f := run.Flags()
	f.StringVar(&profile, "profile", "default", "list of cells: see nonrev list profiles")
	f.StringSliceVar(&o.Selection.Workloads, "workloads", nil, "only these workloads; exchange and spawn are among them")
	f.StringSliceVar(&o.Selection.Models, "models", nil, "only these models; serial is the base of speed-up")
	f.IntSliceVar(&o.Cores, "cores", nil, "core counts (default 1, 2, 3, 4, 6, 8, 12 ... up to the CPUs allowed)")
	f.IntVar(&o.Rounds, "rounds", 0, "samples of each cell (default the profile's)")
	f.Var((*percent)(&o.Target), "target", "half-width of the interval of a cell's throughput, such as 2%, for which a pilot chooses the rounds")
	f.Uint64Var(&o.Seed, "seed", 0, "seed of the order of cells (default a fresh one)")
	f.StringSliceVar(&o.Set, "set", nil, "key=value: grain, payload, state, transport, codec, host, placement, batch, prefetch, inflight or a setting of a workload")
	f.StringVar(&o.Dir, "dir", "results/local", "directory of bench.txt")
	f.BoolVar(&o.Resume, "resume", false, "go on with the interrupted run in DIR")
	return run
}

// A percent is a share that is spelled "2%".
type percent float64

func (p *percent) String() string { return strconv.FormatFloat(100*float64(*p), 'g', -1, 64) + "%" }
func (p *percent) Type() string   { return "percent" }

func (p *percent) Set(s string) error {
	number, found := strings.CutSuffix(s, "%")
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || !found || !(v >= 0.1 && v <= 50) {
		return errors.New("give a percentage from 0.1% to 50%")
	}
	*p = percent(v / 100)
	return nil
}

// again is the arguments that redo the run.
func again(cmd *cobra.Command) []string {
	args := []string{cmd.Name()}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name == "resume" {
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			args = append(args, "--"+f.Name+"="+v)
		}
	})
	return args
}

// printable spells out what would steer a terminal, line ends as well.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// tell says where the file is, what is in it, and what to do next.
func tell(w io.Writer, o sweep.Options, out sweep.Outcome) error {
	f := out.File
	void := 0
	for _, s := range f.Samples {
		if s.Void != "" {
			void++
		}
	}
	fmt.Fprintf(w, "%s: %d samples, %d of them void, %d failures, %d cells that cannot exist\n",
		f.Path, len(f.Samples), void, len(f.Failures), len(f.Blanks))
	if f.Run.Target > 0 {
		fmt.Fprintln(w, reached(f))
	}
	told := map[result.Cell]bool{}
	for _, x := range f.Failures {
		if !told[x.Cell] {
			fmt.Fprintf(w, "failed: %s: %s: %s\n", x.Cell.Name(), x.Kind, printable(x.Text))
		}
		told[x.Cell] = true
	}
	fmt.Fprintf(w, "%.0f%% of the time was spent inside warm-up and samples\n", 100*out.Share)
	if out.Interrupted {
		fmt.Fprintln(w, "interrupted: what was measured is kept; the same command with --resume goes on")
		return errInterrupted
	}
	fmt.Fprintf(w, "next: nonrev report --dir %s %s\n", o.Dir, f.Path)
	if len(f.Failures) > 0 {
		return errBad
	}
	return nil
}

// reached says how near a run came to its target.
func reached(f *result.File) string {
	widths := sweep.HalfWidths(f)
	if len(widths) == 0 {
		return "target: no cell has an interval"
	}
	good, _ := slices.BinarySearch(widths, f.Run.Target)
	return fmt.Sprintf("target %.3g%%: reached by %d of %d cells in %d rounds, chosen by a pilot of %d; the median cell has %.2g%%, the widest %.2g%%",
		100*f.Run.Target, good, len(widths), f.Run.Rounds, f.Run.PilotRounds, 100*widths[len(widths)/2], 100*widths[len(widths)-1])
}
