package cmd

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/sweep"
)

// A scene is a directory in which the program runs and fails. When its test
// ends, nothing that the program started may be left.
type scene struct {
	*testing.T
	dir, tmp string
	shared   []string // memory segments of the machine before
}

func newScene(t *testing.T) *scene {
	s := &scene{T: t, dir: t.TempDir(), tmp: t.TempDir(), shared: segments(t)}
	t.Cleanup(func() {
		if !t.Failed() {
			s.isClean()
		}
		for _, pid := range s.processes() {
			_ = syscall.Kill(pid, syscall.SIGKILL) // of a test that has failed
		}
	})
	return s
}

// isClean makes sure that no process, socket, shared segment or temporary file
// is left. The lock file stays: to remove a file that others may be about to
// lock would let two of them have it.
func (s *scene) isClean() {
	s.Helper()
	s.eventually("processes are left", func() bool { return len(s.processes()) == 0 })
	s.eventually("shared memory is left", func() bool {
		return !slices.ContainsFunc(segments(s.T), func(m string) bool { return !slices.Contains(s.shared, m) })
	})
	for dir, expected := range map[string]string{s.tmp: "nonrev.lock", filepath.Join(s.dir, "out"): sweep.FileName} {
		files, err := os.ReadDir(dir)
		if err != nil {
			s.Error(err)
		}
		for _, f := range files {
			if f.Name() != expected {
				s.Errorf("%s is left in %s", f.Name(), dir)
			}
		}
	}
}

// segments are the shared memory segments of the machine, POSIX and System V.
func segments(t *testing.T) (names []string) {
	t.Helper()
	for _, dir := range []string{"/dev/shm", "/dev/mqueue"} {
		files, err := os.ReadDir(dir)
		if err != nil && !os.IsNotExist(err) && !os.IsPermission(err) {
			t.Fatal(err)
		}
		for _, f := range files {
			names = append(names, filepath.Join(dir, f.Name()))
		}
	}
	raw, err := os.ReadFile("/proc/sysvipc/shm")
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) > 1 {
			names = append(names, "System V segment "+f[1])
		}
	}
	return names
}

// processes are those that live with this scene in their environment.
func (s *scene) processes() (pids []int) {
	all, err := procfs.AllProcs()
	if err != nil {
		s.Fatal(err)
	}
	for _, p := range all {
		env, err := p.Environ() // that of another user is none of ours
		if err == nil && slices.Contains(env, stage+"="+s.dir) {
			pids = append(pids, p.PID)
		}
	}
	return pids
}

// listening are the sockets on which these processes wait for connections, by inode.
func (s *scene) listening(pids []int) map[string]bool {
	s.Helper()
	owned := map[string]bool{}
	for _, pid := range pids {
		links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		if err != nil {
			s.Fatal(err)
		}
		for _, l := range links {
			to, _ := os.Readlink(l) // closed meanwhile, perhaps
			owned[to] = true
		}
	}
	found := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		raw, err := os.ReadFile(table)
		if err != nil && !os.IsNotExist(err) {
			s.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			f := strings.Fields(line)
			const listen = "0A"
			if len(f) < 10 || f[3] != listen || !owned["socket:["+f[9]+"]"] {
				continue
			}
			found[f[9]] = true
			if local, _, _ := strings.Cut(f[1], ":"); local != "0100007F" && local != "7F000001" { // 127.0.0.1 in either order
				s.Errorf("something listens on %s", f[1])
			}
		}
	}
	return found
}

// eventually waits for what must come true, however slow the machine is.
func (s *scene) eventually(complaint string, is func() bool) {
	s.Helper()
	for end := time.Now().Add(2 * time.Minute); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			s.Fatal(complaint)
		}
	}
}

// A play is one run of the program.
type play struct {
	scene *scene
	*exec.Cmd
	out, err bytes.Buffer // to be read when it has ended
	ended    chan struct{}
}

// arguments are those of a short run on one core.
func arguments(rounds int, more ...string) []string {
	return append([]string{
		"nasty", "run", "--profile", "smoke", "--cores", "1", "--seed", "5", "--rounds", strconv.Itoa(rounds), "--dir", "out",
	}, more...)
}

// start starts a command in the scene. Where it writes to can be changed before.
func (s *scene) start(args []string, change ...func(*exec.Cmd)) *play {
	s.Helper()
	p := &play{scene: s, Cmd: exec.Command(args[0], args[1:]...), ended: make(chan struct{})}
	p.Dir = s.dir
	p.Env = append(os.Environ(), stage+"="+s.dir, "TMPDIR="+s.tmp, "GORACE=atexit_sleep_ms=10")
	p.Stdout, p.Stderr, p.WaitDelay = &p.out, &p.err, time.Minute
	for _, f := range change {
		f(p.Cmd)
	}
	if err := p.Start(); err != nil {
		s.Fatal(err)
	}
	go func() {
		_ = p.Wait() // the state says it
		close(p.ended)
	}()
	return p
}

