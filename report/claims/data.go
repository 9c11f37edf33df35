package claims

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// data is a result file made ready for questions: values by cell, unit and
// round, so that what is compared is paired by round.
type data struct {
	file    *result.File
	rounds  int
	most    int                                  // the largest core count of the run
	names   map[result.Cell]result.Cell          // cells of the file by their key
	there   map[string]bool                      // workloads, models and guards that the file knows
	ran     []result.Cell                        // cells that gave an answer, void or not
	keys    map[result.Cell]result.Cell          // of cells with samples, which come many times
	values  map[result.Cell]map[string][]float64 // by unit, a value a round
	usable  map[result.Cell]int                  // samples that may be used
	voids   map[result.Cell]int
	helped  map[result.Cell]int // samples in which the helper was the bound
	failed  map[result.Cell]result.Failure
	blanks  map[result.Cell]string
	unheard map[result.Cell]bool // cells that count as not measured, since most samples are void
}

// A column is what one cell measured in one unit, a value a round.
type column struct {
	cell result.Cell
	unit string
}

// rate is a cell's throughput.
func rate(c result.Cell) column { return column{c, result.TaskRate} }

// key is the cell without what a run decides for itself: whether helpers share
// its CPUs, and the codec where it comes with the values of the work.
func key(c result.Cell) result.Cell {
	c.Helpers = ""
	if !c.OfMachine() {
		c.Codec = ""
	}
	return c.Canon()
}

// newData indexes a file that File.Judge was called for.
func newData(f *result.File) *data {
	d := &data{
		file: f, there: map[string]bool{}, names: map[result.Cell]result.Cell{}, keys: map[result.Cell]result.Cell{}, values: map[result.Cell]map[string][]float64{}, usable: map[result.Cell]int{}, voids: map[result.Cell]int{},
		helped: map[result.Cell]int{}, failed: map[result.Cell]result.Failure{}, blanks: map[result.Cell]string{}, unheard: map[result.Cell]bool{},
	}
	for _, n := range f.Run.Cores {
		d.most = max(d.most, n)
	}
	for _, c := range f.Plan {
		d.name(c)
	}
	for _, x := range f.Failures {
		d.name(x.Cell)
		if _, again := d.failed[key(x.Cell)]; !again {
			d.failed[key(x.Cell)] = x
		}
	}
	for _, b := range f.Blanks {
		d.name(b.Cell)
		d.blanks[key(b.Cell)] = b.Reason
	}
	for _, c := range f.Unmeasured() {
		d.unheard[key(c)] = true
	}
	for c := range result.ByCell(f.Samples) {
		if _, known := d.keys[c]; !known {
			d.keys[c] = key(c)
			d.ran = append(d.ran, c)
			d.name(c)
		}
	}
	whole := wholeRounds(f)
	for i := range whole {
		d.rounds = max(d.rounds, whole[i].Round+1)
	}
	for c, samples := range result.ByCell(whole) {
		d.add(d.keys[c], samples)
	}
	return d
}

func (d *data) name(c result.Cell) {
	if _, known := d.names[key(c)]; !known {
		d.names[key(c)] = c
		for _, name := range kinds(c) {
			d.there[name] = true
		}
	}
}

// wholeRounds returns the samples that count: a round that an interruption cut
// short does not, because its cells were not held against all others.
func wholeRounds(f *result.File) []result.Sample {
	if !f.Interrupted {
		return f.Samples
	}
	short := map[int]bool{}
	for _, p := range f.Missing() {
		short[p.Round] = true
	}
	return slices.DeleteFunc(slices.Clone(f.Samples), func(s result.Sample) bool { return short[s.Round] })
}

// add takes samples of a cell in, which is known by its key.
func (d *data) add(c result.Cell, samples []result.Sample) {
	own, usable := d.values[c], 0
	for i := range samples {
		s := &samples[i]
		if s.Void != "" {
			d.voids[c]++
			continue
		}
		usable++
		if slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.HasPrefix(w, "helper-bound") }) {
			d.helped[c]++
		}
		if own == nil {
			own = map[string][]float64{}
			d.values[c] = own
		}
		for _, v := range s.Values {
			if own[v.Unit] == nil {
				own[v.Unit] = slices.Repeat([]float64{math.NaN()}, d.rounds)
			}
			own[v.Unit][s.Round] = v.Value
		}
	}
	if usable > 0 {
		d.usable[c] += usable
	}
}

