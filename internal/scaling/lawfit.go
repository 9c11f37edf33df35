package scaling

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/montanaflynn/stats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// MinCores is the smallest number of distinct core counts that a law is
// fitted to: three parameters and as many degrees of freedom for their
// uncertainty.
const MinCores = 6

// PeakReach is how far outside the measured counts, as a factor, a peak is still
// stated as a number. Farther out the law was never put to the test.
const PeakReach = 2

// Parameters are those of the universal scalability law and the peak that
// follows from them, with intervals of one kind.
type Parameters struct {
	Lambda, Sigma, Kappa, Peak Estimate
}

// A Fit is the universal scalability law fitted to a curve.
type Fit struct {
	Law USL
	// Student has intervals by Student's t with n-3 degrees of freedom, n being
	// the distinct core counts. They hold if the law is right and the points
	// miss it by independent errors of one (relative) size.
	Student Parameters
	// Bootstrap has intervals over the processes of each count. They hold what
	// other processes would have changed, and nothing of what the law misses.
	// Confidence is 0, with a warning, when some count has fewer than MinCount
	// values.
	Bootstrap Parameters
	// Identifiable is false when Kappa is at its bound 0, or takes off the largest
	// count no more than rounding does: the data do not tell it from nothing, and
	// Law is Amdahl's.
	Identifiable bool
	Residuals    []float64 // (X - At(N)) / X, a point each in order of N
	// Amdahl is the law with Kappa held at 0, Serial its Sigma with an interval
	// by Student's t with n-2 degrees of freedom. Where no serial fraction
	// fits best, as on a curve that only falls and began late, Serial is NaN and the
	// others are zero.
	Amdahl          USL
	Serial          Estimate
	AmdahlResiduals []float64 // those of Amdahl
	Warnings        []string

	best           solution // with the parameters of Law
	drift, ofDrift float64  // the variance of the drift that rounds share, and its degrees of freedom
}

// Weights says which errors a fit makes small.
type Weights bool

// The sum over the points of ((X - X^)/X)^2, or of (X - X^)^2.
const (
	Relative Weights = true
	Plain    Weights = false
)

// FitUSL fits the universal scalability law to the centres of a curve's points
// by least squares, with Kappa at least 0; Sigma may be negative. A centre is
// the Hodges-Lehmann estimate of the logarithms, which resampling moves
// smoothly, as it does not a median. The intervals are those of the fit
// without that bound, cut at 0, and widened where they would not hold the
// estimate: intervals that take a bound for knowledge are too narrow. That of
// Lambda also holds the drift that rounds share, which leaves no residuals. Fewer than MinCores distinct counts, a throughput
// that is not positive, or a curve without a best fit give an error that says
// so. Points stand in order of N, each N once.
func FitUSL(curve []CorePoint, weights Weights) (Fit, error) {
	f, err := StudentUSL(curve, weights)
	if err != nil {
		return f, err
	}
	p, err := newProblem(curve, weights)
	if err != nil {
		return Fit{}, err
	}
	var reason string
	if f.Bootstrap, reason = p.bootstrap(curve, f.Law, Resamples); reason != "" {
		f.Warnings = slices.Insert(f.Warnings, 0, "no bootstrap: "+reason)
	}
	return f, nil
}

// StudentUSL is FitUSL without the bootstrap, which takes a hundred times as
// long as all the rest.
func StudentUSL(curve []CorePoint, weights Weights) (Fit, error) {
	if len(curve) < MinCores {
		return Fit{}, fmt.Errorf("a law takes %d or more core counts, and this curve has %d", MinCores, len(curve))
	}
	p, err := newProblem(curve, weights)
	if err != nil {
		return Fit{}, err
	}
	free, err := p.solve(3)
	if err != nil {
		return Fit{}, err
	}
	f := Fit{Law: free.law, Identifiable: p.tells(free.law), best: free}
	switch amdahl, err := p.solve(2); {
	case err != nil && !f.Identifiable:
		return Fit{}, err
	case err != nil:
		f.Serial = Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
		f.Warnings = append(f.Warnings, "Amdahl's law does not settle on this curve: no serial fraction fits best")
	default:
		f.Amdahl, f.Serial, f.AmdahlResiduals = amdahl.law, amdahl.student(1), p.residuals(amdahl.law)
		if !f.Identifiable {
			f.Law, f.best = amdahl.law, amdahl
		}
	}
	f.drift, f.ofDrift = sharedDrift(curve, free.law)
	student := free.parameters()
	student.Lambda = free.drifting(free.law.Lambda, free.covariance.At(0, 0), f.drift, f.ofDrift)
	f.Student = student.hold(f.Law)
	f.Residuals = p.residuals(f.Law)
	f.warn(curve)
	return f, nil
}

