package proc

import (
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The operations are the shared ones: the private ones of linux/futex.h are
// found by address and would not see another process.
const (
	futexWaits = 0
	futexWakes = 1
)

// lookAfter is how long a sleeper trusts that it will be woken. A process that
// was killed wakes nobody.
var lookAfter = unix.NsecToTimespec(int64(50 * time.Millisecond))

// futexWait sleeps until the word, which may be shared with other processes,
// is woken. It returns unix.EAGAIN at once if the word is not seen,
// unix.ETIMEDOUT after lookAfter, and may return early without a reason. The
// runtime is not told of a bare one, see Bare.
func futexWait(word *atomic.Uint32, seen uint32, bare bool) unix.Errno {
	call := unix.Syscall6
	if bare {
		call = unix.RawSyscall6
	}
	_, _, e := call(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWaits, uintptr(seen), uintptr(unsafe.Pointer(&lookAfter)), 0, 0)
	return e
}

// futexWake wakes whoever sleeps on the word. It does not block, so the
// runtime need not be told; what can fail is only a word that is not there.
func futexWake(word *atomic.Uint32) {
	_, _, _ = unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWakes, 1, 0, 0, 0)
}
