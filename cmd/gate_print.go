package cmd

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/nonrev/nonrev/internal/gate"
	"github.com/nonrev/nonrev/internal/result"
)

// A gated is all that a gate, or a comparison of files, says. Costs are ratios
// of new to old, turned so that above 1 is worse; null stands for what is no
// number.
type gated struct {
	Version   int           `json:"version"`
	Verdict   gate.Verdict  `json:"verdict"`
	Paired    bool          `json:"paired"`
	Old       string        `json:"old"`
	New       string        `json:"new"`
	Machine   string        `json:"machine,omitempty"`
	Pairs     int           `json:"pairs,omitempty"` // of a batch
	Threshold decimal       `json:"threshold"`
	Detect    decimal       `json:"detect,omitempty"` // that all cells were asked to promise
	On        []string      `json:"on"`
	CellAlpha decimal       `json:"cellAlpha,omitempty"`
	RunAlpha  decimal       `json:"runAlpha,omitempty"`
	Seed      uint64        `json:"seed,omitempty"`
	Failures  []string      `json:"failures,omitempty"`
	Warnings  []string      `json:"warnings,omitempty"`
	Rows      []gatedRow    `json:"rows"`
	Order     [][]gate.Turn `json:"order,omitempty"` // of the pairs, round by round; items are the plan of the old file
	Second    [][]gate.Turn `json:"secondOrder,omitempty"`
}

type gatedRow struct {
	Cell       string       `json:"cell"`
	Metric     string       `json:"metric"`
	Unit       string       `json:"unit,omitempty"`
	Decides    bool         `json:"decides"`
	Old        decimal      `json:"old"`
	New        decimal      `json:"new"`
	Cost       *estimate    `json:"cost"`
	Confirmed  *estimate    `json:"confirmed,omitempty"`
	Detectable decimal      `json:"detectable"`
	Promise    decimal      `json:"promise"`
	Verdict    gate.Verdict `json:"verdict"`
	Better     bool         `json:"better,omitempty"`
	Reason     string       `json:"reason,omitempty"`
}

func newGated(r gate.Report) gated {
	g := gated{
		Version: 1, Verdict: r.Verdict, Paired: true, Old: r.Names[gate.Old], New: r.Names[gate.New],
		Pairs: r.Pairs, Threshold: decimal(r.Threshold), Detect: decimal(r.Detect), On: r.On,
		CellAlpha: gate.CellAlpha, RunAlpha: gate.RunAlpha, Seed: r.Seed,
		Failures: r.Failures, Warnings: r.Warnings, Order: r.Turns, Second: r.Second, Machine: machine(r.Head),
	}
	g.Warnings = append(g.Warnings, spoiling(r.Head.Findings)...)
	for _, row := range r.Rows {
		g.Rows = append(g.Rows, newGatedRow(row))
	}
	return g
}

// machine says where a run was measured, "" if it does not tell.
func machine(run result.Run) string {
	if len(run.Allowed) == 0 {
		return ""
	}
	where := fmt.Sprintf("%s, %d CPUs", run.CPU, len(run.Allowed))
	if run.Host != "" {
		where += ", " + run.Host
	}
	return fmt.Sprintf("%s, %s, %s", where, cmp.Or(run.Kernel, run.GOOS), run.Go)
}

// spoiling are the findings about the machine that will spoil a measurement.
func spoiling(findings []result.Finding) []string {
	var out []string
	for _, f := range findings {
		if f.Severity == result.Warning {
			out = append(out, fmt.Sprintf("%s: %s: %s; remedy: %s", f.What, f.Value, f.Spoils, f.Remedy))
		}
	}
	return out
}

func newGatedRow(r gate.Row) gatedRow {
	out := gatedRow{
		Cell: r.Cell.Name(), Metric: r.Metric.Name, Unit: r.Metric.Unit, Decides: r.Decides,
		Old: decimal(r.Old), New: decimal(r.New), Cost: newEstimate(r.Cost),
		Detectable: decimal(r.Detectable), Promise: decimal(r.Promise), Verdict: r.Verdict, Better: r.Better, Reason: r.Reason,
	}
	if r.Confirmed != nil {
		out.Confirmed = newEstimate(*r.Confirmed)
	}
	return out
}

// verdictError is what makes the exit status.
func verdictError(v gate.Verdict) error {
	switch v {
	case gate.Worse:
		return errBad
	case gate.Inconclusive:
		return errInconclusive
	}
	return nil
}

// print renders what the gate says; an unknown format was refused before.
func (g gated) print(w io.Writer, format string) error { return gateFormats[format](g, w) }

func encodeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// keep writes what the gate says into a directory, for machines and for people.
func (g gated) keep(dir string) error {
	return errors.Join(
		writeNew(filepath.Join(dir, "gate.json"), func(w io.Writer) error { return encodeJSON(w, g) }),
		writeNew(filepath.Join(dir, "gate.html"), g.html),
	)
}

// writeNew writes a file that must not be there yet.
func writeNew(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("%w: choose another --dir", err)
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path)) // half of it would look like all
	}
	return nil
}

// shown are the rows of a table: those that decide, and of the others those
// that say something.
func (g gated) shown() []gatedRow {
	var rows []gatedRow
	for _, r := range g.Rows {
		if r.Decides || r.Better || r.Verdict == gate.Worse {
			rows = append(rows, r)
		}
	}
	return rows
}