// At estimates the throughput on n cores by the law, with an interval by
// Student's t that holds the drift that rounds share as well: the delta method,
// Seber and Wild, Nonlinear Regression, Wiley 1989, section 5.1. It is meant as
// a band from the first measured count to the last, of each n by itself.
func (f Fit) At(n float64) Estimate {
	at := f.Law.At(n)
	slope := f.Law.gradient(n)
	gradient := mat.NewVecDense(f.best.free, slope[:f.best.free])
	return f.best.drifting(at, mat.Inner(gradient, f.best.covariance, gradient), f.drift, f.ofDrift)
}

// rounded is the share of a throughput below which a difference is one of
// rounding.
const rounded = 1e-9

// tells reports whether kappa takes something off the largest count.
func (p problem) tells(u USL) bool {
	n := p.n[len(p.n)-1]
	return u.Kappa*n*(n-1) > rounded*u.denominator(n)
}

// hold cuts Kappa's interval at 0 and makes the law's values those of the
// estimates.
func (s Parameters) hold(law USL) Parameters {
	s.Kappa.Low, s.Kappa.High = max(0, s.Kappa.Low), max(0, s.Kappa.High)
	for e, v := range map[*Estimate]float64{&s.Lambda: law.Lambda, &s.Sigma: law.Sigma, &s.Kappa: law.Kappa, &s.Peak: law.Peak()} {
		e.Value, e.Low, e.High = v, min(v, e.Low), max(v, e.High)
	}
	return s
}

// poorFit is the relative residual from which on a law is said to miss.
const poorFit = 0.1

// warn says in words what must be known to read the numbers.
func (f *Fit) warn(curve []CorePoint) {
	say := func(format string, args ...any) { f.Warnings = append(f.Warnings, fmt.Sprintf(format, args...)) }
	smallest, largest, peak := curve[0].N, curve[len(curve)-1].N, f.Student.Peak
	switch {
	case !f.Identifiable && f.Law.Sigma >= 1:
		say("kappa is not identifiable: it is at its bound 0, so the law is Amdahl's, and with sigma at 1 or above no count does more than one core")
	case !f.Identifiable:
		say("kappa is not identifiable: it is at its bound 0, so the law is Amdahl's and no peak follows from it")
	case math.IsInf(peak.High, 1):
		say("kappa may be 0 within its interval: nothing bounds the peak from above")
	case peak.Value > PeakReach*float64(largest):
		say("the peak lies far beyond N=%d, where nothing was measured: no number is given for it", largest)
	}
	if peak.Value < float64(smallest)/PeakReach {
		say("the peak lies far below N=%d, where nothing was measured: no number is given for it", smallest)
	}
	if smallest > PeakReach {
		say("lambda is carried down from N=%d to one core, where nothing was measured", smallest)
	}
	if f.Student.Sigma.High*float64(largest-1) < -rounded {
		say("sigma is below 0: throughput grows faster than N, as when more cores bring more cache; the law may not hold beyond N=%d", largest)
	}
	switch i := Worst(f.Residuals); {
	case math.Abs(f.Residuals[i]) > poorFit:
		say("the law misses N=%d by %.0f%%: its parameters describe this curve poorly", curve[i].N, 100*math.Abs(f.Residuals[i]))
	case math.Abs(f.Residuals[i]) < rounded:
		say("the law meets every point to within rounding, as no measurement does: the intervals tell of rounding alone")
	}
}

