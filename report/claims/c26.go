package claims

// c26 fits the scalability of three ways to share memory.
func c26() Claim {
	return Claim{
		ID:        "C26",
		Says:      `"tecnologically impossible" to sustain shared memory at many cores`,
		Quote:     "it looks like it is tecnologically impossible to substain the shared memory model when the number of cores becomes large",
		Kind:      Measured,
		Number:    "the peak by the universal scalability law of read-only, sharded and one-hot-word sharing, apart, subprocess on identical partitions beside",
		Supported: "sharded peaks at 64 cores or fewer", Refuted: "sharded is 0.8 efficient or more at 64 or more measured cores; with fewer it can be supported, never refuted",
		Where: "graph, counter", Cores: "16+",
		Waits: []string{"workload graph", "state shard"},
	}
}
