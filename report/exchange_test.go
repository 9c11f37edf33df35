package report

import (
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nonrev/nonrev/internal/golden"
	"github.com/nonrev/nonrev/internal/result"
)

// study is a made-up file of the study of messages alone, made once.
var study struct {
	sync.Once
	file *result.File
}

// studied is a copy of it, whose samples share their values.
func studied(t testing.TB) *result.File {
	t.Helper()
	study.Do(func() { study.file = exchanged(t, &result.File{}, 6) })
	f := *study.file
	f.Plan, f.Samples, f.Blanks = slices.Clone(f.Plan), slices.Clone(f.Samples), slices.Clone(f.Blanks)
	return &f
}

// rowWith is the one row of a table whose first fields are these.
func rowWith(t *testing.T, x table, first ...string) []datum {
	t.Helper()
	var found [][]datum
	for _, row := range x.Rows {
		matches := true
		for i, text := range first {
			matches = matches && strings.ReplaceAll(row[i].Text, "\u00a0", " ") == text
		}
		if matches {
			found = append(found, row)
		}
	}
	if len(found) == 0 {
		t.Fatalf("%s has no row %q", x.Title, first)
	}
	return found[0]
}

// near wants a field to hold about a number, with an interval.
func near(t *testing.T, what string, got datum, want float64) {
	t.Helper()
	if got.Number == nil || got.Number.Value == nil || math.Abs(*got.Number.Value/want-1) > 0.03 || got.Number.Confidence == 0 {
		t.Errorf("%s is %+v, want about %g with an interval", what, got, want)
	}
}

func TestMessagesStandInTheirTables(t *testing.T) {
	d := newDataset(studied(t))
	trips := messages(d).Tables[0]
	if want := []string{"Over", "Between", "Where", "64 B", "1 KiB", "64 KiB", "1 MiB", "16 MiB"}; !slices.Equal(trips.Columns, want) {
		t.Errorf("columns %q", trips.Columns)
	}
	near(t, "64 B by pipe on one CPU", rowWith(t, trips, "Pipe", "two processes", "one CPU")[3], 4_000+0.3*64)
	near(t, "1 MiB by pipe across two", rowWith(t, trips, "Pipe", "two processes", "two CPUs")[6], 36_000+0.3*(1<<20))
	near(t, "a channel between goroutines", rowWith(t, trips, "Channel, unbuffered", "two goroutines", "free to use two CPUs")[3], 400+0.05*64)
	near(t, "channels of two pairs", rowWith(t, trips, "Channel, unbuffered", "two goroutines", "free to use one CPU a pair")[3], 200+0.05*64)
	near(t, "the bare pipe", rowWith(t, trips, "Pipe", "bare, Go", "one CPU")[3], 3_800+0.3*64)
	if got := rowWith(t, trips, "Cache line handed over", "bare, Go", "one CPU")[3]; got.Text != missing || got.Note != "unsupported: handover takes other CPUs" {
		t.Errorf("what cannot exist stands as %+v", got)
	}
	if got := rowWith(t, trips, "Unix socket, json", "two processes")[3]; got.Text != "" || got.Note != "" {
		t.Errorf("what nobody asked for stands as %+v", got)
	}
	s := depths(d)
	near(t, "64 under way by ring", rowWith(t, s.Tables[0], "Shared-memory ring", "two processes", "one CPU")[5], 1e9/(3_000*(0.1+0.9/64)+0.2*64))
	bytes := s.Tables[len(s.Tables)-1]
	if want := "64 KiB, 64 under way"; bytes.Columns[4] != want {
		t.Errorf("the column of bytes is %q, want %q", bytes.Columns[4], want)
	}
	near(t, "bytes a second", rowWith(t, bytes, "Pipe", "two processes", "one CPU")[4], 65536*1e9/(4_000*(0.3+0.7/64)+0.3*65536))
}

