package sweep

import (
	"context"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/workloads"
)

// A bench measures several builds, the burden of one of them included, in
// every process of its cells, and says of a cell that fails why.
func TestBenchMeasuresBuilds(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(burdenVariable, "17") // of a person: must not count
	var cells []result.Cell
	for _, c := range []result.Cell{
		{Workload: "fine", Model: "serial"},
		{Workload: "fine", Model: "subprocess", Codec: "gob"},
		{Workload: "wrong", Model: "serial"},
		{Workload: "impossible", Model: "serial"},
		{Workload: "helped", Model: "serial"},
	} {
		c.Cores = 1
		cells = append(cells, c)
	}
	const steps = 5_000_000 // of a nanosecond or so each, where a task alone takes less than a microsecond
	b, err := NewBench(Options{Catalogue: faulty(), Profile: tiny(1), Log: io.Discard}, cells, Build{}, Build{Program: self})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	rates := func(build int) []float64 {
		var rates []float64
		for i, c := range cells {
			m, err := b.Measure(context.Background(), build, result.Point{Cell: c, Round: 3}, build*steps)
			if err != nil {
				t.Fatal(err)
			}
			switch c.Workload {
			case "wrong":
				if m.Failure == nil || m.Failure.Kind != wrongAnswer || m.Failure.Round != 3 {
					t.Errorf("build %d: wrong answers gave %+v", build, m)
				}
			case "impossible":
				if m.Blank == nil {
					t.Errorf("build %d: what is impossible gave %+v", build, m)
				}
			default:
				rate, ok := m.Sample.Value(result.TaskRate)
				if !ok {
					t.Errorf("build %d: %s gave %+v %+v", build, cells[i].Name(), m, m.Failure)
				}
				rates = append(rates, rate)
			}
		}
		return rates
	}
	light, heavy := rates(0), rates(1)
	for i := range light {
		if heavy[i] > light[i]/10 {
			t.Errorf("cell %d: %.0f tasks/s with the burden, %.0f without", i, heavy[i], light[i])
		}
	}
}

// A burden adds work and takes nothing away: passes keep what they can do.
func TestBurdenKeepsWhatJobsCanDo(t *testing.T) {
	for _, w := range workloads.All() {
		if w.Helper != nil {
			continue
		}
		p := workloads.Params{}
		if len(w.Grains) > 0 {
			p.Grain = w.Grains[0]
		}
		if len(w.Payloads) > 0 {
			p.Payload = w.Payloads[0]
		}
		p, err := w.Params(p)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := w.Prepare(p)
		if err != nil {
			t.Fatal(err)
		}
		heavy, err := burden(w, 1).Prepare(p)
		if err != nil {
			t.Fatal(err)
		}
		_, proves := plain.(workloads.Prover)
		if _, still := heavy.(workloads.Prover); still != proves {
			t.Errorf("%s: proves %v, burdened %v", w.Name, proves, still)
		}
		_, recycles := plain.(workloads.Recycler)
		if again := heavy.(workloads.Recycler).Recycle(heavy.Pass(0), 1); again != recycles {
			t.Errorf("%s: recycles %v, burdened %v", w.Name, recycles, again)
		}
		names := func(w workloads.Workload) (names []string) {
			for _, t := range w.Tasks {
				names = append(names, t.Name()+t.Codec())
			}
			return names
		}
		if a, b := names(w), names(burden(w, 1)); !slices.Equal(a, b) {
			t.Errorf("%s: tasks %v became %v", w.Name, a, b)
		}
	}
	paced, err := workloads.Echo().Params(workloads.Params{Knobs: map[string]int{"rate": 1000}, Helper: "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	job, err := burden(workloads.Echo(), 1).Prepare(paced)
	if err != nil {
		t.Fatal(err)
	}
	if _, open := schedule(job.Pass(0), time.Second); !open {
		t.Error("a burdened open loop is none")
	}
}
