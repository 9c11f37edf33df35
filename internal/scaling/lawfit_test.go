package scaling

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/optimize"
	"pgregory.net/rapid"
)

// single is a curve with one value a count.
func single(n []int, x []float64) []CorePoint {
	curve := make([]CorePoint, len(n))
	for i := range n {
		curve[i] = CorePoint{n[i], x[i : i+1]}
	}
	return curve
}

// cisco is a measurement of 1 to 32 cores that usl4j and usl-rs publish the
// fit of in their tests.
func cisco() []CorePoint {
	x := []float64{
		955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.8, 7867.61, 8278.71, 8646.7, 9047.84, 9426.55, 9645.37, 9897.24,
		10097.6, 10240.5, 10532.39, 10798.52, 11151.43, 11518.63, 11806, 12089.37, 12075.41, 12177.29, 12211.41, 12158.93, 12155.27, 12118.04, 12140.4, 12074.39,
	}
	n := make([]int, len(x))
	for i := range n {
		n[i] = i + 1
	}
	return single(n, x)
}

// sdm91 is SPEC SDM91 as the R package usl has it.
func sdm91() []CorePoint {
	return single([]int{1, 18, 36, 72, 108, 144, 216}, []float64{64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2})
}

// simulated is a curve of a law with relative normal errors.
func simulated(r *rand.Rand, u USL, noise float64, rounds int, n ...int) []CorePoint {
	curve := make([]CorePoint, len(n))
	for i := range n {
		curve[i] = CorePoint{n[i], make([]float64, rounds)}
		for j := range rounds {
			curve[i].X[j] = u.At(float64(n[i])) * (1 + noise*r.NormFloat64())
		}
	}
	return curve
}

func fitted(t *testing.T, curve []CorePoint, weights Weights) Fit {
	t.Helper()
	f, err := FitUSL(curve, weights)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func within(e Estimate, v float64) bool { return e.Low <= v && v <= e.High }

// Standard errors as the R package usl publishes them in its tests, on 4
// degrees of freedom, and the two-sided 95% quantile of the tables.
func TestStudentIntervalsOfPublishedStandardErrors(t *testing.T) {
	f := fitted(t, sdm91(), Plain)
	const quantile = 2.776445
	for _, c := range []struct {
		e     Estimate
		error float64
	}{{f.Student.Lambda, 1.421e+01}, {f.Student.Sigma, 9.122e-03}, {f.Student.Kappa, 1.988e-05}} {
		for _, half := range []float64{c.e.High - c.e.Value, c.e.Value - c.e.Low} {
			if math.Abs(half/quantile/c.error-1) > 5e-4 {
				t.Errorf("half width %v is %v standard errors of %v", half, half/c.error, c.error)
			}
		}
	}
}

// A search that knows nothing of gradients finds no smaller sum of squares.
func TestFitAgainstNelderMead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		truth := USL{rapid.Float64Range(1, 1e6).Draw(t, "lambda"), rapid.Float64Range(-0.02, 1).Draw(t, "sigma"), rapid.Float64Range(0, 0.02).Draw(t, "kappa")}
		noise := rapid.Float64Range(0, 0.1).Draw(t, "noise")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		curve := simulated(r, truth, noise, 1, 1, 2, 3, 4, 6, 8, 12, 16)
		weights := Weights(rapid.Bool().Draw(t, "relative"))
		f, err := FitUSL(curve, weights)
		if err != nil {
			t.Fatal(err)
		}
		p, err := newProblem(curve, weights)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			law  USL
			free int
		}{{f.Law, 3}, {f.Amdahl, 2}} {
			ours, law, theirs := squares(p, c.law), USL{}, 0.0
			if law, theirs = nelderMead(t, p, c.free); ours > theirs*(1+1e-9)+1e-18*p.norm()*p.norm() {
				t.Fatalf("sum of squares %v at %+v, Nelder and Mead find %v at %+v", ours, c.law, theirs, law)
			}
		}
	})
}

// squares is the sum that a fit makes small, by its definition.
func squares(p problem, u USL) float64 {
	sum := 0.0
	for i, n := range p.n {
		d := 1 + u.Sigma*(n-1) + u.Kappa*n*(n-1)
		if d <= 0 || u.Kappa < 0 {
			return math.Inf(1)
		}
		e := p.x[i] - u.Lambda*n/d
		if p.weights == Relative {
			e /= p.x[i]
		}
		sum += e * e
	}
	return sum
}

func nelderMead(t *rapid.T, p problem, free int) (USL, float64) {
	scale := [3]float64{p.x[0], 0.1, 0.001}
	law := func(v []float64) USL {
		u := [3]float64{}
		for i := range v {
			u[i] = v[i] * scale[i]
		}
		return USL{u[0], u[1], u[2]}
	}
	at := []float64{1, 1, 1}[:free]
	best := math.Inf(1)
	for range 20 { // begin again where it stopped, as its simplex collapses
		r, err := optimize.Minimize(optimize.Problem{Func: func(v []float64) float64 { return squares(p, law(v)) }}, at,
			&optimize.Settings{Converger: &optimize.FunctionConverge{Absolute: 1e-300, Relative: 1e-12, Iterations: 100}}, &optimize.NelderMead{})
		if err != nil {
			t.Fatal(err)
		}
		if r.F >= best*(1-1e-12) {
			break
		}
		best, at = r.F, r.X
	}
	return law(at), best
}

