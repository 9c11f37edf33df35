package gate

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// The sides of a pair.
const (
	Old = 0
	New = 1
)

var sideNames = [2]string{"old", "new"}

// A Source measures one item of one side once. What an item is, is its own
// matter: one cell of a build, or all that a command prints.
type Source interface {
	// Items is how many there are, each of which is paired by itself.
	Items() int
	// Measure adds what came of it to the file of the side. rounds of a second
	// batch go on where those of the first ended; at is the round within its file.
	Measure(ctx context.Context, f *result.File, side, item, round, at int) error
	// Plan is the cells of the items, in the order of a report, nil if only
	// measuring tells.
	Plan(items []int) []result.Cell
	// ItemsOf are those that must be measured to measure the cells again.
	ItemsOf(cells []result.Cell) []int
	// Failed tells that there is no use in measuring the item again.
	Failed(item int) bool
}

// A Turn is one pair as it was measured.
type Turn struct {
	Item     int  `json:"item"`
	NewFirst bool `json:"newFirst"`
}

// newFirst tells which side goes first. Two rounds that follow each other go
// old new, new old or the other way round, by the toss of a coin (ABBA in
// random order): what favours whoever is first or second, and drift that is
// steady over four measurements, cancel.
func newFirst(seed uint64, round, item int) bool {
	coin := rand.New(rand.NewPCG(seed, uint64(round/2)<<32|uint64(item))).IntN(2) == 1
	return coin != (round%2 == 1)
}

// A batch is one row of pairs of some items.
type batch struct {
	source Source
	seed   uint64
	log    io.Writer
	files  [2]*result.File
}

// run measures so many pairs of each item, round by round, and then makes up
// for pairs that load from outside has spoilt: rounds of the items that lack
// more than a quarter of their pairs, at most as many again. first is the number
// of the first round.
func (b batch) run(ctx context.Context, items []int, first, pairs int) ([][]Turn, error) {
	var turns [][]Turn
	began := time.Now()
	for at := 0; at < 2*pairs; at++ {
		if items = slices.DeleteFunc(slices.Clone(items), b.source.Failed); len(items) == 0 {
			break
		}
		turn, err := b.round(ctx, items, first+at, at)
		if err != nil {
			return turns, err
		}
		turns = append(turns, turn)
		if at+1 >= pairs {
			items = b.again(items, pairs)
		}
		left := time.Since(began) / time.Duration(at+1) * time.Duration(max(0, pairs-at-1))
		if at < pairs {
			fmt.Fprintf(b.log, "pair %d of %d: %v left\n", at+1, pairs, left.Round(time.Second))
		} else {
			fmt.Fprintf(b.log, "one more pair of what load from outside has spoilt, %d of %d at most\n", at+1-pairs, pairs)
		}
	}
	return turns, nil
}

// round measures a pair of each item, in random order.
func (b batch) round(ctx context.Context, items []int, round, at int) ([]Turn, error) {
	var turns []Turn
	for _, i := range rand.New(rand.NewPCG(b.seed, ^uint64(round))).Perm(len(items)) {
		t := Turn{items[i], newFirst(b.seed, round, items[i])}
		sides := []int{Old, New}
		if t.NewFirst {
			slices.Reverse(sides)
		}
		for _, side := range sides {
			if err := b.source.Measure(ctx, b.files[side], side, t.Item, round, at); err != nil {
				return nil, err
			}
		}
		turns = append(turns, t)
	}
	return turns, nil
}

// again are those items that have cells which lack pairs.
func (b batch) again(items []int, pairs int) []int {
	cells := lacking(b.files[Old], b.files[New], pairs)
	again := b.source.ItemsOf(cells)
	return slices.DeleteFunc(slices.Clone(items), func(i int) bool { return len(cells) == 0 || !slices.Contains(again, i) })
}

// lacking are those cells of both sides that lack more than a quarter of their
// pairs, or so many that there is no interval, since samples are void.
func lacking(old, new *result.File, pairs int) []result.Cell {
	need := max(pairs-pairs/4, min(pairs, scaling.LeastPairs(1-CellAlpha)))
	usable, void := map[result.Cell]int{}, map[result.Cell]bool{}
	seen := map[result.Point]bool{}
	for _, f := range []*result.File{old, new} {
		for _, s := range result.Void(f.Samples) {
			p := result.Point{Cell: s.Cell, Round: s.Round}
			switch {
			case s.Void != "":
				void[s.Cell] = true
			case seen[p]:
				usable[s.Cell]++
			default:
				seen[p] = true
			}
		}
	}
	var cells []result.Cell
	for c := range void {
		if usable[c] < need {
			cells = append(cells, c)
		}
	}
	return cells
}
