package cmd

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/sweep"
	"github.com/nonrev/nonrev/report"
)

const referenceFile = "../results/amd-epyc-2cpu-2026-11-25/bench.txt"

func TestFloorAsJSON(t *testing.T) {
	var out, errs strings.Builder
	if status := Execute(t.Context(), sweep.Catalogue{}, &out, &errs, []string{"floor", "--json", referenceFile}); status != good {
		t.Fatalf("status %d: %s", status, errs.String())
	}
	var got floorReport
	d := json.NewDecoder(strings.NewReader(out.String()))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Version != 1 || got.Path != referenceFile || len(got.Rows) == 0 {
		t.Fatalf("version %d of %s with %d rows", got.Version, got.Path, len(got.Rows))
	}
	for _, r := range got.Rows {
		if r.What == "" || r.Ours.Cell == "" || (r.Floor == nil) != (r.Against == "") || (r.Word == report.NotMeasured) != (r.Reason != "") {
			t.Errorf("%+v", r)
		}
	}
}

// What cannot be written is told.
func TestFloorOnAFullDisk(t *testing.T) {
	for _, args := range [][]string{{"floor", referenceFile}, {"floor", "--json", referenceFile}} {
		if status := Execute(t.Context(), sweep.Catalogue{}, full{}, io.Discard, args); status != unusable {
			t.Errorf("%v: status %d, want %d", args, status, unusable)
		}
	}
}
