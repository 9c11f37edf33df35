package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/scaling"
)

// breakEven tells from which task size on a model pays.
func breakEven(d *dataset) section {
	s := section{ID: "break-even", Title: "From which task size on does it pay?"}
	for _, job := range d.jobs {
		if grains := d.grains(job); len(grains) > 1 && !d.waits(job) {
			s.Tables = append(s.Tables, d.payTable(job, grains), d.grainTable(job, grains))
			s.figures = append(s.figures, d.efficiencyByGrain(job, grains)...)
			s.figures = append(s.figures, d.crossingsByGrain(job, grains))
		}
	}
	if len(s.figures) == 0 {
		s.Text = []string{"No work was measured at more than one task size, so there is no break-even to tell: not in this profile."}
		return s
	}
	s.Text = []string{
		"A task size pays when the interval of its throughput lies wholly above that of the serial loop, at that size and at every larger one measured. " +
			"METG(p) is the task size from which on every larger one measured has an efficiency, the serial time of a pass over N times its wall time, of p or more; between two measured sizes it is interpolated on a logarithmic scale. " +
			"A size that reaches p although a larger one does not is named beside it. Of a size without an interval it is not known whether it pays. Nothing is said beyond the sizes measured. A model with one loop uses one core and is judged on one.",
	}
	if len(d.file.Run.Searches) > 0 {
		s.Text = append(s.Text, "Which sizes were measured was chosen by a search: a pilot of short samples, which no figure holds, looked for the crossings of each model, transport and core count, and the rounds measured the sizes around them.")
		s.Tables = append(s.Tables, d.searchTable())
	}
	return s
}

