package report

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

func TestAHeavyPageIsCutAndSaysSo(t *testing.T) {
	c := newChapter("", madeUp().file())
	s := c.Sections[0]
	heavy := table{ID: "table-heavy", Title: "Heavy", Columns: []string{"What"}}
	for i := range 20_000 {
		heavy.Rows = append(heavy.Rows, []datum{word(fmt.Sprintf("row %06d of a table that no one reads to its end", i))})
	}
	s.Tables = append(s.Tables, heavy)
	c.Sections[0] = s
	got, err := page([]chapter{c})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) > heaviest {
		t.Errorf("the page weighs %d bytes, more than %d", len(got), heaviest)
	}
	for _, want := range []string{"500 of 20000 rows stand here; report.json beside this page holds all", "(500 of 20000)", "row 000499 of"} {
		if !bytes.Contains(got, []byte(want)) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	if len(c.Sections[0].Tables[len(c.Sections[0].Tables)-1].Rows) != 20_000 {
		t.Error("what the page leaves out is lost for report.json")
	}
}

func TestFiguresAreCutAndSaySo(t *testing.T) {
	s := section{Text: []string{"Words."}, figures: []figure{{charts: make([]drawing, 5)}, {}, {}}}
	cut := s.within(fill{rows: 10, drawn: 2})
	says(t, cut.Text[1], "The first 2 of 3 figures stand here")
	says(t, cut.figures[0].text, "2 of 5 panels stand here")
	if got := evenly([]int{1, 2, 3, 4, 6, 8, 12, 16}, 3); !slices.Equal(got, []int{1, 4, 16}) {
		t.Errorf("of eight core counts stand %v", got)
	}
	if got := evenly([]int{1, 2}, 1); !slices.Equal(got, []int{1}) {
		t.Errorf("of two core counts stands %v", got)
	}
	if len(cut.figures) != 2 || len(cut.figures[0].charts) != 2 || len(s.figures) != 3 || len(s.figures[0].charts) != 5 || len(s.Text) != 1 {
		t.Errorf("cut to %d figures, the section itself left with %d", len(cut.figures), len(s.figures))
	}
}
