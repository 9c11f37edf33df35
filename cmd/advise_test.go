package cmd

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/sweep"
	"github.com/nonrev/nonrev/report"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

func TestAdviseAsJSON(t *testing.T) {
	for _, args := range [][]string{
		{"--grain", "200us"},
		{"--grain", "500ns", "--payload", "4KiB", "--cores", "1"},
		{"--grain", "10us", "--updates", "shared", "--inflight", "64", "--cores", "2"},
		{"--grain", "1h"},
	} {
		var out, errs strings.Builder
		status := Execute(t.Context(), sweep.Catalogue{}, &out, &errs, append(append([]string{"advise", "--json"}, args...), referenceFile))
		var got givenAdvice
		d := json.NewDecoder(strings.NewReader(out.String()))
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil {
			t.Fatalf("%v: %v; %s", args, err, errs.String())
		}
		if got.Conclusive != (status == good) || !got.Conclusive && status != inconclusive || got.Version != 1 || got.Path != referenceFile {
			t.Errorf("%v: status %d, conclusive %t", args, status, got.Conclusive)
		}
		if len(got.Says) == 0 || (len(got.Missing) > 0) != (len(got.Models) == 0) || len(got.Breaks) == 0 {
			t.Errorf("%v: %+v", args, got)
		}
		for i, m := range got.Models {
			if (i == 0) != (m.Worst == nil) || i > 0 && len(m.Leads) != len(got.Spots) || len(m.Cells) == 0 {
				t.Errorf("%v: %+v", args, m)
			}
		}
	}
}

// What cannot be written is told.
func TestAdviseOnAFullDisk(t *testing.T) {
	for _, more := range []string{"--cores=2", "--json"} {
		if status := Execute(t.Context(), sweep.Catalogue{}, full{}, io.Discard, []string{"advise", "--grain", "200us", more, referenceFile}); status != unusable {
			t.Errorf("%s: status %d, want %d", more, status, unusable)
		}
	}
}

// The profiles that an advice sends to hold what it lacked.
func TestProfilesHoldWhatAnAdviceAsksFor(t *testing.T) {
	c := sweep.Catalogue{Workloads: workloads.All(), Models: runners.All()}
	for _, n := range []int{2, 8} {
		f := planned(t, c, "default", n)
		a := report.Advise(f, report.Question{Grain: 100 * time.Microsecond, Payload: 4096, Shared: true, InFlight: 64})
		if len(a.Missing) > 0 {
			t.Errorf("on %d cores the default profile lacks %q", n, a.Missing)
		}
		if f := planned(t, c, "ipc", n); !slices.ContainsFunc(f.Plan, func(c result.Cell) bool { return c.Workload == result.Exchange && c.Transport == "unix" }) {
			t.Errorf("on %d cores the profile ipc passes no messages over unix", n)
		}
	}
	if echo, err := c.Workload("echo"); err != nil || echo.InFlight != report.EchoInFlight {
		t.Errorf("echo has %d in flight, and an advice says %d", echo.InFlight, report.EchoInFlight)
	}
}

// planned is a file of a profile's cells, which all took as long.
func planned(t *testing.T, c sweep.Catalogue, profile string, n int) *result.File {
	t.Helper()
	p, err := sweep.FindProfile(profile)
	if err != nil {
		t.Fatal(err)
	}
	f := &result.File{Run: result.Run{Version: 1, Rounds: 1, OneLoop: []string{result.Serial, "eventloop"}, IO: []string{"echo"}}}
	f.Plan = p.Cells(c, sweep.CoreList(n))
	for _, cell := range f.Plan {
		ns := 1e5
		if d, err := time.ParseDuration(cell.Grain); err == nil {
			ns = float64(d)
		}
		f.Samples = append(f.Samples, result.Sample{Cell: cell, Passes: 1, Values: []result.Value{{Unit: result.TaskRate, Value: 1e9 / ns}}})
	}
	return f
}

// A file of the default profile and one of ipc, of one machine, together answer
// what neither does alone.
func TestAdviseOfTwoFiles(t *testing.T) {
	const messages = "../results/amd-epyc-2cpu-2026-11-25-ipc/bench.txt"
	for _, paths := range [][]string{{referenceFile, messages}, {messages, referenceFile}} {
		var text, asJSON, errs strings.Builder
		args := append([]string{"advise", "--grain", "100us", "--payload", "4KiB"}, paths...)
		status := Execute(t.Context(), sweep.Catalogue{}, &text, &errs, args)
		if again := Execute(t.Context(), sweep.Catalogue{}, &asJSON, &errs, append(args, "--json")); again != status || status == unusable {
			t.Fatalf("%v: status %d and %d: %s", paths, status, again, errs.String())
		}
		for _, want := range []string{
			"\nBetween processes ", "\nfile of models, break-even sizes: " + referenceFile, "\nfile of transports: " + messages,
		} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("%v: without %q:\n%s", paths, want, text.String())
			}
		}
		var got givenAdvice
		if err := json.Unmarshal([]byte(asJSON.String()), &got); err != nil || got.Path != referenceFile || got.BreaksPath != "" || got.TransportsPath != messages {
			t.Errorf("%v: %v, %q, %q, %q", paths, err, got.Path, got.BreaksPath, got.TransportsPath)
		}
	}
}