func TestEveryPassIsTold(t *testing.T) {
	d := newDataset(studied(t))
	told := func(tables ...table) (n int) {
		for _, x := range tables {
			for _, row := range x.Rows {
				for _, f := range row[3:] {
					if f.Text != "" {
						n++
					}
				}
			}
		}
		return n
	}
	x := d.exchanges()
	single := len(x.where(func(p pass) bool { return p.depth == 1 && p.set == "" }))
	if got := told(messages(d).Tables...); got != single {
		t.Errorf("%d fields for %d cells with one message under way", got, single)
	}
	byDepth := depths(d).Tables
	deep := map[pass]bool{}
	for _, p := range x.where(func(p pass) bool { return p.depth > 1 }) {
		deep[p], p.depth = true, 1
		deep[p] = true // the first column
	}
	if got := told(byDepth[:len(byDepth)-1]...); got != len(deep) {
		t.Errorf("%d fields for %d cells of several depths", got, len(deep))
	}
	if rows, cells := len(codecs(d).Tables[0].Rows), 5+6; rows != cells {
		t.Errorf("%d rows of encodings, want %d", rows, cells)
	}
}

func TestThePartsOfAMessageAddUp(t *testing.T) {
	f := studied(t)
	d := newDataset(f)
	s := split(d)
	row := rowWith(t, s.Tables[0], "Unix socket", "two processes", "one CPU", "64 B")
	want := 5_000 + 0.4*64
	for i, part := range []float64{1, 1.5, 0, 0.5, 0.4, 0.09, 0, 0.01} {
		if field := row[4+i]; part > 0 {
			near(t, s.Tables[0].Columns[4+i], field, part*want)
		} else if field.Text != "0 ns" {
			t.Errorf("%s is %+v", s.Tables[0].Columns[4+i], field)
		}
	}
	if bare := rowWith(t, s.Tables[0], "Pipe", "bare, C", "one CPU", "64 B"); bare[6].Text != "" || bare[11].Text != "" || bare[5].Text == "" {
		t.Errorf("what keeps no clocks stands as %+v", bare)
	}
	b := s.figures[0].charts[0].(bars)
	if b.title != "64 B, on one CPU" || len(b.rows) != 4 || b.rows[1].name != "Unix socket" || math.Abs(b.longest()/8_032-1) > 0.03 {
		t.Errorf("bars %q of %d rows, the longest %g", b.title, len(b.rows), b.longest())
	}
	for i, s := range f.Samples {
		if s.Cell.Transport == "unix" {
			f.Samples[i].Values = slices.DeleteFunc(slices.Clone(s.Values), func(v result.Value) bool { return v.Unit == result.WakeNS })
		}
	}
	if b := split(newDataset(f)).figures[0].charts[0].(bars); len(b.rows) != 3 {
		t.Errorf("a bar is drawn of parts of which one is missing: %d rows", len(b.rows))
	}
}

func TestEncodingsAreTimedApart(t *testing.T) {
	s := codecs(newDataset(studied(t)))
	each := 5_000 + 1_000*5 + 5.5*1024.0
	row := rowWith(t, s.Tables[0], "Record, 1 KiB", "json", "Unix socket")
	near(t, "encode", row[4], 0.25*each)
	near(t, "decode", row[5], 0.4*each)
	near(t, "all", row[6], each)
	charts := s.figures[0].charts
	if len(charts) != 2 || charts[0].(bars).title != "Bytes, 64 KiB" || len(charts[0].(bars).rows) != 6 || len(charts[1].(bars).rows) != 5 {
		t.Errorf("charts of encodings: %+v", charts)
	}
}

