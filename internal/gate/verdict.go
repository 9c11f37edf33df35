package gate

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// absent is the row of what was not compared, which never passes.
func absent(c result.Cell, metric, reason string) Row {
	nan := math.NaN()
	return Row{
		Cell: c, Metric: Metric{Name: metric}, Decides: true, Old: nan, New: nan,
		Cost: scaling.Estimate{Value: nan, Low: nan, High: nan}, Detectable: nan, Promise: nan,
		Verdict: Inconclusive, Reason: "missing: " + reason,
	}
}

// confirm measures the cells again of what is flagged and decides. Scaling takes
// the cell of one core as well.
func (r *Report) confirm(ctx context.Context, o Options) error {
	var cells []result.Cell
	flagged := 0
	for _, row := range r.Rows {
		if !row.flagged || !row.Decides {
			continue
		}
		flagged++
		cells = append(cells, row.Cell)
		if row.Metric.Name == Scaling {
			cells = append(cells, oneCore(row.Cell))
		}
	}
	if flagged == 0 {
		return nil
	}
	again, err := o.measure(ctx, r, o.Source.ItemsOf(cells), len(r.Turns), second)
	if err != nil {
		return err
	}
	r.failures(planned(again), again)
	comparisons, err := Compare(planned(again), again[Old], again[New])
	if err != nil {
		return err
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		if !row.flagged || !row.Decides {
			continue
		}
		at := slices.IndexFunc(comparisons, func(c Comparison) bool { return c.Cell == row.Cell && c.Metric == row.Metric })
		if at < 0 {
			row.Reason = "worse in the first batch, missing in the second"
			continue
		}
		o.Confirm(row, comparisons[at], flagged)
	}
	return nil
}

// decide makes one verdict of all: red beats inconclusive beats green.
func (r *Report) decide() {
	r.Verdict = NotWorse
	if r.Count(Inconclusive) > 0 || r.Count(NotWorse) == 0 {
		r.Verdict = Inconclusive
	}
	if r.Count(Worse) > 0 || len(r.Failures) > 0 {
		r.Verdict = Worse
	}
}

// Count is how many rows that decide have the verdict.
func (r *Report) Count(v Verdict) int {
	n := 0
	for _, row := range r.Rows {
		if row.Decides && row.Verdict == v {
			n++
		}
	}
	return n
}

// Better is how many rows improved.
func (r *Report) Better() int {
	n := 0
	for _, row := range r.Rows {
		if row.Better {
			n++
		}
	}
	return n
}

// unmet is a row for each cell that should decide by a metric and cannot,
// though a side has it or, if it can be compared of no cell, for every cell.
// Time is told of elsewhere. has tells whether a side has a unit of the cell.
func (r *Report) unmet(cells []result.Cell, has func(side int, c result.Cell, unit string) bool) {
	for _, metric := range r.On {
		if metric == Time {
			continue
		}
		var part, all []Row
		for _, c := range cells {
			if slices.ContainsFunc(r.Rows, func(x Row) bool { return x.Cell == c && x.Metric.Name == metric }) {
				continue
			}
			reason, should := lacks(c, metric, cells, has)
			row := absent(c, metric, reason)
			if all = append(all, row); should {
				part = append(part, row)
			}
		}
		if len(part) == 0 && len(all) == len(cells) {
			part = all
		}
		r.Rows = append(r.Rows, part...)
	}
}

// lacks says why a cell is not compared by a metric, and whether it should be.
func lacks(c result.Cell, metric string, cells []result.Cell, has func(side int, c result.Cell, unit string) bool) (reason string, should bool) {
	if metric == Scaling {
		more := slices.ContainsFunc(cells, func(x result.Cell) bool { return alone(x) == alone(c) && x.Cores > c.Cores })
		return "no throughput on one core and on more, on both sides", c.Cores > 1 && !more && slices.Contains(cells, oneCore(c))
	}
	var there [2]bool
	for side := range there {
		there[side] = slices.ContainsFunc(unitsOf(metric), func(unit string) bool { return has(side, c, unit) })
	}
	switch {
	case !there[Old] && !there[New]:
		return "neither side has it", false
	case !there[New]:
		return "the new side has none", true
	case !there[Old]:
		return "the old side has none", true
	case metric == P99:
		return fmt.Sprintf("fewer than %d requests on a side", p99From), true
	}
	return "no unit in common", true
}
