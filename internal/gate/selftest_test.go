package gate

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/sweep"
)

// A self-test finds what is added, makes up for what load from outside has
// spoilt, tells which cells are no use, and keeps its files.
func TestSelfTest(t *testing.T) {
	steady, spoilt := result.Cell{Workload: "steady", Cores: 1}, result.Cell{Workload: "spoilt", Cores: 1}
	broken := result.Cell{Workload: "broken", Cores: 1}
	r := rand.New(rand.NewPCG(3, 9))
	measured := map[result.Cell]int{}
	measure := func(_ context.Context, p result.Point, burden int) (sweep.Measured, error) {
		if p.Cell == broken {
			return sweep.Measured{Failure: &result.Failure{Cell: p.Cell, Kind: "crash", Text: "the roof is on fire"}}, nil
		}
		measured[p.Cell]++
		task := (1e6 + 2*float64(burden)) * math.Exp(0.002*r.NormFloat64()) // in ns
		s := result.Sample{Cell: p.Cell, Round: p.Round, Passes: 1, WindowNS: 1e8, Values: []result.Value{
			{Unit: result.WallNS, Value: task}, {Unit: result.TaskRate, Value: 1e9 / task},
		}}
		if p.Cell == spoilt && p.Round%5 < 2 { // two in five
			s.OutsideNS = 1e8
		}
		return sweep.Measured{Sample: s}, nil
	}
	dir := t.TempDir()
	o := Options{Settings: usual, Seed: 5, Log: io.Discard, Dir: dir, Heads: [2]result.Run{{Version: 1}, {Version: 1}}}
	o.Pairs = 20
	s, err := test(context.Background(), o, []result.Cell{steady, spoilt, broken}, measure)
	if err != nil || s.Unwritten != nil {
		t.Fatal(err, s.Unwritten)
	}
	for i, pairs := range []int{20, 15} {
		trial := s.Trials[i]
		if trial.Same.Cost.N != pairs || trial.Failure != "" {
			t.Errorf("%s has %d pairs, want %d: %+v", trial.Cell.Name(), trial.Same.Cost.N, pairs, trial)
		}
		for _, x := range trial.Slowed {
			if got := x.Cost.Value - 1; math.Abs(got-x.Effect) > 0.01 {
				t.Errorf("%s: %v added, measured as %v", trial.Cell.Name(), x.Effect, got)
			}
		}
		if least, most := trial.Slowed[0].Caught, trial.Slowed[3].Caught; most != 1 || least > 0.9 {
			t.Errorf("%s: of 3%% %v caught, of 20%% %v", trial.Cell.Name(), least, most)
		}
	}
	if last := s.Trials[2]; !strings.Contains(last.Failure, "the roof") || len(last.Slowed) > 0 {
		t.Errorf("a cell that crashes: %+v", last)
	}
	if a := s.Alarms; a.Real != 2 || a.RealFlagged != 0 || a.Runs == 0 {
		t.Errorf("false alarms: %+v", a)
	}
	if more := measured[spoilt] - measured[steady]; more <= 0 || more > 20*variants {
		t.Errorf("%d samples more of what was spoilt", more)
	}
	for _, path := range s.Files {
		if f, err := result.Read(path); err != nil || len(f.Warnings) > 0 {
			t.Errorf("%s: %v", filepath.Base(path), err)
		} else if slowed := strings.HasPrefix(filepath.Base(path), "slow-"); slowed != strings.Contains(strings.Join(f.Run.Notes, ""), "of no build") {
			t.Errorf("%s: notes %q", filepath.Base(path), f.Run.Notes)
		} else if f.Run.MadeUp == 0 || f.Run.Rounds != 20+f.Run.MadeUp {
			t.Errorf("%s: %d rounds, %d of them made up", filepath.Base(path), f.Run.Rounds, f.Run.MadeUp)
		}
	}
	if len(s.Files) != variants {
		t.Errorf("written: %q", s.Files)
	}
	record, err := Record(dir)
	if err != nil || len(record) != 2 {
		t.Errorf("the record has %d cells, %v", len(record), err)
	}
}
