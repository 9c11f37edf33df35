package report

import (
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// problems shows what gives no number, and why: nothing is left out silently.
func problems(d *dataset) section {
	s := section{ID: "gaps", Title: "Failed, void and missing", Text: []string{d.tally()}}
	if t := d.failures(); len(t.Rows) > 0 {
		s.Tables = append(s.Tables, t)
	}
	if t := d.voidTable(); len(t.Rows) > 0 {
		s.Tables = append(s.Tables, t)
	}
	if t := d.blankTable(); len(t.Rows) > 0 {
		s.Tables = append(s.Tables, t)
	}
	if words, t := d.doubtTable(); words != "" {
		s.Text = append(s.Text, words)
		if len(t.Rows) > 0 {
			s.Tables = append(s.Tables, t)
		}
	}
	if t := d.warnings(); len(t.Rows) > 0 {
		s.Tables = append(s.Tables, t)
	}
	return s
}

// tally counts the file's samples.
func (d *dataset) tally() string {
	f := d.file
	s := fmt.Sprintf("%s of %s in %s; %s void, %s, %s.",
		counted(len(f.Samples), "sample"), counted(len(d.cells), "cell"), counted(d.rounds, "round"), counted(d.voided(), "sample"),
		counted(len(f.Failures), "failure"), counted(len(f.Blanks), "unsupported cell"))
	if n := d.replacements(); n > 0 {
		s += fmt.Sprintf(" %s beyond the planned %d: in the planned ones more than a quarter of some cell's samples were void, so all cells were measured again, at most %d times.", are(n, "round"), f.Run.Rounds, result.MaxReplacements)
	}
	if f.Interrupted {
		s += fmt.Sprintf(" The run was interrupted before its planned %s; the command below goes on with --resume.", counted(f.Run.Rounds, "round"))
		if d.cut > 0 {
			s += fmt.Sprintf(" %s complete; the %s of rounds cut short are not used.", are(d.rounds, "round"), counted(d.cut, "sample"))
		}
	}
	if len(f.Failures) > 0 {
		s += " A cell that failed in one round gives no number at all."
	}
	return s
}

// replacements is the number of rounds beyond the planned ones.
func (d *dataset) replacements() int {
	if d.file.Run.Rounds == 0 {
		return 0
	}
	return max(0, d.rounds-d.file.Run.Rounds)
}

// voided is the number of void samples.
func (d *dataset) voided() int {
	var n int
	for _, v := range d.voids {
		n += len(v)
	}
	return n
}

// cellWords are the fields that name a cell in a table.
func (d *dataset) cellWords(c result.Cell) []datum {
	l := line{pointOf(c), c}
	title := d.title(l)
	switch p := passOf(c); {
	case c.Workload == result.Exchange:
		title = shorten(p.sentence())
	case c.Workload == result.Spawn:
		l.Set, title = "", started(c.Set)
	case c.Workload == result.Python:
		title = "python3, " + c.Model
	case c.OfMachine():
		title = "the machine itself"
	}
	return []datum{word(l.point.String()), word(title), exact(plain, float64(c.Cores))}
}

var cellColumns = []string{"Work", "Model", "Cores"}

func (d *dataset) failures() table {
	t := table{ID: "failures", Title: "Failures", Open: true, Columns: append(slices.Clone(cellColumns), "Round", "Kind", "What happened")}
	for _, x := range d.file.Failures {
		t.Rows = append(t.Rows, append(d.cellWords(x.Cell), exact(plain, float64(x.Round+1)), word(x.Kind), datum{Text: x.Text, Style: asWarning}))
	}
	return t
}

// voidTable counts void samples by cell and cause.
func (d *dataset) voidTable() table {
	t := table{ID: "voids", Title: "Void samples, by cause", Columns: append(slices.Clone(cellColumns), "Samples", "Cause, as first told")}
	var all []finding
	for _, c := range d.cells {
		for _, s := range d.voids[c] {
			all = append(all, finding{c, s.Void})
		}
	}
	t.Rows = d.tallied(all)
	return t
}

// A finding is what was told of one sample of a cell.
type finding struct {
	cell result.Cell
	text string
}

// numeral is a number in a text.
var numeral = regexp.MustCompile(`[0-9][0-9.]*`)

// tallied counts findings that differ by no more than their numbers, in order
// of appearance, in the words of the first.
func (d *dataset) tallied(all []finding) [][]datum {
	var first []finding
	samples := map[finding]int{}
	for _, f := range all {
		kind := finding{f.cell, numeral.ReplaceAllString(f.text, "0")}
		if samples[kind]++; samples[kind] == 1 {
			first = append(first, f)
		}
	}
	var rows [][]datum
	for _, f := range first {
		kind := finding{f.cell, numeral.ReplaceAllString(f.text, "0")}
		rows = append(rows, append(d.cellWords(f.cell), exact(plain, float64(samples[kind])), word(f.text)))
	}
	return rows
}

// blankTable lists what was asked for and cannot be or was not measured.
func (d *dataset) blankTable() table {
	t := table{ID: "blanks", Title: "Cells without a number", Open: true, Columns: append(slices.Clone(cellColumns), "Why")}
	for _, c := range d.cells {
		if _, failed := d.failed[c]; failed {
			continue
		}
		if reason := d.status(c); reason != "" {
			t.Rows = append(t.Rows, append(d.cellWords(c), word(reason)))
		}
	}
	return t
}

// doubtTable lists what the order of the rounds tells against a cell's tasks a
// second, with a sentence on how much of that chance explains; "" where no cell
// has rounds enough for a test.
func (d *dataset) doubtTable() (string, table) {
	t := table{ID: "doubts", Title: "Warnings over rounds", Columns: append(slices.Clone(cellColumns), "Tasks per second")}
	tested := 0
	for _, c := range d.cells {
		if scaling.Level(d.column(c, result.TaskRate)).Confidence == 0 {
			continue
		}
		tested++
		for _, w := range d.doubt(c) {
			t.Rows = append(t.Rows, append(d.cellWords(c), word(w)))
		}
	}
	if tested == 0 {
		return "", t
	}
	return fmt.Sprintf("Over rounds, each cell's tasks per second was tested for drift, for rounds that are not independent and for two groups: %s in %s. Each test warns by chance in at most about %s of cells with nothing wrong, which alone would make up to about %.0f here.",
		counted(len(t.Rows), "warning"), counted(tested, "cell"), percent(scaling.SeriesLevel), math.Ceil(3*scaling.SeriesLevel*float64(tested))), t
}

// warnings counts findings that did not void a sample.
func (d *dataset) warnings() table {
	t := table{ID: "warnings", Title: "Warnings", Columns: append(slices.Clone(cellColumns), "Samples", "Finding, as first told")}
	var all []finding
	for _, s := range d.file.Samples {
		for _, w := range s.Warnings {
			all = append(all, finding{s.Cell, w})
		}
	}
	t.Rows = d.tallied(all)
	return t
}
