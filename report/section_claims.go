package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/report/claims"
)

// A ruling is what the page shows of one claim.
type ruling struct {
	claims.Verdict
	Class    string // of the style sheet
	Sign     string // repeats what the colour says
	Evidence []table
}

// judged shows every claim of the essay with what the file makes of it.
func judged(d *dataset) section {
	s := section{ID: "claims", Title: "The essay's claims"}
	if d.file.Run.Version == 0 {
		s.Text = []string{"This file was not written by nonrev run, so it says nothing about the essay's claims."}
		return s
	}
	s.Title = fmt.Sprintf("The essay's %d claims", len(d.rulings))
	s.Text = []string{
		claims.Count(d.rulings).String(),
		"Each claim became a number and its thresholds before anything was measured, and its cells before any of them was, unless its warnings say otherwise. A verdict stands only where the whole interval lies on one side; no verdict is written by hand. Unfold a claim for the essay's own words, what decides, the cells used and what touches them.",
	}
	s.Claims = groups(d.rulings)
	if l := newLedger(d.rulings); len(l) > 0 {
		s.figures = []figure{{
			id: "claims", title: "What decides each claim, in multiples of its threshold", wide: true, charts: []drawing{l}, table: "claims",
			text: "One logarithmic axis for all: 1 is the threshold of support. Shaded green: where the claim is supported; shaded orange: where it is refuted. Bold: the number that decides, with its 95% interval (of a share: what undecided parts leave open). Grey: the other parts, and those of claims that are not decided yet. Arrows lie beyond the axis. Claims without a number are in the list below.",
		}}
	}
	s.Tables = []table{claimTable(d.rulings), phraseTable()}
	return s
}

// looks are how a word looks: class, sign, ink and shape.
func looks(w claims.Word) (class, sign string, k ink, s shape) {
	switch w {
	case claims.Supported:
		return "yes", "✓", inkYes, circle
	case claims.Refuted:
		return "no", "✗", inkNo, square
	case claims.Unclear:
		return "unclear", "?", inkText, diamond
	}
	return "open", "–", inkQuiet, circle
}

func newRuling(v claims.Verdict) ruling {
	r := ruling{Verdict: v}
	r.Class, r.Sign, _, _ = looks(v.Word)
	if len(v.Evidence) > 0 {
		r.Evidence = append(r.Evidence, evidenceTable("evidence-", "What decides", v, v.Evidence))
	}
	if len(v.Beside) > 0 {
		r.Evidence = append(r.Evidence, evidenceTable("beside-", "Shown beside, decides nothing", v, v.Beside))
	}
	return r
}

// Rulings are claims under a title.
type rulings struct {
	Title  string
	Claims []ruling
}

// groups puts the claims that the file decides before those that wait.
func groups(verdicts []claims.Verdict) []rulings {
	out := []rulings{{Title: "Decided or unclear by this file"}, {Title: "Not decided by this file, with what each waits for"}, {Title: "Looked up, not measured"}}
	for _, v := range verdicts {
		at := &out[1]
		switch {
		case v.Decided():
			at = &out[0]
		case v.Word == claims.Stated:
			at = &out[2]
		}
		at.Claims = append(at.Claims, newRuling(v))
	}
	return slices.DeleteFunc(out, func(r rulings) bool { return len(r.Claims) == 0 })
}

// evidenceTable holds the parts or cases of a verdict with their cells.
func evidenceTable(id, title string, v claims.Verdict, evidence []claims.Evidence) table {
	t := table{ID: id + strings.ToLower(v.Claim.ID), Title: v.Claim.ID + ": " + title, Columns: []string{"Of", "Number", times, "Outcome", "Supports", "Refutes", "Cells"}}
	for _, e := range evidence {
		number, multiple := measured(plain, e.Estimate, ""), word(missing)
		if v.Claim.Kind == claims.Behaviour && e.Outcome != claims.Shown {
			number = word(missing)
		}
		if m := e.Multiple(); !math.IsNaN(m.Value) {
			multiple = measured(plain, m, "")
		}
		outcome := datum{Text: string(e.Outcome), Note: e.Reason}
		t.Rows = append(t.Rows, []datum{word(e.What), number, multiple, outcome, orMissing(e.Support.String()), orMissing(e.Refute.String()), word(strings.Join(e.Cells, ", "))})
	}
	return t
}

