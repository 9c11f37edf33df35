package scaling

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// bootstrap estimates the parameters with percentile intervals over so many
// curves, each made of rounds drawn with replacement: Efron and Tibshirani, An
// Introduction to the Bootstrap, chapter 13. A round is drawn for all counts
// together, so that drift that they share moves them together, as it did when
// they were measured. Where a count has fewer than MinCount values, or a drawn
// curve has no best fit, there are no intervals and a reason.
func (p problem) bootstrap(curve []CorePoint, law USL, resamples int) (out Parameters, reason string) {
	bare := func(v float64) Estimate { return Estimate{Value: v, Low: v, High: v, N: len(curve)} }
	out = Parameters{bare(law.Lambda), bare(law.Sigma), bare(law.Kappa), bare(law.Peak())}
	rounds := 0
	for _, c := range curve {
		if len(numbers(c.X)) < MinCount {
			return out, fmt.Sprintf("N=%d has fewer than %d values", c.N, MinCount)
		}
		rounds = max(rounds, len(c.X))
	}
	r := rand.New(rand.NewPCG(BootstrapSeed, 0))
	draw := make([]int, rounds)
	var lambda, sigma, kappa, peak []float64
	for range resamples {
		redraw(draw, rounds, r)
		q, whole := p.redrawn(curve, draw)
		if !whole {
			return out, "a resampled curve lacks a count"
		}
		u, err := q.bounded()
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

// redrawn is the problem of the rounds that were drawn, not whole if a count has
// no value in any of them.
func (p problem) redrawn(curve []CorePoint, draw []int) (q problem, whole bool) {
	p.x = make([]float64, len(curve))
	for i, c := range curve {
		drawn := make([]float64, 0, len(draw))
		for _, round := range draw {
			if round < len(c.X) && !math.IsNaN(c.X[round]) {
				drawn = append(drawn, c.X[round])
			}
		}
		if len(drawn) == 0 {
			return p, false
		}
		p.x[i] = centre(drawn)
	}
	p.weigh()
	return p, true
}

// bounded is the law that fits best with kappa at least 0.
func (p problem) bounded() (USL, error) {
	s, err := p.solve(3)
	if err == nil && s.law.Kappa <= 0 {
		s, err = p.solve(2)
	}
	return s.law, err
}