func TestRoundTripsByRarity(t *testing.T) {
	s := roundTrips(newDataset(studied(t)))
	row := rowWith(t, s.Tables[0], "Pipe", "two processes", "one CPU", "64 B")
	near(t, "median", row[4], 4_019)
	near(t, "99th percentile", row[6], 4_019*math.Exp(0.233))
	if got := row[7]; got.Note != "6000 requests; it takes 10000" {
		t.Errorf("a quantile beyond what was measured is %+v", got)
	}
	near(t, "worst of a sample", row[9], 30*4_019)
	if row[11].Text != "6000" {
		t.Errorf("round trips pooled: %+v", row[11])
	}
	if longest := row[10].Number; longest == nil || *longest.Value < *row[6].Number.Value {
		t.Errorf("the longest of all is %+v", row[10])
	}
}

func TestStarts(t *testing.T) {
	x := spawns(newDataset(studied(t))).Tables[0]
	near(t, "a goroutine", rowWith(t, x, "goroutine")[1], 500)
	near(t, "a thread over a goroutine", rowWith(t, x, "thread")[2], 20)
	near(t, "CPU time", rowWith(t, x, "process, this program")[3], 100_000)
	if got := rowWith(t, x, "process, a static C program")[1]; got.Note != "unsupported: no C compiler" {
		t.Errorf("what could not be started is %+v", got)
	}
}

func TestThePageTellsTheFloorAsItIs(t *testing.T) {
	f := studied(t)
	s := atTheFloor(newDataset(f))
	says(t, strings.Join(s.Text, " "), "of 21 targets at the floor 13 are reached, 1 missed")
	near(t, "ring over futex", rowWith(t, s.Tables[0], "ring round trip, 64 B, one CPU", "bare futex, Go")[4], 3_012.8/2_509.6)
	if got := rowWith(t, s.Tables[0], "ring round trip, 64 B, one CPU", "bare futex, Go")[6]; got.Text != "missed" || got.Style != asWarning {
		t.Errorf("what missed its target stands as %+v", got)
	} else {
		says(t, got.Note, "CPU a message ", " against ", "ours in parts", "wake and wait ")
	}
	rows := 0
	for _, x := range s.Tables {
		rows += len(x.Rows)
	}
	if want := len(Floor(f)); rows != want {
		t.Errorf("%d rows on the page, the floor has %d", rows, want)
	}
}

func TestMessagesAnswerWhereNothingElseWasMeasured(t *testing.T) {
	f := studied(t)
	a := newDataset(f).answer()
	says(t, a.Headline, "at best 3.0", " on one CPU (ring) and 3", " across two CPUs (ring)")
	says(t, strings.Join(a.Lead, " "), "Round trips of 64 B between two processes: on one CPU ring 3.0", "; across two CPUs ring 3", "Round trips of 64 B within one process: on one CPU channel 20", "; free to use two CPUs lock-free ", "of 21 targets at the floor")
	swapped := changed(f, func(c *result.Cell) {
		if c.Model == "subprocess" {
			c.Transport = map[string]string{"": "ring", "ring": "", "unix": "unix", "tcp": "tcp"}[c.Transport]
		}
	})
	says(t, newDataset(swapped).answer().Headline, "on one CPU (pipe)", "across two CPUs (pipe)")
	// The pipe as slow as TCP is not told apart from it.
	tied := one(studied(t), func(c result.Cell) bool { return c.Transport == "tcp" && c.Model == "subprocess" })
	for _, s := range slices.Clone(tied.Samples) {
		s.Cell.Transport = ""
		tied.Samples = append(tied.Samples, s)
	}
	if got := newDataset(tied).answer().Headline; !strings.Contains(got, "(TCP or pipe)") && !strings.Contains(got, "(pipe or TCP)") {
		t.Errorf("transports that are alike are told apart: %q", got)
	}
	few := studied(t)
	few.Samples = slices.DeleteFunc(few.Samples, func(s result.Sample) bool { return s.Round > 1 })
	if got, want := newDataset(few).answer().Headline, "No answer on what a message costs: 2 usable rounds give no interval"; got != want {
		t.Errorf("with two rounds the headline is %q", got)
	}
	gap := studied(t)
	gap.Samples = slices.DeleteFunc(gap.Samples, func(s result.Sample) bool { return s.Cell.Transport == "tcp" && s.Round > 1 })
	if got := newDataset(gap).answer().Headline; !strings.HasPrefix(got, "No answer") {
		t.Errorf("a transport that cannot be compared is passed over: %q", got)
	}
	both := newDataset(exchanged(t, madeUp().file(), 6)).answer()
	says(t, both.Headline, "2 cores pay: from 1 µs tasks")
	says(t, strings.Join(both.Lead, " "), "Round trips of 64 B between two processes")
}

