//go:build unix

package proc

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Now reads the machine's monotonic clock, which all its processes share and
// nobody can set. Where it begins has no meaning; it is never 0.
func Now() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(fmt.Errorf("read the monotonic clock: %w", err)) // every unix has it
	}
	return time.Duration(t.Nano())
}
