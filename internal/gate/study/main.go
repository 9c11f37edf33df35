// Command study holds the gate against what is usual, on recorded pairs of a
// build and itself: how often does either call a cell changed that is not?
//
//	study DIR      a directory with old.txt and new.txt of nonrev gate
//
// What is usual is benchstat after ten runs of one side and then ten of the
// other: the Mann-Whitney test at 0.05, once alone and once with a change of at
// least 5%. Its sides are rounds of the record that follow each other, as they
// would have been measured, each round once; the gate's are the pairs.
package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"

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
	if len(args) != 1 {
		return errors.New("give one directory, with old.txt and new.txt of nonrev gate")
	}
	pairs, err := gate.Record(args[0])
	if err != nil {
		return err
	}
	s := gate.Settings{Pairs: gate.DefaultPairs, Threshold: 0.03, On: []string{gate.Time}}
	a := s.FalseAlarms(pairs, drawnRuns, drawnSeed)
	u := usual(pairs)
	fmt.Fprintf(w, "%d cells, %d rounds of a build against itself; upper bounds one-sided at 95%%\n", len(pairs), len(pairs[0].Old))
	fmt.Fprintf(w, "one side after the other, benchstat on %d and %d runs:\n", usualRuns, usualRuns)
	fmt.Fprintf(w, "  p < 0.05:            %s of comparisons alarm\n", of(u.significant, u.all))
	fmt.Fprintf(w, "  p < 0.05 and >= 5%%:  %s\n", of(u.large, u.all))
	fmt.Fprintf(w, "the gate, %d pairs in ABBA order:\n", s.Pairs)
	fmt.Fprintf(w, "  measured:            %s flagged in a first batch\n", of(a.RealFlagged, a.Real))
	fmt.Fprintf(w, "  drawn, sides tossed: %s flagged, %s confirmed; %s of runs red\n", of(a.Flagged, a.Cells), of(a.Confirmed, a.Cells), of(a.Red, a.Runs))
	return nil
}

// usualRuns is what most people take.
const usualRuns = 10

// alarms are those of what is usual.
type alarms struct{ all, significant, large int }

// usual compares rounds of the record in the order in which they were measured.
func usual(pairs []gate.Comparison) (a alarms) {
	for _, c := range pairs {
		for at := 0; at+2*usualRuns <= len(c.Old); at += 2 * usualRuns {
			first, second := known(c.Old[at:at+usualRuns]), known(c.Old[at+usualRuns:at+2*usualRuns])
			if len(first) == 0 || len(second) == 0 {
				continue
			}
			x, y := benchmath.NewSample(first, &benchmath.DefaultThresholds), benchmath.NewSample(second, &benchmath.DefaultThresholds)
			a.all++
			if p := benchmath.AssumeNothing.Compare(x, y); p.P < p.Alpha {
				a.significant++
				before, after := benchmath.AssumeNothing.Summary(x, 0.95).Center, benchmath.AssumeNothing.Summary(y, 0.95).Center
				if math.Abs(after/before-1) >= 0.05 {
					a.large++
				}
			}
		}
	}
	return a
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
	return fmt.Sprintf("%d of %d (%.2g%%, at most %.2g%%)", k, n, 100*float64(k)/float64(n), 100*gate.UpperBound(k, n))
}
