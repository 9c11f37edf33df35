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
		at, err := address(unix.Getsockname(r.fd))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("unread")); err != nil {
			t.Error(err)
		}
		if !tcpKnows(t, at.Port()) {
			t.Fatalf("port %d is not to be seen", at.Port())
		}
		if err := closing(r, w, child); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if tcpKnows(t, at.Port()) {
			t.Errorf("%s: port %d is still held", name, at.Port())
		}
	}
}

func tcpKnows(t *testing.T, port uint16) bool {
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Skip("skipped: no /proc/net/tcp")
	}
	return strings.Contains(string(table), fmt.Sprintf("0100007F:%04X ", port))
}
