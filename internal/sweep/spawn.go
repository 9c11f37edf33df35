package sweep

import (
	"context"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/runners"
)

// measureSpawn measures what it costs to start something that tasks can run
// in, until it is known to have run, a process to have ended.
func measureSpawn(ctx context.Context, o order) finding {
	s, err := runners.Spawn(ctx, o.Cell.Set, o.WarmUp, o.Duration)
	if err != nil {
		return fault(err)
	}
	return finding{Passes: s.N, Warm: s.Warm, Ran: s.Ran, Values: []result.Value{
		{Unit: result.WallNS, Value: s.PerSpawn},
		{Unit: result.OpRate, Value: 1e9 / s.PerSpawn},
		{Unit: result.CPUNS, Value: s.CPU},
	}}
}
