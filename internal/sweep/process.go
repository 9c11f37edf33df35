package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
)

// Limits of what is taken from a child: bytes of its answer, and the time that
// its own children have to end after it.
const (
	answerLimit = 1 << 20
	childGrace  = 2 * time.Second
)

// A child is what came of one process.
type child struct {
	finding
	cpu time.Duration // of the whole tree, as far as it was waited for
	log string        // the end of what it wrote to stderr
}

// runChild has a fresh process on the CPUs play the part, and kills its whole
// tree when ctx ends or patience runs out. The error is ctx's, or that
// no process could be started; whatever the process did wrong is a finding.
func runChild(ctx context.Context, part string, o order, procs int, patience time.Duration) (child, error) {
	cmd, err := o.build.command(part, o)
	if err != nil {
		return child{}, err
	}
	cmd.Env = append(o.build.environ(cmd.Env), "GOMAXPROCS="+strconv.Itoa(procs), "GOGC="+gogc)
	proc.Fill(cmd, o.Layout)
	out, log := &head{limit: answerLimit}, &proc.Tail{}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = out, log, childGrace
	proc.OwnGroup(cmd)
	if err := proc.Start(cmd, o.CPUs); err != nil {
		return child{}, fmt.Errorf("start a %s process: %w", part, err)
	}
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stop := context.AfterFunc(patient, func() { _ = proc.KillGroup(cmd) }) // it may have ended by itself
	waited := cmd.Wait()
	late := !stop()
	leftover := errors.Join(killOrphans(), proc.KillGroup(cmd))
	if err := ctx.Err(); err != nil {
		return child{}, err
	}
	c := child{cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), log: log.String()}
	if late {
		c.finding = finding{Kind: hang, Text: fmt.Sprintf("no answer within %v", patience)}
	} else {
		c.finding = judge(errors.Join(waited, leftover), out, log)
		if c.Detail != "" {
			c.log = c.Detail + "\n" + c.log
		}
	}
	return c, nil
}

// killOrphans kills what the process left behind; the error is that it did.
func killOrphans() error {
	n, err := proc.KillOrphans()
	if err == nil && n > 0 {
		err = fmt.Errorf("left processes behind, which are killed now: %d", n)
	}
	return err
}

// gogc is the collector's setting in every cell.
const gogc = "100"

// processors is how many threads a cell may run Go code on.
func (c Catalogue) processors(cell result.Cell) int {
	m, err := c.Model(cell.Model)
	if err == nil && m.OneLoop { // cells of the machine may have no model
		return 1
	}
	return cell.Cores
}

// judge reads the answer of a process that has ended.
func judge(ended error, out *head, log *proc.Tail) finding {
	var exit *exec.ExitError
	switch {
	case errors.As(ended, &exit):
		return finding{Kind: crash, Text: because(exit.String(), log)}
	case errors.Is(ended, exec.ErrWaitDelay):
		return finding{Kind: otherError, Text: "left a process behind that held on to its output"}
	case ended != nil:
		return finding{Kind: otherError, Text: oneLine(ended.Error())}
	case len(out.b) == 0:
		return finding{Kind: crash, Text: because("exit status 0 without an answer", log)}
	case out.over:
		return finding{Kind: otherError, Text: fmt.Sprintf("answered with more than %d bytes", answerLimit)}
	}
	var f finding
	if err := json.Unmarshal(out.b, &f); err != nil {
		return finding{Kind: otherError, Text: "answer is not readable: " + err.Error()}
	}
	return f
}

// because appends the log's reason, if it has one, to how a process ended.
func because(how string, log *proc.Tail) string {
	if reason := log.Reason(); reason != "" {
		how += ": " + reason
	}
	return oneLine(how)
}

// A head keeps the first bytes of what is written to it, up to a limit. It is
// no bytes.Buffer, into which io.Copy would read without limit.
type head struct {
	b     []byte
	limit int
	over  bool
}

func (h *head) Write(p []byte) (int, error) {
	room := h.limit - len(h.b)
	if len(p) > room {
		h.over = true
	}
	h.b = append(h.b, p[:min(len(p), room)]...)
	return len(p), nil
}
