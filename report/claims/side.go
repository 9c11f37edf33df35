package claims

import (
	"fmt"
	"strconv"

	"github.com/nonrev/nonrev/internal/scaling"
)

// A Side is a half of the number line. The zero value is none: nothing lies on it.
type Side struct {
	Op    string // ">=", ">", "<=" or "<"
	Bound float64
}

func atLeast(x float64) Side { return Side{">=", x} }
func atMost(x float64) Side  { return Side{"<=", x} }
func above(x float64) Side   { return Side{">", x} }
func below(x float64) Side   { return Side{"<", x} }

// Has tells whether x lies on the side.
func (s Side) Has(x float64) bool {
	switch s.Op {
	case ">=":
		return x >= s.Bound
	case ">":
		return x > s.Bound
	case "<=":
		return x <= s.Bound
	case "<":
		return x < s.Bound
	}
	return false
}

// Holds tells whether e has an interval and the whole of it lies on the side.
func (s Side) Holds(e scaling.Estimate) bool {
	return e.Confidence > 0 && s.Has(e.Low) && s.Has(e.High)
}

// Misses tells whether e has an interval and nothing of it lies on the side.
func (s Side) Misses(e scaling.Estimate) bool {
	return e.Confidence > 0 && !s.Has(e.Low) && !s.Has(e.High)
}

// depth is how far the end of e that lies least on the side lies inside it, in
// multiples of the bound; negative outside. With it the least favourable of
// several estimates is found.
func (s Side) depth(e scaling.Estimate) float64 {
	if s.Op == ">=" || s.Op == ">" {
		return e.Low/s.Bound - 1
	}
	return 1 - e.High/s.Bound
}

// String is "0.85 or more".
func (s Side) String() string {
	x := strconv.FormatFloat(s.Bound, 'g', -1, 64)
	switch s.Op {
	case ">=":
		return x + " or more"
	case "<=":
		return x + " or less"
	case ">":
		return "above " + x
	case "<":
		return "below " + x
	}
	return ""
}

// percent is the side of a share in words.
func (s Side) percent() string {
	if s == atLeast(1) {
		return "100%"
	}
	words := map[string]string{">=": "%g%% or more", "<=": "%g%% or less", ">": "more than %g%%", "<": "less than %g%%"}
	return fmt.Sprintf(words[s.Op], 100*s.Bound)
}
