package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
)

// A madeCost is what a message is made to cost: so much each, and so much a byte, in
// ns, with its parts but the body, which is the rest.
type madeCost struct {
	model, transport, codec      string
	each, byByte                 float64
	encode, copying, wake, decod float64 // shares of the cost
	cross                        float64 // factor across two CPUs, 0: cannot exist there
	same                         float64 // factor on one CPU, 0: cannot exist there
	depth                        float64 // part of the cost that several under way cannot save
}

// madeCosts are round numbers of no machine.
var madeCosts = []madeCost{
	{"subprocess", "", "raw", 4_000, 0.3, 0, 0.5, 0.4, 0, 9, 1, 0.3},
	{"subprocess", "unix", "raw", 5_000, 0.4, 0, 0.5, 0.4, 0, 8, 1, 0.3},
	{"subprocess", "tcp", "raw", 8_000, 0.5, 0, 0.6, 0.3, 0, 6, 1, 0.4},
	{"subprocess", "ring", "raw", 3_000, 0.2, 0, 0.2, 0.7, 0, 0.1, 1, 0.1},
	{"goroutine", "channel", "", 200, 0.05, 0, 0, 0.9, 0, 2, 1, 0.9},
	{"goroutine", "buffered", "", 250, 0.05, 0, 0, 0.9, 0, 2, 1, 0.3},
	{"goroutine", "cond", "", 400, 0.05, 0, 0, 0.9, 0, 3, 1, 0.5},
	{"goroutine", "spsc", "", 300, 0.05, 0, 0, 0.8, 0, 0.4, 1, 0.1},
	{result.RawGo, "", "raw", 3_800, 0.3, 0, 0.5, 0.4, 0, 9, 1, 0.3},
	{result.RawGo, "unix", "raw", 4_600, 0.4, 0, 0.5, 0.4, 0, 8, 1, 0.3},
	{result.RawGo, "tcp", "raw", 7_500, 0.5, 0, 0.6, 0.3, 0, 6, 1, 0.4},
	{result.RawGo, "handover", "raw", 2_000, 0.15, 0, 0, 0.9, 0, 0.1, 0, 0.1},
	{result.RawGo, "futex", "raw", 2_500, 0.15, 0, 0, 0.9, 0, 3, 1, 0.5},
	{result.RawGo, "memcpy", "raw", 10, 0.1, 0, 1, 0, 0, 0, 1, 1},
	{result.RawC, "", "raw", 3_600, 0.3, 0, 0, 0, 0, 9, 1, 0.3},
}

// The sizes and depths of the made-up messages.
var (
	madeSizes  = []string{"64B", "1KiB", "64KiB", "1MiB", "16MiB"}
	madeDepths = []int{0, 4, 64}
)

// of is the time of a message, at so many bytes and so many under way.
func (m madeCost) of(factor, bytes float64, depth int) float64 {
	return m.each*factor*(m.depth+(1-m.depth)/float64(depth)) + m.byByte*bytes
}

// exchanged adds the study of messages to a file: payloads, depths, codecs,
// distributions, starts and, where they cannot exist, blanks.
func exchanged(t testing.TB, f *result.File, rounds int) *result.File {
	t.Helper()
	m, r := made{rounds: rounds}, rand.New(rand.NewPCG(11, 3))
	for _, cost := range madeCosts {
		for _, at := range []place{{result.SameCPU, 1}, {result.SameCPU, 2}, {result.TwoCPUs, 2}} {
			for _, payload := range madeSizes {
				for _, depth := range madeDepths {
					if depth > 0 && payload != "64B" && payload != "64KiB" || depth > 0 && cost.transport == "memcpy" {
						continue
					}
					c := result.Cell{Workload: result.Exchange, Payload: payload, Model: cost.model, Transport: cost.transport, Codec: cost.codec, Placement: at.placement, InFlight: depth, Cores: at.cores}
					m.message(t, f, r, c, cost)
				}
			}
		}
	}
	for i, codec := range []string{"raw", "", "gob", "protobuf", "cbor", "json"} {
		for _, c := range []result.Cell{{Set: "value:record", Payload: "1KiB"}, {Payload: "64KiB"}} {
			if codec == "raw" && c.Set != "" {
				continue
			}
			slow := float64(i)
			c.Workload, c.Model, c.Transport, c.Codec, c.Placement, c.Cores = result.Exchange, "subprocess", "unix", codec, result.SameCPU, 1
			if slices.Contains(f.Plan, c) {
				continue // raw bytes are there
			}
			m.message(t, f, r, c, madeCost{"subprocess", "unix", codec, 5_000 + 1_000*slow, 0.5 + slow, 0.05 * slow, 0.3, 0.2, 0.08 * slow, 1, 1, 1})
		}
	}
	for i, what := range []string{"goroutine", "thread", "self", "go", "c"} {
		c := result.Cell{Workload: result.Spawn, Set: what, Cores: 1}
		if what == "c" {
			f.Plan = append(f.Plan, c)
			f.Blanks = append(f.Blanks, result.Blank{Cell: c, Reason: "no C compiler"})
			continue
		}
		ns := 500 * math.Pow(20, float64(i))
		m.samples(f, r, c, func(w float64) []result.Value {
			return []result.Value{{Unit: result.WallNS, Value: ns * w}, {Unit: result.OpRate, Value: 1e9 / (ns * w)}, {Unit: result.CPUNS, Value: 0.5 * ns * w}}
		})
	}
	return f
}

