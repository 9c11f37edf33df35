package claims

// c25 swaps the model by a flag and looks whether the answer stays.
func c25() Claim {
	c := Claim{
		ID:        "C25",
		Says:      `threads here, processes there, "transparently"`,
		Quote:     "For instance, an application could use use threads on Windows and processes on Unices, transparently (at least to a certain extent: it is impossible to be perfectly transparent in the general case).",
		Kind:      Behaviour,
		Number:    "the share of workloads and models where swapping the model by a flag keeps the answer",
		Supported: "95% or more", Refuted: "less than 80%",
		Where: "all workloads under goroutine, subprocess, eventloop, locked; unsupported counts as failure", Cores: "1",
		Profile: "default",
		rule:    rule{support: atLeast(0.95), refute: below(0.8)},
	}
	for _, w := range everyWorkload() {
		for _, m := range headline() {
			c.cases = append(c.cases, under(w, m, 0))
		}
	}
	return c
}
