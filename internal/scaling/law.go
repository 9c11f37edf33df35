package scaling

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A CorePoint is the throughput of a curve on N cores, a value a round, each
// from a process of its own; NaN for a round without one.
type CorePoint struct {
	N int
	X []float64
}

// KarpFlatt is the serial fraction that a speed-up on n cores amounts to,
// (1/S - 1/n) / (1 - 1/n), NaN for n = 1, with the interval that follows from
// that of the speed-up: Karp and Flatt, Measuring parallel processor
// performance, CACM 33(5), 1990. Growth with n is overhead that grows; a
// speed-up above n gives a negative fraction.
func KarpFlatt(speedup Estimate, n int) Estimate {
	of := func(s float64) float64 {
		if n <= 1 {
			return math.NaN()
		}
		return (1/s - 1/float64(n)) / (1 - 1/float64(n))
	}
	e := speedup
	e.Value, e.Low, e.High = of(speedup.Value), of(speedup.High), of(speedup.Low) // the more speed-up, the less is serial
	return e
}

// A SpeedPoint is the speed-up over the best serial code on N cores.
type SpeedPoint struct {
	N       int
	Speedup Estimate
}

// A Cost says how many cores it takes to beat the best serial code.
type Cost struct {
	N        int // 0 when no measured count is shown to beat it
	Warnings []string
}

// COST is the smallest measured count of cores whose speed-up over the best
// serial code lies wholly above 1: McSherry, Isard and Murray, Scalability!
// But at what COST?, HotOS 2015. A count without an interval is not shown to
// beat anything. A larger count that does not beat the serial code is told in
// a warning. Points stand in order of N.
func COST(points []SpeedPoint) Cost {
	var c Cost
	var bare []string
	for _, p := range points {
		switch above := p.Speedup.Above(1); {
		case p.Speedup.Confidence == 0:
			bare = append(bare, strconv.Itoa(p.N))
		case above && c.N == 0:
			c.N = p.N
		case !above && c.N > 0:
			c.Warnings = append(c.Warnings, fmt.Sprintf("N=%d beats the serial code, N=%d is not shown to", c.N, p.N))
		}
	}
	if bare != nil {
		c.Warnings = append(c.Warnings, fmt.Sprintf("no interval against the serial code at N=%s: it takes %d rounds or more", strings.Join(bare, ", "), MinCount))
	}
	return c
}

// USL is the universal scalability law: throughput on N cores is
// Lambda N / (1 + Sigma (N-1) + Kappa N (N-1)). Gunther, Guerrilla Capacity
// Planning, Springer 2007, chapter 4; with Kappa = 0 it is Amdahl's law.
type USL struct {
	Lambda float64 // throughput on one core
	Sigma  float64 // contention: the serial fraction; below 0 the curve rises faster than N
	Kappa  float64 // coherency: what each pair of cores costs
}

// At is the throughput on n cores.
func (u USL) At(n float64) float64 { return u.Lambda * n / u.denominator(n) }

func (u USL) denominator(n float64) float64 { return 1 + u.Sigma*(n-1) + u.Kappa*n*(n-1) }

// gradient holds the derivatives of At by Lambda, Sigma and Kappa.
func (u USL) gradient(n float64) [3]float64 {
	d := u.denominator(n)
	by := -u.Lambda * n * (n - 1) / d / d
	return [3]float64{n / d, by, by * n}
}

// Peak is the number of cores with the highest throughput,
// sqrt((1-Sigma)/Kappa), not rounded: +Inf where throughput rises for ever,
// 1 where it falls from the first core on.
func (u USL) Peak() float64 {
	switch {
	case u.Sigma >= 1:
		return 1
	case u.Kappa <= 0:
		return math.Inf(1)
	}
	return max(1, math.Sqrt((1-u.Sigma)/u.Kappa))
}
