package claims

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/nonrev/nonrev/internal/scaling"
)

// sentence explains a verdict in words that follow from its numbers.
func (v *Verdict) sentence() string {
	var s string
	switch v.Word {
	case Stated:
		return fmt.Sprintf("%s Looked up on %s: %s.", v.Claim.Found, v.Claim.Date, strings.Join(v.Claim.Sources, ", "))
	case Needs, NotInProfile, NotMeasured:
		s = v.sentenceOfLack()
	default:
		s = v.sentenceOfNumber()
	}
	for _, e := range v.Beside {
		s += fmt.Sprintf(" Beside: %s is %s.", e.What, spell(e.Estimate))
	}
	return s
}

func (v *Verdict) sentenceOfNumber() string {
	switch {
	case v.Claim.cases != nil:
		return v.sentenceOfCases()
	case v.Share:
		return v.sentenceOfShare()
	}
	_, _, at := v.Claim.rule.decide(v.Evidence)
	e := v.Evidence[at]
	s := fmt.Sprintf("%s is %s for %s (%s): ", capital(v.Claim.Number), spell(e.Estimate), e.What, strings.Join(e.Cells, ", "))
	others := len(v.Evidence) - 1
	switch {
	case v.Word == Supported:
		s += fmt.Sprintf("wholly %s, which supports the claim", e.Support) + alike(others)
	case v.Word == Refuted:
		s += fmt.Sprintf("wholly %s, which refutes the claim", e.Refute)
		if v.Claim.rule.mode == both {
			s += alike(others)
		}
	default:
		s += fmt.Sprintf("not wholly %s, which would support the claim", e.Support)
		if e.Refute != (Side{}) {
			s += fmt.Sprintf(", and not wholly %s, which would refute it", e.Refute)
		}
		if pro := tally(v.Evidence, For); pro > 0 {
			s += fmt.Sprintf("; %d of %d support it", pro, len(v.Evidence))
		}
	}
	return s + "."
}

// alike says that the other parts, so many of them, lie on the same side.
func alike(others int) string {
	switch others {
	case 0:
		return ""
	case 1:
		return ", and the other one lies on that side more clearly"
	}
	return fmt.Sprintf(", and the %d others lie on that side more clearly", others)
}

func (v *Verdict) sentenceOfShare() string {
	r, n := v.Claim.rule, len(v.Evidence)
	pro, contra, open := tally(v.Evidence, For), tally(v.Evidence, Against), tally(v.Evidence, Undecided)
	s := fmt.Sprintf("%s is %s: %d of %d", capital(v.Claim.Number), spellShare(v.Number), pro, n)
	if open > 0 {
		s += fmt.Sprintf(", with %d that its own interval does not decide", open)
	}
	side := v.Evidence[0].Refute
	switch v.Word {
	case Supported:
		s += fmt.Sprintf("; %s supports the claim", r.support.percent())
	case Refuted:
		s += fmt.Sprintf("; %d of %d lie wholly %s, of which %s refutes the claim", contra, n, side, r.refute.percent())
	default:
		s += fmt.Sprintf("; %s would support the claim. %d of %d lie wholly %s, of which %s would refute it", r.support.percent(), contra, n, side, r.refute.percent())
	}
	return s + ". They are: " + v.list()
}

func (v *Verdict) sentenceOfCases() string {
	r, n, passed := v.Claim.rule, len(v.Evidence), tally(v.Evidence, Passes)
	s := fmt.Sprintf("%s is %s: %d of %d", capital(v.Claim.Number), spellShare(v.Number), passed, n)
	switch v.Word {
	case Supported:
		s += fmt.Sprintf(", and %s supports the claim.", r.support.percent())
	case Refuted:
		s += fmt.Sprintf(", and %s refutes the claim.", r.refute.percent())
	default:
		s += fmt.Sprintf("; %s would support the claim, %s would refute it.", r.support.percent(), r.refute.percent())
	}
	return s + v.failing()
}

// failing lists the cases that fail, each with the reason.
func (v *Verdict) failing() string {
	var list []string
	for _, e := range v.Evidence {
		if e.Outcome == Fails {
			list = append(list, fmt.Sprintf("%s (%s, %s)", e.What, e.Cells[0], e.Reason))
		}
	}
	if list == nil {
		return ""
	}
	return " Not " + strings.Join(list, ", not ") + "."
}

// list spells every part with its number.
func (v *Verdict) list() string {
	var list []string
	for _, e := range v.Evidence {
		list = append(list, fmt.Sprintf("%s %s (%s)", e.What, spell(e.Estimate), e.Outcome))
	}
	return strings.Join(list, "; ") + "."
}

func (v *Verdict) sentenceOfLack() string {
	s := capital(v.String()) + ". "
	if v.Word == Needs && v.Lacks == nil && len(v.Evidence) == 0 {
		return s + fmt.Sprintf("What would decide is %s (supported: %s; refuted: %s).", v.Claim.Number, v.Claim.Supported, v.Claim.Refuted)
	}
	for _, g := range v.reasons() {
		s += g + ". "
	}
	switch {
	case len(v.Evidence) == 0:
		return strings.TrimSpace(s)
	case v.Claim.cases != nil:
		return s + fmt.Sprintf("So far %d of %d pass.", tally(v.Evidence, Passes), len(v.Evidence)) + v.failing()
	}
	return s + "What there is so far decides nothing: " + v.list()
}

// reasons groups what is lacking, the names of each reason cut after three.
func (v *Verdict) reasons() []string {
	var reasons []string
	names := map[string][]string{}
	for _, l := range v.Lacks {
		if !slices.Contains(reasons, l.Reason) {
			reasons = append(reasons, l.Reason)
		}
		names[l.Reason] = append(names[l.Reason], l.Cell)
	}
	for i, r := range reasons {
		list := names[r]
		text := strings.Join(list[:min(3, len(list))], ", ")
		if more := len(list) - 3; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		reasons[i] = text + ": " + r
	}
	return reasons
}

// spell is a number with its interval: "0.97 [0.95, 0.98]".
func spell(e scaling.Estimate) string {
	if e.Confidence == 0 {
		return digits(e.Value) + " without an interval"
	}
	return fmt.Sprintf("%s [%s, %s]", digits(e.Value), digits(e.Low), digits(e.High))
}

// spellShare is a share with what undecided parts could make of it.
func spellShare(e scaling.Estimate) string {
	switch {
	case math.IsNaN(e.Value):
		return fmt.Sprintf("not decided, between %.0f%% and %.0f%%", 100*e.Low, 100*e.High)
	case e.Low == e.High:
		return fmt.Sprintf("%.0f%%", 100*e.Value)
	}
	return fmt.Sprintf("%.0f%% of what is decided, between %.0f%% and %.0f%% of all", 100*e.Value, 100*e.Low, 100*e.High)
}

// digits is a number with three digits, or all before the point.
func digits(x float64) string {
	if x == 0 {
		return "0"
	}
	return strconv.FormatFloat(x, 'f', max(0, 2-int(math.Floor(math.Log10(math.Abs(x))))), 64)
}

// capital raises the first letter.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
