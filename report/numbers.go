package report

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// numbersOf is report.json, as json.MarshalIndent makes it of
//
//	{"comparison": tables, "files": chapters, "version": 1}
//
// with an indent of one space. Nearly all of it is rows of tables, which are
// written here in a fraction of the time.
func numbersOf(chapters []chapter) ([]byte, error) {
	w := indented{depth: 1}
	w.text("{\n ")
	if c := compare(chapters); c != nil {
		w.text(`"comparison": `)
		w.tables(c.Tables)
		w.text(",\n ")
	}
	w.text(`"files": `)
	w.list(chapters == nil, len(chapters), func(i int) { w.chapter(chapters[i]) })
	w.text(",\n \"version\": 1\n}\n")
	return w.out, w.err
}

// An indented is JSON of which each field stands on a line of its own.
type indented struct {
	out   []byte
	depth int
	err   error // the first one
}

func (w *indented) text(s string) { w.out = append(w.out, s...) }

// line begins the next one.
func (w *indented) line() {
	w.out = append(w.out, '\n')
	for range w.depth {
		w.out = append(w.out, ' ')
	}
}

// field begins a field of an object; begin is "{" or ",".
func (w *indented) field(begin, name string) {
	w.text(begin)
	w.line()
	w.text(name)
}

// list writes n items, or null if there is not even an empty list.
func (w *indented) list(null bool, n int, item func(i int)) {
	switch {
	case null:
		w.text("null")
		return
	case n == 0:
		w.text("[]")
		return
	}
	w.depth++
	for i := range n {
		if i == 0 {
			w.text("[")
		} else {
			w.text(",")
		}
		w.line()
		item(i)
	}
	w.depth--
	w.line()
	w.text("]")
}

// value writes what encoding/json makes of v.
func (w *indented) value(v any) {
	data, err := json.MarshalIndent(v, strings.Repeat(" ", w.depth), " ")
	if err != nil && w.err == nil {
		w.err = err
	}
	w.out = append(w.out, data...)
}

// chapter writes a chapter, of which the tables come last.
func (w *indented) chapter(c chapter) {
	tables := c.Tables
	c.Tables = nil
	w.value(c)
	w.out = w.out[:max(0, bytes.LastIndex(w.out, []byte("null")))]
	w.depth++
	w.tables(tables)
	w.depth--
	w.line()
	w.text("}")
}

func (w *indented) tables(all []table) {
	w.list(all == nil, len(all), func(i int) { w.table(all[i]) })
}

func (w *indented) table(t table) {
	w.depth++
	w.field("{", `"id": `)
	w.string(t.ID)
	w.field(",", `"title": `)
	w.string(t.Title)
	w.field(",", `"columns": `)
	w.strings(t.Columns)
	w.field(",", `"rows": `)
	w.list(t.Rows == nil, len(t.Rows), func(i int) {
		row := t.Rows[i]
		w.list(row == nil, len(row), func(i int) { w.datum(&row[i]) })
	})
	w.depth--
	w.line()
	w.text("}")
}

func (w *indented) datum(d *datum) {
	w.depth++
	w.field("{", `"text": `)
	w.string(d.Text)
	if d.Note != "" {
		w.field(",", `"note": `)
		w.string(d.Note)
	}
	if d.Number != nil {
		w.field(",", `"number": `)
		w.number(d.Number)
	}
	w.depth--
	w.line()
	w.text("}")
}

func (w *indented) number(n *number) {
	w.depth++
	w.field("{", `"unit": `)
	w.string(string(n.Unit))
	for _, f := range []struct {
		name  string
		value *float64
	}{{`"value": `, n.Value}, {`"low": `, n.Low}, {`"high": `, n.High}} {
		if f.value != nil {
			w.field(",", f.name)
			w.float(*f.value)
		}
	}
	if n.Confidence != 0 {
		w.field(",", `"confidence": `)
		w.float(n.Confidence)
	}
	if n.N != 0 {
		w.field(",", `"n": `)
		w.out = strconv.AppendInt(w.out, int64(n.N), 10)
	}
	if len(n.Warnings) > 0 {
		w.field(",", `"warnings": `)
		w.strings(n.Warnings)
	}
	w.depth--
	w.line()
	w.text("}")
}

func (w *indented) strings(all []string) {
	w.list(all == nil, len(all), func(i int) { w.string(all[i]) })
}

// string writes a string; of one with signs that JSON spells in another way,
// encoding/json knows how.
func (w *indented) string(s string) {
	if !asItIs(s) {
		w.value(s)
		return
	}
	w.out = append(append(append(w.out, '"'), s...), '"')
}

// asItIs tells whether encoding/json writes s as it is.
func asItIs(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&':
			return false
		case c == 0xe2 && strings.ContainsAny(s[i:min(i+3, len(s))], "\u2028\u2029"): // the ends of lines and paragraphs
			return false
		}
	}
	return utf8.ValidString(s)
}

// float writes a number; encoding/json knows how to write those that are tiny or huge.
func (w *indented) float(v float64) {
	if a := math.Abs(v); a != 0 && !(a >= 1e-6 && a < 1e21) {
		w.value(v)
		return
	}
	w.out = strconv.AppendFloat(w.out, v, 'f', -1, 64)
}
