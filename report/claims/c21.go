package claims

// c21 looks at what is left of an error behind a boundary.
func c21() Claim {
	return Claim{
		ID:        "C21",
		Says:      `threads re-raise "with the original traceback", processes cannot`,
		Quote:     "When working in threaded mode it is possible to re-raise the exception after the failure of task, with the original traceback.",
		Kind:      Behaviour,
		Number:    "whether error identity and failing frame survive",
		Supported: "in-process yes, across no", Refuted: "both alike",
		Where: "control", Cores: "1",
		Waits: []string{"workload control"},
	}
}
