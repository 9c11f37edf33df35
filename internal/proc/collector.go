package proc

import (
	"runtime/metrics"
	"time"
)

// collected is the CPU time that the garbage collector of this process has
// used, as the runtime estimates it whenever a collection ends.
func collected() time.Duration {
	sample := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindFloat64 {
		return 0
	}
	return time.Duration(sample[0].Value.Float64() * float64(time.Second))
}