func TestPagesOfSomeMessages(t *testing.T) {
	starts := one(studied(t), func(c result.Cell) bool { return c.Workload == result.Spawn })
	starts.Blanks = nil
	failing := studied(t)
	failing.Failures = []result.Failure{{Cell: failing.Plan[0], Kind: "wrong answer", Text: "digest 1, want 2"}}
	for name, c := range map[string]struct {
		file *result.File
		want []string
		none string
	}{
		"all":              {studied(t), []string{"What a message costs", "Several messages under way", "What encoding costs", "At the floor", "How long a round trip takes"}, ""},
		"none":             {madeUp().file(), []string{"No pair that passes messages was measured"}, "Several messages under way"},
		"pipe and channel": {one(studied(t), func(c result.Cell) bool { return c.Transport == "" || c.Transport == "channel" }), []string{"within one process"}, "Shared-memory ring,"},
		"the floor alone":  {one(studied(t), func(c result.Cell) bool { return c.Model == result.RawGo }), []string{"bare, Go"}, "At best"},
		"starts alone":     {starts, []string{"What starting costs", "No pair that passes messages"}, "At the floor"},
		"all void":         {void(studied(t)), []string{"void"}, "Round trips between"},
		"all failed":       {failed(studied(t)), []string{"exit status 2"}, "Round trips between"},
		"planned only":     {&result.File{Plan: studied(t).Plan}, []string{"not measured"}, "Round trips between"},
		"one failed":       {failing, []string{"failed: wrong answer: digest 1, want 2", "Pipe, two processes, on one CPU"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			html, err := page([]chapter{newChapter("", c.file)})
			if err != nil {
				t.Fatal(err)
			}
			says(t, string(html), c.want...)
			for _, bad := range []string{"NaN", "Inf", c.none} {
				if bad != "" && strings.Contains(string(html), bad) {
					t.Errorf("the page says %q", bad)
				}
			}
		})
	}
}

func TestFiguresOfMessages(t *testing.T) {
	m := madeUp()
	m.rounds = 6
	wanted := []string{"message-between", "depth-between-64b", "split-between", "codec", "round-trips-within", "metg-fannkuch", "ipc-share-transport"}
	for _, f := range newChapter("", exchanged(t, overTransports(m, m.file()), 6)).allFigures() {
		svgs := f.svgs()
		for i, drawn := range f.charts {
			if c, ok := drawn.(chart); ok && len(c.values()) > 0 {
				w, h, _ := f.size()
				c.tight = w < narrow
				inside(t, f.id, c, w, h)
			}
			insideView(t, f.id, string(svgs[i]))
		}
		if i := slices.Index(wanted, strings.TrimPrefix(f.id, "figure-")); i >= 0 {
			wanted = slices.Delete(wanted, i, i+1)
			golden.Check(t, f.id+".svg", []byte(svgs[len(svgs)-1]))
			if _, err := f.png(); err != nil {
				t.Error(err)
			}
		}
	}
	if len(wanted) > 0 {
		t.Errorf("no such figures: %v", wanted)
	}
}

