package claims

// c35 runs the author's own Pi program on the python3 found here.
func c35() Claim {
	return Claim{
		ID:        "C35",
		Says:      `the GIL "will improve in Python 3.2"`,
		Quote:     "the GIL itself will never go away in C-Python because of backward compatibility concerns with C-extensions, even if it will improve in Python 3.2.",
		Kind:      Measured,
		Number:    "time in threads over serial time of one Pi program on the python3 found here",
		Supported: "1.05 or less", Refuted: "1.15 or more",
		Where: "python3: the essay author's Pi program, serial and in threads", Cores: "2",
		Waits: []string{"python3 cells"},
	}
}
