package claims

// c23 leaves the declaration of a shared variable out.
func c23() Claim {
	return Claim{
		ID:        "C23",
		Says:      `being "forced to specify the shared variables" is good`,
		Quote:     "However, I must admit that I like to be forced to specify the shared variables (explicit is better than implicit).",
		Kind:      Behaviour,
		Number:    "what an undeclared shared write does",
		Supported: "a visible failure in processes and a silent race in threads", Refuted: "otherwise",
		Where: "mutation test", Cores: "2",
		Waits: []string{"the mutation test"},
	}
}
