package claims

import (
	"math"
	"slices"

	"github.com/nonrev/nonrev/internal/scaling"
)

// Sides are the thresholds of the number that decides the claim, or would with
// what there is so far: those of its part, or of its share. The side of
// refutation is none where it is that of another number. Both are none where
// nothing has a threshold yet.
func (v Verdict) Sides() (support, refute Side) {
	r := v.Claim.rule
	switch {
	case v.Claim.cases != nil:
		return r.support, r.refute
	case r.mode == share: // what refutes is the share of the other side
		return r.support, Side{}
	case len(v.Evidence) == 0:
		return Side{}, Side{}
	case !v.Decided():
		return v.Evidence[0].Support, v.Evidence[0].Refute
	}
	_, _, at := r.decide(v.Evidence)
	return v.Evidence[at].Support, v.Evidence[at].Refute
}

// Multiple is the number that decides the claim in multiples of the threshold
// from which on it is supported; NaN where nothing decides.
func (v Verdict) Multiple() scaling.Estimate {
	support, _ := v.Sides()
	return support.multiple(v.Number)
}

// Multiple is the evidence's number in multiples of the threshold from which on
// it supports the claim; NaN where it has none.
func (e Evidence) Multiple() scaling.Estimate { return e.Support.multiple(e.Estimate) }

// multiple is e in multiples of the bound, NaN if the side is none.
func (s Side) multiple(e scaling.Estimate) scaling.Estimate {
	if s == (Side{}) {
		nan := math.NaN()
		return scaling.Estimate{Value: nan, Low: nan, High: nan}
	}
	return e.Scale(1 / s.Bound)
}

// Parts is the evidence that lies on the scale of Sides. Shares and cases have
// none: a part of them is not of the kind of their number.
func (v Verdict) Parts() []Evidence {
	if v.Claim.cases != nil || v.Claim.rule.mode == share {
		return nil
	}
	support, refute := v.Sides()
	return slices.DeleteFunc(slices.Clone(v.Evidence), func(e Evidence) bool { return e.Support != support || e.Refute != refute })
}

// Spell is the number that decides with its interval, a share in percent with
// what undecided parts could make of it; "" where nothing decides.
func (v Verdict) Spell() string {
	switch {
	case !v.Decided():
		return ""
	case v.Share:
		return spellShare(v.Number)
	}
	return spell(v.Number)
}

// SpellMultiple is Multiple with its bounds; "" where nothing decides.
func (v Verdict) SpellMultiple() string { return spellMultiple(v.Multiple()) }

// Spell is the evidence's number with its interval.
func (e Evidence) Spell() string { return spell(e.Estimate) }
