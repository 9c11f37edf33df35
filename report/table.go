package report

import (
	"math"
	"strings"

	"github.com/nonrev/nonrev/internal/scaling"
)

// A table holds the numbers of a chart, or of none. The page and report.json
// are written from the same value, so they cannot disagree.
type table struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Columns []string  `json:"columns"`
	Rows    [][]datum `json:"rows"`
	// Open tables stand in the page, others unfold.
	Open bool `json:"-"`
	// all is how many rows there are where the page holds fewer, else 0.
	all int
}

// A datum is one field of a table.
type datum struct {
	Text   string  `json:"text"`
	Note   string  `json:"note,omitempty"` // the interval, or why there is none
	Number *number `json:"number,omitempty"`
	Style  look    `json:"-"`
}

// A number is an estimate in its base unit; a bound that is missing is open.
type number struct {
	Unit       kind     `json:"unit"`
	Value      *float64 `json:"value,omitempty"`
	Low        *float64 `json:"low,omitempty"`
	High       *float64 `json:"high,omitempty"`
	Confidence float64  `json:"confidence,omitempty"`
	N          int      `json:"n,omitempty"`
	Warnings   []string `json:"warnings,omitempty"`
}

// A look tells the page what stands in a field. Its value is a class of the
// style sheet, short because a page has thousands.
type look string

const (
	asNumber  look = "n"
	asLong    look = "n l" // a number whose note is a sentence
	asGap     look = "g"
	asWarning look = "w"
)

// word is a field of text.
func word(s string) datum { return datum{Text: s} }

// gap is a field without a number, with the reason.
func gap(reason string) datum { return datum{Text: missing, Note: reason, Style: asGap} }

// exact is a field with a number that is known, not estimated.
func exact(k kind, v float64) datum {
	return datum{Text: k.value(v), Number: &number{Unit: k, Value: finite(v)}, Style: asNumber}
}

// measured is a field with an estimate, or with the reason of its absence.
func measured(k kind, e scaling.Estimate, reason string) datum {
	if reason != "" {
		return gap(reason)
	}
	if math.IsNaN(e.Value) {
		if len(e.Warnings) > 0 {
			return gap(e.Warnings[0])
		}
		return gap("not measured")
	}
	n := &number{Unit: k, Value: finite(e.Value), Confidence: e.Confidence, N: e.N, Warnings: e.Warnings}
	if e.Confidence > 0 {
		n.Low, n.High = finite(e.Low), finite(e.High)
	}
	note := k.interval(e)
	if e.Confidence > 0 { // without an interval the note has the warning's words
		for _, w := range e.Warnings {
			short, _, _ := strings.Cut(w, ":")
			note += "; " + short
		}
	}
	return datum{Text: k.value(e.Value), Note: note, Number: n, Style: asNumber}.longNoted()
}

// longNoted lets a note that is longer than an interval break into lines.
func (d datum) longNoted() datum {
	if d.Style == asNumber && len(d.Note) > 40 {
		d.Style = asLong
	}
	return d
}

// finite returns v for JSON, which has no other numbers.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
