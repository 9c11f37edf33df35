package claims

import (
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// c12 holds independent tasks against what the machine itself gains by cores.
func c12() Claim {
	return Claim{
		ID:        "C12",
		Says:      `"Parallelism is really quite trivial"`,
		Quote:     "Parallelism is really quite trivial: you just split a computation in many independent tasks which interact very little or do not interact at all (for the so-called embarrassing parallel problems) and you collect the results at the end.",
		Kind:      Measured,
		Number:    "efficiency against the machine's own ceiling",
		Supported: "0.85 or more", Refuted: "below 0.6",
		Where: "fannkuch, pi, wordcount under goroutine, thread, subprocess", Cores: "2+",
		Profile: "default",
		parts: func(d *data, n int) []part {
			var parts []part
			for _, c := range []result.Cell{fannkuch(), {Workload: "pi", Grain: "1ms"}, {Workload: "wordcount"}} {
				for _, m := range []string{"goroutine", "thread", "subprocess"} {
					parts = append(parts, againstCeiling(d, under(c, m, n)))
				}
			}
			return parts
		},
	}
}

// againstCeiling is speed-up over what the probe gains on as many cores.
func againstCeiling(d *data, c result.Cell) part {
	product := func(v []float64) float64 { return v[0] * v[1] }
	return part{
		what:    doing(c),
		takes:   []column{rate(c), rate(serial(c)), d.ceiling(c.Workload, c.Cores), d.ceiling(c.Workload, 1)},
		support: atLeast(0.85), refute: below(0.6), limit: 1,
		number: func(v [][]float64) scaling.Estimate {
			return scaling.Ratio(scaling.Combine(product, v[0], v[3]), scaling.Combine(product, v[1], v[2]))
		},
	}
}
