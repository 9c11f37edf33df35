package workloads

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// An Effect is a group of things that a task may do to the world.
type Effect string

// The groups. Yield needs no declaration: every model has it.
const (
	Net   Effect = "net"   // Dial, and what the connection then does
	Cells Effect = "cells" // Atomically
	Time  Effect = "time"  // Now, SleepUntil
)

// Effects is what a task may do besides returning a value. The model under
// which the task runs supplies it; a task that is to run under every model
// touches the world through nothing else.
type Effects interface {
	Flow
	Dialer
	Memory
	Clock
}

// Flow lets a task give way.
type Flow interface {
	// Yield is a cancellation and fairness point. Its error must be returned.
	Yield() error
}

// Dialer opens connections.
type Dialer interface {
	// Dial connects to a TCP address on this machine. Closing resets the
	// connection, so that no port is left waiting.
	Dial(address string) (io.ReadWriteCloser, error)
}

// Memory is shared cells.
type Memory interface {
	// Atomically runs the named transaction with its arguments as if alone,
	// and returns what it returns.
	Atomically(transaction string, args ...int64) (int64, error)
}

// Clock is the machine's monotonic clock, which all its processes share and
// nobody can set. Where it begins has no meaning.
type Clock interface {
	Now() time.Duration
	// SleepUntil waits for a moment; one in the past is there already. It is a
	// cancellation point: its error must be returned.
	SleepUntil(at time.Duration) error
}

// A Transaction is a named body over shared cells. It performs no other
// effect and may be run more than once, so it must not keep anything.
type Transaction struct {
	Name string
	// Keys appends the cells that the body touches for these arguments.
	Keys func(keys []int, args []int64) []int
	Body func(c []int64, args []int64) int64
}

// ErrUndeclared is wrapped by the error of an effect that the workload uses
// without having declared it.
var ErrUndeclared = errors.New("effect used but not declared in Needs")

// Undeclared is an effects group that refuses.
type Undeclared struct{ Workload string }

// Dial refuses.
func (u Undeclared) Dial(string) (io.ReadWriteCloser, error) {
	return nil, fmt.Errorf("workload %s: %s: %w", u.Workload, Net, ErrUndeclared)
}

// Atomically refuses.
func (u Undeclared) Atomically(string, ...int64) (int64, error) {
	return 0, fmt.Errorf("workload %s: %s: %w", u.Workload, Cells, ErrUndeclared)
}

// Now panics, since it has no error to return.
func (u Undeclared) Now() time.Duration {
	panic(fmt.Errorf("workload %s: %s: %w", u.Workload, Time, ErrUndeclared))
}

// SleepUntil refuses.
func (u Undeclared) SleepUntil(time.Duration) error {
	return fmt.Errorf("workload %s: %s: %w", u.Workload, Time, ErrUndeclared)
}
