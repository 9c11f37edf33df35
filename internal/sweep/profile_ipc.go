package sweep

import (
	"slices"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/runners"
)

// depths are how many messages of a pair are under way at once, beside one.
var depths = []int{4, 16, 64}

// studied are the models whose messages are held against the floor.
var studied = []string{"subprocess", "goroutine"}

// ipcCells are what a message costs, with the floor beside it. Not in this
// profile, to stay below ten minutes on 2 cores: core counts between the fewest
// and the most but for crews; several messages under way at more than two
// payloads or pairs; encodings but raw over other transports than the pipe or
// across CPUs; the floor at other payloads and with many pairs.
func ipcCells(_ Catalogue, cores []int) []result.Cell {
	one := leastSites(cores)
	var cells []result.Cell
	for _, w := range waysOf(studied...) {
		cells = append(cells, w.cells(ExchangePayloads(), []int{0}, endSites(cores))...)
	}
	for _, w := range waysOf(studied...) {
		cells = append(cells, w.cells([]string{"64B", "64KiB"}, depths, one)...)
	}
	cells = append(cells, codecCells([]string{""}, one[:1])...)
	for _, w := range waysOf(result.RawGo, result.RawC) {
		payloads := []string{"64B", "4KiB", "64KiB"}
		switch w.transport {
		case handover, futex:
			payloads = payloads[:1]
		case memcpy:
			payloads = []string{"64KiB", "1MiB"}
		}
		cells = append(cells, w.cells(payloads, []int{0}, one)...)
	}
	return unique(slices.Concat(cells, perfCells(cores), spawnCells(), crewCells(cores)))
}

// exchangeCells are all that an exchange can vary in, but that the floor and
// codecs are measured at depth 1.
func exchangeCells(cores []int) []result.Cell {
	var cells []result.Cell
	for _, w := range waysOf(studied...) {
		cells = append(cells, w.cells(ExchangePayloads(), append([]int{0}, depths...), sites(cores))...)
	}
	cells = append(cells, codecCells(runners.ExchangeTransports("subprocess"), leastSites(cores))...)
	for _, w := range waysOf(result.RawGo, result.RawC) {
		cells = append(cells, w.cells(ExchangePayloads(), []int{0}, sites(cores))...)
	}
	return unique(append(cells, perfCells(cores)...))
}

// answeredCells are an exchange of every way and encoding, for a check of the
// answers. Nothing is bound, so each is one pair.
func answeredCells(cores []int) []result.Cell {
	at := []site{{"", min(cores[len(cores)-1], 2)}}
	var cells []result.Cell
	for _, w := range waysOf(ExchangeModels()...) {
		depth := 4
		if w.transport == handover || w.transport == futex { // one word at a time
			depth = 0
		}
		if w.transport != memcpy { // which nobody answers
			cells = append(cells, w.cells([]string{"64KiB"}, []int{depth}, at)...)
		}
	}
	return append(cells, codecCells([]string{""}, at)...)
}

// codecCells are every encoding of flat bytes of three sizes, and of the record
// by those that can carry one.
func codecCells(transports []string, at []site) []result.Cell {
	var cells []result.Cell
	for _, transport := range transports {
		for _, codec := range runners.Codecs() {
			w := way{"subprocess", transport, codec}
			cells = append(cells, w.cells([]string{"64B", "4KiB", "64KiB"}, []int{0}, at)...)
			if codec == "raw" {
				continue
			}
			for _, c := range w.cells([]string{recordSize}, []int{0}, at) {
				c.Set = recordSet
				cells = append(cells, c)
			}
		}
	}
	return cells
}

// smallestExchanges show that messages, the floor and starts can be measured.
func smallestExchanges(cores []int) []result.Cell {
	var cells []result.Cell
	for _, at := range leastSites(cores) {
		switch at.placement {
		case result.SameCPU:
			cells = append(cells, way{"subprocess", "", "raw"}.cell("64B", 0, at), way{result.RawGo, "", "raw"}.cell("64B", 0, at))
		case result.TwoCPUs:
			cells = append(cells, way{"subprocess", "ring", "raw"}.cell("64B", 0, at))
		}
	}
	return append(cells, result.Cell{Workload: result.Spawn, Set: "self", Cores: 1})
}

// spawnCells are what tasks can run in, each started on one CPU.
func spawnCells() []result.Cell {
	var cells []result.Cell
	for _, what := range runners.Spawns() {
		cells = append(cells, result.Cell{Workload: result.Spawn, Set: what, Cores: 1})
	}
	return cells
}

// crewCells are work that is all messages and work that has some, so that what
// a crew costs beside the bare exchange shows, and what messages cost beside
// work.
func crewCells(cores []int) []result.Cell {
	var cells []result.Cell
	over := func(cell result.Cell, model string, transports []string) {
		for _, transport := range transports {
			cell.Transport = transport
			for _, n := range cores {
				cells = append(cells, under(cell, model, n).Canon())
			}
		}
	}
	between := runners.ExchangeTransports("subprocess")
	for _, payload := range []string{"64B", "16KiB", "1MiB"} {
		cell := result.Cell{Workload: "handoff", Payload: payload}
		cells = append(cells, under(cell, result.Serial, 1))
		over(cell, "subprocess", between)
		over(cell, "goroutine", []string{""})
		over(cell, "locked", []string{""})
	}
	words := result.Cell{Workload: "wordcount"}
	cells = append(cells, under(words, result.Serial, 1))
	over(words, "subprocess", between)
	return cells
}
