package report

import (
	"fmt"
	"maps"
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
	err    error                        // a histogram cannot be read
	known  map[float64]scaling.Estimate // of nines, those that are supported
}

// pool merges the histograms of samples.
func pool(samples []result.Sample) *requests {
	r := &requests{known: map[float64]scaling.Estimate{}}
	var reader result.Steps
	var counts [][]result.Step
	place := map[int64]int{}
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
			place[step.To] = 0
			r.total += step.Count
		}
	}
	for i, to := range slices.Sorted(maps.Keys(place)) {
		r.values, place[to] = append(r.values, float64(to)), i
	}
	r.rounds = len(counts)
	r.below = make([]int64, len(r.values)*r.rounds)
	for round, steps := range counts {
		for _, step := range steps {
			r.below[place[step.To]*r.rounds+round] = step.Count
		}
	}
	for i := r.rounds; i < len(r.below); i++ {
		r.below[i] += r.below[i-r.rounds]
	}
	r.estimate()
	r.below = nil // it is large
	return r
}

// estimate finds the quantiles that there are requests enough for.
func (r *requests) estimate() {
	var asked []float64
	for _, x := range nines {
		if r.supports(x.q) {
			asked = append(asked, x.q)
		}
	}
	if asked == nil {
		return
	}
	at := make([]int, len(asked))
	found := scaling.Bootstraps(r.rounds, len(asked), func(draw []int, values []float64) {
		all := r.sum(len(r.values)-1, draw)
		for i, q := range asked {
			at[i] = r.drawn(q, all, draw, at[i])
			values[i] = r.values[at[i]]
		}
	})
	for i, q := range asked {
		r.known[q] = found[i]
	}
}

// tail is how many requests must lie beyond a quantile for it to be told.
const tail = 10

// supports tells whether there are requests enough for a quantile.
func (r *requests) supports(q float64) bool { return float64(r.total)*(1-q) >= tail*(1-1e-9) }

// quantile estimates a quantile, one of nines, of all requests taken together,
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
	return r.known[q]
}

// sum is how many requests of some rounds took at most the value at a place.
func (r *requests) sum(at int, draw []int) (sum int64) {
	column := r.below[at*r.rounds:][:r.rounds]
	for _, round := range draw {
		sum += column[round]
	}
	return sum
}

// drawn is the place of the quantile of the requests of some rounds, so many in
// all. Draws differ by little, so the search begins near where the last one ended.
func (r *requests) drawn(q float64, all int64, draw []int, near int) int {
	last, rank := len(r.values)-1, max(1, int64(q*float64(all)+0.5))
	low, high := near, near
	for step := 1; low > 0 && r.sum(low-1, draw) >= rank; step *= 2 {
		low, high = max(0, low-step), low-1
	}
	for step := 1; high < last && r.sum(high, draw) < rank; step *= 2 {
		low, high = high+1, min(last, high+step)
	}
	return low + sort.Search(high-low, func(i int) bool { return r.sum(low+i, draw) >= rank })
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
		id: "nines-" + p.id(), title: "Latency by rarity, " + p.String(), wide: true, table: "latency",
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

// longest is the longest latency of all.
func (r *requests) longest() float64 { return r.values[len(r.values)-1] }

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
	longest := r.longest()
	gap := mark{y: scaling.Estimate{Value: math.NaN()}}
	most := mark{x: last, y: scaling.Estimate{Value: longest, Low: longest, High: longest, N: r.rounds}, title: name + ", longest of all: " + duration.value(longest)}
	return append(marks, gap, most)
}
