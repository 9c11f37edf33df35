package gate

import (
	"testing"

	"github.com/nonrev/nonrev/internal/result"
)

// What every cell of the default gate promises on two CPUs, and cells beside
// them. A cell that is added must be added here.
func TestPromises(t *testing.T) {
	want := map[string]float64{
		"Fannkuch/grain=1ms/model=serial-1":        FinePromise,
		"Fannkuch/grain=1ms/model=goroutine-1":     FinePromise,
		"Fannkuch/grain=1ms/model=goroutine-2":     FinePromise,
		"Fannkuch/grain=1ms/model=subprocess-1":    FinePromise,
		"Fannkuch/grain=1ms/model=subprocess-2":    FinePromise,
		"Fannkuch/grain=1ms/model=eventloop-1":     FinePromise,
		"Fannkuch/grain=1ms/model=locked-1":        FinePromise,
		"Fannkuch/grain=1ms/model=locked-2":        FinePromise,
		"Fannkuch/grain=100us/model=goroutine-2":   FinePromise,
		"Fannkuch/grain=100us/model=subprocess-1":  FinePromise,
		"Fannkuch/grain=100us/model=eventloop-1":   FinePromise,
		"Fannkuch/grain=100us/model=locked-2":      FinePromise,
		"Fannkuch/grain=10us/model=goroutine-2":    CoarsePromise,
		"Fannkuch/grain=10us/model=eventloop-1":    FinePromise,
		"Fannkuch/grain=10us/model=locked-2":       CoarsePromise,
		"Handoff/payload=16KiB/model=subprocess-1": MiddlePromise,
		"Handoff/payload=16KiB/model=eventloop-1":  FinePromise,
		"Handoff/payload=16KiB/model=locked-1":     FinePromise,
		"Counter/model=goroutine-1":                MiddlePromise,
		"Counter/model=eventloop-1":                FinePromise,
		"Counter/model=locked-2":                   CoarsePromise,
		"Echo/model=goroutine-2":                   FinePromise,
		"Echo/model=eventloop-1":                   FinePromise,
		"Wordcount/model=locked-1":                 MiddlePromise,
	}
	for _, c := range defaultCells(2) {
		if _, listed := want[c.Name()]; !listed {
			t.Errorf("%s has no promise here", c.Name())
		}
	}
	for name, share := range map[string]float64{
		"Fannkuch/grain=10us/model=goroutine-1":                  MiddlePromise,
		"Fannkuch/grain=10us/model=locked-1":                     FinePromise,
		"Fannkuch/grain=100us/model=subprocess-2":                CoarsePromise,
		"Fannkuch/grain=100us/model=subprocess/batch=16-2":       FinePromise,
		"Fannkuch/grain=null/model=subprocess-1":                 MiddlePromise,
		"Counter/model=locked/state=owner-1":                     MiddlePromise,
		"Wordcount/model=goroutine-2":                            MiddlePromise,
		"Wordcount/model=subprocess-2":                           CoarsePromise,
		"Exchange/payload=64B/model=subprocess/placement=same-1": MiddlePromise,
		"Exchange/payload=64B/model=rawgo/placement=cross-2":     CoarsePromise,
		"Sort/n=10-8": FinePromise,
		"Probe-2":     FinePromise,
	} {
		want[name] = share
	}
	for name, share := range want {
		c, err := result.ParseName(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := Promise(c); got != share {
			t.Errorf("%s promises %v, want %v", name, got, share)
		}
	}
	c, _ := result.ParseName("Counter/model=locked-2")
	if got := (Settings{Detect: 0.02}).promise(c); got != 0.02 {
		t.Errorf("an effect that is asked for is %v", got)
	}
}
