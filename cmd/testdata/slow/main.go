// Command slow is a program of one's own whose work, answers and workload are
// settled when it is built: what a gate is tried on.
package main

import (
	"fmt"
	"strconv"

	"github.com/nonrev/nonrev/cmd"
	"github.com/nonrev/nonrev/workloads"
)

// Set by -ldflags "-X main.rounds=... -X main.offset=..." and so on.
var (
	rounds = "1" // of the work
	offset = "0" // that answers are wrong by
	panics = "0" // 1 has every task panic
	name   = "spins"
)

const steps = 20_000 // of a round

func scramble(x uint64, n int) uint64 {
	for range n {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

func main() {
	times, _ := strconv.Atoi(rounds)
	wrong, _ := strconv.ParseUint(offset, 10, 64)
	task := workloads.NewTask("spin", func(_ workloads.Effects, n uint64) (uint64, error) {
		var x uint64
		if panics == "1" {
			panic("the roof is on fire")
		}
		for range times { // the same answer, the more often the later
			x = scramble(n, steps)
		}
		return x + wrong, nil
	})
	job := workloads.Batch[uint64, uint64]{Task: task, Ins: []uint64{1, 2, 3, 4, 5, 6, 7, 8}, Check: func(ins, outs []uint64, _ []int64) error {
		for i, n := range ins {
			if want := scramble(n, steps); outs[i] != want {
				return fmt.Errorf("spun %d instead of %d", outs[i], want)
			}
		}
		return nil
	}}
	cmd.Main(workloads.Workload{
		Name: name, Doc: "Spins.", Tasks: []workloads.Task{task},
		Prepare: func(workloads.Params) (workloads.Job, error) { return job, nil },
	})
}
