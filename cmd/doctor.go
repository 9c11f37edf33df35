package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/sweep"
)

func newDoctor() *cobra.Command {
	var asJSON bool
	doctor := &cobra.Command{
		Use:   "doctor",
		Short: "Say what on this machine will spoil a measurement, and the remedy",
		Long: `Look at the machine and calibrate it for about two seconds: do n pinned spins
do n times the work of one, and what does it cost to wake another core? Each
finding comes with what it spoils and the remedy; what the system does not tell
is "unknown". Exit status 1 means that a warning says that the machine will
spoil a measurement; notes do not count.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings, err := sweep.Doctor(cmd.Context())
			if err != nil {
				return err
			}
			if err := showFindings(cmd.OutOrStdout(), findings, asJSON); err != nil {
				return err
			}
			if count(findings, result.Warning) > 0 {
				return errBad
			}
			return nil
		},
	}
	doctor.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return doctor
}

// showFindings prints a list for programs, or a table and what it comes to.
func showFindings(w io.Writer, findings []result.Finding, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(findings)
	}
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(plain())
	for _, f := range findings {
		t.AppendRow(table.Row{f.Severity, f.What, inLines(f)})
	}
	t.Render()
	_, err := fmt.Fprintf(w, "warnings: %d, notes: %d\n", count(findings, result.Warning), count(findings, result.Note))
	return err
}

// inLines is what a finding says beside its name.
func inLines(f result.Finding) string {
	lines := []string{f.Value}
	if f.Spoils != "" {
		lines = append(lines, "spoils: "+f.Spoils)
	}
	if f.Remedy != "" {
		lines = append(lines, "remedy: "+f.Remedy)
	}
	for i, l := range lines {
		lines[i] = text.WrapSoft(l, 90)
	}
	return strings.Join(lines, "\n")
}

func count(findings []result.Finding, s result.Severity) int {
	n := 0
	for _, f := range findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}
