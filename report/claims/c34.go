package claims

// c34 kills generators that yield and generators that do not.
func c34() Claim {
	return Claim{
		ID:        "C34",
		Says:      "a generator inside a thread makes the thread killable",
		Quote:     "plac uses the same trick of wrapping a generator inside a thread, even if for different reasons (I am just interested in making the thread killable, Dave is interested on performance).",
		Kind:      Behaviour,
		Number:    "whether a task is killed within one yield interval with yields, and still alive after 5 s without",
		Supported: "both", Refuted: "otherwise",
		Where: "control", Cores: "1",
		Waits: []string{"workload control"},
	}
}
