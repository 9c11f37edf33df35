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
// match, and so do failures.
func filtered(files []*result.File, query string) ([]*result.File, error) {
	filter, err := benchproc.NewFilter(query)
	if err != nil {
		return nil, fmt.Errorf("--filter: %w", err)
	}
	for _, f := range files {
		all := anything(f)
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
			m, err := named(filter, f.Run, c, all)
			if err != nil {
				return nil, err
			}
			if m {
				plan = append(plan, c)
			}
		}
		f.Plan = plan
		var failures []result.Failure
		for _, x := range f.Failures {
			m, err := named(filter, f.Run, x.Cell, all)
			if err != nil {
				return nil, err
			}
			if m {
				failures = append(failures, x)
			}
		}
		f.Failures = failures
	}
	return files, nil
}

// anything is a value of every unit of the file: what a cell might have had.
func anything(f *result.File) []result.Value {
	values := []result.Value{{Unit: result.WallNS, Value: 1}}
	seen := map[string]bool{result.WallNS: true}
	for _, s := range f.Samples {
		for _, v := range s.Values {
			if !seen[v.Unit] {
				seen[v.Unit] = true
				values = append(values, result.Value{Unit: v.Unit, Value: 1})
			}
		}
	}
	return values
}

// named tells whether a cell matches by its name and the keys of its file,
// whatever it had measured.
func named(filter *benchproc.Filter, run result.Run, c result.Cell, all []result.Value) (bool, error) {
	m, err := filter.Match(asBenchmark(run, result.Sample{Cell: c, Values: all}))
	if err != nil {
		return false, fmt.Errorf("--filter: %w", err)
	}
	return m.Any(), nil
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
