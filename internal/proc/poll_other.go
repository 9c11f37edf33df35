//go:build !linux

package proc

import (
	"errors"
	"fmt"
	"time"
)

// A Poller tells which of many non-blocking sockets can go on.
type Poller struct{}

// NewPoller makes a poller. Where the platform has no epoll the error wraps
// errors.ErrUnsupported.
func NewPoller() (*Poller, error) {
	return nil, fmt.Errorf("the event loop waits by epoll, which only Linux has: %w", errors.ErrUnsupported)
}

// Wait has nothing to wait for.
func (p *Poller) Wait(int, func(any)) error { return errors.ErrUnsupported }

// Watch has nothing to watch with.
func (p *Poller) Watch(*File, any) error { return errors.ErrUnsupported }

// Release has nobody to wake.
func (p *Poller) Release(func(any)) {}

// Close has nothing to close.
func (p *Poller) Close() error { return nil }

// A PolledSocket is a non-blocking TCP connection.
type PolledSocket struct{ Waiter any }

// ErrNotReady says that a call would have blocked.
var ErrNotReady = errors.New("not ready")

// Dial cannot connect.
func (p *Poller) Dial(string) (*PolledSocket, error) { return nil, errors.ErrUnsupported }

// Connected is never true.
func (s *PolledSocket) Connected() error { return errors.ErrUnsupported }

// Read reads nothing.
func (s *PolledSocket) Read([]byte) (int, error) { return 0, errors.ErrUnsupported }

// Write writes nothing.
func (s *PolledSocket) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }

// Close has nothing to close.
func (s *PolledSocket) Close() error { return nil }

// A PolledTimer is a moment that a poller waits for.
type PolledTimer struct{ Waiter any }

// NewTimer makes none.
func (p *Poller) NewTimer() (*PolledTimer, error) { return nil, errors.ErrUnsupported }

// Set has nothing to set.
func (t *PolledTimer) Set(time.Duration) error { return errors.ErrUnsupported }

// Close has nothing to close.
func (t *PolledTimer) Close() error { return nil }
