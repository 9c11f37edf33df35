package claims

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

func TestClaimsAreWhole(t *testing.T) {
	quoted := regexp.MustCompile(`"([^"]*)"`)
	for i, c := range All() {
		if want := fmt.Sprintf("C%02d", i+1); c.ID != want {
			t.Errorf("%s stands where %s should", c.ID, want)
		}
		for _, m := range quoted.FindAllStringSubmatch(c.Says, -1) {
			for piece := range strings.SplitSeq(m[1], " ... ") {
				if !strings.Contains(c.Quote, piece) {
					t.Errorf("%s: %q does not stand in the passage that is quoted", c.ID, piece)
				}
			}
		}
		if c.Says == "" || c.Quote == "" || c.Number == "" || c.Where == "" {
			t.Errorf("%s lacks words: %+v", c.ID, c)
		}
		fact := c.Kind == Fact
		if fact != (c.Date != "" && len(c.Sources) > 0 && c.Found != "") || fact == (c.Supported != "" && c.Refuted != "" && c.Cores != "") {
			t.Errorf("%s is a fact: %v, with date %q, sources %q, thresholds %q and %q", c.ID, fact, c.Date, c.Sources, c.Supported, c.Refuted)
		}
		if !fact && c.Written() == (len(c.Waits) > 0) {
			t.Errorf("%s is written: %v, and waits for %q", c.ID, c.Written(), c.Waits)
		}
		if c.Written() != (len(c.Cells(c.Least())) > 0) || c.Written() != (c.Profile != "") {
			t.Errorf("%s has cells: %v, in profile %q", c.ID, c.Cells(c.Least()), c.Profile)
		}
	}
}

// A claim without a function still waits for something: else its function is due.
func TestWhatHasComeIsWritten(t *testing.T) {
	for _, c := range All() {
		if c.Kind != Fact && !c.Written() && c.WaitsFor() == nil {
			t.Errorf("%s waits for nothing that is still to come: write its function", c.ID)
		}
	}
	for id, want := range map[string][]string{"C12": {"model thread", "workload pi"}, "C07": nil, "C15": {"workload bank", "state stm", "state actor"}} {
		if got := of(id).WaitsFor(); !slices.Equal(got, want) {
			t.Errorf("%s waits for %q, want %q", id, got, want)
		}
	}
	if coming := Coming(); len(slices.Compact(slices.Sorted(slices.Values(coming)))) != len(coming) {
		t.Error("something is listed twice among what is to come")
	}
}

func TestLeastCores(t *testing.T) {
	for cores, want := range map[string]int{"": 1, "1": 1, "2": 2, "2+": 2, "16+": 16, "1, 2": 1} {
		if got := (Claim{Cores: cores}).Least(); got != want {
			t.Errorf("%q: %d, want %d", cores, got, want)
		}
	}
}

// The words of a threshold are those of the side that decides.
func TestWordsOfThresholdsAreTheNumbers(t *testing.T) {
	d := newData(&result.File{})
	for _, c := range All() {
		if c.parts == nil {
			continue
		}
		for _, p := range c.parts(d, c.Least()) {
			if c.rule.mode == share {
				break
			}
			for words, side := range map[string]Side{c.Supported: p.support, c.Refuted: p.refute} {
				if side != (Side{}) && !strings.Contains(words, side.String()) && c.ID != "C24" {
					t.Errorf("%s says %q and decides by %q", c.ID, words, side)
				}
			}
			if p.support.Op != "" && p.refute.Op != "" && (p.support.Has(p.refute.Bound) || p.refute.Has(p.support.Bound)) {
				t.Errorf("%s: %s and %s overlap", c.ID, p.support, p.refute)
			}
		}
	}
	for _, p := range of("C24").parts(d, 2) {
		if model := p.takes[0].cell.Model; !strings.Contains(of("C24").Supported, p.support.String()+" by "+model) {
			t.Errorf("C24 says %q and decides by %q", of("C24").Supported, p.support)
		}
	}
}

