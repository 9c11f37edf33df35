package proc

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// A Sender is the half of a socket that sends. The half that receives is a
// File on the same descriptor, which is that one's to close.
type Sender struct{ File }

// Close tells the other side that nothing more will come.
func (s *Sender) Close() error {
	err := unix.Shutdown(s.fd, unix.SHUT_WR)
	if err == unix.ENOTCONN { // it has gone
		return nil
	}
	return err
}

// Unix makes a pair of connected unix stream sockets: both halves of our end,
// and the end for a child.
func Unix() (r *File, w *Sender, child *File, err error) {
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("unix socket pair: %w", err)
	}
	return &File{p[0]}, &Sender{File{p[0]}}, &File{p[1]}, nil
}

// Loopback makes a TCP connection of this process to itself over 127.0.0.1:
// both halves of our end, and the end for a child. Nobody listens any more
// when it returns. Either end resets the connection when its last descriptor
// is closed, by the end of a process as well, so that no port is left waiting.
func Loopback() (r *File, w *Sender, child *File, err error) {
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("loopback: %w", err)
	}
	defer unix.Close(listener)
	ours, theirs, err := meet(listener)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("loopback: %w", err)
	}
	return &File{ours}, &Sender{File{ours}}, &File{theirs}, nil
}

// meet connects to a socket that is to listen, and accepts that connection.
func meet(listener int) (ours, theirs int, err error) {
	err = unix.Bind(listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	if err == nil {
		err = unix.Listen(listener, 1)
	}
	if err != nil {
		return -1, -1, err
	}
	at, err := address(unix.Getsockname(listener))
	if err != nil {
		return -1, -1, err
	}
	if ours, err = connect(at.String(), 0); err != nil {
		return -1, -1, err
	}
	if theirs, err = acceptFrom(listener, ours); err != nil {
		return -1, -1, errors.Join(err, reset(ours))
	}
	for _, fd := range []int{ours, theirs} {
		if err = direct(fd); err != nil {
			return -1, -1, errors.Join(err, reset(ours), reset(theirs))
		}
	}
	return ours, theirs, nil
}

// acceptFrom accepts connections until one is ours: while the port listens
// any process of the machine may be the first.
func acceptFrom(listener, ours int) (int, error) {
	want, err := address(unix.Getsockname(ours))
	if err != nil {
		return -1, err
	}
	for {
		fd, from, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
		if err == unix.EINTR || err == unix.ECONNABORTED {
			continue
		}
		if err != nil {
			return -1, err
		}
		if got, err := address(from, nil); err == nil && got == want {
			return fd, nil
		}
		if err := reset(fd); err != nil {
			return -1, err
		}
	}
}

// direct has a TCP socket send at once what is written and end by a reset.
func direct(fd int) error {
	return errors.Join(
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
		unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}))
}

func address(a unix.Sockaddr, err error) (netip.AddrPort, error) {
	if err != nil {
		return netip.AddrPort{}, err
	}
	v4, ok := a.(*unix.SockaddrInet4)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("no IPv4 address: %v", a)
	}
	return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), uint16(v4.Port)), nil
}
