package sweep

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// recordSet marks an exchange whose messages hold the nested record of
// recordSize instead of flat bytes.
const (
	recordSet  = "value:record"
	recordSize = "1KiB"
)

// ExchangePayloads are the sizes of flat messages: 64 B to 16 MiB by powers of 4.
func ExchangePayloads() []string {
	return []string{"64B", "256B", "1KiB", "4KiB", "16KiB", "64KiB", "256KiB", "1MiB", "4MiB", "16MiB"}
}

// ExchangeModels are between whom messages pass: two processes, two
// goroutines, or the bare mechanism in Go and in C; perf is another program's
// figure.
func ExchangeModels() []string {
	return []string{"subprocess", "goroutine", result.RawGo, result.RawC, perfModel}
}

// A way is how the messages of an exchange go.
type way struct{ model, transport, codec string }

// Mechanisms of the floor that no transport is: one CPU that copies payload
// after payload, a cache line handed over between two, a wait for a word.
const (
	memcpy   = "memcpy"
	handover = "handover"
	futex    = "futex"
)

// waysOf are the ways of models over each of their transports.
func waysOf(models ...string) []way {
	var ways []way
	for _, model := range models {
		codec := "raw"
		if model == "goroutine" {
			codec = "" // nothing is encoded
		}
		for _, transport := range runners.ExchangeTransports(model) {
			ways = append(ways, way{model, transport, codec})
		}
	}
	return ways
}

// A site is where the pairs of an exchange are, and on how many CPUs in all.
type site struct {
	placement string
	cores     int
}

// can tells whether the way can be placed so.
func (w way) can(at site) bool {
	switch w.transport {
	case memcpy:
		return at.placement == result.SameCPU
	case handover:
		return at.placement != result.SameCPU
	}
	return true
}

// cell is an exchange of flat messages. Of a pair that has one message under
// way the depth is 0, the default.
func (w way) cell(payload string, depth int, at site) result.Cell {
	return result.Cell{
		Workload: result.Exchange, Payload: payload, Model: w.model, Transport: w.transport, Codec: w.codec,
		Placement: at.placement, InFlight: depth, Cores: at.cores,
	}.Canon()
}

// cells are the exchanges of each payload at each depth at each site that the
// way can have.
func (w way) cells(payloads []string, depths []int, sites []site) []result.Cell {
	var cells []result.Cell
	for _, payload := range payloads {
		for _, depth := range depths {
			for _, at := range sites {
				if w.can(at) {
					cells = append(cells, w.cell(payload, depth, at))
				}
			}
		}
	}
	return cells
}

// sites are the placements at every count: on one CPU a pair at each, across
// two CPUs or nodes at the even ones.
func sites(cores []int) []site {
	var list []site
	for _, n := range cores {
		list = append(list, site{result.SameCPU, n})
	}
	for _, placement := range []string{result.TwoCPUs, result.TwoNodes} {
		for _, n := range cores {
			if n%2 == 0 {
				list = append(list, site{placement, n})
			}
		}
	}
	return list
}

// endSites are the sites with the fewest and the most cores of each placement.
func endSites(cores []int) []site {
	all := sites(cores)
	var list []site
	for i, at := range all {
		first := i == 0 || all[i-1].placement != at.placement
		last := i == len(all)-1 || all[i+1].placement != at.placement
		if first || last {
			list = append(list, at)
		}
	}
	return list
}

// leastSites are the sites with the fewest cores of each placement.
func leastSites(cores []int) []site {
	return slices.CompactFunc(sites(cores), func(a, b site) bool { return a.placement == b.placement })
}

// builtFloor compiles the floor in C for all cells that need it, and returns
// what removes it. Where it cannot be compiled each of those cells says why.
func builtFloor(ctx context.Context, cells []result.Cell) (remove func() error) {
	if slices.ContainsFunc(cells, func(c result.Cell) bool { return c.Model == result.RawC }) {
		if remove, err := runners.BuildFloor(ctx); err == nil {
			return remove
		}
	}
	return func() error { return nil }
}

