package report

import (
	"math"
	"math/rand/v2"

	"github.com/nonrev/nonrev/internal/result"
)

// made is a file of made-up data: it looks like a real one, and says nothing
// about any machine.
type made struct {
	rounds int
	cores  []int
	grains []string
	seed   uint64
	// cost is overhead a task in ns, serialShare the part that does not spread,
	// and coherency what each further core costs all others, by model.
	cost        map[string]float64
	serialShare map[string]float64
	coherency   map[string]float64
}

func madeUp() made {
	return made{
		rounds: 20, cores: []int{1, 2}, seed: 1,
		grains:      []string{"null", "1us", "10us", "100us", "1ms", "10ms"},
		cost:        map[string]float64{"goroutine": 300, "subprocess": 14_000, "eventloop": 90, "locked": 180},
		serialShare: map[string]float64{"goroutine": 0.005, "subprocess": 0.01, "locked": 0.02},
	}
}

var madeModels = []string{"goroutine", "subprocess", "eventloop", "locked"}

// file draws the samples.
func (m made) file() *result.File {
	f := &result.File{
		Path: "made-up/bench.txt",
		Run: result.Run{
			Version: 1, Tool: "v0.0.0-made-up", Command: []string{"run", "--profile=default", "--seed=1"}, Profile: "default",
			Rounds: m.rounds, Seed: m.seed, Start: "2026-11-25T02:00:00Z", Cores: m.cores, Allowed: []int{0, 1}, Pinned: true,
			CPU: "Made-up CPU", GOOS: "linux", GOARCH: "amd64", Kernel: "Linux 6.1", Go: "go1.26", SampleMS: 100, WarmMS: 60, GOGC: "100",
			OneLoop: []string{"eventloop"}, IO: []string{"echo"}, Ceiling: map[string]string{"fannkuch": "spin", "wordcount": "memcpy", "handoff": "memcpy", "counter": "spin"},
		},
	}
	r := rand.New(rand.NewPCG(m.seed, 7))
	for _, g := range m.grains {
		task := float64(nominal(g))
		m.work(f, r, result.Cell{Workload: "fannkuch", Grain: g}, math.Max(task*1.03, 4), 0)
	}
	m.work(f, r, result.Cell{Workload: "wordcount"}, 250e3, 0)
	for _, p := range []string{"64B", "16KiB", "1MiB"} {
		m.work(f, r, result.Cell{Workload: "handoff", Payload: p}, 20+size(p)/20, size(p))
	}
	m.work(f, r, result.Cell{Workload: "counter"}, 60, 0)
	m.echo(f, r)
	for _, set := range []string{"spin", "memcpy"} {
		unit := map[string]string{"spin": result.OpRate, "memcpy": result.ByteRate}[set]
		for _, n := range m.cores {
			gain := map[string]float64{"spin": 0.99, "memcpy": 0.85}[set]
			m.samples(f, r, result.Cell{Workload: result.Probe, Set: set, Cores: n}, func(wobble float64) []result.Value {
				return []result.Value{{Unit: unit, Value: 1e9 * math.Pow(float64(n), gain) * wobble}}
			})
		}
	}
	return f
}

func (m made) samples(f *result.File, r *rand.Rand, c result.Cell, values func(wobble float64) []result.Value) {
	f.Plan = append(f.Plan, c)
	for round := range m.rounds {
		f.Samples = append(f.Samples, result.Sample{
			Cell: c, Round: round, Passes: 7, Values: values(1 + 0.01*r.NormFloat64()), WindowNS: 160e6, OutsideNS: 2e6 * r.Float64(),
		})
	}
}

// work is CPU work whose task takes so long alone.
func (m made) work(f *result.File, r *rand.Rand, c result.Cell, task, payload float64) {
	tasks := math.Max(4, math.Round(20e6/math.Max(task, 100)))
	serial := c
	serial.Model, serial.Cores = result.Serial, 1
	m.samples(f, r, serial, func(w float64) []result.Value {
		return []result.Value{{Unit: result.WallNS, Value: task * tasks * w}, {Unit: result.TaskRate, Value: 1e9 / (task * w)}, {Unit: result.CPUNS, Value: task * tasks}, {Unit: result.BodyNS, Value: task}}
	})
	for _, model := range madeModels {
		for _, n := range m.cores {
			c.Model, c.Cores = model, n
			spread := float64(n)
			if model == "eventloop" {
				spread = 1
			}
			m.samples(f, r, c, func(w float64) []result.Value {
				ipc := 0.0
				if model == "subprocess" {
					ipc = (0.8*m.cost[model] + payload/4) * w
				}
				each := (task + m.cost[model] + ipc) * (m.serialShare[model] + (1-m.serialShare[model])/spread + m.coherency[model]*(spread-1)) * w
				over := each*float64(n) - task
				values := []result.Value{
					{Unit: result.WallNS, Value: each * tasks},
					{Unit: result.TaskRate, Value: 1e9 / each},
					{Unit: result.OverheadNS, Value: over},
					{Unit: result.CPUNS, Value: each * tasks * spread},
					{Unit: result.Switches, Value: 40 * w},
					{Unit: result.PeakRSS, Value: 2e7 * w},
					{Unit: result.StartNS, Value: 3e6 * w},
				}
				if task >= 10e3 || payload > 0 {
					values = append(values, result.Value{Unit: result.IPCNS, Value: ipc}, result.Value{Unit: result.EncodeNS, Value: ipc * 0.1},
						result.Value{Unit: result.CopyNS, Value: ipc * 0.5}, result.Value{Unit: result.WakeNS, Value: ipc * 0.3}, result.Value{Unit: result.DecodeNS, Value: ipc * 0.1},
						result.Value{Unit: result.LockNS, Value: 0}, result.Value{Unit: result.IdleNS, Value: over * 0.1}, result.Value{Unit: result.BodyNS, Value: task * 1.01})
				}
				return values
			})
		}
	}
}

// echo is work that waits.
func (m made) echo(f *result.File, r *rand.Rand) {
	c := result.Cell{Workload: "echo", Helpers: "shared"}
	m.samples(f, r, result.Cell{Workload: "echo", Helpers: "shared", Model: result.Serial, Cores: 1}, func(w float64) []result.Value {
		return []result.Value{{Unit: result.WallNS, Value: 1e7}, {Unit: result.TaskRate, Value: 430 * w}}
	})
	for i, model := range madeModels {
		for _, n := range m.cores {
			c.Model, c.Cores = model, n
			m.samples(f, r, c, func(w float64) []result.Value {
				rate := (18000 + 1500*float64(i)) * math.Sqrt(float64(n)) * w
				return []result.Value{
					{Unit: result.WallNS, Value: 1e9 * 300 / rate},
					{Unit: result.TaskRate, Value: rate},
					{Unit: result.CPUNS, Value: 300 * 28e3 * w},
					{Unit: result.P50NS, Value: 2.4e6 * w},
					{Unit: result.P90NS, Value: 2.9e6 * w},
					{Unit: result.P99NS, Value: 4e6 * w * float64(i+1)},
					{Unit: result.MaxNS, Value: 9e6 * w},
				}
			})
		}
	}
}

// sample looks for a cell's first sample.
func find(f *result.File, want func(result.Cell) bool) result.Cell {
	for _, c := range f.Plan {
		if want(c) {
			return c
		}
	}
	panic("made-up file lacks the cell")
}
