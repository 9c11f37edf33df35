package claims

import (
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// c24 asks what handing over a large message costs over a small one. Its cells
// are pairs that hand over and do nothing else, across two CPUs: they have
// clocks at every size, where handoff under a crew has none at 64 B, since tasks
// below 10 us are not timed one by one. What they time apart is what the claim
// asks for: encoding, copying, waking and decoding of a message and of the word
// that answers it. The look at every page of it stays outside, plain bytes are
// not encoded, and a goroutine hands over ownership.
func c24() Claim {
	return Claim{
		ID:        "C24",
		Says:      `overhead "if you need to pass a large amount of data"`,
		Quote:     "there is certainly an issue if you need to pass a large amount of data so certainly there are cases where using threads has some advantage.",
		Kind:      Measured,
		Number:    "the cost of handing over 16 MiB over that of 64 B",
		Supported: "10 or more by subprocess and 2 or less by goroutine", Refuted: "below 2 by subprocess",
		Where: "exchange across two CPUs: subprocess over every transport, goroutine over a channel; processes over goroutines and the share of communication in wordcount beside", Cores: "2",
		Profile: "ipc",
		Later:   "those of handoff, named first, have no clocks at 64 B; the thresholds are older than any measurement",
		parts: func(*data, int) []part {
			parts := []part{handingOver("goroutine", "channel", atMost(2), Side{})}
			for _, transport := range []string{"pipe", "unix", "tcp", "ring"} {
				parts = append(parts, handingOver("subprocess", transport, atLeast(10), below(2)))
			}
			return parts
		},
		beside: func(int) []part {
			return []part{
				dearer("the cost of handing over 16 MiB between processes over a pipe, over that between goroutines over a channel", message("subprocess", "pipe", "16MiB"), message("goroutine", "channel", "16MiB"), Side{}, Side{}),
				communicationOf(result.Cell{Workload: "wordcount", Model: "subprocess", Cores: 2}),
			}
		},
	}
}

// message is a pair across two CPUs that passes plain bytes.
func message(model, transport, payload string) result.Cell {
	c := result.Cell{Workload: result.Exchange, Payload: payload, Model: model, Transport: transport, Placement: result.TwoCPUs, Cores: 2}
	if model == "subprocess" { // between goroutines nothing is encoded
		c.Codec = "raw"
	}
	return c.Canon()
}

func handingOver(model, transport string, support, refute Side) part {
	return dearer(model+" over "+transport, message(model, transport, "16MiB"), message(model, transport, "64B"), support, refute)
}

// dearer holds the communication of one pair against that of another.
func dearer(what string, pair, other result.Cell, support, refute Side) part {
	units := []string{result.EncodeNS, result.CopyNS, result.WakeNS, result.DecodeNS}
	p := part{what: what, support: support, refute: refute}
	for _, c := range []result.Cell{pair, other} {
		for _, unit := range units {
			p.takes = append(p.takes, column{c, unit})
		}
	}
	sum := func(v []float64) float64 { return v[0] + v[1] + v[2] + v[3] }
	p.number = func(v [][]float64) scaling.Estimate {
		return scaling.Ratio(scaling.Combine(sum, v[:4]...), scaling.Combine(sum, v[4:]...))
	}
	return p
}

// communicationOf is the share of its cores' time that a cell communicates.
func communicationOf(c result.Cell) part {
	share := func(v []float64) float64 { return v[0] * v[1] / 1e9 / float64(c.Cores) }
	return part{
		what:  "the share of the cores' time that communication takes in " + doing(c),
		takes: []column{{c, result.IPCNS}, rate(c)},
		number: func(v [][]float64) scaling.Estimate {
			return scaling.Level(scaling.Combine(share, v[0], v[1]))
		},
	}
}
