package runners

import (
	"errors"
	"io"
	"net"
	"sync"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/workloads"
)

// countingDialer writes the receipt of what tasks do to the network.
type countingDialer struct {
	workloads.Dialer
	worker *worker
}

func (d countingDialer) Dial(address string) (io.ReadWriteCloser, error) {
	c, err := d.Dialer.Dial(address)
	if err != nil {
		return nil, err
	}
	d.worker.account.Receipt.Dials++
	return &countingConn{c, d.worker}, nil
}

type countingConn struct {
	io.ReadWriteCloser
	worker *worker
}

func (c *countingConn) Read(b []byte) (int, error) {
	n, err := c.ReadWriteCloser.Read(b)
	c.worker.account.Receipt.BytesReceived += int64(n)
	return n, err
}

func (c *countingConn) Write(b []byte) (int, error) {
	n, err := c.ReadWriteCloser.Write(b)
	c.worker.account.Receipt.BytesSent += int64(n)
	return n, err
}

// A connections set knows what is open, so that a cancelled pass can interrupt
// it from another goroutine.
type connections[C comparable] struct {
	cut  func(C) // makes blocked calls return
	mu   sync.Mutex
	open map[C]bool
	done bool
}

func newConnections[C comparable](cut func(C)) *connections[C] {
	return &connections[C]{cut: cut, open: map[C]bool{}}
}

func (s *connections[C]) add(c C) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[c] = true
	if s.done {
		s.cut(c)
	}
}

// remove forgets c, which is then interrupted no more.
func (s *connections[C]) remove(c C) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
}

func (s *connections[C]) interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	for c := range s.open {
		s.cut(c)
	}
}

// A blockingDialer makes connections whose calls block the thread.
type blockingDialer struct{ *connections[*proc.Socket] }

func newBlockingDialer() blockingDialer {
	return blockingDialer{newConnections((*proc.Socket).Interrupt)}
}

func (d blockingDialer) Dial(address string) (io.ReadWriteCloser, error) {
	s, err := proc.Dial(address)
	if err != nil {
		return nil, err
	}
	d.add(s)
	return blockingConn{s, d}, nil
}

type blockingConn struct {
	*proc.Socket
	dialer blockingDialer
}

func (c blockingConn) Close() error {
	c.dialer.remove(c.Socket) // first: its descriptor may soon be another's
	return c.Socket.Close()
}

// A parkingDialer makes connections on which a goroutine parks: the runtime's
// own poller wakes it.
type parkingDialer struct{ *connections[net.Conn] }

func newParkingDialer() parkingDialer {
	return parkingDialer{newConnections(func(c net.Conn) { c.Close() })}
}

// plainDialer sets no options that the other dialers do not set.
var plainDialer = net.Dialer{KeepAlive: -1}

func (d parkingDialer) Dial(address string) (io.ReadWriteCloser, error) {
	c, err := plainDialer.Dial("tcp4", address)
	if err != nil {
		return nil, err
	}
	d.add(c)
	return parkingConn{c, d}, nil
}

type parkingConn struct {
	net.Conn
	dialer parkingDialer
}

func (c parkingConn) Close() error {
	c.dialer.remove(c.Conn)
	return errors.Join(c.Conn.(*net.TCPConn).SetLinger(0), c.Conn.Close())
}
