package helper

import (
	"context"
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

func descriptors(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("skipped: no /proc/self/fd")
	}
	return len(list)
}
