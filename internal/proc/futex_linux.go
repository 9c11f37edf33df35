package proc

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The operations are the shared ones: the private ones of linux/futex.h are
// found by address and would not see another process.
const (
	futexWaits = 0
	futexWakes = 1
)

// futexWait sleeps until the word, which may be shared with other processes,
// is woken. It returns at once if the word is not seen, and may return early
// without a reason. There is no limit of time, which would set a timer for each
// sleep: an eighth of what a sleep and a wake cost. The runtime is not told of
// a bare one, see Bare.
func futexWait(word *atomic.Uint32, seen uint32, bare bool) {
	if bare {
		_, _, _ = unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWaits, uintptr(seen), 0, 0, 0)
		return
	}
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWaits, uintptr(seen), 0, 0, 0)
}

// futexWake wakes whoever sleeps on the word. It does not block, so the
// runtime need not be told; what can fail is only a word that is not there.
func futexWake(word *atomic.Uint32) {
	_, _, _ = unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWakes, 1, 0, 0, 0)
}
