package claims

// c04 holds single-threaded processes on a work queue against goroutines.
func c04() Claim {
	return Claim{
		ID:        "C04",
		Says:      `"single threaded code interacting with a database", scheduled by a grid engine`,
		Quote:     "all of the complication of scheduling and load balancing is managed by the Grid engine, and what we write is just single threaded code interacting with a database.",
		Kind:      Measured,
		Number:    "throughput of single-threaded processes over goroutines, at batch 1 and 50",
		Supported: "0.9 or more", Refuted: "below 0.7",
		Where: "web as a work queue on PostgreSQL, synchronous_commit printed", Cores: "2+",
		Waits: []string{"workload web", "PostgreSQL cells"},
	}
}
