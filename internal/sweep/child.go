package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/runners"
)

// The parts that a copy of this binary plays. Each gets one JSON value.
const (
	partCell   = "cell"   // measure one cell once
	partCheck  = "check"  // check one workload under one model
	partHelper = "helper" // serve a workload's tasks
	partWorker = "worker" // run tasks for a subprocess crew
	partPeer   = "peer"   // answer the messages of an exchange
	partHello  = "hello"  // say so and end
)

// Child plays the part that this process was started for and exits. It returns
// at once in a process that a person started. A program that sweeps must call
// it before anything else: cells, helpers and workers are copies of it.
func Child(c Catalogue) {
	part, arg, err := proc.Entry()
	if part == "" && err == nil {
		return
	}
	if err == nil {
		err = play(c, part, arg)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", part, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func play(c Catalogue, part string, arg json.RawMessage) error {
	c, err := burdened(c)
	if err != nil {
		return err
	}
	switch part { // whose stdout is someone's input
	case partWorker:
		return runners.Work(arg, c.Workloads)
	case partPeer:
		return runners.Answer(arg)
	case partHello:
		return runners.Hello()
	}
	// What a task prints must not spoil the answer.
	out := os.Stdout
	os.Stdout = os.Stderr
	switch part {
	case partCell:
		return answer(out, arg, c.measureCell)
	case partCheck:
		return answer(out, arg, c.checkCell)
	case partHelper:
		return c.help(out, arg)
	default:
		return fmt.Errorf("this program has no part %q", part)
	}
}

// answer plays a part that is a function from one JSON value to another.
func answer[In, Out any](w io.Writer, arg json.RawMessage, f func(context.Context, In) Out) error {
	var in In
	if err := json.Unmarshal(arg, &in); err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(f(context.Background(), in))
}

// order is what a cell process is told.
type order struct {
	place
	Cell     result.Cell   `json:"cell"`
	CPUs     []int         `json:"cpus,omitempty"`  // that the process is bound to; none when unbound
	Pairs    [][2]int      `json:"pairs,omitempty"` // of an exchange: of the CPUs, those of sender and receiver; none when unbound
	WarmUp   time.Duration `json:"warmUp"`
	Duration time.Duration `json:"duration"`
	build    Build         // that is told
}

// finding is what a cell process answers: values, or why there are none.
type finding struct {
	Passes   int            `json:"passes,omitempty"`
	Values   []result.Value `json:"values,omitempty"`
	Ran      time.Duration  `json:"ran,omitempty"`     // wall time of all passes, warm-up included
	Warm     int            `json:"warm,omitempty"`    // passes of the warm-up
	Loop     string         `json:"loop,omitempty"`    // how requests came, if they were timed: result.Open or result.Closed
	Latency  string         `json:"latency,omitempty"` // their latencies, as result.EncodeLatency spells them
	Warnings []string       `json:"warnings,omitempty"`
	Kind     string         `json:"kind,omitempty"`   // of failure, as in result.Failure
	Text     string         `json:"text,omitempty"`   // of failure
	Detail   string         `json:"detail,omitempty"` // of failure, when there are more lines than Text
	Blank    string         `json:"blank,omitempty"`  // why the cell cannot exist
}

// The kinds of failure.
const (
	crash       = "crash"
	hang        = "hang"
	wrongAnswer = result.WrongAnswer
	otherError  = "error"
)

// fault turns an error into a finding: its first line, and all of it if there
// are more, such as the stack of a panic.
func fault(err error) finding {
	first, rest, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	f := finding{Kind: otherError, Text: oneLine(first)}
	if len(f.Text) > textLimit {
		f.Text, rest = strings.ToValidUTF8(f.Text[:textLimit], "")+" ...", f.Text
	}
	if rest != "" {
		f.Detail = err.Error()
	}
	if errors.Is(err, errors.ErrUnsupported) {
		return finding{Blank: f.Text}
	}
	switch {
	case errors.As(err, new(wrongError)), errors.Is(err, runners.ErrWrong):
		f.Kind = wrongAnswer
	case errors.Is(err, runners.ErrDied):
		f.Kind = crash
	}
	return f
}

// textLimit is how long the one line of a failure may be.
const textLimit = 500

// wrongError marks an answer or a receipt that is not the known one.
type wrongError struct{ error }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
