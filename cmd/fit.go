package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/nonrev/nonrev/internal/scaling"
)

func newFit() *cobra.Command {
	var asJSON, unweighted bool
	c := &cobra.Command{
		Use:   "fit FILE...",
		Short: "Fit scaling laws to result files, Go benchmark output or N,X lines",
		Long: fmt.Sprintf(`Say of each curve of throughput over cores what it gains, what fraction of it is
serial (Karp-Flatt), and, from %d counts on, what the universal scalability law
X(N) = lambda N / (1 + sigma (N-1) + kappa N (N-1)) makes of it: contention sigma,
coherency kappa, and the count with the highest throughput, which is a number
only within a factor of %d of the measured counts. kappa is not below 0, sigma may be.

A file holds Go benchmark lines whose names end in -N, or lines N,X, apart by a
comma, a semicolon or white space, # before a comment, with or without names of
the columns. Throughput is tasks/s, else the first rate (unit/s), else
1e9 / (ns/op). Several values at one N are taken as rounds, each from a process
of its own. A law is about the physical cores of one node: files of nonrev run
tell how many there are, of others leave out counts that reach into siblings.

The law is fitted to the centres of the values at each N, which are Hodges-Lehmann
estimates of their logarithms. Intervals are 95%%: by Student's t, which holds if
the law is right, and, from %d values at every N on, by bootstrap over the rounds,
which holds what repeating them would change.`, scaling.MinCores, scaling.PeakReach, scaling.MinCount),
		RunE: func(cmd *cobra.Command, paths []string) error {
			if len(paths) == 0 {
				return errors.New("no file: name one, such as results/local/bench.txt")
			}
			r := fitReport{Version: 1, Weights: "relative"}
			weights := scaling.Relative
			if unweighted {
				r.Weights, weights = "plain", scaling.Plain
			}
			for _, path := range paths {
				curves, warnings, err := readCurves(path)
				if err != nil {
					return err
				}
				file := fittedFile{Path: path, Warnings: warnings}
				for _, c := range curves {
					file.Curves = append(file.Curves, c.fit(weights))
				}
				if unweighted {
					file.Warnings = append(file.Warnings, "plain errors give right intervals only if every count errs by the same amount, which throughput seldom does: without --unweighted errors are relative")
				}
				r.Files = append(r.Files, file)
			}
			if asJSON {
				e := json.NewEncoder(cmd.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(r)
			}
			r.print(cmd.OutOrStdout())
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	c.Flags().BoolVar(&unweighted, "unweighted", false, "make plain errors small, not relative ones")
	return c
}

// A fitReport is all that fit says; null stands for what is no number.
type fitReport struct {
	Version int          `json:"version"`
	Weights string       `json:"weights"` // "relative" or "plain"
	Files   []fittedFile `json:"files"`
}

type fittedFile struct {
	Path     string        `json:"file"`
	Warnings []string      `json:"warnings,omitempty"`
	Curves   []fittedCurve `json:"curves"`
}

type fittedCurve struct {
	Name   string        `json:"name,omitempty"`
	Keys   string        `json:"keys,omitempty"`
	Unit   string        `json:"unit"` // of throughput
	From   string        `json:"from"` // what throughput was read from
	Points []fittedPoint `json:"points"`
	Law    *fittedLaw    `json:"law,omitempty"`
	NoLaw  string        `json:"noLaw,omitempty"` // why there is none
	// COST is the smallest count that beats the serial code, null if none is
	// shown to; it is left out without serial code.
	COST     *cost    `json:"cost,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

type cost struct {
	N *int `json:"n"`
}

type fittedPoint struct {
	N          int       `json:"n"`
	Throughput estimate  `json:"throughput"`
	Scaling    *estimate `json:"scaling,omitempty"`    // over N=1; 1 there, which is no estimate
	SpeedUp    *estimate `json:"speedUp,omitempty"`    // over the serial code
	Efficiency *estimate `json:"efficiency,omitempty"` // speed-up, else scaling, over N
	KarpFlatt  *estimate `json:"karpFlatt,omitempty"`  // of the scaling
	Fitted     *decimal  `json:"fitted,omitempty"`     // throughput by the law
	Residual   *decimal  `json:"residual,omitempty"`   // (X - fitted) / X of the centre X that the law is fitted to
}

type fittedLaw struct {
	Lambda            parameter `json:"lambda"`
	Sigma             parameter `json:"sigma"`
	Kappa             parameter `json:"kappa"`
	KappaIdentifiable bool      `json:"kappaIdentifiable"`
	Peak              peak      `json:"peak"`
	MaxResidual       decimal   `json:"maxResidual"` // relative, without its sign
	MaxResidualN      int       `json:"maxResidualN"`
	Amdahl            *amdahl   `json:"amdahl,omitempty"`
	DegreesOfFreedom  int       `json:"degreesOfFreedom"` // of Student's t
	Resamples         int       `json:"resamples,omitempty"`
	Seed              int       `json:"seed,omitempty"` // of the bootstrap
}

// A parameter has intervals by Student's t and by bootstrap.
type parameter struct {
	Value     decimal   `json:"value"`
	Student   interval  `json:"student"`
	Bootstrap *interval `json:"bootstrap,omitempty"`
}

// A peak is a number only near what was measured.
type peak struct {
	Value     decimal     `json:"value"`
	Beyond    *int        `json:"beyond,omitempty"` // the largest measured count, when the peak lies far beyond it
	Below     *int        `json:"below,omitempty"`  // the smallest, when it lies far below that
	Student   peakBounds  `json:"student"`
	Bootstrap *peakBounds `json:"bootstrap,omitempty"`
}

// peakBounds that are null lie far beyond what was measured, or there is none
// above.
type peakBounds struct {
	interval
	Unbounded bool `json:"unbounded"` // nothing bounds the peak from above
	largest   int  // measured count
}

type amdahl struct {
	Lambda       decimal  `json:"lambda"`
	Serial       estimate `json:"serialFraction"`
	MaxResidual  decimal  `json:"maxResidual"`
	MaxResidualN int      `json:"maxResidualN"`
}

type estimate struct {
	Value decimal `json:"value"`
	interval
	Confidence decimal `json:"confidence"`
	N          int     `json:"n"`
}

type interval struct {
	Low  decimal `json:"low"`
	High decimal `json:"high"`
}

// A decimal is a number with eight digits in JSON, null if it is none.
type decimal float64

// MarshalJSON never fails.
func (d decimal) MarshalJSON() ([]byte, error) {
	if v := float64(d); !math.IsNaN(v) && !math.IsInf(v, 0) {
		v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 8, 64), 64)
		return json.Marshal(v)
	}
	return []byte("null"), nil
}

// newEstimate keeps no bounds that are no interval.
func newEstimate(e scaling.Estimate) *estimate {
	if e.Confidence == 0 {
		e.Low, e.High = math.NaN(), math.NaN()
	}
	return &estimate{decimal(e.Value), interval{decimal(e.Low), decimal(e.High)}, decimal(e.Confidence), e.N}
}

// fit says of a curve all that can be said.
func (c *curve) fit(weights scaling.Weights) fittedCurve {
	out := fittedCurve{Name: c.name, Keys: c.keys, Unit: c.unit, From: c.from, Warnings: c.warnings}
	for _, p := range c.points {
		out.Points = append(out.Points, c.point(p))
		if slices.ContainsFunc(p.X, func(x float64) bool { return x <= 0 || math.IsInf(x, 0) }) {
			out.Warnings = append(out.Warnings, fmt.Sprintf("N=%d holds a throughput that is not a number above 0: look at its lines", p.N))
		}
	}
	if c.apart != "" {
		out.NoLaw = c.apart
		return out
	}
	out.gains(c)
	points, beyond := c.lawful()
	if beyond != "" {
		out.Warnings = append(out.Warnings, beyond)
	}
	if f, err := scaling.FitUSL(points, weights); err != nil {
		out.NoLaw = err.Error()
	} else {
		out.setLaw(f, points)
	}
	return out
}

// lawful are the points that the law is about: physical cores of one node. What
// is left out is told.
func (c *curve) lawful() (points []scaling.CorePoint, beyond string) {
	for i, p := range c.points {
		if c.alike > 0 && p.N > c.alike {
			return c.points[:i], fmt.Sprintf("from N=%d on CPUs are siblings or on another node: the law is fitted to the %d physical cores of one", p.N, c.alike)
		}
	}
	return c.points, ""
}

func (c *curve) point(p scaling.CorePoint) fittedPoint {
	return fittedPoint{N: p.N, Throughput: *newEstimate(scaling.Level(p.X))}
}

// gains adds what the counts gain over one core and over the serial code.
func (f *fittedCurve) gains(c *curve) {
	if len(c.points) > 0 && c.points[0].N == 1 {
		f.overOne(c.points)
	} else {
		f.Warnings = append(f.Warnings, "there is no N=1, which scaling and Karp-Flatt are counted from")
	}
	if c.serial != nil {
		f.overSerial(c.points, c.serial)
	}
}

func (f *fittedCurve) overOne(points []scaling.CorePoint) {
	f.Points[0].Scaling, f.Points[0].Efficiency = unity(), unity()
	bare := false
	for i, p := range points {
		if p.N == 1 {
			continue
		}
		e := f.ratio(p, points[0].X)
		bare = bare || e.Confidence == 0
		at := &f.Points[i]
		at.Scaling, at.Efficiency, at.KarpFlatt = newEstimate(e), newEstimate(e.Scale(1/float64(p.N))), newEstimate(scaling.KarpFlatt(e, p.N))
		if e.Above(float64(p.N)) {
			f.Warnings = append(f.Warnings, fmt.Sprintf("N=%d does more than %d times N=1: look for a cause, such as caches or a slow N=1", p.N, p.N))
		}
	}
	if bare {
		f.Warnings = append(f.Warnings, fmt.Sprintf("a gain without an interval may be noise: an interval takes %d rounds or more in common with N=1", scaling.MinCount))
	}
}

// unity is 1 by definition.
func unity() *estimate { return newEstimate(scaling.Estimate{Value: 1}) }

func (f *fittedCurve) overSerial(points []scaling.CorePoint, serial []float64) {
	var speeds []scaling.SpeedPoint
	for i, p := range points {
		e := f.ratio(p, serial)
		f.Points[i].SpeedUp, f.Points[i].Efficiency = newEstimate(e), newEstimate(e.Scale(1/float64(p.N)))
		speeds = append(speeds, scaling.SpeedPoint{N: p.N, Speedup: e})
	}
	found := scaling.COST(speeds)
	f.COST = &cost{}
	if found.N > 0 {
		f.COST.N = &found.N
	}
	f.Warnings = append(f.Warnings, found.Warnings...)
}

// ratio is a point over a base; what keeps it from being a number is told.
func (f *fittedCurve) ratio(p scaling.CorePoint, base []float64) scaling.Estimate {
	e := scaling.Ratio(p.X, base)
	if math.IsNaN(e.Value) {
		for _, w := range e.Warnings {
			f.Warnings = append(f.Warnings, fmt.Sprintf("N=%d: %s", p.N, w))
		}
	}
	return e
}

// setLaw adds what was fitted to the points, which are the first of the curve's.
func (f *fittedCurve) setLaw(fit scaling.Fit, points []scaling.CorePoint) {
	s, b := fit.Student, fit.Bootstrap
	worst := scaling.Worst(fit.Residuals)
	f.Law = &fittedLaw{
		Lambda: newParameter(s.Lambda, b.Lambda), Sigma: newParameter(s.Sigma, b.Sigma), Kappa: newParameter(s.Kappa, b.Kappa),
		KappaIdentifiable: fit.Identifiable,
		Peak:              newPeak(s.Peak, b.Peak, points[0].N, points[len(points)-1].N),
		MaxResidual:       decimal(math.Abs(fit.Residuals[worst])), MaxResidualN: points[worst].N,
		DegreesOfFreedom: len(points) - 3,
	}
	if r := fit.AmdahlResiduals; r != nil {
		worst := scaling.Worst(r)
		f.Law.Amdahl = &amdahl{
			Lambda: decimal(fit.Amdahl.Lambda), Serial: *newEstimate(fit.Serial),
			MaxResidual: decimal(math.Abs(r[worst])), MaxResidualN: points[worst].N,
		}
	}
	if b.Kappa.Confidence > 0 {
		f.Law.Resamples, f.Law.Seed = scaling.Resamples, scaling.BootstrapSeed
	}
	for i, p := range points {
		fitted, residual := decimal(fit.Law.At(float64(p.N))), decimal(fit.Residuals[i])
		f.Points[i].Fitted, f.Points[i].Residual = &fitted, &residual
	}
	f.Warnings = append(f.Warnings, fit.Warnings...)
}

func newPeak(student, bootstrap scaling.Estimate, smallest, largest int) peak {
	near := func(v float64) decimal {
		if v > scaling.PeakReach*float64(largest) {
			return decimal(math.Inf(1))
		}
		return decimal(v)
	}
	bounds := func(e scaling.Estimate) peakBounds {
		return peakBounds{interval{near(e.Low), near(e.High)}, math.IsInf(e.High, 1), largest}
	}
	p := peak{Value: near(student.Value), Student: bounds(student)}
	switch {
	case math.IsInf(float64(p.Value), 1):
		p.Beyond = &largest
	case student.Value < float64(smallest)/scaling.PeakReach:
		p.Value, p.Below = decimal(math.NaN()), &smallest
	}
	if bootstrap.Confidence > 0 {
		b := bounds(bootstrap)
		p.Bootstrap = &b
	}
	return p
}

func newParameter(student, bootstrap scaling.Estimate) parameter {
	p := parameter{Value: decimal(student.Value), Student: interval{decimal(student.Low), decimal(student.High)}}
	if bootstrap.Confidence > 0 {
		p.Bootstrap = &interval{decimal(bootstrap.Low), decimal(bootstrap.High)}
	}
	return p
}
