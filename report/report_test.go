package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"gonum.org/v1/plot/cmpimg"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/nonrev/nonrev/internal/golden"
	"github.com/nonrev/nonrev/internal/result"
)

func TestFigures(t *testing.T) {
	c := newChapter("", madeUp().file())
	wanted := map[string]bool{"answer": true, "figure-throughput-fannkuch-1ms": true, "figure-efficiency-by-grain-fannkuch": true, "figure-payload-handoff": true}
	for _, f := range c.allFigures() {
		var all bytes.Buffer
		for i, svg := range f.svgs() {
			if len(svg) > 50_000 {
				t.Errorf("%s: chart %d is %d bytes, more than 50 KB", f.id, i, len(svg))
			}
			all.WriteString(string(svg))
		}
		if wanted[f.id] {
			delete(wanted, f.id)
			golden.Check(t, f.id+".svg", all.Bytes())
		}
	}
	if len(wanted) > 0 {
		t.Errorf("no such figures: %v", wanted)
	}
}

func TestPictures(t *testing.T) {
	for name, file := range map[string]*result.File{"answer": madeUp().file(), "figure-account": madeUp().file(), "figure-throughput-fannkuch-1ms": wide()} {
		t.Run(name, func(t *testing.T) {
			all := newChapter("", file).allFigures()
			got, err := all[slices.IndexFunc(all, func(f figure) bool { return f.id == name })].png()
			if err != nil {
				t.Fatal(err)
			}
			name += ".png"
			if flag.Lookup("update").Value.String() == "true" {
				golden.Check(t, name, got)
				return
			}
			want, err := os.ReadFile("testdata/" + name)
			if err != nil {
				t.Fatal(err)
			}
			// Fonts are rasterised in floating point, which differs between processors.
			if same, err := cmpimg.EqualApprox("png", want, got, 0.02); err != nil || !same {
				t.Errorf("%s differs (%v); if it is right now, run the test with -update", name, err)
			}
		})
	}
}

func TestEveryFigureHasItsTable(t *testing.T) {
	for name, files := range pages(t) {
		for _, f := range files {
			c := newChapter("", f)
			tables := map[string]bool{}
			for _, x := range c.Tables {
				tables[x.ID] = len(x.Rows) > 0
			}
			for _, f := range c.allFigures() {
				if !tables[f.table] {
					t.Errorf("%s: the table of %s is %q, which is none or empty", name, f.id, f.table)
				}
			}
		}
	}
}

func headline(f *result.File) string { return newDataset(f).answer().Headline }

func TestWordsFollowTheData(t *testing.T) {
	m := madeUp()
	want := "2 cores pay: from 1 µs tasks under goroutines and locked shared memory, from 100 µs tasks under worker processes"
	if got := headline(m.file()); got != want {
		t.Errorf("headline %q, want %q", got, want)
	}

	m.cost["goroutine"], m.cost["subprocess"] = m.cost["subprocess"], m.cost["goroutine"]
	a := newDataset(m.file()).answer()
	if !strings.Contains(a.Headline, "from 100 µs tasks under goroutines") {
		t.Errorf("with the costs exchanged the headline is %q", a.Headline)
	}
	if lead := strings.Join(a.Lead, " "); strings.Index(lead, "under worker processes") > strings.Index(lead, "under goroutines") {
		t.Errorf("the better model does not stand first: %q", lead)
	}
}

func TestWordsSayWhatIsNotKnown(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(m *made)
		want   string
	}{
		{"few rounds", func(m *made) { m.rounds = 3 }, "No answer on whether 2 cores pay: 3 usable rounds give no interval"},
		{"one core", func(m *made) { m.cores = []int{1} }, "One core was measured: nothing to say about more"},
		{"nothing spreads and all costs", func(m *made) {
			for _, model := range madeModels {
				m.serialShare[model], m.cost[model] = 1, 9e6
			}
		}, "2 cores do not pay at any measured task size"},
		{"nothing spreads and nothing costs", func(m *made) {
			for _, model := range madeModels {
				m.serialShare[model], m.cost[model] = 1, 0
			}
		}, "Whether 2 cores pay is unclear under goroutines, worker processes and locked shared memory"},
		{"one size", func(m *made) { m.grains = []string{"1ms"} }, "2 cores pay under goroutines, worker processes and locked shared memory, at fannkuch, 1 ms tasks"},
	} {
		m := madeUp()
		c.change(&m)
		if got := headline(m.file()); got != c.want {
			t.Errorf("%s: headline %q, want %q", c.name, got, c.want)
		}
	}
}

