package proc

import (
	"strings"
	"sync"
)

// A Tail keeps the last bytes of what is written to it, such as the log of a
// child. It can be read while it is written to. The zero value is ready.
type Tail struct {
	mu sync.Mutex
	b  []byte
}

// TailBytes is how much a Tail keeps: enough for the head of a Go program's
// last words, which come before the stacks of all its goroutines.
const TailBytes = 64 << 10

// Write never fails.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p[max(0, len(p)-TailBytes):]...)
	if extra := len(t.b) - TailBytes; extra > 0 {
		t.b = append(t.b[:0], t.b[extra:]...)
	}
	return len(p), nil
}

// String is what is kept.
func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(string(t.b), "?")
}

// Reason is the line that tells best why a process ended: the first of a
// panic or fatal error if there is one, else the last; "" when nothing was written.
func (t *Tail) Reason() string {
	lines := strings.Split(strings.TrimSpace(t.String()), "\n")
	for _, l := range lines {
		if strings.HasPrefix(l, "panic:") || strings.HasPrefix(l, "fatal error:") || strings.HasPrefix(l, "SIG") {
			return l
		}
	}
	return lines[len(lines)-1]
}
