package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/golden"
	"github.com/nonrev/nonrev/internal/result"
)

// wide is a made-up file of a machine with eight cores, on which locked shared
// memory has a peak.
func wide() *result.File {
	m := madeUp()
	m.cores = []int{1, 2, 3, 4, 6, 8}
	m.coherency = map[string]float64{"locked": 0.02}
	return m.file()
}

// multiplesOf are the panels of fannkuch by their titles.
func multiplesOf(t *testing.T, f *result.File) map[string]chart {
	t.Helper()
	for _, f := range throughput(newDataset(f)).figures {
		if f.id != "throughput-fannkuch-1ms" {
			continue
		}
		out := map[string]chart{}
		for _, d := range f.charts {
			out[d.(chart).title] = d.(chart)
		}
		return out
	}
	t.Fatal("no figure of fannkuch")
	return nil
}

// main is the one curve of a panel that is not pale.
func (k chart) main() curve {
	return k.curves[slices.IndexFunc(k.curves, func(c curve) bool { return !c.pale })]
}

func TestSixCoreCountsGiveALawWithItsBand(t *testing.T) {
	f := wide()
	for title, c := range multiplesOf(t, f) {
		law := c.main().law
		if len(law) != bandSteps+1 || law[0].x != 1 || math.Abs(law[bandSteps].x-8) > 1e-9 {
			t.Errorf("%s: the law is drawn at %d places", title, len(law))
			continue
		}
		for _, m := range law {
			if !(m.y.Low < m.y.Value && m.y.Value < m.y.High) || m.y.High > 1.2*m.y.Low {
				t.Errorf("%s: the band at %g is %+v", title, m.x, m.y)
			}
		}
		if want := map[bool]string{true: "uses one core", false: "σ "}[title == "Event loop"]; !strings.HasPrefix(c.note, want) {
			t.Errorf("%s: under the title stands %q", title, c.note)
		}
	}
	for _, figure := range newChapter("", f).allFigures() {
		svg := string(figure.svgs()[0])
		drawn := strings.Count(svg, `<g class="band">`)
		switch figure.id {
		case "answer":
			if drawn != 4 {
				t.Errorf("the first screen has %d bands, want one a model", drawn)
			}
			says(t, figure.text, "universal scalability law")
		case "figure-throughput-fannkuch-1ms":
			if drawn != 1 {
				t.Errorf("a panel has %d bands", drawn)
			}
			golden.Check(t, "law.svg", []byte(svg))
		}
	}
}

func TestLawsAreThoseOfTheData(t *testing.T) {
	d := newDataset(wide())
	x := d.lawTable(d.mains(func(p point) bool { return p.Workload == "fannkuch" }))
	holds := func(row []datum, column string, want float64) {
		t.Helper()
		n := row[slices.Index(x.Columns, column)].Number
		if n == nil || n.Low == nil || n.High == nil || *n.Low > want || *n.High < want {
			t.Errorf("%s of %s is %+v, want it to hold %g", column, row[1].Text, n, want)
		}
	}
	locked := rowWith(t, x, "fannkuch, 1 ms tasks", "Locked shared memory", "1, 2, 3, 4, 6, 8")
	holds(locked, "σ, contention", 0.02)
	holds(locked, "κ, coherency", 0.02)
	holds(locked, "Peak at", math.Sqrt((1-0.02)/0.02))
	holds(rowWith(t, x, "fannkuch, 1 ms tasks", "Worker processes"), "Serial fraction by Amdahl's law", 0.01)
	goroutines := rowWith(t, x, "fannkuch, 1 ms tasks", "Goroutines")
	holds(goroutines, "κ, coherency", 0)
	if peak := goroutines[slices.Index(x.Columns, "Peak at")]; peak.Number != nil && *peak.Number.Value > 16 || peak.Text == "" {
		t.Errorf("a peak far beyond what was measured stands as %+v", peak)
	}
	peak := multiplesOf(t, wide())["Locked shared memory"].note
	says(t, peak, "κ 0.02", ", peak at ")
}

func TestFewCoreCountsGiveTheSerialFractionAlone(t *testing.T) {
	five := madeUp()
	five.cores = []int{1, 2, 3, 4, 5}
	for name, f := range map[string]*result.File{"two": madeUp().file(), "five": five.file()} {
		for title, c := range multiplesOf(t, f) {
			if c.main().law != nil {
				t.Errorf("%s counts: a law is drawn", name)
			}
			if want := map[bool]string{true: "uses one core", false: "serial fraction "}[title == "Event loop"]; !strings.HasPrefix(c.note, want) {
				t.Errorf("%s counts, %s: under the title stands %q", name, title, c.note)
			}
		}
		s := throughput(newDataset(f))
		if i := slices.IndexFunc(s.Tables, func(x table) bool { return x.ID == "laws" }); i >= 0 {
			t.Errorf("%s counts: a table of laws", name)
		}
		i := slices.IndexFunc(s.Tables, func(x table) bool { return x.ID == "scaling" })
		row := rowWith(t, s.Tables[i], "fannkuch, 10 ms tasks", "Locked shared memory", "2")
		near(t, "scaling", row[3], 1/(0.02+0.98/2))
		if n := row[4].Number; n == nil || *n.Low > 0.02 || *n.High < 0.02 {
			t.Errorf("%s counts: the serial fraction is %+v, want it to hold 0.02", name, row[4])
		}
		if slices.ContainsFunc(s.Tables[i].Rows, func(r []datum) bool { return r[1].Text == "Event loop" || strings.HasPrefix(r[0].Text, "echo") }) {
			t.Error("what does not spread, or whose counts do not compare, has a serial fraction")
		}
	}
}

func TestALawIsAboutPhysicalCoresOfOneNode(t *testing.T) {
	f := wide()
	f.Run.Alike = 4
	for title, c := range multiplesOf(t, f) {
		if c.main().law != nil {
			t.Errorf("%s: a law is drawn through siblings", title)
		}
	}
	d := newDataset(f)
	says(t, d.twoPoints(d.order[4]), "4 core counts are too few", "physical cores of one node, which are 4 here")
	f.Run.Alike = 8
	if multiplesOf(t, f)["Goroutines"].main().law == nil {
		t.Error("no law of eight cores that are alike")
	}
}
