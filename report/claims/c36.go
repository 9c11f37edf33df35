package claims

// c36 is a fact check: nothing is measured.
func c36() Claim {
	return Claim{
		ID:     "C36",
		Says:   "all modern languages converge on message passing",
		Quote:  "At the moment I would say that all modern languages (including Python) are converging towards some form of message passing concurrency model",
		Kind:   Fact,
		Number: "what languages offer",
		Where:  "-",
		Found: "Go and Erlang are made for messages and Rust's library has channels; Java's virtual threads (JEP 444, Java 21) leave its model, " +
			"threads that share memory, as it is, and async/await (PEP 492, Python 3.5) is tasks on a loop, not messages.",
		Date: "2026-11-25",
		Sources: []string{
			"https://go.dev/doc/effective_go#sharing", "https://www.erlang.org/docs/28/system/conc_prog.html",
			"https://doc.rust-lang.org/book/ch16-02-message-passing.html", "https://openjdk.org/jeps/444", "https://peps.python.org/pep-0492/",
		},
	}
}
