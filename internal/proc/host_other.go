//go:build !linux

package proc

import (
	"errors"
	"fmt"
	"runtime"
	"time"
)

// topology lists the CPUs that this process may use; where they sit is not known.
func topology() ([]CPU, error) {
	cpus := make([]CPU, runtime.NumCPU())
	for i := range cpus {
		cpus[i].ID = i
	}
	return cpus, nil
}

// Quota is 0: this platform has no control groups.
func Quota() (float64, error) { return 0, nil }

// Busy says that this platform does not tell.
func Busy() (busy, stolen time.Duration, err error) {
	return 0, 0, fmt.Errorf("CPU time of the machine on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

// CPUTime says that this platform does not tell.
func CPUTime(int) (time.Duration, error) {
	return 0, fmt.Errorf("CPU time of another process on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

// Kernel names the operating system.
func Kernel() string { return runtime.GOOS }

func modelName() string { return "" }

// PeakRSS says that this platform does not tell.
func PeakRSS() (int64, error) {
	return 0, fmt.Errorf("peak memory on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

// Bind says that this platform cannot.
func Bind(int, []int) error {
	return fmt.Errorf("bind a process to CPUs on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

// QueuedFor says that this platform does not tell.
func QueuedFor(int) (time.Duration, error) {
	return 0, fmt.Errorf("run-queue delay on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
