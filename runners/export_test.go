package runners

// PlayPeer is the other side of the transport tests.
var PlayPeer = playPeer

// Polls tells whether a transport can be waited for together with sockets.
func Polls(name string) bool {
	t, err := transportNamed(name)
	return err == nil && t.polls
}
