package sweep

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

func everything() Catalogue {
	return Catalogue{Workloads: workloads.All(), Models: runners.All()}
}

func TestProfilesKeepTheirBudget(t *testing.T) {
	for name, most := range map[string]time.Duration{
		"smoke": 15 * time.Second, "quick": 2 * time.Minute, "python": 2 * time.Minute, "default": 10 * time.Minute, "ipc": 10 * time.Minute,
		"full": 4 * time.Hour,
	} {
		p, err := FindProfile(name)
		if err != nil {
			t.Fatal(err)
		}
		cells := machineOf(proc.CPU{ID: 0}, proc.CPU{ID: 1, Core: 1}).placed(p.Cells(everything(), CoreList(2)))
		if got := time.Duration(p.Rounds) * p.Budget(cells); got > most {
			t.Errorf("%s: %d cells in %d rounds take %v on 2 cores, more than %v", name, len(cells), p.Rounds, got, most)
		}
	}
}

// Idle connections wait for a second in each of three passes, whatever a sample
// takes; full has all of them on one core and on two.
func TestIdleConnectionsHaveTheirTime(t *testing.T) {
	p, err := FindProfile("full")
	if err != nil {
		t.Fatal(err)
	}
	cells := slices.DeleteFunc(p.Cells(everything(), CoreList(8)), func(c result.Cell) bool { return !isIdle(c) })
	if len(cells) != 8 {
		t.Fatalf("%d cells: %v", len(cells), cells)
	}
	for _, c := range cells {
		if got := p.Budget([]result.Cell{c}); got < 3*time.Second {
			t.Errorf("%s is to take %v", c.Name(), got)
		}
	}
}

func TestDefaultIsAtMost120CellsOf20Rounds(t *testing.T) {
	p, err := FindProfile("default")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(p.Cells(everything(), CoreList(2))); n > 120 || p.Rounds != 20 {
		t.Errorf("%d cells in %d rounds", n, p.Rounds)
	}
}

// Every cell of every profile must be one that can be set up, come once, and
// have a serial cell to be held against.
func TestProfilesListCellsThatExist(t *testing.T) {
	c := everything()
	for _, p := range Profiles() {
		for _, cores := range [][]int{{1}, CoreList(2), CoreList(8)} {
			cells := p.Cells(c, cores)
			if n := len(unique(slices.Clone(cells))); n != len(cells) {
				t.Errorf("%s on %v: %d cells, of which %d differ", p.Name, cores, len(cells), n)
			}
			for _, cell := range cells {
				if cell != cell.Canon() {
					t.Errorf("%s: %s spells a default", p.Name, cell.Name())
				}
				if cell.OfMachine() {
					continue
				}
				if _, _, err := c.setup(cell, place{Width: slices.Max(cores)}); err != nil {
					t.Errorf("%s: %s: %v", p.Name, cell.Name(), err)
				}
				base := result.Cell{Workload: cell.Workload, Grain: cell.Grain, Payload: cell.Payload, Model: result.Serial, Cores: 1}
				if cell.Set != pace && !slices.Contains(cells, base) {
					t.Errorf("%s: %s has no serial cell", p.Name, cell.Name())
				}
			}
		}
	}
}

func TestUnknownWorkloadIsMeasuredUnderEveryModel(t *testing.T) {
	c := everything()
	mine := doubling("mine", func() error { return nil })
	c.Workloads = append(c.Workloads, mine)
	p, err := FindProfile("smoke")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, cell := range p.Cells(c, []int{1, 2}) {
		if cell.Workload == "mine" {
			got[cell.Model] = true
		}
	}
	if len(got) != len(c.Models) {
		t.Errorf("measured under %v, not under all %d models", got, len(c.Models))
	}
}

func TestCoreList(t *testing.T) {
	for n, want := range map[int][]int{
		1: {1}, 2: {1, 2}, 5: {1, 2, 3, 4, 5}, 8: {1, 2, 3, 4, 6, 8},
		20: {1, 2, 3, 4, 6, 8, 12, 16, 20}, 64: {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64},
	} {
		if got := CoreList(n); !slices.Equal(got, want) {
			t.Errorf("CoreList(%d) = %v, want %v", n, got, want)
		}
	}
}

