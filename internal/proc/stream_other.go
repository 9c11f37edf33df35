//go:build !linux

package proc

import (
	"errors"
	"io"
	"net"
	"os"
)

// A File is one end of a pipe.
type File struct{ *os.File }

// Pipe makes a pipe.
func Pipe() (r, w *File, err error) {
	pr, pw, err := os.Pipe()
	return &File{pr}, &File{pw}, err
}

// Stdio takes standard input and output for frames. Whatever else in this
// process prints goes to standard error from then on.
func Stdio() (r, w *File, err error) {
	in, out := os.Stdin, os.Stdout
	os.Stdout = os.Stderr
	return &File{in}, &File{out}, nil
}

// OS hands the descriptor over to an *os.File, to give it to a child.
func (f *File) OS(string) *os.File { return f.File }

// Room is how many bytes can be written for certain while nobody reads: the
// least that any system gives a pipe.
func (f *File) Room() (int, error) { return 4096, nil }

// A Socket is a TCP connection.
type Socket struct{ net.Conn }

// Dial connects to a loopback address and blocks until that is done.
func Dial(address string) (*Socket, error) {
	c, err := net.Dial("tcp4", address)
	if err != nil {
		return nil, err
	}
	return &Socket{c}, nil
}

// Close resets the connection: no port is left waiting behind it.
func (s *Socket) Close() error {
	return errors.Join(s.Conn.(*net.TCPConn).SetLinger(0), s.Conn.Close())
}

// Interrupt makes a blocked Read or Write return.
func (s *Socket) Interrupt() { s.Conn.Close() }

// Parked is the same descriptor for a goroutine to park on.
func Parked(r io.ReadCloser) (io.ReadCloser, error) { return r, nil }
