package claims

// c33 mixes waiting and computing.
func c33() Claim {
	return Claim{
		ID:        "C33",
		Says:      "cooperation of threads and generators beats replacing one by the other",
		Quote:     "He suggests cooperation between threads and generators instead of just replacing threads with generators.",
		Kind:      Measured,
		Number:    "throughput of prefork with offload against goroutine and against eventloop, on mixed load",
		Supported: "both reached or exceeded", Refuted: "below either",
		Where: "echo mixed", Cores: "2+",
		Waits: []string{"setting mix of echo", "model prefork", "offload"},
	}
}
