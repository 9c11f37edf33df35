package claims

import "github.com/nonrev/nonrev/internal/scaling"

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

// Parts are the evidence's estimates that lie on the scale of Sides. Shares and
// cases have none: a part of them is not of the kind of their number.
func (v Verdict) Parts() []scaling.Estimate {
	if v.Claim.cases != nil || v.Claim.rule.mode == share {
		return nil
	}
	support, refute := v.Sides()
	var out []scaling.Estimate
	for _, e := range v.Evidence {
		if e.Support == support && e.Refute == refute {
			out = append(out, e.Estimate)
		}
	}
	return out
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

// Spell is the evidence's number with its interval.
func (e Evidence) Spell() string { return spell(e.Estimate) }
