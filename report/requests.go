package report

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// requests are the latencies of all requests of a cell, from the histograms of
// its rounds.
type requests struct {
	values []float64 // rising, in ns: the upper ends of the histograms' steps
	rounds int
	below  []int64 // a stretch of all rounds a value: how many of each took at most as long
	total  int64
	err    error // a histogram cannot be read
	known  map[float64]scaling.Estimate
	near   int // where the last quantile was found
}

// pool merges the histograms of samples.
func pool(samples []result.Sample) *requests {
	r := &requests{known: map[float64]scaling.Estimate{}}
	var reader result.Steps
	var counts [][]result.Step
	var ends []int64
	for _, s := range samples {
		steps, err := reader.Of(s)
		if err != nil {
			r.err = err
			return r
		}
		if steps == nil {
			continue
		}
		counts = append(counts, slices.Clone(steps))
		for _, step := range steps {
			ends = append(ends, step.To)
			r.total += step.Count
		}
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	for _, to := range ends {
		r.values = append(r.values, float64(to))
	}
	r.rounds = len(counts)
	r.below = make([]int64, len(ends)*r.rounds)
	for round, steps := range counts {
		var sum int64
		for i, to := range ends {
			if len(steps) > 0 && steps[0].To == to {
				sum, steps = sum+steps[0].Count, steps[1:]
			}
			r.below[i*r.rounds+round] = sum
		}
	}
	return r
}

// tail is how many requests must lie beyond a quantile for it to be told.
const tail = 10

// supports tells whether there are requests enough for a quantile.
func (r *requests) supports(q float64) bool { return float64(r.total)*(1-q) >= tail*(1-1e-9) }

// quantile estimates a quantile, from 0 to 1, of all requests taken together,
// with an interval over the processes that they came from.
func (r *requests) quantile(q float64) scaling.Estimate {
	nan := math.NaN()
	switch {
	case r.err != nil:
		return scaling.Estimate{Value: nan, Low: nan, High: nan, Warnings: []string{r.err.Error()}}
	case !r.supports(q):
		return scaling.Estimate{Value: nan, Low: nan, High: nan, Warnings: []string{
			fmt.Sprintf("%d requests; it takes %.0f", r.total, math.Ceil(tail/(1-q)*(1-1e-9))),
		}}
	}
	e, known := r.known[q]
	if !known {
		e = scaling.Bootstrap(r.rounds, func(draw []int) float64 { return r.drawn(q, draw) })
		r.known[q] = e
	}
	return e
}

// drawn is the quantile of the requests of some rounds.
func (r *requests) drawn(q float64, draw []int) float64 {
	below := func(i int) (sum int64) {
		column := r.below[i*r.rounds:][:r.rounds]
		for _, round := range draw {
			sum += column[round]
		}
		return sum
	}
	last := len(r.values) - 1
	rank := max(1, int64(q*float64(below(last))+0.5))
	// Draws differ by little: the search begins where the last one ended.
	low, high := r.near, r.near
	for step := 1; low > 0 && below(low-1) >= rank; step *= 2 {
		low, high = max(0, low-step), low-1
	}
	for step := 1; high < last && below(high) < rank; step *= 2 {
		low, high = high+1, min(last, high+step)
	}
	r.near = low + sort.Search(high-low, func(i int) bool { return below(low+i) >= rank })
	return r.values[r.near]
}

// pooled returns the requests of a cell, nil where no histogram was kept.
func (d *dataset) pooled(c result.Cell) *requests {
	return d.pools[c]
}

// quantileOf is a quantile of all requests of a cell; where no histogram was
// kept, the level of each round's own, in a unit.
func (d *dataset) quantileOf(q float64, unit string) figureOf {
	return func(l line, n int) scaling.Estimate {
		if r := d.pooled(l.at(n)); r != nil {
			return r.quantile(q)
		}
		return d.level(l.at(n), unit)
	}
}

// offered is how many requests a second were to arrive, from the point's
// settings, 0 if they do not say.
func (p point) offered() float64 {
	for _, setting := range strings.Split(p.Set, ",") {
		if value, ok := strings.CutPrefix(setting, "rate:"); ok {
			if rate, err := strconv.ParseFloat(value, 64); err == nil && rate > 0 && !math.IsInf(rate, 0) {
				return rate
			}
		}
	}
	return 0
}

// late names the cells of a point that did not keep up with what was offered.
func (d *dataset) late(p point) []string {
	const behind = 0.95
	var out []string
	if !d.opened(p) || p.offered() == 0 {
		return nil
	}
	for _, l := range d.lines(p) {
		for _, n := range d.cores(p) {
			if e := d.level(l.at(n), result.TaskRate); e.Value < behind*p.offered() {
				out = append(out, fmt.Sprintf("%s on %s (%s of %s a second)", d.title(l), coresName(n), rate.value(e.Value), rate.value(p.offered())))
			}
		}
	}
	return out
}

// opened tells whether the arrivals at a point were fixed in advance.
func (d *dataset) opened(p point) bool { return d.arrivals[p][result.Open] }

// nines are the quantiles of a figure of latency, by how rare what lies beyond is.
var nines = []struct {
	q    float64
	name string
}{{0.5, "50%"}, {0.9, "90%"}, {0.99, "99%"}, {0.999, "99.9%"}, {0.9999, "99.99%"}}

// byNines draws latency against how rare it is, a line a model, on the most
// cores; it has no chart where no histogram was kept.
func (d *dataset) byNines(p point) figure {
	f := figure{
		id: "nines-" + p.id(), title: "Latency by rarity, " + p.String(), wide: true,
		text: "Time within which so many of all requests were answered, merged over rounds, logarithmic: beyond 90% lies one request in ten, beyond 99% one in a hundred, and so on. A quantile with fewer than ten requests beyond it is not drawn. Max, the longest of all, stands apart: the more requests, the longer.",
	}
	cores := d.cores(p)
	if len(cores) == 0 {
		return f
	}
	n := cores[len(cores)-1]
	c := chart{ink: inkText, sub: "Time to an answer, on " + coresName(n), y: axis{log: true, kind: duration}, ends: true}
	var pools []*requests
	for _, l := range d.headline(p) {
		if r := d.pooled(l.at(n)); r != nil && r.err == nil && r.total > 0 {
			curve := d.curve(l)
			curve.loose = false // all marks are of one core count
			c.curves, pools = append(c.curves, curve), append(pools, r)
		}
	}
	rarities(&c, pools)
	if len(c.curves) > 0 {
		f.charts = []drawing{c}
	}
	return f
}

// rarities gives each curve of a chart its quantiles, over an axis of those that
// any of them supports.
func rarities(c *chart, pools []*requests) {
	for i, x := range nines {
		if slices.ContainsFunc(pools, func(r *requests) bool { return r.supports(x.q) }) {
			c.x.at, c.x.names = append(c.x.at, float64(i)), append(c.x.names, x.name)
		}
	}
	last := float64(len(c.x.at))
	c.x.at, c.x.names = append(c.x.at, last), append(c.x.names, "max")
	for i, r := range pools {
		c.curves[i].marks = r.rarity(c.curves[i].name, last)
	}
}

// rarity is the quantiles of requests as marks. The last, at its own place, is
// the longest latency, with a gap before it: no step leads there.
func (r *requests) rarity(name string, last float64) []mark {
	var marks []mark
	for i, x := range nines {
		if r.supports(x.q) {
			e := r.quantile(x.q)
			marks = append(marks, mark{float64(i), e, name + ", " + x.name + ": " + duration.phrase(e)})
		}
	}
	longest := r.values[len(r.values)-1]
	gap := mark{y: scaling.Estimate{Value: math.NaN()}}
	most := mark{x: last, y: scaling.Estimate{Value: longest, Low: longest, High: longest, N: r.rounds}, title: name + ", longest of all: " + duration.value(longest)}
	return append(marks, gap, most)
}
