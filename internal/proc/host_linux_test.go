package proc

import (
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

func TestLocateReadsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "cpu3/topology/core_id", "7\n")
	write(t, dir, "cpu3/topology/physical_package_id", "1\n")
	write(t, dir, "cpu3/node2/cpulist", "3\n")
	write(t, dir, "cpu4/topology/core_id", "-1\n")
	if got, want := locate(dir, 3), (CPU{ID: 3, Node: 2, Package: 1, Core: 7}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for _, id := range []int{4, 5} {
		if got, want := locate(dir, id), (CPU{ID: id, Core: id}); got != want {
			t.Errorf("without topology: %+v, want %+v", got, want)
		}
	}
}

func TestQuotaIsTheTightestOnTheWayToTheRoot(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a/b/cpu.max", "max 100000\n")
	write(t, dir, "a/cpu.max", "150000 100000\n")
	write(t, dir, "cpu.max", "800000 100000\n")
	write(t, dir, "cpu/box/cpu.cfs_quota_us", "50000\n")
	write(t, dir, "cpu/box/cpu.cfs_period_us", "100000\n")
	write(t, dir, "cpu/free/cpu.cfs_quota_us", "-1\n")
	write(t, dir, "cpu/free/cpu.cfs_period_us", "100000\n")
	for _, c := range []struct {
		group procfs.Cgroup
		want  float64
	}{
		{procfs.Cgroup{HierarchyID: 0, Path: "/a/b"}, 1.5},
		{procfs.Cgroup{HierarchyID: 0, Path: "/"}, 8},
		{procfs.Cgroup{HierarchyID: 0, Path: "/not/mounted/here"}, 8},
		{procfs.Cgroup{HierarchyID: 3, Controllers: []string{"cpu", "cpuacct"}, Path: "/box"}, 0.5},
		{procfs.Cgroup{HierarchyID: 3, Controllers: []string{"cpu"}, Path: "/free"}, 0},
		{procfs.Cgroup{HierarchyID: 4, Controllers: []string{"memory"}, Path: "/box"}, 0},
	} {
		if got := quota(dir, []procfs.Cgroup{c.group}); got != c.want {
			t.Errorf("%+v: %v cores, want %v", c.group, got, c.want)
		}
	}
}

func TestStartAndBindSetTheCPUs(t *testing.T) {
	if _, err := exec.LookPath("sleep"); err != nil {
		t.Skip("skipped: no sleep")
	}
	all, err := Allowed()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sleep", "600")
	if err := Start(cmd, all[:1]); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	check := func(cpus []int) {
		t.Helper()
		var set unix.CPUSet
		if err := unix.SchedGetaffinity(cmd.Process.Pid, &set); err != nil {
			t.Fatal(err)
		}
		if set.Count() != len(cpus) || !set.IsSet(cpus[0]) {
			t.Errorf("bound to %d CPUs, want %v", set.Count(), cpus)
		}
	}
	check(all[:1])
	if err := Bind(cmd.Process.Pid, all); err != nil {
		t.Fatal(err)
	}
	check(all)
}

func TestBusyAndCPUTimeGrowWithWork(t *testing.T) {
	busy, _, err := Busy()
	if err != nil {
		t.Fatal(err)
	}
	own, err := CPUTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	const work = 100 * time.Millisecond // ten ticks
	used, err := Used()
	if err != nil {
		t.Fatal(err)
	}
	for now := used; now.CPU < used.CPU+work; {
		if now, err = Used(); err != nil {
			t.Fatal(err)
		}
	}
	busyAfter, _, err := Busy()
	if err != nil {
		t.Fatal(err)
	}
	ownAfter, err := CPUTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if busyAfter <= busy || ownAfter <= own {
		t.Errorf("100 ms of work: all CPUs %v to %v, this process %v to %v", busy, busyAfter, own, ownAfter)
	}
	if _, err := CPUTime(-1); err == nil {
		t.Error("CPU time of no process")
	}
}

func TestPeakRSSIsOwn(t *testing.T) {
	peak, err := PeakRSS()
	if err != nil || peak <= 0 {
		t.Errorf("PeakRSS() = %d, %v", peak, err)
	}
}

func TestWakeCountsRoundTrips(t *testing.T) {
	cpus, err := Allowed()
	if err != nil {
		t.Fatal(err)
	}
	last := cpus[len(cpus)-1]
	trips, took, err := Wake(cpus[0], last, time.Millisecond)
	if err != nil || trips < 1 || took <= 0 {
		t.Errorf("Wake = %d, %v, %v", trips, took, err)
	}
	const none = 1000 // beyond any CPU here
	if _, _, err := Wake(cpus[0], none, time.Millisecond); err == nil {
		t.Error("woke a CPU that does not exist")
	}
}

func TestTimeInTheRunQueueIsCounted(t *testing.T) {
	before, err := QueuedFor(os.Getpid())
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("skipped:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	// Threads that share one CPU wait for each other.
	cpus, err := Allowed()
	if err != nil {
		t.Fatal(err)
	}
	stop, ended := make(chan struct{}), make(chan error, 2)
	for range cap(ended) {
		go func() {
			err := BindThread(cpus[0])
			for err == nil {
				select {
				case <-stop:
					ended <- nil
					return
				default:
				}
			}
			ended <- err
		}()
	}
	for now := before; now < before+20*time.Millisecond && err == nil; {
		now, err = QueuedFor(os.Getpid())
	}
	close(stop)
	for range cap(ended) {
		err = errors.Join(err, <-ended)
	}
	if err != nil {
		t.Error(err)
	}
}
