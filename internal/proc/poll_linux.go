package proc

import (
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// A Poller tells which of many non-blocking sockets and timers can go on:
// epoll, edge triggered, so that each costs one registration in its life.
type Poller struct {
	fd      int
	events  [128]unix.EpollEvent
	polled  map[int32]*polled
	watched map[int32]any
}

// polled is what a poller knows of a descriptor.
type polled struct {
	Waiter any // whom to wake, nil if nobody waits
	fd     int
	poller *Poller
}

// poll has the poller watch a descriptor for a change of what it can do.
func (p *Poller) poll(s *polled, events uint32) error {
	e := unix.EpollEvent{Events: events | unix.EPOLLET, Fd: int32(s.fd)}
	if err := unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, s.fd, &e); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	p.polled[int32(s.fd)] = s
	return nil
}

// NewPoller makes a poller. Where the platform has no epoll the error wraps
// errors.ErrUnsupported.
func NewPoller() (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &Poller{fd: fd, polled: map[int32]*polled{}, watched: map[int32]any{}}, nil
}

// Wait blocks until a socket or timer can go on, or for the milliseconds given
// (-1 for ever), and calls wake for every Waiter of such a one.
func (p *Poller) Wait(milliseconds int, wake func(waiter any)) error {
	n, err := unix.EpollWait(p.fd, p.events[:], milliseconds)
	if err != nil && err != unix.EINTR {
		return fmt.Errorf("epoll: %w", err)
	}
	for _, e := range p.events[:max(n, 0)] {
		if w, ok := p.watched[e.Fd]; ok {
			wake(w)
		} else if s := p.polled[e.Fd]; s != nil {
			s.release(wake)
		}
	}
	return nil
}

// Watch has Wait call wake with the waiter whenever a Read of the file would
// not block, its end included.
func (p *Poller) Watch(f *File, waiter any) error {
	e := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(f.fd)}
	if err := unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, f.fd, &e); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	p.watched[int32(f.fd)] = waiter
	return nil
}

// Release calls wake for every Waiter, whether what it waits for is there or not.
func (p *Poller) Release(wake func(waiter any)) {
	for _, s := range p.polled {
		s.release(wake)
	}
}

func (s *polled) release(wake func(waiter any)) {
	if w := s.Waiter; w != nil {
		s.Waiter = nil
		wake(w)
	}
}

// Close closes the poller.
func (p *Poller) Close() error { return unix.Close(p.fd) }

// A PolledSocket is a non-blocking TCP connection. Its calls return
// ErrNotReady when they would block: then set Waiter and try again once woken.
type PolledSocket struct{ polled }

// ErrNotReady says that a call would have blocked.
var ErrNotReady = errors.New("not ready")

// Dial starts to connect. The socket is usable once Connected returns nil.
func (p *Poller) Dial(address string) (*PolledSocket, error) {
	fd, err := connect(address, unix.SOCK_NONBLOCK)
	if err != nil {
		return nil, err
	}
	s := &PolledSocket{polled{fd: fd, poller: p}}
	if err := p.poll(&s.polled, unix.EPOLLIN|unix.EPOLLOUT|unix.EPOLLRDHUP); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return s, nil
}

// Connected tells how connecting went: nil, ErrNotReady or what failed.
func (s *PolledSocket) Connected() error {
	if code, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR); err != nil || code != 0 {
		return errors.Join(err, unix.Errno(code))
	}
	if _, err := unix.Getpeername(s.fd); err == unix.ENOTCONN {
		return ErrNotReady
	}
	return nil
}

// Read reads what there is.
func (s *PolledSocket) Read(b []byte) (int, error) {
	n, err := again(unix.Read, s.fd, b)
	if err == nil && n == 0 && len(b) > 0 {
		err = io.EOF
	}
	return n, err
}

// Write writes what fits.
func (s *PolledSocket) Write(b []byte) (int, error) { return again(unix.Write, s.fd, b) }

// again repeats an interrupted call: readiness is told once, so it must not be lost.
func again(call func(int, []byte) (int, error), fd int, b []byte) (int, error) {
	for {
		n, err := call(fd, b)
		switch err {
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, ErrNotReady
		default:
			return max(n, 0), err
		}
	}
}

// Close resets the connection.
func (s *PolledSocket) Close() error {
	delete(s.poller.polled, int32(s.fd))
	return reset(s.fd)
}

// A PolledTimer is a moment that a poller waits for: set Waiter to have it
// woken then.
type PolledTimer struct {
	polled
	timer *timer
}

// NewTimer makes a timer that has not been set.
func (p *Poller) NewTimer() (*PolledTimer, error) {
	t, err := newTimer(false)
	if err != nil {
		return nil, err
	}
	s := &PolledTimer{polled{fd: t.fd, poller: p}, t}
	if err := p.poll(&s.polled, unix.EPOLLIN); err != nil {
		return nil, errors.Join(err, t.close())
	}
	return s, nil
}

// Set has the timer end at a moment on the clock of Now.
func (t *PolledTimer) Set(at time.Duration) error { return t.timer.set(at) }

// Close closes the timer.
func (t *PolledTimer) Close() error {
	delete(t.poller.polled, int32(t.fd))
	return t.timer.close()
}