func TestHeadlineKeepsVerdictsApart(t *testing.T) {
	for _, c := range []struct {
		rest map[string][]string
		want string
	}{
		{map[string][]string{"never": {"a"}, "unknown": {"b"}}, "2 cores pay at no measured task size under a, unknown under b"},
		{map[string][]string{"never": {"a"}, "unclear": {"b", "c"}}, "Whether 2 cores pay is unclear under b and c, at no measured size under a"},
		{map[string][]string{"never": {"a", "b"}}, "2 cores do not pay at any measured task size"},
		{map[string][]string{"unknown": {"a"}}, "No answer on whether 2 cores pay: why"},
		{nil, "No model that can use more than one core was measured"},
	} {
		if got := nonePays(2, c.rest, "why"); got != c.want {
			t.Errorf("%v: %q, want %q", c.rest, got, c.want)
		}
	}
}

// one keeps what belongs to the cells that keep names.
func one(f *result.File, keep func(result.Cell) bool) *result.File {
	var plan []result.Cell
	var samples []result.Sample
	for _, c := range f.Plan {
		if keep(c) {
			plan = append(plan, c)
		}
	}
	for _, s := range f.Samples {
		if keep(s.Cell) {
			samples = append(samples, s)
		}
	}
	f.Plan, f.Samples = plan, samples
	return f
}

// failed makes every cell fail.
func failed(f *result.File) *result.File {
	f.Samples = nil
	for _, c := range f.Plan {
		f.Failures = append(f.Failures, result.Failure{Cell: c, Kind: "crash", Text: "exit status 2"})
	}
	return f
}

// void makes every sample void.
func void(f *result.File) *result.File {
	for i := range f.Samples {
		f.Samples[i].Void = "outside CPU use of 99% of wall"
	}
	return f
}

func TestPoorFilesSayWhatIsMissing(t *testing.T) {
	few := madeUp()
	few.rounds = 3
	odd := madeUp().file()
	odd.Plan = nil
	broken := madeUp().file()
	for i := range broken.Samples {
		broken.Samples[i].Values = []result.Value{{Unit: result.TaskRate, Value: 0}}
	}
	strange := madeUp().file()
	for i := range strange.Plan {
		strange.Plan[i].Payload = "much"
	}
	for i := range strange.Samples {
		strange.Samples[i].Cell.Payload = "much"
	}
	for _, c := range []struct {
		name string
		file *result.File
		want string
	}{
		{"empty", &result.File{}, "Nothing was measured"},
		{"planned only", &result.File{Plan: madeUp().file().Plan, Interrupted: true}, "not measured: the run was interrupted"},
		{"one cell", one(madeUp().file(), func(c result.Cell) bool { return c == result.Cell{Workload: "wordcount", Model: "goroutine", Cores: 2} }), "No answer on whether 2 cores pay"},
		{"serial only", one(madeUp().file(), func(c result.Cell) bool { return c.Model == result.Serial }), "No model gave a number"},
		{"probes only", one(madeUp().file(), func(c result.Cell) bool { return c.Workload == result.Probe }), "No CPU work was measured"},
		{"no serial", one(madeUp().file(), func(c result.Cell) bool { return c.Model != result.Serial }), "not in this profile"},
		{"all failed", failed(madeUp().file()), "exit status 2"},
		{"all void", void(madeUp().file()), "not measured: 20 of 20 samples void (outside CPU use of 99% of wall)"},
		{"few rounds", few.file(), "n = 3, no interval"},
		{"no plan", odd, "2 cores pay"},
		{"rates of nothing", broken, "not positive and finite"},
		{"strange payload", strange, "much"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page, err := page([]chapter{newChapter("", c.file)})
			if err != nil {
				t.Fatal(err)
			}
			says(t, string(page), c.want)
			if bytes.Contains(page, []byte("NaN")) || bytes.Contains(page, []byte("Inf")) {
				t.Error("the page holds a number that is none")
			}
		})
	}
}

