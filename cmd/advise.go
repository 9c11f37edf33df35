package cmd

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/nonrev/nonrev/internal/gate"
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/report"
)

// The ways in which tasks use shared cells.
const (
	updatesNone   = "none"
	updatesShared = "shared"
)

func newAdvise() *cobra.Command {
	var asJSON bool
	var grain, payload, updates string
	var inFlight, cores int
	c := &cobra.Command{
		Use:   "advise --grain 200us FILE...",
		Short: "Which model for my job: the best, by how much, how sure, and what more cores buy",
		Long: `Say from result files which model a job is best spread by. The job is told by
what a task takes serially, and by what else it does: carry a payload, update
shared cells, wait with many others in flight. What it costs under each model is
added up from measured parts, within each round: fannkuch at the measured task
sizes on both sides (the worse of the two for the claim that a model is best
decides), what handoff takes for the payload over its smallest message, a task of
counter, a request of echo. No part is taken to go on while another waits.
Nothing is said beyond what was measured.

Of several files, which must be of one machine, the first that has the cells for
it tells the models, and likewise the break-even sizes and the transports: name
one of the default profile and one of ipc. Nothing is added up across files.

Exit status 0: one model is best, its lead over each other wholly above 1. 3: no
difference that the file can show, cells that it lacks, or more cores or tasks in
flight than it measured, for which the nearest that it did is told.`,
		RunE: func(cmd *cobra.Command, paths []string) error {
			q, err := question(grain, payload, updates)
			if err != nil {
				return err
			}
			for _, n := range []struct {
				flag string
				v    int
			}{{"inflight", inFlight}, {"cores", cores}} {
				if cmd.Flags().Changed(n.flag) && n.v < 1 {
					return fmt.Errorf("--%s %d: choose 1 or more", n.flag, n.v)
				}
			}
			q.InFlight, q.Cores = inFlight, cores
			files, err := readMachine(paths)
			if err != nil {
				return err
			}
			warn(cmd.ErrOrStderr(), files)
			return answer(cmd.OutOrStdout(), files, q, asJSON)
		},
	}
	c.Flags().StringVar(&grain, "grain", "", "what a task takes serially, such as 200us")
	c.Flags().StringVar(&payload, "payload", "", "what goes to the worker with a task, such as 4KiB")
	c.Flags().StringVar(&updates, "updates", updatesNone, "cells that tasks update: shared or none")
	c.Flags().IntVar(&inFlight, "inflight", 0, "tasks under way at once; more than cores means that most wait")
	c.Flags().IntVar(&cores, "cores", 0, "cores (default as many as were measured)")
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

// question reads the flags that are words.
func question(grain, payload, updates string) (q report.Question, err error) {
	if grain == "" {
		return q, errors.New("no task size: name what a task takes serially, such as --grain 200us")
	}
	if q.Grain, err = time.ParseDuration(grain); err != nil || q.Grain <= 0 {
		return q, fmt.Errorf("--grain %q is no time above 0: give one such as 200us or 1.5ms", grain)
	}
	if payload != "" {
		if q.Payload, err = bytesOf(payload); err != nil {
			return q, err
		}
	}
	if updates != updatesNone && updates != updatesShared {
		return q, fmt.Errorf("--updates %q: choose %s or %s", updates, updatesShared, updatesNone)
	}
	q.Shared = updates == updatesShared
	return q, nil
}

var payloadForm = regexp.MustCompile(`^([0-9]{1,12})(B|KiB|MiB|GiB)$`)

// mostPayload is more than anybody hands to a worker at once.
const mostPayload = 1 << 40

// bytesOf reads a payload.
func bytesOf(payload string) (int, error) {
	m := payloadForm.FindStringSubmatch(payload)
	if m == nil {
		return 0, fmt.Errorf("--payload %q is no size: give one such as 64B, 4KiB or 1MiB", payload)
	}
	n, err := strconv.Atoi(m[1])
	shift := map[string]int{"B": 0, "KiB": 10, "MiB": 20, "GiB": 30}[m[2]]
	if err != nil || n < 1 || n > mostPayload>>shift {
		return 0, fmt.Errorf("--payload %s: choose from 1B to %dGiB", payload, mostPayload>>30)
	}
	return n << shift, nil
}

// readMachine reads files of ours, all of one machine.
func readMachine(paths []string) ([]*result.File, error) {
	files, err := read(paths)
	if err != nil {
		return nil, err
	}
	first := files[0]
	for _, f := range files {
		if f.Run.Version == 0 {
			return nil, fmt.Errorf("%s: not written by nonrev, so its cells are not known: give a file of nonrev run", f.Path)
		}
		for _, x := range []struct{ what, a, b string }{
			{"machine", gate.Fingerprint(first.Run), gate.Fingerprint(f.Run)},
			{"kernel", first.Run.Kernel, f.Run.Kernel},
			{"virtualisation", first.Run.Host, f.Run.Host},
		} {
			if x.a != x.b {
				return nil, fmt.Errorf("%s %q in %s, %q in %s: an advice is for one machine: name files of one", x.what, x.a, first.Path, x.b, f.Path)
			}
		}
	}
	return files, nil
}

// answer prints what the files say, and returns errInconclusive when that does
// not answer the question.
func answer(w io.Writer, files []*result.File, q report.Question, asJSON bool) error {
	a := report.AdviseFrom(files, q)
	if asJSON {
		if err := adviceJSON(w, a); err != nil {
			return err
		}
	} else {
		printAdvice(w, files, a)
	}
	if !a.Conclusive() {
		return errInconclusive
	}
	return nil
}

func printAdvice(w io.Writer, files []*result.File, a report.Advice) {
	for _, s := range a.Says {
		fmt.Fprintln(w, printable(s))
	}
	spots := narrow(a.Spots)
	if len(a.Models) > 1 {
		fmt.Fprintf(w, "\nWith N=%d %s does so many times the work of each:\n", a.Cores, printable(a.Models[0].Name))
		printStandings(w, "model", spots, a.Models[1:])
	}
	if len(a.More) > 0 {
		fmt.Fprintf(w, "\nOver the serial loop %s does:\n", printable(a.More[0].Model))
		t := newTable(w, text.AlignLeft, append(append([]string{"N"}, spots...), "so it")...)
		for _, g := range a.More {
			t.AppendRow(append(append(table.Row{g.Cores}, estimates(g.OverSerial)...), g.Word))
		}
		t.Render()
	}
	printBreaks(w, a.Breaks)
	if len(a.Transports) > 1 {
		fmt.Fprintf(w, "\nBetween processes %s carries so many times the messages of each:\n", a.Transports[0].Name)
		printStandings(w, "transport", narrow(a.TransportSpots), a.Transports[1:])
	}
	fmt.Fprintln(w)
	for i, s := range slices.Concat(a.Models, a.Transports) {
		if i < 2 || s.Model == result.Serial || s.Model == "" {
			fmt.Fprintf(w, "cells of %s: %s\n", printable(s.Name), strings.Join(s.Cells, " "))
		}
	}
	for _, s := range a.Left {
		fmt.Fprintln(w, "not compared:", printable(s))
	}
	for _, s := range a.Notes {
		fmt.Fprintln(w, "note:", printable(s))
	}
	for _, f := range files {
		fmt.Fprintf(w, "file%s: %s, %s, profile %s, %d rounds\n", told(files, f, a.From), f.Path, printable(f.Run.CPU), printable(f.Run.Profile), f.Run.Rounds)
	}
}

// told says what one of several files was asked for.
func told(files []*result.File, f *result.File, from report.Sources) string {
	var parts []string
	for _, p := range []struct {
		what string
		of   *result.File
	}{{"models", from.Models}, {"break-even sizes", from.Breaks}, {"transports", from.Transports}} {
		if p.of == f {
			parts = append(parts, p.what)
		}
	}
	switch {
	case len(files) == 1:
		return ""
	case parts == nil:
		return " that was not needed"
	}
	return " of " + strings.Join(parts, ", ")
}

// narrow makes headings of names.
func narrow(names []string) []string {
	var out []string
	for _, s := range names {
		out = append(out, text.WrapSoft(s, verdictWidth))
	}
	return out
}

// printStandings lists what was compared, the best first.
func printStandings(w io.Writer, of string, spots []string, standings []report.Standing) {
	t := newTable(w, text.AlignLeft, append([]string{of}, spots...)...)
	for _, s := range standings {
		t.AppendRow(append(table.Row{printable(s.Name)}, estimates(s.Leads)...))
	}
	t.Render()
}

func estimates(all []scaling.Estimate) table.Row {
	var row table.Row
	for _, e := range all {
		row = append(row, newEstimate(e).text())
	}
	return row
}

func printBreaks(w io.Writer, breaks []report.Break) {
	if len(breaks) == 0 {
		return
	}
	fmt.Fprintln(w, "\nTasks that carry next to nothing, share nothing and do not wait pay from this size on:")
	t := newTable(w, text.AlignLeft, "model", "N", "pays from", "50% efficient from", "90% efficient from")
	for _, b := range breaks {
		t.AppendRow(table.Row{printable(b.Model), b.Cores, threshold(b.Pays), threshold(b.Half), threshold(b.Ninety)})
	}
	t.Render()
}

func threshold(t report.Threshold) string {
	if t.Note == "" {
		return t.Text
	}
	return text.WrapSoft(printable(t.Text+" ("+t.Note+")"), 2*verdictWidth)
}
