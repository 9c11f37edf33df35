package scaling

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// meanOf is the mean of the values that are drawn.
func meanOf(x []float64) func(draw []int) float64 {
	return func(draw []int) float64 {
		var sum float64
		for _, i := range draw {
			sum += x[i]
		}
		return sum / float64(len(draw))
	}
}

// For a mean the bootstrap's standard error is known without drawing: that of
// the sample over sqrt(n), times sqrt((n-1)/n).
func TestBootstrapOfAMean(t *testing.T) {
	x := make([]float64, 200)
	r := rand.New(rand.NewPCG(3, 3))
	for i := range x {
		x[i] = r.NormFloat64()
	}
	e := Bootstrap(len(x), meanOf(x))
	half := 1.96 * stat.StdDev(x, nil) / math.Sqrt(float64(len(x)))
	if math.Abs(e.Value-stat.Mean(x, nil)) > 1e-12 || e.Confidence != Confidence || e.N != len(x) {
		t.Errorf("%+v, want the mean %g", e, stat.Mean(x, nil))
	}
	for _, got := range []float64{e.Value - e.Low, e.High - e.Value} {
		if math.Abs(got/half-1) > 0.15 {
			t.Errorf("half an interval is %g, want about %g", got, half)
		}
	}
	if again := Bootstrap(len(x), meanOf(x)); !same(e, again) {
		t.Errorf("the same data give %+v and %+v", e, again)
	}
}

func TestStatisticsOfOneBootstrapMeetTheSameDraws(t *testing.T) {
	x := []float64{3, 1, 4, 1, 5, 9, 2, 6}
	largest := func(draw []int) float64 {
		most := 0.0
		for _, i := range draw {
			most = max(most, x[i])
		}
		return most
	}
	none := func([]int) float64 { return math.NaN() }
	all := []func([]int) float64{meanOf(x), largest, none}
	for _, n := range []int{0, 5, len(x)} {
		got := Bootstraps(n, len(all), func(draw []int, values []float64) {
			for i, statistic := range all {
				values[i] = statistic(draw)
			}
		})
		for i, statistic := range all {
			if got, want := fmt.Sprintf("%+v", got[i]), fmt.Sprintf("%+v", Bootstrap(n, statistic)); got != want {
				t.Errorf("statistic %d of %d processes is %s, want %s", i, n, got, want)
			}
		}
	}
}

func TestBootstrapWithoutInterval(t *testing.T) {
	if e := Bootstrap(0, meanOf(nil)); !math.IsNaN(e.Value) || e.N != 0 || e.Confidence != 0 {
		t.Errorf("no process: %+v", e)
	}
	if e := Bootstrap(5, meanOf([]float64{1, 2, 3, 4, 5})); e.Value != 3 || e.Low != 3 || e.High != 3 || e.Confidence != 0 || len(e.Warnings) != 1 {
		t.Errorf("5 processes: %+v", e)
	}
	// Only the draws that hold process 0 have a value.
	e := Bootstrap(8, func(draw []int) float64 {
		if slices.Contains(draw, 0) {
			return 1
		}
		return math.NaN()
	})
	if e.Value != 1 || e.Confidence != 0 || len(e.Warnings) != 1 || !strings.Contains(e.Warnings[0], "of 1000 draws") {
		t.Errorf("some draws without a value: %+v", e)
	}
}

func TestRememberedByCountIsSafe(t *testing.T) {
	var calls sync.Map
	square := byCount(func(n int) int {
		calls.Store(n, true)
		return n * n
	})
	var wait sync.WaitGroup
	for i := range 64 {
		wait.Go(func() {
			if n := i % 8; square(n) != n*n {
				t.Errorf("%d squared is %d", n, square(n))
			}
		})
	}
	wait.Wait()
	calls.Clear()
	for n := range 8 {
		if square(n); n*n != square(n) {
			t.Errorf("%d squared is %d the second time", n, square(n))
		}
	}
	calls.Range(func(n, _ any) bool {
		t.Errorf("%v was computed again", n)
		return true
	})
}

// The bootstrap's confidence is nominal: of skewed values of 20 processes the
// interval of the mean holds the truth a few percent less often than it says.
func TestBootstrapCoversNearlyAsOftenAsItSays(t *testing.T) {
	const trials, processes = 600, 20
	r := rand.New(rand.NewPCG(9, 1))
	hits := 0
	x := make([]float64, processes)
	for range trials {
		for i := range x {
			x[i] = r.ExpFloat64()
		}
		if e := Bootstrap(processes, meanOf(x)); e.Low <= 1 && 1 <= e.High {
			hits++
		}
	}
	if share := float64(hits) / trials; share < 0.87 || share > 0.96 {
		t.Errorf("%.3f of intervals hold the mean, want about 0.91", share)
	}
}
