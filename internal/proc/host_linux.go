package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// topology lists the CPUs that this process may use, and where each sits.
func topology() ([]CPU, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("read CPU set: %w", err)
	}
	var cpus []CPU
	for id := range len(set) * strconv.IntSize {
		if set.IsSet(id) {
			cpus = append(cpus, locate(systemRoot+"/cpu", id))
		}
	}
	return cpus, nil
}

// locate reads where a CPU sits; what the system does not tell stays 0.
func locate(root string, id int) CPU {
	dir := filepath.Join(root, "cpu"+strconv.Itoa(id))
	c := CPU{ID: id, Core: readInt(dir, "topology/core_id", id), Package: readInt(dir, "topology/physical_package_id", 0)}
	nodes, err := filepath.Glob(filepath.Join(dir, "node[0-9]*"))
	if err == nil && len(nodes) > 0 {
		c.Node, _ = strconv.Atoi(strings.TrimPrefix(filepath.Base(nodes[0]), "node")) // the pattern leaves digits, or 0
	}
	return c
}

// readInt reads a file of one number, def if there is none.
func readInt(dir, name string, def int) int {
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return def
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || n < 0 {
		return def
	}
	return n
}

// Quota is the CPU limit of this process's control groups in cores, 0 if
// there is none. Both versions of control groups are read; the tightest
// limit on the way to the root counts.
func Quota() (float64, error) {
	self, err := procfs.Self()
	if err != nil {
		return 0, fmt.Errorf("read CPU quota: %w", err)
	}
	groups, err := self.Cgroups()
	if err != nil {
		return 0, fmt.Errorf("read CPU quota: %w", err)
	}
	return quota(groupRoot, groups), nil
}

func quota(root string, groups []procfs.Cgroup) float64 {
	limit := math.Inf(1)
	for _, dir := range groupDirs(root, groups) {
		limit = min(limit, groupQuota(dir))
	}
	if math.IsInf(limit, 1) {
		return 0
	}
	return limit
}

// groupDirs are the directories of the groups that limit the CPU, each with
// those on its way to the root.
func groupDirs(root string, groups []procfs.Cgroup) []string {
	var dirs []string
	for _, g := range groups {
		mount := root
		switch {
		case slices.Contains(g.Controllers, "cpu"):
			mount = filepath.Join(root, "cpu")
		case g.HierarchyID != 0:
			continue
		}
		for path := filepath.Clean("/" + g.Path); ; path = filepath.Dir(path) {
			dirs = append(dirs, filepath.Join(mount, path))
			if path == "/" {
				break
			}
		}
	}
	return dirs
}

// groupQuota is the limit that one group sets, infinite if it sets none.
func groupQuota(dir string) float64 {
	quota := readInt(dir, "cpu.cfs_quota_us", 0)
	period := readInt(dir, "cpu.cfs_period_us", 0)
	if raw, err := os.ReadFile(filepath.Join(dir, "cpu.max")); err == nil {
		if n, _ := fmt.Sscan(string(raw), &quota, &period); n != 2 { // "max 100000"
			quota = 0
		}
	}
	if quota <= 0 || period <= 0 {
		return math.Inf(1)
	}
	return float64(quota) / float64(period)
}

// Busy is the time that all CPUs together have worked since the machine
// started, and the time that the hypervisor took from them, which is not in
// it, in ticks of 10 ms.
func Busy() (busy, stolen time.Duration, err error) {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return 0, 0, fmt.Errorf("read CPU time: %w", err)
	}
	stat, err := fs.Stat()
	if err != nil {
		return 0, 0, fmt.Errorf("read CPU time: %w", err)
	}
	c := stat.CPUTotal
	return seconds(c.User + c.Nice + c.System + c.IRQ + c.SoftIRQ), seconds(c.Steal), nil
}

// CPUTime is the CPU time of a running process, in ticks of 10 ms.
func CPUTime(pid int) (time.Duration, error) {
	p, err := procfs.NewProc(pid)
	if err != nil {
		return 0, fmt.Errorf("read CPU time: %w", err)
	}
	stat, err := p.Stat()
	if err != nil {
		return 0, fmt.Errorf("read CPU time: %w", err)
	}
	return seconds(stat.CPUTime()), nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Kernel names the operating system's kernel and its release.
func Kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return "linux"
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
}

func modelName() string {
	raw, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(raw)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// PeakRSS is the most memory that this process has held at once, in bytes.
// The figure of getrusage also holds that of the parent at the time of the
// start, so a child of a large process would look large.
func PeakRSS() (int64, error) {
	self, err := procfs.Self()
	if err != nil {
		return 0, fmt.Errorf("read peak memory: %w", err)
	}
	status, err := self.NewStatus()
	if err != nil {
		return 0, fmt.Errorf("read peak memory: %w", err)
	}
	return int64(status.VmHWM), nil
}

// Bind binds every thread of a running process to the CPUs. Threads that it
// starts later inherit the set.
func Bind(pid int, cpus []int) error {
	var want unix.CPUSet
	for _, c := range cpus {
		want.Set(c)
	}
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/[0-9]*", pid))
	if err != nil || len(threads) == 0 {
		return fmt.Errorf("bind process %d to CPUs %v: no such process", pid, cpus)
	}
	for _, t := range threads {
		tid, err := strconv.Atoi(filepath.Base(t))
		if err != nil {
			return fmt.Errorf("bind process %d: %w", pid, err)
		}
		if err := unix.SchedSetaffinity(tid, &want); err != nil && err != unix.ESRCH {
			return fmt.Errorf("bind process %d to CPUs %v: %w", pid, cpus, err)
		}
	}
	return nil
}

// QueuedFor is how long the threads that a process has now were ready to run
// and had to wait for a CPU, all together; a thread that ends takes its part
// with it. Where the kernel keeps no such account the error wraps
// errors.ErrUnsupported.
func QueuedFor(pid int) (time.Duration, error) {
	dir := fmt.Sprintf("/proc/%d/task", pid)
	threads, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("read run-queue delay: %w", err)
	}
	var sum time.Duration
	for _, t := range threads {
		first := t.Name() == strconv.Itoa(pid) // which has run, and stays to the end
		raw, err := os.ReadFile(filepath.Join(dir, t.Name(), "schedstat"))
		if !first && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH)) {
			continue // it has ended
		}
		var ran, waited time.Duration
		if err == nil {
			_, err = fmt.Sscan(string(raw), &ran, &waited)
		}
		switch {
		case first && (errors.Is(err, fs.ErrNotExist) || err == nil && ran == 0):
			return 0, fmt.Errorf("run-queue delay: this kernel keeps no account of it: %w", errors.ErrUnsupported)
		case err != nil:
			return 0, fmt.Errorf("read run-queue delay: %w", err)
		}
		sum += waited
	}
	return sum, nil
}