// Worst returns the index of the residual that is farthest from 0.
func Worst(residuals []float64) int {
	worst := 0
	for i, r := range residuals {
		if math.Abs(r) > math.Abs(residuals[worst]) {
			worst = i
		}
	}
	return worst
}

// A problem is a curve to be fitted: throughput x on n cores, and what its
// error is divided by.
type problem struct {
	n, x, unit []float64
	weights    Weights
}

func newProblem(curve []CorePoint, weights Weights) (problem, error) {
	p := problem{weights: weights}
	for _, c := range curve {
		values := numbers(c.X)
		if slices.ContainsFunc(values, func(x float64) bool { return !usable(x) }) {
			return p, fmt.Errorf("the throughput at N=%d is not positive and finite", c.N)
		}
		if len(values) == 0 {
			return p, fmt.Errorf("there is no throughput at N=%d", c.N)
		}
		p.n = append(p.n, float64(c.N))
		p.x = append(p.x, centre(values))
	}
	p.weigh()
	return p, nil
}

// weigh sets the units in which errors are counted.
func (p *problem) weigh() {
	p.unit = slices.Clone(p.x)
	if p.weights == Plain {
		p.unit = slices.Repeat([]float64{1}, len(p.x))
	}
}

// centre is where positive values lie that are not none: the exponential of
// the median of all averages of two logarithms.
func centre(x []float64) float64 {
	if len(x) == 1 {
		return x[0]
	}
	logs := make([]float64, len(x))
	for i, v := range x {
		logs[i] = math.Log(v)
	}
	slices.Sort(logs)
	return math.Exp(walshMedian(logs))
}

// sharedDrift is the variance of the mean over rounds of what the deviations
// of one round from the law have in common, in logarithms, with its degrees of
// freedom. It is the variance of the rounds' means less what the scatter within
// rounds makes of it: analysis of variance of one factor, Searle, Casella and
// McCulloch, Variance Components, chapter 3. It is 0 where no rounds tell.
func sharedDrift(curve []CorePoint, law USL) (variance, degrees float64) {
	var means []float64
	var within float64
	for round := range curve[0].X {
		var d []float64
		for _, c := range curve {
			if round < len(c.X) && !math.IsNaN(c.X[round]) {
				d = append(d, math.Log(c.X[round]/law.At(float64(c.N))))
			}
		}
		if len(d) >= 2 {
			mean, v := stat.MeanVariance(d, nil)
			means = append(means, mean)
			within += v / float64(len(d))
		}
	}
	n := float64(len(means))
	if len(means) < MinCount {
		return 0, 1
	}
	return max(0, stat.Variance(means, nil)-within/n) / n, n - 1
}

// drifting estimates a throughput of the law, whose own variance is given, when
// rounds share a drift of that relative variance: both variances add up, with
// degrees of freedom by Welch and Satterthwaite (Satterthwaite, Biometrics
// Bulletin 2(6), 1946).
func (s solution) drifting(value, own, variance, degrees float64) Estimate {
	drift, nu := variance*value*value, float64(s.n-s.free)
	sum := own + drift
	if drift > 0 {
		nu = sum * sum / (own*own/nu + drift*drift/degrees)
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: nu}
	half := t.Quantile(1-(1-Confidence)/2) * math.Sqrt(sum)
	return Estimate{Value: value, Low: value - half, High: value + half, Confidence: Confidence, N: s.n}
}

// median of a slice that is not empty.
func median(x []float64) float64 {
	m, err := stats.Median(x)
	if err != nil { // only for an empty slice
		panic(err)
	}
	return m
}

func (p problem) residuals(u USL) []float64 {
	r := make([]float64, len(p.n))
	for i, n := range p.n {
		r[i] = (p.x[i] - u.At(n)) / p.x[i]
	}
	return r
}

// A solution is a law with the least squares around it.
type solution struct {
	law   USL
	sum   float64 // of squared errors
	n     int     // points
	free  int     // parameters: lambda, sigma and, of three, kappa
	scale []float64
	// normal is the matrix of the normal equations with its diagonal scaled to
	// 1, which keeps kappa, as small as it is, apart from rounding errors;
	// slope is the right-hand side, scaled alike.
	normal *mat.SymDense
	slope  *mat.VecDense
	// covariance of the parameters, once the search is over.
	covariance *mat.SymDense
}

