package cmd

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nonrev/nonrev/internal/sweep"
	"github.com/nonrev/nonrev/workloads"
)

// stage names the directory of a test of failures. It is in the environment
// of every process that the test starts, however that came to be.
const stage = "NONREV_TEST_STAGE"

// nasty are workloads that misbehave in the middle of a run, and one that does not.
func nasty() []workloads.Workload {
	after := func(f func() error) func(int) (int, error) {
		return func(n int) (int, error) { return n * n, f() }
	}
	return []workloads.Workload{
		numbers("steady", after(func() error { return nil })),
		numbers("held", after(hold)),
		numbers("daemon", after(sync.OnceValue(daemonise))),
		numbers("eater", after(eat)),
		numbers("talker", after(talk)),
	}
}

// A gate stops the workload "held" in the midst of a run: the file of this
// name in the stage says in which part of the program, and with how many
// samples in the result file at least, a task waits for the gate to open. It
// says so by a file of its process id.
const barrier = "gate"

// What a held task does before it waits: nothing, it starts a daemon, or it
// takes all room where the result file is.
const (
	quietly = "quietly"
	leaving = "leaving"
	filling = "filling"
)

func hold() error {
	at := os.Getenv(stage)
	raw, err := os.ReadFile(filepath.Join(at, barrier))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var part, how string
	var samples int
	if _, err := fmt.Sscan(string(raw), &part, &samples, &how); err != nil {
		return err
	}
	if !playing(part) || measured(at) < samples {
		return nil
	}
	switch how {
	case leaving:
		err = daemonise()
	case filling:
		err = fill(filepath.Join(at, "out", "ballast"))
	}
	if err != nil {
		return err
	}
	held := filepath.Join(at, fmt.Sprintf("held-%d", os.Getpid()))
	if err := os.WriteFile(held, nil, 0o666); err != nil {
		return err
	}
	for err == nil {
		time.Sleep(time.Millisecond)
		_, err = os.Stat(filepath.Join(at, barrier))
	}
	return nil
}

// anyPart stands for every part of the program.
const anyPart = "any"

// playing tells which part of the program this process was started for.
func playing(part string) bool {
	if part == anyPart {
		return true
	}
	raw, err := os.ReadFile("/proc/self/environ")
	return err == nil && strings.Contains(string(raw), fmt.Sprintf(`NONREV_ENTRY={"part":%q`, part))
}

// measured is the number of samples in the result file of the stage.
func measured(at string) int {
	raw, err := os.ReadFile(filepath.Join(at, "out", sweep.FileName))
	if err != nil {
		return 0
	}
	return strings.Count(string(raw), "\nBenchmark")
}

// daemonise starts a process that no signal to a group of ours reaches.
func daemonise() error {
	return exec.Command("setsid", "sleep", "300").Start()
}

// fill makes a file that takes all room on its disk.
func fill(path string) error {
	f, err := os.Create(path)
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if errors.Is(err, syscall.ENOSPC) {
		return f.Close()
	}
	return err
}

// eat takes memory until there is no more. Nothing is written to it, so that
// a machine without a limit does not suffer.
func eat() error {
	var eaten [][]byte
	for range 256 {
		eaten = append(eaten, make([]byte, 64<<20))
	}
	return fmt.Errorf("had %d times 64 MiB and could have had more", len(eaten))
}

// talk writes a gigabyte of log, once in a run, and then cannot go on.
func talk() error {
	at := os.Getenv(stage)
	if measured(at) == 0 { // a pilot's sample is in no file
		return nil
	}
	f, err := os.OpenFile(filepath.Join(at, "talked"), os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	chunk := []byte(strings.Repeat("all work and no play\n", 50_000))
	for range 1<<30/len(chunk) + 1 {
		if _, err := os.Stderr.Write(chunk); err != nil {
			return err
		}
	}
	panic(errors.Join(errors.New("dull boy"), f.Close()))
}
