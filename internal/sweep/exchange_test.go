package sweep

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/runners"
)

// exchanging are the options of a run of these cells alone.
func exchanging(t *testing.T, rounds int, cells ...result.Cell) Options {
	t.Helper()
	o := options(t, rounds, "fine")
	o.Profile = o.Profile.Of(cells...)
	o.Profile.closed = true
	o.Selection.Cores = nil
	return o
}

func TestExchangeIsMeasured(t *testing.T) {
	trip := way{"subprocess", "pipe", "raw"}.cell("64B", 0, site{result.SameCPU, 1})
	deep := way{"subprocess", "unix", "raw"}.cell("4KiB", 4, site{result.SameCPU, 1})
	o := exchanging(t, 1, trip, deep)
	f := mustRun(t, o)
	if len(f.Failures) > 0 || len(f.Blanks) > 0 || len(planned(f)) != 2 {
		t.Fatalf("%d samples, failures %+v, blanks %+v", len(f.Samples), f.Failures, f.Blanks)
	}
	for _, s := range planned(f) {
		var units []string
		for _, v := range s.Values {
			units = append(units, v.Unit)
		}
		for _, unit := range []string{result.WallNS, result.OpRate, result.ByteRate, result.CPUNS, result.Allocs, result.StartNS, result.P50NS, result.MaxNS} {
			if !slices.Contains(units, unit) {
				t.Errorf("%s: no %s among %v", s.Cell.Name(), unit, units)
			}
		}
		if split := slices.Contains(units, result.CopyNS); split != (s.Cell == trip) {
			t.Errorf("%s: split %v; only at depth 1 there is one", s.Cell.Name(), split)
		}
		if h, err := s.Histogram(); err != nil || h == nil || s.Loop != result.Closed || s.Warm < 1 || s.Passes < 1 {
			t.Errorf("%s: histogram %v, %v, loop %q, %d warm, %d passes", s.Cell.Name(), h, err, s.Loop, s.Warm, s.Passes)
		}
	}
	o.Resume = true
	if again := mustRun(t, o); len(again.Samples) != len(f.Samples) {
		t.Errorf("resuming a complete run makes %d samples of %d", len(again.Samples), len(f.Samples))
	}
}

// What cannot be is blank, with the reason of whoever knows it.
func TestExchangesThatCannotBeAreBlank(t *testing.T) {
	m, err := ThisMachine()
	if err != nil {
		t.Fatal(err)
	}
	if !m.Pinned {
		t.Skip("skipped: nothing can be bound here")
	}
	deep := way{"subprocess", "pipe", "raw"}.cell("64B", 1000, site{result.SameCPU, 1})
	wide := way{"subprocess", "pipe", "raw"}.cell("64B", 0, site{result.SameCPU, 100_000})
	record := way{"subprocess", "pipe", "raw"}.cell(recordSize, 0, site{result.SameCPU, 1})
	record.Set = recordSet
	f := mustRun(t, exchanging(t, 2, deep, wide, record))
	why := map[result.Cell]string{}
	for _, b := range f.Blanks {
		why[b.Cell] = b.Reason
	}
	for cell, want := range map[result.Cell]string{deep: "1000 messages under way", wide: "this machine has CPUs for", record: "a record has none"} {
		if !strings.Contains(why[cell], want) {
			t.Errorf("%s: blank %q, want %q", cell.Name(), why[cell], want)
		}
	}
	if len(f.Samples) > 0 || len(f.Failures) > 0 {
		t.Errorf("%d samples, failures %+v", len(f.Samples), f.Failures)
	}
}

func TestExchangeOfAnUnknownModelFails(t *testing.T) {
	f := measureExchange(t.Context(), order{Cell: result.Cell{Workload: result.Exchange, Payload: "64B", Model: "quantum"}})
	if f.Kind != otherError || !strings.Contains(f.Text, "quantum") {
		t.Errorf("%+v", f)
	}
}

func TestWrongAnswerOfAnExchangeIsOne(t *testing.T) {
	if f := fault(fmt.Errorf("pair 1: %w: 3 instead of 4", runners.ErrWrong)); f.Kind != wrongAnswer {
		t.Errorf("%+v", f)
	}
}