// Under the law's own noise 95% of the intervals hold the truth, within four
// standard errors of the simulation; at the bound of kappa more of them do.
func TestStudentIntervalsCover(t *testing.T) {
	const trials = 2000
	margin := 4 * math.Sqrt(Confidence*(1-Confidence)/trials)
	for _, truth := range []USL{{1000, 0.03, 0.001}, {1000, 0.03, 0.0001}, {1000, 0.1, 0}, {1000, -0.02, 0.002}} {
		for _, n := range [][]int{{1, 2, 3, 4, 6, 8}, {1, 2, 3, 4, 6, 8, 12, 16, 24, 32}} {
			r := rand.New(rand.NewPCG(1, 1))
			var lambda, sigma, kappa, peak, serial share
			for range trials {
				f := fitted(t, simulated(r, truth, 0.02, 1, n...), Relative)
				lambda.add(f.Student.Lambda, truth.Lambda)
				sigma.add(f.Student.Sigma, truth.Sigma)
				kappa.add(f.Student.Kappa, truth.Kappa)
				peak.add(f.Student.Peak, truth.Peak())
				serial.add(f.Serial, truth.Sigma)
			}
			got := map[string]share{"lambda": lambda, "sigma": sigma, "kappa": kappa, "peak": peak}
			if truth.Kappa == 0 {
				got["serial fraction"] = serial
			}
			for name, s := range got {
				atBound := truth.Kappa == 0 && (name == "kappa" || name == "peak")
				if rate := s.rate(); rate < Confidence-margin || rate > Confidence+margin && !atBound {
					t.Errorf("%+v, %d counts: the interval of %s holds the truth in %.4f, says %v", truth, len(n), name, rate, Confidence)
				}
			}
		}
	}
}

// share counts how often an interval holds the truth.
type share struct{ hits, trials float64 }

func (s *share) add(e Estimate, truth float64) {
	s.trials++
	if within(e, truth) {
		s.hits++
	}
}

func (s share) rate() float64 { return s.hits / s.trials }

// Percentiles of resampled medians are a little wide.
func TestBootstrapIntervalsCover(t *testing.T) {
	const trials = 200
	margin := 4 * math.Sqrt(Confidence*(1-Confidence)/trials)
	truth := USL{1000, 0.03, 0.001}
	r := rand.New(rand.NewPCG(1, 1))
	shares := map[string]*share{"lambda": {}, "sigma": {}, "kappa": {}, "peak": {}}
	for range trials {
		curve := simulated(r, truth, 0.03, 12, 1, 2, 3, 4, 6, 8, 12, 16)
		p, err := newProblem(curve, Relative)
		if err != nil {
			t.Fatal(err)
		}
		b, reason := p.bootstrap(curve, USL{}, 200)
		if reason != "" {
			t.Fatal(reason)
		}
		shares["lambda"].add(b.Lambda, truth.Lambda)
		shares["sigma"].add(b.Sigma, truth.Sigma)
		shares["kappa"].add(b.Kappa, truth.Kappa)
		shares["peak"].add(b.Peak, truth.Peak())
	}
	for name, s := range shares {
		if rate := s.rate(); rate < Confidence-margin {
			t.Errorf("%s: %.3f of the intervals hold the truth", name, rate)
		}
	}
}

// Amdahl's law alone, a little bent upward so that kappa would be negative.
func TestKappaAtItsBound(t *testing.T) {
	n := []int{1, 2, 3, 4, 6, 8}
	x := make([]float64, len(n))
	for i := range n {
		x[i] = USL{100, 0.1, -0.002}.At(float64(n[i]))
	}
	f := fitted(t, single(n, x), Relative)
	if f.Identifiable || f.Law.Kappa != 0 || f.Law != f.Amdahl || !math.IsInf(f.Law.Peak(), 1) || !math.IsInf(f.Student.Peak.High, 1) {
		t.Errorf("got %+v", f)
	}
	if !strings.Contains(strings.Join(f.Warnings, "; "), "kappa is not identifiable") {
		t.Errorf("warnings: %q", f.Warnings)
	}
	for _, e := range []Estimate{f.Student.Lambda, f.Student.Sigma, f.Student.Kappa} {
		if !within(e, e.Value) {
			t.Errorf("value outside its interval: %+v", e)
		}
	}
}

func TestSuperlinear(t *testing.T) {
	f := fitted(t, simulated(rand.New(rand.NewPCG(1, 1)), USL{100, -0.02, 0.001}, 0.001, 1, 1, 2, 3, 4, 6, 8, 12, 16), Relative)
	if f.Law.Sigma >= 0 || f.Student.Sigma.High >= 0 || !strings.Contains(strings.Join(f.Warnings, "; "), "sigma is below 0") {
		t.Errorf("got %+v, warnings %q", f.Law, f.Warnings)
	}
}

