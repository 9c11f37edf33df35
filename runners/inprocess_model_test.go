package runners

import (
	"errors"
	"io"
	"testing"

	"pgregory.net/rapid"
)

// A laneModel is what a lane must do.
type laneModel struct {
	queue []byte
	room  int
}

// TestRandomSequencesGoAsTheModelSays lets either side send, receive and close
// in any order. Where a call would wait, it is started and the other side does
// what ends it.
func TestRandomSequencesGoAsTheModelSays(t *testing.T) {
	for _, via := range inProcessTransports() {
		t.Run(via.name, func(t *testing.T) { rapid.Check(t, func(t *rapid.T) { checkSequence(t, via) }) })
	}
}

func checkSequence(t *rapid.T, via inProcess) {
	depth := rapid.IntRange(1, 4).Draw(t, "depth")
	var ends [2]end
	ends[0], ends[1] = via.connect(depth)
	lanes := [2]laneModel{{room: via.room(depth)}, {room: via.room(depth)}} // that each end sends on
	if via.name == "channel" {
		lanes[1].room = depth - 1
	}
	closed, next := false, byte(0)
	defer func() {
		if err := errors.Join(ends[0].close(), ends[1].close()); err != nil {
			t.Fatal(err)
		}
	}()
	receive := func(e end, l *laneModel) {
		m, err := e.receive()
		switch {
		case len(l.queue) > 0:
			if err != nil || len(m) != 1 || m[0] != l.queue[0] {
				t.Fatalf("%x was received instead of %x, %v", m, l.queue[0], err)
			}
			l.queue = l.queue[1:]
		case err != io.EOF:
			t.Fatalf("%x was received of nothing, %v", m, err)
		}
	}
	t.Repeat(map[string]func(*rapid.T){
		"send": func(t *rapid.T) {
			side := rapid.IntRange(0, 1).Draw(t, "side")
			l := &lanes[side]
			next++
			sent := make(chan error, 1)
			go func(m byte) { sent <- ends[side].send([]byte{m}) }(next)
			if closed {
				if err := <-sent; err != io.ErrClosedPipe {
					t.Fatalf("sent after the end: %v", err)
				}
				return
			}
			waits := len(l.queue) == l.room
			l.queue = append(l.queue, next)
			if waits {
				receive(ends[1-side], l)
			}
			if err := <-sent; err != nil {
				t.Fatal(err)
			}
		},
		"receive": func(t *rapid.T) {
			side := rapid.IntRange(0, 1).Draw(t, "side")
			l := &lanes[1-side]
			if len(l.queue) > 0 || closed {
				receive(ends[side], l)
				return
			}
			next++
			sent := make(chan error, 1)
			go func(m byte) { sent <- ends[1-side].send([]byte{m}) }(next)
			l.queue = append(l.queue, next)
			receive(ends[side], l)
			if err := <-sent; err != nil {
				t.Fatal(err)
			}
		},
		"close": func(t *rapid.T) {
			closed = true
			if err := ends[rapid.IntRange(0, 1).Draw(t, "side")].close(); err != nil {
				t.Fatal(err)
			}
		},
	})
}
