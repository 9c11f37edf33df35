package claims

import (
	"slices"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// c24 asks what a large message costs over a small one. The clock holds the
// hand-over alone: pages are touched outside of it, and a goroutine hands over
// ownership. A transport beside pipes counts where a file holds it.
func c24() Claim {
	return Claim{
		ID:        "C24",
		Says:      `overhead "if you need to pass a large amount of data"`,
		Quote:     "there is certainly an issue if you need to pass a large amount of data so certainly there are cases where using threads has some advantage.",
		Kind:      Measured,
		Number:    "the cost of handing over 16 MiB over that of 64 B",
		Supported: "10 or more by subprocess and 2 or less by goroutine", Refuted: "below 2 by subprocess",
		Where: "handoff by all transports; the share of communication in wordcount beside", Cores: "2",
		parts: func(d *data, _ int) []part {
			parts := []part{handingOver(result.Cell{Model: "goroutine"}, atMost(2), Side{})}
			for _, t := range d.transports() {
				parts = append(parts, handingOver(result.Cell{Model: "subprocess", Transport: t}, atLeast(10), below(2)))
			}
			return parts
		},
		beside: func(int) []part {
			c := result.Cell{Workload: "wordcount", Model: "subprocess", Cores: 2}
			return []part{{
				what:  "the share of communication in wordcount under subprocess on 2 cores",
				takes: []column{{c, result.IPCNS}, rate(c)},
				number: func(v [][]float64) scaling.Estimate {
					return scaling.Level(scaling.Combine(func(v []float64) float64 { return v[0] * v[1] / 1e9 / 2 }, v[0], v[1]))
				},
			}}
		},
	}
}

func handingOver(c result.Cell, support, refute Side) part {
	c.Workload, c.Cores = "handoff", 2
	large, small := c, c
	large.Payload, small.Payload = "16MiB", "64B"
	return ratio(doing(large), column{large, result.IPCNS}, column{small, result.IPCNS}, support, refute)
}

// transports are those between processes by which the file hands messages over:
// pipes, which every file must have, and what else there is.
func (d *data) transports() []string {
	list := []string{""}
	for _, c := range d.file.Plan {
		if c.Workload == "handoff" && !slices.Contains(list, c.Transport) {
			list = append(list, c.Transport)
		}
	}
	return list
}
