package cmd

import (
	"cmp"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/nonrev/nonrev/internal/gate"
	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/report"
)

// gateFormats are the ways to print what a gate says.
var gateFormats = map[string]func(gated, io.Writer) error{
	"text": gated.text, "markdown": gated.markdown, "junit": gated.junit, "csv": gated.csv, "html": gated.html,
	"json": func(g gated, w io.Writer) error { return encodeJSON(w, g) },
}

// formatNames are those of gateFormats for a person.
const formatNames = "text, markdown, html, json, junit or csv"

func unknownFormat(name string) error {
	return fmt.Errorf("--format %s: choose %s", name, formatNames)
}

func (g gated) markdown(w io.Writer) error {
	fmt.Fprintf(w, "### %s\n\n%s against %s. %s\n\n", g.summary(), code(g.New), code(g.Old), g.how())
	if g.Machine != "" {
		fmt.Fprintf(w, "Machine: %s\n\n", code(g.Machine))
	}
	g.table(w).RenderMarkdown()
	fmt.Fprintln(w)
	for _, f := range g.Failures {
		fmt.Fprintf(w, "- failed: %s\n", code(f))
	}
	for _, x := range g.Warnings {
		fmt.Fprintf(w, "- warning: %s\n", code(x))
	}
	return nil
}

// code is text that Markdown leaves alone.
func code(s string) string { return "`" + strings.ReplaceAll(printable(s), "`", "'") + "`" }

func (g gated) html(w io.Writer) error {
	p := report.Gate{Title: g.counted(), Lead: []string{fmt.Sprintf("%s against %s. %s", printable(g.New), printable(g.Old), g.how())}, Columns: gateColumns}
	if kept := g.kept(); kept != "" {
		p.Lead = append(p.Lead, "Of what is promised, "+kept+".")
	}
	if g.Machine != "" {
		p.Lead = append(p.Lead, "Machine: "+printable(g.Machine)+".")
	}
	for _, f := range g.Failures {
		p.Notice = append(p.Notice, "failed: "+printable(f))
	}
	for _, x := range g.Warnings {
		p.Notice = append(p.Notice, "warning: "+printable(x))
	}
	for _, r := range g.shown() {
		p.Rows = append(p.Rows, r.fields())
		p.Costs = append(p.Costs, r.drawn())
	}
	return p.Write(w)
}

// drawn is the row as a chart takes it.
func (r gatedRow) drawn() report.Cost {
	name := r.Cell
	if r.Metric != gate.Time {
		name += " " + r.Metric
	}
	verdict := r.verdict()
	switch {
	case r.Better:
		verdict = report.Better
	case r.Verdict == gate.Worse:
		verdict = report.Worse
	}
	return report.Cost{Name: name, Verdict: verdict, Promise: float64(r.Promise), Ratio: scaling.Estimate{
		Value: float64(r.Cost.Value), Low: float64(r.Cost.Low), High: float64(r.Cost.High), Confidence: float64(r.Cost.Confidence), N: r.Cost.N,
	}}
}

func (g gated) csv(w io.Writer) error {
	rows := [][]string{{"cell", "metric", "unit", "decides", "old", "new", "cost", "low", "high", "confidence", "detectable", "promise", "verdict", "reason"}}
	for _, r := range g.Rows {
		rows = append(rows, []string{
			r.Cell, r.Metric, r.Unit, strconv.FormatBool(r.Decides), digits(float64(r.Old)), digits(float64(r.New)),
			digits(float64(r.Cost.Value)), digits(float64(r.Cost.Low)), digits(float64(r.Cost.High)), digits(float64(r.Cost.Confidence)),
			digits(float64(r.Detectable)), digits(float64(r.Promise)), r.verdict(), r.why(),
		})
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// JUnit as CI servers read it: an inconclusive case is an error, because one
// that is skipped counts as passed.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"`
	Name    string     `xml:"name,attr"`
	Failure *junitText `xml:"failure,omitempty"`
	Error   *junitText `xml:"error,omitempty"`
	Out     string     `xml:"system-out,omitempty"`
}

type junitText struct {
	Message string `xml:"message,attr"`
}

// orNone is a share, or that there is none.
func orNone(v decimal) string { return cmp.Or(share(float64(v)), "none") }

func (g gated) junit(w io.Writer) error {
	s := junitSuite{Name: "nonrev"}
	for _, f := range g.Failures {
		s.Cases = append(s.Cases, junitCase{Class: "failures", Name: f, Failure: &junitText{f}})
		s.Failures++
	}
	for _, r := range g.Rows {
		if !r.Decides {
			continue
		}
		cost, interval := percents(r.Cost)
		c := junitCase{Class: r.Metric, Name: r.Cell, Out: r.why()}
		if cost != "" {
			c.Out = fmt.Sprintf("%s %s, detectable %s, promised %s", cost, interval, orNone(r.Detectable), orNone(r.Promise))
		}
		if why := r.why(); cost != "" && why != "" {
			c.Out += ": " + why
		}
		switch r.Verdict {
		case gate.Worse:
			c.Failure = &junitText{"worse: " + c.Out}
			s.Failures++
		case gate.Inconclusive:
			c.Error = &junitText{"inconclusive: " + c.Out}
			s.Errors++
		}
		s.Cases = append(s.Cases, c)
	}
	s.Tests = len(s.Cases)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
