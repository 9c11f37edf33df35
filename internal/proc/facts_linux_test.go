package proc

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/procfs"
)

func TestReadCPUsTellsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"cpu/cpu0/topology/core_id": "0", "cpu/cpu1/topology/core_id": "0", "cpu/cpu2/topology/core_id": "1",
		"cpu/cpu0/node0/cpulist": "0-1", "cpu/cpu1/node0/cpulist": "0-1", "cpu/cpu2/node1/cpulist": "2",
		"cpu/cpu0/cpufreq/scaling_governor": "powersave", "cpu/cpu1/cpufreq/scaling_governor": "powersave",
		"cpu/smt/active": "1", "cpu/intel_pstate/no_turbo": "1", "clocksource/clocksource0/current_clocksource": "tsc",
	} {
		write(t, dir, name, text+"\n")
	}
	var got Facts
	got.readCPUs(dir, []int{0, 1, 2})
	want := Facts{
		SMT: new(true), Cores: new(2), Nodes: new(2), Governors: []string{"powersave"}, Turbo: new(false), ClockSource: "tsc",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestWhatIsNotThereStaysUnknown(t *testing.T) {
	var got Facts
	got.readCPUs(t.TempDir(), []int{0, 1})
	got.readGroups(t.TempDir())
	if d := cmp.Diff(Facts{}, got); d != "" {
		t.Error(d)
	}
}

func TestThrottledSumsOnTheWayToTheRoot(t *testing.T) {
	dir := t.TempDir()
	group := []procfs.Cgroup{{Path: "/a/b"}}
	write(t, dir, "a/cpu.stat", "usage_usec 12\n")
	if got := throttled(dir, group); got != nil {
		t.Errorf("%d halts where nothing counts them", *got)
	}
	write(t, dir, "a/cpu.stat", "nr_periods 10\nnr_throttled 2\nthrottled_usec 99\n")
	write(t, dir, "a/b/cpu.stat", "nr_periods 10\nnr_throttled 5\n")
	if got := throttled(dir, group); got == nil || *got != 7 {
		t.Errorf("%v halts, want 7", got)
	}
}

func TestLookReadsThisMachine(t *testing.T) {
	f := Look()
	if f.Load == nil || f.Stolen == nil || f.Files == nil || *f.Files == 0 || f.Processes == nil {
		t.Errorf("%+v", f)
	}
}