func TestFailedCellGivesNoNumber(t *testing.T) {
	f := madeUp().file()
	bad := find(f, func(c result.Cell) bool { return c.Model == "locked" && c.Grain == "1ms" && c.Cores == 2 })
	f.Failures = []result.Failure{{Cell: bad, Round: 7, Kind: "wrong answer", Text: "checksum 227, want 228"}}
	d := newDataset(f)
	if d.has(bad, result.TaskRate) {
		t.Error("a cell with a wrong answer still gives a number")
	}
	if got := d.status(bad); got != "failed: wrong answer: checksum 227, want 228" {
		t.Errorf("status %q", got)
	}
	for _, row := range breakEven(d).Tables[0].Rows {
		if row[0].Text == "Locked shared memory" && row[1].Text == "2" && row[0].Note != "without 1 ms, which gave no number" {
			t.Errorf("the break-even of a curve with a hole says %q", row[0].Note)
		}
	}
}

func TestSharedHelpersAreNotJoined(t *testing.T) {
	for _, f := range newChapter("", madeUp().file()).allFigures() {
		if f.id != "figure-latency-echo" {
			continue
		}
		for _, c := range f.charts[0].(chart).curves {
			if !c.loose {
				t.Errorf("%s: core counts that must not be compared are joined", c.name)
			}
		}
		return
	}
	t.Error("no figure of echo")
}

func TestVoidSampleDropsItsPair(t *testing.T) {
	f := madeUp().file()
	serial := find(f, func(c result.Cell) bool { return c.Model == result.Serial && c.Grain == "1ms" })
	for i := range f.Samples {
		if f.Samples[i].Cell == serial && f.Samples[i].Round < 4 {
			f.Samples[i].Void = "outside CPU"
		}
	}
	d := newDataset(f)
	l := d.headline(pointOf(serial))[0]
	if n := d.speedup(l, 2).N; n != 16 {
		t.Errorf("%d pairs, want the 16 whose serial sample is good", n)
	}
}

const hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e\u05d0\u05d1"

// hostileFile has hostile strings wherever a file can hold a string.
func hostileFile() *result.File {
	f := madeUp().file()
	rename := func(c *result.Cell) {
		if c.Model == "goroutine" {
			c.Model = hostile + strings.Repeat("long", 2500)
		}
		if c.Workload == "counter" {
			c.Workload, c.Set = hostile, "n:1,"+hostile
		}
		if c.Payload == "64B" {
			c.Payload = hostile
		}
	}
	for i := range f.Plan {
		rename(&f.Plan[i])
	}
	for i := range f.Samples {
		rename(&f.Samples[i].Cell)
	}
	f.Samples[0].Void, f.Samples[1].Warnings = hostile, []string{hostile}
	f.Failures = []result.Failure{{Cell: f.Plan[2], Kind: hostile, Text: hostile + strings.Repeat("x", 10_000)}}
	f.Blanks = []result.Blank{{Cell: f.Plan[3], Reason: hostile}}
	f.Path = hostile
	r := &f.Run
	r.CPU, r.Kernel, r.Go, r.Start, r.Host, r.Tool = hostile, hostile, hostile, hostile, hostile, hostile
	r.Command, r.Notes = []string{"run", hostile}, []string{hostile}
	return f
}

func TestHostileNamesAreText(t *testing.T) {
	page, err := page([]chapter{newChapter("", hostileFile())})
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]int{"<script": 1, "<img": 0} {
		if n := bytes.Count(page, []byte(tag)); n != want {
			t.Errorf("the page holds the element %s %d times, want %d", tag, n, want)
		}
	}
	if hidden := bytes.IndexFunc(page, func(r rune) bool { return !unicode.IsGraphic(r) && r != '\n' && r != '\t' }); hidden >= 0 {
		t.Errorf("the page holds a sign without a look of its own: %q", page[hidden:hidden+8])
	}
	if !bytes.Contains(page, []byte(`onerror=alert(1)&gt;\u202eאב`)) {
		t.Error("a sign that turns the direction of the text is not spelled")
	}
	if !bytes.Contains(page, []byte("&lt;script&gt;alert(1)&lt;/script&gt;")) {
		t.Error("the hostile name is not on the page as text")
	}
	a := newDataset(hostileFile()).answer()
	if words := a.Headline + strings.Join(a.Lead, ""); strings.ContainsRune(words, '\u202e') {
		t.Errorf("a name turns the direction of the sentence: %q", words)
	}
}

