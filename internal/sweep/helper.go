package sweep

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
)

// help is the part of a helper process: it tells its address and serves until
// its input is closed, which also happens when the run dies.
func (c Catalogue) help(out io.Writer, arg json.RawMessage) error {
	var cell result.Cell
	if err := json.Unmarshal(arg, &cell); err != nil {
		return err
	}
	w, err := c.Workload(cell.Workload)
	if err != nil {
		return err
	}
	p, err := params(w, cell)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // any end of the input is the end
		cancel()
	}()
	err = w.Helper(ctx, p, func(address string) { fmt.Fprintln(out, address) })
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// A helper is a helper process, or the reason why there is none.
type helper struct {
	err     error // why it did not start
	cmd     *exec.Cmd
	stop    io.Closer
	log     *proc.Tail
	address string
	ended   chan struct{}
	exit    error         // how it ended
	last    time.Duration // CPU time when it was last asked for
}

// helperKey is the part of a cell that its helper depends on.
func helperKey(c result.Cell) result.Cell {
	return result.Cell{Workload: c.Workload, Set: c.Set, Grain: c.Grain, Payload: c.Payload}
}

// helperPatience is how long a helper may take to serve.
const helperPatience = 10 * time.Second

// startHelper starts a helper on the CPUs and waits until it serves.
func startHelper(b Build, key result.Cell, cpus []int) *helper {
	h := &helper{log: &proc.Tail{}, ended: make(chan struct{})}
	out, err := h.start(b, key, cpus)
	if err != nil {
		h.err = fmt.Errorf("start the helper of %s: %w", key.Workload, err)
		return h
	}
	line := make(chan string, 1)
	go func() {
		s, _ := bufio.NewReader(io.LimitReader(out, 1<<10)).ReadString('\n') // no line is no address
		line <- s
		h.exit = h.cmd.Wait()
		close(h.ended)
	}()
	select {
	case s := <-line:
		h.address = oneLine(s)
	case <-time.After(helperPatience):
	}
	if h.address == "" {
		h.close()
		h.err = fmt.Errorf("the helper of %s did not start: %s", key.Workload, h.log.Reason())
	}
	return h
}

func (h *helper) start(b Build, key result.Cell, cpus []int) (out io.Reader, err error) {
	if h.cmd, err = b.command(partHelper, key); err != nil {
		return nil, err
	}
	h.cmd.Stderr = h.log
	proc.OwnGroup(h.cmd)
	if h.stop, err = h.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if out, err = h.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	return out, proc.Start(h.cmd, cpus)
}

// gone tells that the helper has served and ended.
func (h *helper) gone() bool {
	select {
	case <-h.ended:
		return h.err == nil
	default:
		return false
	}
}

// ready says whether the helper serves, and moves it to the CPUs that it
// shares with the cell if it has none of its own.
func (h *helper) ready(shared bool, cpus []int) error {
	if h.err != nil {
		return h.err
	}
	if h.gone() {
		return errors.New(because(fmt.Sprintf("the helper has ended: %v", h.exit), h.log))
	}
	if !shared || len(cpus) == 0 {
		return nil
	}
	return proc.Bind(h.cmd.Process.Pid, cpus)
}

// used is the CPU time of the helper, the last known when it has ended.
func (h *helper) used() (time.Duration, error) {
	if h.err != nil || h.gone() {
		return h.last, nil
	}
	t, err := proc.CPUTime(h.cmd.Process.Pid)
	if errors.Is(err, fs.ErrNotExist) { // it has ended this moment
		return h.last, nil
	}
	h.last = t
	return t, err
}

// close stops the helper and waits for its end.
func (h *helper) close() {
	if h.err != nil {
		return
	}
	h.stop.Close()
	timer := time.AfterFunc(childGrace, func() { _ = proc.KillGroup(h.cmd) }) // it may be gone by then
	defer timer.Stop()
	<-h.ended
}

// helpers are those of a run, by what they depend on.
type helpers map[result.Cell]*helper

// startHelpers starts one helper for each setting among the cells that needs
// one. A helper that does not start fails its cells, not the run.
func startHelpers(b Build, c Catalogue, cells []result.Cell, cpus []int) helpers {
	started := helpers{}
	for _, cell := range cells {
		w, err := c.Workload(cell.Workload)
		if err == nil && w.Helper != nil && started[helperKey(cell)] == nil {
			started[helperKey(cell)] = startHelper(b, helperKey(cell), cpus)
		}
	}
	return started
}

func (hs helpers) close() {
	for _, h := range hs {
		h.close()
	}
}
