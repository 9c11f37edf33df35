package report

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/report/claims"
)

// rulingOf is what the page shows of a claim.
func rulingOf(t *testing.T, f *result.File, id string) ruling {
	t.Helper()
	for _, g := range judged(newDataset(f)).Claims {
		for _, r := range g.Claims {
			if r.Claim.ID == id {
				return r
			}
		}
	}
	t.Fatalf("the page lacks claim %s", id)
	return ruling{}
}

func TestEveryClaimIsOnThePage(t *testing.T) {
	f := madeUp().file()
	page, err := page([]chapter{newChapter("", f)})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range claims.Judge(f) {
		if n := bytes.Count(page, fmt.Appendf(nil, "<div id=\"%s\">", v.Claim.ID)); n != 1 {
			t.Errorf("%d places of claim %s, want 1", n, v.Claim.ID)
		}
		r := rulingOf(t, f, v.Claim.ID)
		if r.Word != v.Word || r.Sentence != v.Sentence {
			t.Errorf("%s: the page says %q, judge %q", v.Claim.ID, r.Sentence, v.Sentence)
		}
	}
}

func TestVerdictsFollowTheData(t *testing.T) {
	m := madeUp()
	if r := rulingOf(t, m.file(), "C07"); r.Word != claims.Supported || r.Class != "yes" {
		t.Errorf("C07 is %s (%s), want supported", r.Word, r.Class)
	}
	m.serialShare["goroutine"] = 0.5
	f := m.file()
	if r := rulingOf(t, f, "C07"); r.Word != claims.Refuted || r.Class != "no" {
		t.Errorf("with goroutines that do not spread, C07 is %s (%s), want refuted", r.Word, r.Class)
	}
	tally := newChapter("", f).Tally
	if i := slices.IndexFunc(tally, func(x tallied) bool { return x.Class == "no" }); tally[i].Text != "1 refuted" {
		t.Errorf("the tally says %+v", tally)
	}
}

func TestLedgerIsInMultiplesOfTheThreshold(t *testing.T) {
	l := newLedger(claims.Judge(madeUp().file()))
	i := slices.IndexFunc(l, func(e entry) bool { return e.id == "C07" })
	if i < 0 {
		t.Fatal("no row of C07")
	}
	e := l[i]
	number := rulingOf(t, madeUp().file(), "C07").Number
	threshold := 1.1
	if want := number.Value / threshold; math.Abs(e.number.Value-want) > 1e-9 || e.number.High < want {
		t.Errorf("C07 stands at %v, want %g", e.number, want)
	}
	if e.support != (span{0, 1}) || e.refute.from != 1.25/threshold {
		t.Errorf("C07 is supported in %v and refuted in %v", e.support, e.refute)
	}
	if !strings.Contains(e.title, "C07 supported") || !strings.Contains(l.says(), e.title) {
		t.Errorf("a screen reader says %q", l.says())
	}
	for _, e := range l {
		if strings.Contains(e.value+e.title, "NaN") {
			t.Errorf("%s: a number that is none: %q, %q", e.id, e.value, e.title)
		}
	}
}

// Numbers stand in multiples of their thresholds in the tables as they do in the figure.
func TestMultiplesAreInTheTables(t *testing.T) {
	f := madeUp().file()
	verdicts := claims.Judge(f)
	column := func(x table) int { return slices.Index(x.Columns, times) }
	all := claimTable(verdicts)
	for i, row := range all.Rows {
		v, field := verdicts[i], row[column(all)]
		if v.Decided() != (field.Number != nil) {
			t.Errorf("%s is decided: %v, its field is %+v", v.Claim.ID, v.Decided(), field)
		}
		if v.Decided() && (!strings.HasSuffix(v.SpellMultiple(), field.Note) || !reflect.DeepEqual(field.Number.Value, finite(v.Multiple().Value)) || *field.Number.High != v.Multiple().High) {
			t.Errorf("%s: %+v, want %q", v.Claim.ID, field, v.SpellMultiple())
		}
	}
	parts := rulingOf(t, f, "C07").Evidence[0]
	for i, e := range rulingOf(t, f, "C07").Verdict.Evidence {
		if field := parts.Rows[i][column(parts)]; field.Number == nil || *field.Number.Value != e.Multiple().Value {
			t.Errorf("%s: %+v, want %g", e.What, field, e.Multiple().Value)
		}
	}
}

func TestAForeignFileIsNotJudged(t *testing.T) {
	c := newChapter("", foreign(3, true))
	for _, s := range c.Sections {
		if s.ID == "claims" && (len(s.Claims) > 0 || len(s.Text) != 1) {
			t.Errorf("a file of another tool is judged: %v", s.Text)
		}
	}
	if c.Tally != nil {
		t.Errorf("a file of another tool has the tally %v", c.Tally)
	}
}

func TestVerdictsCanBeRead(t *testing.T) {
	for _, p := range [][2]ink{{inkYes, inkGround}, {inkNo, inkGround}, {inkYes, inkFor}, {inkNo, inkAgainst}} {
		if c := contrast(p[0].light, p[1].light); c < 4.5 {
			t.Errorf("%s on %s, light: contrast %.2f, want 4.5", p[0].name, p[1].name, c)
		}
		if c := contrast(p[0].dark, p[1].dark); c < 4.5 {
			t.Errorf("%s on %s, dark: contrast %.2f, want 4.5", p[0].name, p[1].name, c)
		}
	}
}
