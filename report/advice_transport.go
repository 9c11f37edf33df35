package report

import (
	"slices"

	"github.com/nonrev/nonrev/internal/result"
)

// transports ranks the transports between two processes by the time of a message
// of about the payload and back, one at a time: across two CPUs, on one if the
// advice is for one. All carry the same encoding, raw bytes where the file has
// them.
func (d *dataset) transports(a *Advice) {
	placement := result.TwoCPUs
	if a.Cores == 1 {
		placement = result.SameCPU
	}
	for _, codec := range []string{"raw", ""} {
		lines := d.transportCells(placement, codec)
		payloads, most := mostCovered(lines)
		if most < 2 {
			continue
		}
		sides := around(payloads, size, float64(a.Question.Payload))
		if len(sides) == 0 {
			a.Notes = append(a.Notes, "which transport is the cheapest: messages between processes were measured from "+
				payloadName(payloads[0])+" to "+payloadName(payloads[len(payloads)-1])+", and nothing is said beyond")
			return
		}
		var all []contender
		for _, cells := range lines {
			if len(cells) == 0 {
				continue
			}
			c, reason := d.crosser(cells, sides)
			if reason != "" {
				a.Left = append(a.Left, c.name+": "+reason)
				continue
			}
			all = append(all, c)
		}
		for _, p := range sides {
			a.TransportSpots = append(a.TransportSpots, payloadName(p))
		}
		a.Transports, a.TransportVerdict = contest(all)
		a.Says = append(a.Says, a.carriage())
		return
	}
	a.Notes = append(a.Notes, "exchange, which tells the cheapest transport between processes: not in this file: run --profile ipc")
}

// transportCells are the cells of each transport that differ by payload alone.
func (d *dataset) transportCells(placement, codec string) [][]result.Cell {
	var out [][]result.Cell
	for _, transport := range []string{"", "unix", "tcp", "ring"} {
		like := exchangeCell(transport, placement)
		like.Codec = codec
		cells := slices.DeleteFunc(d.cellsLike(like), func(c result.Cell) bool { return c.Cores != like.Cores })
		out = append(out, cells)
	}
	return out
}

// mostCovered are the payloads that the most transports were measured with,
// smallest first, and how many these are.
func mostCovered(lines [][]result.Cell) (payloads []string, most int) {
	counts := map[string]int{}
	for _, cells := range lines {
		for _, c := range cells {
			counts[c.Payload]++
			most = max(most, counts[c.Payload])
		}
	}
	for _, cells := range lines {
		for _, c := range cells {
			if counts[c.Payload] == most && !slices.Contains(payloads, c.Payload) {
				payloads = append(payloads, c.Payload)
			}
		}
	}
	return payloads, most
}

// crosser is a transport at some payloads, or why one of them gave no number.
func (d *dataset) crosser(cells []result.Cell, payloads []string) (contender, string) {
	c := contender{name: transportName(cells[0])}
	for _, p := range payloads {
		cell := cells[0]
		cell.Payload = p
		if reason := d.absence(cell, result.WallNS); reason != "" {
			return c, payloadName(p) + ": " + reason
		}
		c.cells = append(c.cells, cell)
		c.times = append(c.times, d.column(cell, result.WallNS))
	}
	return c, ""
}
