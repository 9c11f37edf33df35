package main

import (
	"bytes"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/internal/sweep"
)

// The test binary is the program whose copies are cells, helpers and load.
func TestMain(m *testing.M) {
	sweep.Child(catalogue())
	if len(os.Args) == 2 && os.Args[1] == burnWord {
		burn()
	}
	dir, err := os.MkdirTemp("", "truth")
	if err != nil {
		panic(err)
	}
	os.Setenv("TMPDIR", dir) // a lock of its own
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// brief is as little as shows that everything works; its numbers mean nothing.
func brief(t *testing.T) lab {
	t.Helper()
	l, err := newLab(size{
		rounds: 1, curves: 1, paced: 1, loaded: 4, files: 200, fits: 20, requests: 16, stall: 40 * time.Millisecond,
		warmUp: time.Millisecond, duration: time.Millisecond,
	}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestEveryThemeGivesNumbers(t *testing.T) {
	for _, th := range themes() {
		t.Run(th.name, func(t *testing.T) {
			rows, err := th.run(t.Context(), brief(t))
			if err != nil || len(rows) == 0 {
				t.Fatalf("%d rows, error %v", len(rows), err)
			}
			for _, r := range rows {
				if r.verdict == "" || strings.Contains(r.reason, "nothing was measured") || strings.Contains(r.measured, "NaN") {
					t.Errorf("%+v", r)
				}
				if th.name == "cheats" && r.verdict != ok {
					t.Errorf("a cheat under %s: %+v", r.model, r)
				}
			}
		})
	}
}

func TestVerdicts(t *testing.T) {
	estimate := func(value, low, high float64) scaling.Estimate {
		return scaling.Estimate{Value: value, Low: low, High: high, Confidence: 0.95, N: 12}
	}
	bare := func(value float64) scaling.Estimate {
		return scaling.Estimate{Value: value, Low: value, High: value, N: 2}
	}
	for _, c := range []struct {
		what     string
		injected float64
		e        scaling.Estimate
		verdict  string
	}{
		{"within the tolerance", 100, estimate(104, 103, 105), ok},
		{"inside the interval", 100, estimate(120, 95, 140), ok},
		{"beside both", 100, estimate(120, 110, 130), wrong},
		{"an interval too wide to tell", 100, estimate(100, 70, 130), cannotTell},
		{"twice the tolerance is not too wide", 1, estimate(3, 0, 9), ok},
		{"no interval, near", 100, bare(104), ok},
		{"no interval, far", 100, bare(120), wrong},
		{"nothing", 100, scaling.Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}, wrong},
	} {
		if v, _ := judge(c.injected, c.e, 5); v != c.verdict {
			t.Errorf("%s: %s, want %s", c.what, v, c.verdict)
		}
	}
}

func TestTableShowsEveryRow(t *testing.T) {
	rows := []row{
		number("a wait", "locked", nanoseconds, 1500, scaling.Estimate{Value: 1.6e6, Low: 1e6, High: 2e6, Confidence: 0.95, N: 6}, 10),
		fact("a cheat", "serial", "a wrong answer", "a number", false),
		untold("a law", "goroutine", "needs 8 CPUs"),
	}
	var b bytes.Buffer
	show(&b, rows)
	for _, want := range []string{"1.5 us +- 10 ns", "1.600 ms", "1.000 ms to 2.000 ms", "a cheat", wrong, cannotTell + ": needs 8 CPUs"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table does not show %q:\n%s", want, b.String())
		}
	}
	if !off(rows) || off(rows[2:]) {
		t.Error("a verdict that is off decides the exit status, one that cannot be told does not")
	}
}

func TestThemesAreChosenByName(t *testing.T) {
	if all, err := choose(nil); err != nil || len(all) != len(themes()) {
		t.Errorf("no names: %d themes, %v", len(all), err)
	}
	if some, err := choose([]string{"stall", "lock"}); err != nil || len(some) != 2 || some[0].name != "lock" {
		t.Errorf("two names: %v, %v", some, err)
	}
	if _, err := choose([]string{"stal"}); err == nil || !strings.Contains(err.Error(), "stall") {
		t.Errorf("an unknown name: %v", err)
	}
}

// made is a file of rates by cell, the same in every round.
func made(t *testing.T, rates map[result.Cell]float64) record {
	t.Helper()
	f := &result.File{Path: "made", Run: result.Run{Version: result.FormatVersion, Rounds: 6}}
	for c, rate := range rates {
		f.Plan = append(f.Plan, c)
		unit := result.TaskRate
		if c.Workload == result.Probe {
			unit = result.OpRate
		}
		for round := range f.Run.Rounds {
			f.Samples = append(f.Samples, result.Sample{Cell: c, Round: round, Passes: 1, Values: []result.Value{{Unit: result.WallNS, Value: 1e12 / rate}, {Unit: unit, Value: rate}}})
		}
	}
	return record{File: f}
}

// A machine or model that gains less than n from n cores must not look like a
// job that is serial in part.
func TestFractionIsTheJobsOwn(t *testing.T) {
	const f = 0.1
	cores := []int{1, 2, 3, 4, 6, 8}
	rates := map[result.Cell]float64{cell(serialSet(10), result.Serial, 1): 1000, cell(serialSet(0), result.Serial, 1): 1100}
	for _, n := range cores {
		ceiling := math.Pow(float64(n), 0.8)
		rates[cell(serialSet(0), "goroutine", n)] = 1100 * ceiling
		rates[cell(serialSet(10), "goroutine", n)] = 1000 / (f + (1-f)/ceiling)
	}
	r := made(t, rates)
	for _, n := range cores[1:] {
		if got := scaling.Level(r.fractions(10, "goroutine", n)).Value; math.Abs(got-f) > 1e-9 {
			t.Errorf("%d cores: fraction %v, want %v", n, got, f)
		}
	}
	if row := r.amdahl(10, "goroutine", cores); row.verdict != ok || row.measured != percent(f) {
		t.Errorf("%+v", row)
	}
	if row := r.amdahl(10, "goroutine", cores[:2]); row.verdict != cannotTell {
		t.Errorf("on two core counts: %+v", row)
	}
}

func TestPageMarksTheCurveAboveTheCoreCount(t *testing.T) {
	bent, honest := cell(suspectSet, "goroutine", 2), cell("", "goroutine", 2)
	r := made(t, map[result.Cell]float64{
		cell(suspectSet, result.Serial, 1): 1000, bent: 4000,
		cell("", result.Serial, 1): 1000, honest: 1900,
	})
	p, err := readPage(t.TempDir(), r.File)
	if err != nil {
		t.Fatal(err)
	}
	if !p.claims(suspectOpening, workName+" ("+suspectSet+")") {
		t.Error("a speed-up of 4 on 2 cores is not marked suspect")
	}
	if p.claims(suspectOpening, workName+", on") {
		t.Error("a speed-up of 1.9 on 2 cores is marked suspect")
	}
	if n := p.rows("speed-up", workName+" ("+suspectSet+")")[0]["Speed-up"].estimate(); math.Abs(n.Value-4) > 1e-9 {
		t.Errorf("speed-up on the page: %+v", n)
	}
}

func TestLoadIsStartedInKnownRounds(t *testing.T) {
	var rounds []int
	for round := range 12 {
		if loaded(round, 10) {
			rounds = append(rounds, round)
		}
	}
	if !slices.Equal(rounds, []int{3, 7}) {
		t.Errorf("loaded rounds %v", rounds)
	}
	h := &hog{Writer: t.Output(), rounds: 10}
	for _, line := range []struct {
		text string
		runs bool
	}{{"round 3 of 10: 9 of 30 samples\n", true}, {"7 cells have lost samples\n", true}, {"round 4 of 10: 12 of 30 samples\n", false}} {
		if _, err := h.Write([]byte(line.text)); err != nil || h.err != nil {
			t.Fatal(err, h.err)
		}
		if (h.cmd != nil) != line.runs {
			t.Errorf("after %q load runs: %v", line.text, h.cmd != nil)
		}
	}
}

func TestQuantilesOfTheDelays(t *testing.T) {
	for p, want := range map[float64]float64{0: 5, 0.475: 7.5, 0.95: 40, 0.975: 45, 0.99: 48} {
		if got := delayAt(p); math.Abs(got-want) > 1e-9 {
			t.Errorf("quantile %v of the delays is %v ms, want %v", p, got, want)
		}
	}
}

// Few files tell little, but the seeds are fixed: what is wrong by much is
// wrong every time.
func TestIntervalsHoldWhatTheySay(t *testing.T) {
	list, covers := claims(), make([]cover, len(claims()))
	dir := t.TempDir()
	for i := range 200 {
		s, err := simulate(dir+"/bench.txt", uint64(i), i < 20)
		if err != nil {
			t.Fatal(err)
		}
		count(covers, list, s, i < 20)
	}
	for i, c := range covers {
		stated := c.stated / float64(c.all)
		if e := c.share(); stated < 0.95-1e-9 || math.Abs(e.Value-stated) > 0.05 && !list[i].law || e.Value < 0.75 {
			t.Errorf("%s: %d of %d, stated %.3f", list[i].name, c.some, c.all, stated)
		}
	}
}
