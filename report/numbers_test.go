package report

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nonrev/nonrev/internal/result"
)

func TestNumbersAreWrittenAsByEncodingJSON(t *testing.T) {
	tiny, huge, zero := 1e-9, -3.5e21, math.Copysign(0, -1)
	odd := table{ID: "odd", Columns: []string{}, Rows: [][]datum{nil, {}, {
		word("<script>\"\\ \u2028 \x00\x7f\xff – µs ×"),
		{Note: "n", Number: &number{Unit: plain, Value: &tiny, Low: &huge, High: &zero, Confidence: 0.95, N: 3, Warnings: []string{"a & b"}}},
		{Number: &number{}},
	}}}
	both, err := chapters([]*result.File{madeUp().file(), other()})
	if err != nil {
		t.Fatal(err)
	}
	both[1].Tables = append(both[1].Tables, odd, table{})
	without := both[0]
	without.Tables = nil
	for name, all := range map[string][]chapter{"one": both[:1], "two": both, "no tables": {without}} {
		object := map[string]any{"version": 1, "files": all}
		if c := compare(all); c != nil {
			object["comparison"] = c.Tables
		}
		want, err := json.MarshalIndent(object, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		got, err := numbersOf(all)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want)+"\n", string(got)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}