func (p *play) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// ends waits until the program has ended with this status.
func (p *play) ends(status int) {
	p.scene.Helper()
	p.scene.eventually("the program does not end", p.hasEnded)
	if got := p.ProcessState.ExitCode(); got != status {
		p.scene.Fatalf("%v, want status %d:\n%s%s", p.ProcessState, status, &p.out, &p.err)
	}
}

// says makes sure that the program has told all this.
func (p *play) says(words ...string) {
	p.scene.Helper()
	for _, w := range words {
		if all := p.out.String() + p.err.String(); !strings.Contains(all, w) {
			p.scene.Errorf("the program does not say %q:\n%s", w, all)
		}
	}
}

// close closes the gate: part and samples say whom it stops, how what is done
// before; see hold.
func (s *scene) close(part string, samples int, how string) {
	s.Helper()
	for _, path := range s.heldFiles() {
		if err := os.Remove(path); err != nil {
			s.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(s.dir, "next"), fmt.Appendln(nil, part, samples, how), 0o666); err != nil {
		s.Fatal(err)
	}
	if err := os.Rename(filepath.Join(s.dir, "next"), filepath.Join(s.dir, barrier)); err != nil {
		s.Fatal(err)
	}
}

// open lets all go on.
func (s *scene) open() {
	s.Helper()
	if err := os.Remove(filepath.Join(s.dir, barrier)); err != nil {
		s.Fatal(err)
	}
}

func (s *scene) heldFiles() []string {
	files, err := filepath.Glob(filepath.Join(s.dir, "held-*"))
	if err != nil {
		s.Fatal(err)
	}
	return files
}

// isHeld waits until a task waits at the gate and returns its process.
func (p *play) isHeld() (pid int) {
	p.scene.Helper()
	var files []string
	p.scene.eventually("no task waits at the gate", func() bool {
		files = p.scene.heldFiles()
		return len(files) > 0 || p.hasEnded()
	})
	if len(files) == 0 {
		p.scene.Fatalf("the program has ended before its time: %v\n%s%s", p.ProcessState, &p.out, &p.err)
	}
	pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(files[0]), "held-"))
	if err != nil {
		p.scene.Fatal(err)
	}
	return pid
}

func (p *play) signal(sig syscall.Signal) {
	p.scene.Helper()
	if err := p.Process.Signal(sig); err != nil {
		p.scene.Fatal(err)
	}
}

// limit changes a limit of the program while it runs.
func (p *play) limit(resource, value int) {
	p.scene.Helper()
	l := unix.Rlimit{Cur: uint64(value), Max: uint64(value)}
	if err := unix.Prlimit(p.Process.Pid, resource, &l, nil); err != nil {
		p.scene.Fatal(err)
	}
}

func (s *scene) file() string { return filepath.Join(s.dir, "out", sweep.FileName) }

// read reads the result file of a run that was stopped.
func (s *scene) read() *result.File {
	s.Helper()
	f, err := result.Read(s.file())
	if err != nil {
		s.Fatal(err)
	}
	if !f.Interrupted {
		s.Error("the file does not say that the run was interrupted")
	}
	return f
}

// completes resumes a run that was stopped and makes sure that nothing of
// what was measured before is lost.
func (s *scene) completes(args []string, before *result.File) *result.File {
	s.Helper()
	s.start(append(slices.Clone(args), "--resume")).ends(good)
	f := s.isWhole()
	s.kept(before, f)
	return f
}

