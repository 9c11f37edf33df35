package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/internal/sweep"
)

// What the voiding of samples is held to, as shares of the samples: those
// beside a process that burns a whole CPU must be void, others must not.
const (
	missedShare = 0.05
	lostShare   = 0.10
)

// loaded tells whether a load is started in a round: every fourth, one more
// than half of the time unloaded, so that the cells' own median is clean.
func loaded(round, rounds int) bool { return round%4 == 3 && round < rounds }

// foreign starts a process that burns one CPU during known rounds: bound to the
// first CPU in every other of them, unbound in the rest.
func foreign(ctx context.Context, l lab) ([]row, error) {
	cells := l.possible([]result.Cell{cell("", result.Serial, 1), cell("", "goroutine", 2), cell("", "subprocess", 1)})
	m, err := sweep.ThisMachine()
	if err != nil {
		return nil, err
	}
	h := &hog{Writer: l.log, rounds: l.loaded}
	if m.Pinned {
		h.first = m.CPUs[:1]
	}
	r, err := l.sweep(ctx, l.loaded, h, cells...)
	if err = errors.Join(err, h.stop(), h.err); err != nil {
		return nil, err
	}
	const caught, lost = "samples beside a process that burns a CPU: void", "samples without it: void"
	if r.blind() {
		return []row{untold(caught, "", "this system does not tell what else runs"), untold(lost, "", "this system does not tell what else runs")}, nil
	}
	var beside, clean tally
	for _, s := range r.Samples {
		t := &clean
		if loaded(s.Round, l.loaded) {
			t = &beside
		}
		t.all++
		if s.Void != "" {
			t.some++
		}
	}
	return []row{
		number(fmt.Sprintf("%s, %d of %d", caught, beside.some, beside.all), "all", percent, 1, beside.share(), missedShare),
		number(fmt.Sprintf("%s, %d of %d", lost, clean.some, clean.all), "all", percent, 0, clean.share(), lostShare),
	}, nil
}

// blind tells that outside use was not counted.
func (r record) blind() bool {
	for _, s := range r.Samples {
		if s.WindowNS > 0 {
			return false
		}
	}
	return true
}

// A tally is how many of all are so.
type tally struct{ some, all int }

// share estimates the share with Wilson's 95% interval for it: E. B. Wilson,
// Probable inference, J. Am. Stat. Assoc. 22, 1927.
func (t tally) share() scaling.Estimate {
	const z = 1.959964
	n, p := float64(t.all), float64(t.some)/float64(t.all)
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return scaling.Estimate{Value: p, Low: max(0, middle-half), High: min(1, middle+half), Confidence: 0.95, N: t.all}
}

// A hog is a sweep's log that starts and stops a load between rounds: the
// sweep waits while it writes the line that tells that a round is complete.
type hog struct {
	io.Writer
	rounds int   // of the sweep
	first  []int // a CPU to bind the load to, none if it cannot be
	turns  int
	cmd    *exec.Cmd
	err    error
}

func (h *hog) Write(p []byte) (int, error) {
	var done, of int
	for line := range bytes.Lines(p) {
		if n, _ := fmt.Sscanf(string(line), "round %d of %d", &done, &of); n == 2 { // any other line is about something else
			h.turn(done)
		}
	}
	return h.Writer.Write(p)
}

// turn makes the load what it is to be in a round.
func (h *hog) turn(round int) {
	h.err = errors.Join(h.err, h.stop())
	if !loaded(round, h.rounds) {
		return
	}
	var cpus []int
	if h.turns++; h.turns%2 == 1 {
		cpus = h.first
	}
	h.err = errors.Join(h.err, h.start(cpus))
}

func (h *hog) start(cpus []int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	h.cmd = exec.Command(self, burnWord)
	return proc.Start(h.cmd, cpus)
}

func (h *hog) stop() error {
	if h.cmd == nil {
		return nil
	}
	cmd := h.cmd
	h.cmd = nil
	if err := cmd.Process.Kill(); err != nil {
		return err
	}
	_ = cmd.Wait() // it was killed
	return nil
}

// burnWord has this program burn a CPU until it is killed.
const burnWord = "burn"

func burn() {
	for x := uint64(1); ; {
		x = spin(x, 1000)
	}
}
