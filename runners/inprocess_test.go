package runners

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// eachInProcess runs f for every transport within a process, on one thread and
// on several; what it starts must have ended after it.
func eachInProcess(t *testing.T, f func(t *testing.T, via inProcess)) {
	for _, via := range inProcessTransports() {
		for _, procs := range []int{1, max(runtime.GOMAXPROCS(0), 2)} {
			t.Run(fmt.Sprintf("%s/procs=%d", via.name, procs), func(t *testing.T) {
				defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				hang := time.AfterFunc(time.Minute, func() { panic("hangs") })
				defer hang.Stop()
				f(t, via)
				if n := slotLanes.Load(); n != 0 {
					t.Errorf("%d lanes are still open", n)
				}
			})
		}
	}
}

// room is how many messages can be sent there while nobody receives.
func (via inProcess) room(depth int) int {
	if via.name == "channel" {
		return 0
	}
	return depth
}

func closeBoth(t testing.TB, near, far end) {
	t.Helper()
	if err := errors.Join(near.close(), far.close()); err != nil {
		t.Error(err)
	}
}

// stream sends numbered messages on one end and wants them at the other, in
// order, each in the very memory that it was sent in.
func stream(from, to end, n int) error {
	messages := make([][]byte, n)
	failed := make(chan error, 1)
	go func() {
		for i := range n {
			m := le.AppendUint64(make([]byte, 0, 8), uint64(i))
			messages[i] = m
			if err := from.send(m); err != nil {
				failed <- fmt.Errorf("send message %d: %w", i, err)
				return
			}
		}
		failed <- nil
	}()
	for i := range n {
		m, err := to.receive()
		if err != nil {
			return errors.Join(fmt.Errorf("receive message %d: %w", i, err), <-failed)
		}
		if len(m) != 8 || le.Uint64(m) != uint64(i) || &m[0] != &messages[i][0] {
			return fmt.Errorf("%x arrived as message %d", m, i)
		}
	}
	return <-failed
}

// TestMessagesKeepTheirOrderWithinAProcess has both sides send and receive at
// the same time.
func TestMessagesKeepTheirOrderWithinAProcess(t *testing.T) {
	eachInProcess(t, func(t *testing.T, via inProcess) {
		const all = 3000
		for _, depth := range []int{1, 2, 64} {
			near, far := via.connect(depth)
			back := make(chan error, 1)
			go func() { back <- stream(far, near, all) }()
			if err := errors.Join(stream(near, far, all), <-back); err != nil {
				t.Errorf("depth %d: %v", depth, err)
			}
			closeBoth(t, near, far)
		}
	})
}

func TestPayloadsOfEverySizeCrossWithinAProcess(t *testing.T) {
	eachInProcess(t, func(t *testing.T, via inProcess) {
		near, far := via.connect(1)
		defer closeBoth(t, near, far)
		echoed := make(chan error, 1)
		sizes := []int{0, 1, 64, 4095, 65536, 1 << 20}
		go func() { echoed <- echo(far, len(sizes)) }()
		for _, n := range sizes {
			sent := bytes.Repeat([]byte{byte(n), byte(n >> 8), 3, 5, 7, 11, 13}, n/7+1)[:n]
			if err := near.send(sent); err != nil {
				t.Fatal(err)
			}
			got, err := near.receive()
			if err != nil || !bytes.Equal(got, sent) || n > 0 && &got[0] != &sent[0] {
				t.Errorf("%d bytes came back for %d, %v", len(got), n, err)
			}
		}
		if err := <-echoed; err != nil {
			t.Error(err)
		}
	})
}

