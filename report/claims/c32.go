package claims

import (
	"fmt"

	"github.com/nonrev/nonrev/internal/result"
)

// c32 holds the event loop against goroutines where connections mostly wait:
// the origin answers after a second. A pass is as many connections as are in
// flight.
func c32() Claim {
	return Claim{
		ID:        "C32",
		Says:      `"Event-loop based programming will continue to work fine"`,
		Quote:     "Event-loop based programming will continue to work fine as always",
		Kind:      Measured,
		Number:    "the throughput of the event loop over that of goroutines",
		Supported: "0.9 or more", Refuted: "below 0.7",
		Where: "echo with 10^3 and 10^4 mostly idle connections", Cores: "1, 2",
		Profile: "full",
		parts: func(*data, int) []part {
			var parts []part
			for _, open := range []int{1000, 10_000} {
				c := result.Cell{Workload: "echo", Set: fmt.Sprintf("delay:1000000,tasks:%d", open), InFlight: open}
				for _, n := range []int{1, 2} {
					parts = append(parts, ratio(fmt.Sprintf("%d connections on %s", open, cores(n)), rate(under(c, "eventloop", n)), rate(under(c, "goroutine", n)), atLeast(0.9), below(0.7)))
				}
			}
			return parts
		},
	}
}
