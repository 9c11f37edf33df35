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
	others := slices.Delete(slices.Clone(v.Evidence), at, at+1)
	switch {
	case v.Word == Supported:
		return s + fmt.Sprintf("wholly %s, which supports the claim", e.Support) + alike(len(others)) + "."
	case v.Word == Refuted && v.Claim.rule.mode == both:
		return s + fmt.Sprintf("wholly %s, which refutes the claim", e.Refute) + alike(len(others)) + "."
	case v.Word == Refuted:
		s += fmt.Sprintf("wholly %s, which refutes the claim.", e.Refute)
	default:
		s += e.open()
	}
	return s + beyond(v.Evidence, others)
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

// open says why a part leaves its claim unclear, and whether more rounds could
// change that.
func (e Evidence) open() string {
	s := fmt.Sprintf("%s would support the claim, ", e.Support)
	if e.Refute != (Side{}) {
		s += fmt.Sprintf("%s would refute it. ", e.Refute)
	} else {
		s += "and no number here would refute it. "
	}
	switch e.Outcome {
	case Undecided:
		return s + "The interval holds a threshold: more rounds may decide."
	case Against:
		return s + "It lies wholly on that side, and others do not."
	}
	return s + "The interval holds no threshold: more rounds will not change that."
}

// mostListed is how many other parts a sentence spells.
const mostListed = 4

// beyond says on which side all parts lie, and spells the others if they are few.
func beyond(all, others []Evidence) string {
	if len(others) == 0 {
		return ""
	}
	s := fmt.Sprintf(" On the side of support: %d of %d; on that of refutation: %d.", tally(all, For), len(all), tally(all, Against))
	if len(others) <= mostListed {
		s += " Beside this one: " + list(others)
	}
	return s
}

func (v *Verdict) sentenceOfShare() string {
	r, n := v.Claim.rule, len(v.Evidence)
	pro, contra, undecided := tally(v.Evidence, For), tally(v.Evidence, Against), tally(v.Evidence, Undecided)
	s := fmt.Sprintf("%s is %s: %d of %d", capital(v.Claim.Number), spellShare(v.Number), pro, n)
	if undecided > 0 {
		s += fmt.Sprintf(", with %d that its own interval does not decide", undecided)
	}
	if v.Word == Supported {
		return s + fmt.Sprintf("; %s supports the claim. All: ", r.support.percent()) + list(v.Evidence)
	}
	if v.Word == Unclear {
		s += fmt.Sprintf("; %s would support the claim", r.support.percent())
	}
	s += fmt.Sprintf(". In %d of %d the ratio is wholly %s; that in %s ", contra, n, v.Evidence[0].Refute, r.refute.percent())
	if v.Word == Refuted {
		return s + "refutes the claim. All: " + list(v.Evidence)
	}
	return s + "would refute it. All: " + list(v.Evidence)
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

// list spells parts, each with its number and where that lies.
func list(evidence []Evidence) string {
	var list []string
	for _, e := range evidence {
		list = append(list, fmt.Sprintf("%s %s (%s)", e.What, spell(e.Estimate), e.lies()))
	}
	return strings.Join(list, "; ") + "."
}

// lies says where a part lies, by itself.
func (e Evidence) lies() string {
	words := map[Outcome]string{For: "supports", Against: "refutes", Neither: "between the thresholds", Undecided: "undecided"}[e.Outcome]
	if e.Outcome == Neither && e.Refute == (Side{}) {
		words = "does not support"
	}
	if e.Estimate.N < MinRounds {
		words += ", on " + rounds(e.Estimate.N)
	}
	return words
}

// ampleRounds leave enough of them, in spite of void samples.
const ampleRounds = 2 * MinRounds

// sentenceOfLack says what is missing, what there is all the same, and what
// would decide.
func (v *Verdict) sentenceOfLack() string {
	s := capital(v.String()) + ". "
	for _, g := range v.reasons() {
		s += g + ". "
	}
	if v.Claim.cases != nil && len(v.Evidence) > 0 {
		s += fmt.Sprintf("So far %d of %d pass.%s ", tally(v.Evidence, Passes), len(v.Evidence), v.failing())
	} else if len(v.Evidence) > 0 {
		s += "What there is decides nothing yet: " + list(v.Evidence) + " "
	}
	if v.Lacks == nil && len(v.Evidence) > 0 {
		s += fmt.Sprintf("More rounds help, such as --rounds %d: a void sample takes its round with it. ", ampleRounds)
	}
	return s + fmt.Sprintf("To be decided by %s (supported: %s; refuted: %s).", v.Claim.Number, v.Claim.Supported, v.Claim.Refuted)
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
		if r == notAsked {
			reasons[i] += fmt.Sprintf(" in this run, and part of nonrev run --profile %s --rounds %d", v.Claim.Profile, ampleRounds)
		}
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

// spellMultiple is a multiple with its bounds, of which a share has some
// without a confidence, and a value that is none where nothing is decided.
func spellMultiple(e scaling.Estimate) string {
	switch {
	case math.IsNaN(e.Low):
		return ""
	case math.IsNaN(e.Value):
		return fmt.Sprintf("between %s and %s", digits(e.Low), digits(e.High))
	case e.Low == e.High:
		return digits(e.Value)
	}
	return fmt.Sprintf("%s [%s, %s]", digits(e.Value), digits(e.Low), digits(e.High))
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
