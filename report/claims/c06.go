package claims

// c06 looks for races in spawn-and-collect; a seeded bug must be caught.
func c06() Claim {
	return Claim{
		ID:        "C06",
		Says:      `it is not "impossible to get threads right"`,
		Quote:     `I do not like threads particularly, but after 8 years of hearing things like "it is impossible to get threads right, and if you are thinking so you are a delusional programmer" one gets a bit tired. Of course it is possible to get threads right`,
		Kind:      Control,
		Number:    "failures in 10^6 tasks of spawn-and-collect under the race detector",
		Supported: "0", Refuted: "1 or more",
		Where: "fannkuch, wordcount", Cores: "2",
		Waits: []string{"a recorded check under the race detector"},
	}
}
