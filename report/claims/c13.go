package claims

import (
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// c13 sets what shared updates lose against what independent tasks lose. Where
// no model is named it is the headline models that use more than one core.
func c13() Claim {
	return Claim{
		ID:        "C13",
		Says:      `"Concurrent updates are the key aspects in concurrency"`,
		Quote:     "Concurrent updates are the key aspects in concurrency.",
		Kind:      Measured,
		Number:    "the efficiency of fannkuch less that of shared updates",
		Supported: "0.3 or more with think times of 1 us and of 100 us", Refuted: "0.05 or less with both",
		Where: "fannkuch, counter, bank under goroutine, subprocess, locked", Cores: "4+",
		Profile: "full",
		rule:    rule{mode: both},
		parts: func(_ *data, n int) []part {
			var parts []part
			for _, workload := range []string{"counter", "bank"} {
				for _, think := range []string{"", "think:100"} {
					for _, m := range []string{"goroutine", "subprocess", "locked"} {
						parts = append(parts, lost(under(fannkuch(), m, n), under(result.Cell{Workload: workload, Set: think}, m, n)))
					}
				}
			}
			return parts
		},
	}
}

// lost is the efficiency of one cell less that of another.
func lost(free, shared result.Cell) part {
	efficiency := func(v []float64) float64 { return v[0] / v[1] / float64(free.Cores) }
	return part{
		what:    doing(shared),
		takes:   []column{rate(free), rate(serial(free)), rate(shared), rate(serial(shared))},
		support: atLeast(0.3), refute: atMost(0.05),
		number: func(v [][]float64) scaling.Estimate {
			return scaling.Diff(scaling.Combine(efficiency, v[0], v[1]), scaling.Combine(efficiency, v[2], v[3]))
		},
	}
}
