package claims

// c11 looks for workloads that processes started by exec alone cannot run: only
// then is there no choice but threads.
func c11() Claim {
	c := Claim{
		ID:        "C11",
		Says:      `without fork "you have no other choice" than threads`,
		Quote:     "if you want to run your concurrent/parallel application on Windows or in any platform lacking fork, you have no other choice.",
		Kind:      Behaviour,
		Number:    "the share of workloads that pass with processes started by exec alone",
		Supported: "less than 100%", Refuted: "100%",
		Where: "all workloads under subprocess; unsupported counts as failure", Cores: "1",
		Profile: "default",
		rule:    rule{support: below(1), refute: atLeast(1)},
	}
	for _, w := range everyWorkload() {
		c.cases = append(c.cases, under(w, "subprocess", 0))
	}
	return c
}
