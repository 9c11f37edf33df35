package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
)

// texts are the rows of a table as text.
func texts(t table) []string {
	var out []string
	for _, row := range t.Rows {
		var fields []string
		for _, f := range row {
			fields = append(fields, f.Text)
		}
		out = append(out, strings.Join(fields, " | "))
	}
	return out
}

func TestDecisionTable(t *testing.T) {
	k := tell()
	k.grains, k.cores = []string{"null", "10us", "1ms"}, []int{1, 2, 4}
	k.cost["locked"], k.slow["locked"] = 3e3, 0.9 // less at 10 us, more at 1 ms
	s := decision(newDataset(k.file()))
	if len(s.Tables) != 1 {
		t.Fatalf("%d tables", len(s.Tables))
	}
	rows := texts(s.Tables[0])
	if want := 2 * 2 * 5; len(rows) != want { // sizes, counts, jobs
		t.Errorf("%d rows, want %d", len(rows), want)
	}
	for _, want := range []string{
		"9.98 µs | nothing | 4 | Goroutines | 1.09× | Locked shared memory | 3.64×",
		"9.98 µs | shared updates | 2 | Locked shared memory | 1.28× | Goroutines | ",
		"997 µs | nothing | 4 | Locked shared memory | 1.11× | Goroutines | 4.42×",
		"997 µs | 64 tasks in flight, which wait | 2 | Locked shared memory | ",
		"997 µs | 1 MiB payload | 4 | Locked shared memory | ",
	} {
		if !slices.ContainsFunc(rows, func(r string) bool { return strings.HasPrefix(r, want) }) {
			t.Errorf("no row %q in\n%s", want, strings.Join(rows, "\n"))
		}
	}
}

// Jobs that the file lacks a part of have no row.
func TestDecisionTableWithoutCells(t *testing.T) {
	f := one(tell().file(), func(c result.Cell) bool { return c.Workload == "fannkuch" })
	s := decision(newDataset(f))
	if rows := texts(s.Tables[0]); len(rows) != 3 || !strings.Contains(rows[0], "| nothing |") {
		t.Errorf("rows\n%s", strings.Join(rows, "\n"))
	}
	if s := decision(newDataset(&result.File{})); len(s.Tables) != 0 || len(s.Text) != 1 || !strings.Contains(s.Text[0], "not in this profile") {
		t.Errorf("%+v", s)
	}
}
