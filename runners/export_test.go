package runners

// PlayPeer is the other side of the transport tests.
var PlayPeer = playPeer

// PlayLiar is the other side of the tests of exchanges that go wrong.
var PlayLiar = playLiar

// Polls tells whether a transport can be waited for together with sockets.
func Polls(name string) bool {
	t, err := transportNamed(name)
	return err == nil && t.polls
}
