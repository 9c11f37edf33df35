package claims

// c28 runs pure Python and C extensions in threads.
func c28() Claim {
	return Claim{
		ID:        "C28",
		Says:      "the GIL hurts CPU-bound programs; C extensions can release it",
		Quote:     "the GIL affects CPU-dominated applications, and typically CPU-dominated applications such as computations are not done in pure Python, but in C-extensions which can release the GIL as they like.",
		Kind:      Measured,
		Number:    "the speed of N threads of python3 (GIL build) over serial, in pure Python, and in hashlib or zlib on large buffers",
		Supported: "1.1 or less in pure Python and 0.85 N or more in extensions", Refuted: "1.5 or more in pure Python",
		Where: "pi, python3; model gil as control", Cores: "2+",
		Waits: []string{"workload pi", "python3 cells", "model gil"},
	}
}