func TestFiguresOfAnExchange(t *testing.T) {
	h := result.NewHistogram()
	for i := range 100 {
		if err := h.RecordValue(int64(1000 + i)); err != nil {
			t.Fatal(err)
		}
	}
	x := runners.Exchanged{
		Messages: 10, PerMessage: 2000, Rate: 1e6, Allocs: 0, CPU: 3000, Switches: 2, Latencies: h, Started: time.Millisecond,
		Split: true, Encode: 1, Copy: 2, Wake: 3, Decode: 4, Body: 5,
	}
	cell := result.Cell{Workload: result.Exchange, Payload: "1KiB"}
	want := map[string]float64{
		result.WallNS: 2000, result.OpRate: 1e6, result.ByteRate: 1024e6, result.CPUNS: 3000, result.Switches: 2, result.Allocs: 0, result.StartNS: 1e6,
		result.P50NS: 1049, result.P90NS: 1089, result.P99NS: 1098, result.MaxNS: 1099,
		result.EncodeNS: 1, result.CopyNS: 2, result.WakeNS: 3, result.DecodeNS: 4, result.BodyNS: 5,
	}
	got := exchanged(cell, x)
	for _, v := range got {
		if v.Value != want[v.Unit] {
			t.Errorf("%v %s, want %v", v.Value, v.Unit, want[v.Unit])
		}
	}
	if len(got) != len(want) {
		t.Errorf("figures %v", got)
	}
	x.Allocs, x.Latencies, x.Split = -1, nil, false // as of a floor in C
	for _, v := range exchanged(cell, x) {
		if slices.Contains([]string{result.Allocs, result.P50NS, result.MaxNS, result.CopyNS}, v.Unit) {
			t.Errorf("%v %s that was not measured", v.Value, v.Unit)
		}
	}
}

func TestExchangeSetup(t *testing.T) {
	o := order{Pairs: [][2]int{{0, 1}}, Cell: result.Cell{
		Workload: result.Exchange, Set: recordSet, Payload: recordSize, Model: "subprocess", Transport: "unix", Codec: "gob", InFlight: 4,
	}}
	s := exchangeSetup(o)
	if s.Model != "subprocess" || s.Transport != "unix" || s.Codec != "gob" || !s.Record || s.Payload != 1024 || s.Depth != 4 || len(s.Pairs) != 1 {
		t.Errorf("%+v", s)
	}
	o.Cell.Set, o.Cell.InFlight = "", 0
	if s := exchangeSetup(o); s.Record || s.Depth != 1 {
		t.Errorf("%+v", s)
	}
}

func TestExchangesAreSelectedAndChanged(t *testing.T) {
	p, err := FindProfile("ipc")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		models []string
		set    []string
		want   string
	}{
		{[]string{"subprocess"}, []string{"value=flat", "payload=64B", "inflight=1", "transport=ring", "codec=raw", "placement=same"}, "[Exchange/payload=64B/model=subprocess/transport=ring/codec=raw/placement=same-1]"},
		{[]string{"subprocess"}, []string{"inflight=1", "transport=pipe", "codec=binary", "codec=gob", "value=record"}, "[Exchange/set=value:record/payload=1KiB/model=subprocess/placement=same-1 Exchange/set=value:record/payload=1KiB/model=subprocess/codec=gob/placement=same-1]"},
		{[]string{"goroutine"}, []string{"payload=64B", "transport=channel", "inflight=8"}, "[Exchange/payload=64B/model=goroutine/transport=channel/placement=same/inflight=8-1]"},
		{[]string{"perf"}, nil, "[Exchange/payload=4B/model=perf/codec=raw/placement=same-1 Exchange/set=bench:messaging/payload=100B/model=perf/transport=unix/codec=raw-1]"},
	} {
		cells, err := Selection{Workloads: []string{"exchange"}, Models: c.models, Set: c.set}.apply(everything(), p, []int{1})
		var names []string
		for _, cell := range cells {
			if cell.Workload != result.Probe {
				names = append(names, cell.Name())
			}
		}
		if got := fmt.Sprint(names); got != c.want || err != nil {
			t.Errorf("%v, --set %v: %s, %v; want %s", c.models, c.set, got, err, c.want)
		}
	}
}

func TestExchangeSettingsNameWhatIsWrong(t *testing.T) {
	p, err := FindProfile("ipc")
	if err != nil {
		t.Fatal(err)
	}
	for set, want := range map[string]string{
		"payload=7B":      `payload="7B" is not one of 64B, 256B`,
		"codec=morse":     `codec="morse" is not one of raw, binary`,
		"transport=horse": `no transport "horse"; it has pipe`,
		"placement=mars":  `placement="mars" is not one of same, cross, nodes`,
		"placement=cross": "1 cores are no pairs of CPUs",
		"value=gold":      `value="gold" is not one of flat, record`,
		"inflight=0":      "number of 1 or more",
		"state=lock":      "an exchange has no state",
	} {
		s := Selection{Workloads: []string{"exchange"}, Models: []string{"subprocess"}, Set: []string{set}}
		if _, err := s.apply(everything(), p, []int{1}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--set %s: %v, want %q", set, err, want)
		}
	}
}

func TestStartIsMeasured(t *testing.T) {
	o := exchanging(t, 1, result.Cell{Workload: result.Spawn, Set: "goroutine", Cores: 1}, result.Cell{Workload: result.Spawn, Set: "self", Cores: 1})
	f := mustRun(t, o)
	if len(planned(f)) != 2 || len(f.Failures) > 0 {
		t.Fatalf("%d samples, failures %+v", len(f.Samples), f.Failures)
	}
	for _, s := range f.Samples {
		for _, unit := range []string{result.WallNS, result.OpRate, result.CPUNS} {
			if v, _ := s.Value(unit); !(v > 0) {
				t.Errorf("%s: %v %s", s.Cell.Name(), v, unit)
			}
		}
	}
	if f := measureSpawn(t.Context(), order{Cell: result.Cell{Workload: result.Spawn, Set: "moon"}}); f.Kind != otherError {
		t.Errorf("a start of nothing that is known: %+v", f)
	}
}

