package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/montanaflynn/stats"

	"github.com/nonrev/nonrev/internal/result"
)

// environment shows the machine and how noisy it was.
func environment(d *dataset) section {
	s := section{ID: "environment", Title: "Machine and noise"}
	s.Text = append(slices.Clone(d.file.Run.Notes), d.disturbed()...)
	s.Text = append(s.Text, d.examined())
	s.Text = append(s.Text, "Peak memory is the sum over the processes of a cell. Pages that they share are counted in each, and the passes that are held ready before the clock starts are among it.")
	s.Tables = []table{d.machineTable()}
	if len(d.file.Run.Findings) > 0 {
		s.Tables = append(s.Tables, d.findingsTable())
	}
	s.Tables = append(s.Tables, d.noiseTable())
	return s
}

// examined says what came of the examination of the machine before the run.
func (d *dataset) examined() string {
	n, bad := len(d.file.Run.Findings), len(d.spoiled())
	switch {
	case n == 0:
		return "The machine was not examined before this run. nonrev doctor does it, and a run by a present version does it first."
	case bad == 0:
		return fmt.Sprintf("The machine was examined before the run: %s, none of them a warning.", counted(n, "finding"))
	}
	return fmt.Sprintf("The machine was examined before the run: %d of %s will spoil a measurement. nonrev doctor shows what is left of them after a remedy.", bad, counted(n, "finding"))
}

// A spoiler is a finding of the kind that spoils measurements, in sentences.
type spoiler struct {
	Found string
	Words []string // what it spoils, and the remedy
}

// spoiled returns the findings that are warnings.
func (d *dataset) spoiled() []spoiler {
	var out []spoiler
	for _, f := range d.file.Run.Findings {
		if f.Severity != result.Warning {
			continue
		}
		s := spoiler{Found: f.What + ": " + f.Value + "."}
		for _, words := range []string{f.Spoils, f.Remedy} {
			if words != "" {
				s.Words = append(s.Words, sentence(strings.TrimSuffix(words, ".")))
			}
		}
		out = append(out, s)
	}
	return out
}

// findingsTable holds all findings, those that are well among them.
func (d *dataset) findingsTable() table {
	t := table{ID: "findings", Title: "Examination of the machine", Open: true, Columns: []string{"What", "Found", "Judged", "Spoils", "Remedy"}}
	for _, f := range d.file.Run.Findings {
		judged := word(string(f.Severity))
		if f.Severity == result.Warning {
			judged.Style = asWarning
		}
		t.Rows = append(t.Rows, []datum{word(f.What), word(f.Value), judged, word(cmp.Or(f.Spoils, missing)), word(cmp.Or(f.Remedy, missing))})
	}
	return t
}

// Above crowd of the wall time, what other processes used is told; below
// wholeCPU, the CPU time of a serial loop is told, which ought to be its wall time.
const (
	crowd    = 0.10
	wholeCPU = 0.95
)

// A strain is a cell that did not have its CPUs to itself, with a share.
type strain struct {
	cell  result.Cell
	share float64
}

// crowded returns the cells beside which other processes used CPUs, over wall
// time in the median, the worst first.
func (d *dataset) crowded() []strain {
	var out []strain
	for _, c := range d.cells {
		if median, err := stats.Median(d.beside[c]); err == nil && median > crowd {
			out = append(out, strain{c, median})
		}
	}
	slices.SortStableFunc(out, func(a, b strain) int { return cmp.Compare(b.share, a.share) })
	return out
}

// starved returns the serial cells of CPU work that got less CPU time than
// their wall time, the worst first.
func (d *dataset) starved() []strain {
	var out []strain
	for _, c := range d.cells {
		if c.OfMachine() || c.Model != result.Serial || d.waits(pointOf(c)) {
			continue
		}
		got := d.derive(func(v []float64) float64 { return v[0] / v[1] }, d.column(c, result.CPUNS), d.column(c, result.WallNS))
		if got.Value < wholeCPU {
			out = append(out, strain{c, got.Value})
		}
	}
	slices.SortStableFunc(out, func(a, b strain) int { return cmp.Compare(a.share, b.share) })
	return out
}

// disturbed says plainly that cells did not have their CPUs to themselves.
func (d *dataset) disturbed() []string {
	var out []string
	if all := d.crowded(); len(all) > 0 {
		out = append(out, fmt.Sprintf("This machine was not idle: beside %d of %s, other processes used more than %s of one CPU in the median round, up to %s (%s). Every figure here may be off by as much as they took; end them and run again.",
			len(all), counted(len(d.cells), "cell"), percent(crowd), share.value(all[0].share), d.cellName(all[0].cell)))
	}
	if all := d.starved(); len(all) > 0 {
		out = append(out, fmt.Sprintf("The serial loop did not have a CPU to itself: in %s it got less than %s of its wall time as CPU time in the median round, down to %s (%s). Whatever is compared with it looks better than it is.",
			counted(len(all), "cell"), percent(wholeCPU), share.value(all[0].share), d.cellName(all[0].cell)))
	}
	return out
}

