package report

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// An axis says how values of one direction become places.
type axis struct {
	log    bool
	kind   kind      // how its ticks are written
	at     []float64 // where its ticks stand; nil: at round values
	names  []string  // of the ticks in at; nil: as kind writes them
	suffix string    // after the last name: " cores"
	least  float64   // the largest value shown is at least this
}

// minimumRange is the smallest factor between the ends of a log axis: what
// differs by less is not to look like much.
const minimumRange = 3

// scale sets a plot's axis for values, all of which end up inside. A log axis
// takes positive values only; the caller leaves the others out.
func (a axis) scale(out *plot.Axis, values []float64) {
	low, high := slices.Min(values), slices.Max(values)
	out.Scale = plot.LinearScale{}
	if a.log {
		out.Scale = plot.LogScale{}
	}
	switch {
	case len(a.at) > 0:
		low, high = min(low, slices.Min(a.at)), max(high, slices.Max(a.at))
		out.Tick.Marker = a.fixed()
	case a.log:
		low, high = widen(low, high)
		var at []float64
		low, high, at = logTicks(low, high)
		out.Tick.Marker = a.named(at)
	default:
		var at []float64
		low, high, at = linearTicks(min(low, 0), max(high, a.least))
		out.Tick.Marker = a.named(at)
	}
	if low == high {
		low, high = low/1.5, high*1.5
	}
	out.Min, out.Max = low, high
}

// fixed names the given ticks.
func (a axis) fixed() plot.ConstantTicks {
	ticks := a.named(a.at)
	for i, name := range a.names {
		ticks[i].Label = name
	}
	if len(ticks) > 0 {
		ticks[len(ticks)-1].Label += a.suffix
	}
	return ticks
}

func (a axis) named(at []float64) plot.ConstantTicks {
	ticks := make(plot.ConstantTicks, len(at))
	for i, v := range at {
		ticks[i] = plot.Tick{Value: v, Label: a.tick(v)}
	}
	return ticks
}

// tick writes a tick without the digits that say nothing.
func (a axis) tick(v float64) string {
	scaled, unit := a.kind.scale(v)
	return trimmed(scaled) + unit
}

// widen keeps low and high at least minimumRange apart.
func widen(low, high float64) (float64, float64) {
	if high/low >= minimumRange {
		return low, high
	}
	pad := math.Sqrt(minimumRange / (high / low))
	return low / pad, high * pad
}

// logTicks returns round values for a log axis and the range that they span.
// gonum's own label decades only, which leaves a range of a factor 5 with one
// label or none.
func logTicks(low, high float64) (from, to float64, at []float64) {
	first, last := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	steps := []float64{1, 2, 5}
	switch {
	case high/low > 2e4:
		steps = []float64{1}
	case high/low < 8:
		steps = []float64{1, 1.5, 2, 3, 4, 5, 6, 8}
	}
	for e := first; e <= last; e++ {
		for _, s := range steps {
			at = append(at, s*math.Pow(10, e))
		}
	}
	// Floating point makes 3e-1 of 3*0.1; a value at a tick must count as inside.
	const slack = 1 + 1e-9
	i := slices.IndexFunc(at, func(v float64) bool { return v > low*slack }) - 1
	j := slices.IndexFunc(at, func(v float64) bool { return v >= high/slack })
	at = at[max(i, 0) : j+1]
	return min(low, at[0]), max(high, at[len(at)-1]), at
}

// linearTicks returns four to seven round values that span low to high.
func linearTicks(low, high float64) (from, to float64, at []float64) {
	if high <= low {
		high = low + 1
	}
	raw := (high - low) / 5
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, s := range []float64{2, 2.5, 5, 10} {
		if step*s >= raw*0.999 {
			step *= s
			break
		}
	}
	from, to = math.Floor(low/step)*step, math.Ceil(high/step-1e-9)*step
	for i := 0; from+float64(i)*step <= to+step/2; i++ {
		at = append(at, from+float64(i)*step)
	}
	return from, to, at
}

// thin blanks the labels that would run into their neighbour, keeping the
// first and the last; x gives a tick's place, width a label's.
func thin(ticks []plot.Tick, x func(float64) vg.Length, width func(string) vg.Length) []plot.Tick {
	const gap = 5
	out := slices.Clone(ticks)
	clear := func(i, j int) bool {
		return x(out[i].Value)+width(out[i].Label)/2+gap <= x(out[j].Value)-width(out[j].Label)/2
	}
	kept := 0
	for i := 1; i < len(out); i++ {
		if clear(kept, i) && (i == len(out)-1 || clear(i, len(out)-1)) {
			kept = i
		} else if i < len(out)-1 {
			out[i].Label = ""
		}
	}
	return out
}
