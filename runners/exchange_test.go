package runners

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nonrev/nonrev/internal/proc"
)

// places are pairs of CPUs to exchange messages on, unbound where nothing can be.
func places(t testing.TB) map[string][][2]int {
	all, err := proc.Allowed()
	if err != nil {
		t.Fatal(err)
	}
	if !proc.CanPin {
		return map[string][][2]int{"anywhere": nil}
	}
	where := map[string][][2]int{"same": {{all[0], all[0]}}}
	if len(all) > 1 {
		where["cross"] = [][2]int{{all[0], all[1]}}
		where["two pairs"] = [][2]int{{all[0], all[0]}, {all[1], all[1]}}
	}
	return where
}

// withFloor compiles the floor in C once for the test, if that can be.
func withFloor(t *testing.T) bool {
	remove, err := BuildFloor(context.Background())
	if errors.Is(err, errors.ErrUnsupported) && os.Getenv("NONREV_REQUIRE") != "all" {
		t.Log("skipped: the floor in C: ", err)
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := remove(); err != nil {
			t.Error(err)
		}
	})
	return true
}

// TestEveryExchangeAnswers passes a few messages over everything. That no answer
// is wrong and that every message was seen is an error of the exchange; see
// TestWrongAnswersAreNoNumbers.
func TestEveryExchangeAnswers(t *testing.T) {
	withC := withFloor(t)
	for _, model := range []string{betweenProcesses, betweenGoroutines, rawGo, rawC} {
		if model == rawC && !withC {
			continue
		}
		for _, via := range ExchangeTransports(model) {
			t.Run(model+"/"+via, func(t *testing.T) {
				before := holdings(t)
				hang := time.AfterFunc(time.Minute, func() { panic("hangs") })
				defer hang.Stop()
				for where, pairs := range places(t) {
					if model == betweenGoroutines && where == "cross" {
						continue // they are where they are
					}
					for _, payload := range []int{64, 4 << 10, 1 << 20} {
						for _, depth := range []int{1, 4, 64} {
							if len(pairs) < 2 || payload == 64 {
								exchangeFew(t, where, ExchangeSetup{Model: model, Transport: via, Payload: payload, Depth: depth, Pairs: pairs})
							}
						}
					}
				}
				if after := holdings(t); !slices.Equal(before, after) {
					t.Errorf("left behind: %q where %q was before", after, before)
				}
			})
		}
	}
}

func exchangeFew(t *testing.T, where string, s ExchangeSetup) {
	if s.Model == betweenProcesses {
		s.Codec = "raw"
	}
	x, err := Exchange(context.Background(), s, time.Millisecond/4, time.Millisecond)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		if s.Depth == 1 && s.Transport != handover {
			t.Errorf("%s: %v", where, err)
		}
	case err != nil:
		t.Errorf("%s, %d bytes, depth %d: %v", where, s.Payload, s.Depth, err)
	case !plausible(s, x):
		t.Errorf("%s, %d bytes, depth %d: %+v", where, s.Payload, s.Depth, x)
	}
}

// plausible tells that what should be there is there, and that nothing else is.
func plausible(s ExchangeSetup, x Exchanged) bool {
	timed := s.Model != rawC && s.Transport != memcpy
	split := s.Depth == 1 && (s.Model == betweenProcesses || s.Model == betweenGoroutines)
	return x.Messages > 0 && x.Warm > 0 && x.PerMessage > 0 && x.Rate > 0 && x.CPU >= 0 && x.Ran > 0 && x.Started > 0 &&
		(x.Latencies != nil && x.Latencies.TotalCount() > 0) == timed && (x.Split == split || split && x.Latencies.TotalCount() <= int64(len(s.boundPairs()))) && (x.Allocs == -1) == (s.Model == rawC)
}

func TestEveryCodecCrosses(t *testing.T) {
	for _, codec := range Codecs() {
		for _, record := range []bool{false, true} {
			s := ExchangeSetup{Model: betweenProcesses, Codec: codec, Record: record, Payload: 1 << 10, Depth: 4}
			_, err := Exchange(context.Background(), s, time.Millisecond/4, time.Millisecond)
			if unsupported := errors.Is(err, errors.ErrUnsupported); err != nil && (!unsupported || codec != "raw" || !record) {
				t.Errorf("%s, record %v: %v", codec, record, err)
			}
		}
	}
}

func TestExchangesThatCannotBe(t *testing.T) {
	same := [][2]int{{0, 0}}
	for _, c := range []struct {
		setup ExchangeSetup
		blank bool // wraps ErrUnsupported
	}{
		{ExchangeSetup{Model: "pigeon", Payload: 64}, false},
		{ExchangeSetup{Model: betweenProcesses, Payload: 63}, false},
		{ExchangeSetup{Model: betweenProcesses, Payload: 64, Codec: "morse"}, false},
		{ExchangeSetup{Model: betweenProcesses, Payload: 64, Depth: 65}, true},
		{ExchangeSetup{Model: betweenProcesses, Payload: 64, Transport: "channel"}, true},
		{ExchangeSetup{Model: betweenProcesses, Payload: 64, Codec: "raw", Record: true}, true},
		{ExchangeSetup{Model: betweenGoroutines, Payload: 64, Codec: "json"}, true},
		{ExchangeSetup{Model: betweenGoroutines, Payload: 32 << 20, Depth: 64}, true},
		{ExchangeSetup{Model: rawGo, Payload: 64, Codec: "gob"}, true},
		{ExchangeSetup{Model: rawGo, Payload: 64, Transport: handover, Pairs: same}, true},
		{ExchangeSetup{Model: rawGo, Payload: 64, Transport: futex, Depth: 2}, true},
		{ExchangeSetup{Model: rawC, Payload: 64, Transport: memcpy}, true},
	} {
		_, err := Exchange(context.Background(), c.setup, 0, time.Millisecond)
		if err == nil || errors.Is(err, errors.ErrUnsupported) != c.blank {
			t.Errorf("%+v: %v", c.setup, err)
		}
	}
}