// cellName names a cell in a sentence.
func (d *dataset) cellName(c result.Cell) string {
	w := d.cellWords(c)
	return fmt.Sprintf("%s, %s on %s", w[0].Text, w[1].Text, coresName(c.Cores))
}

func (d *dataset) machineTable() table {
	r := d.file.Run
	t := table{ID: "machine", Title: "Machine and run", Open: true, Columns: []string{"What", "Value"}}
	for _, row := range [][2]string{
		{"Processor", r.CPU},
		{"System", r.GOOS + "/" + r.GOARCH},
		{"Kernel", r.Kernel},
		{"Virtualisation", r.Host},
		{"Go", r.Go},
		{"Cores swept", numbers(r.Cores)},
		{"CPUs allowed", numbers(r.Allowed)},
		{"CPU quota", quota(r.Quota)},
		{"Pinned", pinned(r.Pinned)},
		{"Helper processes", r.Helpers},
		{"Rounds planned", fmt.Sprint(r.Rounds)},
		{"Rounds measured", d.measuredRounds()},
		{"Seed of the order", fmt.Sprint(r.Seed)},
		{"Warm-up and sample", fmt.Sprintf("about %g ms and %g ms", r.WarmMS, r.SampleMS)},
		{"GOGC", r.GOGC},
		{"Started", r.Start},
		{"Profile", r.Profile},
		{"Version", r.Tool},
		{"File", d.file.Path},
	} {
		if row[1] == "" {
			row[1] = "unknown"
		}
		t.Rows = append(t.Rows, []datum{word(row[0]), word(row[1])})
	}
	if r.Python != "" {
		t.Rows = append(t.Rows, []datum{word("python3"), word(r.Python)})
	}
	return t
}

// measuredRounds counts the rounds used, and those of them that were not planned.
func (d *dataset) measuredRounds() string {
	if n := d.replacements(); n > 0 {
		return fmt.Sprintf("%d, %d of them to replace void samples", d.rounds, n)
	}
	return fmt.Sprint(d.rounds)
}

func numbers(n []int) string {
	return strings.Join(strings.Fields(strings.Trim(fmt.Sprint(n), "[]")), ", ")
}

func quota(q float64) string {
	if q == 0 {
		return "none"
	}
	return fmt.Sprintf("%g cores", q)
}

func pinned(yes bool) string {
	if yes {
		return "yes, each cell to its own CPUs"
	}
	return "no: the system moved processes as it liked, so figures spread more"
}

// noiseTable describes how each cell's throughput spread over rounds: it shows
// drift and outliers, and decides nothing.
func (d *dataset) noiseTable() table {
	t := table{ID: "noise", Title: "Spread of throughput over rounds", Columns: append(slices.Clone(cellColumns), "Rounds", "Spread (MAD / median)", "Outliers", "Correlation of neighbouring rounds", "Outside CPU, median")}
	for _, c := range d.cells {
		v := slices.DeleteFunc(slices.Clone(d.column(c, result.TaskRate)), math.IsNaN)
		if len(v) < 4 {
			continue
		}
		t.Rows = append(t.Rows, append(d.cellWords(c), exact(plain, float64(len(v))), d.spreadOf(v), outliers(v), neighbours(v), d.outside(c)))
	}
	return t
}

// spreadOf is the median absolute deviation over the median.
func (d *dataset) spreadOf(v []float64) datum {
	mad, err := stats.MedianAbsoluteDeviation(v)
	median, err2 := stats.Median(v)
	if err != nil || err2 != nil || median == 0 {
		return gap("no median")
	}
	return exact(share, mad/median)
}

// outliers counts what lies more than 1.5 quartile ranges outside the quartiles.
func outliers(v []float64) datum {
	o, err := stats.QuartileOutliers(v)
	if err != nil {
		return gap(err.Error())
	}
	return exact(plain, float64(len(o.Mild)+len(o.Extreme)))
}

// neighbours is the autocorrelation at a lag of one round; far from 0 means drift.
func neighbours(v []float64) datum {
	r, err := stats.AutoCorrelation(v, 1)
	if err != nil {
		return gap(err.Error())
	}
	return exact(plain, r)
}

// outside is the share of wall time that other processes used beside the cell.
func (d *dataset) outside(c result.Cell) datum {
	median, err := stats.Median(d.beside[c])
	if err != nil {
		return gap("not recorded")
	}
	return exact(share, median)
}

// percent writes a limit, which is exact, without more digits than it has.
func percent(v float64) string { return trimmed(100*v) + "%" }
