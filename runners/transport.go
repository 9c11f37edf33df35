package runners

import (
	"fmt"
	"io"
	"os"

	"github.com/nonrev/nonrev/internal/proc"
)

// A transport is a way in which bytes get from one process to another.
type transport struct {
	name string
	// offer makes a connection to a child that is yet to be started: our two
	// ends, and what the child gets as standard input and output.
	offer func() (link, [2]*os.File, error)
	// accept is how the child picks it up.
	accept func() (link, error)
}

// A link is one end of a connection. Reads and writes block the thread.
type link struct {
	io.ReadCloser
	io.WriteCloser
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
	return []transport{{"pipe", offerPipes, acceptPipes}}
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

func offerPipes() (link, [2]*os.File, error) {
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
	return link{r, w}, [2]*os.File{childIn.OS("tasks"), childOut.OS("results")}, nil
}

func acceptPipes() (link, error) {
	r, w, err := proc.Stdio()
	return link{r, w}, err
}
