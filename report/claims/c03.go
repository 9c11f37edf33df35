package claims

// c03 runs one unmodified handler under three models.
func c03() Claim {
	return Claim{
		ID:        "C03",
		Says:      `the web server may use processes or threads, "I do not see any difference"`,
		Quote:     "perhaps internally my web server is using processes and not threads, but I do not see any difference at the web framework user level.",
		Kind:      Behaviour,
		Number:    "the share of models (goroutine, subprocess, prefork) under which one unmodified net/http handler answers alike",
		Supported: "100%", Refuted: "any edit needed",
		Where: "web", Cores: "2",
		Waits: []string{"workload web", "model prefork"},
	}
}
