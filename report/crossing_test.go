package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
)

// panelOf is the panel of the crossings that has a title.
func panelOf(t *testing.T, f figure, title, sub string) chart {
	t.Helper()
	for _, drawn := range f.charts {
		if c := drawn.(chart); c.title == title && strings.HasPrefix(c.sub, sub) {
			return c
		}
	}
	t.Fatalf("no panel %q, %q", title, sub)
	return chart{}
}

func TestCrossingsAreThoseOfTheTable(t *testing.T) {
	m := madeUp()
	d := newDataset(overTransports(m, m.file()))
	s := breakEven(d)
	metg := s.figures[len(s.figures)-1]
	for model, title := range map[string]string{"Worker processes": "Worker processes", "Worker processes, transport unix": "Worker processes, Unix socket", "Worker processes, transport ring": "Worker processes, ring"} {
		c := panelOf(t, metg, title, "On 2 cores")
		row := rowWith(t, s.Tables[0], model, "2")
		if len(c.crossed) != 2 {
			t.Errorf("%s: %d crossings", model, len(c.crossed))
			continue
		}
		for i, at := range c.crossed {
			field := row[3+i]
			if at.Value != *field.Number.Value || at.Low != *field.Number.Low || at.height != thresholds[i] || !strings.Contains(c.sub, percent(thresholds[i])+" from "+field.Text) {
				t.Errorf("%s: the panel %q marks %+v, the table has %+v", model, c.sub, at, field)
			}
		}
		var pale int
		for _, curve := range c.curves {
			if curve.pale {
				pale++
			}
		}
		if pale != 5 || c.curves[len(c.curves)-1].pale { // goroutines, locked and three transports
			t.Errorf("%s: %d grey curves", model, pale)
		}
	}
	// Serial time over two cores' time is (task + 1.8 cost) (s + (1-s)/2) x 2.
	at := panelOf(t, metg, "Worker processes", "On 2 cores").crossed[0].Value
	if want := 1.8 * 14_000 / (1/(0.5*1.01) - 1); math.Abs(at/want-1) > 0.1 {
		t.Errorf("50%% from %g, want about %g", at, want)
	}
}

func TestWhatIsNeverReachedIsNotMarked(t *testing.T) {
	for _, c := range []struct {
		name    string
		ratios  map[string]float64
		crossed int
		sub     string
	}{
		{"both between", map[string]float64{"10us": 0.5, "100us": 1.5, "1ms": 1.9}, 2, "On 2 cores, 50% from 31.6 µs, 90% from 563 µs"},
		{"never 90%", map[string]float64{"10us": 0.5, "100us": 1.5, "1ms": 1.6}, 1, "On 2 cores, 50% from 31.6 µs, 90% above 1.00 ms"},
		{"always 50%", map[string]float64{"10us": 1.2, "100us": 1.5, "1ms": 1.9}, 1, "On 2 cores, 50% below 10.0 µs, 90% from 563 µs"},
	} {
		d := newDataset(graded(c.ratios))
		drawn := d.crossingsByGrain(d.jobs[0], d.grains(d.jobs[0])).charts[0].(chart)
		if len(drawn.crossed) != c.crossed || drawn.sub != c.sub {
			t.Errorf("%s: %d crossings, %q", c.name, len(drawn.crossed), drawn.sub)
		}
	}
}