// measureExchange measures a cell in which pairs pass messages.
func measureExchange(ctx context.Context, o order) finding {
	if o.Cell.Model == perfModel {
		return measurePerf(ctx, o)
	}
	x, err := runners.Exchange(ctx, exchangeSetup(o), o.WarmUp, o.Duration)
	if err != nil {
		return fault(err)
	}
	f := finding{Passes: int(x.Messages), Values: exchanged(o.Cell, x), Ran: x.Ran, Warm: x.Warm}
	if x.Latencies == nil || x.Latencies.TotalCount() == 0 {
		return f
	}
	f.Loop = result.Closed
	if f.Latency, err = result.EncodeLatency(x.Latencies); err != nil {
		return fault(err)
	}
	return f
}

// exchangeSetup translates a cell into what an exchange is set up for.
func exchangeSetup(o order) runners.ExchangeSetup {
	c := o.Cell
	return runners.ExchangeSetup{
		Model: c.Model, Transport: c.Transport, Codec: c.Codec, Record: c.Set == recordSet,
		Payload: payloadBytes(c), Depth: max(c.InFlight, 1), Pairs: o.Pairs, Layout: o.Layout,
	}
}

func payloadBytes(c result.Cell) int { return workloads.Params{Payload: c.Payload}.Bytes() }

// exchanged are the figures of an exchange.
func exchanged(cell result.Cell, x runners.Exchanged) []result.Value {
	v := []result.Value{
		{Unit: result.WallNS, Value: x.PerMessage},
		{Unit: result.OpRate, Value: x.Rate},
		{Unit: result.ByteRate, Value: x.Rate * float64(payloadBytes(cell))},
		{Unit: result.CPUNS, Value: x.CPU},
		{Unit: result.Switches, Value: x.Switches},
		{Unit: result.StartNS, Value: float64(x.Started)},
	}
	if x.Allocs >= 0 {
		v = append(v, result.Value{Unit: result.Allocs, Value: x.Allocs})
	}
	if x.Latencies != nil {
		v = append(v, quantiles(x.Latencies, x.Latencies.Max())...)
	}
	if x.Split {
		v = append(v,
			result.Value{Unit: result.EncodeNS, Value: x.Encode},
			result.Value{Unit: result.CopyNS, Value: x.Copy},
			result.Value{Unit: result.WakeNS, Value: x.Wake},
			result.Value{Unit: result.DecodeNS, Value: x.Decode},
			result.Value{Unit: result.BodyNS, Value: x.Body})
	}
	return v
}

// withExchange is the cell of an exchange with one factor changed.
func withExchange(cell result.Cell, key, value string) (result.Cell, error) {
	if cell.Model == perfModel {
		return cell, inapplicable("%s has no settings", cell.Model)
	}
	var err error
	switch key {
	case "payload":
		if cell.Set == recordSet {
			return cell, inapplicable("a record has one size")
		}
		cell.Payload, err = value, oneOf(key, value, ExchangePayloads())
	case "transport":
		cell.Transport, err = value, among(cell, key, value, runners.ExchangeTransports(cell.Model))
	case "codec":
		if cell.Model != "subprocess" {
			return cell, inapplicable("%s has no choice of codecs", cell.Model)
		}
		cell.Codec, err = value, oneOf(key, value, runners.Codecs())
	case "value":
		cell, err = withValue(cell, value)
	case "placement":
		cell.Placement, err = value, oneOf(key, value, []string{result.SameCPU, result.TwoCPUs, result.TwoNodes})
		if err == nil && value != result.SameCPU && cell.Cores%2 != 0 {
			err = inapplicable("%d cores are no pairs of CPUs", cell.Cores)
		}
	case "inflight":
		cell.InFlight, err = count(key, value, 1)
	default:
		return cell, inapplicable("an exchange has no %s", key)
	}
	return cell.Canon(), err
}

// withValue is the cell with flat bytes or the record as what is passed.
func withValue(cell result.Cell, value string) (result.Cell, error) {
	switch {
	case value != "record" && value != "flat":
		return cell, oneOf("value", value, []string{"flat", "record"})
	case cell.Model != "subprocess":
		return cell, inapplicable("%s passes flat bytes", cell.Model)
	case value == "record":
		cell.Set, cell.Payload = recordSet, recordSize
	default:
		cell.Set = ""
	}
	return cell, nil
}

func among(cell result.Cell, key, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return inapplicable("an exchange of model %s has no %s %q; it has %s", cell.Model, key, value, strings.Join(known, ", "))
}

func oneOf(key, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return fmt.Errorf("exchange: %s=%q is not one of %s", key, value, strings.Join(known, ", "))
}
