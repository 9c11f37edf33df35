package claims

import (
	"slices"

	"github.com/nonrev/nonrev/internal/result"
)

// Coming lists what claims wait for because there is none of it yet. Whoever
// adds one takes its line off: then the claims whose function is written are
// judged with it, and those that are not need theirs.
func Coming() []string {
	return []string{
		"workload pi", "workload graph", "workload bank", "workload santa", "workload ring", "workload buffer", "workload web", "workload control",
		"model thread", "model prefork", "model gil",
		"state shard", "state stm", "state actor",
		"mail csp", "mail mailbox",
		"setting hog of echo", "setting block of echo", "setting mix of echo",
		"offload", "io uring",
		"PostgreSQL cells",
		"the executor suite", "the serialisation matrix", "the mutation test", "the test of hidden concurrency", "the hand-written versions",
		"a recorded check under the race detector",
	}
}

// coming returns what a cell waits for: its workload, its model or its guard of
// shared cells, if there is none yet and the file knows of none either.
func (d *data) coming(c result.Cell) []string {
	return slices.DeleteFunc(kinds(c), func(name string) bool { return !slices.Contains(Coming(), name) || d.there[name] })
}

// kinds are the names by which a cell's parts may be listed as coming. What a
// cell of the machine calls its model is none of ours.
func kinds(c result.Cell) []string {
	if c.OfMachine() {
		return []string{"workload " + c.Workload}
	}
	return []string{"workload " + c.Workload, "model " + c.Model, "state " + c.State}
}
