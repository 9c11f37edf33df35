package sweep

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
)

func TestWhatAPlanLeavesOut(t *testing.T) {
	cell := func(workload, grain, transport string, cores int) result.Cell {
		return result.Cell{Workload: workload, Grain: grain, Model: "m", Transport: transport, Cores: cores}
	}
	var all []result.Cell
	for _, grain := range []string{"1us", "10us", "1ms"} {
		for _, transport := range []string{"", "tcp", "ring"} {
			for _, n := range []int{1, 2, 4} {
				all = append(all, cell("w", grain, transport, n))
			}
		}
	}
	all = append(all, cell("x", "", "", 1), cell("x", "", "", 2), cell("y", "", "", 1))
	plan := slices.DeleteFunc(slices.Clone(all), func(c result.Cell) bool {
		return c.Workload == "x" || c.Transport == "ring" || c.Cores == 4 && c.Grain != "1ms" || c == cell("w", "1ms", "tcp", 4)
	})
	want := []result.Left{
		{Workload: "w", Cells: 13, Missing: 14, Lacks: []string{"transport ring", "transport tcp with cores 4", "grain 1us, 10us with cores 4"}},
		{Workload: "x", Missing: 2},
	}
	if diff := cmp.Diff(want, leftOut(all, plan)); diff != "" {
		t.Error(diff)
	}
	// What no two values explain is counted.
	odd := cell("w", "10us", "tcp", 2)
	plan = slices.DeleteFunc(slices.Clone(all), func(c result.Cell) bool { return c == odd })
	if got := leftOut(all, plan); len(got) != 1 || !slices.Equal(got[0].Lacks, []string{"other combinations: 1"}) {
		t.Errorf("one cell of a common kind is left out: %+v", got)
	}
	if got := leftOut(all, all); got != nil {
		t.Errorf("nothing is left out: %+v", got)
	}
}

func TestProfilesSayWhatTheyLeaveOut(t *testing.T) {
	m := machineOf(proc.CPU{ID: 0}, proc.CPU{ID: 1, Core: 1})
	m.Pinned = true
	for profile, wants := range map[string][]string{
		"ipc":     {"with inflight 4, 16, 64", "model eventloop", "fannkuch: all", "python: all"},
		"default": {"exchange: all", "spawn: all", "wordcount: prefetch 4, 16; transport unix, tcp, ring"},
		"full":    nil,
	} {
		p, err := FindProfile(profile)
		if err != nil {
			t.Fatal(err)
		}
		run, _, err := Options{Catalogue: everything(), Profile: p, Seed: 1, Selection: Selection{Cores: []int{1, 2}}}.plan(m)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, l := range run.Left {
			lines = append(lines, l.Workload+": "+strings.Join(append(l.Lacks, "all")[:max(1, len(l.Lacks))], "; "))
		}
		text := strings.Join(lines, "\n")
		t.Logf("%s:\n%s", profile, text)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("profile %s does not say that it leaves out %q:\n%s", profile, want, text)
			}
		}
		if wants == nil && run.Left != nil {
			t.Errorf("profile %s is everything, and leaves out\n%s", profile, text)
		}
	}
}