func TestSide(t *testing.T) {
	e := func(low, high float64) scaling.Estimate {
		return scaling.Estimate{Value: (low + high) / 2, Low: low, High: high, Confidence: 0.95, N: 20}
	}
	for _, c := range []struct {
		side          Side
		e             scaling.Estimate
		holds, misses bool
	}{
		{atLeast(2), e(2, 3), true, false},
		{atLeast(2), e(1.9, 3), false, false},
		{atLeast(2), e(1, 1.9), false, true},
		{above(2), e(2, 3), false, false},
		{above(2), e(1, 2), false, true},
		{atMost(2), e(1, 2), true, false},
		{below(2), e(1, 2), false, false},
		{below(2), e(2, 3), false, true},
		{below(2), e(1, 1.5), true, false},
		{Side{}, e(1, 2), false, true},
		{atLeast(2), scaling.Estimate{Value: 3, Low: 3, High: 3, N: 5}, false, false}, // no interval
	} {
		if c.side.Holds(c.e) != c.holds || c.side.Misses(c.e) != c.misses {
			t.Errorf("%q and [%g, %g]: holds %v, misses %v", c.side, c.e.Low, c.e.High, c.side.Holds(c.e), c.side.Misses(c.e))
		}
	}
}

func TestOneCellRefutes(t *testing.T) {
	s := newSheet(2)
	fillCeiling(s, 0.95)
	bad := under(fannkuch(), "subprocess", 2)
	s.values[bad][0].Value = 900
	v := verdict(s.file(), "C12")
	if v.Word != Refuted || !strings.Contains(v.Sentence, bad.Name()) || !strings.Contains(v.Sentence, "wholly below 0.6") {
		t.Errorf("with one bad cell: %s: %s", v, v.Sentence)
	}
	s.values[bad][0].Value = 1900 * 0.842 // its interval holds the threshold
	if v := verdict(s.file(), "C12"); v.Word != Unclear || !strings.Contains(v.Sentence, bad.Name()) || !strings.Contains(v.Sentence, "support: 8 of 9") {
		t.Errorf("with one cell at the threshold: %s: %s", v, v.Sentence)
	}
	s.values[bad][0].Value = 1900 * 1.2
	if v := verdict(s.file(), "C12"); v.Word != Supported || !strings.Contains(strings.Join(v.Warnings, " "), "is above 1: look for a cause") {
		t.Errorf("with one cell above the ceiling: %s, warnings %q", v, v.Warnings)
	}
}

// The number of a claim that is supported is the one that tells most against it.
func TestTheLeastFavourablePartDecides(t *testing.T) {
	for _, weak := range []result.Cell{fannkuch(), {Workload: "wordcount"}} {
		s := newSheet(2)
		for _, c := range []result.Cell{fannkuch(), {Workload: "wordcount"}} {
			s.rate(under(c, "goroutine", 2), 1000)
			s.rate(under(c, "locked", 2), 900)
		}
		s.values[under(weak, "locked", 2)][0].Value = 1050
		v := verdict(s.file(), "C07")
		if v.Word != Supported || v.Number.Value < 1 || !strings.Contains(v.Sentence, "for "+subject(weak)+" on 2 cores") {
			t.Errorf("%s: %s: %s", subject(weak), v, v.Sentence)
		}
	}
}

// Where both conditions must refute, one does not.
func TestBothMustRefute(t *testing.T) {
	s := newSheet(4)
	fillUpdates(s, 0.5)
	for c, values := range s.values {
		if c.Set == "think:100" && c.Model != result.Serial {
			values[0].Value = 4000 * 0.94
		}
	}
	if v := verdict(s.file(), "C13"); v.Word != Unclear || tally(v.Evidence, Against) != 6 || tally(v.Evidence, For) != 6 {
		t.Errorf("%s: %s", v, v.Sentence)
	}
}

// What a goroutine hands over may not cost more by its size, whatever a
// process pays; that it does refutes nothing.
func TestTheSideWithoutRefutation(t *testing.T) {
	s := newSheet(2)
	fillMessages(s, 40, 40)
	if v := verdict(s.file(), "C24"); !strings.Contains(strings.Join(v.Warnings, "\n"), "chosen after some had been measured: "+v.Claim.Later) {
		t.Errorf("nothing says that its cells were chosen late: %q", v.Warnings)
	}
	if v := verdict(s.file(), "C24"); v.Word != Unclear || !strings.Contains(v.Sentence, "for goroutine over channel (") || !strings.Contains(v.Sentence, "no number here would refute it") || !strings.Contains(v.Sentence, "; subprocess over ring ") {
		t.Errorf("%s: %s", v, v.Sentence)
	}
	ring := message("subprocess", "ring", "16MiB")
	s.values[ring] = nil
	for _, unit := range []string{result.EncodeNS, result.CopyNS, result.WakeNS, result.DecodeNS} {
		s.put(ring, unit, 250)
	}
	if v := verdict(s.file(), "C24"); v.Word != Refuted || !strings.Contains(v.Sentence, "for subprocess over ring (") {
		t.Errorf("with a transport that refutes: %s: %s", v, v.Sentence)
	}
}