func TestASearchLeavesEachLineItsOwnSizes(t *testing.T) {
	f := graded(map[string]float64{"10us": 0.5, "100us": 1.5, "1ms": 1.9})
	few := one(graded(map[string]float64{"10us": 0.2, "100us": 0.5, "1ms": 1.9}), func(c result.Cell) bool { return c.Model == "mine" && c.Grain != "1ms" })
	changed(few, func(c *result.Cell) { c.Model = "yours" })
	f.Plan, f.Samples = append(f.Plan, few.Plan...), append(f.Samples, few.Samples...)
	f.Run.Searches = []result.Search{
		{Series: "W/model=yours-2", Looks: []result.Look{{Grain: "100us", SerialNS: 100_000, Efficiency: 0.25}, {Grain: "10us", SerialNS: 10_000, Efficiency: 0.1}}},
		{Series: "W/model=mine-2", Failed: "crash: exit status 2"},
	}
	d := newDataset(f)
	s := breakEven(d)
	row := rowWith(t, s.Tables[0], "yours", "2")
	if row[0].Note != "measured at 10 µs and 100 µs only" || strings.Contains(row[2].Note, "not known") || row[4].Text != "above 100 µs" {
		t.Errorf("the line of two sizes stands as %+v", row)
	}
	says(t, strings.Join(s.Text, " "), "chosen by a search")
	looks := s.Tables[len(s.Tables)-1]
	if looks.Rows[0][1].Text != "100 µs 25.0%, 10 µs 10.0%" || looks.Rows[1][2].Text != "crash: exit status 2" {
		t.Errorf("the search stands as %+v", looks.Rows)
	}
	if got := d.answer().Headline; !strings.Contains(got, "yours") || strings.Contains(got, "not known") {
		t.Errorf("the first screen forgets a model, or a size that nobody asked for: %q", got)
	}
	for _, drawn := range s.figures[0].charts {
		for _, curve := range drawn.(chart).curves {
			if want := map[string]int{"mine": 3, "yours": 2}[curve.short]; len(curve.marks) != want {
				t.Errorf("%s has %d marks, want %d", curve.short, len(curve.marks), want)
			}
		}
	}
}

func TestShareOfCommunicationByTransport(t *testing.T) {
	m := madeUp()
	s := communication(newDataset(overTransports(m, m.file())))
	f := s.figures[len(s.figures)-1]
	if f.id != "ipc-share-transport" || len(f.charts) != 3 {
		t.Fatalf("figure %s of %d works, want fannkuch, wordcount and handoff", f.id, len(f.charts))
	}
	var names []string
	for _, c := range f.charts[0].(chart).curves {
		names = append(names, c.short)
		if len(c.marks) != 2 || c.loose || c.marks[0].x != 1 || c.marks[1].x != 2 {
			t.Errorf("%s is not joined over two core counts: %+v", c.short, c.marks)
		}
	}
	if want := []string{"pipe", "Unix socket", "TCP", "ring"}; !slices.Equal(names, want) {
		t.Errorf("transports %q", names)
	}
	words := f.charts[1].(chart).curves[1].marks[0].y.Value
	if each := 250_000 + 1.8*20_000.0; math.Abs(words/(0.8*20_000/each)-1) > 0.03 {
		t.Errorf("share %g of wordcount by Unix socket on one core, want ipc over wall", words)
	}
}

func TestSizesBetweenDecadesStandInTheTable(t *testing.T) {
	m := madeUp()
	m.grains = []string{"10us", "20us", "50us", "100us", "200us", "500us", "1ms", "2ms", "5ms"}
	s := communication(newDataset(m.file()))
	if got := len(s.figures[0].charts); got != 5 { // three decades, wordcount and handoff
		t.Errorf("%d panels", got)
	}
	says(t, strings.Join(s.Text, " "), "the 6 between are in the table")
	rowWith(t, s.Tables[0], "fannkuch, 20 µs tasks")
}

// Where sizes were searched for, models have few in common: the first screen
// shows efficiency against size, and tells of the size that most have.
func TestTheFirstScreenOfASearch(t *testing.T) {
	f := one(madeUp().file(), func(c result.Cell) bool {
		return c.Grain != "1ms" || c.Model == "goroutine" || c.Model == result.Serial
	})
	d := newDataset(f)
	if got := d.main(point{Workload: "fannkuch"}); got.Grain != "100us" {
		t.Errorf("%s stands for fannkuch, want 100 µs, which all models have", got)
	}
	says(t, strings.Join(d.answer().Lead, " "), "With 100 µs tasks of fannkuch, 2 cores do ")
	if first, _ := d.headlineFigure(); !strings.HasPrefix(first.title, "Throughput against cores") {
		t.Errorf("without a search the first figure is %q", first.title)
	}
	f.Run.Searches = []result.Search{{Series: "Fannkuch/model=goroutine-2"}}
	first, _ := newDataset(f).headlineFigure()
	if c := first.charts[0].(chart); first.title != "Efficiency against task size: fannkuch on 2 cores" || len(c.curves) != 3 || first.table != "grains-fannkuch" {
		t.Errorf("the first figure of a search is %q with %d curves", first.title, len(c.curves))
	}
}