// at returns the sum of squares at u, and its linear approximation.
func (p problem) at(u USL, free int) solution {
	s := solution{law: u, n: len(p.n), free: free, scale: make([]float64, free)}
	jacobian := mat.NewDense(s.n, free, nil)
	errs := mat.NewVecDense(s.n, nil)
	for i, n := range p.n {
		d := u.denominator(n)
		if d <= 0 {
			s.sum = math.Inf(1)
			return s
		}
		e := (p.x[i] - u.Lambda*n/d) / p.unit[i]
		s.sum += e * e
		errs.SetVec(i, e)
		gradient := u.gradient(n)
		for j, v := range gradient[:free] {
			jacobian.Set(i, j, v/p.unit[i])
		}
	}
	for j := range free {
		column := jacobian.ColView(j)
		s.scale[j] = mat.Norm(column, 2)
		for i := range s.n {
			jacobian.Set(i, j, jacobian.At(i, j)/s.scale[j])
		}
	}
	s.normal, s.slope = mat.NewSymDense(free, nil), mat.NewVecDense(free, nil)
	s.normal.SymOuterK(1, jacobian.T())
	s.slope.MulVec(jacobian.T(), errs)
	return s
}

// The search ends when a step moves the curve by less than settledAt of its
// norm, and gives up after maxSteps or when no step of any size goes down.
// Beside the minimum the sum is even to within rounding, and steps still lead
// on.
const (
	settledAt  = 1e-12
	rounding   = 1e-14
	maxSteps   = 500
	maxDamping = 1e12
)

var errNoFit = errors.New("the universal scalability law does not settle on this curve: no set of parameters fits best")

// solve finds the least squares by Levenberg and Marquardt's method (Marquardt,
// SIAM J. Appl. Math. 11(2), 1963), beginning at the law that fits N/X best,
// which is linear in its parameters.
func (p problem) solve(free int) (solution, error) {
	s, err := p.descend(p.at(p.linear(free), free))
	if err != nil && p.n[0] > 1 { // the best lambda on one core may be without end
		err = fmt.Errorf("%w; it begins at N=%.0f: measure fewer cores as well", err, p.n[0])
	}
	return s, err
}

func (p problem) descend(s solution) (solution, error) {
	tolerance := settledAt * p.norm()
	damping := 1e-4
	for range maxSteps {
		if math.IsInf(s.sum, 1) || math.IsNaN(s.sum) || damping > maxDamping {
			break
		}
		step, length, ok := s.step(damping)
		switch {
		case !ok:
			damping *= 8
			continue
		case length <= tolerance:
			return s, s.invert()
		}
		if next := p.at(step, s.free); next.sum <= s.sum*(1+rounding) {
			s, damping = next, damping/8
		} else {
			damping *= 8
		}
	}
	return s, errNoFit
}

// norm is the length of the curve in the units of its errors.
func (p problem) norm() float64 {
	sum := 0.0
	for i, x := range p.x {
		sum += x / p.unit[i] * x / p.unit[i]
	}
	return math.Sqrt(sum)
}

// step returns the law after a step that is the shorter the more it is damped,
// and how far it moves the curve.
func (s solution) step(damping float64) (next USL, length float64, ok bool) {
	damped := mat.NewSymDense(s.free, nil)
	damped.CopySym(s.normal)
	for j := range s.free {
		damped.SetSym(j, j, damped.At(j, j)+damping)
	}
	var c mat.Cholesky
	move := mat.NewVecDense(s.free, nil)
	if !c.Factorize(damped) || c.SolveVecTo(move, s.slope) != nil {
		return s.law, 0, false
	}
	length = math.Sqrt(mat.Inner(move, s.normal, move))
	var by [3]float64
	for j := range s.free {
		by[j] = move.AtVec(j) / s.scale[j]
	}
	return USL{s.law.Lambda + by[0], s.law.Sigma + by[1], s.law.Kappa + by[2]}, length, true
}

