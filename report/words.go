package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/nonrev/nonrev/internal/scaling"
)

// A kind is what a number counts, and so how it is written.
type kind string

const (
	duration kind = "ns"    // nanoseconds, scaled to ns, µs, ms or s
	rate     kind = "per s" // scaled by k, M, G
	ratio    kind = "ratio" // 1.95×
	share    kind = "share" // 0.12 is 12%
	plain    kind = "count"
	octets   kind = "bytes"
)

// missing stands where there is no number.
const missing = "—"

// value writes a number with three digits and its unit.
func (k kind) value(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return missing
	}
	if k == plain && v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	scaled, unit := k.scale(v)
	return digits(scaled) + unit
}

// scale returns v in the unit that suits its size.
func (k kind) scale(v float64) (float64, string) {
	f := k.factor(v)
	return v / f.by, f.unit
}

type factor struct {
	by   float64
	unit string
}

func (k kind) factor(v float64) factor {
	switch k {
	case duration:
		return largest(v, factor{1, " ns"}, factor{1e3, " µs"}, factor{1e6, " ms"}, factor{1e9, " s"})
	case rate:
		return largest(v, factor{1, ""}, factor{1e3, "k"}, factor{1e6, "M"}, factor{1e9, "G"})
	case octets:
		return largest(v, factor{1, " B"}, factor{1 << 10, " KiB"}, factor{1 << 20, " MiB"}, factor{1 << 30, " GiB"})
	case share:
		return factor{0.01, "%"}
	case ratio:
		return factor{1, "×"}
	}
	return factor{1, ""}
}

// largest returns the last factor that leaves at least 1 of v once rounded to
// three digits, else the first.
func largest(v float64, factors ...factor) factor {
	f := factors[0]
	for _, next := range factors[1:] {
		if math.Abs(v) >= next.by*0.9995 {
			f = next
		}
	}
	return f
}

// digits writes three significant digits, and the whole of a longer integer part.
func digits(v float64) string {
	if v == 0 {
		return "0"
	}
	rounded := strconv.FormatFloat(v, 'e', 2, 64)
	exponent, err := strconv.Atoi(rounded[strings.IndexByte(rounded, 'e')+1:])
	if err != nil {
		return rounded // infinities and what is no number have no exponent
	}
	if exponent < -4 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	return strconv.FormatFloat(v, 'f', max(0, 2-exponent), 64)
}

// interval writes the bounds with one unit where it is the same, "17.9–18.9
// µs", or why there are none.
func (k kind) interval(e scaling.Estimate) string {
	if e.Confidence == 0 {
		return fmt.Sprintf("n = %d, no interval", e.N)
	}
	low := k.value(e.Low)
	if k.factor(e.Low) == k.factor(e.High) {
		low = strings.TrimSuffix(low, k.factor(e.Low).unit)
	}
	if e.Low < 0 { // a dash would look like another sign
		return low + " to " + k.value(e.High)
	}
	return low + "–" + k.value(e.High)
}

// noInterval says that so many rounds, or pairs of them, are too few.
func noInterval(n int) string {
	if n == 1 {
		return "1 usable round gives no interval"
	}
	return fmt.Sprintf("%d usable rounds give no interval", n)
}

// phrase writes an estimate for running text, "1.95× (1.94–1.96×)", with the
// reason where there is no interval.
func (k kind) phrase(e scaling.Estimate) string {
	if math.IsNaN(e.Value) {
		return missing
	}
	return fmt.Sprintf("%s (%s)", k.value(e.Value), k.interval(e))
}

// nominal reads a grain's label in ns; the empty task is 0.
func nominal(grain string) time.Duration {
	d, err := time.ParseDuration(grain)
	if err != nil {
		return 0
	}
	return d
}

// grainName writes a grain's label for readers: "100us" is "100 µs".
func grainName(grain string) string {
	if grain == "null" {
		return "empty"
	}
	d := nominal(grain)
	if d == 0 {
		return shorten(grain)
	}
	v, unit := duration.scale(float64(d))
	return strconv.FormatFloat(v, 'g', -1, 64) + unit
}

// size reads a payload's label in bytes, 0 if it is none.
func size(payload string) float64 {
	i := strings.IndexFunc(payload, func(r rune) bool { return r < '0' || r > '9' })
	if i < 0 {
		return 0
	}
	n, err := strconv.Atoi(payload[:i])
	if err != nil {
		return 0
	}
	return float64(n) * map[string]float64{"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[payload[i:]]
}

// payloadName writes a payload's label for readers: "16KiB" is "16 KiB".
func payloadName(payload string) string {
	n := size(payload)
	if n == 0 {
		return shorten(payload)
	}
	v, unit := octets.scale(n)
	return strconv.FormatFloat(v, 'g', -1, 64) + unit
}

// coresName writes a core count: "1 core", "2 cores".
func coresName(n int) string { return counted(n, "core") }

// counted writes a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "s") {
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// are begins a sentence about a number of things: "1 round is", "2 rounds are".
func are(n int, noun string) string {
	if n == 1 {
		return counted(n, noun) + " is"
	}
	return counted(n, noun) + " are"
}

// list joins names as a sentence does: "a, b and c".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// sentence raises the first letter and ends with a full stop.
func sentence(s string) string { return raise(s) + "." }

func raise(s string) string {
	if s == "" {
		return s
	}
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// lowerFirst is the inverse of raise, for a title within a sentence.
func lowerFirst(s string) string {
	r := []rune(s)
	return strings.ToLower(string(r[:min(len(r), 1)])) + string(r[min(len(r), 1):])
}

// trimmed writes a number with no more digits than it needs.
func trimmed(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64)
}
