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
	holds  []float64 // values that are shown besides the panel's own
}

// minimumRange is the smallest factor between the ends of a log axis: what
// differs by less is not to look like much.
const minimumRange = 2

// margin is the share of the range, or of its logarithm's base, beyond the
// outermost values.
const margin = 0.06

// scale sets a plot's axis for values, all of which end up inside. A log axis
// takes positive values only; the caller leaves the others out.
func (a axis) scale(out *plot.Axis, values []float64) {
	values = append(slices.Clone(a.holds), values...)
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
		out.Tick.Marker = a.named(logTicks(low, high))
	default:
		low, high = min(low, 0), max(high, a.least)
		if low == high {
			high = low + 1
		}
		pad := (high - low) * margin / 2
		if low < 0 {
			low -= pad
		}
		high += pad
		out.Tick.Marker = a.named(linearTicks(low, high))
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

// widen keeps low and high at least minimumRange apart, with a margin.
func widen(low, high float64) (float64, float64) {
	pad := 1 + margin
	if high/low < minimumRange {
		pad *= math.Sqrt(minimumRange / (high / low))
	}
	return low / pad, high * pad
}

// mostTicks is how many labels an axis takes at most.
const mostTicks = 7

// logTicks returns round values between low and high, as many as fit. gonum's
// own label decades only, which leaves a range of a factor 5 with one label
// or none.
func logTicks(low, high float64) []float64 {
	var at []float64
	for _, steps := range [][]float64{{1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9}, {1, 1.5, 2, 3, 4, 5, 6, 8}, {1, 2, 5}, {1, 3}, {1}} {
		if at = decades(low, high, steps); len(at) <= mostTicks {
			return at
		}
	}
	for n := 2; len(at) > mostTicks; n++ {
		every := slices.Clone(at)
		at = at[:0]
		for i := 0; i < len(every); i += n {
			at = append(at, every[i])
		}
	}
	return at
}

// decades returns the steps of every decade that lie between low and high.
func decades(low, high float64, steps []float64) []float64 {
	var at []float64
	for e := math.Floor(math.Log10(low)); e <= math.Ceil(math.Log10(high)); e++ {
		for _, s := range steps {
			if v := s * math.Pow(10, e); v >= low && v <= high {
				at = append(at, v)
			}
		}
	}
	return at
}

// linearTicks returns round values between low and high, at most mostTicks.
func linearTicks(low, high float64) []float64 {
	raw := (high - low) / (mostTicks - 2)
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, s := range []float64{2, 2.5, 5, 10} {
		if step*s >= raw {
			step *= s
			break
		}
	}
	var at []float64
	for i := math.Ceil(low / step); i*step <= high; i++ {
		at = append(at, i*step)
	}
	return at
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
