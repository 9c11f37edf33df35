package cmd

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"math"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/gate"
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// spoken is what a gate says, in words that every format would like to obey.
func spoken() gated {
	const nasty = "<script>|`\"&\x1b[2J\n]]>"
	nan := math.NaN()
	row := func(v gate.Verdict, metric string, decides bool) gate.Row {
		return gate.Row{
			Cell: result.Cell{Workload: "w", Other: "a=" + nasty, Cores: 1}, Metric: gate.Metric{Name: metric, Unit: "<b>/s"}, Decides: decides,
			Old: 1, New: 2, Cost: scaling.Estimate{Value: 1.5, Low: 1.2, High: 9, Confidence: 0.999, N: 50},
			Detectable: 0.04, Promise: 0.05, Verdict: v, Reason: nasty,
		}
	}
	missing := row(gate.Inconclusive, gate.Time, true)
	missing.Cost, missing.Detectable, missing.Promise = scaling.Estimate{Value: nan, Low: nan, High: nan}, nan, nan
	again := row(gate.Worse, gate.Time, true)
	again.Confirmed = &scaling.Estimate{Value: 1.4, Low: 1.3, High: math.Inf(1), Confidence: 0.99, N: 50}
	return newGated(gate.Report{
		Settings: gate.Settings{Pairs: 50, Threshold: 0.03, On: []string{gate.Time}}, Names: [2]string{nasty, nasty}, Verdict: gate.Worse,
		Rows:     []gate.Row{again, row(gate.NotWorse, gate.Time, true), missing, row(gate.Worse, gate.Memory, false), row(gate.NotWorse, gate.CPU, false)},
		Failures: []string{nasty}, Warnings: []string{nasty},
		Head: result.Run{CPU: nasty, Allowed: []int{0, 1}, Findings: []result.Finding{{What: nasty, Severity: result.Warning}}},
	})
}

// Every format holds the same rows, can be read by what it is meant for, and is
// not steered by what a program or a benchmark is called.
func TestGateFormats(t *testing.T) {
	out := map[string]string{}
	for name := range gateFormats {
		var b bytes.Buffer
		if err := spoken().print(&b, name); err != nil {
			t.Fatal(err)
		}
		out[name] = b.String()
		if name != "json" && name != "csv" && strings.ContainsRune(out[name], '\x1b') {
			t.Errorf("%s steers a terminal", name)
		}
	}
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Cases    []struct {
			Failure *struct{} `xml:"failure"`
			Error   *struct{} `xml:"error"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal([]byte(out["junit"]), &suite); err != nil {
		t.Fatalf("%v\n%s", err, out["junit"])
	}
	failed, wrong := 0, 0
	for _, c := range suite.Cases {
		if c.Failure != nil {
			failed++
		}
		if c.Error != nil {
			wrong++
		}
	}
	if suite.Tests != 4 || len(suite.Cases) != 4 || suite.Failures != 2 || failed != 2 || suite.Errors != 1 || wrong != 1 {
		t.Errorf("junit: %+v", suite)
	}
	var g gated
	if err := json.Unmarshal([]byte(out["json"]), &g); err != nil || len(g.Rows) != 5 {
		t.Errorf("json: %d rows, %v", len(g.Rows), err)
	}
	lines, err := csv.NewReader(strings.NewReader(out["csv"])).ReadAll()
	if err != nil || len(lines) != 6 {
		t.Errorf("csv: %d lines, %v", len(lines), err)
	}
	columns := 0
	for line := range strings.Lines(out["markdown"]) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if columns == 0 {
			columns = n
		}
		if n != columns {
			t.Errorf("markdown: a row of %d columns under a head of %d: %s", n-1, columns-1, line)
		}
	}
	if columns != 11 {
		t.Errorf("markdown: %d columns", columns-1)
	}
	if strings.Contains(out["html"], "<script>|") || strings.Contains(out["html"], "<b>/s") {
		t.Error("html: a name is a tag")
	}
	for name, want := range map[string]string{"text": "5% would show in 2 of 2", "markdown": "5% would show in 2 of 2", "html": "5% would show in 2 of 2", "junit": "promised 5.0%", "csv": ",0.05,not worse,"} {
		if !strings.Contains(out[name], want) {
			t.Errorf("%s does not say %q:\n%s", name, want, out[name])
		}
	}
}