func TestQuotaLimitsCores(t *testing.T) {
	for _, c := range []struct {
		quota float64
		want  int
	}{{0, 4}, {2.5, 2}, {0.5, 1}, {9, 4}} {
		if got := (Machine{CPUs: []int{0, 1, 2, 3}, Quota: c.quota}).Cores(); got != c.want {
			t.Errorf("quota %v: %d cores, want %d", c.quota, got, c.want)
		}
	}
}

func TestSelection(t *testing.T) {
	p, err := FindProfile("smoke")
	if err != nil {
		t.Fatal(err)
	}
	cells := func(s Selection) []string {
		t.Helper()
		got, err := s.apply(everything(), p, []int{1})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, c := range got {
			if c.Workload != result.Probe {
				names = append(names, c.Name())
			}
		}
		return names
	}
	for _, c := range []struct {
		set  []string
		want []string
	}{
		{nil, []string{"Fannkuch/grain=100us/model=serial-1", "Fannkuch/grain=1ms/model=serial-1"}},
		{[]string{"grain=1us"}, []string{"Fannkuch/grain=1us/model=serial-1"}},
		{[]string{"grain=1us", "grain=10us"}, []string{"Fannkuch/grain=1us/model=serial-1", "Fannkuch/grain=10us/model=serial-1"}},
		{[]string{"n=10", "grain=1ms"}, []string{"Fannkuch/set=n:10/grain=1ms/model=serial-1"}},
		{[]string{"n=9", "grain=1ms"}, []string{"Fannkuch/grain=1ms/model=serial-1"}},
	} {
		got := cells(Selection{Workloads: []string{"fannkuch"}, Models: []string{"serial"}, Set: c.set})
		if !slices.Equal(got, c.want) {
			t.Errorf("--set %v: %v, want %v", c.set, got, c.want)
		}
	}
}

func TestSelectionNamesWhatIsWrong(t *testing.T) {
	p, err := FindProfile("smoke")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s    Selection
		want string
	}{
		{Selection{Workloads: []string{"fankuch"}}, `did you mean "fannkuch"?`},
		{Selection{Models: []string{"seriall"}}, `did you mean "serial"?`},
		{Selection{Models: []string{"quantum"}}, "choose from serial"},
		{Selection{Set: []string{"grain"}}, "key=value"},
		{Selection{Set: []string{"grain=7us"}}, "not one of null"},
		{Selection{Set: []string{"n=99"}}, "outside 3 to 12"},
		{Selection{Set: []string{"n=ten"}}, "not a number"},
		{Selection{Set: []string{"colour=red"}}, `unknown setting "colour"`},
		{Selection{Set: []string{"prefetsch=4"}}, `did you mean "prefetch"`},
		{Selection{Set: []string{"payload=64B"}, Workloads: []string{"fannkuch"}}, "fannkuch has no payload"},
		{Selection{Set: []string{"batch=4"}, Models: []string{"serial"}}, "sends nothing between processes"},
		{Selection{Set: []string{"inflight=0"}}, "number of 1 or more"},
		{Selection{Set: []string{"inflight=4"}, Models: []string{"serial"}}, "one task after the other"},
		{Selection{Set: []string{"state=stone"}}, `no state "stone"; it has`},
	} {
		if _, err := c.s.apply(everything(), p, []int{1}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.s, err, c.want)
		}
	}
}

func TestHelperBound(t *testing.T) {
	if w := helperBound(60*time.Millisecond, 100*time.Millisecond); w != nil {
		t.Errorf("60%%: %v", w)
	}
	if w := helperBound(80*time.Millisecond, 100*time.Millisecond); len(w) != 1 || !strings.HasPrefix(w[0], "helper-bound") {
		t.Errorf("80%%: %v", w)
	}
}
