package runners_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// A lump is as many bytes when it crosses a process boundary.
type lump int

func (n lump) AppendBinary(b []byte) ([]byte, error) { return append(b, make([]byte, n)...), nil }

func (n *lump) UnmarshalBinary(b []byte) error {
	*n = lump(len(b))
	return nil
}

// lumpSum is more than any transport holds.
const lumpSum = 20 << 20

// lumps is a workload whose short inputs have long results and the other way round.
func lumps() workloads.Workload {
	return workloads.Workload{Name: "lumps", Tasks: []workloads.Task{fillUp()}}
}

func fillUp() *workloads.Func[lump, lump] {
	return workloads.NewTask("fill up", func(_ workloads.Effects, in lump) (lump, error) { return lumpSum - in, nil })
}

// TestLongInputsBehindShortOnesBlockNobody queues a long input behind a short
// one whose result is long: were it sent at once, the worker would write the
// result while its parent writes the input, and neither would read.
func TestLongInputsBehindShortOnesBlockNobody(t *testing.T) {
	job := workloads.Batch[lump, lump]{
		Task: fillUp(),
		Ins:  []lump{1, lumpSum - 1, 1, 0, 5000, 40000, lumpSum - 1, 1, lumpSum},
		Check: func(ins, outs []lump, _ []int64) error {
			for i, out := range outs {
				if out != lumpSum-ins[i] {
					return fmt.Errorf("%d came of %d", out, ins[i])
				}
			}
			return nil
		},
	}
	hang := time.AfterFunc(time.Minute, func() { panic("hangs") })
	defer hang.Stop()
	for _, m := range runners.All() {
		for _, via := range m.Transports {
			crew, err := m.Start(runners.Setup{Workload: lumps(), Transport: via, Cores: 1, Prefetch: 8})
			if err != nil {
				t.Fatal(err)
			}
			p := job.Pass(0)
			if err := crew.Run(context.Background(), p); err != nil {
				t.Fatalf("%s over %s: %v", m.Name, via, err)
			}
			if err := p.Check(); err != nil {
				t.Errorf("%s over %s: %v", m.Name, via, err)
			}
			if err := crew.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
