package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
	"gonum.org/v1/plot/vg"

	"github.com/nonrev/nonrev/internal/golden"
	"github.com/nonrev/nonrev/internal/result"
)

// trusted is the made-up file with all that a present run records: an
// examination, a target, warm-ups, the collector, and open loops at 2000 a
// second of which the event loop on one core does not keep up.
func trusted(t testing.TB) *result.File {
	t.Helper()
	f := madeUp().file()
	f.Run.Target, f.Run.PilotRounds = 0.01, 3
	f.Run.Findings = []result.Finding{
		{What: "load", Value: "3.1 over the last minute", Spoils: "other processes take the CPUs of a cell", Remedy: "end them and run again", Severity: result.Warning},
		{What: "timer", Value: "29 ns", Severity: result.OK},
	}
	for i := range f.Samples {
		s := &f.Samples[i]
		if s.Cell.Workload == result.Probe {
			continue
		}
		s.Warm, s.RanNS = 4+i%3, 0.9*s.WindowNS
		if body, ok := s.Value(result.BodyNS); ok {
			wall, _ := s.Value(result.WallNS)
			rate, _ := s.Value(result.TaskRate)
			share := 0.02
			if s.Cell.Model == result.Serial {
				share = 0.01
			}
			s.Values = append(s.Values, result.Value{Unit: result.GCNS, Value: share * body * wall * rate / 1e9})
		}
	}
	r := rand.New(rand.NewPCG(5, 5))
	plan, samples := len(f.Plan), len(f.Samples)
	for _, c := range f.Plan[:plan] {
		if c.Workload == "echo" {
			c.Set = "rate:2000"
			f.Plan = append(f.Plan, c)
		}
	}
	for _, s := range f.Samples[:samples] {
		if s.Cell.Workload != "echo" {
			continue
		}
		s.Loop = result.Closed
		open := s
		open.Cell.Set, open.Loop = "rate:2000", result.Open
		open.Latency = latencies(t, r, 2e6, 1500)
		open.Values = slices.Clone(open.Values)
		for i, v := range open.Values {
			if v.Unit == result.TaskRate {
				open.Values[i].Value = 2000 * (1 + 0.001*r.NormFloat64())
				if open.Cell.Model == "eventloop" && open.Cell.Cores == 1 {
					open.Values[i].Value /= 2
				}
			}
		}
		f.Samples = append(f.Samples, open)
	}
	return f
}

