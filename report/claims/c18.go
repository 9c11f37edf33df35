package claims

// c18 holds software transactional memory against locks.
func c18() Claim {
	return Claim{
		ID:        "C18",
		Says:      "STM is an alternative to locks",
		Quote:     "Even if you need to manage true concurrency with shared memory, you are not forced to use threads and locks directly.",
		Kind:      Measured,
		Number:    "time under stm over time under locks, uncontended, invariants kept",
		Supported: "3 or less", Refuted: "above 10, or broken",
		Where: "bank, santa", Cores: "2+",
		Waits: []string{"workload bank", "workload santa", "state stm"},
	}
}
