// Package proc is the operating system as the rest of nonrev sees it: this
// binary run again, CPU sets, ways between processes, readiness, accounting.
// Every build tag of the project lives here; what a platform lacks is an error
// that says so.
package proc

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
)

// entryVariable carries the part that a copy of this binary is to play.
const entryVariable = "NONREV_ENTRY"

type entry struct {
	Part string          `json:"part"`
	Arg  json.RawMessage `json:"arg"`
}

// Self is a command that runs this binary again to play a part, with arg as
// JSON. It is not started; see Start.
func Self(part string, arg any) (*exec.Cmd, error) {
	name, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot find this program to run it again: %w", err)
	}
	cmd, err := Other(self(name), part, arg)
	if err == nil {
		cmd.Args[0] = name
	}
	return cmd, err
}

// Other is Self for another program that knows parts, at that path.
func Other(program, part string, arg any) (*exec.Cmd, error) {
	raw, err := json.Marshal(arg)
	if err != nil {
		return nil, err
	}
	e, err := json.Marshal(entry{part, raw})
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program)
	cmd.Env = append(environWithout(entryVariable), entryVariable+"="+string(e))
	return cmd, nil
}

// Entry tells which part this process is to play, "" when it was started by a
// person, and returns the argument as JSON. Asked once: the part is not
// inherited by what this process starts.
func Entry() (part string, arg json.RawMessage, err error) {
	raw, ok := os.LookupEnv(entryVariable)
	if !ok {
		return "", nil, nil
	}
	os.Unsetenv(entryVariable)
	var e entry
	if err := json.Unmarshal([]byte(raw), &e); err != nil {
		return "", nil, fmt.Errorf("%s: %w", entryVariable, err)
	}
	return e.Part, e.Arg, nil
}

func environWithout(name string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, name+"=") {
			env = append(env, v)
		}
	}
	return env
}

// Start starts the command, bound to the CPUs if any are given, so that it
// dies when this process dies, however that happens. Where the platform has
// neither, the command is started plainly; see CanPin.
func Start(cmd *exec.Cmd, cpus []int) error {
	starter.once.Do(func() {
		starter.requests = make(chan startRequest)
		go serveStarts(starter.requests)
	})
	done := make(chan error)
	starter.requests <- startRequest{cmd, cpus, done}
	return <-done
}

// The parent-death signal follows the thread that started the child, not the
// process, so one thread that never ends starts them all.
var starter struct {
	once     sync.Once
	requests chan startRequest
}

type startRequest struct {
	cmd  *exec.Cmd
	cpus []int
	done chan error
}

func serveStarts(requests chan startRequest) {
	runtime.LockOSThread()
	for r := range requests {
		r.done <- startPinned(r.cmd, r.cpus)
	}
}
