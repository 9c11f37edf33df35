package runners_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// brood is the part of a parent that is to be killed: it starts workers, runs
// a pass to prove that they live, says so and waits.
func brood() error {
	w := workloads.Fannkuch()
	p, err := w.Params(workloads.Params{Grain: "1us", Knobs: map[string]int{"n": 7}})
	if err != nil {
		return err
	}
	job, err := w.Prepare(p)
	if err != nil {
		return err
	}
	for _, m := range runners.All() {
		if m.Transports == nil {
			continue
		}
		crew, err := m.Start(runners.Setup{Workload: w, Params: p, Cores: 3})
		if err == nil {
			err = crew.Run(context.Background(), job.Pass(0))
		}
		if err != nil {
			return err
		}
	}
	fmt.Println("ready")
	select {}
}

func TestWorkersDieWithAKilledParent(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("skipped: no /proc to look for orphans in")
	}
	cmd, err := proc.Self("brood", nil)
	if err != nil {
		t.Fatal(err)
	}
	workers := startBrood(t, cmd)
	if len(workers) != 3 {
		t.Fatalf("%d workers, not 3", len(workers))
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, as was asked
	for _, pid := range workers {
		for tries := 0; alive(pid); tries++ {
			if tries == 1000 {
				t.Fatalf("worker %d is an orphan", pid)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// startBrood starts the parent and returns its workers' process ids.
func startBrood(t *testing.T, cmd *exec.Cmd) []int {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := proc.Start(cmd, nil); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the parent said %q, %v", line, err)
	}
	return children(t, cmd.Process.Pid)
}

func children(t *testing.T, parent int) (pids []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			t.Fatal(err)
		}
		if f := statFields(pid); len(f) > 1 && f[1] == strconv.Itoa(parent) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// alive is false for a process that has ended, reaped or not.
func alive(pid int) bool {
	f := statFields(pid)
	return len(f) > 0 && f[0] != "Z" && f[0] != "X"
}

// statFields are the fields of /proc/PID/stat from the state on, none if
// there is no such process.
func statFields(pid int) []string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return strings.Fields(rest)
}
