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
	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/report/claims"
)

func newJudge() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "judge FILE...",
		Short: "Judge the essay's claims by result files",
		Long: `Say of every claim of the essay what each file makes of it: supported when the
interval of the number that decides lies wholly on the side of support, refuted
when wholly on that of refutation, else unclear. Where a file cannot decide, the
verdict says what that needs, or what was not measured. Thresholds and cells are
those of "nonrev list claims"; no verdict is written by hand. Exit status 0
whatever the verdicts are.`,
		RunE: func(cmd *cobra.Command, paths []string) error {
			files, err := read(paths)
			if err != nil {
				return err
			}
			for _, f := range files {
				if f.Run.Version == 0 {
					return fmt.Errorf("%s: not written by nonrev, so it says nothing about claims: give a file of nonrev run", f.Path)
				}
			}
			warn(cmd.ErrOrStderr(), files)
			if asJSON {
				return judgedJSON(cmd.OutOrStdout(), files)
			}
			return printJudged(cmd.OutOrStdout(), files)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

// Widths of the table's columns of prose.
const (
	verdictWidth = 24
	whyWidth     = 86
)

func printJudged(w io.Writer, files []*result.File) error {
	for _, f := range files {
		verdicts := claims.Judge(f)
		fmt.Fprintf(w, "%s: %s, up to %d cores, profile %s, %d rounds\n", f.Path, printable(f.Run.CPU), mostCores(f), printable(f.Run.Profile), f.Run.Rounds)
		t := newTable(w, text.AlignLeft, "claim", "verdict", "why")
		for _, v := range verdicts {
			t.AppendRow(table.Row{v.Claim.ID, text.WrapSoft(v.String(), verdictWidth), why(v)})
			t.AppendSeparator()
		}
		t.Render()
		fmt.Fprintf(w, "%s\n\n", claims.Count(verdicts))
	}
	fmt.Fprintln(w, "What the essay says and no experiment decides:")
	t := newTable(w, text.AlignLeft, "phrase", "reason")
	for _, p := range claims.Untestable() {
		t.AppendRow(table.Row{text.WrapSoft(p.Text, 2*verdictWidth), text.WrapSoft(p.Reason, whyWidth-verdictWidth)})
	}
	t.Render()
	return nil
}

// why is what the table says beside a verdict.
func why(v claims.Verdict) string {
	lines := []string{v.Claim.Says, v.Sentence}
	if v.Decided() {
		lines = append(lines, "times the threshold of support: "+v.SpellMultiple(), "cells: "+strings.Join(v.Cells, " "))
	}
	for _, w := range v.Warnings {
		lines = append(lines, "warning: "+w)
	}
	for i, l := range lines {
		lines[i] = printable(l)
	}
	return wrapped(lines, whyWidth)
}

func mostCores(f *result.File) int {
	most := 0
	for _, n := range f.Run.Cores {
		most = max(most, n)
	}
	return most
}

// A judgment is all that judge says.
type judgment struct {
	Version    int          `json:"version"`
	Files      []judgedFile `json:"files"`
	Untestable []phrase     `json:"untestable"`
}

type judgedFile struct {
	Path     string         `json:"file"`
	Verdicts []judgedClaim  `json:"verdicts"`
	Tally    map[string]int `json:"tally"` // of what is measured or about behaviour
}

type judgedClaim struct {
	ID       string           `json:"id"`
	Says     string           `json:"says"`
	Quote    string           `json:"quote"`
	Kind     claims.Kind      `json:"kind"`
	Verdict  string           `json:"verdict"` // the word with what is needed
	Word     claims.Word      `json:"word"`
	Needs    []string         `json:"needs,omitempty"`
	Decides  string           `json:"decides"` // which number
	Number   *estimate        `json:"number,omitempty"`
	Multiple *estimate        `json:"multiple,omitempty"` // the number in multiples of the threshold of support
	Share    bool             `json:"share,omitempty"`    // the number is a share; its bounds are what undecided parts leave open
	Support  string           `json:"supported,omitempty"`
	Refute   string           `json:"refuted,omitempty"`
	Evidence []judgedEvidence `json:"evidence,omitempty"`
	Beside   []judgedEvidence `json:"beside,omitempty"`
	Lacking  []lacking        `json:"lacking,omitempty"`
	Warnings []string         `json:"warnings,omitempty"`
	Date     string           `json:"date,omitempty"`
	Sources  []string         `json:"sources,omitempty"`
	Sentence string           `json:"sentence"`
}

type judgedEvidence struct {
	What     string         `json:"what"`
	Number   *estimate      `json:"number"`
	Multiple *estimate      `json:"multiple,omitempty"`
	Outcome  claims.Outcome `json:"outcome"`
	Support  string         `json:"supported,omitempty"`
	Refute   string         `json:"refuted,omitempty"`
	Reason   string         `json:"reason,omitempty"`
	Cells    []string       `json:"cells"`
}

type lacking struct {
	Cell   string      `json:"cell"`
	Word   claims.Word `json:"word"`
	Reason string      `json:"reason"`
}

type phrase struct {
	Text   string `json:"text"`
	Reason string `json:"reason"`
}

func judgedJSON(w io.Writer, files []*result.File) error {
	j := judgment{Version: 1}
	for _, f := range files {
		verdicts := claims.Judge(f)
		t := claims.Count(verdicts)
		out := judgedFile{Path: f.Path, Tally: map[string]int{
			"claims": t.Claims, "supported": t.Supported, "refuted": t.Refuted, "unclear": t.Unclear,
			"needs": t.Needs, "not in this profile": t.NotInProfile, "not measured": t.NotMeasured,
		}}
		for _, v := range verdicts {
			out.Verdicts = append(out.Verdicts, newJudged(v))
		}
		j.Files = append(j.Files, out)
	}
	for _, p := range claims.Untestable() {
		j.Untestable = append(j.Untestable, phrase(p))
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(j)
}

func newJudged(v claims.Verdict) judgedClaim {
	c := v.Claim
	out := judgedClaim{
		ID: c.ID, Says: c.Says, Quote: c.Quote, Kind: c.Kind, Verdict: v.String(), Word: v.Word, Needs: v.Needs, Decides: c.Number, Share: v.Share,
		Support: c.Supported, Refute: c.Refuted, Evidence: newEvidence(v.Evidence), Beside: newEvidence(v.Beside),
		Warnings: v.Warnings, Date: c.Date, Sources: c.Sources, Sentence: v.Sentence,
	}
	if v.Decided() {
		out.Number, out.Multiple = bounded(v.Number), bounded(v.Multiple())
	}
	for _, l := range v.Lacks {
		out.Lacking = append(out.Lacking, lacking{l.Cell, l.Word, l.Reason})
	}
	return out
}

// bounded is an estimate with its bounds, of which a share has some without a
// confidence.
func bounded(e scaling.Estimate) *estimate {
	out := newEstimate(e)
	out.interval = interval{decimal(e.Low), decimal(e.High)}
	return out
}

func newEvidence(from []claims.Evidence) []judgedEvidence {
	var out []judgedEvidence
	for _, e := range from {
		j := judgedEvidence{
			What: e.What, Number: newEstimate(e.Estimate), Outcome: e.Outcome,
			Support: e.Support.String(), Refute: e.Refute.String(), Reason: e.Reason, Cells: e.Cells,
		}
		if j.Support != "" {
			j.Multiple = newEstimate(e.Multiple())
		}
		out = append(out, j)
	}
	return out
}
