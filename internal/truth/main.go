// Truth puts the project to the test: it injects what is known, has it measured
// by the whole pipeline, from a sweep to the numbers of the page, and holds
// what comes out against what went in. It prints a table of injected value,
// measured value, interval and verdict, and ends with status 1 when a verdict
// is "off".
//
// The rule of the verdicts and every tolerance are fixed here, beforehand, from
// what a case injects; none was chosen after a look at a result.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/sweep"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

func main() {
	sweep.Child(catalogue()) // cells, helpers and workers are copies of this program
	if len(os.Args) == 2 && os.Args[1] == burnWord {
		burn()
	}
	ctx, stop := signal.NotifyContext(context.Background(), proc.StopSignals()...)
	rows, err := whole(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "truth:", err)
		os.Exit(2)
	}
	if off(rows) {
		os.Exit(1)
	}
}

// whole measures the themes of these names in full, and writes what spoils it
// on this machine, then the table.
func whole(ctx context.Context, names []string, w, log io.Writer) ([]row, error) {
	chosen, err := choose(names)
	if err != nil {
		return nil, err
	}
	findings, err := sweep.Doctor(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := measure(ctx, chosen, full(), log)
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		if f.Severity == result.Warning {
			fmt.Fprintf(w, "This machine spoils measurements: %s: %s. %s.\n", f.What, f.Value, f.Remedy)
		}
	}
	show(w, rows)
	return rows, nil
}

// catalogue is what the program's own processes can be asked for.
func catalogue() sweep.Catalogue {
	c := sweep.Catalogue{Models: runners.All()}
	c.Workloads = append(c.Workloads, work(), workloads.EchoWith(variedName, varied), workloads.EchoWith(stalledName, stalled))
	for _, x := range cheats() {
		c.Workloads = append(c.Workloads, x.workload())
	}
	return c
}

// A theme is cases that are measured together.
type theme struct {
	name string
	run  func(context.Context, lab) ([]row, error)
}

// themes are all cases in the order of the table.
func themes() []theme {
	return []theme{
		{"fractions", serialFractions},
		{"lock", oneLock},
		{"account", parts},
		{"cheats", cheating},
		{"suspect", suspect},
		{"load", foreign},
		{"latency", latencies},
		{"stall", stalls},
		{"intervals", intervals},
	}
}

// choose returns the themes of these names, all if there are none.
func choose(names []string) ([]theme, error) {
	if len(names) == 0 {
		return themes(), nil
	}
	var known []string
	var chosen []theme
	for _, t := range themes() {
		known = append(known, t.name)
		if slices.Contains(names, t.name) {
			chosen = append(chosen, t)
		}
	}
	if len(chosen) < len(names) {
		return nil, fmt.Errorf("name some of %s, or none for all", strings.Join(known, ", "))
	}
	return chosen, nil
}

// measure runs the themes one after the other.
func measure(ctx context.Context, themes []theme, s size, log io.Writer) ([]row, error) {
	l, err := newLab(s, log)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, t := range themes {
		began := time.Now()
		more, err := t.run(ctx, l)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		rows = append(rows, more...)
		fmt.Fprintf(log, "%s: %v\n", t.name, time.Since(began).Round(time.Second))
	}
	return rows, ctx.Err()
}
