package claims

import (
	"github.com/nonrev/nonrev/internal/result"
)

// c07 holds spawning goroutines and collecting by a channel against a queue and
// a table of results under a mutex. That user code has no lock is tested where
// the workloads are: none may import sync or use a channel.
func c07() Claim {
	return Claim{
		ID:        "C07",
		Says:      `"spawning ... and collecting the results in a queue", "no explicit locks"`,
		Quote:     "the simple pattern of spawning a bunch of independent threads and collecting the results in a queue is everything one needs to know. There are no explicit locks involved",
		Kind:      Measured,
		Number:    "the time of spawn-and-collect over that of the hand-locked version",
		Supported: "1.1 or less", Refuted: "above 1.25",
		Where: "fannkuch, wordcount; goroutine against locked", Cores: "2+",
		Profile: "default",
		parts: func(_ *data, n int) []part {
			var parts []part
			for _, c := range []result.Cell{fannkuch(), {Workload: "wordcount"}} {
				parts = append(parts, ratio(subject(c)+" on "+cores(n), rate(under(c, "locked", n)), rate(under(c, "goroutine", n)), atMost(1.1), above(1.25)))
			}
			return parts
		},
	}
}
