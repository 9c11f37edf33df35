package runners_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/runners"
)

// floorCases pair what processes exchange with the bare mechanism under it.
var floorCases = []struct {
	transport, floor string
	cpus             int
	payload, depth   int
	goal             float64 // of the time of ours over that of the floor in Go
	goalC            float64 // likewise in C; 0: there is none
}{
	{"pipe", "pipe", 1, 64, 1, 1.10, 1.15},
	{"pipe", "pipe", 2, 64, 1, 1.10, 1.15},
	{"unix", "unix", 1, 64, 1, 1.10, 1.15},
	{"unix", "unix", 2, 64, 1, 1.10, 1.15},
	{"tcp", "tcp", 1, 64, 1, 1.10, 1.15},
	{"ring", "futex", 1, 64, 1, 1.15, 1.15},
	{"ring", "handover", 2, 64, 1, 1.5, 1.5},
	{"ring", "memcpy", 2, 64 << 10, 16, 1 / 0.8, 0},
	{"pipe", "pipe", 1, 64 << 10, 16, 1.10, 1.15},
	{"unix", "unix", 1, 64 << 10, 16, 1.10, 1.15},
}

const (
	floorTurns = 40
	floorWarm  = 5 * time.Millisecond
	floorTurn  = 30 * time.Millisecond // of which two thirds give the rate
)

// BenchmarkFloor prints what a message between two processes takes over what
// the bare mechanism takes, measured in turns, with the 95% interval of the
// ratio and the goal. Nothing here can fail a build.
func BenchmarkFloor(b *testing.B) {
	all, err := proc.Allowed()
	if err != nil || !proc.CanPin {
		b.Skip("skipped: no CPUs to bind to")
	}
	remove, err := runners.BuildFloor(context.Background())
	if err == nil {
		defer remove()
	} else if !errors.Is(err, errors.ErrUnsupported) {
		b.Fatal(err)
	}
	for _, c := range floorCases {
		if c.cpus > len(all) {
			continue
		}
		pair := [2]int{all[0], all[c.cpus-1]}
		ours := runners.ExchangeSetup{Model: "subprocess", Transport: c.transport, Codec: "raw", Payload: c.payload, Depth: c.depth, Pairs: [][2]int{pair}}
		floor := ours
		floor.Model, floor.Transport, floor.Codec = "rawgo", c.floor, ""
		for i, goal := range []float64{c.goal, c.goalC} {
			model := []string{"rawgo", "rawc"}[i]
			floor.Model = model
			if goal == 0 || model == "rawc" && remove == nil {
				continue
			}
			b.Run(fmt.Sprintf("transport=%s/floor=%s-%s/cpus=%d/payload=%d/inflight=%d", c.transport, model, c.floor, c.cpus, c.payload, c.depth), func(b *testing.B) {
				againstFloor(b, ours, floor, goal)
			})
		}
	}
}

// againstFloor has two exchanges take turns. Beside the ratio of their times is
// that of the CPU they used, on which other processes of the machine have less
// influence where both sides are on one CPU.
func againstFloor(b *testing.B, ours, floor runners.ExchangeSetup, goal float64) {
	var ns, cpu [2][]float64
	for n := range floorTurns {
		for i := range 2 {
			i = (i + n) % 2
			x, err := runners.Exchange(context.Background(), []runners.ExchangeSetup{ours, floor}[i], floorWarm, floorTurn)
			if err != nil {
				b.Fatal(err)
			}
			ns[i], cpu[i] = append(ns[i], x.PerMessage), append(cpu[i], x.CPU)
		}
	}
	ratio := scaling.Ratio(ns[0], ns[1])
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ratio.Value, "ratio")
	b.ReportMetric(ratio.Low, "ratio-low")
	b.ReportMetric(ratio.High, "ratio-high")
	b.ReportMetric(scaling.Ratio(cpu[0], cpu[1]).Value, "cpu-ratio")
	b.ReportMetric(goal, "goal")
	b.ReportMetric(scaling.Level(ns[0]).Value, "ours-ns")
	b.ReportMetric(scaling.Level(ns[1]).Value, "floor-ns")
}
