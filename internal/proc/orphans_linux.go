package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// started are the children that Start has started.
var started = struct {
	sync.Mutex
	pids map[int]bool
}{pids: map[int]bool{}}

// adopt makes this process the parent of what its descendants leave behind.
// Where a kernel does not do that, KillOrphans finds nothing.
var adopt = sync.OnceFunc(func() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) })

// orphanTries bounds the hunt for processes that start others all the time.
const orphanTries = 100

// KillOrphans kills what processes that have ended left running, even outside
// their process group, and says how many there were. It takes every child of
// this process for left behind that Start has not started.
func KillOrphans() (killed int, err error) {
	started.Lock()
	defer started.Unlock()
	forget()
	for range orphanTries {
		found, err := orphans()
		if err != nil || len(found) == 0 {
			return killed, err
		}
		for _, pid := range found {
			if running(pid) {
				killed++
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				return killed, fmt.Errorf("kill process %d: %w", pid, err)
			}
			if _, err := unix.Wait4(pid, nil, 0, nil); err != nil && !errors.Is(err, unix.EINTR) {
				return killed, fmt.Errorf("wait for process %d: %w", pid, err)
			}
		}
	}
	return killed, fmt.Errorf("%d processes were left behind and killed, and they start more all the time", killed)
}

// forget drops the processes that are no children any more: others may get
// their ids.
func forget() {
	for pid := range started.pids {
		if s, err := stat(pid); err != nil || s.PPID != os.Getpid() {
			delete(started.pids, pid)
		}
	}
}

// orphans are the children that Start has not started. None are found where
// the kernel does not list children.
func orphans() (pids []int, err error) {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, thread := range threads {
		raw, err := os.ReadFile("/proc/self/task/" + thread.Name() + "/children")
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ESRCH) { // the thread may have ended
			return nil, err
		}
		for _, field := range strings.Fields(string(raw)) {
			if pid, err := strconv.Atoi(field); err == nil && !started.pids[pid] {
				pids = append(pids, pid)
			}
		}
	}
	return pids, nil
}

// running is false for a process that has ended, waited for or not.
func running(pid int) bool {
	s, err := stat(pid)
	return err == nil && s.State != "Z" && s.State != "X"
}

func stat(pid int) (procfs.ProcStat, error) {
	p, err := procfs.NewProc(pid)
	if err != nil {
		return procfs.ProcStat{}, err
	}
	return p.Stat()
}