// times heads the columns of numbers in multiples of the threshold from which
// on they support.
const times = "Times the threshold"

func orMissing(s string) datum {
	if s == "" {
		s = missing
	}
	return word(s)
}

// claimTable holds the verdicts as fields.
func claimTable(verdicts []claims.Verdict) table {
	t := table{ID: "claims", Title: "All claims as a table", Columns: []string{"Claim", "Says", "Verdict", "Needs", "What decides", "Number", times, "Supported", "Refuted"}}
	for _, v := range verdicts {
		t.Rows = append(t.Rows, []datum{
			word(v.Claim.ID), word(v.Claim.Says), word(string(v.Word)), orMissing(strings.Join(v.Needs, "; ")), word(v.Claim.Number),
			spelled(v.Number, v.Spell()), spelled(v.Multiple(), v.SpellMultiple()),
			orMissing(v.Claim.Supported), orMissing(v.Claim.Refuted),
		})
	}
	return t
}

// spelled is a field with a number and what its spelling adds to that: bounds,
// of which a share has some without a confidence. It is a gap where nothing is
// spelled.
func spelled(e scaling.Estimate, spelling string) datum {
	if spelling == "" {
		return word(missing)
	}
	text := plain.value(e.Value)
	note := strings.TrimPrefix(spelling, text+" ")
	if note == text {
		note = ""
	}
	return datum{Text: text, Note: note, Style: asNumber, Number: &number{
		Unit: plain, Value: finite(e.Value), Low: finite(e.Low), High: finite(e.High), Confidence: e.Confidence, N: e.N,
	}}
}

// phraseTable holds what no experiment decides.
func phraseTable() table {
	t := table{ID: "phrases", Title: "What the essay says and no experiment decides", Columns: []string{"Phrase", "Reason"}}
	for _, p := range claims.Untestable() {
		t.Rows = append(t.Rows, []datum{word(p.Text), word(p.Reason)})
	}
	return t
}

// newLedger draws the claims that have a number, those that something decides
// first.
func newLedger(verdicts []claims.Verdict) ledger {
	var l, open ledger
	for _, v := range verdicts {
		support, refute := v.Sides()
		if support.Bound <= 0 || !v.Decided() && len(v.Parts()) == 0 {
			continue
		}
		e := newEntry(v, support, refute)
		if v.Decided() {
			l = append(l, e)
		} else {
			open = append(open, e)
		}
	}
	return slices.Concat(l, open)
}

func newEntry(v claims.Verdict, support, refute claims.Side) entry {
	e := entry{id: v.Claim.ID, says: v.Claim.Says, word: string(v.Word), number: v.Multiple()}
	_, _, e.ink, e.shape = looks(v.Word)
	e.support, e.refute = spanOf(support.Op, support.Bound, support.Bound), spanOf(refute.Op, refute.Bound, support.Bound)
	for _, p := range v.Parts() {
		e.parts = append(e.parts, p.Multiple())
	}
	e.title = v.Claim.ID + " " + string(v.Word)
	e.value = v.Spell()
	if v.Share {
		e.value = share.value(v.Number.Value) + " [" + share.value(v.Number.Low) + ", " + share.value(v.Number.High) + "]"
	}
	if v.Decided() {
		e.title += ": " + v.Spell() + ", " + multiple(e.number.Value)
	} else {
		e.title += ": not decided by " + counted(len(e.parts), "part") + " so far"
	}
	return e
}

// A tallied word is one with the number of claims that it is the verdict on.
type tallied struct{ Class, Sign, Text string }

// tallies counts verdicts for the first screen: words that decide, and the rest.
func tallies(verdicts []claims.Verdict) []tallied {
	if verdicts == nil {
		return nil
	}
	t := claims.Count(verdicts)
	var out []tallied
	for _, x := range []struct {
		word  claims.Word
		n     int
		words string
	}{
		{claims.Supported, t.Supported, "supported"},
		{claims.Refuted, t.Refuted, "refuted"},
		{claims.Unclear, t.Unclear, "unclear"},
		{claims.Needs, t.Needs + t.NotInProfile + t.NotMeasured, "not decided by this file"},
	} {
		class, sign, _, _ := looks(x.word)
		out = append(out, tallied{class, sign, fmt.Sprintf("%d %s", x.n, x.words)})
	}
	return out
}
