package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// A FloorWord says how a cost stands to its target. It is computed, from the
// interval alone.
type FloorWord string

// The words.
const (
	Reached     FloorWord = "reached"      // the whole interval lies on the good side of the target
	Missed      FloorWord = "missed"       // the whole interval lies on the other side
	Unclear     FloorWord = "unclear"      // the interval crosses the target, or there is none
	NoTarget    FloorWord = "no target"    // shown beside those that have one
	NotMeasured FloorWord = "not measured" // Reason says why
)

// A Target is what a ratio is to reach, fixed before anything was measured. The
// zero Target is none.
type Target struct {
	Limit   float64
	AtLeast bool // Limit or more is good, else Limit or less
}

// A FloorRow holds what passing messages costs against the least that it costs
// on this machine, both measured in the same rounds.
type FloorRow struct {
	Ours  result.Cell
	Floor result.Cell // the zero cell for allocations, which nothing stands beside
	Unit  string      // result.WallNS a message, result.ByteRate or result.Allocs
	// OursLevel and FloorLevel are medians with their intervals.
	OursLevel, FloorLevel scaling.Estimate
	// Ratio is ours over the floor's, by round; of allocations it is OursLevel.
	Ratio  scaling.Estimate
	Target Target
	Word   FloorWord
	// Reason is why there is no number, or no interval; of a miss, where the
	// time of a message goes. Else it is "".
	Reason string
}

// perf is the model of cells that another program measured: perf bench sched
// pipe and, with a set, sched messaging.
const perf = "perf"

// Targets of a round trip of floorPayload, over the bare mechanism on raw system
// calls of Go and of C, and of a throughput over what one CPU copies.
const (
	overRawGo    = 1.10
	overRawC     = 1.15
	overHandover = 1.5
	overFutex    = 1.15
	ofMemcpy     = 0.8

	floorPayload  = "64B"
	streamPayload = "64KiB"
	streamDepth   = 16
)

// fewAllocs is below what allocates on its path, once a message or in some of
// them: it leaves one in a hundred messages to what the runtime does by itself.
const fewAllocs = 0.01

// Floor holds every transport between processes against the bare mechanism,
// wherever the file has that: round trips at depth 1 by payload and placement,
// the ring against the hand-over of a cache line where both sides run and
// against a futex where they share a CPU, the ring's throughput at 64 KiB and
// depth 16 (no best depth is chosen) against what one CPU copies, allocations a
// message, and round trips that perf measured. A row that has a target is there
// even if the file lacks its cells. Targets hold for one pair: they stand at the
// fewest cores.
func Floor(f *result.File) []FloorRow { return newDataset(f).floor() }

func (d *dataset) floor() []FloorRow {
	var trips, allocs []FloorRow
	for _, transport := range []string{"", "unix", "tcp", "ring"} {
		for _, placement := range []string{result.SameCPU, result.TwoCPUs, result.TwoNodes, ""} {
			for _, mechanism := range mechanisms(transport) {
				for _, model := range []string{result.RawGo, result.RawC} {
					trips = append(trips, d.roundTrips(transport, mechanism, placement, model)...)
				}
			}
			if expected(placement) {
				allocs = append(allocs, d.allocations(exchangeCell(transport, placement)))
			}
		}
	}
	return slices.Concat(trips, d.streams(), allocs, d.perfRows())
}

// exchangeCell is our raw path at depth 1 and floorPayload with one pair.
func exchangeCell(transport, placement string) result.Cell {
	c := result.Cell{Workload: result.Exchange, Payload: floorPayload, Model: "subprocess", Transport: transport, Codec: "raw", Placement: placement, Cores: 2}
	if placement == result.SameCPU {
		c.Cores = 1
	}
	return c
}

// expected tells whether every machine that can be measured has the placement:
// a second node is rare, and "" is a machine that binds nothing to CPUs.
func expected(placement string) bool {
	return placement == result.SameCPU || placement == result.TwoCPUs
}