// What is no communication does not count: neither the look at the pages nor
// what cells in other encodings took.
func TestOnlyCommunicationOfPlainBytesCounts(t *testing.T) {
	s := newSheet(2)
	fillMessages(s, 40, 1.2)
	for c := range s.values {
		for i, v := range s.values[c] {
			if v.Unit == result.BodyNS && c.Payload == "16MiB" {
				s.values[c][i].Value *= 1000
			}
		}
	}
	before := verdict(s.file(), "C24")
	gob := message("subprocess", "unix", "64B")
	gob.Codec = "gob"
	for _, unit := range []string{result.EncodeNS, result.CopyNS, result.WakeNS, result.DecodeNS} {
		s.put(gob, unit, 1e6)
	}
	after := verdict(s.file(), "C24")
	for _, v := range []Verdict{before, after} {
		if v.Word != Supported || math.Abs(v.Evidence[1].Estimate.Value/40-1) > 0.02 || math.Abs(v.Evidence[2].Estimate.Value/40-1) > 0.02 {
			t.Errorf("%s: %s", v, v.Sentence)
		}
	}
}

// A pair that was measured without clocks has no such number.
func TestMessagesWithoutClocks(t *testing.T) {
	s := newSheet(2)
	fillMessages(s, 40, 1.2)
	for c := range s.values {
		s.values[c] = []result.Value{{Unit: result.WallNS, Value: 1000}}
	}
	v := verdict(s.file(), "C24")
	if v.Word != Needs || !slices.Contains(v.Needs, result.CopyNS+" of exchange 64B") || !strings.Contains(v.Sentence, "measured without copy-ns/task") {
		t.Errorf("%s: %s", v, v.Sentence)
	}
}

// The multiple is of the threshold of the part that decides.
func TestMultiplesOfTheThreshold(t *testing.T) {
	for _, x := range fixtures() {
		v := verdict(x.sheet(x.supported).file(), x.id)
		support, _ := v.Sides()
		if m := v.Multiple(); math.Abs(m.Value*support.Bound/v.Number.Value-1) > 1e-9 || !strings.HasPrefix(v.SpellMultiple(), digits(m.Value)) {
			t.Errorf("%s: %g at a threshold of %g is %q times that", x.id, v.Number.Value, support.Bound, v.SpellMultiple())
		}
		for _, e := range v.Evidence {
			if m := e.Multiple(); (e.Support == Side{}) != math.IsNaN(m.Value) || e.Support != (Side{}) && math.Abs(m.Value*e.Support.Bound/e.Estimate.Value-1) > 1e-9 {
				t.Errorf("%s: %s: %g is %g times %q", x.id, e.What, e.Estimate.Value, m.Value, e.Support)
			}
		}
	}
	if v := verdict(newSheet(1).file(), "C07"); v.SpellMultiple() != "" || !math.IsNaN(v.Multiple().Value) {
		t.Errorf("a claim without a number is %q times its threshold", v.SpellMultiple())
	}
	open := scaling.Estimate{Value: math.NaN(), Low: 0, High: 1.25}
	for _, c := range []struct {
		e    scaling.Estimate
		want string
	}{
		{open, "between 0 and 1.25"},
		{scaling.Estimate{Value: 1, Low: 1, High: 1}, "1.00"},
		{scaling.Estimate{Value: 0.5, Low: 0.4, High: 0.6}, "0.500 [0.400, 0.600]"},
	} {
		if got := spellMultiple(c.e); got != c.want {
			t.Errorf("%v is spelled %q, want %q", c.e, got, c.want)
		}
	}
}

// A part whose number is the extreme of several says between which models it is.
func TestExtremesNameTheirModels(t *testing.T) {
	for id, want := range map[string]string{"C31": "echo on 2 cores, locked over goroutine 1.", "C27": "subprocess over goroutine"} {
		x := fixtures()[slices.IndexFunc(fixtures(), func(x fixture) bool { return x.id == id })]
		if v := verdict(x.sheet(x.unclear).file(), id); !strings.Contains(v.Sentence, want) {
			t.Errorf("%s does not say %q: %s", id, want, v.Sentence)
		}
	}
}

