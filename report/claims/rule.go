package claims

import (
	"slices"

	"github.com/nonrev/nonrev/internal/scaling"
)

// A Word is what a verdict comes to.
type Word string

// The words.
const (
	Supported    Word = "supported"
	Refuted      Word = "refuted"
	Unclear      Word = "unclear"
	Needs        Word = "needs" // too few cores or rounds, or a part that there is not
	NotInProfile Word = "not in this profile"
	NotMeasured  Word = "not measured" // a wrong answer, a failed cell, too many void samples
	Stated       Word = "fact"         // no word of ours: what was found, when and where
)

// An Outcome is on which side of a claim's thresholds a part or a case lies.
type Outcome string

// The outcomes; the last two are those of a behaviour.
const (
	For       Outcome = "for"
	Against   Outcome = "against"
	Neither   Outcome = "neither"   // wholly between the thresholds
	Undecided Outcome = "undecided" // the interval lies on both sides of a threshold
	Shown     Outcome = "shown"     // beside: it decides nothing
	Passes    Outcome = "passes"
	Fails     Outcome = "fails"
)

// outcome is that of an estimate.
func outcome(e scaling.Estimate, support, refute Side) Outcome {
	switch {
	case support == Side{} && refute == Side{}:
		return Shown
	case support.Holds(e):
		return For
	case refute.Holds(e):
		return Against
	case support.Misses(e) && refute.Misses(e):
		return Neither
	}
	return Undecided
}

// A rule makes one word of several outcomes.
type rule struct {
	mode            mode
	support, refute Side // of shares
}

type mode int

const (
	every mode = iota // all parts support, or one refutes
	both              // all parts support, or all refute
	share             // of parts on the side of support, or of those on the side of refutation
)

// decide returns the word for a measured claim, the number that decides, and
// the index of its part, -1 if the number is a share.
func (r rule) decide(ev []Evidence) (word Word, number scaling.Estimate, at int) {
	if r.mode == share {
		return r.share(ev)
	}
	n, pro, contra := len(ev), tally(ev, For), tally(ev, Against)
	support := func(e Evidence) float64 { return e.Support.depth(e.Estimate) }
	refute := func(e Evidence) float64 { return e.Refute.depth(e.Estimate) }
	switch {
	case pro == n:
		word, at = Supported, least(ev, support, For)
	case contra == n:
		word, at = Refuted, least(ev, refute, Against)
	case contra > 0 && r.mode == every:
		word, at = Refuted, least(ev, func(e Evidence) float64 { return -refute(e) }, Against)
	default:
		word, at = Unclear, least(ev, support, Undecided, Neither, Against)
	}
	return word, ev[at].Estimate, at
}

// share decides by how many parts lie on either side. What the undecided ones
// could add is its interval, and the word must hold whatever they are.
func (r rule) share(ev []Evidence) (Word, scaling.Estimate, int) {
	n, pro, contra, open := float64(len(ev)), float64(tally(ev, For)), float64(tally(ev, Against)), float64(tally(ev, Undecided))
	e := scaling.Estimate{Value: pro / (n - open), Low: pro / n, High: (pro + open) / n, N: len(ev)}
	switch {
	case r.support.Has(pro / n):
		return Supported, e, -1
	case r.refute.Has(contra / n):
		return Refuted, e, -1
	}
	return Unclear, e, -1
}

// passed decides by the share of cases that pass.
func (r rule) passed(ev []Evidence) (Word, scaling.Estimate) {
	x := float64(tally(ev, Passes)) / float64(len(ev))
	e := scaling.Estimate{Value: x, Low: x, High: x, N: len(ev)}
	switch {
	case r.support.Has(x):
		return Supported, e
	case r.refute.Has(x):
		return Refuted, e
	}
	return Unclear, e
}

func tally(ev []Evidence, o Outcome) int {
	n := 0
	for _, e := range ev {
		if e.Outcome == o {
			n++
		}
	}
	return n
}

// least returns the index of the evidence of these outcomes, at least one of
// which there is, with the smallest depth.
func least(ev []Evidence, depth func(Evidence) float64, outcomes ...Outcome) int {
	at := -1
	for i, e := range ev {
		if slices.Contains(outcomes, e.Outcome) && (at < 0 || depth(e) < depth(ev[at])) {
			at = i
		}
	}
	return at
}
