package proc

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"
)

// A Poller tells which of many non-blocking sockets can go on: epoll, edge
// triggered, so that a socket costs one registration in its life.
type Poller struct {
	fd      int
	events  [128]unix.EpollEvent
	sockets map[int32]*PolledSocket
	watched map[int32]any
}

// NewPoller makes a poller. Where the platform has no epoll the error wraps
// errors.ErrUnsupported.
func NewPoller() (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &Poller{fd: fd, sockets: map[int32]*PolledSocket{}, watched: map[int32]any{}}, nil
}

// Wait blocks until a socket can go on, or for the milliseconds given (-1 for
// ever), and calls wake for every Waiter of such a socket.
func (p *Poller) Wait(milliseconds int, wake func(waiter any)) error {
	n, err := unix.EpollWait(p.fd, p.events[:], milliseconds)
	if err != nil && err != unix.EINTR {
		return fmt.Errorf("epoll: %w", err)
	}
	for _, e := range p.events[:max(n, 0)] {
		if w, ok := p.watched[e.Fd]; ok {
			wake(w)
		} else if s := p.sockets[e.Fd]; s != nil {
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

// Release calls wake for every Waiter, whether its socket can go on or not.
func (p *Poller) Release(wake func(waiter any)) {
	for _, s := range p.sockets {
		s.release(wake)
	}
}

func (s *PolledSocket) release(wake func(waiter any)) {
	if w := s.Waiter; w != nil {
		s.Waiter = nil
		wake(w)
	}
}

// Close closes the poller.
func (p *Poller) Close() error { return unix.Close(p.fd) }

// A PolledSocket is a non-blocking TCP connection. Its calls return
// ErrNotReady when they would block: then set Waiter and try again once woken.
type PolledSocket struct {
	Waiter any
	fd     int
	poller *Poller
}

// ErrNotReady says that a call would have blocked.
var ErrNotReady = errors.New("not ready")

// Dial starts to connect. The socket is usable once Connected returns nil.
func (p *Poller) Dial(address string) (*PolledSocket, error) {
	fd, err := connect(address, unix.SOCK_NONBLOCK)
	if err != nil {
		return nil, err
	}
	e := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(fd)}
	if err := unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &e); err != nil {
		return nil, errors.Join(fmt.Errorf("epoll: %w", err), unix.Close(fd))
	}
	s := &PolledSocket{fd: fd, poller: p}
	p.sockets[int32(fd)] = s
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
	delete(s.poller.sockets, int32(s.fd))
	return reset(s.fd)
}
