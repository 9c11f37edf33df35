package cmd

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/sweep"
	"github.com/nonrev/nonrev/report/claims"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// What claims wait for is not there yet, and all else that they name is.
func TestClaimsWaitForWhatThereIsNot(t *testing.T) {
	var there []string
	for _, w := range workloads.All() {
		there = append(there, "workload "+w.Name)
	}
	for _, m := range runners.All() {
		there = append(there, "model "+m.Name)
		for _, s := range m.States {
			there = append(there, "state "+s)
		}
	}
	for _, name := range claims.Coming() {
		if slices.Contains(there, name) {
			t.Errorf("%s is there: take it off the list of what is to come", name)
		}
	}
	for _, c := range claims.All() {
		for _, name := range c.Waits {
			if !slices.Contains(claims.Coming(), name) && !slices.Contains(there, name) {
				t.Errorf("%s waits for %q, which is neither there nor to come", c.ID, name)
			}
		}
	}
}

// The cells that decide are such as a run can be asked for, unless their
// workload, model or guard is still to come.
func TestCellsOfClaimsCanExist(t *testing.T) {
	checked := 0
	for _, c := range claims.All() {
		for _, cell := range c.Cells(4) {
			coming := []string{"workload " + cell.Workload, "model " + cell.Model, "state " + cell.State}
			if cell.Workload == result.Probe || slices.ContainsFunc(coming, func(name string) bool { return slices.Contains(claims.Coming(), name) }) {
				continue
			}
			if cell.Workload == result.Python {
				continue // see TestProfilesHoldWhatDecides
			}
			if err := exists(cell); err != nil {
				t.Errorf("%s: %s: %v", c.ID, cell.Name(), err)
			}
			checked++
		}
	}
	if checked < 50 {
		t.Errorf("only %d cells were looked at", checked)
	}
	if exists(result.Cell{Workload: "echo", Set: "hog:5", Model: "goroutine"}) == nil || exists(result.Cell{Workload: "fannkuch", Grain: "3ms", Model: "serial"}) == nil {
		t.Error("cells that cannot exist are taken for such as can")
	}
}

// exists says why no run can be asked for a cell.
func exists(cell result.Cell) error {
	c := sweep.Catalogue{Workloads: workloads.All(), Models: runners.All()}
	w, err := c.Workload(cell.Workload)
	if err != nil {
		return err
	}
	m, err := c.Model(cell.Model)
	if err != nil {
		return err
	}
	if cell.State != "" && !slices.Contains(m.States, cell.State) {
		return errors.New("no state " + cell.State)
	}
	p := workloads.Params{Grain: cell.Grain, Payload: cell.Payload, Knobs: map[string]int{}}
	for setting := range strings.SplitSeq(cell.Set, ",") {
		if name, value, ok := strings.Cut(setting, ":"); ok {
			if p.Knobs[name], err = strconv.Atoi(value); err != nil {
				return err
			}
		}
	}
	_, err = w.Params(p)
	return err
}

// A default run decides the claims that have all they need, and one of python
// those that are about python3.
func TestProfilesHoldWhatDecides(t *testing.T) {
	for profile, ids := range map[string][]string{"default": {"C07", "C31"}, "python": {"C28", "C35"}, "full": {"C07", "C31", "C28", "C35"}} {
		p, err := sweep.FindProfile(profile)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{2, 4, 8} {
			cells := p.Cells(sweep.Catalogue{Workloads: workloads.All(), Models: runners.All()}, sweep.CoreList(n))
			for _, c := range claims.All() {
				if !slices.Contains(ids, c.ID) {
					continue
				}
				for _, cell := range c.Cells(n) {
					if !slices.Contains(cells, cell) {
						t.Errorf("%s on %d cores: %s is not in profile %s", c.ID, n, cell.Name(), profile)
					}
				}
			}
		}
	}
}

func TestJudgeAsJSON(t *testing.T) {
	var out, errs strings.Builder
	if status := Execute(t.Context(), sweep.Catalogue{}, &out, &errs, []string{"judge", "--json", "../results/amd-epyc-2cpu-2026-11-25/bench.txt"}); status != good {
		t.Fatalf("status %d: %s", status, errs.String())
	}
	var got judgment
	d := json.NewDecoder(strings.NewReader(out.String()))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if len(got.Files) != 1 || len(got.Files[0].Verdicts) != len(claims.All()) || len(got.Untestable) == 0 {
		t.Fatalf("%d files", len(got.Files))
	}
	for _, v := range got.Files[0].Verdicts {
		decided := v.Word == claims.Supported || v.Word == claims.Refuted || v.Word == claims.Unclear
		if decided != (v.Number != nil) || decided && len(v.Evidence) == 0 || v.Sentence == "" || v.Quote == "" {
			t.Errorf("%s: %+v", v.ID, v)
		}
	}
	sum := 0
	for word, n := range got.Files[0].Tally {
		if word != "claims" {
			sum += n
		}
	}
	if sum != got.Files[0].Tally["claims"] || sum == 0 {
		t.Errorf("tally %v", got.Files[0].Tally)
	}
}

// What cannot be written is told.
func TestJudgeOnAFullDisk(t *testing.T) {
	status := Execute(t.Context(), sweep.Catalogue{}, full{}, io.Discard, []string{"judge", "../results/amd-epyc-2cpu-2026-11-25/bench.txt"})
	if status != unusable {
		t.Errorf("status %d, want %d", status, unusable)
	}
}