// cell is the file's own cell for one of a claim's.
func (d *data) cell(c result.Cell) result.Cell {
	if own, known := d.names[key(c)]; known {
		return own
	}
	return c
}

// column returns what a cell measured, by round, NaN where it did not.
func (d *data) column(c column) []float64 {
	if v, known := d.values[key(c.cell)][c.unit]; known {
		return v
	}
	return slices.Repeat([]float64{math.NaN()}, d.rounds)
}

// ceiling is the probe of what the machine itself can do for a workload.
func (d *data) ceiling(workload string, n int) column {
	set, unit := d.file.Run.Ceiling[workload], result.OpRate
	switch set {
	case "":
		set = "spin"
	case "memcpy":
		unit = result.ByteRate
	}
	return column{result.Cell{Workload: result.Probe, Set: set, Cores: n}, unit}
}

// A Lack is why a cell gives no number.
type Lack struct {
	Cell   string // its benchmark name
	Word   Word   // what it makes of the verdict: Needs, NotInProfile or NotMeasured
	Needs  []string
	Reason string
}

// lack says why a cell has no number in a unit, nil when it has one.
func (d *data) lack(c column) *Lack {
	k := key(c.cell)
	_, known := d.names[k]
	x, failed := d.failed[k]
	blank, impossible := d.blanks[k]
	l := &Lack{Cell: d.cell(c.cell).Name(), Word: NotMeasured}
	switch {
	case failed:
		l.Reason = fmt.Sprintf("failed: %s: %s", x.Kind, x.Text)
	case impossible:
		l.Reason = "unsupported: " + blank
		if c.cell.Workload == result.Python {
			l.Word, l.Needs = Needs, []string{"python3 (GIL build)"}
		}
	case d.unheard[k]:
		l.Reason = "most samples are void"
	case d.values[k][c.unit] != nil:
		return nil
	case d.usable[k] > 0:
		l.Word, l.Needs = Needs, []string{c.unit + " of " + subject(c.cell)}
		l.Reason = "measured without " + c.unit
	case d.voids[k] > 0:
		l.Reason = "all samples are void"
	case known && d.file.Interrupted:
		l.Reason = "the run was interrupted before a whole round"
	case known:
		l.Reason = "there is no sample"
	default:
		d.absent(l, c.cell)
	}
	return l
}

// notAsked is the reason of a cell that can be measured and is not in the plan.
const notAsked = "not asked for"

// absent says why a cell is not in the file at all.
func (d *data) absent(l *Lack, c result.Cell) {
	l.Word, l.Needs = NotInProfile, d.coming(c)
	l.Reason = notAsked
	if len(l.Needs) > 0 {
		l.Word, l.Reason = Needs, "nonrev cannot measure this yet"
	}
	if c.Cores > d.most {
		l.Word, l.Reason = Needs, "the run went up to "+cores(d.most)
		l.Needs = append(l.Needs, cores(c.Cores))
	}
}

func cores(n int) string { return counted(n, "core") }

func rounds(n int) string { return counted(n, "round") }

func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// extreme makes one estimate of several by the smallest, or the largest, of
// their values and of either bound. Of intervals that each hold their number it
// holds the smallest, or the largest, of these numbers.
func extreme(pick func(x, y float64) float64, estimates []scaling.Estimate) scaling.Estimate {
	e := estimates[0]
	for _, o := range estimates[1:] {
		e.Value, e.Low, e.High = pick(e.Value, o.Value), pick(e.Low, o.Low), pick(e.High, o.High)
		e.Confidence, e.N = min(e.Confidence, o.Confidence), min(e.N, o.N)
		e.Warnings = append(slices.Clone(e.Warnings), o.Warnings...)
	}
	return e
}

func smallest(e []scaling.Estimate) scaling.Estimate {
	return extreme(func(x, y float64) float64 { return min(x, y) }, e)
}

func largest(e []scaling.Estimate) scaling.Estimate {
	return extreme(func(x, y float64) float64 { return max(x, y) }, e)
}