// latencies are so many around a level in ns, one in two hundred of them ten times as long.
func latencies(t testing.TB, r *rand.Rand, level float64, n int) string {
	t.Helper()
	h := result.NewHistogram()
	for range n {
		v := level * math.Exp(0.1*r.NormFloat64())
		if r.IntN(200) == 0 {
			v *= 10
		}
		if err := h.RecordValue(int64(v)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := result.EncodeLatency(h)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func says(t *testing.T, text string, want ...string) {
	t.Helper()
	text = strings.ReplaceAll(text, "\u00a0", " ")
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not in %q", w, text)
		}
	}
}

func TestAMachineThatFailedItsExaminationIsToldOnTop(t *testing.T) {
	html, err := page([]chapter{newChapter("", trusted(t))})
	if err != nil {
		t.Fatal(err)
	}
	top, _, _ := strings.Cut(string(html), `<p class="machine">`)
	says(t, top, "This machine did not pass its examination", "load: 3.1 over the last minute.", "Other processes take the CPUs of a cell.", "End them and run again.")
	if strings.Contains(top, "29 ns") {
		t.Error("what is well is told on top")
	}
	s := environment(newDataset(trusted(t)))
	says(t, strings.Join(s.Text, " "), "1 of 2 findings will spoil")
	if rows := s.Tables[1].Rows; len(rows) != 2 || rows[0][2].Style != asWarning || rows[1][3].Text != missing {
		t.Errorf("findings stand as %+v", rows)
	}

	old := newChapter("", madeUp().file())
	if old.Spoiled != nil {
		t.Errorf("a file without an examination is spoiled by %+v", old.Spoiled)
	}
	says(t, strings.Join(environment(newDataset(madeUp().file())).Text, " "), "was not examined")
	well := trusted(t)
	well.Run.Findings = well.Run.Findings[1:]
	says(t, strings.Join(environment(newDataset(well)).Text, " "), "1 finding, none of them a warning")
}

func TestDriftIsToldBesideTheNumber(t *testing.T) {
	f := madeUp().file()
	for i, s := range f.Samples {
		for j, v := range s.Values {
			if s.Cell.Workload == "wordcount" && s.Cell.Model == "locked" && s.Cell.Cores == 2 && v.Unit == result.TaskRate {
				f.Samples[i].Values[j].Value = 1e4 * (1 + 0.01*float64(s.Round))
			}
		}
	}
	d := newDataset(f)
	for _, row := range throughput(d).Tables[0].Rows {
		drifts := strings.Contains(row[3].Note, "; drift over the rounds")
		if want := row[0].Text == "wordcount" && row[1].Text == "Locked shared memory" && row[2].Text == "2"; want && !drifts {
			t.Errorf("the field says %+v", row[3])
		} else if want && len(row[3].Number.Warnings) == 0 {
			t.Error("report.json does not get the warning")
		}
	}
	words, table := d.doubtTable()
	says(t, words, "Over rounds, ", "1% of cells")
	if !slices.ContainsFunc(table.Rows, func(row []datum) bool {
		return row[0].Text == "wordcount" && strings.HasPrefix(row[3].Text, "drift over the rounds: +9.6%")
	}) {
		t.Errorf("the table holds %+v", table.Rows)
	}
	few := madeUp()
	few.rounds = 3
	if words, _ := newDataset(few.file()).doubtTable(); words != "" {
		t.Errorf("three rounds were tested: %q", words)
	}
}

func TestReplacementRoundsAndCellsWithoutEnough(t *testing.T) {
	m := madeUp()
	m.rounds = 22
	f := m.file()
	f.Run.Rounds = 20
	bad := find(f, func(c result.Cell) bool { return c.Model == "locked" && c.Grain == "1ms" && c.Cores == 2 })
	for i, s := range f.Samples {
		if s.Cell == bad && s.Round < 13 {
			f.Samples[i].Void = "outside CPU use of 40% of wall, 1% is this cell's median"
		}
	}
	d := newDataset(f)
	if d.rounds != 22 {
		t.Errorf("%d rounds, want all 22", d.rounds)
	}
	says(t, d.tally(), "2 rounds are beyond the planned 20")
	says(t, d.measuredRounds(), "22, 2 of them to replace")
	if got := d.status(bad); !strings.HasPrefix(got, "not measured: 13 of 22 samples void") || d.has(bad, result.TaskRate) {
		t.Errorf("status %q, has a number: %t", got, d.has(bad, result.TaskRate))
	}
	for _, row := range throughput(d).Tables[0].Rows {
		if row[0].Text == "fannkuch, 1 ms tasks" && row[1].Text == "Locked shared memory" && row[2].Text == "2" && row[3].Number != nil {
			t.Errorf("a number stands all the same: %+v", row[3])
		}
	}
	// Two void samples of five rounds of an interrupted run leave a number.
	short := madeUp()
	short.rounds = 5
	f = short.file()
	f.Run.Rounds, f.Interrupted = 20, true
	f.Samples[0].Void, f.Samples[1].Void = "outside CPU use of 40% of wall", "outside CPU use of 40% of wall"
	if got := newDataset(f).status(f.Samples[0].Cell); got != "" {
		t.Errorf("interrupted: %q", got)
	}
}

func TestPooledQuantilesAreThoseOfTheMergedHistogram(t *testing.T) {
	f := trusted(t)
	d := newDataset(f)
	c := find(f, func(c result.Cell) bool { return c.Set == "rate:2000" && c.Model == "goroutine" && c.Cores == 2 })
	var all *hdrhistogram.Histogram
	for _, s := range f.Samples {
		if s.Cell != c {
			continue
		}
		h, err := s.Histogram()
		if err != nil {
			t.Fatal(err)
		}
		if all == nil {
			all = result.NewHistogram()
		}
		all.Merge(h)
	}
	r := d.pooled(c)
	if r.total != all.TotalCount() || r.total != 30_000 {
		t.Fatalf("%d requests, want %d", r.total, all.TotalCount())
	}
	for _, q := range []float64{0.5, 0.9, 0.99, 0.999} {
		e := r.quantile(q)
		if want := float64(all.ValueAtQuantile(100 * q)); e.Value != want || e.Confidence == 0 || e.N != 20 || !(e.Low <= e.Value && e.Value <= e.High) {
			t.Errorf("quantile %g is %+v, want %g", q, e, want)
		}
	}
	if e := r.quantile(0.9999); !math.IsNaN(e.Value) || e.Warnings[0] != "30000 requests; it takes 100000" {
		t.Errorf("a quantile beyond what was measured: %+v", e)
	}
	// A void round is not among the requests.
	for i, s := range f.Samples {
		if s.Cell == c && s.Round < 4 {
			f.Samples[i].Void = "outside CPU"
		}
	}
	if r := newDataset(f).pooled(c); r.total != 24_000 || r.rounds != 16 {
		t.Errorf("%d requests of %d rounds after four are void", r.total, r.rounds)
	}
	f.Samples[slices.IndexFunc(f.Samples, func(s result.Sample) bool { return s.Cell == c && s.Round == 5 })].Latency = "nothing"
	if e := newDataset(f).pooled(c).quantile(0.5); !math.IsNaN(e.Value) || !strings.Contains(e.Warnings[0], "in round 5") {
		t.Errorf("a histogram that cannot be read gives %+v", e)
	}
}

func TestOpenLoopsAreToldFromClosedOnes(t *testing.T) {
	s := latency(newDataset(trusted(t)))
	text := strings.Join(s.Text, " ")
	says(t, text, "Where nothing else is said, the load is closed", "echo (rate:2000) is open", "counts from the intended start", "Event loop on 1 core (1.00k of 2.00k a second)")
	if strings.Contains(text, "Event loop on 2 cores") {
		t.Errorf("a cell that kept up is said to be late: %q", text)
	}
	i := slices.IndexFunc(s.figures, func(f figure) bool { return f.id == "latency-echo-rate-2000" })
	if c := s.figures[i].charts[0].(chart); c.title != "Kept up with" || c.sub != "Tasks per second, of 2.00k offered" {
		t.Errorf("the panel is called %q, %q", c.title, c.sub)
	}
	rows, columns := s.Tables[0].Rows, s.Tables[0].Columns
	if last := columns[len(columns)-1]; last != "Requests pooled" {
		t.Errorf("the last column is %q", last)
	}
	open := rows[len(rows)-1]
	if p999 := open[8]; p999.Number == nil || *p999.Number.Value < 10e6 || open[len(open)-1].Text != "30000" {
		t.Errorf("the row of an open loop is %+v", open)
	}
	closed := strings.Join(latency(newDataset(madeUp().file())).Text, " ")
	if strings.Contains(closed, "open") || !strings.Contains(closed, "The load is closed") {
		t.Errorf("a file of closed loops says %q", closed)
	}
}

func TestFigureOfNines(t *testing.T) {
	for _, f := range newChapter("", trusted(t)).allFigures() {
		if f.id != "figure-nines-echo-rate-2000" {
			continue
		}
		golden.Check(t, f.id+".svg", []byte(f.svgs()[0]))
		c := f.charts[0].(chart)
		shown := slices.DeleteFunc(slices.Clone(c.curves[0].marks), func(m mark) bool { return !c.shown(m) })
		if len(shown) != 5 || shown[4].x != 4 { // 30 000 requests reach 99.9%, and the longest
			t.Errorf("%d marks, want 50, 90, 99, 99.9 and the longest", len(shown))
		}
		lines := shifted{chart: c, curve: c.curves[0]}.joined(func(v, at float64) vg.Point { return vg.Point{X: vg.Length(at), Y: vg.Length(v)} })
		if len(lines) != 1 || len(lines[0]) != 4 {
			t.Errorf("joined are %v, want the four quantiles without the longest", lines)
		}
		inside(t, f.id, c, wideWidth, wideHeight)
		return
	}
	t.Error("no figure of nines")
}

func TestTheCollectorIsTakenOffTheBodies(t *testing.T) {
	with, without := newDataset(trusted(t)), newDataset(madeUp().file())
	p := point{Workload: "fannkuch", Grain: "1ms"}
	for _, l := range with.headline(p) {
		for _, n := range with.cores(p) {
			got, before := with.rest(l, n), without.rest(l, n)
			for i := range got {
				if math.Abs(got[i]-before[i]) > 1e-3 {
					t.Fatalf("%s: unattributed %g, %g without the collector", with.title(l), got[i], before[i])
				}
			}
			var sum float64
			for _, part := range portions() {
				sum += part.of(with, l, n)[0]
			}
			if whole := float64(n) * 1e9 / with.column(l.at(n), result.TaskRate)[0]; math.Abs(sum/whole-1) > 0.02 {
				t.Errorf("%s on %d: the parts are %g, N x wall %g", with.title(l), n, sum, whole)
			}
			body, serial := with.column(l.at(n), result.BodyNS)[0], with.base(l, n, result.BodyNS)[0]
			if got := with.collector(l, n)[0]; math.Abs(got/(0.02*body)-1) > 0.05 {
				t.Errorf("%s: collector %g of a body of %g", with.title(l), got, body)
			}
			if got, want := with.inflations(l, n)[0], 0.98*body-0.99*serial; math.Abs(got-want) > 0.002*body {
				t.Errorf("%s: inflation %g, want %g", with.title(l), got, want)
			}
		}
	}
	if got := without.collector(without.headline(p)[0], 2); !math.IsNaN(got[0]) {
		t.Errorf("a collector that was not recorded took %g", got[0])
	}
}

func TestWhatIsUnattributedIsNamed(t *testing.T) {
	f := madeUp().file()
	says(t, newDataset(f).attributed(newDataset(f).order), "Unattributed is at most ", "of tasks of 10 µs or more (limit 10%)")
	for i, s := range f.Samples {
		for j, v := range s.Values {
			if s.Cell.Model == "locked" && s.Cell.Grain == "100us" && v.Unit == result.OverheadNS {
				f.Samples[i].Values[j].Value = v.Value + 40e3
			}
		}
	}
	d := newDataset(f)
	says(t, d.attributed(d.order), "Above the limit: ", "Locked shared memory, fannkuch, 100 µs tasks, on 2 cores (")
	says(t, newDataset(&result.File{}).attributed(nil), "nothing can be said")
}

func TestMethodSaysWhatWasSpentAndReached(t *testing.T) {
	text := strings.Join(method(newDataset(trusted(t))).Text, " ")
	says(t, text, "90.0% was spent inside passes", "after 5 passes in the median sample, from 4 to 6", "±1% of each cell's tasks a second; a pilot of 3 rounds", "chose 20 rounds", "reached it: half an interval is ", "in the widest (")
	if old := strings.Join(method(newDataset(madeUp().file())).Text, " "); strings.Contains(old, "inside passes") || strings.Contains(old, "target") || strings.Contains(old, "warm-up ended") {
		t.Errorf("a file that records nothing of it says %q", old)
	}
}

// foreign is a file of another tool with so many names, of one benchmark or of
// as many.
func foreign(names int, one bool) *result.File {
	f := &result.File{Path: "foreign.txt"}
	for i := range names {
		c := result.Cell{Workload: fmt.Sprintf("name%d", i), Cores: 1}
		if one {
			c.Workload, c.Other = "name", fmt.Sprintf("sub%d", i)
		}
		for round := range 20 {
			f.Samples = append(f.Samples, result.Sample{Cell: c, Round: round, Passes: 1, Values: []result.Value{{Unit: result.WallNS, Value: 1e6 + float64(round)}}})
		}
	}
	return f
}

func TestOfThousandsOfNamesTheFirstAreDrawn(t *testing.T) {
	for _, one := range []bool{false, true} {
		c := newChapter("", foreign(200, one))
		i := slices.IndexFunc(c.Sections, func(s section) bool { return s.ID == "throughput" })
		s := c.Sections[i]
		text := strings.Join(s.Text, " ") + s.figures[0].text
		says(t, text, "The first 24 of 200")
		if rows := len(s.Tables[0].Rows); rows != 200 || len(s.figures) > mostDrawn || len(s.figures[0].charts) > mostDrawn {
			t.Errorf("%d rows, %d figures, %d panels", rows, len(s.figures), len(s.figures[0].charts))
		}
	}
}

// BenchmarkManyNames reads 5000 foreign names with 20 samples each: the time
// must grow with their number, not its square.
func BenchmarkManyNames(b *testing.B) {
	for _, names := range []int{1250, 5000} {
		for _, one := range []bool{false, true} {
			f := foreign(names, one)
			b.Run(fmt.Sprintf("names=%d/one=%t", names, one), func(b *testing.B) {
				for b.Loop() {
					newChapter("", f)
				}
			})
		}
	}
}

func TestASearchBeginsAnywhereAndEndsAtTheQuantile(t *testing.T) {
	r := &requests{rounds: 3}
	random := rand.New(rand.NewPCG(9, 9))
	sums := make([]int64, r.rounds)
	for i := range 200 {
		r.values = append(r.values, float64(i))
		for k := range sums {
			sums[k] += random.Int64N(4)
		}
		r.below = append(r.below, sums...)
	}
	for range 300 {
		q, draw := random.Float64(), []int{random.IntN(3), random.IntN(3), random.IntN(3)}
		below := func(i int) int64 { return r.below[3*i+draw[0]] + r.below[3*i+draw[1]] + r.below[3*i+draw[2]] }
		want, rank := 0, max(1, int64(q*float64(below(199))+0.5))
		for below(want) < rank {
			want++
		}
		if got := r.drawn(q, below(199), draw, random.IntN(200)); got != want {
			t.Fatalf("quantile %g of %v is value %d, want %d", q, draw, got, want)
		}
	}
}
