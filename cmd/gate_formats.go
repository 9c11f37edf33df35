package cmd

import (
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"

	"github.com/nonrev/nonrev/internal/gate"
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
	return htmlPage(w, g.summary(), func() {
		fmt.Fprintf(w, "<p>%s against %s. %s</p>\n", html.EscapeString(printable(g.New)), html.EscapeString(printable(g.Old)), html.EscapeString(g.how()))
		for _, f := range g.Failures {
			fmt.Fprintf(w, "<p><strong>failed:</strong> %s</p>\n", html.EscapeString(printable(f)))
		}
		for _, x := range g.Warnings {
			fmt.Fprintf(w, "<p>warning: %s</p>\n", html.EscapeString(printable(x)))
		}
		g.table(w).RenderHTML()
	})
}

// htmlPage writes a page that refers to nothing outside.
func htmlPage(w io.Writer, title string, body func()) error {
	title = html.EscapeString(title)
	fmt.Fprintf(w, `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>%s</title>
<style>body{font:15px/1.5 sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left}</style>
</head><body><h1>%s</h1>
`, title, title)
	body()
	_, err := io.WriteString(w, "\n</body></html>\n")
	return err
}

func (g gated) csv(w io.Writer) error {
	rows := [][]string{{"cell", "metric", "unit", "decides", "old", "new", "cost", "low", "high", "confidence", "detectable", "verdict", "reason"}}
	for _, r := range g.Rows {
		rows = append(rows, []string{
			r.Cell, r.Metric, r.Unit, strconv.FormatBool(r.Decides), digits(float64(r.Old)), digits(float64(r.New)),
			digits(float64(r.Cost.Value)), digits(float64(r.Cost.Low)), digits(float64(r.Cost.High)), digits(float64(r.Cost.Confidence)),
			digits(float64(r.Detectable)), r.verdict(), r.why(),
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
		c := junitCase{Class: r.Metric, Name: r.Cell, Out: strings.TrimSpace(fmt.Sprintf("%s %s, detectable %s %s", cost, interval, share(float64(r.Detectable)), r.why()))}
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
