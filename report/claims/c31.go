package claims

import (
	"github.com/nonrev/nonrev/internal/result"
)

// c31 asks by how much the choice of a model matters where tasks are coarse or
// wait. The list is frozen: coarse CPU work and IO as every default run holds
// them. An open loop is not among them: its throughput is that of its arrivals.
func c31() Claim {
	return Claim{
		ID:        "C31",
		Says:      `the mechanism "will matter even less"`,
		Quote:     "the underlying mechanism used by the language will matter even less than it matters today.",
		Kind:      Measured,
		Number:    "the share of IO and coarse CPU work in which the best of the four headline models does at most 1.25 times the work of the worst",
		Supported: "80% or more", Refuted: "in half or more it does more than 2 times the work",
		Where: "fannkuch 1ms and 10ms, echo; goroutine, subprocess, eventloop, locked", Cores: "2+",
		Profile: "default",
		rule:    rule{mode: share, support: atLeast(0.8), refute: atLeast(0.5)},
		parts: func(_ *data, n int) []part {
			var parts []part
			for _, c := range []result.Cell{fannkuch(), {Workload: "fannkuch", Grain: "10ms"}, {Workload: "echo"}} {
				parts = append(parts, spread(c, n))
			}
			return parts
		},
	}
}

// spread is the throughput of the best headline model over that of the worst:
// the largest of all ratios between two of them.
func spread(c result.Cell, n int) part {
	p := part{what: subject(c) + " on " + cores(n), support: atMost(1.25), refute: above(2)}
	var pairs [][2]int
	for i, m := range headline() {
		p.takes = append(p.takes, rate(under(c, m, n)))
		for j := range headline() {
			if i != j {
				pairs = append(pairs, [2]int{i, j})
			}
		}
	}
	p.pick(largest, pairs)
	return p
}
