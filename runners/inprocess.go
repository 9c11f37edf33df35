package runners

import (
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// An inProcess is a way in which messages get from one goroutine to another of
// the same process. The memory is handed over: nothing is copied, and who has
// sent a message must not touch it any more. Both ends can be closed at any
// time, from any goroutine and more than once; calls under way return.
type inProcess struct {
	name string
	// connect makes a connection of two lanes, there and back, on each of which
	// a sender blocks while as many messages as depth are unread.
	connect func(depth int) (sender, receiver end)
}

func inProcessTransports() []inProcess {
	return []inProcess{
		{"channel", connectChannels},
		{"buffered", connectBuffered},
		{"cond", connectCond},
		{"spsc", connectRings},
	}
}

// apart is the distance in bytes of what two CPUs write all the time: a cache
// line, and the one that processors fetch with it.
const apart = 128

// connectChannels makes the lane there a channel without a buffer. A receiver
// that answers in turn must not wait for a sender that waits for it: so the
// lane back has room for the answers to all messages but the one being sent,
// which at depth 1 is none.
func connectChannels(depth int) (sender, receiver end) {
	there, back := newChannelLane(0), newChannelLane(depth-1)
	return channelEnd{there, back}, channelEnd{back, there}
}

// connectBuffered makes both lanes channels with a buffer.
func connectBuffered(depth int) (sender, receiver end) {
	there, back := newChannelLane(depth), newChannelLane(depth)
	return channelEnd{there, back}, channelEnd{back, there}
}

type channelEnd struct{ out, in *channelLane }

func (e channelEnd) send(message []byte) error { return e.out.send(message) }

func (e channelEnd) receive() ([]byte, error) { return e.in.receive() }

func (e channelEnd) close() error {
	e.out.close()
	e.in.close()
	return nil
}

// A channelLane is one direction over a Go channel. A select that waits for
// the end of the lane too would double the cost of each message. So whoever
// closes the lane first takes off the channel what is being sent, and then
// closes the channel, which nobody uses from then on.
type channelLane struct {
	messages chan []byte
	closed   atomic.Bool // before the channel is
	once     sync.Once
	lost     bool // a message that was being sent; written before the channel is closed
	_        [apart]byte
	sending  atomic.Bool // a send is under way
	_        [apart]byte
}

func newChannelLane(room int) *channelLane { return &channelLane{messages: make(chan []byte, room)} }

func (l *channelLane) send(message []byte) error {
	// First say that we send, then look: whoever closes first closes, then
	// looks whether somebody sends. One of the two sees the other.
	l.sending.Store(true)
	if l.closed.Load() {
		l.sending.Store(false)
		return io.ErrClosedPipe
	}
	l.messages <- message
	l.sending.Store(false)
	if l.closed.Load() {
		l.close() // returns when all is said that there is to say
		if l.lost {
			return io.ErrClosedPipe
		}
	}
	return nil
}

func (l *channelLane) receive() ([]byte, error) {
	message, ok := <-l.messages
	if !ok {
		return nil, io.EOF
	}
	return message, nil
}

func (l *channelLane) close() {
	l.once.Do(func() {
		l.closed.Store(true)
		for l.sending.Load() {
			select {
			case <-l.messages:
				l.lost = true
			default:
				runtime.Gosched()
			}
		}
		close(l.messages)
	})
}

// connectCond makes both lanes queues that a mutex guards.
func connectCond(depth int) (sender, receiver end) {
	there, back := newCondLane(depth), newCondLane(depth)
	return condEnd{there, back}, condEnd{back, there}
}

type condEnd struct{ out, in *condLane }

func (e condEnd) send(message []byte) error { return e.out.send(message) }

func (e condEnd) receive() ([]byte, error) { return e.in.receive() }

func (e condEnd) close() error {
	e.out.close()
	e.in.close()
	return nil
}

// A condLane is one direction over a bounded queue. At most one goroutine waits
// on each condition, so that waking one is enough.
type condLane struct {
	mu            sync.Mutex // guards what follows
	filled, freed sync.Cond
	slots         [][]byte
	first, unread int
	closed        bool
}

func newCondLane(depth int) *condLane {
	l := &condLane{slots: make([][]byte, depth)}
	l.filled.L, l.freed.L = &l.mu, &l.mu
	return l
}

func (l *condLane) send(message []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.unread == len(l.slots) && !l.closed {
		l.freed.Wait()
	}
	if l.closed {
		return io.ErrClosedPipe
	}
	l.slots[(l.first+l.unread)%len(l.slots)] = message
	l.unread++
	l.filled.Signal()
	return nil
}

func (l *condLane) receive() ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.unread == 0 {
		if l.closed {
			return nil, io.EOF
		}
		l.filled.Wait()
	}
	message := l.slots[l.first]
	l.slots[l.first] = nil // the queue keeps no memory that it has handed over
	l.first = (l.first + 1) % len(l.slots)
	l.unread--
	l.freed.Signal()
	return message, nil
}

func (l *condLane) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.filled.Signal()
	l.freed.Signal()
}
