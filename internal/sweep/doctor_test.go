package sweep

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
)

// sound is a machine of four CPUs about which there is nothing to say.
func sound() examination {
	return examination{
		machine: Machine{CPUs: []int{0, 1, 2, 3}, Pinned: true},
		facts: proc.Facts{
			CPU: "Good Chip", Hypervisor: new(""), SMT: new(false), Cores: new(4), Nodes: new(1),
			Governors: []string{"performance"}, Turbo: new(false), ClockSource: "tsc",
			Quota: new(0.0), Throttled: new(0), Pressure: map[string]float64{"cpu": 0, "memory": 0, "io": 0},
			Load: new(0.0), Stolen: new(time.Duration(0)), Files: new(proc.Unlimited), Processes: new(uint64(4096)),
			Counters: proc.Available,
		},
		clock: clock{step: 20, read: 40, late: 60 * time.Microsecond},
		ones:  []float64{100, 101, 99}, alls: []float64{400, 403, 396}, wakes: []float64{5000, 6000, 7000},
		outside: new(0.0), stolen: new(0.0), halts: new(0),
	}
}

func TestDiagnoseIsContentWithASoundMachine(t *testing.T) {
	for _, f := range diagnose(sound()) {
		if f.Severity != result.OK || f.Value == "" || f.Spoils != "" || f.Remedy != "" {
			t.Errorf("%+v", f)
		}
	}
}

func TestDiagnoseTakesWhatIsNotToldForUnknown(t *testing.T) {
	told := []string{"CPUs", "binding to CPUs", "clock", "short sleeps"} // read from this process itself
	for _, f := range diagnose(examination{machine: Machine{CPUs: []int{0, 1}, Pinned: true}}) {
		known := false
		for _, what := range told {
			known = known || f.What == what
		}
		if unknown := f.Value == "unknown" && f.Severity == result.Note && f.Spoils != "" && f.Remedy != ""; unknown == known {
			t.Errorf("%+v", f)
		}
	}
}

