package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/internal/sweep"
)

// From files of time per operation, three runs a count, the parameters that
// made them come back: 95% of the intervals hold them, within four standard
// errors of 200 files.
func TestFitRecoversTheLawOfSimulatedFiles(t *testing.T) {
	const files = 200
	truth := scaling.USL{Lambda: 2e6, Sigma: 0.04, Kappa: 0.002}
	r := rand.New(rand.NewPCG(1, 1))
	paths := make([]string, files)
	for i := range paths {
		paths[i] = filepath.Join(t.TempDir(), "bench.txt")
		write(t, paths[i], simulate(r, truth))
	}
	var out, stderr bytes.Buffer
	if status := Execute(t.Context(), sweep.Catalogue{}, &out, &stderr, append([]string{"fit", "--json"}, paths...)); status != good {
		t.Fatalf("status %d: %s", status, &stderr)
	}
	type value struct{ Student struct{ Low, High float64 } }
	var got struct {
		Files []struct {
			Curves []struct {
				Law struct{ Lambda, Sigma, Kappa value }
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	hits := map[string]int{}
	for _, f := range got.Files {
		l := f.Curves[0].Law
		for name, c := range map[string]struct {
			value
			truth float64
		}{"lambda": {l.Lambda, truth.Lambda}, "sigma": {l.Sigma, truth.Sigma}, "kappa": {l.Kappa, truth.Kappa}} {
			if c.Student.Low <= c.truth && c.truth <= c.Student.High {
				hits[name]++
			}
		}
	}
	const margin = 13 // 4 sqrt(200 x 0.95 x 0.05) is 12.3
	for _, name := range []string{"lambda", "sigma", "kappa"} {
		if n := hits[name]; n < 190-margin {
			t.Errorf("%d of %d intervals hold %s", n, files, name)
		}
	}
}

// simulate is the output of go test -bench -cpu 1,2,... -count 3.
func simulate(r *rand.Rand, u scaling.USL) []byte {
	var b bytes.Buffer
	b.WriteString("goos: linux\npkg: example.com/simulated\n")
	for _, n := range []int{1, 2, 3, 4, 6, 8, 12, 16} {
		name := "BenchmarkSimulated"
		if n > 1 {
			name += fmt.Sprintf("-%d", n)
		}
		for range 3 {
			fmt.Fprintf(&b, "%s\t1000\t%.2f ns/op\n", name, 1e9/u.At(float64(n))*(1+0.02*r.NormFloat64()))
		}
	}
	return b.Bytes()
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

// Counts beyond the physical cores of one node are in no law, but are listed. So
// many points are fitted, those of which are left are too few.
func TestLawIsAboutPhysicalCores(t *testing.T) {
	law := scaling.USL{Lambda: 100, Sigma: 0.05, Kappa: 0.002}
	for alike, want := range map[int]int{0: 8, 3: 0, 8: 6, 12: 7, 16: 8, 20: 8} {
		c := curve{alike: alike}
		for i, n := range []int{1, 2, 3, 4, 6, 8, 12, 16} {
			x := law.At(float64(n)) * (1 + 0.01*float64(i%3))
			if alike > 0 && n > alike {
				x /= 2 // as siblings do
			}
			c.points = append(c.points, scaling.CorePoint{N: n, X: []float64{x}})
		}
		got := c.fit(scaling.Relative)
		if len(got.Points) != 8 || (got.Law == nil) != (want == 0) {
			t.Errorf("%d alike: %+v", alike, got)
			continue
		}
		told := strings.Contains(strings.Join(got.Warnings, "; "), "CPUs are siblings or on another node")
		if told != (alike > 0 && alike < 16) {
			t.Errorf("%d alike: %q", alike, got.Warnings)
		}
		if want == 0 {
			continue
		}
		fitted := 0
		for _, p := range got.Points {
			if p.Fitted != nil {
				fitted++
			}
		}
		if fitted != want || got.Law.DegreesOfFreedom != want-3 || got.Law.MaxResidual > 0.02 {
			t.Errorf("%d alike: %d points fitted, law %+v", alike, fitted, got.Law)
		}
		got.print(io.Discard)
	}
}

// A name may end in a number of its own, and go test leaves out -1.
func TestNamesThatEndInANumber(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bench.txt")
	write(t, path, []byte(`BenchmarkWork/n-10 	100	40 ns/op
BenchmarkWork/n-10-2 	100	20 ns/op
BenchmarkWork/n-100 	100	400 ns/op
BenchmarkWork/n-100-2 	100	200 ns/op
BenchmarkPlain-2 	100	2 ns/op
BenchmarkPlain-4 	100	1 ns/op
`))
	curves, _, err := readCurves(path)
	var got []string
	for _, c := range curves {
		got = append(got, fmt.Sprint(c.name, " ", c.points))
	}
	want := []string{"Work/n-10 [{1 [2.5e+07]} {2 [5e+07]}]", "Work/n-100 [{1 [2.5e+06]} {2 [5e+06]}]", "Plain [{2 [5e+08]} {4 [1e+09]}]"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

// Forms in which lines of N and X come.
func TestPairs(t *testing.T) {
	for name, text := range map[string]string{
		"commas":          "N,X\n1,10\n2,19.5\n",
		"no header":       "1,10\n2,19.5",
		"CRLF":            "N,X\r\n1,10\r\n\r\n2,19.5\r\n",
		"tabs":            "N\tX\n1\t10\n2 \t19.5\n",
		"spaces":          "  N   X\n  1   10\n 2  19.5  \n",
		"semicolons":      "N;X\n1;10\n2; 19.5\n",
		"quotes":          "\"N\",\"X\"\n\"1\",\"10\"\n\"2\",\"19.5\"\n",
		"exponents":       "N,X\n1e0,1e1\n2.0,1.95E+01\n",
		"comments":        "# of 2026\nN,X # a second\n1,10 # slow\n\n  # more\n2,19.5\n",
		"any order":       "2,19.5\n1,10\n",
		"byte order mark": "\ufeffN,X\n1,10\n2,19.5\n",
	} {
		c, err := readPairs("x.csv", text)
		if err != nil || len(c.points) != 2 || c.points[0].N != 1 || c.points[0].X[0] != 10 || c.points[1].N != 2 || c.points[1].X[0] != 19.5 {
			t.Errorf("%s: %+v, %v", name, c.points, err)
		}
	}
	// A count that stands again is a further round of it, in the order of the lines.
	c, err := readPairs("x.csv", "1,10\n2,20\n1,11\n1,12\n2,22\n")
	if got := fmt.Sprint(c.points); err != nil || got != "[{1 [10 11 12]} {2 [20 22 NaN]}]" {
		t.Errorf("%s, %v", got, err)
	}
	for line, want := range map[string]string{
		"0,10":       `count "0" is not a whole number from 1 on`,
		"-2,10":      `count "-2" is not a whole number from 1 on`,
		"2.5,10":     `count "2.5" is not a whole number: round what is an average`,
		"NaN,10":     `count "NaN" is not a whole number from 1 on`,
		"Inf,10":     `count "Inf" is not a whole number`,
		"1e300,10":   `count "1e300" is not a whole number`,
		"two,10":     `count "two" is not a whole number from 1 on`,
		",10":        `count "" is not a whole number from 1 on`,
		"2,0":        `throughput "0" is not a number above 0`,
		"2,-1":       `throughput "-1" is not a number above 0`,
		"2,NaN":      `throughput "NaN" is not a number above 0`,
		"2,+Inf":     `throughput "+Inf" is not a number above 0`,
		"2,1e999":    `throughput "1e999" is not a number above 0`,
		"2,":         `throughput "" is not a number above 0`,
		"2;19,5":     `throughput "19,5" is not a number above 0`,
		"2,19.5,0.1": `there are 3 fields, and N and X are two`,
		"2":          `there are 1 fields, and N and X are two`,
	} {
		_, err := readPairs("x.csv", "N,X\n1,10\n"+line+"\n3,28\n")
		if err == nil || !strings.HasPrefix(err.Error(), "x.csv:3: "+want) || !strings.HasSuffix(err.Error(), "; give lines N,X, or Go benchmark output") {
			t.Errorf("%s: %v", line, err)
		}
	}
}
