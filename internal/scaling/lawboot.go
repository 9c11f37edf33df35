package scaling

import (
	"fmt"
	"math/rand/v2"
)

// bootstrap estimates the parameters with percentile intervals over so many
// curves, each made of as many values at every count as there are, drawn from
// them with replacement: Efron and Tibshirani, An Introduction to the
// Bootstrap, chapter 13. Where a count has fewer than MinCount values, or a
// drawn curve has no best fit, there are no intervals and a reason.
func (p problem) bootstrap(curve []CorePoint, law USL, resamples int) (out Parameters, reason string) {
	bare := func(v float64) Estimate { return Estimate{Value: v, Low: v, High: v, N: len(curve)} }
	out = Parameters{bare(law.Lambda), bare(law.Sigma), bare(law.Kappa), bare(law.Peak())}
	values := make([][]float64, len(curve))
	for i, c := range curve {
		if values[i] = numbers(c.X); len(values[i]) < MinCount {
			return out, fmt.Sprintf("N=%d has fewer than %d values", c.N, MinCount)
		}
	}
	r := rand.New(rand.NewPCG(BootstrapSeed, 0))
	var lambda, sigma, kappa, peak []float64
	for range resamples {
		u, err := p.redraw(values, r).bounded()
		if err != nil {
			return out, "a resampled curve has no best fit"
		}
		lambda, sigma, kappa, peak = append(lambda, u.Lambda), append(sigma, u.Sigma), append(kappa, u.Kappa), append(peak, u.Peak())
	}
	out.Lambda.percentiles(lambda)
	out.Sigma.percentiles(sigma)
	out.Kappa.percentiles(kappa)
	out.Peak.percentiles(peak)
	return out, ""
}

// redraw is the problem of another draw of the values.
func (p problem) redraw(values [][]float64, r *rand.Rand) problem {
	p.x = make([]float64, len(values))
	for i, v := range values {
		draw, drawn := make([]int, len(v)), make([]float64, len(v))
		redraw(draw, len(v), r)
		for j, k := range draw {
			drawn[j] = v[k]
		}
		p.x[i] = median(drawn)
	}
	p.weigh()
	return p
}

// bounded is the law that fits best with kappa at least 0.
func (p problem) bounded() (USL, error) {
	s, err := p.solve(3)
	if err == nil && s.law.Kappa <= 0 {
		s, err = p.solve(2)
	}
	return s.law, err
}
