package proc

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What TCP keeps of a connection that has ended holds its port for a minute.
func TestLoopbackLeavesNoPortWaiting(t *testing.T) {
	for name, closing := range map[string]func(r *File, w *Sender, child *File) error{
		"ours first":   func(r *File, w *Sender, child *File) error { return errors.Join(w.Close(), r.Close(), child.Close()) },
		"theirs first": func(r *File, w *Sender, child *File) error { return errors.Join(child.Close(), w.Close(), r.Close()) },
		"as crews do":  func(r *File, w *Sender, child *File) error { return errors.Join(w.Close(), child.Close(), r.Close()) },
	} {
		r, w, child, err := Loopback()
		if err != nil {
			t.Fatal(err)
		}
		pair := ends(t, r.fd)
		if _, err := w.Write([]byte("unread")); err != nil {
			t.Error(err)
		}
		if !tcpKnows(t, pair) {
			t.Fatalf("connection %s is not to be seen", pair)
		}
		if err := closing(r, w, child); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if tcpKnows(t, pair) {
			t.Errorf("%s: connection %s is still held", name, pair)
		}
	}
}

// ends gives both ends of a connection as /proc/net/tcp writes them. One port
// would not do: any process may be given it as soon as it is free.
func ends(t *testing.T, fd int) string {
	ours, err := address(unix.Getsockname(fd))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := address(unix.Getpeername(fd))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("0100007F:%04X 0100007F:%04X ", ours.Port(), theirs.Port())
}

func tcpKnows(t *testing.T, pair string) bool {
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Skip("skipped: no /proc/net/tcp")
	}
	return strings.Contains(string(table), pair)
}

// While the port listens any process of the machine may connect to it.
func TestLoopbackTakesNoStranger(t *testing.T) {
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(listener)
	err = errors.Join(unix.Bind(listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(listener, 1))
	if err != nil {
		t.Fatal(err)
	}
	at, err := address(unix.Getsockname(listener))
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := Dial(at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	ours, err := connect(at.String(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reset(ours)
	theirs, err := acceptFrom(listener, ours)
	if err != nil {
		t.Fatal(err)
	}
	defer reset(theirs)
	if _, err := unix.Write(ours, []byte{42}); err != nil {
		t.Fatal(err)
	}
	var b [1]byte
	if _, err := unix.Read(theirs, b[:]); err != nil || b[0] != 42 {
		t.Errorf("read %d, %v: not from our own connection", b[0], err)
	}
	if _, err := stranger.Read(b[:]); err == nil {
		t.Error("the stranger was not sent away")
	}
}
