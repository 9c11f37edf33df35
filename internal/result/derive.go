package result

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/montanaflynn/stats"
)

// VoidShare is the share of wall time by which outside CPU use must exceed
// the cell's own median for a sample to be void.
const VoidShare = 0.10

// voidLeast is an excess in ns of which nothing is known: the kernel counts CPU
// time in ticks of 10 ms, so a count is off by up to one and the median of many
// by half of one. It matters to windows below 150 ms alone, in which a tick more
// or less is above VoidShare by itself.
const voidLeast = 15e6

// voidRounds is the least number of rounds that gives a baseline.
const voidRounds = 3

// ByCell goes through samples in runs of one cell. In a finished file the samples
// of a cell stand together, so that what is known of it is looked up once for all.
func ByCell(samples []Sample) iter.Seq2[Cell, []Sample] {
	return func(yield func(Cell, []Sample) bool) {
		for from := 0; from < len(samples); {
			to := from + 1
			for to < len(samples) && samples[to].Cell == samples[from].Cell {
				to++
			}
			if !yield(samples[from].Cell, samples[from:to]) {
				return
			}
			from = to
		}
	}
}

// outside begins the cause of every void that Void gives, and the warning in
// its place where there is no baseline.
const outside = "outside CPU use of "

// Void returns the samples with those marked void during which other
// processes used the CPUs: OutsideNS/WindowNS above the cell's own median over
// all rounds by more than VoidShare, and by more than the rounding of ticks.
// The cause decides, never the value. It takes 3 rounds; below, a share above
// VoidShare is only a warning. A sample without WindowNS is not judged, one that
// is void for another cause stays so. Marks that an earlier call made are made
// anew.
func Void(samples []Sample) []Sample {
	out := slices.Clone(samples)
	void(out)
	return out
}

// void is Void on the samples themselves.
func void(samples []Sample) {
	shares := map[Cell][]float64{}
	for c, run := range ByCell(samples) {
		own := shares[c]
		for i := range run {
			s := &run[i]
			if strings.HasPrefix(s.Void, outside) && s.WindowNS > 0 {
				s.Void = ""
			}
			if len(s.Warnings) > 0 {
				s.Warnings = slices.DeleteFunc(slices.Clone(s.Warnings), func(w string) bool { return strings.HasPrefix(w, outside) })
			}
			if s.WindowNS > 0 {
				own = append(own, s.OutsideNS/s.WindowNS)
			}
		}
		shares[c] = own
	}
	base := map[Cell]float64{}
	for c, x := range shares {
		if median, err := stats.Median(x); err == nil && len(x) >= voidRounds {
			base[c] = median
		}
	}
	for c, run := range ByCell(samples) {
		median, known := base[c]
		for i := range run {
			run[i].judge(median, known)
		}
	}
}

// Judge marks the samples that must not be used and adds what only the whole
// file tells, the overhead of every task. A run does it when it ends; whoever
// reads the file of a run that did not live to its end must do it as well. It
// leaves a foreign file as it is, and may be called again.
func (f *File) Judge() {
	if f.Run.Version > 0 {
		void(f.Samples)
		distrust(f.Samples, f.Failures)
		overhead(f.Samples, f.Run.IO)
	}
}

// WrongAnswer is the kind of a failure after which no number of the cell is believed.
const WrongAnswer = "wrong answer"

// distrust marks the samples void whose cell gave a wrong answer in any round: an
// answer that was wrong once makes no number.
func distrust(samples []Sample, failures []Failure) {
	wrong := map[Cell]int{}
	for _, f := range failures {
		if _, known := wrong[f.Cell]; !known && f.Kind == WrongAnswer {
			wrong[f.Cell] = f.Round
		}
	}
	if len(wrong) == 0 {
		return
	}
	for c, run := range ByCell(samples) {
		round, bad := wrong[c]
		for i := range run {
			if bad && run[i].Void == "" {
				run[i].Void = fmt.Sprintf("%s of this cell in round %d", WrongAnswer, round)
			}
		}
	}
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
	for c, run := range ByCell(f.Samples) {
		some, loaded := 0, void[c]
		for i := range run {
			if run[i].Void == "" {
				some++
			} else if strings.HasPrefix(run[i].Void, outside) {
				loaded = true
			}
		}
		all[c], usable[c], void[c] = all[c]+len(run), usable[c]+some, loaded
	}
	for _, x := range f.Failures {
		delete(void, x.Cell)
	}
	return slices.DeleteFunc(slices.Clone(f.Plan), func(c Cell) bool {
		c = c.Canon()
		return !void[c] || !few(usable[c], min(all[c], f.Run.Rounds))
	})
}