// What the run was not asked for says where it is measured.
func TestLackNamesTheProfile(t *testing.T) {
	v := verdict(newSheet(2).file(), "C24")
	if v.Word != NotInProfile || !strings.Contains(v.Sentence, "and 7 more: not asked for in this run, and part of nonrev run --profile ipc --rounds 20. ") {
		t.Errorf("%s: %s", v, v.Sentence)
	}
}

func TestWhatIsShownBesideDecidesNothing(t *testing.T) {
	for id, fill := range map[string]func(s *sheet){
		"C08": func(s *sheet) {
			for state, x := range map[string]float64{"shard": 250, "lock": 1000} {
				s.rate(result.Cell{Workload: "counter", Model: "goroutine", State: state, Cores: 2}, x)
			}
		},
		"C19": func(s *sheet) {
			s.rate(under(fannkuch(), "eventloop", 1), 4000)
			s.rate(under(fannkuch(), "eventloop", 4), 1000)
		},
		"C24": func(s *sheet) {
			c := under(result.Cell{Workload: "wordcount"}, "subprocess", 2)
			s.rate(c, 500)
			s.put(c, result.IPCNS, 1e6)
		},
	} {
		s := newSheet(map[string]int{"C08": 2, "C19": 4, "C24": 2}[id])
		fill(s)
		v := verdict(s.file(), id)
		if v.Decided() || len(v.Beside) != 1 || v.Beside[0].Outcome != Shown || math.Abs(v.Beside[0].Estimate.Value-0.25) > 0.01 || !strings.Contains(v.Sentence, " Beside: the ") {
			t.Errorf("%s: %s: %+v: %s", id, v, v.Beside, v.Sentence)
		}
	}
}

