package claims

// c14 tries every cell of a matrix of task control.
func c14() Claim {
	return Claim{
		ID:        "C14",
		Says:      `start, stop, resume, kill, wait is "quite simple"`,
		Quote:     "Of course one needs a mechanism to start/stop/resume/kill tasks, and a way to wait for a task to finish, but this is quite simple to implement if the tasks are independent.",
		Kind:      Behaviour,
		Number:    "the share of cells of the task-control matrix that work",
		Supported: "100%", Refuted: "a needed one impossible",
		Where: "control", Cores: "1",
		Waits: []string{"workload control"},
	}
}
