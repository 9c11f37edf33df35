//go:build !linux

package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// A Sender is the half of a socket that sends.
type Sender struct{ File }

// Unix says that this is done on Linux only.
func Unix() (r *File, w *Sender, child *File, err error) {
	return nil, nil, nil, linuxOnly("raw unix sockets")
}

// Loopback says that this is done on Linux only.
func Loopback() (r *File, w *Sender, child *File, err error) {
	return nil, nil, nil, linuxOnly("raw TCP sockets handed to a child")
}

// RingBytes, RingRoom and RingEach would be how much a ring holds.
const RingBytes, RingRoom, RingEach = 0, 0, 0

// NewRing says that this is done on Linux only.
func NewRing(int) (r io.ReadCloser, w io.WriteCloser, child [2]*os.File, err error) {
	return nil, nil, child, linuxOnly("rings on shared memory and futexes")
}

// JoinRing says that this is done on Linux only.
func JoinRing() (r io.ReadCloser, w io.WriteCloser, err error) {
	return nil, nil, linuxOnly("rings on shared memory and futexes")
}

func linuxOnly(what string) error {
	return fmt.Errorf("%s: on Linux only, not on %s: %w", what, runtime.GOOS, errors.ErrUnsupported)
}
