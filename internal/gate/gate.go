// Package gate tells whether one build is worse than another: it pairs
// measurements of both, interleaved in a random order, and decides cell by
// cell by the one statistic of the project, the Hodges-Lehmann estimate of
// paired log ratios with its exact Wilcoxon interval.
//
// Three designs were refused. A p value below 0.05 alarms the more often the
// more cells there are. Measuring one build after the other makes drift of the
// machine a finding. A verdict of two values calls a cell good that could not
// have shown a regression.
package gate

import (
	"fmt"
	"math"
	"slices"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// Levels of error. A cell is flagged by an interval that leaves out CellAlpha,
// half of it on the bad side, so that a cell without a change is flagged at
// most 5 times in 10^4. Whatever is flagged must show again in a second batch
// of pairs, at RunAlpha divided by the number of flagged comparisons
// (Bonferroni): by that batch alone, which owes nothing to the first, a run
// without any change ends red at most once in a hundred.
const (
	CellAlpha = 0.001
	RunAlpha  = 0.01
)

// Settings are what a verdict depends on besides the pairs.
type Settings struct {
	Pairs     int     // of a batch
	Threshold float64 // the estimate must be worse by more than this share
	Detect    float64 // an effect that every cell must be able to show to pass; 0: its Promise
	On        []string
}

// A Verdict is one of three.
type Verdict string

// The verdicts. NotWorse is not "the same": it says that what the settings
// promise to detect would most likely have been seen.
const (
	Worse        Verdict = "worse"
	NotWorse     Verdict = "not worse"
	Inconclusive Verdict = "inconclusive"
)

// A Metric is one thing that sides are compared by.
type Metric struct {
	Name   string // as in Metrics
	Unit   string // of the medians
	Higher bool   // more is better
}

// A Comparison is what both sides measured of one metric of one cell.
type Comparison struct {
	Cell     result.Cell
	Metric   Metric
	Old, New []float64 // by pair, NaN where there is no value
}

// A Row is a comparison and what is made of it. Costs are ratios new to old,
// turned so that above 1 is worse whichever way the metric counts.
type Row struct {
	Cell       result.Cell
	Metric     Metric
	Decides    bool // whether the verdict bears on that of the run
	Old, New   float64
	Cost       scaling.Estimate  // at 1-CellAlpha, from the first batch
	Confirmed  *scaling.Estimate // from the second, of a row that was flagged
	Detectable float64           // share that this row shows 9 times in 10, NaN if unknown
	Promise    float64           // share that it must be able to show to pass, NaN if nothing is promised
	Verdict    Verdict
	Better     bool   // improved by more than the threshold, the interval excludes 1
	Reason     string // of the verdict, unless the numbers say it
	flagged    bool   // worse in the first batch
}

// decides tells whether a metric is among those whose verdicts count.
func (s Settings) decides(metric string) bool { return slices.Contains(s.On, metric) }

// cost is the ratio of costs with an interval of the confidence.
func (c Comparison) cost(confidence float64) scaling.Estimate {
	if zeros(c.Old) && zeros(c.New) {
		n := len(c.whole())
		return scaling.RatioAt(ones(n), ones(n), confidence)
	}
	if c.Metric.Higher {
		return scaling.RatioAt(c.Old, c.New, confidence)
	}
	return scaling.RatioAt(c.New, c.Old, confidence)
}

// appeared tells that there is some of what costs in every pair now, and that
// there was none: a ratio that is no number and needs none.
func appeared(m Metric, old, new []float64) bool {
	return !m.Higher && zeros(old) && !slices.ContainsFunc(new, func(v float64) bool { return v <= 0 }) && known(new)
}

// zeros tells that there are values, and that all are 0.
func zeros(x []float64) bool {
	return known(x) && !slices.ContainsFunc(x, func(v float64) bool { return v != 0 && !math.IsNaN(v) })
}

// known tells that there is any value.
func known(x []float64) bool {
	return slices.ContainsFunc(x, func(v float64) bool { return !math.IsNaN(v) })
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

// whole are the rounds whose pairs have both values.
func (c Comparison) whole() []int {
	var rounds []int
	for i := range c.Old {
		if !math.IsNaN(c.Old[i]) && !math.IsNaN(c.New[i]) {
			rounds = append(rounds, i)
		}
	}
	return rounds
}

// Keeps tells that the row shows what it promises.
func (r Row) Keeps() bool { return r.Detectable <= r.Promise }

// flags tells whether an estimate of a cost is worse beyond doubt and beyond
// the threshold.
func (s Settings) flags(cost scaling.Estimate) bool {
	return cost.Above(1) && cost.Value > 1+s.Threshold
}

// Judge decides by the first batch. A row that is flagged is inconclusive
// until it is confirmed.
func (s Settings) Judge(c Comparison) Row {
	r := Row{
		Cell: c.Cell, Metric: c.Metric, Decides: s.decides(c.Metric.Name),
		Old: scaling.Level(c.Old).Value, New: scaling.Level(c.New).Value,
		Cost: c.cost(1 - CellAlpha), Detectable: math.NaN(), Promise: s.promise(c.Cell), Verdict: Inconclusive,
	}
	switch enough := len(c.whole()) >= max(scaling.LeastPairs(1-CellAlpha), (s.Pairs+1)/2); {
	case enough && appeared(c.Metric, c.Old, c.New):
		r.Verdict, r.Reason = Worse, "there was none before, in any pair"
		return r
	case enough && appeared(c.Metric, c.New, c.Old):
		r.Verdict, r.Better, r.Reason = NotWorse, true, "there is none any more, in any pair"
		return r
	case math.IsNaN(r.Cost.Value) || r.Cost.Confidence == 0:
		r.Reason = "no interval"
		if len(r.Cost.Warnings) > 0 {
			r.Reason = r.Cost.Warnings[0]
		}
		return r
	case 2*r.Cost.N < s.Pairs:
		r.Reason = fmt.Sprintf("only %d of %d pairs are left", r.Cost.N, s.Pairs)
		return r
	}
	r.Detectable = s.Detectable(c)
	r.flagged = s.flags(r.Cost)
	r.Better = r.Cost.Below(1) && r.Cost.Value < 1/(1+s.Threshold)
	switch {
	case r.flagged && !r.Decides:
		r.Verdict, r.Reason = Worse, "in one batch: what does not decide is not measured again"
	case r.flagged:
		r.Reason = "worse in the first batch, not confirmed yet"
	case r.Keeps() || r.Cost.Below(1):
		r.Verdict = NotWorse
	default:
		r.Reason = fmt.Sprintf("would show an effect of %.1f%% or more, not of %.1f%%", 100*r.Detectable, 100*r.Promise)
	}
	return r
}

// Confirm decides a flagged row by a batch that was measured after it was
// flagged, one of so many flagged rows.
func (s Settings) Confirm(r *Row, c Comparison, flagged int) {
	e := c.cost(confirmation(flagged))
	r.Confirmed = &e
	switch {
	case 2*e.N < s.Pairs:
		r.Reason = fmt.Sprintf("worse in the first batch; only %d of %d pairs of the second are left", e.N, s.Pairs)
	case e.Confidence == 0:
		r.Reason = fmt.Sprintf("worse in the first batch; %d pairs are too few to confirm what is flagged: %d", e.N, flagged)
	case s.flags(e):
		r.Verdict, r.Reason = Worse, ""
	default:
		r.Reason = "worse in the first batch, not in the second"
	}
}

// confirmation is the confidence of a two-sided interval at which each of so
// many flagged rows is confirmed.
func confirmation(flagged int) float64 { return 1 - 2*RunAlpha/float64(max(flagged, 1)) }
