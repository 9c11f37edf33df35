package proc

import (
	"fmt"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// CanPin tells whether processes can be bound to CPUs here.
const CanPin = true

// self is a name under which this very program can be started even when
// another has been built over it: a child's own link, before it becomes another.
func self(string) string { return "/proc/self/exe" }

// startPinned starts the command, bound to the CPUs, as a child that
// KillOrphans spares.
func startPinned(cmd *exec.Cmd, cpus []int) error {
	adopt()
	started.Lock()
	defer started.Unlock()
	if err := startBound(cmd, cpus); err != nil {
		return err
	}
	started.pids[cmd.Process.Pid] = true
	return nil
}

// startBound runs on the starter's own thread: the child inherits the mask
// that the thread has at that moment, and the thread takes its own back.
func startBound(cmd *exec.Cmd, cpus []int) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	if len(cpus) == 0 {
		return cmd.Start()
	}
	var own, want unix.CPUSet
	if err := unix.SchedGetaffinity(0, &own); err != nil {
		return fmt.Errorf("read CPU set: %w", err)
	}
	for _, c := range cpus {
		want.Set(c)
	}
	if err := unix.SchedSetaffinity(0, &want); err != nil {
		return fmt.Errorf("bind to CPUs %v: %w", cpus, err)
	}
	err := cmd.Start()
	if back := unix.SchedSetaffinity(0, &own); back != nil && err == nil {
		err = fmt.Errorf("restore CPU set: %w", back)
	}
	return err
}