// isWhole makes sure that the result file holds every planned cell in every
// round once, as a sample or a failure: no pair of cells of one round lacks
// its half. Cells that cannot exist have none; cells that have failed twice
// are not tried again.
func (s *scene) isWhole() *result.File {
	s.Helper()
	f, err := result.Read(s.file())
	if err != nil {
		s.Fatal(err)
	}
	if f.Interrupted {
		s.Error("the file says that the run was interrupted")
	}
	times := map[result.Point]int{}
	failed := map[result.Point]bool{}
	for _, x := range f.Samples {
		times[result.Point{Cell: x.Cell, Round: x.Round}]++
	}
	for _, x := range f.Failures {
		p := result.Point{Cell: x.Cell, Round: x.Round}
		times[p]++
		failed[p] = true
	}
	if len(f.Plan) == 0 || len(f.Blanks) > 0 {
		s.Errorf("%d cells planned, blanks %+v", len(f.Plan), f.Blanks)
	}
	for _, c := range f.Plan {
		failures := 0
		for round := range f.Rounds() {
			p := result.Point{Cell: c, Round: round}
			want := 1
			if failures == 2 {
				want = 0
			}
			if times[p] != want {
				s.Errorf("%s stands %d times in round %d, want %d", c.Name(), times[p], round, want)
			}
			if failed[p] {
				failures++
			}
			delete(times, p)
		}
	}
	for p := range times {
		s.Errorf("round %d of %s was never planned", p.Round, p.Cell.Name())
	}
	return f
}

// kept makes sure that every sample and failure of a file is in a later one,
// unchanged.
func (s *scene) kept(before, after *result.File) {
	s.Helper()
	if len(before.Samples) == 0 {
		s.Error("nothing was measured before")
	}
	same := func(x result.Sample) func(result.Sample) bool {
		wall, _ := x.Value(result.WallNS)
		return func(y result.Sample) bool {
			again, _ := y.Value(result.WallNS)
			return x.Cell == y.Cell && x.Round == y.Round && x.Passes == y.Passes && wall == again
		}
	}
	for _, x := range before.Samples {
		if !slices.ContainsFunc(after.Samples, same(x)) {
			s.Errorf("the sample of %s in round %d is lost", x.Cell.Name(), x.Round)
		}
	}
	for _, x := range before.Failures {
		if !slices.Contains(after.Failures, x) {
			s.Errorf("the failure of %s in round %d is lost", x.Cell.Name(), x.Round)
		}
	}
}

func TestKilledRunLeavesNothingAndGoesOn(t *testing.T) {
	s := newScene(t)
	args := arguments(2, "--workloads", "held,echo", "--models", "serial,goroutine,subprocess",
		"--set", "tasks=4", "--set", "delay=100", "--set", "inflight=2")
	s.close("worker", 9, quietly)
	p := s.start(args)
	p.isHeld()
	tree := s.processes()
	sockets := s.listening(tree)
	if len(tree) < 4 || len(sockets) == 0 {
		t.Errorf("processes %v with %d sockets, want the run, a cell, its worker and a helper that listens", tree, len(sockets))
	}
	p.signal(syscall.SIGKILL)
	p.ends(-1)
	s.eventually("a socket is left", func() bool { return len(s.listening(tree)) == 0 })
	s.isClean()
	before := s.read()
	s.start([]string{"nasty", "report", "--dir", "page", "out/" + sweep.FileName}).ends(good)
	// As if it had been killed a little later, when the file was finished.
	if err := os.WriteFile(s.file()+".part", []byte("half a lin"), 0o666); err != nil {
		t.Fatal(err)
	}
	s.open()
	s.completes(args, before)
}

func TestSignalsKeepWhatIsMeasured(t *testing.T) {
	s := newScene(t)
	args := arguments(4, "--workloads", "held,steady", "--models", "serial")
	before := &result.File{}
	for i, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		now := args
		if i > 0 {
			now = append(slices.Clone(args), "--resume")
		}
		s.close("cell", 4*i+1, leaving)
		p := s.start(now)
		p.isHeld()
		p.signal(sig)
		p.ends(interrupted)
		p.says("interrupted", "--resume")
		s.isClean()
		after := s.read()
		if len(after.Samples) <= len(before.Samples) {
			t.Errorf("%v: %d samples after %d", sig, len(after.Samples), len(before.Samples))
		}
		if i > 0 {
			s.kept(before, after)
		}
		before = after
	}
	s.open()
	s.completes(args, before)
}

func TestIgnoredHangupStaysIgnored(t *testing.T) {
	s := newScene(t)
	s.close("cell", 1, quietly)
	p := s.start(append([]string{"sh", "-c", `trap "" HUP; exec "$@"`, "sh"}, arguments(2, "--workloads", "held", "--models", "serial")...))
	p.isHeld()
	p.signal(syscall.SIGHUP)
	s.open()
	p.ends(good)
	s.isWhole()
}

// firstLine is room for the first line of a run's last words, not for all of them.
const firstLine = 100

// nearlyFull is a pipe with room for so many bytes: who writes more than that
// waits until it is read.
func nearlyFull(t *testing.T, room int) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	size, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, os.Getpagesize())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(bytes.Repeat([]byte("."), size-room)); err != nil {
		t.Fatal(err)
	}
	return r, w
}

