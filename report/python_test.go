package report

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nonrev/nonrev/internal/result"
)

// The cells of python3 are no workload of ours: no figure, choice or sentence
// about work holds them. That they failed, and which python3 it was, is told.
func TestPythonIsNoWorkloadOfOurs(t *testing.T) {
	f := madeUp().file()
	before := newDataset(f)
	r := rand.New(rand.NewPCG(5, 8))
	for _, model := range []string{result.Serial, "thread", "process"} {
		c := result.Cell{Workload: result.Python, Set: "pi", Model: model, Cores: 1}
		f.Plan = append(f.Plan, c)
		madeUp().samples(f, r, c, func(wobble float64) []result.Value {
			return []result.Value{{Unit: result.WallNS, Value: 1e7 * wobble}, {Unit: result.OpRate, Value: 400 / wobble}, {Unit: result.CPUNS, Value: 5e6}}
		})
	}
	f.Run.Python = "cpython 3.0.1 with the GIL"
	f.Failures = append(f.Failures, result.Failure{Cell: f.Plan[len(f.Plan)-1], Kind: "crash", Text: "out of snakes"})
	after := newDataset(f)
	if len(after.cells) != len(before.cells)+3 {
		t.Fatalf("%d cells, %d without python3", len(after.cells), len(before.cells))
	}
	for what, pair := range map[string][2]any{
		"points": {before.order, after.order}, "jobs": {before.jobs, after.jobs}, "models": {before.models, after.models},
		"answer": {before.answer(), after.answer()}, "starved": {len(before.starved()), len(after.starved())},
	} {
		if !cmp.Equal(pair[0], pair[1], cmp.AllowUnexported(point{}, datum{}, answer{})) {
			t.Errorf("%s: %v, without python3 %v", what, pair[1], pair[0])
		}
	}
	var rows []string
	for _, table := range []table{after.failures(), after.machineTable()} {
		for _, row := range table.Rows {
			for _, d := range row {
				rows = append(rows, d.Text)
			}
		}
	}
	for _, want := range []string{"python3, process", "out of snakes", "cpython 3.0.1 with the GIL"} {
		if !strings.Contains(strings.Join(rows, "\n"), want) {
			t.Errorf("no %q", want)
		}
	}
}