// mechanisms are what stands under a transport: itself, and under the ring how
// one side learns of the other's message, spinning or asleep.
func mechanisms(transport string) []string {
	if transport == "ring" {
		return []string{"handover", "futex"}
	}
	return []string{transport}
}

// roundTrips are the rows of one transport, placement and floor.
func (d *dataset) roundTrips(transport, mechanism, placement, model string) []FloorRow {
	ours := exchangeCell(transport, placement)
	floor := ours
	floor.Model, floor.Transport = model, mechanism
	cells := d.cellsLike(floor)
	limit := tripLimit(mechanism, placement, model)
	aim := slices.IndexFunc(cells, func(c result.Cell) bool { return c.Payload == floorPayload })
	if aim < 0 && limit > 0 && expected(placement) {
		cells, aim = slices.Insert(cells, 0, floor), 0
	}
	var rows []FloorRow
	for i, c := range cells {
		ours.Payload, ours.Cores = c.Payload, c.Cores
		row := FloorRow{Ours: ours, Floor: c, Unit: result.WallNS}
		if i == aim {
			row.Target.Limit = limit
		}
		rows = append(rows, d.compared(row))
	}
	return rows
}

// tripLimit is the target of a round trip, 0 if there is none: the ring spins
// where both sides run, and sleeps where they share a CPU.
func tripLimit(mechanism, placement, model string) float64 {
	switch same := placement == result.SameCPU; {
	case mechanism == "futex" && same:
		return overFutex
	case mechanism == "handover" && !same && placement != "":
		return overHandover
	case mechanism == "futex", mechanism == "handover", mechanism == "tcp", placement == "":
		return 0
	case model == result.RawC:
		return overRawC
	}
	return overRawGo
}

// cellsLike returns the cells of the file that differ from one in payload and
// cores alone, by cores and payload.
func (d *dataset) cellsLike(like result.Cell) []result.Cell {
	like = like.Canon()
	cells := slices.DeleteFunc(slices.Clone(d.cells), func(c result.Cell) bool {
		c.Payload, c.Cores = like.Payload, like.Cores
		return c != like
	})
	slices.SortStableFunc(cells, func(a, b result.Cell) int {
		return cmp.Or(cmp.Compare(a.Cores, b.Cores), cmp.Compare(size(a.Payload), size(b.Payload)))
	})
	return cells
}

// streams is the ring's throughput over what one CPU copies.
func (d *dataset) streams() []FloorRow {
	var rows []FloorRow
	for _, placement := range []string{result.SameCPU, result.TwoCPUs, result.TwoNodes} {
		ours := exchangeCell("ring", placement)
		ours.Payload, ours.InFlight = streamPayload, streamDepth
		if !d.known[ours] && placement != result.TwoCPUs {
			continue
		}
		row := FloorRow{Ours: ours, Floor: d.copying(), Unit: result.ByteRate, Target: Target{ofMemcpy, true}}
		rows = append(rows, d.compared(row))
	}
	return rows
}

// copying is the cell of one CPU that copies payload after payload.
func (d *dataset) copying() result.Cell {
	floor := exchangeCell("memcpy", result.SameCPU)
	floor.Payload, floor.Model = streamPayload, result.RawGo
	for _, c := range d.cells {
		if c.Workload == floor.Workload && c.Model == floor.Model && c.Transport == floor.Transport && c.Payload == floor.Payload && c.Cores == floor.Cores {
			return c
		}
	}
	return floor
}

// allocations is the row of what a message allocates on both sides.
func (d *dataset) allocations(ours result.Cell) FloorRow {
	row := FloorRow{Ours: ours, Unit: result.Allocs, OursLevel: d.level(ours, result.Allocs), FloorLevel: scaling.Level(nil), Target: Target{Limit: fewAllocs}}
	row.Ratio, row.Reason = row.OursLevel, d.absence(ours, result.Allocs)
	row.judge()
	return row
}

