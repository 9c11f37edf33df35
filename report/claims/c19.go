package claims

import (
	"github.com/nonrev/nonrev/internal/result"
)

// c19 holds an event loop a core against one. That the one loop gains nothing
// from cores is the control.
func c19() Claim {
	return Claim{
		ID:        "C19",
		Says:      `"the asynchronous approach is single-core"`,
		Quote:     "the asynchronous approach is single-core;",
		Kind:      Measured,
		Number:    "the throughput of an event loop on every core over that of one loop",
		Supported: "1.1 or less", Refuted: "1.5 or more",
		Where: "fannkuch, echo under prefork and eventloop", Cores: "3+",
		Profile: "default",
		parts: func(_ *data, n int) []part {
			var parts []part
			for _, c := range []result.Cell{fannkuch(), {Workload: "echo"}} {
				parts = append(parts, ratio(subject(c)+" on "+cores(n), rate(under(c, "prefork", n)), rate(under(c, "eventloop", n)), atMost(1.1), atLeast(1.5)))
			}
			return parts
		},
		beside: func(n int) []part {
			one, many := under(fannkuch(), "eventloop", 1), under(fannkuch(), "eventloop", n)
			return []part{ratio("the throughput of one event loop in "+subject(one)+" on "+cores(n)+" over that on one", rate(many), rate(one), Side{}, Side{})}
		},
	}
}
