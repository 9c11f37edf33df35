package proc

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// A File is a raw blocking descriptor: each Read and Write is one system call
// on the calling thread. The runtime's poller, which the standard library
// would use, makes a pipe round trip 2.5 times dearer.
type File struct{ fd int }

// pipeBytes is how much a pipe should hold, if the system gives a user so much:
// four times what it holds as it comes, so that a payload of 64 KiB and its
// head need not wait for the reader half-way.
const pipeBytes = 256 << 10

// Pipe makes a blocking pipe. Neither end is inherited by other children.
func Pipe() (r, w *File, err error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, fmt.Errorf("pipe: %w", err)
	}
	_, _ = unix.FcntlInt(uintptr(p[1]), unix.F_SETPIPE_SZ, pipeBytes) // it is a wish
	return &File{p[0]}, &File{p[1]}, nil
}

// Stdio takes standard input and output for frames. Whatever else in this
// process prints goes to standard error from then on.
func Stdio() (r, w *File, err error) {
	in, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, nil, fmt.Errorf("standard input: %w", err)
	}
	out, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, nil, fmt.Errorf("standard output: %w", err)
	}
	if err := unix.Dup3(2, 1, 0); err != nil {
		return nil, nil, fmt.Errorf("standard output: %w", err)
	}
	os.Stdout = os.Stderr
	return &File{in}, &File{out}, nil
}

// OS hands the descriptor over to an *os.File, to give it to a child.
func (f *File) OS(name string) *os.File { return os.NewFile(uintptr(f.fd), name) }

// Read reads what there is, waiting for at least one byte.
func (f *File) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(f.fd, b)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0 && len(b) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// Write writes all of b.
func (f *File) Write(b []byte) (int, error) {
	done := 0
	for done < len(b) {
		n, err := unix.Write(f.fd, b[done:])
		switch err {
		case nil:
			done += n
		case unix.EINTR:
		case unix.EAGAIN: // the other half of this socket was given to Parked
			if _, err := polls(f.fd, unix.POLLOUT, -1); err != nil {
				return done, err
			}
		default:
			return done, err
		}
	}
	return done, nil
}

// polls waits for the milliseconds given (-1 for ever) until a descriptor can
// do what the events say, or has hung up, and returns what it can do.
func polls(fd int, events int16, milliseconds int) (int16, error) {
	p := [1]unix.PollFd{{Fd: int32(fd), Events: events}}
	for {
		_, err := unix.Poll(p[:], milliseconds)
		if err != unix.EINTR {
			return p[0].Revents, err
		}
	}
}

// Room is how many bytes can be written for certain while nobody reads, in
// writes of any size: half the pipe, which holds pages, of which a write that
// does not fit into the rest of one begins another.
func (f *File) Room() (int, error) {
	n, err := unix.FcntlInt(uintptr(f.fd), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		return 0, fmt.Errorf("size of pipe: %w", err)
	}
	return n / 2, nil
}

// Close closes the descriptor.
func (f *File) Close() error { return unix.Close(f.fd) }

// A Socket is a TCP connection on raw system calls.
type Socket struct{ File }

// Dial connects to a loopback address and blocks until that is done.
func Dial(address string) (*Socket, error) {
	fd, err := connect(address, 0)
	if err != nil {
		return nil, err
	}
	return &Socket{File{fd}}, nil
}

// Close resets the connection: no port is left waiting behind it.
func (s *Socket) Close() error { return reset(s.fd) }

// Interrupt makes a blocked Read or Write return.
func (s *Socket) Interrupt() { _ = unix.Shutdown(s.fd, unix.SHUT_RDWR) } // a closed peer is interrupted already

func reset(fd int) error {
	err := unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	return errors.Join(err, unix.Close(fd))
}

// connect makes a TCP socket and connects it; with SOCK_NONBLOCK in flags the
// connection may still be under way when it returns.
func connect(address string, flags int) (int, error) {
	a, err := netip.ParseAddrPort(address)
	if err != nil || !a.Addr().Is4() {
		return -1, fmt.Errorf("dial %q: not an IPv4 address and port", address)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|flags, 0)
	if err != nil {
		return -1, fmt.Errorf("dial %s: %w", address, err)
	}
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return -1, errors.Join(fmt.Errorf("dial %s: %w", address, err), unix.Close(fd))
	}
	for {
		err = unix.Connect(fd, &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()})
		switch err {
		case nil, unix.EINPROGRESS, unix.EISCONN:
			return fd, nil
		case unix.EINTR:
		default:
			return -1, errors.Join(fmt.Errorf("dial %s: %w", address, err), unix.Close(fd))
		}
	}
}

// Parked is the same descriptor for a goroutine to park on: the runtime's
// poller waits for it. It takes the descriptor over.
func Parked(r io.ReadCloser) (io.ReadCloser, error) {
	f, ok := r.(*File)
	if !ok {
		return r, nil
	}
	if err := unix.SetNonblock(f.fd, true); err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	return f.OS("tasks"), nil
}
