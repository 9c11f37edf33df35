package proc

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// BindThread gives the goroutine a thread of its own on one CPU. The thread
// ends with the goroutine, so the CPU set of no other goroutine changes.
func BindThread(cpu int) error {
	runtime.LockOSThread()
	var set unix.CPUSet
	set.Set(cpu)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("bind a thread to CPU %d: %w", cpu, err)
	}
	return nil
}
