package main

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/gate"
	"github.com/nonrev/nonrev/internal/result"
)

// A machine that drifts alarms whoever measures one side after the other, and
// not the gate.
func TestStudyOfADriftingMachine(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(31, 0))
	drift := make([]float64, 200)
	for i := range drift {
		drift[i] = 0.1 * math.Cos(2*math.Pi*float64(i)/40)
	}
	for _, name := range []string{"old.txt", "new.txt"} {
		f := &result.File{Run: result.Run{Version: 1, Rounds: len(drift)}}
		for cell := range 3 {
			c := result.Cell{Workload: "made-up", Set: "n:" + string(rune('1'+cell)), Cores: 1}
			f.Plan = append(f.Plan, c)
			for round, d := range drift {
				rate := 1000 * math.Exp(d+0.01*r.NormFloat64())
				f.Samples = append(f.Samples, result.Sample{Cell: c, Round: round, Passes: 1, Values: []result.Value{{Unit: result.TaskRate, Value: rate}}})
			}
		}
		if err := result.Rewrite(filepath.Join(dir, name), f); err != nil {
			t.Fatal(err)
		}
	}
	pairs, err := gate.Record(dir)
	if err != nil {
		t.Fatal(err)
	}
	if u := usual(pairs, usualRuns); u.all != 60 || u.significant < 40 || u.large < 40 {
		t.Errorf("one after the other: %+v", u)
	}
	if u := usual(pairs, 40); u.all != 48 || u.significant > 12 { // two of its periods each, at the same heights
		t.Errorf("a period of the drift apart: %+v", u)
	}
	var out strings.Builder
	if err := study(&out, []string{dir}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3 cells, 200 rounds", "100 rounds between the sides", "0 of 12 (0%", "0 of 6000 (0%", "promise  5%, kept by 4 of 4  Made-up/set=n:1-1", "batch by batch: 0, 0, 0, 0 of 3"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if a := apart(pairs, pairs[:1]); a.all != 20 || a.significant > 0 {
		t.Errorf("a record and itself, of which one cell is in both: %+v", a)
	}
	if err := study(&out, []string{dir, dir}); err != nil || !strings.Contains(out.String(), "0 of 60 (0%") {
		t.Errorf("two records: %v\n%s", err, out.String())
	}
	t.Log(out.String())
	if err := study(&out, nil); err == nil {
		t.Error("no directory, and no error")
	}
}
