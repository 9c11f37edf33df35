package claims

// c30 lets rendezvous and mailbox compete.
func c30() Claim {
	return Claim{
		ID:        "C30",
		Says:      `CSP, Erlang style, or both "will coexist"`,
		Quote:     "The future will tell if the synchronous message passing mechanism (CSP-like) will dominate, or if the Erlang-style asynchronous message passing will win, or if they will coexist (which looks likely).",
		Kind:      Measured,
		Number:    "which of csp and mailbox wins, by 1.1 or more",
		Supported: "neither wins all three workloads", Refuted: "one does",
		Where: "santa, ring, buffer", Cores: "2+",
		Waits: []string{"workload santa", "workload ring", "workload buffer", "mail csp", "mail mailbox"},
	}
}
