package result

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/montanaflynn/stats"
)

// VoidShare is the share of wall time by which outside CPU use must exceed
// the cell's own median for a sample to be void.
const VoidShare = 0.10

// voidRounds is the least number of rounds that gives a baseline.
const voidRounds = 3

// outside begins the cause of every void that Void gives, and the warning in
// its place where there is no baseline.
const outside = "outside CPU use of "

// Void returns the samples with those marked void during which other
// processes used the CPUs: OutsideNS/WindowNS above the cell's own median over
// all rounds by more than VoidShare. The cause decides, never the value. It
// takes 3 rounds; below, a share above VoidShare is only a warning. A sample
// without WindowNS is not judged, one that is void for another cause stays so.
// Marks that an earlier call made are made anew.
func Void(samples []Sample) []Sample {
	out := slices.Clone(samples)
	shares := map[Cell][]float64{}
	for i, s := range out {
		if strings.HasPrefix(s.Void, outside) && s.WindowNS > 0 {
			out[i].Void = ""
		}
		out[i].Warnings = slices.DeleteFunc(slices.Clone(s.Warnings), func(w string) bool { return strings.HasPrefix(w, outside) })
		if s.WindowNS > 0 {
			shares[s.Cell] = append(shares[s.Cell], s.OutsideNS/s.WindowNS)
		}
	}
	base := map[Cell]float64{}
	for c, x := range shares {
		if median, err := stats.Median(x); err == nil && len(x) >= voidRounds {
			base[c] = median
		}
	}
	for i := range out {
		out[i].judge(base)
	}
	return out
}

// Judge marks the samples that must not be used and adds what only the whole
// file tells, the overhead of every task. A run does it when it ends; whoever
// reads the file of a run that did not live to its end must do it as well. It
// leaves a foreign file as it is, and may be called again.
func (f *File) Judge() {
	if f.Run.Version > 0 {
		f.Samples = Overhead(Distrust(Void(f.Samples), f.Failures), f.Run.IO)
	}
}

// WrongAnswer is the kind of a failure after which no number of the cell is believed.
const WrongAnswer = "wrong answer"

// Distrust returns the samples with those marked void whose cell gave a wrong
// answer in any round: an answer that was wrong once makes no number.
func Distrust(samples []Sample, failures []Failure) []Sample {
	wrong := map[Cell]int{}
	for _, f := range failures {
		if _, known := wrong[f.Cell]; !known && f.Kind == WrongAnswer {
			wrong[f.Cell] = f.Round
		}
	}
	out := slices.Clone(samples)
	for i, s := range out {
		if round, bad := wrong[s.Cell]; bad && s.Void == "" {
			out[i].Void = fmt.Sprintf("%s of this cell in round %d", WrongAnswer, round)
		}
	}
	return out
}

// MaxReplacements is how many rounds of all cells may follow the planned ones
// to make up for void samples.
const MaxReplacements = 3

// Short returns the cells that are to be made up for: more than a quarter of
// their planned samples are void and not replaced yet. So many are no accident:
// of cells that nothing disturbs one sample in fifty is void, since what others
// use is counted in ticks of 10 ms, and an interval from three quarters of the
// samples is hardly wider. Cells that failed or cannot exist are not among them.
func (f *File) Short() []Cell {
	return f.lacking(func(usable, planned int) bool { return 4*usable < 3*planned })
}

// Unmeasured returns the cells whose numbers rest on less than half of the
// planned samples, since the others are void: they count as not measured.
func (f *File) Unmeasured() []Cell {
	return f.lacking(func(usable, planned int) bool { return 2*usable < planned })
}

// lacking returns the cells with void samples whose usable ones are too few
// for the planned. What an interruption kept from being measured is not void:
// then as many are planned as there are.
func (f *File) lacking(few func(usable, planned int) bool) []Cell {
	usable, all, void := map[Cell]int{}, map[Cell]int{}, map[Cell]bool{}
	for _, s := range f.Samples {
		all[s.Cell]++
		if s.Void == "" {
			usable[s.Cell]++
		} else if strings.HasPrefix(s.Void, outside) {
			void[s.Cell] = true
		}
	}
	for _, x := range f.Failures {
		delete(void, x.Cell)
	}
	return slices.DeleteFunc(slices.Clone(f.Plan), func(c Cell) bool {
		c = c.Canon()
		return !void[c] || !few(usable[c], min(all[c], f.Run.Rounds))
	})
}

// judge marks one sample by the baselines of the cells that have one.
func (s *Sample) judge(base map[Cell]float64) {
	if s.WindowNS <= 0 || s.Void != "" {
		return
	}
	share := s.OutsideNS / s.WindowNS
	median, ok := base[s.Cell]
	switch {
	case share <= median+VoidShare:
	case ok:
		s.Void = fmt.Sprintf("%s%.0f%% of wall, %.0f%% is this cell's median", outside, 100*share, 100*median)
	default:
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s%.0f%% of wall; fewer than %d rounds give no baseline to void it by", outside, 100*share, voidRounds))
	}
}

// Overhead returns the samples with OverheadNS set: (N x wall - serial time of
// the same tasks) / tasks, in ns, against the serial cell on one CPU in the
// same round. A pass has tasks/s x ns/op x 1e-9 tasks, rounded to a whole
// number. Where one of the two samples is missing or void there is no
// overhead, and none for the workloads in io, whose tasks mostly wait. Values
// that an earlier call added are replaced.
func Overhead(samples []Sample, io []string) []Sample {
	serial := map[Point]float64{} // ns a task
	for _, s := range samples {
		if s.Cell == serialOf(s.Cell) {
			if ns, ok := s.taskNS(); ok {
				serial[Point{s.Cell, s.Round}] = ns
			}
		}
	}
	out := slices.Clone(samples)
	for i, s := range out {
		own := append(make([]Value, 0, len(s.Values)+1), s.Values...)
		out[i].Values = slices.DeleteFunc(own, func(v Value) bool { return v.Unit == OverheadNS })
		base, known := serial[Point{serialOf(s.Cell), s.Round}]
		ns, ok := s.taskNS()
		if !known || !ok || s.Cell.Model == Serial || slices.Contains(io, s.Cell.Workload) {
			continue
		}
		out[i].Values = sorted(append(out[i].Values, Value{OverheadNS, float64(s.Cell.Cores)*ns - base}))
	}
	return out
}

// serialOf is the serial cell that a cell is held against.
func serialOf(c Cell) Cell {
	return Cell{Workload: c.Workload, Other: c.Other, Set: c.Set, Grain: c.Grain, Payload: c.Payload, Helpers: c.Helpers, Model: Serial, Cores: 1}
}

// taskNS is the wall time of a task in ns, if the sample may be used and has one.
func (s Sample) taskNS() (float64, bool) {
	wall, ok := s.Value(WallNS)
	rate, also := s.Value(TaskRate)
	tasks := math.Round(rate * wall * 1e-9)
	return wall / tasks, ok && also && s.Void == "" && tasks >= 1
}
