package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/report/claims"
)

// changed changes the cells of a file in place.
func changed(f *result.File, change func(*result.Cell)) *result.File {
	for i := range f.Plan {
		change(&f.Plan[i])
	}
	for i := range f.Samples {
		change(&f.Samples[i].Cell)
	}
	return f
}

func TestEveryModelIsOnTheFirstScreen(t *testing.T) {
	coded := changed(madeUp().file(), func(c *result.Cell) {
		if c.Model == "subprocess" {
			c.Codec = "gob"
		}
	})
	if got, want := headline(coded), headline(madeUp().file()); got != want {
		t.Errorf("with a codec of its own the headline is %q, want %q", got, want)
	}
	batched := changed(madeUp().file(), func(c *result.Cell) {
		if c.Model == "subprocess" {
			c.Batch = 16
		}
	})
	if got := headline(batched); !strings.Contains(got, "under worker processes (batch 16)") {
		t.Errorf("a model that was measured with a variant alone is called %q", got)
	}
	both := madeUp().file()
	for _, c := range batched.Plan {
		if c.Batch > 0 {
			both.Plan = append([]result.Cell{c}, both.Plan...)
		}
	}
	d := newDataset(both)
	p, _ := d.central()
	for _, l := range d.headline(p) {
		if l.requested() {
			t.Errorf("%s stands where the default was measured", d.title(l))
		}
	}
}

func TestOneLoopIsJudgedOnOneCore(t *testing.T) {
	m := madeUp()
	m.cores = []int{2, 4}
	f := m.file()
	for i, s := range f.Samples {
		if s.Cell.Model == "eventloop" && s.Cell.Grain == "1ms" {
			for j, v := range s.Values {
				if v.Unit == result.TaskRate {
					f.Samples[i].Values[j].Value *= 1.5
				}
			}
		}
	}
	d := newDataset(f)
	p, _ := d.central()
	lines := d.lines(p)
	l := lines[slices.IndexFunc(lines, func(l line) bool { return l.cell.Model == "eventloop" })]
	if got := d.judged(l); !slices.Equal(got, []int{2}) {
		t.Errorf("judged at %v, want the fewest alone", got)
	}
	if e, s := d.efficiency(l, 4).Value, d.speedup(l, 4).Value; e != s {
		t.Errorf("efficiency %g, want the speed-up %g", e, s)
	}
	if got := d.suspects(); !strings.Contains(got, "Event loop, fannkuch, 1 ms tasks, on 2 cores (1.49") {
		t.Errorf("one loop that does half as much again as the serial loop is not suspect: %q", got)
	}
}

func TestCellsWithSharedHelpersAreNotHeldAgainstOtherCounts(t *testing.T) {
	d := newDataset(changed(madeUp().file(), func(c *result.Cell) {
		if c.Workload == "wordcount" {
			c.Helpers = "shared"
		}
	}))
	p := point{Workload: "wordcount"}
	l := d.headline(p)[0]
	if math.IsNaN(d.speedup(l, 1).Value) {
		t.Error("no speed-up on the core count of the serial loop")
	}
	for name, f := range map[string]figureOf{"speed-up": d.speedup, "efficiency": d.efficiency, "overhead": d.overhead, "inflation": d.inflation, "unattributed": d.unattributed, "against the ceiling": d.againstCeiling} {
		if e := f(l, 2); !math.IsNaN(e.Value) {
			t.Errorf("%s on 2 cores is %g, though helpers share the CPUs", name, e.Value)
		}
	}
	if got := measured(ratio, d.speedup(l, 2), ""); !strings.HasPrefix(got.Note, "helper processes shared the CPUs") {
		t.Errorf("the field says %q", got.Note)
	}
	if d.ideal(p, true) != nil {
		t.Error("an ideal line of N times serial is drawn")
	}
}

func TestOnlyWholeRoundsOfAnInterruptedRunCount(t *testing.T) {
	f := madeUp().file()
	f.Interrupted = true
	last := f.Plan[len(f.Plan)-1]
	f.Samples = slices.DeleteFunc(f.Samples, func(s result.Sample) bool {
		return s.Round > 12 || s.Round == 12 && s.Cell == last
	})
	d := newDataset(f)
	if d.rounds != 12 || d.cut != len(f.Plan)-1 {
		t.Errorf("%d rounds, %d samples left out, want 12 and %d", d.rounds, d.cut, len(f.Plan)-1)
	}
	if got := d.tally(); !strings.Contains(got, "12 rounds are complete") {
		t.Errorf("the tally says %q", got)
	}
	f.Samples = slices.DeleteFunc(f.Samples, func(s result.Sample) bool { return s.Cell == last })
	if d := newDataset(f); d.cut != 0 || d.rounds != 13 {
		t.Errorf("without a whole round %d samples are left out of %d rounds, want all used", d.cut, d.rounds)
	}
}

