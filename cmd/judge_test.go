package cmd

import (
	"cmp"
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
			if cell.OfMachine() || waits(cell) {
				continue // what is measured of the machine stands in a profile: see TestProfilesHoldWhatDecides
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

// The profile that a claim names holds every cell that decides it, and so does
// full, but for those whose workload, model or guard is still to come.
func TestProfilesHoldWhatDecides(t *testing.T) {
	catalogue := sweep.Catalogue{Workloads: workloads.All(), Models: runners.All()}
	for _, n := range []int{2, 4, 8} {
		held := map[string][]result.Cell{}
		for _, p := range sweep.Profiles() {
			held[p.Name] = p.Cells(catalogue, sweep.CoreList(n))
		}
		for _, c := range claims.All() {
			for _, cell := range c.Cells(n) {
				if waits(cell) {
					continue
				}
				for _, profile := range []string{c.Profile, "full"} {
					if !slices.ContainsFunc(held[profile], func(own result.Cell) bool {
						if cell.Cores == 0 { // any number will do
							own.Cores = 0
						}
						return own == cell
					}) {
						t.Errorf("%s on %d cores: %s is not in profile %q", c.ID, n, cell.Name(), profile)
					}
				}
			}
		}
	}
}

// A profile that decides measures often enough.
func TestProfilesOfClaimsHaveTheRounds(t *testing.T) {
	for _, c := range claims.All() {
		if !c.Written() {
			continue
		}
		if p, err := sweep.FindProfile(c.Profile); err != nil || p.Rounds < claims.MinRounds {
			t.Errorf("%s: profile %s of %d rounds: %v", c.ID, c.Profile, p.Rounds, err)
		}
	}
}

// waits tells that what a cell is made of is still to come.
func waits(cell result.Cell) bool {
	names := []string{"workload " + cell.Workload}
	if !cell.OfMachine() { // which have models of their own
		names = append(names, "model "+cell.Model, "state "+cell.State)
	}
	return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(claims.Coming(), name) })
}

// Messages of every transport between processes decide what they cost.
func TestEveryTransportDecides(t *testing.T) {
	var decide []string
	for _, c := range claims.All() {
		if c.ID != "C24" {
			continue
		}
		for _, cell := range c.Cells(2) {
			if over := cmp.Or(cell.Transport, "pipe"); cell.Model == "subprocess" && !slices.Contains(decide, over) {
				decide = append(decide, over)
			}
		}
	}
	if all := runners.ExchangeTransports("subprocess"); !slices.Equal(decide, all) {
		t.Errorf("%v decide, of %v", decide, all)
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
		if decided != (v.Number != nil) || decided != (v.Multiple != nil) || decided && len(v.Evidence) == 0 || v.Sentence == "" || v.Quote == "" {
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