func TestDiagnoseFindsEachFault(t *testing.T) {
	for _, c := range []struct {
		what     string
		severity result.Severity
		value    string // a part of it
		harm     func(*examination)
	}{
		{"virtual machine", result.Note, "KVM", func(e *examination) { e.facts.Hypervisor = new("KVM") }},
		{"CPUs", result.Warning, "up to 1", func(e *examination) { e.machine.CPUs = []int{2} }},
		{"CPUs", result.Warning, "4 allowed, runs use up to 1", func(e *examination) { e.machine.Quota = 1.5 }},
		{"calibration: spins", result.OK, "one core only", func(e *examination) { e.machine.CPUs, e.alls = []int{2}, nil }},
		{"calibration: wake", result.OK, "one core only", func(e *examination) { e.machine.CPUs, e.wakes = []int{2}, nil }},
		{"binding to CPUs", result.Warning, "no", func(e *examination) { e.machine.Pinned = false }},
		{"SMT", result.Note, "on: 4 CPUs on 2 cores", func(e *examination) { e.facts.SMT, e.facts.Cores = new(true), new(2) }},
		{"SMT", result.Note, "on", func(e *examination) { e.facts.SMT, e.facts.Cores = new(true), nil }},
		{"NUMA nodes", result.Note, "2", func(e *examination) { e.facts.Nodes = new(2) }},
		{"clock governor", result.Warning, "performance, powersave", func(e *examination) { e.facts.Governors = []string{"performance", "powersave"} }},
		{"turbo", result.Note, "on", func(e *examination) { e.facts.Turbo = new(true) }},
		{"clock", result.Warning, "hpet", func(e *examination) { e.facts.ClockSource, e.clock.read = "hpet", 1200 }},
		{"clock", result.Warning, "step 1ms", func(e *examination) { e.clock.step = time.Millisecond }},
		{"clock", result.Note, "reading 150ns", func(e *examination) { e.clock.read = 150 }},
		{"short sleeps", result.Note, "1ms", func(e *examination) { e.clock.late = time.Millisecond }},
		{"short sleeps", result.Warning, "15ms", func(e *examination) { e.clock.late = 15 * time.Millisecond }},
		{"CPU quota", result.Warning, "0.50 cores", func(e *examination) { e.facts.Quota = new(0.5) }},
		{"CPU quota", result.Note, "2.00 cores", func(e *examination) { e.facts.Quota = new(2.0) }},
		{"CPU quota", result.OK, "4.00 cores", func(e *examination) { e.facts.Quota = new(4.0) }},
		{"throttling", result.Warning, "3 halts during the calibration, 7 before", func(e *examination) { e.halts, e.facts.Throttled = new(3), new(7) }},
		{"throttling", result.Note, "7 before", func(e *examination) { e.facts.Throttled = new(7) }},
		{"throttling", result.OK, "none", func(e *examination) { e.halts, e.facts.Throttled = nil, nil }},
		{"throttling", result.Note, "unknown", func(e *examination) { e.halts, e.facts.Throttled, e.facts.Quota = nil, nil, new(2.0) }},
		{"cpu pressure", result.Note, "25.0%", func(e *examination) { e.facts.Pressure["cpu"] = 25 }},
		{"memory pressure", result.Note, "2.0%", func(e *examination) { e.facts.Pressure["memory"] = 2 }},
		{"memory pressure", result.Warning, "20.0%", func(e *examination) { e.facts.Pressure["memory"] = 20 }},
		{"io pressure", result.Note, "unknown", func(e *examination) { delete(e.facts.Pressure, "io") }},
		{"load", result.Note, "1.50", func(e *examination) { e.facts.Load = new(1.5) }},
		{"outside work", result.Note, "5.0%", func(e *examination) { e.outside = new(0.05) }},
		{"outside work", result.Warning, "80.0%", func(e *examination) { e.outside = new(0.8) }},
		{"steal", result.Note, "0.5%", func(e *examination) { e.stolen = new(0.005) }},
		{"steal", result.Warning, "7.0%", func(e *examination) { e.stolen = new(0.07) }},
		{"descriptors", result.Warning, "64", func(e *examination) { e.facts.Files = new(uint64(64)) }},
		{"descriptors", result.Note, "10000", func(e *examination) { e.facts.Files = new(uint64(mostIdle)) }}, // which open as many and a few
		{"descriptors", result.OK, "20000", func(e *examination) { e.facts.Files = new(uint64(20_000)) }},
		{"processes", result.Note, "512", func(e *examination) { e.facts.Processes = new(uint64(512)) }},
		{"hardware counters", result.Note, "none", func(e *examination) { e.facts.Counters = "none" }},
		{"calibration: spins", result.Warning, "4 spins do 2.00 times the work of one (1.90 to 2.10)", func(e *examination) {
			e.ones, e.alls = []float64{100, 100, 100}, []float64{190, 210, 200}
		}},
		{"calibration: spins", result.Warning, "6.00 times", func(e *examination) { e.alls = []float64{600, 606, 594} }},
		{"calibration: steadiness", result.Warning, "varies by 50.0% in 3", func(e *examination) { e.ones = []float64{100, 60, 110} }},
		{"calibration: wake", result.Note, "50.0 us there and back (5.0 to 60.0)", func(e *examination) { e.wakes = []float64{5000, 50_000, 60_000} }},
	} {
		e := sound()
		c.harm(&e)
		found := false
		for _, f := range diagnose(e) {
			if f.What != c.what {
				continue
			}
			found = true
			if f.Severity != c.severity || !strings.Contains(f.Value, c.value) {
				t.Errorf("%s: %s %q, want %s %q", c.what, f.Severity, f.Value, c.severity, c.value)
			}
			if all := f.Spoils != "" && f.Remedy != ""; all != (c.severity != result.OK) {
				t.Errorf("%s: spoils %q, remedy %q", c.what, f.Spoils, f.Remedy)
			}
		}
		if !found {
			t.Errorf("nothing is said of %s", c.what)
		}
	}
}

// A calibration measures what it says, however the figures come out.
func TestCalibrationFillsEverySeries(t *testing.T) {
	m, err := ThisMachine()
	if err != nil {
		t.Fatal(err)
	}
	e := examination{machine: m, warmUp: time.Millisecond, duration: time.Millisecond}
	if err := e.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	several := m.Cores() > 1
	if len(e.ones) != 1 || (len(e.alls) == 1) != several || (len(e.wakes) == 1) != (several && m.Pinned) || e.used <= 0 {
		t.Errorf("%+v", e)
	}
}

func TestDoctorKeepsOutOfTheWayOfARun(t *testing.T) {
	release, err := lockMachine()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := Doctor(t.Context()); !errors.Is(err, proc.ErrLocked) {
		t.Errorf("examined a machine on which a run measures: %v", err)
	}
}

func TestAClockTellsAStepAndACost(t *testing.T) {
	if c := readClock(); c.step <= 0 || c.step == math.MaxInt64 || c.read <= 0 {
		t.Errorf("%+v", c)
	}
}