// linear fits N/X = 1/lambda + sigma/lambda (N-1) + kappa/lambda N (N-1), in
// the units of the errors of X to first order. Where that gives no law it
// returns the best straight line.
func (p problem) linear(free int) USL {
	rows, rhs := mat.NewDense(len(p.n), free, nil), mat.NewVecDense(len(p.n), nil)
	best := 0.0
	for i, n := range p.n {
		w := p.x[i] * p.x[i] / n / p.unit[i]
		for j, v := range []float64{1, n - 1, n * (n - 1)}[:free] {
			rows.Set(i, j, w*v)
		}
		rhs.SetVec(i, w*n/p.x[i])
		best = max(best, p.x[i]/n)
	}
	fallback := USL{Lambda: best}
	v := mat.NewVecDense(3, nil)
	solved := v.SliceVec(0, free).(*mat.VecDense)
	if solved.SolveVec(rows, rhs) != nil || v.AtVec(0) <= 0 {
		return fallback
	}
	u := USL{1 / v.AtVec(0), v.AtVec(1) / v.AtVec(0), v.AtVec(2) / v.AtVec(0)}
	if slices.ContainsFunc(p.n, func(n float64) bool { return u.denominator(n) <= 0 }) {
		return fallback
	}
	return u
}

// invert sets the covariance of the parameters: the mean square error times the
// inverse of the normal matrix.
func (s *solution) invert() error {
	s.covariance = mat.NewSymDense(s.free, nil)
	var c mat.Cholesky
	if !c.Factorize(s.normal) || c.InverseTo(s.covariance) != nil {
		return errNoFit
	}
	variance := s.sum / float64(s.n-s.free)
	for i := range s.free {
		for j := i; j < s.free; j++ {
			s.covariance.SetSym(i, j, s.covariance.At(i, j)*variance/s.scale[i]/s.scale[j])
		}
	}
	return nil
}

// quantile is Student's two-sided one for the solution's degrees of freedom.
func (s solution) quantile() float64 {
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(s.n - s.free)}
	return t.Quantile(1 - (1-Confidence)/2)
}

// student estimates parameter i with an interval by Student's t.
func (s solution) student(i int) Estimate {
	v := []float64{s.law.Lambda, s.law.Sigma, s.law.Kappa}[i]
	half := s.quantile() * math.Sqrt(s.covariance.At(i, i))
	return Estimate{Value: v, Low: v - half, High: v + half, Confidence: Confidence, N: s.n}
}

// parameters estimates all three, and the peak.
func (s solution) parameters() Parameters {
	return Parameters{Lambda: s.student(0), Sigma: s.student(1), Kappa: s.student(2), Peak: s.peak()}
}

// peak is the interval of the peak by Fieller's theorem for the ratio
// (1-sigma)/kappa (Fieller, J. R. Stat. Soc. B 16(2), 1954): all q for which
// 1-sigma-q kappa is not told from 0. It has no upper end exactly when kappa is
// not told from 0.
func (s solution) peak() Estimate {
	v, t2 := s.covariance, s.quantile()*s.quantile()
	over, under := 1-s.law.Sigma, s.law.Kappa
	a := under*under - t2*v.At(2, 2)
	b := over*under + t2*v.At(1, 2)
	c := over*over - t2*v.At(1, 1)
	e := Estimate{Value: s.law.Peak(), Low: 1, High: math.Inf(1), Confidence: Confidence, N: s.n}
	root := math.Sqrt(b*b - a*c)
	ends := []float64{(b - root) / a, (b + root) / a}
	slices.Sort(ends)
	cores := func(q float64) float64 { return math.Sqrt(max(1, q)) }
	switch {
	case a > 0 && under > 0:
		e.Low, e.High = cores(ends[0]), cores(ends[1])
	case a > 0 && over > 0: // kappa is below 0: no count is a peak
		e.Low = math.Inf(1)
	case a <= 0 && ends[0] <= 0: // all but what lies between the ends
		e.Low = cores(ends[1])
	}
	return e
}
