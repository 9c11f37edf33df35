package cmd

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// A curve is the throughput of one thing over counts of cores.
type curve struct {
	name, keys string // as the benchmark lines have them
	unit, from string // of throughput, and what it was read from
	cell       result.Cell
	points     []scaling.CorePoint // in order of N; all values by round, NaN where there is none
	serial     []float64           // throughput of the serial code by round, nil if there is none
	alike      int                 // counts above it reach into siblings or another node; 0: not known
	apart      string              // why its counts must not be compared, "" if they may
	warnings   []string
}

// readCurves reads the curves of a file, and warnings about the file.
func readCurves(path string) (curves []curve, warnings []string, err error) {
	data, err := result.Load(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: name a file of nonrev run, of go test -bench or of N,X lines", err)
	}
	if !result.IsBenchmark(data) {
		c, err := readPairs(path, string(data))
		return []curve{c}, nil, err
	}
	f, err := result.Parse(path, data)
	if err != nil {
		return nil, nil, err
	}
	f.Judge()
	warnings = f.Warnings
	if f.Interrupted {
		warnings = append(warnings, "the run was interrupted: some rounds are missing")
	}
	if f.Run.Version == 0 {
		countOne(f.Samples)
	}
	curves, bare := benchmarkCurves(f)
	if len(curves) == 0 {
		return nil, nil, fmt.Errorf("%s: no benchmark has a rate (tasks/s, MB/s) or ns/op: give a file that measures throughput or time", path)
	}
	for _, name := range bare {
		warnings = append(warnings, name+" has neither a rate nor ns/op and is left out")
	}
	return curves, append(warnings, lost(f)...), nil
}

// countOne finds the samples on one core of benchmarks whose own name ends in a
// number, such as n-10: go test writes no -1, so that n-10 alone reads as n on 10
// cores. Where there is an n-10-2 as well it is not.
func countOne(samples []result.Sample) {
	type named struct{ name, keys string }
	longer := map[named]result.Cell{}
	for _, s := range samples {
		longer[named{curveName(s.Cell), s.Keys}] = s.Cell
	}
	for i, s := range samples {
		if c, ok := longer[named{s.Cell.Name(), s.Keys}]; ok {
			c.Cores = 1
			samples[i].Cell = c
		}
	}
}

// lost tells of curves of which every cell failed before it gave a sample.
func lost(f *result.File) []string {
	seen := map[result.Cell]bool{}
	for _, s := range f.Samples {
		s.Cell.Cores = 0
		seen[s.Cell] = true
	}
	var out []string
	for _, x := range f.Failures {
		if x.Cell.Cores = 0; !seen[x.Cell] {
			seen[x.Cell] = true
			out = append(out, fmt.Sprintf("%s failed (%s) and has no curve", curveName(x.Cell), x.Kind))
		}
	}
	return out
}

// curveName is the name of a cell without its count.
func curveName(c result.Cell) string {
	c.Cores = 0
	return strings.TrimSuffix(c.Name(), "-0")
}

// readPairs reads lines of N and X, apart by a comma, a semicolon or white space;
// N may stand in any order and again, a further round of it. A first line without
// numbers names the columns, # begins a comment.
func readPairs(path, text string) (curve, error) {
	c := curve{unit: "X", from: "N,X lines"}
	values := map[int][]float64{}
	first := true
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		fields := split(line)
		if len(fields) == 0 {
			continue
		}
		n, x, err := pair(fields)
		switch {
		case err == nil:
			values[n] = append(values[n], x)
		case first && len(fields) == 2 && !number(fields[0]) && !number(fields[1]):
			c.unit = fields[1]
		default:
			return c, fmt.Errorf("%s:%d: %w; give lines N,X, or Go benchmark output", path, i+1, err)
		}
		first = false
	}
	if len(values) == 0 {
		return c, fmt.Errorf("%s: no line holds N,X: give one for each count of cores, or Go benchmark output", path)
	}
	c.setPoints(values)
	return c, nil
}

// split returns the fields of a line without quotes, none of a comment.
func split(line string) []string {
	line, _, _ = strings.Cut(line, "#")
	if strings.TrimSpace(line) == "" {
		return nil
	}
	fields := strings.Fields(line)
	for _, between := range []string{";", ","} {
		if strings.Contains(line, between) {
			fields = strings.Split(line, between)
			break
		}
	}
	for i, f := range fields {
		fields[i] = strings.Trim(strings.TrimSpace(f), `"`)
	}
	return fields
}

func number(field string) bool {
	_, err := strconv.ParseFloat(field, 64)
	return err == nil
}

func pair(fields []string) (n int, x float64, err error) {
	if len(fields) != 2 {
		return 0, 0, fmt.Errorf("there are %d fields, and N and X are two", len(fields))
	}
	count, err := strconv.ParseFloat(fields[0], 64)
	switch n = int(count); {
	case err != nil || !(count >= 1):
		return 0, 0, fmt.Errorf("count %q is not a whole number from 1 on", fields[0])
	case float64(n) != count:
		return 0, 0, fmt.Errorf("count %q is not a whole number: round what is an average", fields[0])
	}
	if x, err = strconv.ParseFloat(fields[1], 64); err != nil || !(x > 0) || math.IsInf(x, 0) {
		return 0, 0, fmt.Errorf("throughput %q is not a number above 0", fields[1])
	}
	return n, x, nil
}

