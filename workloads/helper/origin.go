// Package helper holds what serves a workload from a process of its own. It is
// the one place among the workloads that may use the network and the operating
// system.
package helper

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
)

// HeaderSize is the length of a request's header: stamp of the pass and
// length of the payload that follows, both little endian.
const HeaderSize = 12

// askStats, in place of a payload length, asks for what the origin saw of a pass.
const askStats = ^uint32(0)

// maxPayload bounds what one request can make the origin allocate.
const maxPayload = 16 << 20

// Stats is what the origin saw of the pass with one stamp.
type Stats struct {
	Connections, Requests, Bytes int64
	Peak                         int64  // connections open at the same time
	CRC                          uint64 // sum of the CRC-32 of every payload
	open                         int64
}

// An Origin answers every request with its own payload after a service delay,
// which timers keep to some tens of microseconds: a reply is never early, and
// what it is late is the wake-up of a goroutine.
type Origin struct {
	// Delay is the service delay of the n-th request that arrives, n from 0.
	Delay func(n int64) time.Duration
	// Stall, if not nil, is how long the origin stands still when the n-th
	// request arrives: meanwhile it answers nothing on any connection.
	Stall func(n int64) time.Duration
	// Listeners is on how many ports it listens, 1 if it is 0; see ListenersFor.
	Listeners int

	timers   *proc.Timers
	done     <-chan struct{} // when it serves no more
	mu       sync.Mutex
	seen     map[uint64]*Stats
	requests int64
	stalled  time.Duration // until then nothing is answered
}

// NewOrigin makes an origin with a service delay.
func NewOrigin(delay func(n int64) time.Duration) *Origin {
	return &Origin{Delay: delay, timers: proc.NewTimers(true), seen: map[uint64]*Stats{}}
}

// Constant is the same delay for every request.
func Constant(d time.Duration) func(n int64) time.Duration {
	return func(int64) time.Duration { return d }
}

// ListenersFor is on how many ports to listen for so many connections at once:
// Linux lets 4096 wait to be accepted on a port (somaxconn), has those that come
// after them try again a second later, and is slow to find one of the client's
// own ports where most are taken.
func ListenersFor(connections int) int { return 1 + (connections-1)/2048 }

// Addresses takes what Serve tells apart, an address a listener.
func Addresses(all string) []string { return strings.Split(all, ",") }

// Serve listens on free loopback ports, calls ready with their addresses, and
// serves until ctx ends. What it saw is told on each of them.
func (o *Origin) Serve(ctx context.Context, ready func(addresses string)) (err error) {
	listeners, err := listen(max(o.Listeners, 1))
	if err != nil {
		return fmt.Errorf("origin: %w", err)
	}
	defer func() { err = errors.Join(err, o.timers.Close()) }()
	ctx, end := context.WithCancel(ctx)
	defer end()
	o.done = ctx.Done()
	stop := context.AfterFunc(ctx, func() {
		for _, l := range listeners {
			l.Close()
		}
		o.timers.Interrupt()
	})
	defer stop()
	var addresses []string
	for _, l := range listeners {
		addresses = append(addresses, l.Addr().String())
	}
	ready(strings.Join(addresses, ","))
	var serving sync.WaitGroup
	failures := make(chan error, len(listeners))
	for _, l := range listeners {
		serving.Go(func() {
			defer end()
			failures <- o.accept(ctx, l, &serving)
		})
	}
	serving.Wait()
	for range listeners {
		err = errors.Join(err, <-failures)
	}
	return err
}

func listen(n int) ([]net.Listener, error) {
	var all []net.Listener
	for range n {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			for _, l := range all {
				err = errors.Join(err, l.Close())
			}
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// accept serves what comes to a listener until ctx ends.
func (o *Origin) accept(ctx context.Context, l net.Listener, serving *sync.WaitGroup) error {
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("origin: %w", err)
		}
		serving.Go(func() {
			closed := context.AfterFunc(ctx, func() { c.Close() })
			defer closed()
			defer c.Close()
			o.serve(c)
		})
	}
}

