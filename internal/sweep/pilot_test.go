package sweep

import (
	"context"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/workloads"
)

func TestTasksAreTimedByGrainAndOthersByTheirSerialTime(t *testing.T) {
	m, err := ThisMachine()
	if err != nil {
		t.Fatal(err)
	}
	c := faulty()
	grain := func(g string) result.Cell {
		return result.Cell{Workload: "fannkuch", Grain: g, Model: "locked", Cores: 2}
	}
	refuses := result.Cell{Workload: "refuses", Model: "locked", Cores: 1}
	s := &sweep{
		Options: Options{Catalogue: c, Profile: tiny(1, "refuses")}, machine: m, run: result.Run{Cores: []int{1, 2}},
		plan: []result.Cell{grain("null"), grain("1us"), grain("10us"), grain("1ms"), {Workload: "echo", Model: "locked", Cores: 1}, refuses},
	}
	s.Catalogue.Workloads = append(c.Workloads, workloads.Fannkuch(), workloads.Echo())
	if err := s.pilot(context.Background()); err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[result.Cell]bool{
		grain("null"): false, grain("1us"): false, grain("10us"): true, grain("1ms"): true, s.plan[4]: false, refuses: false,
	} {
		if got, known := s.clocks[taskOf(cell)]; got != want || !known {
			t.Errorf("%s: timed %v, known %v", cell.Name(), got, known)
		}
	}
	took, err := s.serialTime(context.Background(), result.Cell{Workload: "fine", Model: result.Serial, Cores: 1})
	if took <= 0 || err != nil {
		t.Errorf("a serial task takes %v, %v", took, err)
	}
}
