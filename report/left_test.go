package report

import (
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
)

func TestThePageSaysWhatItsProfileLeavesOut(t *testing.T) {
	f := madeUp().file()
	words := func() string { return strings.Join(method(newDataset(f)).Text, " ") }
	says(t, words(), "This file, of an earlier version, does not say what that leaves out. ", " of the essay find no cell in this file")
	f.Run.Left = []result.Left{{Workload: "spawn", Missing: 5}, {Workload: "fannkuch", Cells: 25, Missing: 63, Lacks: []string{"transport tcp, ring", "batch 4 with grain 1ms"}}}
	says(t, words(), "Profile default is a choice: of all that nonrev could measure on these core counts, 68 cells are not in this file")
	x := method(newDataset(f)).Tables[0]
	if got := rowWith(t, x, "spawn", "0", "5")[3].Text; got != "not measured at all" {
		t.Errorf("a workload that is left out stands as %q", got)
	}
	if got := rowWith(t, x, "fannkuch", "25", "63")[3].Text; got != "transport tcp, ring; batch 4 with grain 1ms" {
		t.Errorf("what fannkuch lacks stands as %q", got)
	}
	f.Run.Left, f.Run.Profile = nil, "full"
	says(t, words(), "Profile full leaves nothing out.")
	f.Run.Version = 0
	if got := words(); strings.Contains(got, "Profile") {
		t.Errorf("of a file of another tool it is said: %q", got)
	}
}
