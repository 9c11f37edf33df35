package report

import (
	"fmt"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// atTheFloor holds passing messages against the least that it costs here.
func atTheFloor(d *dataset) section {
	if len(d.exchanges().passes) == 0 {
		return section{}
	}
	columns := []string{"What", "Against", "Ours", "Floor", "Ours over the floor", "Target", "Word"}
	aimed := table{ID: "floor", Title: "Targets", Open: true, Columns: columns}
	others := table{ID: "floor-others", Title: "Other sizes and places", Columns: columns}
	for _, r := range d.floor() {
		if r.Target == (Target{}) {
			others.Rows = append(others.Rows, r.fields())
		} else {
			aimed.Rows = append(aimed.Rows, r.fields())
		}
	}
	s := section{ID: "floor", Title: "At the floor", Text: []string{
		"What passing a message costs over the bare mechanism under it, measured in the same rounds: a ratio is taken within each round. Targets were fixed before anything was measured, for one pair and 64 B, throughput at 64 KiB with 16 under way. " +
			"reached and missed need the whole interval on one side of the target; otherwise it is unclear.",
		d.targetWords(),
	}, Tables: []table{aimed}}
	if len(others.Rows) > 0 {
		s.Tables = append(s.Tables, others)
	}
	return s
}

// targetWords counts how the targets at the floor came out.
func (d *dataset) targetWords() string {
	words, all := map[FloorWord]int{}, 0
	for _, r := range d.floor() {
		if r.Target != (Target{}) {
			words[r.Word]++
			all++
		}
	}
	return fmt.Sprintf("Held against the bare mechanism under each transport: of %d targets at the floor %d are reached, %d missed, %d unclear, %d not measured.", all, words[Reached], words[Missed], words[Unclear], words[NotMeasured])
}

// fields are a row of the floor as the page shows it.
func (r FloorRow) fields() []datum {
	k := map[string]kind{result.WallNS: duration, result.ByteRate: octets, result.Allocs: plain}[r.Unit]
	shown := func(k kind, e scaling.Estimate) datum {
		if e.N == 0 { // the word says why
			return gap("")
		}
		return measured(k, e, "")
	}
	floor, over := shown(k, r.FloorLevel), shown(ratio, r.Ratio)
	if r.Against() == "" { // nothing stands beside allocations: they are themselves what has a target
		floor, over = word(""), word("")
	}
	verdict := datum{Text: string(r.Word), Note: r.Reason}
	if r.Word == Missed {
		verdict.Style = asWarning
	}
	return []datum{word(r.What()), word(r.Against()), shown(k, r.OursLevel), floor, over, word(r.Target.String()), verdict}
}