// message adds the samples of an exchange cell, or why it cannot exist.
func (m made) message(t testing.TB, f *result.File, r *rand.Rand, c result.Cell, cost madeCost) {
	t.Helper()
	p := passOf(c)
	factor := map[string]float64{result.SameCPU: cost.same, result.TwoCPUs: cost.cross}[c.Placement]
	if factor == 0 {
		f.Plan = append(f.Plan, c)
		f.Blanks = append(f.Blanks, result.Blank{Cell: c, Reason: fmt.Sprintf("%s takes other CPUs", cost.transport)})
		return
	}
	first := len(f.Samples)
	m.samples(f, r, c, func(w float64) []result.Value {
		ns := cost.of(factor, size(c.Payload), p.depth) * w
		each := 1e9 / ns * float64(p.pairs())
		values := []result.Value{
			{Unit: result.WallNS, Value: ns},
			{Unit: result.OpRate, Value: each},
			{Unit: result.ByteRate, Value: each * size(c.Payload)},
			{Unit: result.CPUNS, Value: 1.5 * ns},
			{Unit: result.Switches, Value: 2},
		}
		if c.Model != result.RawC {
			values = append(values, result.Value{Unit: result.Allocs, Value: 0})
		}
		if p.depth == 1 && c.Model != result.RawC && cost.transport != "memcpy" {
			values = append(values,
				result.Value{Unit: result.EncodeNS, Value: cost.encode * ns}, result.Value{Unit: result.CopyNS, Value: cost.copying * ns},
				result.Value{Unit: result.WakeNS, Value: cost.wake * ns}, result.Value{Unit: result.DecodeNS, Value: cost.decod * ns},
				result.Value{Unit: result.BodyNS, Value: 0.9 * (1 - cost.encode - cost.copying - cost.wake - cost.decod) * ns},
				result.Value{Unit: result.MaxNS, Value: 30 * ns})
		}
		return values
	})
	if p.depth > 1 || c.Model == result.RawC || cost.transport == "memcpy" {
		return
	}
	if size(c.Payload) > 1<<16 {
		return // a histogram takes longer to make than all else of a cell
	}
	var kinds [2]string
	for i := range kinds {
		kinds[i] = latencies(t, r, cost.of(factor, size(c.Payload), 1), 1000)
	}
	for i := range f.Samples[first:] {
		s := &f.Samples[first+i]
		s.Loop, s.Latency = result.Closed, kinds[i%2]
	}
}

// overTransports adds what worker processes do over other transports than the
// pipe, to a file that such a maker made.
func overTransports(m made, f *result.File) *result.File {
	for i, transport := range []string{"unix", "tcp", "ring"} {
		cost := []float64{20_000, 40_000, 3_000}[i]
		m.cost = map[string]float64{"subprocess": cost}
		other := one(m.file(), func(c result.Cell) bool {
			return c.Model == "subprocess" && slices.Contains([]string{"fannkuch", "wordcount", "handoff"}, c.Workload)
		})
		changed(other, func(c *result.Cell) { c.Transport = transport })
		f.Plan, f.Samples = append(f.Plan, other.Plan...), append(f.Samples, other.Samples...)
	}
	return f
}
