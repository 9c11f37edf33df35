package claims

import (
	"github.com/nonrev/nonrev/internal/result"
)

// c27 holds processes against the best model in one process, on the most cores
// and on every workload that has a throughput.
func c27() Claim {
	return Claim{
		ID:        "C27",
		Says:      `"the multiprocessing model will win at the end"`,
		Quote:     "so that the multiprocessing model will win at the end.",
		Kind:      Measured,
		Number:    "the share of workloads in which processes do at least 1.1 times the work of the best model in one process",
		Supported: "more than half", Refuted: "in more than half they do no more than it",
		Where: "all workloads; subprocess against goroutine, thread, eventloop, locked", Cores: "4+",
		Profile: "default",
		rule:    rule{mode: share, support: above(0.5), refute: above(0.5)},
		parts: func(_ *data, n int) []part {
			var parts []part
			for _, c := range everyWorkload() {
				if c.Workload != "control" { // which has no throughput
					parts = append(parts, againstBest(c, n))
				}
			}
			return parts
		},
	}
}

// againstBest is the throughput of processes over that of the best model in
// one process: the smallest of the ratios to all of them, so that which one is
// best need not be picked from the same data.
func againstBest(c result.Cell, n int) part {
	p := part{what: subject(c) + " on " + cores(n), takes: []column{rate(under(c, "subprocess", n))}, support: atLeast(1.1), refute: atMost(1)}
	var pairs [][2]int
	for i, m := range []string{"goroutine", "thread", "eventloop", "locked"} {
		p.takes = append(p.takes, rate(under(c, m, n)))
		pairs = append(pairs, [2]int{0, 1 + i})
	}
	p.pick(smallest, pairs)
	return p
}