// judge marks one sample by its cell's median, if that is known.
func (s *Sample) judge(median float64, known bool) {
	if s.WindowNS <= 0 || s.Void != "" {
		return
	}
	share := s.OutsideNS / s.WindowNS
	switch {
	case share <= median+VoidShare, known && s.OutsideNS <= median*s.WindowNS+voidLeast:
	case known:
		s.Void = fmt.Sprintf("%s%.0f%% of wall, %.0f%% is this cell's median", outside, 100*share, 100*median)
	default:
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s%.0f%% of wall; fewer than %d rounds give no baseline to void it by", outside, 100*share, voidRounds))
	}
}

// overhead sets OverheadNS of the samples: (N x wall - serial time of the same
// tasks) / tasks, in ns, against the serial cell on one CPU in the same round. A
// pass has tasks/s x ns/op x 1e-9 tasks, rounded to a whole number. Where one of
// the two samples is missing or void there is no overhead, and none for the
// workloads in io, whose tasks mostly wait. A value that an earlier call added is
// replaced; the values themselves are left as they are for whoever shares them.
func overhead(samples []Sample, io []string) {
	serial := map[Cell]map[int]float64{} // ns a task by round
	for c, run := range ByCell(samples) {
		if c != serialOf(c) {
			continue
		}
		if serial[c] == nil {
			serial[c] = map[int]float64{}
		}
		for i := range run {
			if ns, ok := run[i].taskNS(); ok {
				serial[c][run[i].Round] = ns
			}
		}
	}
	var room []Value // one allocation serves many samples
	for c, run := range ByCell(samples) {
		base, none := serial[serialOf(c)], c.Model == Serial || slices.Contains(io, c.Workload)
		for i := range run {
			s := &run[i]
			from, known := base[s.Round]
			ns, ok := s.taskNS()
			if n := len(s.Values) + 1; cap(room)-len(room) < n {
				room = make([]Value, 0, max(4096, n))
			}
			start, changed := len(room), false
			if known && ok && !none {
				room, changed = s.with(room, Value{OverheadNS, float64(c.Cores)*ns - from})
			} else {
				room, changed = s.without(room, OverheadNS)
			}
			if changed {
				s.Values = room[start:len(room):len(room)]
			}
		}
	}
}

// with appends the sample's values with v among them, in the order of units; if
// they hold it already it appends nothing.
func (s *Sample) with(to []Value, v Value) (_ []Value, changed bool) {
	at := slices.IndexFunc(s.Values, func(o Value) bool { return o.Unit == v.Unit })
	after := at + 1
	switch {
	case at >= 0 && s.Values[at] == v:
		return to, false
	case at < 0:
		if at = slices.IndexFunc(s.Values, func(o Value) bool { return rank(o.Unit) > rank(v.Unit) }); at < 0 {
			at = len(s.Values)
		}
		after = at
	}
	return append(append(append(to, s.Values[:at]...), v), s.Values[after:]...), true
}

// without appends the sample's values but that in a unit; if there is none it
// appends nothing.
func (s *Sample) without(to []Value, unit string) (_ []Value, changed bool) {
	at := slices.IndexFunc(s.Values, func(o Value) bool { return o.Unit == unit })
	if at < 0 {
		return to, false
	}
	return append(append(to, s.Values[:at]...), s.Values[at+1:]...), true
}

// serialOf is the serial cell that a cell is held against.
func serialOf(c Cell) Cell {
	return Cell{Workload: c.Workload, Other: c.Other, Set: c.Set, Grain: c.Grain, Payload: c.Payload, Helpers: c.Helpers, Model: Serial, Cores: 1}
}

// taskNS is the wall time of a task in ns, if the sample may be used and has one.
func (s *Sample) taskNS() (float64, bool) {
	wall, ok := s.Value(WallNS)
	rate, also := s.Value(TaskRate)
	tasks := math.Round(rate * wall * 1e-9)
	return wall / tasks, ok && also && s.Void == "" && tasks >= 1
}