// perfRows are the rows of what perf measured. Its pipe carries a few bytes, so
// the smallest payload of ours stands beside it.
func (d *dataset) perfRows() []FloorRow {
	var rows []FloorRow
	for _, c := range d.cells {
		if c.Workload != result.Exchange || c.Model != perf {
			continue
		}
		if c.Set != "" { // sched messaging: nothing of ours is like it
			none := scaling.Level(nil)
			row := FloorRow{Ours: c, Floor: c, Unit: result.WallNS, OursLevel: none, FloorLevel: d.level(c, result.WallNS), Ratio: none, Word: NoTarget}
			if row.Reason = d.absence(c, result.WallNS); row.Reason != "" {
				row.Word = NotMeasured
			}
			rows = append(rows, row)
			continue
		}
		ours := exchangeCell(c.Transport, cmp.Or(c.Placement, result.TwoCPUs))
		ours.Cores = c.Cores
		rows = append(rows, d.compared(FloorRow{Ours: ours, Floor: c, Unit: result.WallNS}))
	}
	return rows
}

// compared fills in the numbers of a row of two cells.
func (d *dataset) compared(row FloorRow) FloorRow {
	row.OursLevel, row.FloorLevel = d.level(row.Ours, row.Unit), d.level(row.Floor, row.Unit)
	row.Ratio = scaling.Ratio(d.column(row.Ours, row.Unit), d.column(row.Floor, row.Unit))
	row.Reason = d.absence(row.Ours, row.Unit)
	if reason := d.absence(row.Floor, row.Unit); row.Reason == "" && reason != "" {
		row.Reason = "the floor: " + reason
	}
	row.judge()
	if row.Word == Missed {
		row.Reason = d.whereItGoes(row)
	}
	return row
}

// whereItGoes explains a miss by what was measured beside it: CPU time and
// context switches of both, and the parts of a round trip of ours.
func (d *dataset) whereItGoes(r FloorRow) string {
	var out, parts []string
	for _, use := range []struct {
		unit, name string
		kind       kind
	}{{result.CPUNS, "CPU a message", duration}, {result.Switches, "context switches", plain}} {
		if ours, floor := d.level(r.Ours, use.unit), d.level(r.Floor, use.unit); ours.N > 0 && floor.N > 0 {
			out = append(out, fmt.Sprintf("%s %s against %s", use.name, use.kind.value(ours.Value), use.kind.value(floor.Value)))
		}
	}
	for _, part := range []struct{ unit, name string }{
		{result.EncodeNS, "encode"}, {result.CopyNS, "copy and system calls"}, {result.WakeNS, "wake and wait"}, {result.BodyNS, "look at the payload"}, {result.DecodeNS, "decode"},
	} {
		if e := d.level(r.Ours, part.unit); e.N > 0 {
			parts = append(parts, part.name+" "+duration.value(e.Value))
		}
	}
	if len(parts) > 0 {
		out = append(out, "ours in parts, with the clock read at each: "+strings.Join(parts, ", "))
	}
	return strings.Join(out, "; ")
}

// absence says why a cell has no number in a unit, "" when it has one.
func (d *dataset) absence(c result.Cell, unit string) string {
	switch reason := d.status(c); {
	case d.has(c, unit):
		return ""
	case !d.known[c]:
		return "not in this file"
	case reason != "":
		return reason
	}
	return "measured without " + unit
}

// judge finds the word, and the reason where the numbers themselves give none.
func (r *FloorRow) judge() {
	switch {
	case r.Reason != "":
		r.Word = NotMeasured
		return
	case r.Ratio.N == 0:
		r.Word, r.Reason = NotMeasured, strings.Join(r.Ratio.Warnings, "; ")
		return
	}
	r.Word = r.Target.word(r.Ratio)
	if r.Ratio.Confidence == 0 {
		r.Reason = noInterval(r.Ratio.N)
	}
}

// word holds an estimate against the target.
func (t Target) word(e scaling.Estimate) FloorWord {
	reached, missed := e.High <= t.Limit, e.Low > t.Limit
	if t.AtLeast {
		reached, missed = e.Low >= t.Limit, e.High < t.Limit
	}
	switch {
	case t.Limit == 0:
		return NoTarget
	case e.Confidence > 0 && reached:
		return Reached
	case e.Confidence > 0 && missed:
		return Missed
	}
	return Unclear
}
