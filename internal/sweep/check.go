package sweep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/workloads"
)

// checkPasses is how many passes a check runs on one crew: the second shows
// what the first left behind.
const checkPasses = 2

// checkCell is the part of a check process: answers, receipts, and that tasks
// left their inputs alone, without a clock.
func (c Catalogue) checkCell(ctx context.Context, o order) finding {
	if o.Cell.Workload == result.Exchange || o.Cell.Workload == result.Python { // which check every answer
		f := c.measureCell(ctx, o)
		f.Values, f.Latency, f.Loop = nil, "", ""
		return f
	}
	model, setup, err := c.setup(o.Cell, o.place)
	if err != nil {
		return fault(err)
	}
	m, err := start(model, setup)
	if err != nil {
		return fault(err)
	}
	if err := errors.Join(m.check(ctx), m.crew.Close()); err != nil {
		return fault(err)
	}
	return finding{Passes: checkPasses}
}

func (m *measurement) check(ctx context.Context) error {
	for n := range checkPasses {
		if err := m.checkPass(ctx, m.job.Pass(n)); err != nil {
			return fmt.Errorf("pass %d: %w", n, err)
		}
	}
	m.stamp = checkPasses
	return m.prove(ctx)
}

func (m *measurement) checkPass(ctx context.Context, p workloads.Pass) error {
	schedule(p, proc.Now())
	audited, canAudit := p.(workloads.Auditor)
	if canAudit {
		if err := audited.Freeze(); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
	}
	if err := m.crew.Run(ctx, p); err != nil {
		return fmt.Errorf("run: %w", err)
	}
	p.Reduce()
	account, err := m.crew.Account()
	if err != nil {
		return fmt.Errorf("account: %w", err)
	}
	if err := verify([]workloads.Pass{p}, account); err != nil || !canAudit {
		return err
	}
	if err := audited.Audit(); err != nil {
		return wrongError{err}
	}
	return nil
}

// A Verdict says how one cell came out of a check.
type Verdict struct {
	Cell result.Cell
	finding
	Log string // the end of what a failed process wrote
}

// Pass tells that the cell did what it must.
func (v Verdict) Pass() bool { return v.Kind == "" && v.Blank == "" }

// Unsupported is why the cell cannot exist, "" if it can.
func (v Verdict) Unsupported() string { return v.Blank }

// Failure is what went wrong, "" if nothing did.
func (v Verdict) Failure() string {
	if v.Kind == "" {
		return ""
	}
	return v.Kind + ": " + v.Text
}

// Check runs every selected workload in every setting under every selected
// model, each in a fresh process, without a clock: answers, receipts, and that
// tasks leave their inputs alone. each is told every verdict as it comes.
func Check(ctx context.Context, c Catalogue, s Selection, patience time.Duration, each func(Verdict)) error {
	m, err := ThisMachine()
	if err != nil {
		return err
	}
	everything := Profile{Name: "check", cells: checkCells}
	cores := m.Cores()
	cells, err := s.apply(c, everything, []int{cores})
	if err != nil {
		return err
	}
	helpers := startHelpers(Build{}, c, cells, nil)
	defer helpers.close()
	for _, cell := range cells {
		v, err := c.checkChild(ctx, cell, cores, helpers[helperKey(cell)], patience)
		if err != nil {
			return err
		}
		each(v)
	}
	return nil
}

func (c Catalogue) checkChild(ctx context.Context, cell result.Cell, cores int, h *helper, patience time.Duration) (Verdict, error) {
	o := order{Cell: cell, place: place{Width: cores, Clocks: true}}
	if h != nil {
		if err := h.ready(false, nil); err != nil {
			return Verdict{Cell: cell, finding: fault(err), Log: h.log.String()}, nil
		}
		o.Helper = h.address
	}
	got, err := runChild(ctx, partCheck, o, c.processors(cell), patience)
	return Verdict{Cell: cell, finding: got.finding, Log: got.log}, err
}

// Record writes verdicts as benchmark lines of one value, 1 or 0 pass. A file
// that exists is replaced.
func Record(path, tool string, command []string, verdicts []Verdict) error {
	m, err := ThisMachine()
	if err != nil {
		return err
	}
	o := Options{Tool: tool, Command: command, Profile: Profile{Name: "check"}, Rounds: 1}
	f := &result.File{Run: o.describe(m, []int{m.Cores()})}
	for _, v := range verdicts {
		c := v.Cell
		c.Workload, c.Other = "check", "case="+c.Workload
		f.Plan = append(f.Plan, c)
		switch {
		case v.Blank != "":
			f.Blanks = append(f.Blanks, result.Blank{Cell: c, Reason: v.Blank})
			continue
		case v.Kind != "":
			f.Failures = append(f.Failures, result.Failure{Cell: c, Kind: v.Kind, Text: v.Text, Log: v.Log})
		}
		pass := 0.0
		if v.Pass() {
			pass = 1
		}
		f.Samples = append(f.Samples, result.Sample{Cell: c, Passes: 1, Values: []result.Value{{Unit: result.Pass, Value: pass}}})
	}
	return result.Rewrite(path, f)
}
