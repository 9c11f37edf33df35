//go:build !linux

package proc

import (
	"sync"
	"time"
)

// A timer is one of the runtime's, which may end a millisecond late.
type timer struct {
	done chan struct{}
	once sync.Once
}

func newTimer(bool) (*timer, error) { return &timer{done: make(chan struct{})}, nil }

func (t *timer) wait(at time.Duration) error {
	select {
	case <-time.After(at - Now()):
	case <-t.done:
	}
	return nil
}

func (t *timer) interrupt() { t.once.Do(func() { close(t.done) }) }

func (t *timer) close() error { return nil }
