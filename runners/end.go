package runners

// An end is one side of a connection that carries whole messages. One
// goroutine sends, one receives, which may be the same.
type end interface {
	// send hands the message over: between processes its bytes are copied,
	// within one the receiver gets this very slice. It blocks while the
	// connection is full, and fails once either side has closed.
	send(message []byte) error

	// receive returns the next message, valid until the next receive, and
	// io.EOF after the other side has closed and what it sent was received.
	receive() ([]byte, error)

	// close ends both lanes of this side. What was sent before can still be
	// received, unless a send is under way, which takes it along.
	close() error
}
