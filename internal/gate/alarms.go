package gate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// Alarms counts what a gate says of pairs between which nothing changed.
type Alarms struct {
	Runs      int // that were drawn and in which every comparison had an interval
	Cells     int // comparisons in all of them that had an interval
	Flagged   int // comparisons of the first batch that were flagged
	Confirmed int // of these, the ones that the second batch confirmed
	Red       int // runs with any confirmed
	// Real is how many batches were measured, one after the other and not
	// drawn, of all comparisons together, and RealFlagged how many were flagged.
	Real, RealFlagged int
}

// FalseAlarms draws so many runs from recorded pairs of equal builds and counts
// what the gate says of them. A run is two batches of s.Pairs pairs, from
// different rounds where there are enough, else with replacement, the same
// rounds for all cells, so that what disturbs several cells at a time stays
// together. Each pair is turned round or not by the toss of a coin: with equal
// builds it might as well have come out so. Runs share pairs, so their number
// alone does not make the rates exact: the record's length bounds that. A record
// shorter than a batch gives no run.
func (s Settings) FalseAlarms(pairs []Comparison, runs int, seed uint64) Alarms {
	var a Alarms
	for _, c := range pairs {
		for _, batch := range s.batches(c) {
			cost := batch.cost(1 - CellAlpha)
			a.Real += judged(cost)
			if s.flags(cost) {
				a.RealFlagged++
			}
		}
	}
	rounds := 0
	for _, c := range pairs {
		rounds = max(rounds, len(c.Old))
	}
	if rounds < s.Pairs {
		return a
	}
	r := rand.New(rand.NewPCG(seed, 0))
	for range runs {
		first, second := drawRounds(rounds, s.Pairs, r)
		a.run(s, pairs, first, second, r)
	}
	return a
}

// batches are the pairs of a record as a gate would have measured them, one batch
// after the other. What is left over is in none.
func (s Settings) batches(c Comparison) (list []Comparison) {
	for at := 0; at+s.Pairs <= len(c.Old); at += s.Pairs {
		list = append(list, c.part(at, at+s.Pairs))
	}
	return list
}

// Shown is the effect that each batch of a record shows 9 times in 10, NaN where
// there are no pairs.
func (s Settings) Shown(c Comparison) (effects []float64) {
	for _, batch := range s.batches(c) {
		effects = append(effects, s.Detectable(batch))
	}
	return effects
}

// run counts what the gate says of one run: of these rounds.
func (a *Alarms) run(s Settings, pairs []Comparison, first, second []int, r *rand.Rand) {
	var flagged []Comparison
	whole := 0
	for _, c := range pairs {
		cost := c.tossed(first, r).cost(1 - CellAlpha)
		whole += judged(cost)
		if s.flags(cost) {
			flagged = append(flagged, c)
		}
	}
	confirmed := 0
	for _, c := range flagged {
		if s.flags(c.tossed(second, r).cost(confirmation(len(flagged)))) {
			confirmed++
		}
	}
	a.Cells += whole
	if whole == len(pairs) {
		a.Runs++
	}
	a.Flagged += len(flagged)
	a.Confirmed += confirmed
	if confirmed > 0 {
		a.Red++
	}
}

// judged counts an estimate that has an interval: another could not alarm, and
// would make rates look smaller than they are.
func judged(cost scaling.Estimate) int {
	if cost.Confidence > 0 {
		return 1
	}
	return 0
}

// drawRounds draws the rounds of two batches.
func drawRounds(rounds, pairs int, r *rand.Rand) (first, second []int) {
	if rounds >= 2*pairs {
		order := r.Perm(rounds)
		return order[:pairs], order[pairs : 2*pairs]
	}
	return replaced(rounds, pairs, r), replaced(rounds, pairs, r)
}

// replaced draws rounds with replacement.
func replaced(rounds, pairs int, r *rand.Rand) []int {
	list := make([]int, pairs)
	for i := range list {
		list[i] = r.IntN(rounds)
	}
	return list
}

