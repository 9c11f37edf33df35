package claims

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
)

// Where C code holds on to the GIL the claim is not supported, and not refuted
// either: that is decided in pure Python.
func TestExtensionsThatKeepTheLock(t *testing.T) {
	for hash, want := range map[float64]Word{3.9: Supported, 3.4: Unclear, 1: Unclear} {
		s := newSheet(4)
		fillPython(s, 1, hash)
		v := verdict(s.file(), "C28")
		if v.Word != want || want == Unclear && (!strings.Contains(v.Sentence, "for hash in threads") || math.Abs(v.Number.Value/(hash/4)-1) > 0.02) {
			t.Errorf("%g times the speed: %s: %s", hash, v, v.Sentence)
		}
	}
	s := newSheet(4)
	fillPython(s, 1.8, 1)
	if v := verdict(s.file(), "C28"); v.Word != Refuted || !strings.Contains(v.Sentence, "for pi in threads") {
		t.Errorf("threads that gain in pure Python: %s: %s", v, v.Sentence)
	}
}

// A machine without python3, or with one that has no GIL, needs one.
func TestClaimsAboutPythonNeedOne(t *testing.T) {
	for _, x := range fixtures() {
		if x.id != "C28" && x.id != "C35" {
			continue
		}
		f := x.sheet(x.supported).file()
		for _, c := range f.Plan {
			f.Blanks = append(f.Blanks, result.Blank{Cell: c, Reason: "python3: not found"})
		}
		f.Samples = nil
		if v := verdict(f, x.id); v.String() != "needs python3 (GIL build)" || !strings.Contains(v.Sentence, "unsupported: python3: not found") {
			t.Errorf("%s: %s: %s", x.id, v, v.Sentence)
		}
	}
}

// The threads of python3 are no model of ours, so a file that holds them does
// not make other cells such as were not asked for.
func TestThreadsOfPythonAreNoModelOfOurs(t *testing.T) {
	s := newSheet(2)
	fillPython(s, 1, 2)
	if v := verdict(s.file(), "C12"); !slices.Contains(v.Needs, "model thread") {
		t.Errorf("C12: %s", v)
	}
}

// C28 says what its control waits for as long as it does, and shows it then.
func TestTheControlOfTheGIL(t *testing.T) {
	if says, waits := strings.Contains(of("C28").Where, "still to come"), slices.Contains(Coming(), "model gil"); says != waits {
		t.Errorf("C28 says that the control is still to come: %v; it is: %v", says, waits)
	}
	s := newSheet(4)
	fillPython(s, 1, 3.9)
	s.put(under(python("pi"), "process", 4), result.OpRate, 380)
	s.rate(under(fannkuch(), "gil", 4), 990)
	s.rate(serial(fannkuch()), 1000)
	v := verdict(s.file(), "C28")
	if len(v.Beside) != 2 || v.Beside[0].Outcome != Shown || math.Abs(v.Beside[0].Estimate.Value-3.8) > 0.1 || math.Abs(v.Beside[1].Estimate.Value-0.99) > 0.02 {
		t.Errorf("beside: %+v: %s", v.Beside, v.Sentence)
	}
}