// serve answers requests until the client goes away, which it does by a reset.
func (o *Origin) serve(c net.Conn) {
	var header [HeaderSize]byte
	var pass *Stats
	defer func() { o.leave(pass) }()
	r := bufio.NewReader(c)
	for {
		if _, err := io.ReadFull(r, header[:]); err != nil {
			return
		}
		stamp, size := binary.LittleEndian.Uint64(header[:]), binary.LittleEndian.Uint32(header[8:])
		if size == askStats {
			o.tell(c, stamp)
			return
		}
		if size > maxPayload {
			return
		}
		payload := make([]byte, size)
		if _, err := io.ReadFull(r, payload); err != nil {
			return
		}
		arrived := proc.Now()
		var n int64
		pass, n = o.count(pass, stamp, payload)
		if err := o.await(arrived + o.Delay(n)); err != nil {
			return // the client sees an answer that is cut short
		}
		if _, err := c.Write(payload); err != nil {
			return
		}
	}
}

// near is how long before its moment an answer waits for it to the microsecond,
// which takes a descriptor: ten thousand that wait for a second would take as
// many again as their connections do.
const near = 5 * time.Millisecond

// await waits until an answer is due and, if the origin then stands still, for
// the end of that.
func (o *Origin) await(due time.Duration) error {
	for {
		if long := due - near - proc.Now(); long > 0 {
			select {
			case <-time.After(long):
			case <-o.done:
			}
		}
		if err := o.timers.Until(due); err != nil {
			return err
		}
		o.mu.Lock()
		end := o.stalled
		o.mu.Unlock()
		if end <= due {
			return nil
		}
		due = end
	}
}

// count books a request and returns its number; the first of a connection
// opens it.
func (o *Origin) count(pass *Stats, stamp uint64, payload []byte) (*Stats, int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if pass == nil {
		if pass = o.seen[stamp]; pass == nil {
			pass = &Stats{}
			o.seen[stamp] = pass
		}
		pass.Connections++
		pass.open++
		pass.Peak = max(pass.Peak, pass.open)
	}
	pass.Requests++
	pass.Bytes += int64(len(payload))
	pass.CRC += uint64(crc32.ChecksumIEEE(payload))
	n := o.requests
	o.requests++
	if o.Stall == nil {
		return pass, n
	}
	if d := o.Stall(n); d > 0 {
		o.stalled = max(o.stalled, proc.Now()+d)
	}
	return pass, n
}

func (o *Origin) leave(pass *Stats) {
	if pass == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	pass.open--
}

// tell answers with what was seen of a pass, and forgets it.
func (o *Origin) tell(w io.Writer, stamp uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var s Stats
	if seen := o.seen[stamp]; seen != nil {
		s = *seen
	}
	delete(o.seen, stamp)
	_ = json.NewEncoder(w).Encode(s) // a client that has gone asks for nothing
}

// OriginStats asks the origin at address what it saw of the pass with a stamp.
func OriginStats(address string, stamp uint64) (Stats, error) {
	c, err := net.Dial("tcp4", address)
	if err != nil {
		return Stats{}, fmt.Errorf("ask the origin: %w", err)
	}
	defer c.Close()
	if _, err := c.Write(AppendHeader(nil, stamp, askStats)); err != nil {
		return Stats{}, fmt.Errorf("ask the origin: %w", err)
	}
	var s Stats
	if err := json.NewDecoder(c).Decode(&s); err != nil {
		return Stats{}, fmt.Errorf("ask the origin: %w", errors.Join(err, c.Close()))
	}
	return s, nil
}

// AppendHeader appends the header of a request.
func AppendHeader(b []byte, stamp uint64, size uint32) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint64(b, stamp), size)
}
