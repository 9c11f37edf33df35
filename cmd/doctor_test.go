package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/nonrev/nonrev/internal/result"
)

// doctor runs nonrev doctor, on whatever machine this is, and holds its exit
// status against the number of warnings in its list or its last line.
func doctor(ts *testscript.TestScript, _ bool, args []string) {
	status := 0
	var exit *exec.ExitError
	err := ts.Exec("nonrev", append([]string{"doctor"}, args...)...)
	if errors.As(err, &exit) {
		status = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	out := ts.ReadFile("stdout")
	fine := strings.Contains(out, "\nwarnings: 0,")
	if len(args) > 0 {
		fine = count(findings(ts, out), result.Warning) == 0
	}
	if status > 1 || fine != (status == 0) {
		ts.Fatalf("exit status %d of\n%s%s", status, out, ts.ReadFile("stderr"))
	}
}

// findings reads a list that must be JSON, with every field of every finding.
func findings(ts *testscript.TestScript, out string) []result.Finding {
	var list []result.Finding
	d := json.NewDecoder(strings.NewReader(out))
	d.DisallowUnknownFields()
	ts.Check(d.Decode(&list))
	if len(list) == 0 {
		ts.Fatalf("no findings in\n%s", out)
	}
	for _, f := range list {
		if f.What == "" || f.Value == "" || (f.Severity == result.OK) != (f.Spoils == "") || (f.Severity == result.OK) != (f.Remedy == "") {
			ts.Fatalf("incomplete: %+v", f)
		}
	}
	return list
}

func TestFindingsAreShownWithWhatTheySpoilAndTheRemedy(t *testing.T) {
	list := []result.Finding{
		{What: "load", Value: "0.00", Severity: result.OK},
		{What: "turbo", Value: "unknown", Spoils: "scaling", Remedy: "ask <the> host", Severity: result.Note},
		{What: "steal", Value: "7%", Spoils: "all", Remedy: "leave", Severity: result.Warning},
	}
	var text, asJSON bytes.Buffer
	if err := errors.Join(showFindings(&text, list, false), showFindings(&asJSON, list, true)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"│ ok      │ load  │ 0.00 ", "│ spoils: scaling ", "│ remedy: ask <the> host ", "│ warning │ steal │ 7% ", "\nwarnings: 1, notes: 1\n"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, &text)
		}
	}
	if want := `"remedy": "ask <the> host"`; !strings.Contains(asJSON.String(), want) {
		t.Errorf("no %s in\n%s", want, &asJSON)
	}
}
