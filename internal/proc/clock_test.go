package proc

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestTheClockGoesOnlyForward(t *testing.T) {
	last := Now()
	for range 1000 {
		if now := Now(); now < last || now == 0 {
			t.Fatalf("%v after %v", now, last)
		} else {
			last = now
		}
	}
}

// eachTimers runs a test on timers that park and on those that block.
func eachTimers(t *testing.T, f func(t *testing.T, s *Timers)) {
	for _, parked := range []bool{true, false} {
		t.Run(fmt.Sprint("parked=", parked), func(t *testing.T) {
			s := NewTimers(parked)
			f(t, s)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNoTimerEndsBeforeItsMoment(t *testing.T) {
	eachTimers(t, func(t *testing.T, s *Timers) {
		late := make(chan error, 20)
		for i := range cap(late) {
			go func() {
				at := Now() + time.Duration(i)*200*time.Microsecond
				err := s.Until(at)
				if now := Now(); now < at {
					err = errors.Join(err, fmt.Errorf("back %v before the moment", at-now))
				}
				late <- err
			}()
		}
		for range cap(late) {
			if err := <-late; err != nil {
				t.Error(err)
			}
		}
		if n := len(s.all); n > cap(late) || n != len(s.idle) {
			t.Errorf("%d timers, %d of them idle, for %d waits", n, len(s.idle), cap(late))
		}
	})
}

func TestAPastMomentNeedsNoTimer(t *testing.T) {
	s := NewTimers(false)
	if err := errors.Join(s.Until(0), s.Until(-1), s.Until(Now())); err != nil || len(s.all) != 0 {
		t.Errorf("%d timers were made, %v", len(s.all), err)
	}
}

func TestInterruptedWaitsReturn(t *testing.T) {
	eachTimers(t, func(t *testing.T, s *Timers) {
		const waits = 5
		back := make(chan error, waits)
		for range waits {
			go func() { back <- s.Until(Now() + time.Hour) }()
		}
		for under := 0; under < waits; { // all that wait have a timer
			s.mu.Lock()
			under = len(s.all)
			s.mu.Unlock()
		}
		s.Interrupt()
		for range waits {
			if err := <-back; err != nil {
				t.Error(err)
			}
		}
		if err := s.Until(Now() + time.Hour); err != nil {
			t.Error(err)
		}
	})
}
