package report

import (
	"fmt"
	"slices"

	"github.com/nonrev/nonrev/internal/result"
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
	if t := d.warnings(); len(t.Rows) > 0 {
		s.Tables = append(s.Tables, t)
	}
	return s
}

// tally counts the file's samples.
func (d *dataset) tally() string {
	f, void := d.file, 0
	for _, v := range d.voids {
		void += len(v)
	}
	s := fmt.Sprintf("%s of %s in %s; %s void, %s, %s.",
		counted(len(f.Samples), "sample"), counted(len(d.cells), "cell"), counted(d.rounds, "round"), counted(void, "sample"),
		counted(len(f.Failures), "failure"), counted(len(f.Blanks), "unsupported cell"))
	if f.Interrupted {
		s += fmt.Sprintf(" The run was interrupted before its planned %s; the command below goes on with --resume.", counted(f.Run.Rounds, "round"))
	}
	if len(f.Failures) > 0 {
		s += " A cell that failed in one round gives no number at all."
	}
	return s
}

// cellWords are the fields that name a cell in a table.
func (d *dataset) cellWords(c result.Cell) []datum {
	l := line{pointOf(c), c}
	title := d.title(l)
	if c.Workload == result.Probe {
		title = "the machine itself"
	}
	return []datum{word(l.point.String()), word(title), exact(plain, float64(c.Cores))}
}

var cellColumns = []string{"Work", "Model", "Cores"}

func (d *dataset) failures() table {
	t := table{ID: "failures", Title: "Failures", Open: true, Columns: append(slices.Clone(cellColumns), "Round", "Kind", "What happened")}
	for _, x := range d.file.Failures {
		t.Rows = append(t.Rows, append(d.cellWords(x.Cell), exact(plain, float64(x.Round+1)), word(x.Kind), datum{Text: x.Text, Style: warning}))
	}
	return t
}

// voidTable counts void samples by cell and cause.
func (d *dataset) voidTable() table {
	t := table{ID: "voids", Title: "Void samples, by cause", Columns: append(slices.Clone(cellColumns), "Samples", "Cause")}
	for _, c := range d.cells {
		var causes []string
		samples := map[string]int{}
		for _, s := range d.voids[c] {
			if samples[s.Void]++; samples[s.Void] == 1 {
				causes = append(causes, s.Void)
			}
		}
		for _, cause := range causes {
			t.Rows = append(t.Rows, append(d.cellWords(c), exact(plain, float64(samples[cause])), word(cause)))
		}
	}
	return t
}

// blankTable lists what was asked for and cannot be or was not measured.
func (d *dataset) blankTable() table {
	t := table{ID: "blanks", Title: "Cells without a number", Open: true, Columns: append(slices.Clone(cellColumns), "Why")}
	for _, c := range d.cells {
		if _, failed := d.failed[c]; failed || c.Workload == result.Probe {
			continue
		}
		if reason := d.status(c); reason != "" {
			t.Rows = append(t.Rows, append(d.cellWords(c), word(reason)))
		}
	}
	return t
}

// warnings counts findings that did not void a sample.
func (d *dataset) warnings() table {
	t := table{ID: "warnings", Title: "Warnings", Columns: append(slices.Clone(cellColumns), "Samples", "Finding")}
	type finding struct {
		cell result.Cell
		text string
	}
	var order []finding
	samples := map[finding]int{}
	for _, s := range d.file.Samples {
		for _, w := range s.Warnings {
			f := finding{s.Cell, w}
			if samples[f]++; samples[f] == 1 {
				order = append(order, f)
			}
		}
	}
	for _, f := range order {
		t.Rows = append(t.Rows, append(d.cellWords(f.cell), exact(plain, float64(samples[f])), word(f.text)))
	}
	return t
}
