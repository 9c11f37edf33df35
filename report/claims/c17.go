package claims

// c17 passes kinds of value inside a process and across.
func c17() Claim {
	return Claim{
		ID:        "C17",
		Says:      `threads can "pass non-pickleable objects"`,
		Quote:     "Moreover, the shared memory model has the non-negligible advantage that you can pass non-pickleable objects between tasks.",
		Kind:      Behaviour,
		Number:    "how many kinds of value (func, closure, generator, channel, file, error identity) pass in-process and fail across",
		Supported: "4 or more", Refuted: "1 or less",
		Where: "serialisation matrix", Cores: "1",
		Waits: []string{"the serialisation matrix"},
	}
}
