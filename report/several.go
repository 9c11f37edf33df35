package report

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/report/claims"
)

// ErrTwice is wrapped by the error for a file that is given twice: beside
// itself it would look like a second machine that agrees.
var ErrTwice = errors.New("one file twice")

// A comparison holds what files say side by side, the file being a factor:
// nothing is pooled or paired across files.
type comparison struct {
	Title  string
	Text   []string
	Tables []table
}

// eachOnce tells whether all files differ, whatever they are called.
func eachOnce(files []*result.File) error {
	for i, f := range files {
		for _, other := range files[:i] {
			if sameRun(f, other) && f.Path == other.Path {
				return fmt.Errorf("%w: %s is named twice; name each file once", ErrTwice, f.Path)
			}
			if sameRun(f, other) {
				return fmt.Errorf("%w: %s holds the run that %s holds; give each run once", ErrTwice, f.Path, other.Path)
			}
		}
	}
	return nil
}

// sameRun tells whether two files hold the same samples, which no two runs do.
func sameRun(a, b *result.File) bool {
	if len(a.Samples) == 0 {
		return len(b.Samples) == 0 && reflect.DeepEqual(a.Run, b.Run)
	}
	return len(a.Samples) == len(b.Samples) && reflect.DeepEqual(a.Samples, b.Samples)
}

// compare sets the chapters of several files side by side, nil if there is one.
func compare(chapters []chapter) *comparison {
	if len(chapters) < 2 {
		return nil
	}
	c := &comparison{Title: fmt.Sprintf("%d result files side by side", len(chapters))}
	c.Text = []string{"Each column is a file as measured on its own machine, date and build: no number is pooled or paired across files, so that what differs by little may differ by chance. Between two sweeps half an hour apart on one machine medians moved by 2 to 24%."}
	if machines := distinct(chapters, chapter.processor); len(machines) == 1 {
		c.Text = append(c.Text, "All files are of the same kind of machine: "+machines[0]+".")
	} else {
		c.Text = append(c.Text, fmt.Sprintf("The files are of %d kinds of machine: %s.", len(machines), list(machines)))
	}
	c.Tables = []table{fileTable(chapters)}
	verdicts, same := verdictTable(chapters)
	if len(verdicts.Rows) > 0 {
		c.Tables = append(c.Tables, verdicts)
		c.Text = append(c.Text, same)
	}
	if t := paysTable(chapters); len(t.Rows) > 0 {
		c.Tables = append(c.Tables, t)
	}
	return c
}

// processor names the machine of a chapter.
func (c chapter) processor() string {
	return shorten(fmt.Sprintf("%s (%s/%s)", c.Run.CPU, c.Run.GOOS, c.Run.GOARCH))
}

// label heads the column of a chapter.
func (c chapter) label() string { return shorten(c.Path) }

// distinct lists what the chapters are, each once.
func distinct(chapters []chapter, of func(chapter) string) []string {
	var out []string
	for _, c := range chapters {
		if s := of(c); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// fileTable says what each column of the others is.
func fileTable(chapters []chapter) table {
	t := table{ID: "all-files", Title: "Files", Open: true, Columns: []string{"File", "Processor", "Cores", "System", "Go", "Rounds", "Started", "Version", "Answer"}}
	for _, c := range chapters {
		r := c.Run
		t.Rows = append(t.Rows, []datum{
			word(c.Path), orMissing(r.CPU), word(numbers(r.Cores)), orMissing(r.Kernel), orMissing(r.Go), exact(plain, float64(r.Rounds)),
			orMissing(r.Start), orMissing(r.Tool), word(c.Headline),
		})
	}
	return t
}

// verdictTable holds the verdicts that any file gives, with a sentence on where
// they agree.
func verdictTable(chapters []chapter) (table, string) {
	t := beside("all-verdicts", "Verdicts on the claims", chapters, "Claim", "Says")
	differ, open := 0, 0
	for i, claim := range claims.All() {
		row := []datum{word(claim.ID), word(claim.Says)}
		var words []claims.Word
		for _, c := range chapters {
			if c.verdicts == nil {
				row = append(row, gap("not written by nonrev run"))
				continue
			}
			v := c.verdicts[i]
			row = append(row, datum{Text: string(v.Word), Note: v.Spell()})
			if v.Decided() {
				words = append(words, v.Word)
			}
		}
		switch {
		case len(words) == 0:
			open++
			continue
		case len(slices.Compact(words)) > 1:
			differ++
			row[0].Note = "differs"
		}
		t.Rows = append(t.Rows, row)
	}
	return t, fmt.Sprintf("Of %d claims, %d are decided or unclear by some file; of these verdicts %d differ between files. No file decides the other %d.", len(claims.All()), len(t.Rows), differ, open)
}

// beside is a table with a column for each file.
func beside(id, title string, chapters []chapter, columns ...string) table {
	t := table{ID: id, Title: title, Open: true, Columns: columns}
	for _, c := range chapters {
		t.Columns = append(t.Columns, c.label())
	}
	return t
}

// paysTable holds from which task size on each model pays, as every chapter's
// own table of break-even has it.
func paysTable(chapters []chapter) table {
	t := beside("all-pays", "Pays from tasks of", chapters, "Work", "Model", "Cores")
	row := map[[3]string]int{}
	for i, c := range chapters {
		for _, from := range c.Tables {
			column := slices.Index(from.Columns, "Pays from tasks of")
			if column < 0 {
				continue
			}
			for _, r := range from.Rows {
				key := [3]string{strings.TrimPrefix(from.Title, "Break-even of "), r[0].Text, r[1].Text}
				at, known := row[key]
				if !known {
					at = len(t.Rows)
					row[key] = at
					t.Rows = append(t.Rows, append([]datum{word(key[0]), word(key[1]), r[1]}, slices.Repeat([]datum{gap("not in this file")}, len(chapters))...))
				}
				t.Rows[at][3+i] = r[column]
			}
		}
	}
	return t
}
