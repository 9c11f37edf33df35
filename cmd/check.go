package cmd

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/nonrev/nonrev/internal/sweep"
)

// checkPatience is how long one check may take before it is killed.
const checkPatience = time.Minute

func newCheck(c sweep.Catalogue) *cobra.Command {
	var s sweep.Selection
	var record string
	check := &cobra.Command{
		Use:   "check",
		Short: "Check every answer under every model, without a clock",
		Long: `Run every workload in every setting under every model, twice on one crew in a
fresh process, and hold answers and receipts against what they must be; pass
messages over every transport and in every encoding, and hold every answer
against the message. Exit status 1 means that one of them was wrong.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var verdicts []sweep.Verdict
			err := sweep.Check(cmd.Context(), c, s, checkPatience, func(v sweep.Verdict) {
				verdicts = append(verdicts, v)
				fmt.Fprintf(cmd.ErrOrStderr(), "%d: %s\n", len(verdicts), v.Cell.Name())
			})
			if err != nil {
				return err
			}
			var recorded error
			if record != "" {
				recorded = sweep.Record(record, version(), again(cmd), verdicts)
			}
			return cmp.Or(recorded, showVerdicts(cmd.OutOrStdout(), cmd.ErrOrStderr(), verdicts))
		},
	}
	f := check.Flags()
	f.StringSliceVar(&s.Workloads, "workloads", nil, "only these workloads")
	f.StringSliceVar(&s.Models, "models", nil, "only these models")
	f.StringSliceVar(&s.Set, "set", nil, "key=value, as for nonrev run")
	f.StringVar(&record, "record", "", "also write the outcome as benchmark lines")
	return check
}

// showVerdicts prints the table of workloads and models; what cannot be and
// what failed is told in full below it.
func showVerdicts(stdout, stderr io.Writer, verdicts []sweep.Verdict) error {
	t := table.NewWriter()
	t.SetOutputMirror(stdout)
	t.SetStyle(plain())
	models := distinctNames(verdicts, func(v sweep.Verdict) string { return v.Cell.Model })
	header := table.Row{"workload"}
	for _, m := range models {
		header = append(header, m)
	}
	t.AppendHeader(header)
	for _, w := range distinctNames(verdicts, func(v sweep.Verdict) string { return v.Cell.Workload }) {
		row := table.Row{w}
		for _, m := range models {
			row = append(row, outcome(verdicts, w, m))
		}
		t.AppendRow(row)
	}
	t.Render()
	var err error
	for _, v := range verdicts {
		if v.Unsupported() != "" {
			fmt.Fprintf(stdout, "no: %s: %s\n", v.Cell.Name(), v.Unsupported())
		}
		if v.Failure() != "" {
			fmt.Fprintf(stderr, "FAIL: %s: %s\n%s", v.Cell.Name(), printable(v.Failure()), v.Log)
			err = errBad
		}
	}
	return err
}

func distinctNames(verdicts []sweep.Verdict, name func(sweep.Verdict) string) []string {
	var names []string
	for _, v := range verdicts {
		if !slices.Contains(names, name(v)) {
			names = append(names, name(v))
		}
	}
	return names
}

// outcome sums up every setting of a workload under a model.
func outcome(verdicts []sweep.Verdict, workload, model string) string {
	var ok, no, failed int
	for _, v := range verdicts {
		switch {
		case v.Cell.Workload != workload || v.Cell.Model != model:
		case v.Failure() != "":
			failed++
		case v.Unsupported() != "":
			no++
		default:
			ok++
		}
	}
	switch {
	case failed > 0:
		return fmt.Sprintf("FAIL (%d of %d)", failed, failed+no+ok)
	case ok == 0 && no == 0:
		return "-"
	case ok == 0:
		return "no"
	case no > 0:
		return fmt.Sprintf("ok (%d no)", no)
	}
	return "ok"
}