func TestStartsAreSelectedByNameOrWithoutModels(t *testing.T) {
	start := result.Cell{Workload: result.Spawn, Set: "self", Cores: 1}
	for _, c := range []struct {
		s    Selection
		want bool
	}{
		{Selection{}, true},
		{Selection{Models: []string{"serial"}}, false},
		{Selection{Workloads: []string{"spawn"}, Models: []string{"serial"}}, true},
		{Selection{Workloads: []string{"fannkuch"}}, false},
	} {
		if got := c.s.keeps(start); got != c.want {
			t.Errorf("%+v: kept %v", c.s, got)
		}
	}
}

func TestAWorkloadCannotHaveANameOfOurs(t *testing.T) {
	for _, name := range []string{result.Exchange, result.Spawn, result.Probe} {
		c := everything()
		c.Workloads = append(c.Workloads, doubling(name, func() error { return nil }))
		p, err := FindProfile("smoke")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (Selection{}).apply(c, p, []int{1}); err == nil || !strings.Contains(err.Error(), "rename it") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every transport of both models is there at all payloads, on the fewest and
// the most cores of each placement.
func TestIPCProfileHasEveryTransportAtEveryPayload(t *testing.T) {
	p, err := FindProfile("ipc")
	if err != nil {
		t.Fatal(err)
	}
	cells := p.Cells(everything(), CoreList(4))
	has := func(c result.Cell) {
		t.Helper()
		if !slices.Contains(cells, c.Canon()) {
			t.Errorf("no %s", c.Name())
		}
	}
	for _, w := range waysOf(studied...) {
		for _, payload := range ExchangePayloads() {
			for _, at := range []site{{result.SameCPU, 1}, {result.SameCPU, 4}, {result.TwoCPUs, 2}, {result.TwoCPUs, 4}} {
				has(w.cell(payload, 0, at))
			}
		}
		for _, depth := range depths {
			has(w.cell("64B", depth, site{result.SameCPU, 1}))
			has(w.cell("64KiB", depth, site{result.TwoCPUs, 2}))
		}
	}
	for _, codec := range runners.Codecs() {
		has(way{"subprocess", "pipe", codec}.cell("64KiB", 0, site{result.SameCPU, 1}))
	}
	has(result.Cell{Workload: "wordcount", Model: "subprocess", Transport: "ring", Cores: 3})
	has(result.Cell{Workload: "handoff", Payload: "1MiB", Model: "locked", Cores: 4})
	for _, w := range waysOf(result.RawGo, result.RawC) {
		if !slices.ContainsFunc(cells, func(c result.Cell) bool {
			return c.Model == w.model && c.Transport == w.cell("64B", 0, site{}).Transport
		}) {
			t.Errorf("no floor %v", w)
		}
	}
}

func TestPerfIsReadAndMissed(t *testing.T) {
	const said = "# Running 'sched/pipe' benchmark:\n# Executed 20000 pipe operations between two processes\n\n" +
		"     Total time: 0.152 [sec]\n\n       7.606100 usecs/op\n         131473 ops/sec\n"
	if ns, err := readPerf(said, perfEach, 1e3); math.Abs(ns-7606.1) > 1e-6 || err != nil {
		t.Errorf("%v ns, %v", ns, err)
	}
	if ns, err := readPerf(said, perfTotal, 1e9); math.Abs(ns-0.152e9) > 1e-3 || err != nil {
		t.Errorf("%v ns in all, %v", ns, err)
	}
	for _, bad := range []string{"", "0.000000 usecs/op\n", "many usecs/op\n"} {
		if ns, err := readPerf(bad, perfEach, 1e3); err == nil {
			t.Errorf("%q is read as %v ns", bad, ns)
		}
	}
	t.Setenv("PATH", t.TempDir())
	if f := measurePerf(t.Context(), order{}); !strings.Contains(f.Blank, "perf is not installed") {
		t.Errorf("without perf: %+v", f)
	}
}

func TestCheckHoldsAnswersOfExchanges(t *testing.T) {
	var got []Verdict
	s := Selection{Workloads: []string{"exchange"}, Models: []string{"subprocess"}, Set: []string{"transport=pipe", "codec=raw", "codec=json"}}
	if err := Check(t.Context(), faulty(), s, time.Minute, func(v Verdict) { got = append(got, v) }); err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, v := range got {
		if v.Failure() != "" {
			t.Errorf("%s: %s", v.Cell.Name(), v.Failure())
		}
		if v.Pass() {
			passed++
		}
	}
	if passed < 2 {
		t.Errorf("%d of %d passed", passed, len(got))
	}
}
