package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"image/color"
	"math"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

func TestNamesAreSpreadApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const gap, low, high = 15, 10, 310
		wanted := rapid.SliceOfN(rapid.Float64Range(-50, 400), 0, 15).Draw(t, "wanted")
		slices.Sort(wanted)
		slices.Reverse(wanted)
		places := make([]vg.Length, len(wanted))
		for i, w := range wanted {
			places[i] = vg.Length(w)
		}
		got := spread(places, gap, low, high)
		for i := range got {
			if i > 0 && got[i-1]-got[i] < gap-1e-9 {
				t.Fatalf("names %d and %d are %v apart: %v", i-1, i, got[i-1]-got[i], got)
			}
			if got[i] < low-1e-9 || got[i] > high+1e-9 {
				t.Fatalf("name %d stands at %v, outside %v to %v", i, got[i], low, high)
			}
		}
	})
}

func TestNamesThatAreApartStay(t *testing.T) {
	want := []vg.Length{200, 150, 20}
	if got := spread(want, 15, 10, 310); !slices.Equal(got, want) {
		t.Errorf("moved to %v", got)
	}
}

func TestTicksAreInsideAndEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := math.Pow(10, rapid.Float64Range(-6, 12).Draw(t, "low"))
		high := low * math.Pow(10, rapid.Float64Range(0, 9).Draw(t, "decades"))
		low, high = widen(low, high)
		for kind, at := range map[string][]float64{"log": logTicks(low, high), "linear": linearTicks(0, high)} {
			if len(at) < 2 || len(at) > mostTicks {
				t.Fatalf("%s axis from %g to %g has %d ticks: %v", kind, low, high, len(at), at)
			}
			for i, v := range at {
				if v > high || kind == "log" && v < low || i > 0 && v <= at[i-1] {
					t.Fatalf("%s axis from %g to %g has ticks %v", kind, low, high, at)
				}
			}
		}
	})
}

func TestNumbersInWords(t *testing.T) {
	for _, c := range []struct {
		kind kind
		in   float64
		want string
	}{
		{duration, 18_400, "18.4 µs"},
		{duration, 999.7, "1.00 µs"},
		{duration, 0, "0 ns"},
		{duration, 2.5e9, "2.50 s"},
		{duration, -120, "-120 ns"},
		{rate, 16_556, "16.6k"},
		{rate, 999_999, "1.00M"},
		{rate, 430, "430"},
		{ratio, 1.954, "1.95×"},
		{ratio, 0.0781, "0.0781×"},
		{share, 0.9712, "97.1%"},
		{share, 0.00004, "0.00400%"},
		{plain, 20, "20"},
		{plain, 0.5, "0.500"},
		{octets, 16 << 10, "16.0 KiB"},
		{octets, 2.0e7, "19.1 MiB"},
		{ratio, math.NaN(), missing},
		{ratio, math.Inf(1), missing},
	} {
		if got := c.kind.value(c.in); got != c.want {
			t.Errorf("%s %g is written %q, want %q", c.kind, c.in, got, c.want)
		}
	}
	e := scaling.Estimate{Value: 950, Low: 940, High: 1100, Confidence: 0.95}
	if got := duration.interval(e); got != "940 ns–1.10 µs" {
		t.Errorf("an interval across units is written %q", got)
	}
	e.Low = -120
	if got := duration.interval(e); got != "-120 ns to 1.10 µs" {
		t.Errorf("an interval from below 0 is written %q", got)
	}
}

