package cmd

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/result"
)

// reference is the latest reference run of the default profile.
func reference(b *testing.B) *result.File {
	b.Helper()
	paths, err := filepath.Glob("../results/*/bench.txt")
	if err != nil {
		b.Fatal(err)
	}
	var latest *result.File
	for _, path := range paths {
		f, err := result.Read(path)
		if err != nil {
			b.Fatal(err)
		}
		if f.Run.Profile == "default" && (latest == nil || f.Run.Start > latest.Run.Start) {
			latest = f
		}
	}
	if latest == nil {
		b.Fatal("no reference run of the default profile in results")
	}
	return latest
}

// lines is a finished file of so many samples: those of the reference run over
// and over, each a bit off. With more rounds its cells are the same; else each
// repetition is a job of its own.
func lines(b *testing.B, samples int, rounds bool) string {
	b.Helper()
	f := reference(b)
	random := rand.New(rand.NewPCG(1, 2))
	from, plan, each := f.Samples, f.Plan, f.Run.Rounds
	f.Samples, f.Plan, f.Failures, f.Blanks = nil, nil, nil, nil
	for again := 0; len(f.Samples) < samples; again++ {
		job := func(c result.Cell) result.Cell {
			if !rounds && !c.OfMachine() && again > 0 {
				c.Workload += string(rune('a'+again/26)) + string(rune('a'+again%26))
			}
			return c
		}
		if again == 0 || !rounds {
			for _, c := range plan {
				if again == 0 || !c.OfMachine() {
					f.Plan = append(f.Plan, job(c))
				}
			}
		}
		for _, s := range from {
			if s.Round >= each || !rounds && again > 0 && s.Cell.OfMachine() {
				continue
			}
			s.Cell = job(s.Cell)
			if rounds {
				s.Round += again * each
				f.Run.Rounds = max(f.Run.Rounds, s.Round+1)
			}
			s.Values = slices.Clone(s.Values)
			for i := range s.Values {
				if u := s.Values[i].Unit; u != result.P50NS && u != result.P90NS {
					s.Values[i].Value *= 1 + random.Float64()/100
				}
			}
			f.Samples = append(f.Samples, s)
		}
	}
	path := filepath.Join(b.TempDir(), "bench.txt")
	if err := result.Rewrite(path, f); err != nil {
		b.Fatal(err)
	}
	return path
}

// build builds a command for the length of the benchmark.
func build(b *testing.B, args ...string) string {
	b.Helper()
	to := filepath.Join(b.TempDir(), "command")
	c := exec.Command("go", append(append([]string{"build"}, args[:len(args)-1]...), "-o", to, args[len(args)-1])...)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return to
}

// A bill is what a process took.
type bill struct{ wall, cpu time.Duration }

// spent runs a command, which must print some words.
func spent(b *testing.B, words, name string, args ...string) bill {
	b.Helper()
	c := exec.Command(name, args...)
	start := time.Now()
	out, err := c.CombinedOutput()
	wall := time.Since(start)
	if err != nil || !bytes.Contains(out, []byte(words)) {
		b.Fatalf("%s: %v: %.500s", name, err, out)
	}
	return bill{wall, c.ProcessState.UserTime() + c.ProcessState.SystemTime()}
}

// BenchmarkPage tells how many times as long as benchstat needs for its table
// nonrev report needs for page, pictures and report.json of the same 100 000
// result lines: as many rounds of the cells of a default run, and as many jobs
// of 20 rounds. Both are processes, run in turns; the ratios are of medians.
func BenchmarkPage(b *testing.B) {
	nonrev := build(b, "../cmd/nonrev")
	benchstat := build(b, "-modfile=../internal/tools/go.mod", "golang.org/x/perf/cmd/benchstat")
	for name, rounds := range map[string]bool{"rounds": true, "jobs": false} {
		b.Run(name, func(b *testing.B) {
			path := lines(b, 100_000, rounds)
			var ours, theirs []bill
			for b.Loop() {
				ours = append(ours, spent(b, "page: ", nonrev, "report", "--dir", b.TempDir(), path))
				theirs = append(theirs, spent(b, "geomean", benchstat, path)) // which ends well without its file
			}
			wall, cpu := func(c bill) float64 { return c.wall.Seconds() }, func(c bill) float64 { return c.cpu.Seconds() }
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(ours, wall), "report-s")
			b.ReportMetric(median(theirs, wall), "benchstat-s")
			b.ReportMetric(median(ours, wall)/median(theirs, wall), "ratio")
			b.ReportMetric(median(ours, cpu)/median(theirs, cpu), "cpu-ratio")
		})
	}
}

func median(costs []bill, of func(bill) float64) float64 {
	var v []float64
	for _, c := range costs {
		v = append(v, of(c))
	}
	slices.Sort(v)
	return v[len(v)/2]
}