// payTable is the break-even table of a job.
func (d *dataset) payTable(job point, grains []point) table {
	t := table{
		ID: "break-even-" + job.id(), Title: "Break-even of " + job.job(), Open: true,
		Columns: []string{"Model", "Cores", "Pays from tasks of", "50% efficient from, METG(50%)", "90% efficient from, METG(90%)"},
	}
	for _, l := range d.overGrains(grains) {
		for _, n := range slices.Backward(d.judgedOver(l, grains)) {
			own := d.own(l, n, grains)
			row := []datum{
				word(d.title(l)), exact(plain, float64(n)), d.pays(l, n, own).datum().longNoted(),
				d.granularity(l, n, own, 0.5).longNoted(), d.granularity(l, n, own, 0.9).longNoted(),
			}
			row[0].Note = d.without(l, n, own, len(own) < len(grains))
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// overGrains returns the lines that any of the grains has, a model's together and
// the one without requested variants first.
func (d *dataset) overGrains(grains []point) []line {
	var out []line
	for _, g := range grains {
		for _, l := range d.lines(g) {
			if l = l.elsewhere(grains[0].whole()); !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	place := func(l line) int {
		i := 2 * slices.Index(d.models, l.cell.Model)
		if l.requested() {
			i++
		}
		return i
	}
	slices.SortStableFunc(out, func(a, b line) int { return cmp.Compare(place(a), place(b)) })
	return out
}

// headlineOver returns one line a model of those that any of the points has, as
// headline does for one point.
func (d *dataset) headlineOver(points []point) []line {
	var out []line
	for _, l := range d.overGrains(points) {
		i := slices.IndexFunc(out, func(o line) bool { return o.cell.Model == l.cell.Model })
		switch {
		case i < 0:
			out = append(out, l)
		case out[i].requested() && !l.requested():
			out[i] = l
		}
	}
	return out
}

// own keeps the grains at which the file has a line on n cores: a variant may
// have fewer, and a search leaves each line those around its crossings.
func (d *dataset) own(l line, n int, grains []point) []point {
	return slices.DeleteFunc(slices.Clone(grains), func(g point) bool { return !d.known[l.elsewhere(g).at(n)] })
}

// judgedOver returns the core counts at which a line is judged at any of the
// grains.
func (d *dataset) judgedOver(l line, grains []point) []int {
	var out []int
	for _, g := range grains {
		for _, n := range d.cores(g) {
			if d.known[l.elsewhere(g).at(n)] && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	if d.oneLoop(l) && len(out) > 0 {
		return out[:1]
	}
	return out
}

// without names the grains that a line has no number for, so that no one
// takes a curve with a hole for a whole one, and its grains if it has few.
func (d *dataset) without(l line, n int, grains []point, few bool) string {
	var all, missing []string
	for _, g := range grains {
		all = append(all, grainName(g.Grain))
		if math.IsNaN(d.speedup(l.elsewhere(g), n).Value) {
			missing = append(missing, grainName(g.Grain))
		}
	}
	var notes []string
	switch {
	case few && len(all) > 4:
		notes = append(notes, fmt.Sprintf("measured at %d sizes from %s to %s", len(all), all[0], all[len(all)-1]))
	case few:
		notes = append(notes, "measured at "+list(all)+" only")
	}
	if len(missing) > 0 && len(missing) < len(all) {
		notes = append(notes, "without "+list(missing)+", which gave no number")
	}
	return strings.Join(notes, "; ")
}

// A payment is what is known of the smallest task that pays.
type payment struct {
	bracket scaling.Bracket
	from    point            // the smallest grain that pays; the zero point if none does
	until   point            // the next smaller one; the zero point if there is none
	before  scaling.Estimate // throughput over serial at until, or at the largest grain if none pays
	below   bool             // every grain's throughput lies below serial's
	astray  string           // grains that pay although a larger one does not, as a note
	lacks   []lack           // grains of which it is not known
	missing string           // why nothing is known, "" if something is
}

// A lack is a grain of which it is not known whether it pays.
type lack struct {
	point
	failed bool
	why    string
}

// String names the grain and what is wrong with it.
func (x lack) String() string {
	if x.failed {
		return grainName(x.Grain) + " failed: " + x.why
	}
	return fmt.Sprintf("%s not known (%s)", grainName(x.Grain), x.why)
}

// lacks returns the grains of which a line has no interval on n cores.
func (d *dataset) lacks(l line, n int, grains []point) []lack {
	var out []lack
	for _, g := range grains {
		l := l.elsewhere(g)
		x, failed := d.failed[l.at(n)]
		switch e := d.speedup(l, n); {
		case failed:
			out = append(out, lack{g, true, x.Kind})
		case e.N > 0 && e.Confidence == 0:
			out = append(out, lack{g, false, counted(e.N, "usable round")})
		case e.Confidence == 0:
			out = append(out, lack{g, false, d.whyNot(l, n)})
		}
	}
	return out
}

// whyNot says why a line has no speed-up on n cores.
func (d *dataset) whyNot(l line, n int) string {
	base := d.status(d.serial(l.point))
	switch reason := cmp.Or(d.status(l.at(n)), d.sharing(l, n)); {
	case reason != "":
		return reason
	case base != "":
		return "no serial loop to compare with: " + base
	}
	return strings.Join(d.speedup(l, n).Warnings, "; ")
}

// pays finds the smallest grain that pays on n cores.
func (d *dataset) pays(l line, n int, grains []point) payment {
	var points []scaling.PayPoint
	var known []string
	var good []bool
	at := map[float64]point{}
	ratios := map[float64]scaling.Estimate{}
	p := payment{below: true, lacks: d.lacks(l, n, grains)}
	for _, g := range grains {
		serial, r := d.taskNS(g).Value, d.speedup(l.elsewhere(g), n)
		if r.Confidence == 0 {
			continue
		}
		points = append(points, scaling.PayPoint{Serial: serial, Ratio: r})
		known, good = append(known, grainName(g.Grain)), append(good, r.Above(1))
		at[serial], ratios[serial], p.before = g, r, r
		p.below = p.below && r.Below(1)
	}
	if len(points) == 0 {
		p.missing = d.whyNone(l, n, grains)
		return p
	}
	p.bracket, p.astray = scaling.Pays(points), again("pays", known, good)
	p.from, p.until = at[p.bracket.From], at[p.bracket.Until]
	if before, ok := ratios[p.bracket.Until]; ok {
		p.before = before
	}
	return p
}

// again tells of the grains that are good although a larger one is not.
func again(verb string, grains []string, good []bool) string {
	var also []string
	for i := range good {
		if last := slices.Index(good[i:], false); good[i] && last > 0 {
			also = append(also, grains[i])
		}
	}
	if len(also) == 0 {
		return ""
	}
	slices.Reverse(good)
	bad := len(good) - 1 - slices.Index(good, false)
	return fmt.Sprintf("; %s at %s, but not at %s", verb, list(also), grains[bad])
}

// whyNone says why a line has no interval at any grain.
func (d *dataset) whyNone(l line, n int, grains []point) string {
	var most int
	for _, g := range grains {
		most = max(most, d.speedup(l.elsewhere(g), n).N)
	}
	if most > 0 {
		return noInterval(most)
	}
	return d.whyNot(l.elsewhere(grains[0]), n)
}

// verdict puts a payment into one of four words.
func (p payment) verdict() string {
	switch {
	case p.missing != "":
		return "unknown"
	case p.from != point{}:
		return "pays"
	case p.below && len(p.lacks) == 0:
		return "never"
	}
	return "unclear"
}

func (p payment) datum() datum {
	out := datum{Number: &number{Unit: duration, Value: finite(p.bracket.From), Low: finite(p.bracket.Until), Warnings: p.bracket.Warnings}}
	switch p.verdict() {
	case "unknown":
		return gap(p.missing)
	case "never":
		out.Text, out.Note = "none measured", p.largest()
		return out
	case "unclear":
		out.Text, out.Note = "none shown", p.largest()
		return out
	}
	out.Text, out.Style = grainName(p.from.Grain), asNumber
	switch {
	case p.until == point{}:
		out.Note = "the smallest measured"
	case p.before.Below(1):
		out.Note = fmt.Sprintf("not with %s tasks", grainName(p.until.Grain))
	default:
		out.Note = fmt.Sprintf("unclear with %s tasks", grainName(p.until.Grain))
	}
	out.Note += p.asides()
	return out
}

// asides names the grains that pay alone and those of which it is not known.
func (p payment) asides() string {
	s := p.astray
	for _, x := range p.lacks {
		s += "; " + x.String()
	}
	return s
}

// holes names in a headline the grains of which it is not known.
func (p payment) holes() string {
	var unknown, failed, parts []string
	for _, x := range p.lacks {
		if x.failed {
			failed = append(failed, grainName(x.Grain))
		} else {
			unknown = append(unknown, grainName(x.Grain))
		}
	}
	if len(unknown) > 0 {
		parts = append(parts, list(unknown)+" not known")
	}
	if len(failed) > 0 {
		parts = append(parts, list(failed)+" failed")
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// largest tells how the largest grain comes out when none pays.
func (p payment) largest() string {
	return fmt.Sprintf("%s of serial at %s", ratio.phrase(p.before), grainName(p.until.Grain)) + p.asides()
}

// grainTable holds what the break-even rests on.
func (d *dataset) grainTable(job point, grains []point) table {
	t := table{
		ID: "grains-" + job.id(), Title: "Every task size of " + job.job() + ": measured serial time, throughput over serial, efficiency",
		Columns: []string{"Task size", "Measured serial time", "Model", "Cores", "Throughput / serial", "Efficiency"},
	}
	for _, g := range grains {
		for _, l := range d.lines(g) {
			for _, n := range d.judgedOver(l, []point{g}) {
				status := d.status(l.at(n))
				t.Rows = append(t.Rows, []datum{
					word(grainName(g.Grain)), measured(duration, d.taskNS(g), d.status(d.serial(g))), word(d.title(l)), exact(plain, float64(n)),
					measured(ratio, d.speedup(l, n), status), measured(share, d.efficiency(l, n), status),
				})
			}
		}
	}
	return t
}

// searchTable tells what a search looked at, and found where it failed.
func (d *dataset) searchTable() table {
	t := table{ID: "searches", Title: "What the search for task sizes looked at", Columns: []string{"Series", "Task size and efficiency, in the order of looking", "Given up"}}
	for _, s := range d.file.Run.Searches {
		var looks []string
		for _, l := range s.Looks {
			looks = append(looks, grainName(l.Grain)+" "+share.value(l.Efficiency))
		}
		t.Rows = append(t.Rows, []datum{word(s.Series), word(strings.Join(looks, ", ")), {Text: s.Failed, Style: asWarning}})
	}
	return t
}