// The peak has an upper bound exactly when kappa is told from 0, by either
// kind of interval.
func TestPeakIsBoundedWhenKappaIs(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	bounded, unbounded := 0, 0
	for range 60 {
		f := fitted(t, simulated(r, USL{1000, 0.05, 0.002}, 0.01, 6, 1, 2, 3, 4, 6, 8), Relative)
		for _, s := range []Parameters{f.Student, f.Bootstrap} {
			if math.IsInf(s.Peak.High, 1) != (s.Kappa.Low <= 0) {
				t.Fatalf("kappa %+v, peak %+v", s.Kappa, s.Peak)
			}
			if !within(s.Peak, f.Law.Peak()) {
				t.Fatalf("peak %v outside %+v", f.Law.Peak(), s.Peak)
			}
		}
		if math.IsInf(f.Student.Peak.High, 1) {
			unbounded++
		} else {
			bounded++
		}
	}
	if bounded == 0 || unbounded == 0 {
		t.Errorf("%d bounded, %d unbounded: the test shows nothing", bounded, unbounded)
	}
}

func TestWeightsDecideWhichErrorsCount(t *testing.T) {
	curve := cisco()
	plain, relative := fitted(t, curve, Plain), fitted(t, curve, Relative)
	p, err := newProblem(curve, Relative)
	if err != nil {
		t.Fatal(err)
	}
	if squares(p, relative.Law) >= squares(p, plain.Law) {
		t.Errorf("relative errors of %+v are no smaller than those of %+v", relative.Law, plain.Law)
	}
}

func TestSameDataSameBootstrap(t *testing.T) {
	curve := simulated(rand.New(rand.NewPCG(1, 1)), USL{1000, 0.03, 0.001}, 0.03, 8, 1, 2, 3, 4, 6, 8)
	a, b := fitted(t, curve, Relative).Bootstrap, fitted(t, curve, Relative).Bootstrap
	if fmt.Sprint(a) != fmt.Sprint(b) || a.Kappa.Confidence != Confidence {
		t.Errorf("%+v, %+v", a, b)
	}
	curve[3].X = curve[3].X[:MinCount-1]
	f := fitted(t, curve, Relative)
	if f.Bootstrap.Kappa.Confidence != 0 || !strings.Contains(strings.Join(f.Warnings, "; "), "no bootstrap: N=4 has fewer than 6 values") {
		t.Errorf("%+v, %q", f.Bootstrap, f.Warnings)
	}
}

func TestNoFit(t *testing.T) {
	n := []int{1, 2, 3, 4, 6, 8}
	good := []float64{1, 1.9, 2.7, 3.4, 4.6, 5.5}
	for _, c := range []struct {
		curve []CorePoint
		want  string
	}{
		{single(n[:5], good), "a law takes 6 or more core counts, and this curve has 5"},
		{single(n, []float64{1, 1.9, 0, 3.4, 4.6, 5.5}), "throughput at N=3 is not positive and finite"},
		{single(n, []float64{1, 1.9, 2.7, math.Inf(1), 4.6, 5.5}), "throughput at N=4 is not positive and finite"},
		{single(n, []float64{math.NaN(), 1.9, 2.7, 3.4, 4.6, 5.5}), "no throughput at N=1"},
		{single([]int{64, 96, 128, 192, 256, 384}, []float64{194, 178, 170, 153, 138, 118}), "no set of parameters fits best; it begins at N=64: measure fewer cores as well"},
	} {
		if _, err := FitUSL(c.curve, Relative); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// Whatever the curve, a fit ends, and its intervals hold its values.
func FuzzFitUSL(f *testing.F) {
	f.Add(1.0, 1.9, 2.7, 3.4, 4.6, 5.5, true)
	f.Add(1.0, 1e9, 1e-9, 1e9, 1e-9, 1e9, false)
	f.Add(1.0, 4.0, 9.0, 16.0, 36.0, 64.0, true)
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g float64, relative bool) {
		fit, err := FitUSL(single([]int{1, 2, 3, 4, 6, 8}, []float64{a, b, c, d, e, g}), Weights(relative))
		if err != nil {
			return
		}
		for _, e := range []Estimate{fit.Student.Lambda, fit.Student.Sigma, fit.Student.Kappa, fit.Student.Peak, fit.Serial} {
			if !within(e, e.Value) {
				t.Errorf("value outside its interval: %+v", e)
			}
		}
	})
}

func BenchmarkFitUSL(b *testing.B) {
	curve := simulated(rand.New(rand.NewPCG(1, 1)), USL{1000, 0.03, 0.001}, 0.03, 20, 1, 2, 3, 4, 6, 8, 12, 16)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := FitUSL(curve, Relative); err != nil {
			b.Fatal(err)
		}
	}
}
