package claims

// c22 counts lines of hand-written versions.
func c22() Claim {
	return Claim{
		ID:        "C22",
		Says:      `the multiprocessing version is "slightly longer"`,
		Quote:     "the multiprocessing implementation of tasks in plac is slightly longer than the threaded implementation.",
		Kind:      Behaviour,
		Number:    "lines of model-specific user code, process over thread",
		Supported: "1.0 to 1.5", Refuted: "2 or more",
		Where: "hand-written versions", Cores: "1",
		Waits: []string{"the hand-written versions"},
	}
}
