package proc

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A timer is a timerfd: a descriptor that becomes readable at a moment. Unlike
// a sleeping thread it can be interrupted, and unlike the runtime's timers it
// is not rounded to milliseconds.
type timer struct {
	fd   int
	r    io.ReadCloser
	done atomic.Bool
}

func newTimer(parked bool) (*timer, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("timer: %w", err)
	}
	t := &timer{fd: fd, r: &File{fd}}
	if parked {
		t.r, err = Parked(t.r)
	}
	return t, err
}

// set has the timer end at a moment, at once if that is past.
func (t *timer) set(at time.Duration) error {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(at))}
	if err := unix.TimerfdSettime(t.fd, unix.TFD_TIMER_ABSTIME, &spec, nil); err != nil {
		return fmt.Errorf("timer: %w", err)
	}
	return nil
}

func (t *timer) wait(at time.Duration) error {
	if err := t.set(at); err != nil {
		return err
	}
	if t.done.Load() { // interrupted, maybe before it was set
		return nil
	}
	var ends [8]byte // how often it ended
	_, err := t.r.Read(ends[:])
	return err
}

func (t *timer) interrupt() {
	t.done.Store(true)
	_ = t.set(1) // long past; what can fail has failed in wait
}

func (t *timer) close() error { return t.r.Close() }
