package proc

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// What the shell leaves behind leads a session of its own, as daemons do.
func TestKillOrphansFindsDaemonsAndSparesOurOwn(t *testing.T) {
	for _, tool := range []string{"sh", "sleep", "setsid"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("NONREV_REQUIRE") == "all" {
				t.Fatalf("no %s, and NONREV_REQUIRE=all asks for it", tool)
			}
			t.Skip("skipped: no " + tool)
		}
	}
	own := exec.Command("sleep", "600")
	brief := exec.Command("sh", "-c", `setsid sh -c "sleep 600 & exec sleep 600" & sleep 0`)
	for _, cmd := range []*exec.Cmd{own, brief} {
		if err := Start(cmd, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := brief.Wait(); err != nil {
		t.Fatal(err)
	}
	if n, err := KillOrphans(); n == 0 || err != nil {
		t.Errorf("%d processes killed, %v; want the daemon", n, err)
	}
	if n, err := KillOrphans(); n != 0 || err != nil {
		t.Errorf("%d processes were left for a second time, %v", n, err)
	}
	if !running(own.Process.Pid) {
		t.Error("our own child was killed")
	}
	if err := own.Process.Signal(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	_ = own.Wait() // killed
	started.Lock()
	defer started.Unlock()
	if forget(); started.pids[own.Process.Pid] {
		t.Error("a child that has ended is not forgotten")
	}
}