// madeUp is the comparison with pairs of later rounds in the place of those
// that are missing among the first, one for one.
func (c Comparison) madeUp(pairs int) Comparison {
	more := slices.DeleteFunc(c.whole(), func(round int) bool { return round < pairs })
	m := c.part(0, min(pairs, len(c.Old)))
	m.Old, m.New = slices.Clone(m.Old), slices.Clone(m.New)
	for i := range m.Old {
		if len(more) > 0 && (math.IsNaN(m.Old[i]) || math.IsNaN(m.New[i])) {
			m.Old[i], m.New[i] = c.Old[more[0]], c.New[more[0]]
			more = more[1:]
		}
	}
	return m
}

// part is some rounds of the comparison.
func (c Comparison) part(from, to int) Comparison {
	c.Old, c.New = c.Old[from:to], c.New[from:to]
	return c
}

// tossed is the comparison of these rounds, sides exchanged at random.
func (c Comparison) tossed(rounds []int, r *rand.Rand) Comparison {
	c.Old, c.New = picked(c.Old, rounds), picked(c.New, rounds)
	for i := range c.Old {
		if r.IntN(2) == 0 {
			c.Old[i], c.New[i] = c.New[i], c.Old[i]
		}
	}
	return c
}

func picked(x []float64, rounds []int) []float64 {
	out := make([]float64, len(rounds))
	for i, round := range rounds {
		out[i] = x[round]
	}
	return out
}

// Caught is the share of runs drawn from recorded pairs, with replacement, that
// are red: flagged in one batch and confirmed in another. A batch has as many
// pairs as the record has with both values, since a gate makes up for the others.
func (s Settings) Caught(c Comparison, runs int, seed uint64) float64 {
	whole := c.whole()
	if len(whole) == 0 {
		return math.NaN()
	}
	r := rand.New(rand.NewPCG(seed, 1))
	draw := func() Comparison {
		rounds := make([]int, len(whole))
		for i, at := range replaced(len(whole), len(whole), r) {
			rounds[i] = whole[at]
		}
		d := c
		d.Old, d.New = picked(c.Old, rounds), picked(c.New, rounds)
		return d
	}
	caught := 0
	for range runs {
		if s.flags(draw().cost(1-CellAlpha)) && s.flags(draw().cost(confirmation(1))) {
			caught++
		}
	}
	return float64(caught) / float64(runs)
}

// times are the comparisons of time, which decide by default.
func times(all []Comparison) []Comparison {
	return slices.DeleteFunc(slices.Clone(all), func(c Comparison) bool { return c.Metric.Name != Time })
}

// Record reads the pairs of time that a gate, or a self-test, has kept in a
// directory: of the rounds that measured all cells, with the pairs of later ones
// in the place of those that load from outside had spoilt.
func Record(dir string) ([]Comparison, error) {
	var files [2]*result.File
	for i, name := range sideNames {
		f, err := result.Read(filepath.Join(dir, name+".txt"))
		if err != nil {
			return nil, err
		}
		f.Judge()
		files[i] = f
	}
	all, err := Compare(planned(files), files[Old], files[New])
	if err != nil {
		return nil, err
	}
	pairs := times(all)
	if len(pairs) == 0 {
		return nil, fmt.Errorf("%s: no cell was measured on both sides", dir)
	}
	rounds := firstRounds(files)
	for i, c := range pairs {
		pairs[i] = c.madeUp(rounds)
	}
	return pairs, nil
}

// firstRounds is how many rounds there are, from the first, that measured most
// cells at least: those that made up for void pairs measured a few.
func firstRounds(files [2]*result.File) int {
	samples := map[int]int{}
	for _, f := range files {
		for _, s := range f.Samples {
			samples[s.Round]++
		}
	}
	n := 0
	for 2*samples[n] >= max(samples[0], 1) {
		n++
	}
	return n
}
