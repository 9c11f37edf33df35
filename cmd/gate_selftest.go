package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/nonrev/nonrev/internal/gate"
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/sweep"
)

func (g gateFlags) checkSelfTest() error {
	for _, v := range slices.Concat(g.sides[:], g.revs[:], g.commands[:]) {
		if v != "" {
			return errors.New("--self-test measures this program against itself: leave --old and --new out")
		}
	}
	if !slices.Contains(selfTestFormats, g.format) {
		return fmt.Errorf("--format %s: a self-test has %s", g.format, strings.Join(selfTestFormats, ", "))
	}
	return nil
}

var selfTestFormats = []string{"text", "markdown", "json"}

// test runs the self-test, whose findings are figures and no verdict.
func (g gateFlags) test(ctx context.Context, w io.Writer) (err error) {
	options, cells, err := g.plan()
	if err != nil {
		return err
	}
	bench, err := sweep.NewBench(options, cells, sweep.Build{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	run, err := sweep.Describe(options, cells)
	if err != nil {
		return err
	}
	if run.Findings, err = bench.Examine(ctx); err != nil {
		return err
	}
	fmt.Fprintf(g.log, "%d cells in 6 variants, %d rounds: about %v\n", len(cells), g.Pairs,
		(time.Duration(6*g.Pairs) * options.Profile.Budget(cells)).Round(time.Second))
	s, err := gate.Test(ctx, gate.Options{
		Settings: g.Settings, Dir: g.dir, Seed: g.seed, Log: g.log, Heads: [2]result.Run{run, run},
	}, bench, cells)
	wrote(g.log, s.Files, s.Unwritten)
	if err != nil {
		return err
	}
	out := newTested(s)
	if g.format == "json" {
		err = encodeJSON(w, out)
	} else {
		out.print(w, g.format == "markdown")
	}
	if g.dir != "" {
		err = errors.Join(err, writeNew(filepath.Join(g.dir, "self-test.json"), func(w io.Writer) error { return encodeJSON(w, out) }))
	}
	return errors.Join(err, s.Unwritten)
}

// A tested is all that a self-test says.
type tested struct {
	Version   int          `json:"version"`
	Pairs     int          `json:"pairs"`
	Threshold decimal      `json:"threshold"`
	Seed      uint64       `json:"seed"`
	Machine   string       `json:"machine"`
	Alarms    testedAlarms `json:"falseAlarms"`
	Cells     []testedCell `json:"cells"`
	Warnings  []string     `json:"warnings,omitempty"`
}

// testedAlarms are counts with the upper bounds, at 95%, of their rates.
type testedAlarms struct {
	Runs           int     `json:"drawnRuns"`
	Cells          int     `json:"drawnComparisons"`
	Flagged        int     `json:"flagged"`
	FlaggedAtMost  decimal `json:"flaggedAtMost"`
	Confirmed      int     `json:"confirmed"`
	ConfirmAtMost  decimal `json:"confirmedAtMost"`
	Red            int     `json:"redRuns"`
	RedAtMost      decimal `json:"redRunsAtMost"`
	Real           int     `json:"measuredComparisons"`
	RealFlagged    int     `json:"measuredFlagged"`
	RealFlagAtMost decimal `json:"measuredFlaggedAtMost"`
}

type testedCell struct {
	Cell       string       `json:"cell"`
	Failure    string       `json:"failure,omitempty"`
	Same       *estimate    `json:"same,omitempty"` // cost of the build against itself
	Detectable decimal      `json:"detectable"`
	Promise    decimal      `json:"promise"`
	Slowed     []testedSlow `json:"slowed,omitempty"`
}

type testedSlow struct {
	Effect decimal   `json:"effect"`
	Steps  int       `json:"steps"`
	Cost   *estimate `json:"cost"`
	Caught decimal   `json:"caught"`
}

func newTested(s gate.SelfTest) tested {
	a := s.Alarms
	out := tested{
		Version: 1, Pairs: s.Pairs, Threshold: decimal(s.Threshold), Seed: s.Seed,
		Machine:  machine(s.Head),
		Alarms:   newAlarms(a),
		Warnings: spoiling(s.Head.Findings),
	}
	for _, t := range s.Trials {
		c := testedCell{Cell: t.Cell.Name(), Failure: t.Failure}
		if t.Failure == "" {
			c.Same, c.Detectable, c.Promise = newEstimate(t.Same.Cost), decimal(t.Same.Detectable), decimal(t.Same.Promise)
		}
		for _, x := range t.Slowed {
			c.Slowed = append(c.Slowed, testedSlow{decimal(x.Effect), x.Steps, newEstimate(x.Cost), decimal(x.Caught)})
		}
		out.Cells = append(out.Cells, c)
	}
	return out
}

func newAlarms(a gate.Alarms) testedAlarms {
	return testedAlarms{
		Runs: a.Runs, Cells: a.Cells,
		Flagged: a.Flagged, FlaggedAtMost: decimal(gate.UpperBound(a.Flagged, a.Cells)),
		Confirmed: a.Confirmed, ConfirmAtMost: decimal(gate.UpperBound(a.Confirmed, a.Cells)),
		Red: a.Red, RedAtMost: decimal(gate.UpperBound(a.Red, a.Runs)),
		Real: a.Real, RealFlagged: a.RealFlagged, RealFlagAtMost: decimal(gate.UpperBound(a.RealFlagged, a.Real)),
	}
}

// print says all that was found. In Markdown every line is a paragraph.
func (s tested) print(w io.Writer, markdown bool) {
	end := "\n"
	if markdown {
		end = "\n\n"
	}
	fmt.Fprintf(w, "%d pairs a batch, threshold %s; the noise is that of this run.%s", s.Pairs, share(float64(s.Threshold)), end)
	fmt.Fprint(w, "machine: ", printable(s.Machine), end)
	if len(s.Warnings) == 0 {
		fmt.Fprint(w, "examined: nothing that spoils a measurement", end)
	}
	for _, x := range s.Warnings {
		fmt.Fprint(w, "warning: ", printable(x), end)
	}
	if markdown {
		s.table(w).RenderMarkdown()
		fmt.Fprintln(w)
	} else {
		s.table(w).Render()
	}
	fmt.Fprint(w, s.kept(), end)
	fmt.Fprint(w, "Added: work in every task, of a share of its time; beside it the cost that was measured, with its 95% interval. Caught: of 200 runs drawn from these pairs with replacement, the share that is red.", end)
	s.Alarms.print(w, end)
}

// table has a row a cell.
func (s tested) table(w io.Writer) table.Writer {
	columns := []string{"cell", "against itself", "detectable", "promise"}
	for _, c := range s.Cells {
		if len(c.Slowed) > 0 {
			for _, x := range c.Slowed {
				columns = append(columns, "added "+share(float64(x.Effect)), "caught")
			}
			break
		}
	}
	t := newTable(w, text.AlignLeft, columns...)
	for _, c := range s.Cells {
		row := table.Row{c.Cell}
		if c.Failure != "" {
			t.AppendRow(append(row, printable(c.Failure)))
			continue
		}
		cost, bounds := percents(c.Same)
		row = append(row, cost+" "+bounds, share(float64(c.Detectable)), share(float64(c.Promise)))
		for _, x := range c.Slowed {
			cost, bounds := percents(x.Cost)
			row = append(row, cost+" "+bounds, fmt.Sprintf("%.0f%%", 100*float64(x.Caught)))
		}
		t.AppendRow(row)
	}
	return t
}

// kept says how many cells keep what they promise.
func (s tested) kept() string {
	kept, all := 0, 0
	for _, c := range s.Cells {
		if c.Failure == "" {
			all++
		}
		if c.Failure == "" && c.Detectable <= c.Promise {
			kept++
		}
	}
	return fmt.Sprintf("Detectable: what a run of this noise shows 9 times in 10. %d of %d cells keep their promise.", kept, all)
}

// print says how many false alarms there were and how that is known.
func (a testedAlarms) print(w io.Writer, end string) {
	for _, line := range []string{
		"False alarms, without any change, with upper bounds of their rates, one-sided at 95%:",
		fmt.Sprintf("- as measured: %d of %d batches flagged (%s at most)", a.RealFlagged, a.Real, rate(a.RealFlagAtMost)),
		fmt.Sprintf("- drawn from the pairs, sides exchanged at random: %d of %d comparisons flagged (%s at most), %d confirmed (%s at most)",
			a.Flagged, a.Cells, rate(a.FlaggedAtMost), a.Confirmed, rate(a.ConfirmAtMost)),
		fmt.Sprintf("- of these runs of two batches, %d of %d red (%s at most)", a.Red, a.Runs, rate(a.RedAtMost)),
		"Drawn runs share their pairs: the bound is that of the drawing, not of other days. Comparisons of too few pairs for an interval, and runs with such, are not counted.",
	} {
		fmt.Fprint(w, line, end)
	}
}

func rate(v decimal) string { return fmt.Sprintf("%.3g%%", 100*float64(v)) }
