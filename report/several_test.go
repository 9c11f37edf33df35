package report

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
)

// other is a file of another machine, on which goroutines do not spread.
func other() *result.File {
	m := madeUp()
	m.seed = 2
	m.serialShare["goroutine"], m.cost["goroutine"] = 0.5, 50_000
	f := m.file()
	f.Path, f.Run.CPU = "other/bench.txt", "Another CPU"
	return f
}

func TestMachinesStandSideBySide(t *testing.T) {
	chapters, err := chapters([]*result.File{madeUp().file(), other()})
	if err != nil {
		t.Fatal(err)
	}
	c := compare(chapters)
	says(t, strings.Join(c.Text, " "), "2 kinds of machine: Made-up CPU (linux/amd64) and Another CPU (linux/amd64)", "no number is pooled or paired")
	if got, want := c.Tables[1].Columns, []string{"Claim", "Says", "made-up/bench.txt", "other/bench.txt"}; !slices.Equal(got, want) {
		t.Errorf("columns %q, want %q", got, want)
	}
	i := slices.IndexFunc(c.Tables[1].Rows, func(r []datum) bool { return r[0].Text == "C07" })
	if i < 0 {
		t.Fatal("no row of C07")
	}
	if r := c.Tables[1].Rows[i]; r[2].Text != "supported" || r[3].Text != "refuted" || r[0].Note != "differs" {
		t.Errorf("C07 stands as %+v", r)
	}
	for _, r := range c.Tables[2].Rows {
		if r[0].Text == "fannkuch" && r[1].Text == "Goroutines" && r[2].Text == "2" && (r[3].Text != "1 µs" || r[4].Text == r[3].Text) {
			t.Errorf("the break-even of goroutines stands as %+v", r)
		}
	}
	page, err := page(chapters)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<a href="#f2-file">other/bench.txt</a>`, `id="f2-C07"`, `id="all-verdicts"`} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestAWorkThatOneFileLacksIsTold(t *testing.T) {
	f := one(other(), func(c result.Cell) bool { return c.Grain == "" })
	chapters, err := chapters([]*result.File{madeUp().file(), f})
	if err != nil {
		t.Fatal(err)
	}
	rows := compare(chapters).Tables[2].Rows
	if len(rows) == 0 || rows[0][4].Note != "not in this file" {
		t.Errorf("rows %+v", rows)
	}
}

func TestAFileTwiceIsRefused(t *testing.T) {
	copied := madeUp().file()
	copied.Path = "copy/bench.txt"
	err := Write(t.TempDir(), []*result.File{madeUp().file(), other(), copied})
	if !errors.Is(err, ErrTwice) {
		t.Fatalf("error %v, want ErrTwice", err)
	}
	says(t, err.Error(), "made-up/bench.txt", "copy/bench.txt", "give each run once")
}