// TestExchangesAllocateNothing counts on both sides, over messages that warm
// up nothing any more.
func TestExchangesAllocateNothing(t *testing.T) {
	const messages = 5000
	for _, model := range []string{betweenProcesses, betweenGoroutines, rawGo} {
		for _, via := range ExchangeTransports(model) {
			s, err := ExchangeSetup{Model: model, Transport: via, Payload: 64, Pairs: places(t)["same"]}.settle()
			if err == nil && model == betweenProcesses {
				s.Codec = "raw"
			}
			if errors.Is(err, errors.ErrUnsupported) {
				continue // a bare hand-over needs two CPUs
			}
			x, err := newExchange(context.Background(), s)
			if err != nil {
				t.Error(err, x.close())
				continue
			}
			var ours float64
			err = x.each(func(p *pair) error {
				var failed error
				one := func() { failed = errors.Join(failed, p.send(0), second(p.receive())) }
				for _, n := range []int{10, messages} {
					ours = testing.AllocsPerRun(n, one)
					failed = errors.Join(failed, p.send(stampMark), second(p.receive()))
				}
				return errors.Join(failed, p.ask())
			})
			theirs := x.pairs[0].theirs.mallocs
			if err := errors.Join(err, x.close()); err != nil || ours != 0 || theirs > messages/100 {
				t.Errorf("%s over %s: %v allocations a message here, %d of %d there, %v", model, via, ours, theirs, messages, err)
			}
		}
	}
}

func second(_ *answer, err error) error { return err }

// Whatever overlaps, the parts of a round trip are all of it and none is negative.
func TestPartsOfARoundTripAreAllOfIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		step := func(name string) int64 { return rapid.Int64Range(0, 1000).Draw(t, name) }
		var ours, theirs moments
		ours.began = 1 + step("began")
		ours.encoded = ours.began + step("encode")
		ours.wrote = ours.encoded + step("write")
		theirs.read = ours.encoded + step("there")
		theirs.decoded = theirs.read + step("decode")
		theirs.looked = theirs.decoded + step("look")
		theirs.encoded = theirs.looked + step("answer")
		theirs.wrote = theirs.encoded + step("write back")
		ours.read = max(ours.wrote, theirs.encoded) + step("back")
		ours.decoded = ours.read + step("decode answer")
		p := partsOf(ours, theirs)
		if sum := p.encode + p.copy + p.wake + p.decode + p.body; sum != ours.decoded-ours.began {
			t.Errorf("%+v: %d in all, not %d", p, sum, ours.decoded-ours.began)
		}
		if least := min(p.encode, p.copy, p.wake, p.decode, p.body); least < 0 {
			t.Errorf("%+v", p)
		}
	})
}

// TestSplitsAreOfRoundTrips holds the split of a clocked part against its latencies.
func TestSplitsAreOfRoundTrips(t *testing.T) {
	s := ExchangeSetup{Model: betweenProcesses, Codec: "raw", Payload: 64}
	x, err := Exchange(context.Background(), s, time.Millisecond, 15*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	n := float64(x.Latencies.TotalCount())
	all := (x.Encode + x.Copy + x.Wake + x.Decode + x.Body) * (n - 1) // the last has no split
	if rest := x.Latencies.Mean()*n - all; rest < -0.001*all || rest > 1.01*float64(x.Latencies.Max())+0.001*all {
		t.Errorf("%v ns in all are split, %v are not, of %v round trips up to %d ns", all, rest, n, x.Latencies.Max())
	}
}

// TestDepthIsKept has the answers wait for a sender that is blocked in its
// writes: as many messages as can be under way, each larger than what any
// connection holds.
func TestDepthIsKept(t *testing.T) {
	eachTransport(t, func(t *testing.T, via transport) {
		s, err := ExchangeSetup{Model: betweenProcesses, Transport: via.name, Codec: "raw", Payload: 1 << 20, Depth: maxDepth}.settle()
		if err != nil {
			t.Fatal(err)
		}
		x, err := newExchange(context.Background(), s)
		if err == nil {
			err = x.each(func(p *pair) error {
				for range maxDepth {
					if err := p.send(stampTimed); err != nil { // whose answers are the longest
						return err
					}
				}
				return p.drain(0)
			})
		}
		if err := errors.Join(err, x.close()); err != nil {
			t.Error(err)
		}
	})
}

// TestProcsAreGivenBack is about the floor in Go, which alone takes more.
func TestProcsAreGivenBack(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	if _, err := Exchange(context.Background(), ExchangeSetup{Model: rawGo, Payload: 64}, 0, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if now := runtime.GOMAXPROCS(0); now != before {
		t.Errorf("%d, not %d", now, before)
	}
}

func TestWatchesLookOften(t *testing.T) {
	w := newWatch(context.Background(), clock(), time.Hour)
	w.steps, w.last = math.MaxInt32, clock()-1000*lookEvery
	if w.look(); w.steps > math.MaxInt32/900 {
		t.Errorf("%d steps after a look that came a thousand times too late", w.steps)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if w = newWatch(ctx, clock(), time.Hour); !w.look() {
		t.Error("goes on when told to end")
	}
	if w = newWatch(context.Background(), clock(), 0); !w.look() {
		t.Error("goes on when the time is over")
	}
}

func ExampleExchangeTransports() {
	fmt.Println(ExchangeTransports("rawc"))
	// Output: [pipe unix tcp handover futex]
}
