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
	"sync"
	"time"
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

// An Origin answers every request with its own payload after a service delay.
type Origin struct {
	delay time.Duration
	mu    sync.Mutex
	seen  map[uint64]*Stats
}

// NewOrigin makes an origin with a service delay.
func NewOrigin(delay time.Duration) *Origin {
	return &Origin{delay: delay, seen: map[uint64]*Stats{}}
}

// Serve listens on a free loopback port, calls ready with the address, and
// serves until ctx ends.
func (o *Origin) Serve(ctx context.Context, ready func(address string)) error {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("origin: %w", err)
	}
	var conns sync.WaitGroup
	defer conns.Wait()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	ready(l.Addr().String())
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("origin: %w", err)
		}
		conns.Go(func() {
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
		pass = o.count(pass, stamp, payload)
		time.Sleep(o.delay)
		if _, err := c.Write(payload); err != nil {
			return
		}
	}
}

// count books a request; the first of a connection opens it.
func (o *Origin) count(pass *Stats, stamp uint64, payload []byte) *Stats {
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
	return pass
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
