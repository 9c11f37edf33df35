package proc

import (
	"fmt"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/windows"
)

// Used is what this process has used so far, all its threads together.
func Used() (Usage, error) {
	var created, exited, kernel, user windows.Filetime
	err := windows.GetProcessTimes(windows.CurrentProcess(), &created, &exited, &kernel, &user)
	if err != nil {
		return Usage{}, fmt.Errorf("read own usage: %w", err)
	}
	return Usage{CPU: duration(kernel) + duration(user), GC: collected()}, nil
}

// duration reads a span of time, which Windows counts in steps of 100 ns.
func duration(f windows.Filetime) time.Duration {
	return time.Duration(int64(f.HighDateTime)<<32|int64(f.LowDateTime)) * 100
}

// OwnGroup does nothing: workers see their closed pipes instead.
func OwnGroup(*exec.Cmd) {}

// KillGroup kills the process that the command started.
func KillGroup(cmd *exec.Cmd) error {
	err := cmd.Process.Kill()
	if err == nil || err == os.ErrProcessDone {
		return nil
	}
	return fmt.Errorf("kill process %d: %w", cmd.Process.Pid, err)
}

// StopSignals are those that ask a run to stop and keep what it has.
func StopSignals() []os.Signal { return []os.Signal{os.Interrupt} }

// tryLock takes the lock of an open file, without waiting. It covers a byte
// far behind the text, which stays readable.
func tryLock(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{OffsetHigh: 1})
}
