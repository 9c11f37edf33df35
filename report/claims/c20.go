package claims

// c20 puts tasks that never yield among others.
func c20() Claim {
	return Claim{
		ID:        "C20",
		Says:      "a generator that takes too long blocks the whole program",
		Quote:     "if a single generator takes too long to run, the whole program will block, so that extra-care should be taken to ensure cooperation.",
		Kind:      Measured,
		Number:    "the worst delay of others over the length of the hog, of 100 ms or more",
		Supported: "0.9 or more under eventloop and 0.25 or less under goroutine", Refuted: "0.25 or less under eventloop",
		Where: "echo with hogs", Cores: "1, 2",
		Waits: []string{"setting hog of echo"},
	}
}
