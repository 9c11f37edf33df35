package sweep

import (
	"context"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
	server "github.com/nonrev/nonrev/workloads/helper"
)

// measureEcho measures an echo of 50 connections a pass on an origin here.
func measureEcho(t *testing.T, origin *server.Origin, cell result.Cell, warmUp, duration time.Duration) finding {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- origin.Serve(ctx, func(a string) { address <- a }) }()
	cell.Workload, cell.Set, cell.Cores = "other", "tasks:50"+cell.Set, 1
	c := Catalogue{Models: runners.All(), Workloads: []workloads.Workload{workloads.EchoWith("other", nil)}}
	f := c.measureCell(context.Background(), order{place: place{Width: 1, Helper: <-address}, Cell: cell, WarmUp: warmUp, Duration: duration})
	cancel()
	if err := <-ended; err != nil || f.Kind+f.Blank != "" {
		t.Fatalf("%s: %+v, origin: %v", cell.Model, f, err)
	}
	return f
}

// latencies is how many were timed, and how many of them took so long.
func latencies(t *testing.T, f finding, long time.Duration) (all, slow int64) {
	t.Helper()
	h, err := result.Sample{Latency: f.Latency}.Histogram()
	if err != nil || h == nil {
		t.Fatalf("no histogram: %v", err)
	}
	for _, bar := range h.Distribution() {
		all += bar.Count
		if bar.From >= int64(long) {
			slow += bar.Count
		}
	}
	return all, slow
}

func TestAClosedLoopSaysSo(t *testing.T) {
	f := measureEcho(t, server.NewOrigin(server.Constant(0)), result.Cell{Model: "goroutine"}, time.Millisecond, time.Millisecond)
	if all, _ := latencies(t, f, 0); f.Loop != result.Closed || all != int64(50*f.Passes) {
		t.Errorf("loop %q with %d latencies of %d passes", f.Loop, all, f.Passes)
	}
}

// TestAnOpenLoopShowsAStall has an origin stand still for 200 ms when the
// sample's hundredth request arrives. At 2000 a second about 200 more come in
// the first half of that, and none of them is answered within 100 ms of when it
// was due: a busy machine only makes more of them slow.
func TestAnOpenLoopShowsAStall(t *testing.T) {
	const pause = 200 * time.Millisecond
	for _, model := range []string{"serial", "goroutine", "eventloop"} {
		const warm = 50 // one pass
		origin := server.NewOrigin(server.Constant(0))
		origin.Stall = func(n int64) time.Duration {
			if n == warm+100 {
				return pause
			}
			return 0
		}
		f := measureEcho(t, origin, result.Cell{Model: model, Set: ",rate:2000"}, time.Nanosecond, pause)
		all, slow := latencies(t, f, pause/2)
		if f.Loop != result.Open || f.Warm != 1 || f.Passes < 4 || all != int64(50*f.Passes) {
			t.Errorf("%s: loop %q, %d latencies of %d passes after %d", model, f.Loop, all, f.Passes, f.Warm)
		}
		if slow < 100 {
			t.Errorf("%s: %d of %d requests were slow", model, slow, all)
		}
	}
}

func TestRequestsThatPileUpAreAWarning(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name                    string
		open                    bool
		arrivals, wall, soonest time.Duration
		piled                   bool
	}{
		{"kept up", true, 100 * ms, 103 * ms, 2 * ms, false},
		{"faster than they were answered", true, 100 * ms, 500 * ms, 2 * ms, true},
		{"served longer than they came", true, 100 * ms, 700 * ms, 500 * ms, false},
		{"closed loop", false, 0, 100 * ms, 2 * ms, false},
	} {
		m := measurement{open: c.open, arrivals: c.arrivals, total: totals{wall: c.wall, latencies: result.NewHistogram()}}
		if err := m.total.latencies.RecordValue(int64(c.soonest)); err != nil {
			t.Fatal(err)
		}
		if w := m.backlog(); (len(w) == 1) != c.piled {
			t.Errorf("%s: %v", c.name, w)
		}
	}
}
