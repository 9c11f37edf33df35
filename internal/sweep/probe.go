package sweep

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
)

// The probes of the machine's ceilings.
const (
	probeSpin   = "spin"   // arithmetic in registers
	probeMemcpy = "memcpy" // copies between buffers that no near cache holds
	probeWake   = "wake"   // round trips between two CPUs
)

// probe is the part of a cell process for the machine itself. It tells what so
// many CPUs do together when nothing stands between them.
func probe(o order) finding {
	switch o.Cell.Set {
	case probeSpin:
		return together(o, result.OpRate, spinUnit, func() func() {
			var x uint64 = 1
			return func() { x = spin(x) }
		})
	case probeMemcpy:
		return together(o, result.ByteRate, copyUnit, func() func() {
			from, to := make([]byte, copyUnit), make([]byte, copyUnit)
			for i := range from {
				from[i] = byte(i) // or all its pages would be one page of zeros
			}
			return func() { copy(to, from) }
		})
	case probeWake:
		return wake(o)
	default:
		return fault(fmt.Errorf("no probe %q", o.Cell.Set))
	}
}

// One unit of work: steps of spin, bytes of a copy. A copy is larger than the
// caches that belong to one core.
const (
	spinUnit = 100_000
	copyUnit = 16 << 20
)

// spin keeps the arithmetic units of a core busy: four chains that do not
// depend on each other, so that two hardware threads of one core share it, as
// they share it for real work. No step can be left out.
//
//go:noinline
func spin(x uint64) uint64 {
	a, b, c, d := x, x+1, x+2, x+3
	for range spinUnit / 4 {
		a = a*6364136223846793005 + 1442695040888963407
		b = b*6364136223846793005 + 1442695040888963407
		c = c*6364136223846793005 + 1442695040888963407
		d = d*6364136223846793005 + 1442695040888963407
	}
	return a ^ b ^ c ^ d
}

// together has every CPU repeat its unit until time is up, after a warm-up.
// The rate is in amounts a second, summed over CPUs; ns/op is for one unit on
// one CPU.
func together(o order, rate string, amount int, prepare func() func()) finding {
	var mu sync.Mutex
	var units, warm int
	var perSecond, busy float64
	var ran time.Duration
	var all, prepared sync.WaitGroup
	prepared.Add(o.Cell.Cores)
	for range o.Cell.Cores {
		all.Go(func() {
			unit := prepare()
			prepared.Done()
			prepared.Wait() // none runs while another is not ready yet
			idle, before := repeat(unit, o.WarmUp)
			n, took := repeat(unit, o.Duration)
			mu.Lock()
			defer mu.Unlock()
			units += n
			warm += idle
			ran = max(ran, before+took)
			perSecond += float64(n*amount) / took.Seconds()
			busy += float64(took)
		})
	}
	all.Wait()
	return finding{Passes: units, Warm: warm, Ran: ran, Values: []result.Value{
		{Unit: result.WallNS, Value: busy / float64(units)},
		{Unit: rate, Value: perSecond},
	}}
}

func repeat(f func(), about time.Duration) (n int, took time.Duration) {
	for start := time.Now(); took < about || n == 0; took = time.Since(start) {
		f()
		n++
	}
	return n, took
}

func wake(o order) finding {
	if len(o.CPUs) < 2 {
		return fault(fmt.Errorf("wake needs two bound CPUs: %w", errors.ErrUnsupported))
	}
	warm, before, err := proc.Wake(o.CPUs[0], o.CPUs[1], o.WarmUp)
	if err != nil {
		return fault(err)
	}
	n, took, err := proc.Wake(o.CPUs[0], o.CPUs[1], o.Duration)
	if err != nil {
		return fault(err)
	}
	return finding{Passes: n, Warm: warm, Ran: before + took, Values: []result.Value{
		{Unit: result.WallNS, Value: float64(took) / float64(n)},
		{Unit: result.OpRate, Value: float64(n) / took.Seconds()},
	}}
}