// holds is the number of bytes that wait in a pipe.
func holds(t *testing.T, r *os.File) int {
	t.Helper()
	n, err := unix.IoctlGetInt(int(r.Fd()), unix.TIOCINQ)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	s := newScene(t)
	args := arguments(2, "--workloads", "held", "--models", "serial")
	s.close("cell", 1, quietly)
	r, full := nearlyFull(t, firstLine)
	before := holds(t, r)
	p := s.start(args, func(cmd *exec.Cmd) { cmd.Stdout = full })
	p.isHeld()
	p.signal(syscall.SIGINT)
	s.eventually("the run says nothing", func() bool { return holds(t, r) > before || p.hasEnded() })
	p.signal(syscall.SIGINT)
	s.eventually("the program does not end", p.hasEnded)
	if state := p.ProcessState.Sys().(syscall.WaitStatus); !state.Signaled() || state.Signal() != syscall.SIGINT {
		t.Errorf("%v, want the end by the signal", p.ProcessState)
	}
	s.isClean()
	kept := s.read()
	s.open()
	s.completes(args, kept)
}

// A limit on the size of files stops writing as a full disk does, in the
// middle of a line, and needs neither a disk nor privileges.
func TestFullFileKeepsItsWholeLines(t *testing.T) {
	s := newScene(t)
	args := arguments(2, "--workloads", "held,steady", "--models", "serial")
	s.close("cell", 4, quietly)
	p := s.start(args)
	p.isHeld()
	was := s.read()
	size, err := os.Stat(s.file())
	if err != nil {
		t.Fatal(err)
	}
	p.limit(unix.RLIMIT_FSIZE, int(size.Size())+100)
	s.open()
	p.ends(unusable)
	p.says("out/"+sweep.FileName, "file too large", "what was measured before is kept", "ulimit -f", "--resume")
	s.isClean()
	now := s.read()
	if len(now.Warnings) > 0 || len(now.Samples) != len(was.Samples) {
		t.Errorf("%d samples of %d, warnings %q", len(now.Samples), len(was.Samples), now.Warnings)
	}
	s.kept(was, now)
	s.completes(args, now)
}

// A real file system without room, where this process may make one.
func TestFullDiskKeepsWholeLines(t *testing.T) {
	s := newScene(t)
	if err := os.Mkdir(filepath.Join(s.dir, "out"), 0o777); err != nil {
		t.Fatal(err)
	}
	own := func(cmd *exec.Cmd) {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		}
	}
	try := exec.Command("sh", "-c", "mount -t tmpfs -o size=64k tmpfs .")
	try.Dir = t.TempDir()
	own(try)
	if said, err := try.CombinedOutput(); err != nil {
		t.Skipf("skipped: no mount for a process of its own: %v %s", err, said)
	}
	args := arguments(8, "--workloads", "held,steady", "--models", "serial") // more than the last page of the file has room for
	s.close("cell", 4, filling)
	script := `mount -t tmpfs -o size=64k tmpfs out || exit 9; "$@"; status=$?; ls out; cp out/bench.txt . || exit 9; exit $status`
	p := s.start(append([]string{"sh", "-c", script, "sh"}, args...), own)
	p.isHeld()
	s.open()
	p.ends(unusable)
	p.says("no space left on device", "what was measured before is kept", "make room", "--resume")
	if left := p.out.String(); left != "ballast\n"+sweep.FileName+"\n" {
		t.Errorf("left there: %q", left)
	}
	if err := os.Rename(filepath.Join(s.dir, sweep.FileName), s.file()); err != nil { // there is room
		t.Fatal(err)
	}
	full := s.read()
	if len(full.Warnings) > 0 {
		t.Errorf("warnings %q", full.Warnings)
	}
	s.completes(args, full)
}

func TestKilledCellsAndWorkersAreFailures(t *testing.T) {
	s := newScene(t)
	args := arguments(3, "--workloads", "held,steady", "--models", "serial,subprocess")
	s.close(anyPart, 1, quietly)
	p := s.start(args)
	for !p.hasEnded() {
		for _, path := range s.heldFiles() {
			pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(path), "held-"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	p.ends(bad)
	p.says("failed: Held/model=serial-1: crash: signal: killed", "failed: Held/model=subprocess", "run: worker 0 died: signal: killed")
	f := s.isWhole()
	if len(f.Failures) != 4 {
		t.Errorf("%d failures, want two of each cell that was killed", len(f.Failures))
	}
	for _, x := range f.Failures {
		if x.Cell.Workload != "held" || x.Kind != "crash" || !strings.Contains(x.Text, "killed") {
			t.Errorf("failure of %s: %s: %s", x.Cell.Name(), x.Kind, x.Text)
		}
	}
	s.open()
	s.start(append(args, "--resume")).ends(bad)
	s.kept(f, s.isWhole())
}

// dataLimit is a limit on memory, in KiB, that leaves this program some room.
func dataLimit(t *testing.T) int {
	t.Helper()
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); f[0] == "VmData:" {
			n, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			return n + 1<<19
		}
	}
	t.Fatal("no VmData")
	return 0
}

