// Command study holds the gate against what is usual, on recorded pairs of a
// build and itself: how often does either call a cell changed that is not? And
// it tells what each cell shows, at the noise of the record.
//
//	study DIR [OTHER]      directories with old.txt and new.txt of nonrev gate
//
// What is usual is benchstat after ten runs of one side and then ten of the
// other: its medians, and its Mann-Whitney test, significant where p is not above
// 0.05; once alone and once with a change of at least 5%. Ten rounds of one side
// are held against the ten of the other that follow, then against those that
// came half of the record later, and with a second record, of another time,
// against the same rounds of that. Every sample is used once in each. Void samples, which benchstat
// knows nothing of, are left out, to its advantage. The gate's are the pairs.
package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"golang.org/x/perf/benchmath"

	"github.com/nonrev/nonrev/internal/gate"
)

func main() {
	if err := study(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "study:", err)
		os.Exit(2)
	}
}

// What is drawn from the record for the gate.
const (
	drawnRuns = 2000
	drawnSeed = 1
)

func study(w io.Writer, args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return errors.New("give one or two directories, with old.txt and new.txt of nonrev gate")
	}
	pairs, err := gate.Record(args[0])
	if err != nil {
		return err
	}
	s := gate.Settings{Pairs: gate.DefaultPairs, Threshold: 0.03, On: []string{gate.Time}}
	if n := len(pairs[0].Old); n < s.Pairs {
		return fmt.Errorf("%s: %d rounds are fewer than the %d of a batch: measure with --pairs %d or more", args[0], n, s.Pairs, 2*s.Pairs)
	}
	a := s.FalseAlarms(pairs, drawnRuns, drawnSeed)
	fmt.Fprintf(w, "%d cells, %d rounds of a build against itself; upper bounds one-sided at 95%%\n", len(pairs), len(pairs[0].Old))
	fmt.Fprintf(w, "one side after the other, benchstat on %d and %d runs:\n", usualRuns, usualRuns)
	usual(pairs, usualRuns).print(w)
	half := len(pairs[0].Old) / 2
	fmt.Fprintf(w, "%d rounds between the sides, benchstat on %d and %d runs:\n", half, usualRuns, usualRuns)
	usual(pairs, half).print(w)
	if len(args) == 2 {
		other, err := gate.Record(args[1])
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "one side in either record, benchstat on %d and %d runs:\n", usualRuns, usualRuns)
		apart(pairs, other).print(w)
	}
	fmt.Fprintf(w, "the gate, %d pairs in ABBA order:\n", s.Pairs)
	fmt.Fprintf(w, "  flagged, as measured:        %s\n", of(a.RealFlagged, a.Real))
	fmt.Fprintf(w, "  flagged, sides tossed:       %s\n", of(a.Flagged, a.Cells))
	fmt.Fprintf(w, "  confirmed, sides tossed:     %s\n", of(a.Confirmed, a.Cells))
	fmt.Fprintf(w, "  red runs, sides tossed:      %s\n", of(a.Red, a.Runs))
	shows(w, s, pairs)
	return nil
}

// shows prints what the batches of each cell show 9 times in 10.
func shows(w io.Writer, s gate.Settings, pairs []gate.Comparison) {
	fmt.Fprintf(w, "shown 9 times in 10 by a batch of %d pairs, least, median and most of the batches:\n", s.Pairs)
	missed := map[int]int{} // cells by batch
	batches := 0
	for _, c := range pairs {
		effects, promise := s.Shown(c), gate.Promise(c.Cell)
		batches = max(batches, len(effects))
		kept := 0
		for i, e := range effects {
			if e <= promise {
				kept++
			} else {
				missed[i]++
			}
		}
		slices.Sort(effects)
		last := len(effects) - 1
		fmt.Fprintf(w, "  %4.1f%% %4.1f%% %4.1f%%  promise %2.0f%%, kept by %d of %d  %s\n",
			100*effects[0], 100*(effects[last/2]+effects[(last+1)/2])/2, 100*effects[last], 100*promise, kept, len(effects), c.Cell.Name())
	}
	var list []string
	for i := range batches {
		list = append(list, fmt.Sprint(missed[i]))
	}
	fmt.Fprintf(w, "cells that miss their promise, batch by batch: %s of %d\n", strings.Join(list, ", "), len(pairs))
}

// What most people take: so many runs, and a change at least so large.
const (
	usualRuns   = 10
	usualChange = 0.05
)

// alarms are those of what is usual.
type alarms struct{ all, significant, large int }

// usual compares rounds of one side with rounds of the other that came so many
// later.
func usual(pairs []gate.Comparison, later int) (a alarms) {
	for _, c := range pairs {
		for from := 0; from+2*later <= len(c.Old); from += 2 * later {
			for at := from; at+usualRuns <= from+later; at += usualRuns {
				end := at + usualRuns
				a.compare(c.Old[at:end], c.New[at+later:end+later])
				a.compare(c.New[at:end], c.Old[at+later:end+later])
			}
		}
	}
	return a
}

// apart compares the same rounds of two records, measured at different times.
func apart(first, second []gate.Comparison) (a alarms) {
	for _, c := range first {
		i := slices.IndexFunc(second, func(d gate.Comparison) bool { return d.Cell == c.Cell && d.Metric == c.Metric })
		for at := 0; i >= 0 && at+usualRuns <= min(len(c.Old), len(second[i].Old)); at += usualRuns {
			a.compare(c.Old[at:at+usualRuns], second[i].Old[at:at+usualRuns])
		}
	}
	return a
}

// compare counts what benchstat says of two rows of values.
func (a *alarms) compare(before, after []float64) {
	before, after = known(before), known(after)
	if len(before) == 0 || len(after) == 0 {
		return
	}
	x, y := benchmath.NewSample(before, &benchmath.DefaultThresholds), benchmath.NewSample(after, &benchmath.DefaultThresholds)
	a.all++
	if p := benchmath.AssumeNothing.Compare(x, y); p.P <= p.Alpha { // as benchstat prints a change
		a.significant++
		if math.Abs(benchmath.AssumeNothing.Summary(y, 0.95).Center/benchmath.AssumeNothing.Summary(x, 0.95).Center-1) >= usualChange {
			a.large++
		}
	}
}

func (a alarms) print(w io.Writer) {
	fmt.Fprintf(w, "  alarms, p < 0.05:            %s\n", of(a.significant, a.all))
	fmt.Fprintf(w, "  alarms, p < 0.05 and >= %.0f%%:  %s\n", 100*usualChange, of(a.large, a.all))
}

// known is a copy without what is no value: benchmath sorts what it is given.
func known(x []float64) []float64 {
	var out []float64
	for _, v := range x {
		if !math.IsNaN(v) {
			out = append(out, v)
		}
	}
	return out
}

func of(k, n int) string {
	if n == 0 {
		return "none measured"
	}
	return fmt.Sprintf("%d of %d (%.3g%%, at most %.3g%%)", k, n, 100*float64(k)/float64(n), 100*gate.UpperBound(k, n))
}
