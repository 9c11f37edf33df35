package proc

import (
	"errors"
	"sync"
	"time"
)

// Timers wait for moments on the clock of Now, many at a time. There are as
// many of them as ever waited at once.
type Timers struct {
	parked bool
	mu     sync.Mutex
	all    []*timer
	idle   []*timer
	done   bool
}

// NewTimers makes a set of timers. Parked ones are waited for by the runtime's
// poller, as its connections are, which wakes a goroutine within microseconds;
// its own timers, to which an idle process listens only every millisecond, do
// not. Timers that are not parked block the thread.
func NewTimers(parked bool) *Timers { return &Timers{parked: parked} }

// Until waits for a moment; one in the past is there already. It returns
// early once Interrupt was called.
func (s *Timers) Until(at time.Duration) error {
	if at <= Now() {
		return nil
	}
	t, err := s.take()
	if t == nil {
		return err
	}
	defer s.give(t)
	return t.wait(at)
}

// take returns a timer that nobody uses, none once the set was interrupted.
func (s *Timers) take() (*timer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return nil, nil
	}
	if n := len(s.idle); n > 0 {
		t := s.idle[n-1]
		s.idle = s.idle[:n-1]
		return t, nil
	}
	t, err := newTimer(s.parked)
	if err != nil {
		return nil, err
	}
	s.all = append(s.all, t)
	return t, nil
}

func (s *Timers) give(t *timer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, t)
}

// Interrupt makes every wait return, those under way and those to come.
func (s *Timers) Interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	for _, t := range s.all {
		t.interrupt()
	}
}

// Close closes the timers, for which nobody waits any more.
func (s *Timers) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	var errs []error
	for _, t := range s.all {
		errs = append(errs, t.close())
	}
	s.all, s.idle = nil, nil
	return errors.Join(errs...)
}