func TestCellsThatHarmTheMachineAreStopped(t *testing.T) {
	s := newScene(t)
	args := arguments(2, "--workloads", "daemon,eater,talker,steady", "--models", "serial")
	r, full := nearlyFull(t, firstLine)
	before := holds(t, r)
	limited := []string{"sh", "-c", `ulimit -d "$0" && exec "$@"`, strconv.Itoa(dataLimit(t))}
	p := s.start(append(limited, args...), func(cmd *exec.Cmd) { cmd.Stdout = full })
	s.eventually("the run does not finish", func() bool { return holds(t, r) > before || p.hasEnded() })
	if left := s.processes(); !slices.Equal(left, []int{p.Process.Pid}) {
		t.Errorf("processes %v, want %d alone", left, p.Process.Pid)
	}
	run, err := procfs.NewProc(p.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	status, err := run.NewStatus()
	if err != nil {
		t.Fatal(err)
	}
	if status.VmHWM == 0 || status.VmHWM > 256<<20 {
		t.Errorf("the run has held %d MiB of the gigabyte of log", status.VmHWM>>20)
	}
	if err := full.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Fatal(err)
	}
	p.ends(bad)
	f := s.isWhole()
	want := map[string][2]string{
		"daemon": {"error", "left processes behind"}, "eater": {"crash", "out of memory|failed to allocate"}, "talker": {"error", "dull boy"},
	}
	times := map[string]int{}
	for _, x := range f.Failures {
		times[x.Cell.Workload]++
		if says := want[x.Cell.Workload]; says[0] != x.Kind || !regexp.MustCompile(says[1]).MatchString(x.Text) {
			t.Errorf("failure of %s: %s: %s", x.Cell.Name(), x.Kind, x.Text)
		}
		if x.Cell.Workload == "talker" && (len(x.Log) > proc.TailBytes || !strings.Contains(x.Log, "no play")) {
			t.Errorf("%d bytes of log are kept: %.200q", len(x.Log), x.Log)
		}
	}
	if times["daemon"] != 2 || times["eater"] != 2 || times["talker"] != 1 || len(times) != 3 {
		t.Errorf("failures %v", times)
	}
}

// A cell that needs a descriptor for each of its workers can have too few.
func TestCellOutOfDescriptorsIsAFailure(t *testing.T) {
	s := newScene(t)
	args := arguments(2, "--workloads", "echo", "--models", "serial,subprocess", "--set", "tasks=4", "--set", "delay=100", "--set", "inflight=64")
	p := s.start(append([]string{"sh", "-c", `ulimit -n 40 && exec "$@"`, "sh"}, args...))
	p.ends(bad)
	f := s.isWhole()
	if len(f.Failures) != 2 {
		t.Errorf("%d failures, want 2", len(f.Failures))
	}
	for _, x := range f.Failures {
		if x.Cell.Model != "subprocess" || !strings.Contains(x.Text, "too many open files") {
			t.Errorf("failure of %s: %s: %s", x.Cell.Name(), x.Kind, x.Text)
		}
	}
}

func TestRunOutOfDescriptorsKeepsItsFile(t *testing.T) {
	s := newScene(t)
	args := arguments(2, "--workloads", "held,steady", "--models", "serial")
	s.close("cell", 4, quietly)
	p := s.start(args)
	p.isHeld()
	// Two more are enough to end the cell in work, not to start another.
	free := 0
	for p.hasOpen(free) {
		free++
	}
	p.limit(unix.RLIMIT_NOFILE, free+2)
	s.open()
	p.ends(unusable)
	p.says("start a cell process", "too many open files", "ulimit -n", "--resume")
	before := s.read()
	if len(before.Samples) < 5 {
		t.Errorf("%d samples: the one in work is lost", len(before.Samples))
	}
	s.isClean()
	s.completes(args, before)
}

// hasOpen tells whether the program has this descriptor open.
func (p *play) hasOpen(fd int) bool {
	_, err := os.Lstat(fmt.Sprintf("/proc/%d/fd/%d", p.Process.Pid, fd))
	return err == nil
}
