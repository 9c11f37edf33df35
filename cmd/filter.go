package cmd

import (
	"fmt"
	"regexp"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchproc"
	"golang.org/x/perf/benchunit"

	"github.com/nonrev/nonrev/internal/result"
)

// filtered keeps what a query of benchproc's syntax matches of every file:
// benchmarks, and of them the units. Cells without samples stay if their names
// match.
func filtered(files []*result.File, query string) ([]*result.File, error) {
	filter, err := benchproc.NewFilter(query)
	if err != nil {
		return nil, fmt.Errorf("--filter: %w", err)
	}
	for _, f := range files {
		var kept []result.Sample
		for _, s := range f.Samples {
			res := asBenchmark(f.Run, s)
			m, err := filter.Match(res)
			if err != nil {
				return nil, fmt.Errorf("--filter: %w", err)
			}
			var values []result.Value
			for i, v := range s.Values {
				if m.Test(i) {
					values = append(values, v)
				}
			}
			if s.Values = values; len(values) > 0 {
				kept = append(kept, s)
			}
		}
		f.Samples = kept
		var plan []result.Cell
		for _, c := range f.Plan {
			m, err := filter.Match(asBenchmark(f.Run, result.Sample{Cell: c, Values: []result.Value{{Unit: result.WallNS, Value: 1}}}))
			if err != nil {
				return nil, fmt.Errorf("--filter: %w", err)
			}
			if m.Any() {
				plan = append(plan, c)
			}
		}
		f.Plan = plan
	}
	return files, nil
}

// fileKey is one of the file keys that a foreign sample carries in one string.
var fileKey = regexp.MustCompile(`(?:^| )([a-z][^ =]*)=`)

// asBenchmark is a sample as benchfmt reads it from a file.
func asBenchmark(run result.Run, s result.Sample) *benchfmt.Result {
	res := &benchfmt.Result{Name: benchfmt.Name(s.Cell.Name()), Iters: s.Passes}
	for _, kv := range [][2]string{{"goos", run.GOOS}, {"goarch", run.GOARCH}, {"cpu", run.CPU}} {
		res.SetConfig(kv[0], kv[1])
	}
	at := fileKey.FindAllStringSubmatchIndex(s.Keys, -1)
	for i, m := range at {
		end := len(s.Keys)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		res.SetConfig(s.Keys[m[2]:m[3]], s.Keys[m[1]:end])
	}
	for _, v := range s.Values {
		tidy, unit := benchunit.Tidy(v.Value, v.Unit)
		value := benchfmt.Value{Value: tidy, Unit: unit}
		if unit != v.Unit {
			value.OrigValue, value.OrigUnit = v.Value, v.Unit
		}
		res.Values = append(res.Values, value)
	}
	return res
}
