package claims

// c05 runs one suite on python3's pools of threads and of processes.
func c05() Claim {
	return Claim{
		ID:        "C05",
		Says:      `futures work "in the same way for both threads and processes"`,
		Quote:     "the recently accepted PEP 3148 (the one about futures) works in the same way for both threads and processes.",
		Kind:      Behaviour,
		Number:    "the share of conformance cases that come out alike on python3's thread and process pools, the PEP's own exceptions apart",
		Supported: "100%", Refuted: "any unlisted difference",
		Where: "executor suite; ours as control", Cores: "2",
		Waits: []string{"the executor suite"},
	}
}
