package runners

import (
	"errors"
	"io"
	"runtime"
	"sync/atomic"
	"testing"
)

// TestUnreadMessagesOutliveTheSender has either side leave after each number of
// messages that there is room for.
func TestUnreadMessagesOutliveTheSender(t *testing.T) {
	eachInProcess(t, func(t *testing.T, via inProcess) {
		const depth = 4
		for n := range via.room(depth) + 1 {
			near, far := via.connect(depth)
			for i := range n {
				if err := near.send([]byte{byte(i)}); err != nil {
					t.Fatal(err)
				}
			}
			if err := near.close(); err != nil {
				t.Error(err)
			}
			for i := range n {
				if m, err := far.receive(); err != nil || len(m) != 1 || m[0] != byte(i) {
					t.Errorf("left after %d messages: %x came instead of message %d, %v", n, m, i, err)
				}
			}
			for range 2 {
				if _, err := far.receive(); err != io.EOF {
					t.Errorf("left after %d messages: then %v", n, err)
				}
				if err := far.send(nil); err == nil {
					t.Errorf("left after %d messages: and takes more", n)
				}
				if err := near.send(nil); err == nil {
					t.Errorf("left after %d messages: and sends more", n)
				}
			}
			closeBoth(t, near, far)
		}
	})
}

// TestClosingEndsWhatIsUnderWay closes one side, the other or both while a
// sender and a receiver wait at each.
func TestClosingEndsWhatIsUnderWay(t *testing.T) {
	closers := map[string]func(near, far end) error{
		"near": func(near, _ end) error { return near.close() },
		"far":  func(_, far end) error { return far.close() },
		"both": func(near, far end) error {
			back := make(chan error, 1)
			go func() { back <- near.close() }()
			return errors.Join(far.close(), <-back)
		},
	}
	eachInProcess(t, func(t *testing.T, via inProcess) {
		for who, closes := range closers {
			for round := range 50 {
				near, far := via.connect(2)
				var sent atomic.Int64
				failed := make(chan error, 2)
				go func() {
					for {
						if err := near.send(nil); err != nil {
							failed <- err
							return
						}
						sent.Add(1)
					}
				}()
				go func() {
					_, err := near.receive()
					failed <- err
				}()
				for range round { // close at another step each time
					if round%2 == 0 {
						runtime.Gosched()
					} else if _, err := far.receive(); err != nil {
						t.Error(err)
					}
				}
				if err := closes(near, far); err != nil {
					t.Errorf("closing %s: %v", who, err)
				}
				for range 2 {
					if err := <-failed; err != io.EOF && err != io.ErrClosedPipe {
						t.Errorf("closing %s ended a call by %v", who, err)
					}
				}
				closeBoth(t, near, far)
			}
		}
	})
}

// TestWhatNobodyCanTakeIsAnError has either side leave while one message more
// is being sent than there is room for, or is about to be.
func TestWhatNobodyCanTakeIsAnError(t *testing.T) {
	eachInProcess(t, func(t *testing.T, via inProcess) {
		for turn := range 60 {
			depth := 1 + turn%3
			near, far := via.connect(depth)
			for range via.room(depth) {
				if err := near.send(nil); err != nil {
					t.Fatal(err)
				}
			}
			sent := make(chan error, 1)
			go func() { sent <- near.send(nil) }()
			for range turn % 5 {
				runtime.Gosched()
			}
			leaves := [2]end{near, far}[turn%2]
			if err := leaves.close(); err != nil {
				t.Error(err)
			}
			if err := <-sent; err != io.ErrClosedPipe {
				t.Errorf("depth %d: one too many was sent: %v", depth, err)
			}
			closeBoth(t, near, far)
		}
	})
}

// TestSendersThatLeaveLoseNothing has a sender leave at once after its last
// message, while the receiver is at work, and the receiver after the last one.
func TestSendersThatLeaveLoseNothing(t *testing.T) {
	eachInProcess(t, func(t *testing.T, via inProcess) {
		for n := range 300 {
			near, far := via.connect(1 + n%3)
			gone := make(chan error, 1)
			go func() {
				var errs []error
				for range n % 7 {
					errs = append(errs, near.send(nil))
				}
				gone <- errors.Join(append(errs, near.close())...)
			}()
			got := 0
			for got < n%7 {
				if _, err := far.receive(); err != nil {
					t.Fatalf("%d of %d messages, then %v", got, n%7, err)
				}
				got++
			}
			if n%2 == 0 {
				if _, err := far.receive(); err != io.EOF {
					t.Errorf("after the last message: %v", err)
				}
			}
			if err := errors.Join(far.close(), <-gone); err != nil {
				t.Errorf("%d messages were received, and the sender says: %v", got, err)
			}
		}
	})
}