// luminance is the relative luminance of WCAG 2.
func luminance(rgb uint32) float64 {
	channel := func(shift int) float64 {
		c := float64(rgb>>shift&255) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

func contrast(a, b uint32) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestInksCanBeRead(t *testing.T) {
	type pair struct{ text, ground ink }
	pairs := []pair{{inkYes, inkFor}, {inkNo, inkAgainst}, {inkText, inkPale}, {inkText, inkFor}, {inkText, inkAgainst}}
	readable := []ink{inkText, inkQuiet, inkYes, inkNo}
	for _, s := range palette() {
		readable = append(readable, s.ink)
	}
	for _, k := range readable {
		pairs = append(pairs, pair{k, inkGround})
	}
	for _, p := range pairs {
		if c := contrast(p.text.light, p.ground.light); c < 4.5 {
			t.Errorf("ink %s has contrast %.2f on %s, light, want 4.5", p.text.name, c, p.ground.name)
		}
		if c := contrast(p.text.dark, p.ground.dark); c < 4.5 {
			t.Errorf("ink %s has contrast %.2f on %s, dark, want 4.5", p.text.name, c, p.ground.name)
		}
	}
}

// oklab is the perceptual colour space of B. Ottosson (2020).
func oklab(rgb [3]float64) [3]float64 {
	l := math.Cbrt(0.4122214708*rgb[0] + 0.5363325363*rgb[1] + 0.0514459929*rgb[2])
	m := math.Cbrt(0.2119034982*rgb[0] + 0.6806995451*rgb[1] + 0.1073969566*rgb[2])
	s := math.Cbrt(0.0883024619*rgb[0] + 0.2817188376*rgb[1] + 0.6299787005*rgb[2])
	return [3]float64{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

// eyes are how colours come out, on linear RGB, for normal sight and for the
// three dichromacies: Machado, Oliveira and Fernandes (2009), severity 1.
var eyes = map[string][3][3]float64{
	"normal":       {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

// seen is a colour in oklab as eyes see it.
func seen(rgb uint32, eye [3][3]float64) [3]float64 {
	var linear, out [3]float64
	for i := range 3 {
		c := float64(rgb>>(16-8*i)&255) / 255
		if linear[i] = math.Pow((c+0.055)/1.055, 2.4); c <= 0.04045 {
			linear[i] = c / 12.92
		}
	}
	for i := range 3 {
		for j := range 3 {
			out[i] += eye[i][j] * linear[j]
		}
		out[i] = min(max(out[i], 0), 1)
	}
	return oklab(out)
}

// distance is how far apart two colours are for such eyes.
func distance(a, b uint32, eye [3][3]float64) float64 {
	x, y := seen(a, eye), seen(b, eye)
	return math.Hypot(math.Hypot(x[0]-y[0], x[1]-y[1]), x[2]-y[2])
}

// Curves of one panel have colours that are apart for all eyes; shape and label
// repeat what colour says.
func TestCurvesLookApart(t *testing.T) {
	between, within := bearers()[:4], bearers()[4:8]
	for name, eye := range eyes {
		for _, group := range [][]style{palette()[1:5], between, within, palette()[5:]} {
			for i, a := range group {
				for _, b := range group[:i] {
					for _, pair := range [][2]uint32{{a.ink.light, b.ink.light}, {a.ink.dark, b.ink.dark}} {
						if d := distance(pair[0], pair[1], eye); d < 0.06 {
							t.Errorf("%s: %s and %s (%06x, %06x) are %.3f apart", name, a.ink.name, b.ink.name, pair[0], pair[1], d)
						}
					}
					if reflect.ValueOf(a.shape).Pointer() == reflect.ValueOf(b.shape).Pointer() {
						t.Errorf("%s and %s have one shape", a.title, b.title)
					}
				}
			}
		}
	}
}

// Parts of a bar have no shape; those with room have their names in them.
func TestPartsOfBarsLookApart(t *testing.T) {
	var bars [2][]ink
	for _, p := range portions() {
		bars[0] = append(bars[0], p.ink)
	}
	for _, p := range phases() {
		bars[1] = append(bars[1], p.ink)
	}
	for name, eye := range eyes {
		for _, inks := range bars {
			for i, a := range inks {
				for _, b := range inks[:i] {
					for _, pair := range [][2]uint32{{a.light, b.light}, {a.dark, b.dark}} {
						if d := distance(pair[0], pair[1], eye); d < 0.06 {
							t.Errorf("%s: %s and %s (%06x, %06x) are %.3f apart", name, a.name, b.name, pair[0], pair[1], d)
						}
					}
				}
			}
		}
	}
}

func TestEverySectionIsListed(t *testing.T) {
	listed := map[string]bool{}
	for _, s := range sections() {
		name := runtime.FuncForPC(reflect.ValueOf(s).Pointer()).Name()
		listed[name[strings.LastIndex(name, ".")+1:]] = true
	}
	paths, err := filepath.Glob("section_*.go")
	if err != nil || len(paths) == 0 {
		t.Fatal("no sections", err)
	}
	for _, path := range paths {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || f.Type.Results == nil {
				continue
			}
			if r, ok := f.Type.Results.List[0].Type.(*ast.Ident); ok && r.Name == "section" && !listed[f.Name.Name] {
				t.Errorf("%s declares the section %s, which sections() does not list", path, f.Name.Name)
			}
		}
	}
}

func TestUnknownModelsGetLooksOfTheirOwn(t *testing.T) {
	s := newStyles([]string{"serial", "mine", "goroutine", "yours"})
	if s["mine"].title != "mine" || s["mine"].ink == s["yours"].ink || s["mine"].ink == s["goroutine"].ink {
		t.Errorf("looks %+v and %+v", s["mine"].ink, s["yours"].ink)
	}
}

func TestSVGRefusesStrangeColours(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a colour that the style sheet does not know was drawn")
		}
	}()
	c := newSVG(10, 10)
	c.SetColor(color.Black)
	c.Fill(circle(vg.Point{X: 5, Y: 5}, 2))
}

func TestSVGTransforms(t *testing.T) {
	c := newSVG(100, 50)
	c.SetColor(inkText)
	c.Push()
	c.Translate(vg.Point{X: 10, Y: 20})
	c.Scale(2, 2)
	c.Rotate(math.Pi / 2)
	var p vg.Path
	p.Move(vg.Point{X: 5, Y: 0})
	p.QuadTo(vg.Point{X: 5, Y: 5}, vg.Point{X: 0, Y: 5})
	c.Stroke(p)
	c.Pop()
	c.Fill(circle(vg.Point{X: 5, Y: 5}, 2))
	want := `<path class="s k-text" d="M10,20Q0,20 0,30" stroke-width="2"/>
<path class="f k-text" d="M7,45A2,2 0 0 0 3,45A2,2 0 0 0 7,45Z"/>
`
	if got := c.out.String(); got != want {
		t.Errorf("drawn\n%swant\n%s", got, want)
	}
}

// steady is a file without noise whose numbers can be had on paper: a pass of
// 250 tasks takes 25.6 ms serial and 15.1 ms on two cores.
func steady() *result.File {
	f := &result.File{Run: result.Run{Cores: []int{1, 2}}}
	serial := result.Cell{Workload: "fannkuch", Grain: "100us", Model: result.Serial, Cores: 1}
	two := result.Cell{Workload: "fannkuch", Grain: "100us", Model: "subprocess", Cores: 2}
	f.Plan = []result.Cell{serial, two}
	for round := range 6 {
		for cell, wall := range map[result.Cell]float64{serial: 25.6e6, two: 15.1e6} {
			values := []result.Value{{Unit: result.WallNS, Value: wall}, {Unit: result.TaskRate, Value: 250 / wall * 1e9}}
			body := result.Value{Unit: result.BodyNS, Value: 102_000}
			if cell == two {
				body.Value = 104_000
				values = append(values, result.Value{Unit: result.OverheadNS, Value: 18_400}, result.Value{Unit: result.IPCNS, Value: 14_900},
					result.Value{Unit: result.LockNS, Value: 0}, result.Value{Unit: result.IdleNS, Value: 1_000})
			}
			f.Samples = append(f.Samples, result.Sample{Cell: cell, Round: round, Values: append(values, body)})
		}
	}
	return f
}

func TestFiguresAreThoseOnPaper(t *testing.T) {
	d := newDataset(steady())
	l := d.headline(d.order[0])[0]
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"serial time a task", d.taskNS(l.point).Value, 102_400},
		{"speed-up", d.speedup(l, 2).Value, 25.6 / 15.1},
		{"efficiency: serial time over N x wall", d.efficiency(l, 2).Value, 25.6 / (2 * 15.1)},
		{"share of communication: ipc a task x tasks over N x wall", d.ipcShare(l, 2).Value, 14_900 * 250 / (2 * 15.1e6)},
		{"body inflation: against the body in the serial loop", d.inflation(l, 2).Value, 2_000},
		{"unattributed", d.unattributed(l, 2).Value, 18_400 - 14_900 - 1_000 - 2_000},
	} {
		if math.Abs(c.got-c.want) > 1e-6*math.Abs(c.want) {
			t.Errorf("%s: %g, want %g", c.name, c.got, c.want)
		}
	}
}

func TestCeilingIsPairedByRound(t *testing.T) {
	f := madeUp().file()
	d := newDataset(f)
	p, _ := d.central()
	l := d.headline(p)[0]
	got, want := d.againstCeiling(l, 2).Value, d.speedup(l, 2).Value/d.ceiling(p, 2).Value
	if math.Abs(got/want-1) > 0.01 {
		t.Errorf("against the ceiling %g, the quotient of the estimates is %g", got, want)
	}
}

// graded is a file of one model whose throughput over serial at each grain is
// given, on two cores, without noise beyond what gives an interval a width.
func graded(ratios map[string]float64) *result.File {
	f := &result.File{Run: result.Run{Cores: []int{1, 2}}}
	for _, grain := range []string{"10us", "100us", "1ms"} {
		for model, speed := range map[string]float64{result.Serial: 1, "mine": ratios[grain]} {
			c := result.Cell{Workload: "w", Grain: grain, Model: model, Cores: 2}
			if model == result.Serial {
				c.Cores = 1
			}
			f.Plan = append(f.Plan, c)
			for round := range 8 {
				wobble := 1 + 0.01*float64(round%3-1)
				if model == result.Serial {
					wobble = 1
				}
				rate := 1e9 / float64(nominal(grain)) * speed * wobble
				f.Samples = append(f.Samples, result.Sample{Cell: c, Round: round, Values: []result.Value{{Unit: result.TaskRate, Value: rate}, {Unit: result.WallNS, Value: 1e7}}})
			}
		}
	}
	return f
}

func TestPays(t *testing.T) {
	for _, c := range []struct {
		name           string
		small, mid, hi float64
		headline       string
		text, note     string
	}{
		{"from the middle", 0.5, 1.5, 1.9, "2 cores pay: from 100 µs tasks under mine", "100 µs", "not with 10 µs tasks"},
		{"unclear below", 1, 1.5, 1.9, "2 cores pay: from 100 µs tasks under mine", "100 µs", "unclear with 10 µs tasks"},
		{"everywhere", 1.2, 1.5, 1.9, "2 cores pay: from 10 µs tasks under mine", "10 µs", "the smallest measured"},
		{"nowhere", 0.5, 0.6, 0.7, "2 cores do not pay at any measured task size", "none measured", "0.700× (0.693–0.703×) of serial at 1 ms"},
		{"in the middle only", 0.5, 1.5, 0.7, "Whether 2 cores pay is unclear under mine", "none shown", "0.700× (0.693–0.703×) of serial at 1 ms; pays at 100 µs, but not at 1 ms"},
		{"not told", 0.5, 0.6, 1, "Whether 2 cores pay is unclear under mine", "none shown", "1.00× (0.990–1.00×) of serial at 1 ms"},
	} {
		d := newDataset(graded(map[string]float64{"10us": c.small, "100us": c.mid, "1ms": c.hi}))
		if got := d.answer().Headline; got != c.headline {
			t.Errorf("%s: headline %q, want %q", c.name, got, c.headline)
		}
		if got := breakEven(d).Tables[0].Rows[0][2]; got.Text != c.text || got.Note != c.note {
			t.Errorf("%s: %q, %q, want %q, %q", c.name, got.Text, got.Note, c.text, c.note)
		}
	}
}

// first leaves the samples of the first rounds of a grain alone.
func first(f *result.File, grain string, rounds int) *result.File {
	f.Samples = slices.DeleteFunc(f.Samples, func(s result.Sample) bool { return s.Cell.Grain == grain && s.Round >= rounds })
	return f
}

func TestSizesThatAreNotKnownAreNamed(t *testing.T) {
	d := newDataset(first(graded(map[string]float64{"10us": 1.5, "100us": 0.5, "1ms": 1.9}), "100us", 3))
	if got, want := d.answer().Headline, "2 cores pay: from 10 µs tasks under mine (100 µs not known)"; got != want {
		t.Errorf("headline %q, want %q", got, want)
	}
	if got := strings.Join(d.answer().Lead, " "); !strings.Contains(got, "Not known under mine at 100 µs: 3 usable rounds.") {
		t.Errorf("the lead does not say what is not known: %q", got)
	}
	if got, want := breakEven(d).Tables[0].Rows[0][2].Note, "the smallest measured; 100 µs not known (3 usable rounds)"; got != want {
		t.Errorf("note %q, want %q", got, want)
	}
	d = newDataset(first(graded(map[string]float64{"10us": 0.5, "100us": 0.5, "1ms": 0.5}), "100us", 3))
	if got, want := d.answer().Headline, "Whether 2 cores pay is unclear under mine (100 µs not known)"; got != want {
		t.Errorf("with a size that is not known the headline is %q, want %q", got, want)
	}
}

func TestFailedSizesAreNamed(t *testing.T) {
	f := graded(map[string]float64{"10us": 1.5, "100us": 1.5, "1ms": 1.9})
	bad := find(f, func(c result.Cell) bool { return c.Grain == "100us" && c.Model == "mine" })
	f.Failures = []result.Failure{{Cell: bad, Kind: "wrong answer", Text: "checksum 1, want 2"}}
	a := newDataset(f).answer()
	if !strings.Contains(a.Headline, "under mine (100 µs failed)") || !strings.Contains(strings.Join(a.Lead, " "), "Mine failed at 100 µs: wrong answer.") {
		t.Errorf("the first screen hides a failure: %q, %q", a.Headline, a.Lead)
	}
}

func TestAFailureIsNamedWhereNothingElseIsLeft(t *testing.T) {
	f := graded(map[string]float64{"10us": 1.5, "100us": 1.5, "1ms": 1.9})
	bad := find(f, func(c result.Cell) bool { return c.Grain == "1ms" && c.Model == "mine" })
	f.Failures = []result.Failure{{Cell: bad, Kind: "wrong answer", Text: "checksum 1, want 2"}}
	if a := newDataset(f).answer(); !strings.Contains(strings.Join(a.Lead, " "), "Mine failed at 1 ms: wrong answer.") {
		t.Errorf("the first screen hides a failure: %q, %q", a.Headline, a.Lead)
	}
}

func TestEfficiencyThatFallsAgainIsTold(t *testing.T) {
	d := newDataset(graded(map[string]float64{"10us": 1.5, "100us": 0.5, "1ms": 1.9}))
	if got := breakEven(d).Tables[0].Rows[0][3].Note; !strings.HasSuffix(got, "; reached at 10 µs, but not at 100 µs") {
		t.Errorf("note %q", got)
	}
}

func TestVariantsHaveRowsOverTheirOwnSizes(t *testing.T) {
	f := graded(map[string]float64{"10us": 0.5, "100us": 1.5, "1ms": 1.9})
	for _, s := range slices.Clone(f.Samples) {
		if s.Cell.Model == "mine" && s.Cell.Grain != "1ms" {
			s.Cell.Batch = 16
			f.Samples = append(f.Samples, s)
		}
	}
	rows := breakEven(newDataset(f)).Tables[0].Rows
	if len(rows) != 2 {
		t.Fatalf("%d rows, want the default and the batch", len(rows))
	}
	if got := rows[1]; got[0].Text != "mine, batch 16" || got[0].Note != "measured at 10 µs and 100 µs only" || got[2].Text != "100 µs" || got[3].Text == missing {
		t.Errorf("row %+v", got)
	}
}

func TestLeadExplainsEveryNumberWithoutAnInterval(t *testing.T) {
	for _, rounds := range []int{1, 3} {
		m := madeUp()
		m.rounds = rounds
		lead := strings.Join(newDataset(m.file()).answer().Lead, " ")
		if !strings.Contains(lead, "Where no interval stands") {
			t.Errorf("%d rounds: nothing explains the lack of intervals: %q", rounds, lead)
		}
	}
	few := first(madeUp().file(), "1us", 3)
	if lead := strings.Join(newDataset(few).answer().Lead, " "); !strings.Contains(lead, "(n = 3, no interval)") || !strings.Contains(lead, "Where no interval stands") {
		t.Errorf("few rounds of the small tasks alone go untold: %q", lead)
	}
	m := madeUp()
	m.cores = []int{1}
	if lead := newDataset(m.file()).answer().Lead[0]; !strings.Contains(lead, "1 core does") {
		t.Errorf("lead %q", lead)
	}
}

func TestCurvesAboveTheCoresAreSuspect(t *testing.T) {
	fair := newDataset(graded(map[string]float64{"10us": 1.9, "100us": 1.95, "1ms": 2}))
	if got := fair.suspects(); got != "" {
		t.Errorf("a speed-up whose interval reaches the cores is suspect: %q", got)
	}
	odd := newDataset(graded(map[string]float64{"10us": 1.9, "100us": 1.95, "1ms": 2.5}))
	if got := odd.suspects(); !strings.Contains(got, "mine, w, 1 ms tasks, on 2 cores (2.50×") {
		t.Errorf("a speed-up above the cores is not named: %q", got)
	}
}

func TestRedoCommandIsQuoted(t *testing.T) {
	if got, want := redo([]string{"run", "--set=n=10", "it's", ""}), `nonrev run --set=n=10 'it'\''s' ''`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
