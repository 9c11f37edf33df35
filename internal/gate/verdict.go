package gate

import (
	"context"
	"math"
	"slices"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// absent is the row of a cell that was not compared, which never passes.
func absent(c result.Cell, reason string) Row {
	nan := math.NaN()
	return Row{
		Cell: c, Metric: Metric{Name: Time}, Decides: true, Old: nan, New: nan,
		Cost: scaling.Estimate{Value: nan, Low: nan, High: nan}, Detectable: nan,
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
	if r.Count(Inconclusive) > 0 || len(r.Rows) == 0 {
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
