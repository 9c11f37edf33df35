package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/nonrev/nonrev/internal/scaling"
)

// The verdicts.
const (
	ok         = "ok"
	wrong      = "off"
	cannotTell = "cannot tell here"
)

// rule is said above the table.
const rule = `A number is ok when its interval holds the injected value, or when it misses it by no more than the tolerance beside it,
which was set beforehand; without an interval, which takes 6 values, the tolerance alone decides. An interval wider than half
of the injected value, or than twice the tolerance if that is more, tells nothing. Off is everything else, and a fault that
was not found.`

// A row is one line of the table: what went in and what came out.
type row struct {
	what, model                  string
	injected, measured, interval string
	verdict, reason              string
}

// A unit says how values are written.
type unit func(v float64) string

func nanoseconds(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e6:
		return fmt.Sprintf("%.3f ms", v/1e6)
	case a >= 1e3:
		return fmt.Sprintf("%.1f us", v/1e3)
	}
	return fmt.Sprintf("%.0f ns", v)
}

func percent(v float64) string { return fmt.Sprintf("%.1f%%", 100*v) }

func times(v float64) string { return fmt.Sprintf("%.3fx", v) }

func octets(v float64) string { return fmt.Sprintf("%.1f B", v) }

// number holds an estimate against the injected value.
func number(what, model string, u unit, injected float64, e scaling.Estimate, tolerance float64) row {
	r := row{
		what: what, model: model, injected: u(injected) + " +- " + u(tolerance),
		measured: u(e.Value), interval: u(e.Low) + " to " + u(e.High),
	}
	if e.Confidence == 0 {
		r.interval = fmt.Sprintf("none, n = %d", e.N)
	}
	r.verdict, r.reason = judge(injected, e, tolerance)
	return r
}

// judge is the rule of the verdicts.
func judge(injected float64, e scaling.Estimate, tolerance float64) (verdict, reason string) {
	near := math.Abs(e.Value-injected) <= tolerance
	holds := e.Confidence > 0 && e.Low <= injected && injected <= e.High
	switch {
	case math.IsNaN(e.Value):
		return wrong, strings.Join(append([]string{"nothing was measured"}, e.Warnings...), ": ")
	case e.High-e.Low > max(math.Abs(injected)/2, 2*tolerance):
		return cannotTell, "the interval is too wide"
	case near || holds:
		return ok, ""
	}
	return wrong, ""
}

// fact tells whether a fault was found.
func fact(what, model, injected, measured string, found bool) row {
	r := row{what: what, model: model, injected: injected, measured: measured, verdict: ok}
	if !found {
		r.verdict = wrong
	}
	return r
}

// untold is a case that this machine, or any, cannot put to the test.
func untold(what, model, reason string) row {
	return row{what: what, model: model, verdict: cannotTell, reason: reason}
}

// off tells whether any verdict is.
func off(rows []row) bool {
	return slices.ContainsFunc(rows, func(r row) bool { return r.verdict == wrong })
}

// show writes the table.
func show(w io.Writer, rows []row) {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(table.Row{"case", "model", "injected", "measured", "interval", "verdict"})
	for _, r := range rows {
		verdict := r.verdict
		if r.reason != "" {
			verdict += ": " + r.reason
		}
		t.AppendRow(table.Row{r.what, r.model, r.injected, r.measured, r.interval, verdict})
	}
	t.SetColumnConfigs([]table.ColumnConfig{
		{Number: 1, WidthMax: 56, WidthMaxEnforcer: text.WrapSoft},
		{Number: 4, WidthMax: 60, WidthMaxEnforcer: text.WrapSoft},
		{Number: 6, WidthMax: 48, WidthMaxEnforcer: text.WrapSoft},
	})
	fmt.Fprintf(w, "%s\n\n%s\n", rule, t.Render())
}
