package result

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestStepsAreThoseOfTheHistogram(t *testing.T) {
	var r Steps
	random := rand.New(rand.NewPCG(3, 3))
	for n := range 40 {
		h := NewHistogram()
		for range 1 + n*n {
			if err := h.RecordValue(int64(math.Exp(random.Float64() * math.Log(float64(highestLatency))))); err != nil {
				t.Fatal(err)
			}
		}
		text, err := EncodeLatency(h)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Of(Sample{Latency: text})
		if err != nil {
			t.Fatal(err)
		}
		var want []Step
		for _, bar := range h.Distribution() {
			if bar.Count > 0 {
				want = append(want, Step{bar.To, bar.Count})
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%d latencies: steps %v, want %v", 1+n*n, got, want)
		}
	}
}

func TestStepsRefuseWhatIsNoHistogram(t *testing.T) {
	var r Steps
	if got, err := r.Of(Sample{}); got != nil || err != nil {
		t.Errorf("of a sample without latencies: %v, %v", got, err)
	}
	_, err := r.Of(Sample{Cell: Cell{Workload: "echo", Model: Serial, Cores: 1}, Round: 4, Latency: "bm90IG9uZQ=="})
	if err == nil || !strings.Contains(err.Error(), "Echo/model=serial-1 in round 4") {
		t.Errorf("error %v, want one with cell and round", err)
	}
}
