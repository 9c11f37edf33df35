package proc

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// Wake has two threads, each bound to a CPU of its own, wake each other
// through pipes for about the given time, and returns the number of round
// trips and how long they took.
func Wake(a, b int, about time.Duration) (trips int, took time.Duration, err error) {
	var there, back [2]int
	for _, p := range []*[2]int{&there, &back} {
		if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
			return 0, 0, fmt.Errorf("wake: %w", err)
		}
		defer unix.Close(p[0])
	}
	answered := make(chan error, 1)
	go func() { answered <- answerWakes(b, there[0], back[1]) }()
	trips, took, err = sendWakes(a, there[1], back[0], about)
	unix.Close(there[1])
	answer := <-answered
	if err == nil {
		err = answer
	}
	if err != nil {
		return 0, 0, fmt.Errorf("wake CPU %d from CPU %d: %w", b, a, err)
	}
	return trips, took, nil
}

// answerWakes sends back each byte until the other side closes.
func answerWakes(cpu, in, out int) error {
	defer unix.Close(out)
	if err := BindThread(cpu); err != nil {
		return err
	}
	var b [1]byte
	for {
		n, err := unix.Read(in, b[:])
		if n == 0 || err != nil {
			return err
		}
		if _, err := unix.Write(out, b[:]); err != nil {
			return err
		}
	}
}

func sendWakes(cpu, out, in int, about time.Duration) (trips int, took time.Duration, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err = BindThread(cpu); err != nil {
			return
		}
		var b [1]byte
		for start := time.Now(); took < about; took = time.Since(start) {
			if _, err = unix.Write(out, b[:]); err != nil {
				return
			}
			n, fault := unix.Read(in, b[:])
			if n != 1 {
				err = cmp.Or(fault, io.ErrUnexpectedEOF)
				return
			}
			trips++
		}
	}()
	<-done
	return trips, took, err
}
