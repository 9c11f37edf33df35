package scaling

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Eight tasks a second on one core and 20 on four are a speed-up of 2.5, an
// efficiency of 2.5/4, a serial fraction of (1/2.5 - 1/4) / (1 - 1/4) = 0.2, and
// by that fraction Amdahl's law gives 1 / (0.2 + 0.8/4) = 2.5 again.
func TestLawsByHand(t *testing.T) {
	speedup := Ratio([]float64{20, 20, 20, 20, 20, 20}, []float64{8, 8, 8, 8, 8, 8})
	fraction := KarpFlatt(speedup, 4)
	for what, c := range map[string][2]float64{
		"speed-up":   {speedup.Value, 2.5},
		"efficiency": {speedup.Scale(1. / 4).Value, 0.625},
		"Karp-Flatt": {fraction.Value, 0.2},
		"Amdahl":     {USL{8, fraction.Value, 0}.At(4), 20},
	} {
		if !near(c[0], c[1]) {
			t.Errorf("%s: %v, by hand %v", what, c[0], c[1])
		}
	}
}

// Of the speed-up that Amdahl's law makes of a serial fraction the metric gives
// the fraction back.
func TestKarpFlattGivesBackTheSerialFraction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		serial := rapid.Float64Range(0.01, 1).Draw(t, "serial")
		n := rapid.IntRange(2, 1000).Draw(t, "n")
		s := 1 / (serial + (1-serial)/float64(n))
		e := KarpFlatt(Estimate{Value: s, Low: s * 0.9, High: s * 1.1, Confidence: 0.96, N: 7}, n)
		if !near(e.Value, serial) || e.Low >= e.Value || e.High <= e.Value || e.Confidence != 0.96 || e.N != 7 {
			t.Fatalf("got %+v of %v on %d", e, serial, n)
		}
	})
	if e := KarpFlatt(Estimate{Value: 1, Low: 1, High: 1}, 1); !math.IsNaN(e.Value) {
		t.Errorf("one core: %+v", e)
	}
	if e := KarpFlatt(Estimate{Value: 2.5, Low: 2.5, High: 2.5}, 2); !near(e.Value, -0.2) {
		t.Errorf("superlinear: %+v", e)
	}
}

func TestCOST(t *testing.T) {
	sure := func(n int, low, high float64) SpeedPoint {
		return SpeedPoint{n, Estimate{Value: (low + high) / 2, Low: low, High: high, Confidence: 0.96, N: 20}}
	}
	for _, c := range []struct {
		name   string
		points []SpeedPoint
		n      int
		warn   string
	}{
		{"beats from 3 on", []SpeedPoint{sure(1, 0.4, 0.5), sure(2, 0.9, 1.1), sure(3, 1.2, 1.3)}, 3, ""},
		{"never", []SpeedPoint{sure(1, 0.4, 0.5), sure(2, 0.9, 1.0)}, 0, ""},
		{"falls back", []SpeedPoint{sure(1, 0.4, 0.5), sure(2, 1.1, 1.2), sure(4, 0.9, 1.2)}, 2, "N=2 beats the serial code, N=4 is not shown to"},
		{"no interval", []SpeedPoint{{2, Estimate{Value: 1.9, Low: 1.9, High: 1.9, N: 3}}}, 0, "no interval against the serial code at N=2: it takes 6 rounds"},
		{"nothing", nil, 0, ""},
	} {
		got := COST(c.points)
		if warned := strings.Join(got.Warnings, "; "); got.N != c.n || !strings.Contains(warned, c.warn) || c.warn == "" && warned != "" {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// The peak is where no other count does better.
func TestPeakIsTheMaximum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := USL{1, rapid.Float64Range(-0.001, 1.5).Draw(t, "sigma"), rapid.Float64Range(1e-5, 0.1).Draw(t, "kappa")}
		peak := u.Peak()
		for _, n := range []float64{1, peak * 0.99, peak * 1.01, 2 * peak, 1000} {
			if n >= 1 && u.At(n) > u.At(peak)*(1+1e-12) {
				t.Fatalf("%+v: %v on %v cores, %v at the peak %v", u, u.At(n), n, u.At(peak), peak)
			}
		}
	})
	if p := (USL{1, 0.1, 0}).Peak(); !math.IsInf(p, 1) {
		t.Errorf("Amdahl's law peaks at %v", p)
	}
}

// At one core the law gives lambda, with no losses N times as much.
func TestAt(t *testing.T) {
	for _, c := range []struct {
		u    USL
		n    float64
		want float64
	}{{USL{5, 0.3, 0.01}, 1, 5}, {USL{5, 0, 0}, 7, 35}, {USL{5, 1, 0}, 9, 5}, {USL{6, 0.25, 0.125}, 3, 6.0 * 3 / 2.25}} {
		if got := c.u.At(c.n); !near(got, c.want) {
			t.Errorf("%+v on %v: %v, want %v", c.u, c.n, got, c.want)
		}
	}
}

func TestWorst(t *testing.T) {
	for _, c := range []struct {
		residuals []float64
		want      int
	}{{[]float64{0.1, -0.3, 0.2}, 1}, {[]float64{0, 0, 0.5}, 2}, {[]float64{0}, 0}} {
		if got := Worst(c.residuals); got != c.want {
			t.Errorf("%v: got %d", c.residuals, got)
		}
	}
}
