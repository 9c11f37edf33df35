package runners

import (
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

// blockingDialer makes connections whose calls block the thread. Its tasks run
// one at a time, but a cancelled pass interrupts them from another goroutine.
type blockingDialer struct {
	mu   sync.Mutex
	open map[*proc.Socket]bool
	done bool
}

func (d *blockingDialer) Dial(address string) (io.ReadWriteCloser, error) {
	s, err := proc.Dial(address)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		d.open = map[*proc.Socket]bool{}
	}
	d.open[s] = true
	if d.done {
		s.Interrupt()
	}
	return blockingConn{s, d}, nil
}

func (d *blockingDialer) interrupt() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done = true
	for s := range d.open {
		s.Interrupt()
	}
}

type blockingConn struct {
	*proc.Socket
	dialer *blockingDialer
}

func (c blockingConn) Close() error {
	c.dialer.mu.Lock()
	defer c.dialer.mu.Unlock()
	delete(c.dialer.open, c.Socket)
	return c.Socket.Close()
}

// parkingDialer makes connections on which a goroutine parks: the runtime's
// own poller wakes it.
type parkingDialer struct {
	mu   sync.Mutex
	open map[net.Conn]bool
	done bool
}

// plainDialer sets no options that the other dialers do not set.
var plainDialer = net.Dialer{KeepAlive: -1}

func (d *parkingDialer) Dial(address string) (io.ReadWriteCloser, error) {
	c, err := plainDialer.Dial("tcp4", address)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		d.open = map[net.Conn]bool{}
	}
	d.open[c] = true
	if d.done {
		c.Close()
	}
	return parkingConn{c, d}, nil
}

func (d *parkingDialer) interrupt() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done = true
	for c := range d.open {
		c.Close()
	}
}

type parkingConn struct {
	net.Conn
	dialer *parkingDialer
}

func (c parkingConn) Close() error {
	c.dialer.mu.Lock()
	delete(c.dialer.open, c.Conn)
	c.dialer.mu.Unlock()
	if err := c.Conn.(*net.TCPConn).SetLinger(0); err != nil {
		return err
	}
	return c.Conn.Close()
}
