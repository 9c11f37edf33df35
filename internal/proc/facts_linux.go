package proc

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unsafe"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

const (
	systemRoot = "/sys/devices/system"
	groupRoot  = "/sys/fs/cgroup"
)

// read asks the kernel. A file that is missing or not readable leaves its fact
// unknown, which is all that an error could say.
func (f *Facts) read() {
	cpus, err := Allowed()
	if err == nil {
		f.readCPUs(systemRoot, cpus)
	}
	f.readGroups(groupRoot)
	if fs, err := procfs.NewDefaultFS(); err == nil {
		f.readLoad(fs, cpus)
	}
	f.Files, f.Processes = limit(unix.RLIMIT_NOFILE), limit(unix.RLIMIT_NPROC)
	f.Counters = counters()
}

func (f *Facts) readCPUs(root string, ids []int) {
	cpus := filepath.Join(root, "cpu")
	type core struct{ pkg, core int }
	cores, nodes := map[core]bool{}, map[int]bool{}
	for _, id := range ids {
		c := locate(cpus, id)
		dir := filepath.Join(cpus, fmt.Sprint("cpu", id))
		if readInt(dir, "topology/core_id", -1) >= 0 {
			cores[core{c.Package, c.Core}] = true
		}
		if _, err := os.Stat(filepath.Join(dir, fmt.Sprint("node", c.Node))); err == nil {
			nodes[c.Node] = true
		}
		if g := readText(dir, "cpufreq/scaling_governor"); g != "" && !slices.Contains(f.Governors, g) {
			f.Governors = append(f.Governors, g)
		}
	}
	f.SMT = readSwitch(cpus, "smt/active")
	f.Cores, f.Nodes = some(len(cores)), some(len(nodes))
	f.Turbo = readSwitch(cpus, "cpufreq/boost")
	if off := readSwitch(cpus, "intel_pstate/no_turbo"); off != nil {
		f.Turbo = new(!*off)
	}
	f.ClockSource = readText(root, "clocksource/clocksource0/current_clocksource")
}

func (f *Facts) readGroups(root string) {
	self, err := procfs.Self()
	if err != nil {
		return
	}
	groups, err := self.Cgroups()
	if err != nil || len(groups) == 0 {
		return
	}
	if entries, err := os.ReadDir(root); err != nil || len(entries) == 0 { // the limits are not to be seen
		return
	}
	f.Quota = new(quota(root, groups))
	f.Throttled = throttled(root, groups)
}

// throttled sums over the groups on the way to the root, nil if none counts.
func throttled(root string, groups []procfs.Cgroup) *int {
	var times *int
	for _, dir := range groupDirs(root, groups) {
		for line := range strings.Lines(readText(dir, "cpu.stat")) {
			var n int
			if _, err := fmt.Sscanf(line, "nr_throttled %d", &n); err != nil {
				continue
			}
			if times == nil {
				times = new(int)
			}
			*times += n
		}
	}
	return times
}

func (f *Facts) readLoad(fs procfs.FS, cpus []int) {
	f.Pressure = map[string]float64{}
	for _, what := range []string{"cpu", "memory", "io"} {
		if psi, err := fs.PSIStatsForResource(what); err == nil && psi.Some != nil {
			f.Pressure[what] = psi.Some.Avg10
		}
	}
	if load, err := fs.LoadAvg(); err == nil {
		f.Load = &load.Load1
	}
	if stat, err := fs.Stat(); err == nil && len(cpus) > 0 {
		steal := 0.0
		for _, id := range cpus {
			steal += stat.CPU[int64(id)].Steal
		}
		f.Stolen = new(seconds(steal))
	}
}

// limit is the soft limit of a resource. That of files is the hard one, to
// which the Go runtime raises it in every process.
func limit(resource int) *uint64 {
	var l unix.Rlimit
	if unix.Getrlimit(resource, &l) != nil {
		return nil
	}
	return &l.Cur
}

// counters tries to count the instructions of this thread in user mode.
func counters() string {
	attr := unix.PerfEventAttr{
		Type: unix.PERF_TYPE_HARDWARE, Config: unix.PERF_COUNT_HW_INSTRUCTIONS,
		Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})), Bits: unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv,
	}
	fd, err := unix.PerfEventOpen(&attr, 0, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
	switch err {
	case nil:
		unix.Close(fd)
		return Available
	case unix.EACCES, unix.EPERM:
		return "forbidden"
	case unix.ENOENT, unix.ENODEV, unix.EOPNOTSUPP, unix.ENOSYS:
		return "none"
	}
	return ""
}

// some is n, nil if nothing was there to count.
func some(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

// readSwitch reads a file that holds 0 or 1, nil if there is none.
func readSwitch(dir, name string) *bool {
	n := readInt(dir, name, -1)
	if n < 0 {
		return nil
	}
	return new(n != 0)
}

// readText reads a short file, "" if there is none.
func readText(dir, name string) string {
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(raw))
}
