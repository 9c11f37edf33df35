package claims

// c10 blocks an event loop inline, then offloads the blocking.
func c10() Claim {
	return Claim{
		ID:        "C10",
		Says:      `Twisted uses threads for blocking input: "there is not way out"`,
		Quote:     "in practice even Twisted use threads underneath to manage blocking input (say from the database): there is not way out.",
		Kind:      Measured,
		Number:    "the stall of the loop by inline blocking over its length, and the p99 delay inline over that with offloading",
		Supported: "0.9 or more, and 5 or more", Refuted: "the second below 2; that io_uring is a way out without threads is shown",
		Where: "echo under eventloop with and without offload, and by io_uring", Cores: "2",
		Waits: []string{"setting block of echo", "offload", "io uring"},
	}
}
