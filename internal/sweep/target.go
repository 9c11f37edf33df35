package sweep

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/montanaflynn/stats"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// A pilot that chooses the number of rounds.
const (
	targetPilot = 5   // rounds of it
	targetMost  = 100 // rounds that it may choose
	// targetCells is the share of cells that are to reach the target: the few
	// that scatter most would multiply the time of all others.
	targetCells = 0.9
)

// chooseRounds runs a pilot of all cells and sets the rounds that nine cells
// in ten are expected to need for the target. The pilot's samples are used for
// nothing else.
func (s *sweep) chooseRounds(ctx context.Context) error {
	rates := map[result.Cell][]float64{}
	for round := range targetPilot {
		for _, i := range roundOrder(^s.run.Seed, round, len(s.plan)) { // not an order of the rounds to come
			sample, c, err := s.measure(ctx, result.Point{Cell: s.plan[i], Round: round})
			if err != nil {
				return err
			}
			if rate, ok := throughput(sample); ok && c.Kind == "" {
				rates[s.plan[i]] = append(rates[s.plan[i]], math.Log(rate))
			}
		}
		fmt.Fprintf(s.Log, "pilot round %d of %d\n", round+1, targetPilot)
	}
	s.run.PilotRounds, s.run.Rounds = targetPilot, roundsFor(s.run.Target, rates)
	s.begun = s.run.Rounds
	return nil
}

// roundsFor is how many rounds bring the interval of the median to a
// half-width of target, for nine in ten of these series of logarithms: that of
// n normal values with standard deviation s is 1.96 x s x sqrt(pi/2n).
func roundsFor(target float64, logs map[result.Cell][]float64) int {
	var need []float64
	for _, x := range logs {
		if s, err := stats.StandardDeviationSample(x); err == nil && len(x) > 1 {
			need = append(need, math.Pow(1.96*s/target, 2)*math.Pi/2)
		}
	}
	if len(need) == 0 {
		return scaling.MinCount
	}
	slices.Sort(need)
	n := need[int(targetCells*float64(len(need)-1))]
	return int(min(max(math.Ceil(n), scaling.MinCount), targetMost))
}

// throughput is the tasks, messages or starts a second of a sample. That of a
// ceiling is not what a target is about.
func throughput(s result.Sample) (float64, bool) {
	if rate, ok := s.Value(result.TaskRate); ok || !isStudied(s.Cell) {
		return rate, ok
	}
	return s.Value(result.OpRate)
}

// HalfWidths returns the half-width of the interval of every cell's
// throughput as a share of it, ascending: what was reached of a target. Cells
// that failed or count as not measured have none.
func HalfWidths(f *result.File) []float64 {
	rates := map[result.Cell][]float64{}
	for _, s := range f.Samples {
		if rate, ok := throughput(s); ok && s.Void == "" {
			rates[s.Cell] = append(rates[s.Cell], rate)
		}
	}
	for _, x := range f.Failures {
		delete(rates, x.Cell)
	}
	for _, c := range f.Unmeasured() {
		delete(rates, c)
	}
	var widths []float64
	for _, x := range rates {
		if e := scaling.Level(x); e.Confidence > 0 {
			widths = append(widths, (e.High-e.Low)/2/e.Value)
		}
	}
	slices.Sort(widths)
	return widths
}
