package cmd

import (
	"testing"

	"github.com/nonrev/nonrev/internal/result"
)

// A filter leaves nothing of the other cells, their failures included: a wrong
// answer of one would turn the comparison of another red.
func TestFilterLeavesNothingElse(t *testing.T) {
	one, two := result.Cell{Workload: "sort", Model: "locked", Cores: 2}, result.Cell{Workload: "shuffle", Model: "locked", Cores: 2}
	file := func() *result.File {
		f := &result.File{Run: result.Run{Version: 1}}
		for _, c := range []result.Cell{one, two} {
			f.Plan = append(f.Plan, c)
			f.Samples = append(f.Samples, result.Sample{Cell: c, Values: []result.Value{{Unit: result.WallNS, Value: 1}, {Unit: result.TaskRate, Value: 2}}})
			f.Failures = append(f.Failures, result.Failure{Cell: c, Kind: result.WrongAnswer})
		}
		return f
	}
	for query, want := range map[string][]result.Cell{
		"*":                              {one, two},
		".name:Sort":                     {one},
		".name:Shuffle /model:locked":    {two},
		"/model:serial":                  nil,
		".name:Sort .unit:(tasks/s)":     {one},
		".name:(Sort OR Shuffle) goos:x": nil,
	} {
		files, err := filtered([]*result.File{file()}, query)
		if err != nil {
			t.Fatal(err)
		}
		f := files[0]
		if len(f.Samples) != len(want) || len(f.Failures) != len(want) || len(f.Plan) != len(want) {
			t.Errorf("%s: %d samples, %d failures, %d planned, want %d", query, len(f.Samples), len(f.Failures), len(f.Plan), len(want))
			continue
		}
		for i, c := range want {
			if f.Samples[i].Cell != c || f.Failures[i].Cell != c {
				t.Errorf("%s: %+v, %+v", query, f.Samples[i], f.Failures[i])
			}
		}
	}
}