// setPoints makes points of values by count, padded to the same rounds.
func (c *curve) setPoints(values map[int][]float64) {
	rounds := 0
	for _, v := range values {
		rounds = max(rounds, len(v))
	}
	for _, n := range slices.Sorted(maps.Keys(values)) {
		padding := slices.Repeat([]float64{math.NaN()}, rounds-len(values[n]))
		c.points = append(c.points, scaling.CorePoint{N: n, X: append(values[n], padding...)})
	}
}

// benchmarkCurves sorts the samples of a file into curves, in order of
// appearance, and names those without any throughput.
func benchmarkCurves(f *result.File) (curves []curve, bare []string) {
	type group struct {
		cell result.Cell
		keys string
	}
	var order []group
	samples := map[group][]result.Sample{}
	rounds := 0
	for _, s := range f.Samples {
		g := group{s.Cell, s.Keys}
		g.cell.Cores = 0
		if samples[g] == nil {
			order = append(order, g)
		}
		samples[g] = append(samples[g], s)
		rounds = max(rounds, s.Round+1)
	}
	var serial []curve
	for _, g := range order {
		c := curve{name: curveName(g.cell), keys: g.keys, cell: g.cell}
		if err := c.read(f, samples[g], rounds); err != nil {
			bare = append(bare, c.name)
			continue
		}
		if c.cell.Model == result.Serial && len(c.points) == 1 {
			serial = append(serial, c)
			continue
		}
		curves = append(curves, c)
	}
	if len(curves) == 0 {
		return serial, bare
	}
	for i := range curves {
		curves[i].findSerial(serial)
	}
	return curves, bare
}

// findSerial gives the curve the serial code that does the same work.
func (c *curve) findSerial(serial []curve) {
	want := result.Cell{
		Workload: c.cell.Workload, Other: c.cell.Other, Set: c.cell.Set, Grain: c.cell.Grain,
		Payload: c.cell.Payload, Helpers: c.cell.Helpers, Model: result.Serial,
	}
	for _, s := range serial {
		if s.cell == want && s.keys == c.keys && s.unit == c.unit {
			c.serial = s.points[0].X
		}
	}
}

var errBare = errors.New("no throughput")

// read takes the throughput out of the samples that may be used: none that is
// void, and none of a cell that failed in any round.
func (c *curve) read(f *result.File, samples []result.Sample, rounds int) error {
	throughput, err := c.choose(samples)
	if err != nil {
		return err
	}
	failed := c.failures(f)
	void, other := 0, 0
	values := map[int][]float64{}
	for _, s := range samples {
		n := s.Cell.Cores
		x, ok := throughput(s)
		switch {
		case failed[n] != "":
			continue
		case s.Void != "":
			void++
			continue
		case !ok:
			other++
			continue
		case values[n] == nil:
			values[n] = slices.Repeat([]float64{math.NaN()}, rounds)
		}
		values[n][s.Round] = x
	}
	c.setPoints(values)
	c.tell(f, failed, void, other)
	return nil
}

// failures says how the curve's cells failed, by count.
func (c *curve) failures(f *result.File) map[int]string {
	failed := map[int]string{}
	for _, x := range f.Failures {
		n := x.Cell.Cores
		if x.Cell.Cores = 0; x.Cell == c.cell {
			failed[n] = x.Kind
		}
	}
	return failed
}

// choose decides what throughput is read from: our task rate, else the first
// rate on the first line, else the time of an operation.
func (c *curve) choose(samples []result.Sample) (func(result.Sample) (float64, bool), error) {
	has := func(unit string) bool {
		return slices.ContainsFunc(samples, func(s result.Sample) bool { _, ok := s.Value(unit); return ok })
	}
	rate := slices.IndexFunc(samples[0].Values, func(v result.Value) bool { return strings.HasSuffix(v.Unit, "/s") })
	switch {
	case has(result.TaskRate):
		c.unit, c.from = result.TaskRate, result.TaskRate
	case rate >= 0:
		c.unit = samples[0].Values[rate].Unit
		c.from = c.unit
	case has(result.WallNS):
		c.unit, c.from = result.OpRate, result.WallNS
		return func(s result.Sample) (float64, bool) {
			ns, ok := s.Value(result.WallNS)
			return 1e9 / ns, ok
		}, nil
	default:
		return nil, errBare
	}
	return func(s result.Sample) (float64, bool) { return s.Value(c.unit) }, nil
}

// tell warns of what was left out, and of what keeps counts from comparing.
func (c *curve) tell(f *result.File, failed map[int]string, void, other int) {
	warn := func(format string, args ...any) { c.warnings = append(c.warnings, fmt.Sprintf(format, args...)) }
	for _, n := range slices.Sorted(maps.Keys(failed)) {
		warn("N=%d failed (%s) and is left out", n, failed[n])
	}
	if void > 0 {
		warn("void samples, left out: %d", void)
	}
	if other > 0 {
		warn("samples without %s, left out: %d", c.from, other)
	}
	if slices.Contains(f.Run.OneLoop, c.cell.Model) {
		warn("%s uses one core, however many it is given", c.cell.Model)
	}
	c.alike = f.Run.Alike
	switch {
	case c.cell.Helpers != "":
		c.apart = "helper processes share the CPUs, so counts do not compare"
	case c.cell.Nodes > 1:
		c.apart = "its cores are on several machines, and the law is for one"
	}
}
