package result

import (
	"bytes"
	"math"
	"strconv"
)

// Lines in the form that nonrev writes itself, which are nearly all of a file,
// are read and written here without the generality of benchfmt and
// encoding/json. Those define the format: whatever is not in that form is left
// to them, and tests hold both readings against each other.

// decimal reads the number that text begins with, whole if it is written
// without fraction and exponent. It takes what JSON and benchfmt both do.
func decimal(text []byte) (v float64, whole bool, rest []byte, ok bool) {
	at, n := 0, uint64(0)
	if len(text) > 0 && text[0] == '-' {
		at = 1
	}
	first := at
	for at < len(text) && isDigit(text[at]) {
		n = 10*n + uint64(text[at]-'0')
		at++
	}
	if at == first || text[first] == '0' && at > first+1 {
		return 0, false, nil, false
	}
	whole = at == len(text) || text[at] != '.' && text[at] != 'e'
	if whole && at <= 18 && (n > 0 || first == 0) {
		if first == 1 {
			return -float64(n), true, text[at:], true
		}
		return float64(n), true, text[at:], true
	}
	if !whole && text[at] == '.' && (at+1 == len(text) || !isDigit(text[at+1])) {
		return 0, false, nil, false
	}
	for at < len(text) && (isDigit(text[at]) || text[at] == '.' || text[at] == 'e' || text[at] == '+' || text[at] == '-') {
		at++
	}
	v, err := strconv.ParseFloat(string(text[:at]), 64)
	return v, whole, text[at:], err == nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// word cuts text at the first space; ok tells that there is a word and that
// none of its bytes could be taken for another space or for a control.
func word(text []byte) (w, rest []byte, ok bool) {
	end := len(text)
	for i, c := range text {
		if c <= ' ' || c >= 0x7f {
			end = i
			break
		}
	}
	if end == len(text) {
		return text, nil, end > 0
	}
	return text[:end], text[end+1:], end > 0 && text[end] == ' '
}

// A line is what a benchmark line says.
type line struct {
	name   []byte
	passes int
	values []Value // valid until the next line is read
}

// plain reads a benchmark line if it has the form in which it is written here.
func (r *reader) plain(text []byte) (l line, ok bool) {
	l.name, text, ok = word(text[len("Benchmark"):])
	if !ok {
		return l, false
	}
	passes, whole, text, ok := decimal(text)
	if !ok || !whole || math.Abs(passes) >= exact {
		return l, false
	}
	l.passes = int(passes)
	var likely []string
	if n := r.names[string(l.name)]; n != nil {
		likely = n.shape.units
	}
	l.values, ok = r.plainValues(text, likely)
	return l, ok && len(l.values) > 0
}

// exact bounds the whole numbers of which a float64 holds every one.
const exact = 1 << 53

// plainValues reads the values of a line, each " value unit". The units are
// most likely to be those of the name's last sample, in its order.
func (r *reader) plainValues(text []byte, likely []string) ([]Value, bool) {
	r.values = r.values[:0]
	for len(text) > 0 {
		if text[0] != ' ' {
			return nil, false
		}
		v, _, rest, ok := decimal(text[1:])
		if !ok || len(rest) == 0 || rest[0] != ' ' {
			return nil, false
		}
		text = rest[1:]
		var unit string
		if i := len(r.values); i < len(likely) && begins(text, likely[i]) {
			unit = likely[i]
		} else if w, _, ok := word(text); ok {
			unit = r.unit(w)
		} else {
			return nil, false
		}
		r.values, text = append(r.values, Value{unit, v}), text[len(unit):]
	}
	return r.values, true
}

// begins tells whether word is the first word of text.
func begins(text []byte, word string) bool {
	n := len(word)
	return n <= len(text) && string(text[:n]) == word && (n == len(text) || text[n] == ' ')
}

// unit returns the same string for the same unit.
func (r *reader) unit(name []byte) string {
	u, known := r.units[string(name)]
	if !known {
		u = string(name)
		r.units[u] = u
	}
	return u
}

// A headReader reads a sample's comment line in the form in which it is
// written here. After each field ok tells whether the text had that form.
type headReader struct {
	text []byte
	ok   bool
}

// quick reads what a sample line says, short of warnings and voids, which json
// takes many times as long for. It tells whether the line has that form.
func (s *sampleLine) quick(text []byte) bool {
	h := headReader{text, bytes.HasPrefix(text, []byte(`{"round":`))}
	s.Round = h.whole(`{"round":`)
	s.OutsideNS = h.number(`,"outsideNS":`)
	s.WindowNS = h.number(`,"windowNS":`)
	s.StealNS = h.number(`,"stealNS":`)
	s.Warm = h.whole(`,"warm":`)
	s.RanNS = h.number(`,"ranNS":`)
	s.Loop = h.string(`,"loop":"`)
	s.Latency = h.string(`,"latency":"`)
	return h.ok && string(h.text) == "}"
}

// field goes to the value of a field, if the field is next.
func (h *headReader) field(name string) bool {
	if !h.ok || len(h.text) < len(name) || string(h.text[:len(name)]) != name {
		return false
	}
	h.text = h.text[len(name):]
	return true
}

func (h *headReader) number(name string) float64 {
	v, _ := h.decimal(name)
	return v
}

func (h *headReader) whole(name string) int {
	v, whole := h.decimal(name)
	h.ok = h.ok && whole && math.Abs(v) < exact
	return int(v)
}

func (h *headReader) decimal(name string) (v float64, whole bool) {
	if !h.field(name) {
		return 0, true
	}
	v, whole, h.text, h.ok = decimal(h.text)
	return v, whole
}

// string reads a string that stands as it is, without escapes.
func (h *headReader) string(name string) string {
	if !h.field(name) {
		return ""
	}
	end := bytes.IndexByte(h.text, '"')
	if end < 0 || !verbatim(h.text[:end]) {
		h.ok = false
		return ""
	}
	v := h.text[:end]
	h.text = h.text[end+1:]
	for _, known := range []string{Open, Closed} {
		if string(v) == known {
			return known
		}
	}
	return string(v)
}

// verbatim tells whether JSON writes text as it is.
func verbatim[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// appendHead writes what quick reads, as json does; ok tells whether the head
// has that form.
func (s *Sample) appendHead(to []byte) (_ []byte, ok bool) {
	if s.Void != "" || len(s.Warnings) > 0 || !verbatim(s.Loop) || !verbatim(s.Latency) ||
		!positional(s.OutsideNS) || !positional(s.WindowNS) || !positional(s.StealNS) || !positional(s.RanNS) {
		return to, false
	}
	to = strconv.AppendInt(append(to, `{"round":`...), int64(s.Round), 10)
	to = appendNumber(to, `,"outsideNS":`, s.OutsideNS)
	to = appendNumber(to, `,"windowNS":`, s.WindowNS)
	to = appendNumber(to, `,"stealNS":`, s.StealNS)
	if s.Warm != 0 {
		to = strconv.AppendInt(append(to, `,"warm":`...), int64(s.Warm), 10)
	}
	to = appendNumber(to, `,"ranNS":`, s.RanNS)
	to = appendString(to, `,"loop":"`, s.Loop)
	to = appendString(to, `,"latency":"`, s.Latency)
	return append(to, "}\n"...), true
}

// positional tells whether JSON writes v without an exponent.
func positional(v float64) bool {
	a := math.Abs(v)
	return a == 0 || a >= 1e-6 && a < 1e21
}

func appendNumber(to []byte, name string, v float64) []byte {
	if v == 0 {
		return to
	}
	return strconv.AppendFloat(append(to, name...), v, 'f', -1, 64)
}

func appendString(to []byte, name, v string) []byte {
	if v == "" {
		return to
	}
	return append(append(append(to, name...), v...), '"')
}
