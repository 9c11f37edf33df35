package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
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

// Counts beyond the physical cores of one node are in no law.
func TestLawIsAboutPhysicalCores(t *testing.T) {
	points := []scaling.CorePoint{{N: 1}, {N: 2}, {N: 4}, {N: 6}}
	for alike, want := range map[int]int{0: 4, 1: 1, 3: 2, 6: 4, 8: 4} {
		c := curve{alike: alike, points: points}
		if got, beyond := c.lawful(); len(got) != want || (beyond == "") != (want == 4) {
			t.Errorf("%d alike: %d points, %q", alike, len(got), beyond)
		}
	}
}
