//go:build !linux

package proc

import (
	"errors"
	"fmt"
	"runtime"
)

// BindThread says that this platform cannot.
func BindThread(int) error {
	return fmt.Errorf("bind a thread to a CPU on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