func TestAMachineThatWasNotIdleIsTold(t *testing.T) {
	quiet := newDataset(madeUp().file())
	if got := quiet.disturbed(); got != nil {
		t.Fatalf("a quiet machine is said to be disturbed: %q", got)
	}
	f := madeUp().file()
	for i, s := range f.Samples {
		if s.Cell.Workload == "wordcount" && s.Cell.Cores == 2 {
			f.Samples[i].OutsideNS = 0.34 * s.WindowNS
		}
		if s.Cell.Model == result.Serial && s.Cell.Workload == "counter" {
			for j, v := range s.Values {
				if v.Unit == result.CPUNS {
					f.Samples[i].Values[j].Value = 0.8 * v.Value
				}
			}
		}
	}
	c := newChapter("", f)
	lead, machine := strings.Join(c.Lead, " "), strings.Join(c.Machine, " ")
	environment := strings.Join(environment(newDataset(f)).Text, " ")
	for _, want := range []string{"beside 4 of ", "up to 34.0%", "in 1 cell it got less than 95%", "down to "} {
		if !strings.Contains(lead, want) || !strings.Contains(environment, want) {
			t.Errorf("lead or environment do not say %q: %q, %q", want, lead, environment)
		}
	}
	if strings.Contains(environment, "found nothing") {
		t.Error("the environment says that nothing was found")
	}
	for _, want := range []string{"other processes beside 4 of ", "1 serial cell short of CPU"} {
		if !strings.Contains(machine, want) {
			t.Errorf("the line of the machine does not say %q: %q", want, machine)
		}
	}
}

func TestFewCoreCountsAreThoseOfThePoint(t *testing.T) {
	f := one(madeUp().file(), func(c result.Cell) bool { return c.Workload != "counter" || c.Cores == 1 })
	d := newDataset(f)
	if got := d.twoPoints(point{Workload: "counter"}); !strings.HasPrefix(got, "One core count is one point") {
		t.Errorf("one count: %q", got)
	}
	if got := d.twoPoints(point{Workload: "wordcount"}); !strings.HasPrefix(got, "Two core counts are two points") {
		t.Errorf("two counts: %q", got)
	}
}

func TestLatencyIsHeldAgainstTheDirectCall(t *testing.T) {
	f := changed(madeUp().file(), func(c *result.Cell) { c.Helpers = "" })
	for i, s := range f.Samples {
		if s.Cell.Workload != "echo" {
			continue
		}
		if s.Cell.Model == result.Serial {
			f.Samples[i].Values = append(s.Values, result.Value{Unit: result.P50NS, Value: 2e6})
		} else if s.Cell.Model == "goroutine" && s.Cell.Cores == 2 && s.Round < 3 {
			f.Samples[i].Warnings = []string{"helper-bound: the helper used 71% of one CPU"}
		}
	}
	rows := latency(newDataset(f)).Tables[0].Rows
	if got := rows[0]; got[1].Text != "Serial loop, the direct call" || got[4].Text != "2.00 ms" {
		t.Errorf("the first row is %+v, want the direct call", got)
	}
	if got := rows[2]; got[1].Note != "helper-bound in 3 of 20 samples" || got[5].Number == nil || math.Abs(*got[5].Number.Value-0.4e6) > 0.03e6 {
		t.Errorf("goroutines on 2 cores: %+v, want 0.4 ms above the direct call and the mark", got)
	}
}

func TestEveryProbeIsShown(t *testing.T) {
	f := madeUp().file()
	wake := result.Cell{Workload: result.Probe, Set: "wake", Cores: 2}
	lost := result.Cell{Workload: result.Probe, Set: "spin", Cores: 3}
	f.Plan = append(f.Plan, wake, lost)
	f.Failures = []result.Failure{{Cell: lost, Kind: "crash", Text: "exit status 2"}}
	for round := range 20 {
		f.Samples = append(f.Samples, result.Sample{Cell: wake, Round: round, Values: []result.Value{{Unit: result.WallNS, Value: 50_000}}})
	}
	rows := newDataset(f).ceilingTable().Rows
	if got := rows[len(rows)-2]; got[0].Text != "wake" || got[2].Text != "50.0 µs" {
		t.Errorf("the round trip stands as %+v", got)
	}
	if got := rows[len(rows)-1]; got[2].Note != "failed: crash: exit status 2" {
		t.Errorf("the failed probe stands as %+v", got)
	}
}

func TestTheLeadNamesWhatIsSupportedAndRefuted(t *testing.T) {
	lead := func(words ...claims.Word) string {
		d := newDataset(madeUp().file())
		for i := range d.rulings {
			d.rulings[i].Word = claims.Unclear
			if i < len(words) {
				d.rulings[i].Word = words[i]
			}
		}
		return strings.Join(d.answer().Lead, " ")
	}
	yes, no := claims.Supported, claims.Refuted
	says(t, lead(no, yes), `Of the essay's claims this file supports "I do not see any difference" in SQL programming, "except (hopefully) on the performance side" (C02); it refutes "nothing will change for the average programmer" (C01).`)
	says(t, lead(yes, yes, yes, yes, yes), "(C01), ", "(C03) and 2 more.")
	if got := lead(claims.Unclear); strings.Contains(got, "Of the essay") {
		t.Errorf("nothing is decided, and the lead says %q", got)
	}
}
