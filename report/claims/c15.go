package claims

// c15 injects faults that locks allow into models without locks.
func c15() Claim {
	return Claim{
		ID:        "C15",
		Says:      `"Most of the problems are with locks, not with the shared memory model"`,
		Quote:     "Most of the problems are with locks, not with the shared memory model.",
		Kind:      Behaviour,
		Number:    "the share of injected faults (lock-order deadlock, forgotten lock, split update, lost wake-up) that are impossible or reported under stm, actor, owner",
		Supported: "80% or more", Refuted: "less than 50%",
		Where: "bank; throughput beside", Cores: "2",
		Waits: []string{"workload bank", "state stm", "state actor"},
	}
}
