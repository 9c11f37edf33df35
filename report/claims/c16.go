package claims

// c16 reads one shared graph by pointer, by copy and by mmap.
func c16() Claim {
	return Claim{
		ID:        "C16",
		Says:      `read-only "shared memory is quite good"`,
		Quote:     "In particular, in parallel situations (say read-only situations, with no need for locks) shared memory is quite good since you have access to everything.",
		Kind:      Measured,
		Number:    "the efficiency of lock-free readers, and the cost of one copy of 16 MiB per process and job over none",
		Supported: "0.9 or more, and 5 or more", Refuted: "the second 1.5 or less",
		Where: "graph by pointer, copy, mmap; tasks to amortise beside", Cores: "2+",
		Waits: []string{"workload graph"},
	}
}
