package claims

// c09 counts threads before and after first use of common libraries.
func c09() Claim {
	return Claim{
		ID:        "C09",
		Says:      `logging makes a program multi-threaded "behind your back"`,
		Quote:     "did you know that using the standard library logging module turns your program into a multi-threaded program behind your back?",
		Kind:      Behaviour,
		Number:    "threads after first use of python3's logging and of slog, database/sql, net/http, against before",
		Supported: "more", Refuted: "the same",
		Where: "hidden concurrency", Cores: "1",
		Waits: []string{"the test of hidden concurrency"},
	}
}
