package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nonrev/nonrev/internal/gate"
	"github.com/nonrev/nonrev/internal/result"
)

func newCompare() *cobra.Command {
	s := gate.Settings{Threshold: 0.03}
	metrics := slices.DeleteFunc(gate.Metrics(), func(m string) bool { return m == gate.Scaling })
	var filter, format string
	c := &cobra.Command{
		Use:   "compare OLD NEW",
		Short: "Compare stored result files, ours or any Go benchmark output",
		Long: fmt.Sprintf(`Compare two stored files, of nonrev or any Go benchmark output. This is the
unpaired form: what the machine did between the two is in the figures. Medians of
equal builds moved by 2 to 24%% between two sweeps, so a change below %.0f%%, and
below %.0f%% of cells that pass messages or allocate much, is inconclusive. To find
a smaller one use nonrev gate, or give several files a side, separated by commas,
each of a session of its own: from so many on either side on that chance can
hardly sort them, their spread takes the place of the floor. That is %d for one
benchmark, %d for 24.

OLD may be a directory of nonrev history: its files of the machine of NEW.

Exit status: 0 not worse; 1 worse; 2 usage or data that cannot be used; 3 inconclusive.`, 100*gate.Floor, 100*gate.LooseFloor, gate.Sessions(1), gate.Sessions(24)),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("%d files: give two, the old and the new", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, known := gateFormats[format]; !known {
				return unknownFormat(format)
			}
			if err := checkMetrics(s.On, metrics); err != nil {
				return err
			}
			new, err := read(strings.Split(args[1], ","))
			if err != nil {
				return err
			}
			old, err := baseline(cmd.ErrOrStderr(), args[0], new[0])
			if err != nil {
				return err
			}
			var sides [2][]*result.File
			for i, files := range [][]*result.File{old, new} {
				warn(cmd.ErrOrStderr(), files)
				if sides[i], err = filtered(files, filter); err != nil {
					return err
				}
			}
			return compare(cmd.OutOrStdout(), sides, s, format)
		},
	}
	f := c.Flags()
	f.Var((*percent)(&s.Threshold), "threshold", "an estimate must be worse by more than this, and than the floor")
	f.StringVar(&filter, "filter", "*", "which benchmarks, in the syntax of benchstat: \".name:Fannkuch /model:(locked OR serial)\"")
	f.StringSliceVar(&s.On, "on", []string{gate.Time}, "what decides, of "+strings.Join(metrics, ", ")+"; the others are shown")
	f.StringVar(&format, "format", "text", formatNames)
	return c
}

// baseline reads the files of the old side: those named, or those of a directory
// that come from the machine of the new side.
func baseline(log io.Writer, named string, new *result.File) ([]*result.File, error) {
	if info, err := os.Stat(named); err != nil || !info.IsDir() {
		return read(strings.Split(named, ","))
	}
	files, warnings, err := gate.Baseline(named, gate.Fingerprint(new.Run))
	printWarnings(log, printables(warnings))
	return files, err
}

// compare prints what stored files allow to say.
func compare(w io.Writer, sides [2][]*result.File, s gate.Settings, format string) error {
	r, err := gate.Stored(sides[gate.Old], sides[gate.New], s)
	if err != nil {
		return err
	}
	if len(r.Rows) == 0 {
		return errors.New("nothing is left to compare: widen --filter")
	}
	g := newGated(r)
	g.Paired, g.CellAlpha, g.RunAlpha = false, 0, 0
	return errors.Join(g.print(w, format), verdictError(r.Verdict))
}
