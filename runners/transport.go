package runners

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/nonrev/nonrev/internal/proc"
)

// A transport is a way in which bytes get from one process to another.
type transport struct {
	name string
	// offer makes a connection to a child that is yet to be started: our two
	// ends, and what the child gets as standard input and output. It is told
	// how many children there will be.
	offer func(children int) (link, [2]*os.File, error)
	// accept is how the child picks it up.
	accept func() (link, error)
	// polls tells that readiness can be waited for together with other
	// descriptors: accept's reader is a proc.File.
	polls bool
}

// A link is one end of a connection. Reads and writes block the thread.
type link struct {
	io.ReadCloser
	io.WriteCloser
	// Messages can be written while the other side reads nothing, and will not
	// block, as long as their bytes and each for every message are no more than
	// room. Known on the side that offered.
	room, each int
}

// Close closes both directions.
func (l link) Close() error {
	err := l.WriteCloser.Close()
	if e := l.ReadCloser.Close(); err == nil {
		err = e
	}
	return err
}

func transports() []transport {
	return []transport{
		{"pipe", offerPipes, acceptStdio, true},
		{"unix", offerUnix, acceptStdio, true},
		{"tcp", offerTCP, acceptStdio, true},
		{"ring", offerRing, acceptRing, false},
	}
}

func transportNames() []string {
	var names []string
	for _, t := range transports() {
		names = append(names, t.name)
	}
	return names
}

func transportNamed(name string) (transport, error) {
	for _, t := range transports() {
		if t.name == name {
			return t, nil
		}
	}
	return transport{}, fmt.Errorf("no transport %q", name)
}

func offerPipes(int) (link, [2]*os.File, error) {
	childIn, w, err := proc.Pipe()
	if err != nil {
		return link{}, [2]*os.File{}, err
	}
	r, childOut, err := proc.Pipe()
	if err != nil {
		childIn.Close()
		w.Close()
		return link{}, [2]*os.File{}, err
	}
	theirs := [2]*os.File{childIn.OS("tasks"), childOut.OS("results")}
	room, err := w.Room()
	if err != nil {
		theirs[0].Close()
		theirs[1].Close()
		return link{}, theirs, errors.Join(err, r.Close(), w.Close())
	}
	return link{r, w, room, 0}, theirs, nil
}

// socketRoom and socketEach are how a socket is filled for certain: each
// message takes a buffer of the kernel's, with a head of its own and a size
// that is rounded up. The least limit of a unix socket is 208 KiB of buffers,
// that of TCP on the loopback interface 128 KiB, heads included, on Linux as it comes.
const (
	socketRoom = 48 << 10
	socketEach = 512
)

func offerUnix(int) (link, [2]*os.File, error) { return offerSocket(proc.Unix()) }

func offerTCP(int) (link, [2]*os.File, error) { return offerSocket(proc.Loopback()) }

// offerSocket gives the child one descriptor both ways.
func offerSocket(r *proc.File, w *proc.Sender, child *proc.File, err error) (link, [2]*os.File, error) {
	if err != nil {
		return link{}, [2]*os.File{}, err
	}
	f := child.OS("socket")
	return link{r, w, socketRoom, socketEach}, [2]*os.File{f, f}, nil
}

func acceptStdio() (link, error) {
	r, w, err := proc.Stdio()
	return link{ReadCloser: r, WriteCloser: w}, err
}

func offerRing(children int) (link, [2]*os.File, error) {
	r, w, theirs, err := proc.NewRing(children)
	return link{r, w, proc.RingRoom, proc.RingEach}, theirs, err
}

func acceptRing() (link, error) {
	r, w, err := proc.JoinRing()
	return link{ReadCloser: r, WriteCloser: w}, err
}
