//go:build !linux

package proc

import (
	"errors"
	"fmt"
	"runtime"
	"time"
)

// Wake says that this platform cannot bind threads to CPUs.
func Wake(_, _ int, _ time.Duration) (trips int, took time.Duration, err error) {
	return 0, 0, fmt.Errorf("wake one CPU from another on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
