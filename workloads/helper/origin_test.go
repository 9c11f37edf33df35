package helper

import (
	"context"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// Ten thousand connections that wait for their answers must fit into the usual
// limit of descriptors, and must not keep the origin from ending.
func TestAConnectionThatWaitsLongTakesItsOwnDescriptorAlone(t *testing.T) {
	const open = 200
	arrived := make(chan struct{})
	o := NewOrigin(func(n int64) time.Duration {
		if n == open-1 {
			close(arrived)
		}
		return time.Hour
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- o.Serve(ctx, func(a string) { address <- a }) }()
	at, before := <-address, descriptors(t)
	for range open {
		c, err := net.Dial("tcp4", at)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write(append(AppendHeader(nil, 1, 4), "ping"...)); err != nil {
			t.Fatal(err)
		}
	}
	<-arrived
	if more := descriptors(t) - before; more > 2*open+open/2 { // both ends are here
		t.Errorf("%d connections take %d descriptors", open, more)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// All listeners of an origin are one origin: each of them knows what came to any.
func TestListenersAreOneOrigin(t *testing.T) {
	o := NewOrigin(Constant(0))
	o.Listeners = 3
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	all, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- o.Serve(ctx, func(a string) { all <- a }) }()
	addresses := Addresses(<-all)
	for _, address := range addresses {
		c, err := net.Dial("tcp4", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		reply := make([]byte, 4)
		if _, err := c.Write(append(AppendHeader(nil, 7, 4), "ping"...)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, reply); err != nil || string(reply) != "ping" {
			t.Errorf("%s answers %q, %v", address, reply, err)
		}
	}
	if got, err := OriginStats(addresses[2], 7); err != nil || len(addresses) != 3 || got.Connections != 3 || got.Peak != 3 {
		t.Errorf("%v saw %+v, %v", addresses, got, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// No more connections come to a listener than may wait to be accepted.
func TestListenersForManyConnections(t *testing.T) {
	for connections, want := range map[int]int{1: 1, 128: 1, 2048: 1, 2049: 2, 10_000: 5, 100_000: 49} {
		if got := ListenersFor(connections); got != want {
			t.Errorf("%d listeners for %d connections, want %d", got, connections, want)
		}
	}
}

func descriptors(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("skipped: no /proc/self/fd")
	}
	return len(list)
}