func TestEveryMarkIsInside(t *testing.T) {
	many := madeUp()
	many.cores = []int{1, 2, 3, 4, 6, 8, 12, 16, 24, 32}
	for _, file := range []*result.File{madeUp().file(), many.file(), hostileFile()} {
		for _, f := range newChapter("", file).allFigures() {
			for _, d := range f.charts {
				if c, ok := d.(chart); ok && len(c.values()) > 0 {
					w, h, _ := f.size()
					c.tight = w < narrow
					inside(t, f.id, c, w, h)
				}
			}
			for _, svg := range f.svgs() {
				insideView(t, f.id, string(svg))
			}
		}
	}
}

// inside checks marks and whiskers against the axes' ranges.
func inside(t *testing.T, id string, c chart, w, h vg.Length) {
	t.Helper()
	p := c.plot(c.header(draw.New(newSVG(w, h))))
	for _, s := range c.curves {
		for _, m := range s.marks {
			if !c.shown(m) {
				continue
			}
			for _, norm := range []float64{p.X.Norm(m.x), p.Y.Norm(m.y.Value), p.Y.Norm(m.y.Low), p.Y.Norm(m.y.High)} {
				if !(norm >= -1e-9 && norm <= 1+1e-9) {
					t.Errorf("%s: the mark %q lies outside its axes", id, m.title)
				}
			}
		}
	}
}

var (
	viewBox     = regexp.MustCompile(`viewBox="0 0 (\S+) (\S+)"`)
	coordinates = regexp.MustCompile(`[ML ](-?[\d.]+),(-?[\d.]+)`)
)

// insideView checks every path's corners against the drawing's edge.
func insideView(t *testing.T, id, svg string) {
	t.Helper()
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	size := viewBox.FindStringSubmatch(svg)
	for _, at := range coordinates.FindAllStringSubmatch(svg, -1) {
		if x, y := number(at[1]), number(at[2]); x < 0 || y < 0 || x > number(size[1]) || y > number(size[2]) {
			t.Errorf("%s: %s,%s lies outside the drawing of %s x %s", id, at[1], at[2], size[1], size[2])
		}
	}
}

func TestVoidsAreCountedByCause(t *testing.T) {
	f := madeUp().file()
	f.Samples[0].Void, f.Samples[1].Void, f.Samples[2].Void = "outside CPU use of 31% of wall", "outside CPU use of 99.5% of wall", "stopped"
	rows := newDataset(f).voidTable().Rows
	if len(rows) != 2 || rows[0][3].Text != "2" || rows[0][4].Text != "outside CPU use of 31% of wall" || rows[1][3].Text != "1" {
		t.Errorf("rows %+v", rows)
	}
}

func TestTwoFilesShareAPage(t *testing.T) {
	a, b := madeUp().file(), other()
	dir := t.TempDir()
	if err := Write(dir, []*result.File{a, b}); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllSubmatch(page, -1) {
		if seen[string(id[1])] {
			t.Errorf("id %s stands twice", id[1])
		}
		seen[string(id[1])] = true
	}
	if !seen["break-even"] || !seen["f2-break-even"] {
		t.Errorf("the page lacks a chapter")
	}
}

func TestWriteNamesPathAndRemedy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := Write(filepath.Join(file, "page"), []*result.File{madeUp().file()})
	if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "--dir") {
		t.Errorf("error %v, want the path and --dir", err)
	}
}

func TestNumbersAreThoseOfTheTables(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, []*result.File{madeUp().file()}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Files []struct {
			Headline string
			Tables   []table
		}
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	for _, x := range got.Files[0].Tables {
		if x.ID != "table-break-even-fannkuch" {
			continue
		}
		pays := x.Rows[0][2]
		if pays.Text != "1 µs" || pays.Number == nil || *pays.Number.Value < 900 || *pays.Number.Value > 1200 {
			t.Errorf("first row pays %+v, want the measured serial time of 1 µs", pays)
		}
		return
	}
	t.Error("report.json lacks the break-even table")
}

func TestSectionsWithoutNumbersStandBelowTheOthers(t *testing.T) {
	var ids []string
	for _, s := range newChapter("", studied(t)).Sections {
		ids = append(ids, s.ID)
	}
	at := func(id string) int { return slices.Index(ids, id) }
	if at("message") < 0 || at("message") > at("break-even") || at("break-even") > at("gaps") || at("method") != len(ids)-1 {
		t.Errorf("the sections of a study of messages stand as %q", ids)
	}
}
