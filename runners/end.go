package runners

// An end is one side of a connection that carries whole messages. One
// goroutine sends, one receives, which may be the same.
type end interface {
	// send hands the message over: between processes its bytes are copied,
	// within one the receiver gets this very slice.
	send(message []byte) error

	// receive returns the next message, valid until the next receive, and
	// io.EOF after the other side has closed.
	receive() ([]byte, error)

	// close ends both lanes of this side. What was sent before can still be
	// received.
	close() error
}
