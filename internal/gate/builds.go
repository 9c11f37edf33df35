package gate

import (
	"context"
	"slices"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/sweep"
)

// Builds is a source whose items are cells, each measured in fresh processes
// of two builds.
type Builds struct {
	bench  *sweep.Bench
	cells  []result.Cell
	failed []int // samples of each item, of both sides
}

// NewBuilds makes ready to measure the cells. The builds are that of the old
// side and that of the new one.
func NewBuilds(bench *sweep.Bench, cells []result.Cell) *Builds {
	canonical := make([]result.Cell, len(cells))
	for i, c := range cells {
		canonical[i] = c.Canon()
	}
	return &Builds{bench, canonical, make([]int, len(cells))}
}

// Items is the number of cells.
func (b *Builds) Items() int { return len(b.cells) }

// Plan is the cells of the items.
func (b *Builds) Plan(items []int) []result.Cell {
	cells := make([]result.Cell, len(items))
	for i, item := range items {
		cells[i] = b.cells[item]
	}
	return cells
}

// ItemsOf are the places of the cells.
func (b *Builds) ItemsOf(cells []result.Cell) []int {
	var items []int
	for i, c := range b.cells {
		if slices.Contains(cells, c) {
			items = append(items, i)
		}
	}
	return items
}

// Failed tells that the cell has failed too often, or cannot exist.
func (b *Builds) Failed(item int) bool { return b.failed[item] >= result.FailuresAllowed }

// Measure measures one cell once.
func (b *Builds) Measure(ctx context.Context, f *result.File, side, item, round, at int) error {
	c := b.cells[item]
	m, err := b.bench.Measure(ctx, side, result.Point{Cell: c, Round: round}, 0)
	switch {
	case err != nil:
		return err
	case m.Blank != nil:
		if b.failed[item] = result.FailuresAllowed; !slices.Contains(f.Blanks, *m.Blank) {
			f.Blanks = append(f.Blanks, *m.Blank)
		}
	case m.Failure != nil:
		b.failed[item]++
		m.Failure.Round = at
		f.Failures = append(f.Failures, *m.Failure)
	default:
		m.Sample.Round = at
		f.Samples = append(f.Samples, m.Sample)
	}
	return nil
}
