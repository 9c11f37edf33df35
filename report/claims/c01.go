package claims

// c01 counts changed lines in pairs of serial and parallel versions of one program.
func c01() Claim {
	return Claim{
		ID:        "C01",
		Says:      `"nothing will change for the average programmer"`,
		Quote:     "I claim that essentially nothing will change for the average programmer with the advent of multicore machines.",
		Kind:      Behaviour,
		Number:    "the share of serial-to-parallel program pairs with at most 3 changed lines and no lock or channel in user code, of at least 10 pairs",
		Supported: "80% or more", Refuted: "less than 50%",
		Where: "hand-written versions, as many as possible from outside, diffed by go/ast", Cores: "1",
		Waits: []string{"the hand-written versions"},
	}
}
