package claims

// c29 is a fact check: nothing is measured.
func c29() Claim {
	return Claim{
		ID:      "C29",
		Says:    `the GIL "will never go away"`,
		Quote:   "the GIL itself will never go away in C-Python because of backward compatibility concerns with C-extensions",
		Kind:    Fact,
		Number:  "whether CPython runs without the GIL",
		Where:   "-",
		Found:   "PEP 703 (final) makes the GIL optional: a build without it came with CPython 3.13 and has been supported since 3.14 (PEP 779, final, resolved on 2025-06-16), but is not the default.",
		Date:    "2026-11-25",
		Sources: []string{"https://peps.python.org/pep-0703/", "https://peps.python.org/pep-0779/"},
	}
}
