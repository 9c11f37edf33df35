package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// coverTolerance is in points of the share of files whose interval holds the truth.
const coverTolerance = 0.02

// Known parameters of the simulated files: a curve by the universal scalability
// law, noise of every sample, and drift that all samples of a round share.
const (
	simRounds = 20
	simNoise  = 0.03 // standard deviations of logarithms
	simDrift  = 0.05
)

var (
	simLaw   = scaling.USL{Lambda: 1000, Sigma: 0.05, Kappa: 0.002}
	simCores = []int{1, 2, 3, 4, 6, 8}
)

// simulatedCell is the cell on n cores; on 0 it is the serial loop, which is
// as fast as the model on one core.
func simulatedCell(n int) result.Cell {
	if n == 0 {
		return result.Cell{Workload: workName, Model: result.Serial, Cores: 1}
	}
	return result.Cell{Workload: workName, Model: "goroutine", Cores: n}
}

// A claim is one interval that the tool gives, and what it ought to hold.
type claim struct {
	name  string
	truth float64
	of    func(simulated) scaling.Estimate
	law   bool // whether a law must be fitted for it
}

// claims are the intervals of the page and of fit, by the functions that they
// use.
func claims() []claim {
	const n = 8
	gain := simLaw.At(n) / simLaw.At(1)
	fraction := (1/gain - 1.0/n) / (1 - 1.0/n)
	rate := func(s simulated, n int) []float64 { return s.column(simulatedCell(n), result.TaskRate) }
	speedup := func(s simulated) scaling.Estimate { return scaling.Ratio(rate(s, n), rate(s, 0)) }
	return []claim{
		{"level: throughput on 8 cores", simLaw.At(n), func(s simulated) scaling.Estimate { return scaling.Level(rate(s, n)) }, false},
		{"level: throughput of the serial loop", simLaw.At(1), func(s simulated) scaling.Estimate { return scaling.Level(rate(s, 0)) }, false},
		{"ratio: speed-up on 8 cores", gain, speedup, false},
		{"efficiency on 8 cores", gain / n, func(s simulated) scaling.Estimate { return speedup(s).Scale(1.0 / n) }, false},
		{"difference: overhead a task on 8 cores", n*1e9/simLaw.At(n) - 1e9/simLaw.At(1), func(s simulated) scaling.Estimate {
			return scaling.Level(s.column(simulatedCell(n), result.OverheadNS))
		}, false},
		{"Karp-Flatt fraction on 8 cores", fraction, func(s simulated) scaling.Estimate { return scaling.KarpFlatt(speedup(s), n) }, false},
		{"law, Student: lambda", simLaw.Lambda, func(s simulated) scaling.Estimate { return s.fit.Student.Lambda }, true},
		{"law, Student: sigma", simLaw.Sigma, func(s simulated) scaling.Estimate { return s.fit.Student.Sigma }, true},
		{"law, Student: kappa", simLaw.Kappa, func(s simulated) scaling.Estimate { return s.fit.Student.Kappa }, true},
		{"law, Student: peak", simLaw.Peak(), func(s simulated) scaling.Estimate { return s.fit.Student.Peak }, true},
		{"law, bootstrap: lambda", simLaw.Lambda, func(s simulated) scaling.Estimate { return s.fit.Bootstrap.Lambda }, true},
		{"law, bootstrap: sigma", simLaw.Sigma, func(s simulated) scaling.Estimate { return s.fit.Bootstrap.Sigma }, true},
		{"law, bootstrap: kappa", simLaw.Kappa, func(s simulated) scaling.Estimate { return s.fit.Bootstrap.Kappa }, true},
	}
}

// A simulated file, read back, with the law fitted to its curve if it was.
type simulated struct {
	record
	fit scaling.Fit
}

// A cover counts how often a claim held, and how often it said that it would.
type cover struct {
	tally
	stated float64 // sum of the confidences
}

// intervals simulates files and counts how often their intervals hold what they
// were made from.
func intervals(ctx context.Context, l lab) ([]row, error) {
	dir, err := os.MkdirTemp("", "truth")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	list := claims()
	var mu sync.Mutex
	var failed error
	covers, next := make([]cover, len(list)), 0
	work := func() {
		for {
			mu.Lock()
			i := next
			next++
			stop := i >= l.files || failed != nil || ctx.Err() != nil
			mu.Unlock()
			if stop {
				return
			}
			s, err := simulate(filepath.Join(dir, fmt.Sprint(i)), uint64(i), i < l.fits)
			mu.Lock()
			if err != nil {
				failed = err
			} else {
				count(covers, list, s, i < l.fits)
			}
			mu.Unlock()
		}
	}
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(work)
	}
	all.Wait()
	if failed != nil {
		return nil, failed
	}
	var rows []row
	for i, c := range list {
		n := covers[i].all
		rows = append(rows, number(fmt.Sprintf("%s, in %d files", c.name, n), "simulated", percent,
			covers[i].stated/float64(n), covers[i].share(), coverTolerance))
	}
	return rows, ctx.Err()
}

// count books whether each claim holds in a file.
func count(covers []cover, list []claim, s simulated, fitted bool) {
	for i, c := range list {
		if c.law && !fitted {
			continue
		}
		e := c.of(s)
		covers[i].all++
		covers[i].stated += e.Confidence
		if e.Low <= c.truth && c.truth <= e.High {
			covers[i].some++
		}
	}
}

// simulate writes a file as a run does, reads it back as a report does, and
// fits the law if that is wanted.
func simulate(path string, seed uint64, fit bool) (simulated, error) {
	if err := writeFile(path, seed); err != nil {
		return simulated{}, err
	}
	f, err := result.Read(path)
	if err != nil {
		return simulated{}, err
	}
	if err := os.Remove(path); err != nil {
		return simulated{}, err
	}
	s := simulated{record: record{File: f}}
	if fit {
		var curve []scaling.CorePoint
		for _, n := range simCores {
			curve = append(curve, scaling.CorePoint{N: n, X: s.column(simulatedCell(n), result.TaskRate)})
		}
		s.fit, err = scaling.FitUSL(curve, scaling.Relative)
	}
	return s, err
}

func writeFile(path string, seed uint64) error {
	plan := []result.Cell{simulatedCell(0)}
	for _, n := range simCores {
		plan = append(plan, simulatedCell(n))
	}
	run := result.Run{Version: result.FormatVersion, Tool: "simulated", Rounds: simRounds, Seed: seed, Cores: simCores, CPU: "simulated", GOOS: runtime.GOOS, GOARCH: runtime.GOARCH}
	w, err := result.Create(path, run, plan, nil)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seed, 2))
	for round := range simRounds {
		drift := math.Exp(simDrift * r.NormFloat64())
		for _, c := range plan {
			rate := simLaw.At(float64(c.Cores)) * drift * math.Exp(simNoise*r.NormFloat64())
			const tasks = 1000
			err := w.AppendSample(result.Sample{Cell: c, Round: round, Passes: 7, WindowNS: 160e6, OutsideNS: 1e6, Values: []result.Value{
				{Unit: result.WallNS, Value: tasks * 1e9 / rate}, {Unit: result.TaskRate, Value: rate},
			}})
			if err != nil {
				return err
			}
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	_, err = result.Finish(path)
	return err
}