func TestNeedsAreGrouped(t *testing.T) {
	v := Verdict{Word: Needs, Needs: []string{"workload pi", "4 cores", "workload bank", "model thread"}}
	if got, want := v.String(), "needs workloads pi, bank; 4 cores; model thread"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestUndecidedPartsMayFlipAShare(t *testing.T) {
	ev := func(outcomes string) []Evidence {
		var list []Evidence
		for _, o := range outcomes {
			list = append(list, Evidence{Outcome: map[rune]Outcome{'+': For, '-': Against, '0': Neither, '?': Undecided}[o]})
		}
		return list
	}
	r := of("C27").rule
	for outcomes, want := range map[string]Word{
		"+++--": Supported, "+++??": Supported, "++-??": Unclear, "++?": Supported, "+?": Unclear, "++--": Unclear,
		"---??": Refuted, "--???": Unclear, "00000": Unclear, "?": Unclear,
	} {
		word, e, _ := r.decide(ev(outcomes))
		if word != want {
			t.Errorf("%s is %s, want %s", outcomes, word, want)
		}
		open := float64(strings.Count(outcomes, "?")) / float64(len(outcomes))
		if math.Abs(e.High-e.Low-open) > 1e-9 {
			t.Errorf("%s: the share lies between %g and %g", outcomes, e.Low, e.High)
		}
	}
	if word, _, _ := of("C31").rule.decide(ev("--")); word != Refuted {
		t.Errorf("all against: %s", word)
	}
}

func TestAnUndecidedCellIsShown(t *testing.T) {
	x := fixtures()[slices.IndexFunc(fixtures(), func(x fixture) bool { return x.id == "C31" })]
	s := x.sheet(1.1)
	for i, m := range headline() {
		s.values[under(fannkuch(), m, 2)][0].Value = 1000 * math.Pow(1.25, float64(i)/3)
	}
	v := verdict(s.file(), "C31")
	if v.Word != Unclear || !strings.Contains(v.Sentence, "with 1 that its own interval does not decide") || !strings.Contains(v.Sentence, "between 67% and 100% of all") {
		t.Errorf("%s: %s", v, v.Sentence)
	}
}

func TestAFailedCellIsNotMeasured(t *testing.T) {
	x := fixtures()[0]
	for _, kind := range []string{result.WrongAnswer, "crash"} {
		f := x.sheet(x.supported).file()
		f.Failures = []result.Failure{{Cell: f.Plan[1], Round: 3, Kind: kind, Text: "oh"}}
		f.Judge()
		if v := verdict(f, x.id); v.Word != NotMeasured || !strings.Contains(v.Sentence, f.Plan[1].Name()+": failed: "+kind+": oh") {
			t.Errorf("%s: %s: %s", kind, v, v.Sentence)
		}
	}
	f := x.sheet(x.supported).file()
	f.Blanks = []result.Blank{{Cell: f.Plan[1], Reason: "no such effect"}}
	if v := verdict(f, x.id); v.Word != NotMeasured || !strings.Contains(v.Sentence, "unsupported: no such effect") {
		t.Errorf("%s: %s", v, v.Sentence)
	}
}

func TestVoidsAreToldAndTooManyDecideNothing(t *testing.T) {
	x := fixtures()[0]
	void := func(n int) Verdict {
		f := x.sheet(x.supported).file()
		for i, s := range f.Samples {
			if s.Cell == f.Plan[0] && s.Round < n {
				f.Samples[i].Void = "outside CPU use of 40% of wall, 2% is this cell's median"
			}
		}
		return verdict(f, x.id)
	}
	if v := void(2); v.Word != Supported || v.Warnings != nil {
		t.Errorf("2 voids: %s, warnings %q", v, v.Warnings)
	}
	if v := void(5); v.Word != Supported || !slices.ContainsFunc(v.Warnings, func(w string) bool { return strings.HasPrefix(w, "5 of 20 samples of ") }) {
		t.Errorf("5 voids: %s, warnings %q", v, v.Warnings)
	}
	if v := void(11); v.Word != NotMeasured || !strings.Contains(v.Sentence, "most samples are void") {
		t.Errorf("11 voids: %s: %s", v, v.Sentence)
	}
}

func TestTheMachineIsTold(t *testing.T) {
	x := fixtures()[0]
	f := x.sheet(x.supported).file()
	f.Run.Findings = []result.Finding{
		{What: "outside work", Value: "30% of one CPU", Spoils: "others take CPUs", Severity: result.Warning},
		{What: "load", Value: "unknown", Severity: result.Note},
	}
	f.Samples[0].Warnings = []string{"helper-bound: the helper used 71% of one CPU"}
	want := []string{"the helper was the bound in 1 of 20 samples of " + f.Plan[0].Name(), "the machine: outside work: 30% of one CPU: others take CPUs"}
	if v := verdict(f, x.id); !slices.Equal(v.Warnings, want) {
		t.Errorf("warnings %q, want %q", v.Warnings, want)
	}
	if v := verdict(f, "C13"); v.Warnings != nil {
		t.Errorf("a verdict without a number warns of the machine: %q", v.Warnings)
	}
}

func TestOnlyWholeRoundsOfAnInterruptedRunDecide(t *testing.T) {
	x := fixtures()[0]
	cut := func(rounds int) Verdict {
		sheet := x.sheet(x.supported)
		sheet.rate(result.Cell{Workload: "counter", Model: "locked", Cores: 2}, 1000) // which is cut off
		f := sheet.file()
		f.Interrupted = true
		f.Samples = slices.DeleteFunc(f.Samples, func(s result.Sample) bool {
			return s.Round > rounds || s.Round == rounds && s.Cell == f.Plan[len(f.Plan)-1]
		})
		return verdict(f, x.id)
	}
	if v := cut(12); v.Word != Supported || v.Number.N != 12 || !slices.Contains(v.Warnings, "the run was interrupted: only whole rounds count") {
		t.Errorf("12 rounds: %s on %d, warnings %q", v, v.Number.N, v.Warnings)
	}
	if v := cut(9); v.String() != "needs 10 rounds" {
		t.Errorf("9 rounds: %s", v)
	}
	if v := cut(0); v.Word != NotMeasured || !strings.Contains(v.Sentence, "interrupted before a whole round") {
		t.Errorf("no round: %s: %s", v, v.Sentence)
	}
}

func TestAValueThatIsNoneDecidesNothing(t *testing.T) {
	x := fixtures()[0]
	f := x.sheet(x.supported).file()
	f.Samples[0].Values[0].Value = 0
	if v := verdict(f, x.id); v.Word != NotMeasured || !strings.Contains(v.Sentence, "not positive and finite") {
		t.Errorf("%s: %s", v, v.Sentence)
	}
}

func TestSharedHelpersForbidComparingCounts(t *testing.T) {
	s := newSheet(4)
	fillUpdates(s, 0.5)
	echo := result.Cell{Workload: "echo", Helpers: "shared"}
	one := serial(echo)
	one.Helpers = "shared"
	s.rate(one, 1000)
	s.rate(under(echo, "goroutine", 4), 3000)
	p := lost(under(fannkuch(), "goroutine", 4), under(result.Cell{Workload: "echo"}, "goroutine", 4))
	_, lacks := p.estimate(newData(s.file()))
	if len(lacks) != 1 || lacks[0].Word != Needs || !slices.Equal(lacks[0].Needs, []string{"5 cores"}) {
		t.Errorf("lacks: %+v", lacks)
	}
	same := ratio("", rate(under(result.Cell{Workload: "echo"}, "goroutine", 4)), rate(under(result.Cell{Workload: "echo"}, "goroutine", 4)), Side{}, Side{})
	if _, lacks := same.estimate(newData(s.file())); lacks != nil {
		t.Errorf("the same count lacks %+v", lacks)
	}
}

// A wrong answer and a cell that cannot be fail a behaviour; a crash says
// nothing, and a sample that other processes spoiled was answered all the same.
func TestBehaviour(t *testing.T) {
	whole := func() *result.File {
		s := newSheet(2)
		fillCases("C08")(s, 1)
		return s.file()
	}
	one := newSheet(1)
	fillCases("C08")(one, 1)
	for i := range one.plan {
		c := one.plan[i]
		one.plan[i].Cores = 1
		one.values[one.plan[i]] = one.values[c]
	}
	if v := verdict(one.file(), "C08"); v.String() != "needs 2 cores" {
		t.Errorf("on one core: %s: %s", v, v.Sentence)
	}
	f := whole()
	f.Failures = []result.Failure{{Cell: f.Plan[2], Kind: "crash", Text: "killed"}}
	if v := verdict(f, "C08"); v.Word != NotMeasured {
		t.Errorf("a crash: %s: %s", v, v.Sentence)
	}
	f = whole()
	gone := f.Plan[2]
	f.Samples = slices.DeleteFunc(f.Samples, func(s result.Sample) bool { return s.Cell == gone })
	f.Blanks = []result.Blank{{Cell: gone, Reason: "no threads here"}}
	if v := verdict(f, "C08"); v.Word != Refuted || !strings.Contains(v.Sentence, "Not counter under thread ("+gone.Name()+", unsupported: no threads here)") {
		t.Errorf("a blank: %s: %s", v, v.Sentence)
	}
	f = whole()
	for i := range f.Samples {
		f.Samples[i].Void = "outside CPU use of 40% of wall"
	}
	if v := verdict(f, "C08"); v.Word != Supported {
		t.Errorf("void samples: %s: %s", v, v.Sentence)
	}
}

func TestTheTallyCountsWhatIsMeasuredOrBehaviour(t *testing.T) {
	x := fixtures()[0]
	f := x.sheet(x.supported).file()
	got := Count(Judge(f))
	if got.Claims != 33 || got.Controls != 1 || got.Facts != 2 || got.Supported != 1 {
		t.Errorf("%+v", got)
	}
	if sum := got.Supported + got.Refuted + got.Unclear + got.Needs + got.NotInProfile + got.NotMeasured; sum != got.Claims {
		t.Errorf("the words of %d claims count %d", got.Claims, sum)
	}
	if got := Count(Judge(x.sheet(x.refuted).file())); got.Supported != 0 || got.Refuted != 1 {
		t.Errorf("with the numbers flipped: %+v", got)
	}
}

func TestJudgingLeavesTheFileAlone(t *testing.T) {
	x := fixtures()[0]
	f := x.sheet(x.supported).file()
	before := fmt.Sprint(f)
	first := fmt.Sprint(Judge(f))
	if fmt.Sprint(f) != before || fmt.Sprint(Judge(f)) != first {
		t.Error("judging changed the file, or comes out differently the second time")
	}
}

// Sentences are for people.
func TestSentencesEndAndNameTheirNumbers(t *testing.T) {
	for _, x := range fixtures() {
		for _, v := range Judge(x.sheet(x.supported).file()) {
			if !strings.HasSuffix(v.Sentence, ".") || strings.Contains(v.Sentence, "..") || strings.Contains(v.Sentence, "NaN") || strings.Contains(v.Sentence, "  ") {
				t.Errorf("%s: %q", v.Claim.ID, v.Sentence)
			}
			if v.Decided() && !v.Share && !strings.Contains(v.Sentence, spell(v.Number)) {
				t.Errorf("%s does not tell its number: %q", v.Claim.ID, v.Sentence)
			}
		}
	}
	for x, want := range map[float64]string{0.9712: "0.971", 1.1: "1.10", 12.34: "12.3", 12345: "12345", 0: "0", -0.05: "-0.0500"} {
		if got := digits(x); got != want {
			t.Errorf("%g is spelled %s, want %s", x, got, want)
		}
	}
}
