package report

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/golden"
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// twoPercent is an estimate with an interval of 2% to either side.
func twoPercent(v float64) scaling.Estimate {
	return scaling.Estimate{Value: v, Low: 0.98 * v, High: 1.02 * v, Confidence: 0.95, N: 20}
}

// madeTrend is a trend of runs a day apart.
func madeTrend(machine string, c result.Cell, unit string, changes map[int]string, medians ...float64) Trend {
	t := Trend{Machine: machine, Cell: c, Unit: unit}
	for i, v := range medians {
		t.Runs = append(t.Runs, TrendRun{fmt.Sprintf("2026-11-%02dT10:00:00Z", 10+i), fmt.Sprintf("v0.%d", i), twoPercent(v), changes[i]})
	}
	return t
}

func madeTrends() []Trend {
	const here = "amd-epyc 2cpu linux-amd64"
	c := result.Cell{Workload: "fannkuch", Grain: "1ms", Model: "goroutine", Cores: 2}
	own := result.Cell{Workload: "sort", Other: "n=10/pkg=example.org%2Fsorting", Cores: 8}
	locked := c
	locked.Model = "locked"
	return []Trend{
		madeTrend(here, c, result.TaskRate, map[int]string{2: Worse, 4: Better}, 1900, 1910, 1500, 1510, 1880),
		madeTrend(here, locked, result.TaskRate, nil, 1800, 1790, 1795, 1801, 1799),
		madeTrend(here, own, result.WallNS, nil, 50),
		madeTrend("another", c, result.TaskRate, nil, 900, 905),
	}
}

func trendsPage(t *testing.T, trends []Trend) string {
	t.Helper()
	var out bytes.Buffer
	if err := WriteTrends(&out, trends); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTrends(t *testing.T) {
	page := trendsPage(t, madeTrends())
	for part, times := range map[string]int{
		`<svg class="panel"`:                         4,
		"<section id=":                               2,
		"<figure id=":                                3,
		"<details>":                                  3,
		`href="#table-fannkuch-1ms"`:                 1,
		"<h3>fannkuch, 1 ms tasks</h3>":              2,
		"<title>2026-11-12T10:00:00Z, v0.2: 1.50k (": 2,
		"worse than before: 0.785×</title>":          2, // of the mark and of the square over it
		`<path class="f k-no"`:                       1,
		`<path class="f k-yes"`:                      1,
		"<td>worse</td>":                             1,
		">8 cores: 50.0 ns per op<":                  1,
		">Nov 10</text>":                             4,
	} {
		if n := strings.Count(page, part); n != times {
			t.Errorf("%q stands %d times, want %d", part, n, times)
		}
	}
	if at := regexp.MustCompile(`src=|href="[^#]|//[a-z]`).FindString(page); at != "" {
		t.Errorf("the page refers to something outside: %s", at)
	}
	looks := newStyles([]string{"goroutine"})
	f := work{point: point{Workload: "fannkuch"}, unit: result.TaskRate, trends: madeTrends()[:1]}.figure(looks)
	golden.Check(t, "figure-trend.svg", []byte(f.svgs()[0]))
}

// What does not fit is told, what is no number is a gap, and names do nothing.
func TestTrendsOfMuchAndOfNothing(t *testing.T) {
	var many []Trend
	for n := range mostDrawn + 2 {
		many = append(many, madeTrend("m", result.Cell{Workload: "w", Model: "goroutine", Cores: n + 1}, result.TaskRate, nil, 10, 11))
		many = append(many, madeTrend("m", result.Cell{Workload: fmt.Sprint("x", n), Cores: 1}, result.TaskRate, nil, 10, 11))
	}
	page := trendsPage(t, many)
	if n := strings.Count(page, `<svg class="panel"`); n != mostDrawn+mostDrawn-1 {
		t.Errorf("%d panels", n)
	}
	for _, want := range []string{"The first 24 of 26 cells are drawn", "The first 24 of 27 kinds of work are drawn"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	nan := math.NaN()
	odd := Trend{Machine: "<b>m", Cell: result.Cell{Workload: "<i>w", Model: "<u>", Cores: 1}, Unit: "<s>", Runs: []TrendRun{
		{"<p>", "<script>alert(1)</script>", scaling.Estimate{Value: nan, Low: nan, High: nan}, ""},
	}}
	page = trendsPage(t, []Trend{odd})
	for _, bad := range []string{"<b>", "<i>", "<u>", "<s>", "<script>alert"} {
		if strings.Contains(page, bad) {
			t.Errorf("a name brings %q into the page", bad)
		}
	}
	if !strings.Contains(page, "no numbers to draw") {
		t.Error("nothing says that there is nothing to draw")
	}
}

func madeGate() Gate {
	cost := func(name, verdict string, v, half, promise float64) Cost {
		return Cost{name, verdict, scaling.Estimate{Value: v, Low: v - half, High: v + half, Confidence: 0.999, N: 50}, promise}
	}
	nan := math.NaN()
	return Gate{
		Title: "worse: of 5 comparisons", Lead: []string{"new against old"}, Notice: []string{"warning: <hot>"}, Columns: []string{"cell", "verdict"},
		Costs: []Cost{
			cost("Fannkuch/grain=1ms/model=serial-1", "not worse", 1.001, 0.01, 0.05),
			cost("Fannkuch/grain=1ms/model=goroutine-2", Worse, 1.09, 0.02, 0.05),
			cost("Counter/model=locked-2", "inconclusive", 1.02, 0.2, 0.15),
			cost("Echo/model=eventloop-2", Better, 0.9, 0.01, 0.05),
			cost("Sort-8", Worse, 21, 0.3, nan),
			{"Gone-1", "inconclusive", scaling.Estimate{Value: nan, Low: nan, High: nan}, nan},
		},
		Rows: [][]string{{"Fannkuch/grain=1ms/model=serial-1", "not worse"}, {"Gone-1", "<inconclusive>"}},
	}
}

func TestGatePage(t *testing.T) {
	var out bytes.Buffer
	if err := madeGate().Write(&out); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	for _, want := range []string{
		"<h1>worse: of 5 comparisons</h1>", "<li>warning: &lt;hot&gt;</li>", ">&lt;inconclusive&gt;</td>",
		`<svg class="wide"`, `<svg class="narrow"`, "Chart: costs of 5 comparisons", "<title>Sort-8: 21.0× (20.7–21.3×) of the old cost, worse</title>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	golden.Check(t, "figure-costs.svg", []byte(figure{wide: true, charts: []drawing{costsOf(madeGate().Costs)}}.svgs()[0]))
	out.Reset()
	if err := (Gate{Title: "inconclusive", Columns: []string{"cell"}, Rows: [][]string{{"Gone-1"}}}).Write(&out); err != nil || strings.Contains(out.String(), "<figure") {
		t.Errorf("a chart of nothing, %v", err)
	}
}