func TestPanelsOfAFigureCompare(t *testing.T) {
	charts := messages(newDataset(studied(t))).figures[0].charts
	first := charts[0].(chart)
	if len(charts) != 3 || first.title != "On one CPU" || charts[1].(chart).title != "One CPU a pair" || charts[1].(chart).sub != "2 pairs on 2 cores" {
		t.Fatalf("%d panels, the first %q", len(charts), first.title)
	}
	for _, drawn := range charts {
		if !slices.Equal(drawn.(chart).y.holds, first.y.holds) {
			t.Error("panels have different heights")
		}
	}
	var names []string
	for _, g := range first.guides {
		names = append(names, g.name)
	}
	if want := []string{"", "", "", "futex", "memcpy"}; !slices.Equal(names, want) {
		t.Errorf("grey lines %q, want a name only where no coloured line has it", names)
	}
}

func TestABareMechanismIsJoinedOverWhatNobodyAskedFor(t *testing.T) {
	f := one(studied(t), func(c result.Cell) bool { return c.Model != result.RawGo || c.Payload != "1KiB" })
	d := newDataset(f)
	guides := messages(d).figures[0].charts[0].(chart).guides
	if len(guides) != 5 || len(guides[0].at) != 4 {
		t.Errorf("%d grey lines, the first over %v", len(guides), guides[0].at)
	}
	// A number that is missing although it was asked for breaks the line.
	pipe := find(f, func(c result.Cell) bool {
		return c.Model == result.RawGo && c.Transport == "" && c.Payload == "64KiB" && c.Cores == 1 && c.InFlight == 0
	})
	f.Failures = []result.Failure{{Cell: pipe, Kind: "crash", Text: "exit status 2"}}
	guides = messages(newDataset(f)).figures[0].charts[0].(chart).guides
	if len(guides) != 6 || len(guides[0].at) != 1 || len(guides[1].at) != 2 {
		t.Errorf("a missing number is bridged: %v", guides)
	}
	// One that ends early is named where it ends.
	if g := messages(newDataset(one(studied(t), func(c result.Cell) bool { return c.Transport != "memcpy" || c.Payload == "64KiB" }))).figures[0].charts[0].(chart).guides; !g[4].short || g[3].short {
		t.Errorf("memcpy at 64 KiB alone, futex at every size: %+v", g[3:])
	}
	// What perf measured at a size of its own has a column, and no tick.
	f = studied(t)
	perfs := one(studied(t), func(c result.Cell) bool {
		return c.Model == result.RawC && c.Payload == "64B" && c.InFlight == 0 && c.Cores == 1
	})
	changed(perfs, func(c *result.Cell) { c.Model, c.Payload, c.Codec, c.Placement = perf, "4B", "", "" })
	f.Plan, f.Samples = append(f.Plan, perfs.Plan...), append(f.Samples, perfs.Samples...)
	s := messages(newDataset(f))
	rowWith(t, s.Tables[0], "Pipe", "perf bench sched", "not bound")
	if got := s.figures[0].charts[0].(chart).x.names[0]; got != "64 B" || s.Tables[0].Columns[3] != "4 B" {
		t.Errorf("the first tick is %q, the first column %q", got, s.Tables[0].Columns[3])
	}
	says(t, newDataset(f).answer().Headline, "on one CPU (ring)")
}

func TestHostileNamesOfMessagesAreText(t *testing.T) {
	f := changed(studied(t), func(c *result.Cell) {
		switch {
		case c.Transport == "ring":
			c.Transport = hostile
		case c.Codec == "json":
			c.Codec = hostile
		case c.Set == "thread", c.Set == "value:record":
			c.Set = hostile
		case c.Transport == "tcp":
			c.Placement = hostile
		case c.Payload == "1KiB":
			c.Payload = hostile
		}
	})
	html, err := page([]chapter{newChapter("", f)})
	if err != nil {
		t.Fatal(err)
	}
	text := string(html)
	says(t, text, "&lt;script&gt;alert(1)&lt;/script&gt;", "not bound")
	for _, bad := range []string{"<script>alert", "<img", "\u202e", "NaN", "Inf"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}