// gateColumns are those of a table for people.
var gateColumns = []string{"cell", "metric", "old", "new", "cost", "interval", "detectable", "promise", "verdict", "why"}

// fields are what stands in them.
func (r gatedRow) fields() []string {
	cost, interval := percents(r.Cost)
	return []string{
		printable(r.Cell), printable(strings.TrimSpace(r.Metric + " " + r.Unit)), r.Old.text(), r.New.text(), cost, interval,
		share(float64(r.Detectable)), share(float64(r.Promise)), r.verdict(), printable(r.why()),
	}
}

// table is what text and Markdown have in common.
func (g gated) table(w io.Writer) table.Writer {
	t := newTable(w, text.AlignLeft, gateColumns...)
	for _, r := range g.shown() {
		var row table.Row
		for _, f := range r.fields() {
			row = append(row, f)
		}
		row[len(row)-1] = text.WrapSoft(printable(r.why()), whyWidth/2)
		t.AppendRow(row)
	}
	return t
}

// verdict is the word, marked where it does not count.
func (r gatedRow) verdict() string {
	word := string(r.Verdict)
	if r.Better {
		word = "better"
	}
	if !r.Decides {
		word += " (does not decide)"
	}
	return word
}

// why is the reason, with what the second batch says.
func (r gatedRow) why() string {
	if r.Confirmed == nil {
		return r.Reason
	}
	cost, interval := percents(r.Confirmed)
	return strings.TrimSpace(fmt.Sprintf("%s second batch: %s %s", r.Reason, cost, interval))
}

// percents are an estimate of a cost and its interval as changes.
func percents(e *estimate) (value, bounds string) {
	if math.IsNaN(float64(e.Value)) {
		return "", ""
	}
	value = change(float64(e.Value))
	if !math.IsNaN(float64(e.Low)) {
		bounds = fmt.Sprintf("[%s, %s]", change(float64(e.Low)), change(float64(e.High)))
	}
	return value, bounds
}

// change is a ratio as a change in percent, or as so many times.
func change(ratio float64) string {
	if ratio >= 3 {
		return fmt.Sprintf("%.3g times", ratio)
	}
	return fmt.Sprintf("%+.1f%%", 100*(ratio-1))
}

// share is a share in percent, nothing if it is not known.
func share(v float64) string {
	switch {
	case math.IsNaN(v):
		return ""
	case v > 10 || math.IsInf(v, 1):
		return "none"
	}
	return fmt.Sprintf("%.1f%%", 100*v)
}

// summary is the verdict in a sentence, with which promises hold.
func (g gated) summary() string {
	if kept := g.kept(); kept != "" {
		return g.counted() + "; " + kept
	}
	return g.counted()
}

// counted is the verdict and the numbers that make it.
func (g gated) counted() string {
	count := map[gate.Verdict]int{}
	better, decide := 0, 0
	for _, r := range g.Rows {
		if r.Decides {
			decide++
			count[r.Verdict]++
		}
		if r.Better {
			better++
		}
	}
	s := fmt.Sprintf("%s: of %d comparisons %d worse, %d not worse, %d inconclusive; %d better", g.Verdict, decide, count[gate.Worse], count[gate.NotWorse], count[gate.Inconclusive], better)
	if len(g.Failures) > 0 {
		s += fmt.Sprintf("; %d failed", len(g.Failures))
	}
	return s
}

// kept says which promises hold, by their size and of how many comparisons; ""
// where nothing is promised.
func (g gated) kept() string {
	holds, all := map[decimal]int{}, map[decimal]int{}
	for _, r := range g.Rows {
		if r.Decides && r.Promise > 0 {
			all[r.Promise]++
			if r.Detectable <= r.Promise {
				holds[r.Promise]++
			}
		}
	}
	var parts []string
	for _, p := range slices.Sorted(maps.Keys(all)) {
		parts = append(parts, fmt.Sprintf("%.3g%% would show in %d of %d", 100*float64(p), holds[p], all[p]))
	}
	return strings.Join(parts, ", ")
}

// how says what the numbers are.
func (g gated) how() string {
	if !g.Paired {
		return fmt.Sprintf("Unpaired: medians of two stored files. What the machine did in between is in these figures, so changes below %s, and below %s of cells that pass messages and of allocations, say nothing.",
			share(gate.Floor), share(gate.LooseFloor))
	}
	promised := "what its kind of cell promises"
	if g.Detect > 0 {
		promised = share(float64(g.Detect))
	}
	return fmt.Sprintf("%d pairs in random ABBA order. Cost: new over old, above 0%% is worse, with its %.1f%% interval. Worse: beyond %s and without doubt in two batches. Detectable: what this run shows 9 times in 10; above %s is inconclusive.",
		g.Pairs, 100*(1-float64(g.CellAlpha)), share(float64(g.Threshold)), promised)
}

func (g gated) text(w io.Writer) error {
	fmt.Fprintf(w, "old: %s\nnew: %s\n%s\n", printable(g.Old), printable(g.New), g.how())
	if g.Machine != "" {
		fmt.Fprintln(w, "machine:", printable(g.Machine))
	}
	printWarnings(w, printables(g.Warnings))
	g.table(w).Render()
	for _, f := range g.Failures {
		fmt.Fprintln(w, "failed:", printable(f))
	}
	fmt.Fprintln(w, g.summary())
	return nil
}

func printables(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = printable(l)
	}
	return out
}
