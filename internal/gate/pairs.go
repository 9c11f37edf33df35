package gate

import (
	"context"
	"fmt"
	"io"
	"math"
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
	Settings
	source Source
	seed   uint64
	log    io.Writer
	files  [2]*result.File
}

// run measures so many pairs of each item, round by round, and then more, at
// most as many again: of the items that lack more than a quarter of their pairs,
// since load from outside has spoilt them, until they have enough, and of those
// whose noise hides what they promise. first is the number of the first round.
func (b batch) run(ctx context.Context, items []int, first int) (turns [][]Turn, err error) {
	var noisy []result.Cell
	began := time.Now()
	for at := 0; at < 2*b.Pairs; at++ {
		if items = slices.DeleteFunc(slices.Clone(items), b.source.Failed); len(items) == 0 {
			break
		}
		turn, err := b.round(ctx, items, first+at, at)
		if err != nil {
			return turns, err
		}
		turns = append(turns, turn)
		if at+1 == b.Pairs {
			if noisy, err = b.noisy(); err != nil {
				return turns, err
			}
		}
		if at+1 >= b.Pairs {
			items = b.again(items, noisy)
		}
		left := time.Since(began) / time.Duration(at+1) * time.Duration(max(0, b.Pairs-at-1))
		if at < b.Pairs {
			fmt.Fprintf(b.log, "pair %d of %d: %v left\n", at+1, b.Pairs, left.Round(time.Second))
		} else {
			fmt.Fprintf(b.log, "one more pair of what load from outside has spoilt or noise hides, %d of %d at most\n", at+1-b.Pairs, b.Pairs)
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

// again are those items that have cells which lack pairs, or noisy ones.
func (b batch) again(items []int, noisy []result.Cell) []int {
	cells := append(lacking(b.files[Old], b.files[New], b.Pairs), noisy...)
	again := b.source.ItemsOf(cells)
	return slices.DeleteFunc(slices.Clone(items), func(i int) bool { return len(cells) == 0 || !slices.Contains(again, i) })
}

// noisy are the cells that miss their promise by so little that twice as many
// pairs should keep it: noise falls with the root of their number. Which they
// are depends on the spread of the pairs, whose centre is taken off before, so
// what decides is as rarely wrong as without them, and is looked at once.
func (b batch) noisy() ([]result.Cell, error) {
	for _, f := range b.files {
		f.Judge()
	}
	comparisons, err := Compare(planned(b.files), b.files[Old], b.files[New])
	if err != nil {
		return nil, err
	}
	var cells []result.Cell
	for _, c := range comparisons {
		if !b.decides(c.Metric.Name) {
			continue
		}
		shown, promise := math.Log1p(b.Detectable(c)), math.Log1p(b.promise(c.Cell))
		if promise < shown && shown <= math.Sqrt2*promise {
			cells = append(cells, c.Cell)
			if c.Metric.Name == Scaling {
				cells = append(cells, oneCore(c.Cell))
			}
		}
	}
	return cells, nil
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
