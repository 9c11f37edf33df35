package main

import (
	"context"
	"fmt"
	"math"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/internal/sweep"
)

// fractionTolerance is in points of the fraction: what handing tasks over and an
// uneven end of a pass add to it, about a hundredth each, is no part of the job.
const fractionTolerance = 0.02

// The curve to which a law is fitted.
const (
	lawPercent = 10
	lawModel   = "goroutine"
)

// serialFractions are jobs of which a known part runs after the last task.
func serialFractions(ctx context.Context, l lab) ([]row, error) {
	const name = "serial fraction, against the same job without it"
	if l.cores < 2 {
		return []row{untold(name, "", "needs 2 CPUs")}, nil
	}
	percents, models := []int{0, 5, 10, 25}, []string{"goroutine", "locked"}
	cores := sweep.CoreList(l.cores)
	var cells []result.Cell
	for _, p := range percents {
		cells = append(cells, cell(serialSet(p), result.Serial, 1))
		for _, m := range models {
			at := cores[len(cores)-1:]
			if (p == 0 || p == lawPercent) && m == lawModel {
				at = cores[1:]
			}
			for _, n := range at {
				cells = append(cells, cell(serialSet(p), m, n))
			}
		}
	}
	r, err := l.sweep(ctx, l.curves, l.log, cells...)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, p := range percents[1:] {
		for _, m := range models {
			at := fmt.Sprintf("%s, %d cores", m, l.cores)
			f := scaling.Level(r.fractions(p, m, l.cores))
			rows = append(rows, number(name, at, percent, float64(p)/100, f, fractionTolerance))
		}
	}
	return append(rows, r.amdahl(lawPercent, lawModel, cores)), nil
}

// serialSet has few long tasks: to hand one over costs up to 50 us where a CPU
// must be woken, which is a hundredth of 5 ms.
func serialSet(percent int) string {
	if percent == 0 {
		return "body:5000,tasks:8"
	}
	return fmt.Sprintf("body:5000,serial:%d,tasks:8", percent)
}

// fractions are the serial fractions of the job by round. The same job without
// a serial part gains C, less than n by what machine and model take; with it
// the speed-up S is such that 1/S = f + (1-f)/C. Solved for f this is
// (K(S) - K(C)) / (1 - K(C)), K being the fraction of Karp and Flatt, which
// takes C to be n.
func (r record) fractions(percent int, model string, n int) []float64 {
	rate := func(percent int, model string, n int) []float64 {
		return r.column(cell(serialSet(percent), model, n), result.TaskRate)
	}
	many, serial := rate(percent, model, n), rate(percent, result.Serial, 1)
	all, one := rate(0, model, n), rate(0, result.Serial, 1)
	f := make([]float64, len(many))
	for i := range f {
		job := scaling.KarpFlatt(scaling.Estimate{Value: many[i] / serial[i]}, n).Value
		ceiling := scaling.KarpFlatt(scaling.Estimate{Value: all[i] / one[i]}, n).Value
		f[i] = (job - ceiling) / (1 - ceiling)
	}
	return f
}

// amdahl fits the law to the speed-ups that the fractions would give on a
// machine and under a model that gain n from n cores.
func (r record) amdahl(serial int, model string, cores []int) row {
	const name = "serial fraction by Amdahl's law over core counts"
	if len(cores) < scaling.MinCores {
		return untold(name, model, fmt.Sprintf("needs %d core counts, which 8 CPUs have", scaling.MinCores))
	}
	curve := []scaling.CorePoint{{N: 1, X: []float64{1}}}
	for _, n := range cores[1:] {
		p := scaling.CorePoint{N: n}
		for _, f := range r.fractions(serial, model, n) {
			if !math.IsNaN(f) {
				p.X = append(p.X, 1/(f+(1-f)/float64(n)))
			}
		}
		curve = append(curve, p)
	}
	fit, err := scaling.FitUSL(curve, scaling.Relative)
	if err != nil {
		return untold(name, model, err.Error())
	}
	return number(name, model, percent, float64(serial)/100, fit.Serial, fractionTolerance)
}
