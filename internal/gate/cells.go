package gate

import (
	"slices"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/sweep"
)

// DefaultPairs is how many pairs a batch has: with samples of 100 ms, fifty
// short processes of each side resolve more than fewer long ones.
const DefaultPairs = 50

// Profile is the frozen list of cells that are gated by default, at most 24 of
// them, for a machine with so many cores: tasks of three grains under the four
// models that every page compares, hand-over, shared cells, requests, and a map
// and reduce. Each model that scales is measured on one core as well, so that
// lost parallelism shows as such. Of cells that cost the same code, those were
// taken whose samples scattered least in the reference run: another could not
// show a small effect.
func Profile(cores int) sweep.Profile {
	p := sweep.Profile{Name: "gate", Rounds: DefaultPairs, WarmUp: 60 * time.Millisecond, Duration: 100 * time.Millisecond}
	return p.Of(defaultCells(cores)...)
}

func defaultCells(n int) []result.Cell {
	var cells []result.Cell
	add := func(c result.Cell, model string, cores ...int) {
		for _, n := range cores {
			c.Model, c.Cores = model, n
			cells = append(cells, c)
		}
	}
	fannkuch := func(grain string) result.Cell { return result.Cell{Workload: "fannkuch", Grain: grain} }
	add(fannkuch("1ms"), result.Serial, 1)
	add(fannkuch("1ms"), "goroutine", 1, n)
	add(fannkuch("1ms"), "subprocess", 1, n)
	add(fannkuch("1ms"), "eventloop", 1)
	add(fannkuch("1ms"), "locked", 1, n)
	add(fannkuch("100us"), "goroutine", n)
	add(fannkuch("100us"), "subprocess", 1)
	add(fannkuch("100us"), "eventloop", 1)
	add(fannkuch("100us"), "locked", n)
	add(fannkuch("10us"), "goroutine", n)
	add(fannkuch("10us"), "eventloop", 1)
	add(fannkuch("10us"), "locked", n)
	add(result.Cell{Workload: "handoff", Payload: "16KiB"}, "subprocess", 1)
	add(result.Cell{Workload: "handoff", Payload: "16KiB"}, "eventloop", 1)
	add(result.Cell{Workload: "handoff", Payload: "16KiB"}, "locked", 1)
	add(result.Cell{Workload: "counter"}, "goroutine", 1)
	add(result.Cell{Workload: "counter"}, "eventloop", 1)
	add(result.Cell{Workload: "counter"}, "locked", n)
	add(result.Cell{Workload: "echo"}, "goroutine", n)
	add(result.Cell{Workload: "echo"}, "eventloop", 1)
	add(result.Cell{Workload: "wordcount"}, "locked", 1)
	seen := map[result.Cell]bool{}
	return slices.DeleteFunc(cells, func(c result.Cell) bool { // on one core, n is 1
		was := seen[c]
		seen[c] = true
		return was
	})
}