// echo sends back so many messages.
func echo(e end, n int) error {
	for range n {
		m, err := e.receive()
		if err == nil {
			err = e.send(m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// TestSendersWaitWhenAllIsUnread counts what is taken for a receiver that does
// not receive. Fewer than there is room for would hang.
func TestSendersWaitWhenAllIsUnread(t *testing.T) {
	eachInProcess(t, func(t *testing.T, via inProcess) {
		for _, depth := range []int{1, 3, 64} {
			near, far := via.connect(depth)
			const all = 100
			var sent atomic.Int64
			failed := make(chan error, 1)
			go func() {
				var err error
				for err == nil && sent.Load() < all {
					if err = near.send(nil); err == nil {
						sent.Add(1)
					}
				}
				failed <- err
			}()
			room := via.room(depth)
			for sent.Load() < int64(room) {
				runtime.Gosched()
			}
			awaitStandstill(&sent)
			for read := range all {
				if n := sent.Load(); n > int64(read+room) {
					t.Fatalf("depth %d: %d messages were sent when %d were received", depth, n, read)
				}
				if _, err := far.receive(); err != nil {
					t.Fatal(err)
				}
				runtime.Gosched()
			}
			if err := <-failed; err != nil {
				t.Error(err)
			}
			closeBoth(t, near, far)
		}
	})
}

func TestHandingOverAllocatesNothing(t *testing.T) {
	eachInProcess(t, func(t *testing.T, via inProcess) {
		near, far := via.connect(1)
		ended := make(chan error, 1)
		go func() { ended <- echo(far, 1<<30) }()
		message := make([]byte, 64)
		turn := func() {
			if err := near.send(message); err != nil {
				t.Fatal(err)
			}
			var err error
			if message, err = near.receive(); err != nil {
				t.Fatal(err)
			}
		}
		turn()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		const turns = 1000
		for range turns {
			turn()
		}
		runtime.ReadMemStats(&after)
		// The runtime's records of who waits lie with the threads, some hundred each
		// until they come back from where those were woken who had them.
		if n := after.Mallocs - before.Mallocs; n > turns/2 {
			t.Errorf("%d allocations for %d messages and answers", n, turns)
		}
		closeBoth(t, near, far)
		if err := <-ended; err != io.EOF && err != io.ErrClosedPipe {
			t.Error(err)
		}
	})
}

// TestManyMessagesCross is for the race detector.
func TestManyMessagesCross(t *testing.T) {
	eachInProcess(t, func(t *testing.T, via inProcess) {
		near, far := via.connect(8)
		echoed := make(chan error, 1)
		const all = 100_000
		go func() { echoed <- echo(far, all) }()
		messages := make([]uint64Message, 8)
		for sent, due := 0, 0; due < all; {
			if sent < all && sent-due < len(messages) {
				m := messages[sent%len(messages)][:]
				le.PutUint64(m, uint64(sent))
				if err := near.send(m); err != nil {
					t.Fatal(err)
				}
				sent++
				continue
			}
			m, err := near.receive()
			if err != nil || le.Uint64(m) != uint64(due) {
				t.Fatalf("%x came back for message %d, %v", m, due, err)
			}
			due++
		}
		if err := <-echoed; err != nil {
			t.Error(err)
		}
		closeBoth(t, near, far)
	})
}

type uint64Message [8]byte

// TestSleepersAreWoken has both sides of a ring go to sleep at random moments
// around those at which the other side changes what they wait for.
func TestSleepersAreWoken(t *testing.T) {
	hang := time.AfterFunc(time.Minute, func() { panic("hangs") })
	defer hang.Stop()
	l := newSlotLane(1)
	const all = 100_000
	received := make(chan error, 1)
	go func() {
		defer l.close()
		random := rand.New(rand.NewPCG(1, 1))
		for range all {
			dawdle(random)
			if len(l.filled.rung) > 0 {
				received <- errors.New("the bell was rung though nobody says that it sleeps")
				return
			}
			l.sleep(&l.slots[0].full, true, &l.filled)
			if _, err := l.receive(); err != nil {
				received <- err
				return
			}
		}
		received <- nil
	}()
	random := rand.New(rand.NewPCG(2, 2))
	for n := range all {
		dawdle(random)
		l.sleep(&l.slots[0].full, false, &l.freed)
		if err := l.send(nil); err != nil {
			t.Errorf("send message %d: %v", n, err)
			break
		}
	}
	if err := <-received; err != nil {
		t.Error(err)
	}
}

// dawdle takes up to about a microsecond and lets others run now and then, which
// has the scheduler give both sides threads of their own.
func dawdle(random *rand.Rand) {
	var never atomic.Bool
	for range random.IntN(3) {
		for range random.IntN(1000) {
			if never.Load() {
				return
			}
		}
		runtime.Gosched()
	}
}
