package cmd

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/report"
)

func newFloor() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "floor FILE",
		Short: "What passing messages costs against the least that it costs on this machine",
		Long: `Hold each transport between processes against the bare mechanism under it,
written on raw system calls in Go and in C, that was measured in the same rounds:
round trips at depth 1 by payload and by where the two sides run, the ring
against the hand-over of a cache line (two CPUs) or a futex (one CPU), the ring's
throughput at 64 KiB and depth 16 against what one CPU copies, allocations a
message. Beside each stands its target, which was fixed before any measurement,
and a word: reached or missed when the whole 95% interval lies on one side of the
target, unclear when it crosses it. A miss is printed as it is, with the CPU time
of both sides and the parts of our round trip. Exit status 0 whatever the words are.`,
		RunE: func(cmd *cobra.Command, paths []string) error {
			f, err := readOne(paths)
			if err != nil {
				return err
			}
			warn(cmd.ErrOrStderr(), []*result.File{f})
			if asJSON {
				return floorJSON(cmd.OutOrStdout(), f)
			}
			printFloor(cmd.OutOrStdout(), f)
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

// readOne reads the one file, of ours, that a command is about.
func readOne(paths []string) (*result.File, error) {
	files, err := read(paths)
	switch {
	case err != nil:
		return nil, err
	case len(files) > 1:
		return nil, fmt.Errorf("%d files: name one, since it is about one run", len(files))
	case files[0].Run.Version == 0:
		return nil, fmt.Errorf("%s: not written by nonrev, so its cells are not known: give a file of nonrev run", files[0].Path)
	}
	return files[0], nil
}

func printFloor(w io.Writer, f *result.File) {
	fmt.Fprintf(w, "%s: %s, profile %s, %d rounds\n", f.Path, printable(f.Run.CPU), printable(f.Run.Profile), f.Run.Rounds)
	t := newTable(w, text.AlignLeft, "what", "against", "unit", "ours", "floor", "ratio", "target", "word")
	words, targets := map[report.FloorWord]int{}, 0
	for _, r := range report.Floor(f) {
		ratio := newEstimate(r.Ratio).text()
		if r.Against() == "" {
			ratio = "" // it is ours
		}
		t.AppendRow(table.Row{r.What(), r.Against(), r.Unit, newEstimate(r.OursLevel).text(), newEstimate(r.FloorLevel).text(), ratio, r.Target.String(), floorWord(r)})
		if r.Target != (report.Target{}) {
			targets++
			words[r.Word]++
		}
	}
	t.Render()
	fmt.Fprintf(w, "Of %d targets %d are reached, %d missed, %d unclear, %d not measured.\n",
		targets, words[report.Reached], words[report.Missed], words[report.Unclear], words[report.NotMeasured])
}

// floorWord is the word with what it is about.
func floorWord(r report.FloorRow) string {
	if r.Reason == "" {
		return string(r.Word)
	}
	return text.WrapSoft(string(r.Word)+": "+printable(r.Reason), 2*verdictWidth)
}

// A floorReport is all that floor says.
type floorReport struct {
	Version int         `json:"version"`
	Path    string      `json:"file"`
	Rows    []floorLine `json:"rows"`
}

type floorLine struct {
	What    string           `json:"what"`
	Against string           `json:"against,omitempty"`
	Unit    string           `json:"unit"`
	Ours    floorSide        `json:"ours"`
	Floor   *floorSide       `json:"floor,omitempty"`
	Ratio   *estimate        `json:"ratio,omitempty"` // ours over the floor's, by round
	Target  *floorTarget     `json:"target,omitempty"`
	Word    report.FloorWord `json:"word"`
	Reason  string           `json:"reason,omitempty"`
}

type floorSide struct {
	Cell   string    `json:"cell"`
	Median *estimate `json:"median"`
}

type floorTarget struct {
	Limit   decimal `json:"limit"`
	AtLeast bool    `json:"atLeast"` // the limit or more is good, else the limit or less
}

func floorJSON(w io.Writer, f *result.File) error {
	out := floorReport{Version: 1, Path: f.Path}
	for _, r := range report.Floor(f) {
		l := floorLine{What: r.What(), Against: r.Against(), Unit: r.Unit, Ours: floorSide{r.Ours.Name(), newEstimate(r.OursLevel)}, Word: r.Word, Reason: r.Reason}
		if r.Against() != "" {
			l.Floor, l.Ratio = &floorSide{r.Floor.Name(), newEstimate(r.FloorLevel)}, newEstimate(r.Ratio)
		}
		if r.Target != (report.Target{}) {
			l.Target = &floorTarget{decimal(r.Target.Limit), r.Target.AtLeast}
		}
		out.Rows = append(out.Rows, l)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
