package sweep

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/workloads"
)

// over is the look at a curve that is given.
func over(curve []float64, looked *[]int) func(int) (float64, error) {
	return func(i int) (float64, error) {
		*looked = append(*looked, i)
		return curve[i], nil
	}
}

func TestSearchFindsWhereACurveCrosses(t *testing.T) {
	smooth := make([]float64, 16) // grain / (grain + overhead), overhead at rung 7 of a ladder of factors of 2
	for i := range smooth {
		smooth[i] = 1 / (1 + math.Pow(2, 7-float64(i)))
	}
	for name, c := range map[string]struct {
		curve []float64
		want  []int
		most  int // looks
	}{
		"smooth":          {smooth, []int{5, 6, 7, 8, 9, 10, 11, 12}, 8},
		"a step":          {[]float64{0.1, 0.1, 0.1, 0.95, 0.95, 0.95, 0.95, 0.95}, []int{1, 2, 3, 4}, 4},
		"never":           {[]float64{0.1, 0.1, 0.1, 0.2, 0.2, 0.2}, []int{4, 5}, 4},
		"never 90%":       {[]float64{0.1, 0.6, 0.6, 0.6, 0.6, 0.6}, []int{0, 1, 2, 4, 5}, 6},
		"always":          {[]float64{0.97, 0.97, 0.97, 0.97, 0.97}, []int{0, 1}, 4},
		"a single rung":   {[]float64{0.7}, []int{0}, 1},
		"a dip in sight":  {[]float64{0.1, 0.6, 0.6, 0.6, 0.6, 0.4, 0.95, 0.95}, []int{4, 5, 6, 7}, 8},
		"all is unknown":  {[]float64{math.NaN(), math.NaN(), math.NaN()}, []int{1, 2}, 3},
		"above the ideal": {[]float64{0.2, 1.4, 1.4, 1.4}, []int{0, 1, 2}, 3},
	} {
		var looked []int
		got, err := crossings(len(c.curve), over(c.curve, &looked))
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
		}
		if len(looked) > c.most || len(looked) != len(slices.Compact(slices.Sorted(slices.Values(looked)))) {
			t.Errorf("%s: looked at %v, at most %d are needed and none twice", name, looked, c.most)
		}
	}
}

// Whatever the curve, the rung below the one that is found is below and the
// rung that is found is not.
func TestSearchFindsACrossingOfAnyCurve(t *testing.T) {
	for bits := range 1 << 9 {
		curve := make([]float64, 9)
		for i := range curve {
			curve[i] = float64(bits >> i & 1)
		}
		var looked []int
		first, err := bisect(len(curve), 0.5, map[int]float64{}, over(curve, &looked))
		if err != nil || first > 0 && curve[first-1] != 0 || first < len(curve) && curve[first] != 1 {
			t.Errorf("%v: crossing at %d, %v", curve, first, err)
		}
	}
}

func TestSearchEndsWhereACellFails(t *testing.T) {
	trouble := errors.New("trouble")
	got, err := crossings(9, func(i int) (float64, error) {
		if i > 4 {
			return 0, trouble
		}
		return 0.1, nil
	})
	if !errors.Is(err, trouble) || !slices.Equal(got, []int{6}) {
		t.Errorf("%v, %v; want the rung that failed", got, err)
	}
}

// graded is a workload with grains.
func graded(name string, f func() error) workloads.Workload {
	w := doubling(name, f)
	w.Grains = []string{"null", "1us", "2us", "5us", "10us", "1s"}
	return w
}

// searching are the options of a run that searches in one workload with grains.
func searching(t *testing.T, name string) Options {
	t.Helper()
	o := options(t, 1, "fine", name)
	o.Profile.search, o.Profile.closed, o.Profile.cells = true, true, grainCells
	o.Selection.Models = []string{result.Serial, "goroutine"}
	return o
}

// A run measures some of the grains, says what it looked at, and does not look
// again when it is resumed.
func TestRunMeasuresWhatItsSearchChose(t *testing.T) {
	o := searching(t, "graded")
	f := mustRun(t, o)
	if len(f.Run.Searches) != 1 || f.Run.Searches[0].Series != "Graded/model=goroutine-1" {
		t.Fatalf("searches %+v", f.Run.Searches)
	}
	looks := f.Run.Searches[0].Looks
	if len(looks) < 2 || len(looks) > 4 {
		t.Errorf("looked at %d of four grains: %+v", len(looks), looks)
	}
	for _, l := range looks {
		if l.Grain == "" || !(l.SerialNS > 0) || !(l.Efficiency > 0) {
			t.Errorf("look %+v", l)
		}
	}
	if n := len(f.Plan); n < 4 || n > 8 {
		t.Errorf("plan %v", f.Plan)
	}
	for _, c := range f.Plan {
		if base := serialOf(c); !slices.Contains(f.Plan, base) {
			t.Errorf("%s is measured without %s", c.Name(), base.Name())
		}
	}
	log := &after{"search 1", func() { t.Error("searched anew") }}
	o.Log, o.Resume = log, true
	if again := mustRun(t, o); !slices.Equal(again.Plan, f.Plan) || len(again.Samples) != len(f.Samples) {
		t.Errorf("resumed with the plan %v", again.Plan)
	}
	o.Selection.Models = []string{result.Serial}
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "choice of cells") {
		t.Errorf("resumed with other models: %v", err)
	}
}

func TestSearchLeavesACellThatFailsToTheRounds(t *testing.T) {
	o := searching(t, "graded refusal")
	f := mustRun(t, o)
	if len(f.Run.Searches) != 1 || !strings.Contains(f.Run.Searches[0].Failed, "no such luck") {
		t.Errorf("searches %+v", f.Run.Searches)
	}
	if len(f.Plan) != 2 || len(f.Failures) != 2 {
		t.Errorf("plan %v, failures %v; want one grain under serial and one model", f.Plan, f.Failures)
	}
}

func TestGrainKeepsItsBudget(t *testing.T) {
	p, err := FindProfile("grain")
	if err != nil {
		t.Fatal(err)
	}
	cells := p.Cells(everything(), CoreList(2))
	series := seriesOf(cells)
	rungs := len(series[0])
	most := 2 * around * len(searched) // grains of a series that are measured
	for _, one := range series {
		cells = slices.DeleteFunc(cells, func(c result.Cell) bool { return slices.Contains(one[most:], c) })
	}
	looks := len(series) * len(searched) * int(math.Ceil(math.Log2(float64(rungs+1))))
	total := time.Duration(p.Rounds)*p.Budget(cells) + 2*time.Duration(looks)*(searchWarmUp+searchDuration+childCost)
	if total > 10*time.Minute || p.Rounds < 10 {
		t.Errorf("%d cells in %d rounds after %d looks take %v on 2 cores", len(cells), p.Rounds, looks, total)
	}
}

func TestGrainSearchesEveryTransportAndOneLoopOnOneCore(t *testing.T) {
	p, err := FindProfile("grain")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]int{}
	for _, s := range seriesOf(p.Cells(everything(), CoreList(8))) {
		key := s[0].Model + " " + s[0].Transport
		got[key] = append(got[key], s[0].Cores)
	}
	want := map[string][]int{"eventloop ": {1}, "goroutine ": {1, 2, 8}, "locked ": {1, 2, 8}}
	for _, transport := range []string{"", "unix", "tcp", "ring"} {
		want["subprocess "+transport] = []int{1, 2, 8}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("series %v, want %v", got, want)
	}
}
