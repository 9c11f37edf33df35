package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/report/claims"
)

// dataset is one result file made ready for questions: values by cell, unit
// and round, so that what is compared is paired by round.
type dataset struct {
	file   *result.File
	styles styles
	rounds int       // one more than the largest round used
	none   []float64 // a value a round, all missing
	cut    int       // samples of rounds that an interruption cut short, which are not used
	values map[result.Cell]byUnit
	voids  map[result.Cell][]result.Sample
	beside map[result.Cell][]float64 // CPU time of other processes over wall time, a sample
	failed map[result.Cell]result.Failure
	scarce map[result.Cell]string // why a cell's samples are too few for a number
	blanks map[result.Cell]string
	plan   map[result.Cell]bool
	cells  []result.Cell // the plan's, then what else the file holds
	index
	timed    map[result.Cell][]result.Sample // usable samples whose requests were timed
	pools    map[result.Cell]*requests
	arrivals map[point]map[string]bool // how requests came
	bound    map[result.Cell][2]int    // samples whose helper was the limit, and all
	// What many figures and tables ask for is worked out once: levels, speed-ups,
	// and what the order of a cell's rounds tells against its number.
	levels memory[quantity, scaling.Estimate]
	gains  memory[result.Cell, scaling.Estimate]
	doubts memory[result.Cell, []string]
	// rulings are the verdicts on the claims, nil for a file of another tool.
	rulings []claims.Verdict
}

// Values by unit are what one cell measured, each a value a round.
type byUnit map[string][]float64

// A quantity is a unit of a cell.
type quantity struct {
	cell result.Cell
	unit string
}

// A memory keeps what was worked out. Sections are made at the same time, and ask
// for the same.
type memory[K comparable, V any] struct {
	sync.Mutex
	known map[K]V
}

// of returns what is known of k, or else works it out.
func (m *memory[K, V]) of(k K, work func() V) V {
	m.Lock()
	v, known := m.known[k]
	m.Unlock()
	if known {
		return v
	}
	v = work()
	m.Lock()
	defer m.Unlock()
	if m.known == nil {
		m.known = map[K]V{}
	}
	m.known[k] = v
	return v
}

// newDataset indexes a file. A cell that failed in any round gives no number
// in any other: an answer that was wrong once is not trusted the next time.
func newDataset(f *result.File) *dataset {
	d := &dataset{
		file:     f,
		values:   map[result.Cell]byUnit{},
		voids:    map[result.Cell][]result.Sample{},
		beside:   map[result.Cell][]float64{},
		failed:   map[result.Cell]result.Failure{},
		blanks:   map[result.Cell]string{},
		scarce:   map[result.Cell]string{},
		plan:     map[result.Cell]bool{},
		cells:    cells(f),
		timed:    map[result.Cell][]result.Sample{},
		pools:    map[result.Cell]*requests{},
		arrivals: map[point]map[string]bool{},
		bound:    map[result.Cell][2]int{},
	}
	d.index = newIndex(d.cells)
	d.styles = newStyles(d.models)
	for _, c := range f.Plan {
		d.plan[c] = true
	}
	for _, b := range f.Blanks {
		d.blanks[b.Cell] = b.Reason
	}
	for _, x := range f.Failures {
		if _, again := d.failed[x.Cell]; !again {
			d.failed[x.Cell] = x
		}
	}
	used := wholeRounds(f)
	d.cut = len(f.Samples) - len(used)
	for i := range used {
		d.rounds = max(d.rounds, used[i].Round+1)
	}
	d.none = slices.Repeat([]float64{math.NaN()}, d.rounds)
	d.lacking(used)
	for c, samples := range result.ByCell(used) {
		d.add(c, samples)
	}
	for c, samples := range result.ByCell(f.Samples) {
		d.limit(c, samples)
	}
	d.prepare()
	return d
}

// prepare does on all CPUs what takes longest in a large file: the verdicts, and
// the quantiles of the cells whose requests were timed.
func (d *dataset) prepare() {
	var jobs []func()
	if d.file.Run.Version > 0 {
		jobs = append(jobs, func() { d.rulings = claims.Judge(d.file) })
	}
	for c, samples := range d.timed {
		r := &requests{}
		d.pools[c] = r
		jobs = append(jobs, func() { *r = *pool(samples) })
	}
	onAllCPUs(len(jobs), func(i int) { jobs[i]() })
}

// wholeRounds returns the samples that count. A round that an interruption cut
// short does not, because its cells were not held against all others; where no
// round is whole it is all there is.
func wholeRounds(f *result.File) []result.Sample {
	if !f.Interrupted {
		return f.Samples
	}
	short := map[int]bool{}
	for _, p := range f.Missing() {
		short[p.Round] = true
	}
	whole := slices.DeleteFunc(slices.Clone(f.Samples), func(s result.Sample) bool { return short[s.Round] })
	if len(whole) == 0 {
		return f.Samples
	}
	return whole
}

// lacking notes the cells of which so many samples are void that the others are
// not to stand for them. Of a run that was cut short only the rounds that there
// are can be asked for.
func (d *dataset) lacking(used []result.Sample) {
	void, all, cause := map[result.Cell]int{}, map[result.Cell]int{}, map[result.Cell]string{}
	for c, samples := range result.ByCell(used) {
		all[c] += len(samples)
		for i := range samples {
			if samples[i].Void != "" {
				void[c]++
				cause[c] = cmp.Or(cause[c], samples[i].Void)
			}
		}
	}
	for _, c := range d.file.Unmeasured() {
		c = c.Canon()
		if n := void[c]; n > 0 && (!d.file.Interrupted || 2*n > all[c]) {
			d.scarce[c] = fmt.Sprintf("not measured: %d of %s void (%s)", n, counted(all[c], "sample"), cause[c])
		}
	}
}

// add takes samples of a cell in.
func (d *dataset) add(c result.Cell, samples []result.Sample) {
	var beside []float64
	var voids, timed []result.Sample
	var columns []column
	_, failed := d.failed[c]
	unused := failed || d.scarce[c] != ""
	for i := range samples {
		s := &samples[i]
		if s.WindowNS > 0 {
			beside = append(beside, s.OutsideNS/s.WindowNS)
		}
		if s.Void != "" {
			voids = append(voids, *s)
			continue
		}
		if unused {
			continue
		}
		if s.Latency != "" {
			timed = append(timed, *s)
		}
		if p := pointOf(c); s.Loop != "" {
			if d.arrivals[p] == nil {
				d.arrivals[p] = map[string]bool{}
			}
			d.arrivals[p][s.Loop] = true
		}
		for i, v := range s.Values {
			if i == len(columns) || columns[i].unit != v.Unit { // most samples of a cell have the same
				columns = append(columns[:i], d.columnFor(c, v.Unit))
			}
			columns[i].values[s.Round] = v.Value
		}
	}
	extend(d.beside, c, beside)
	extend(d.voids, c, voids)
	extend(d.timed, c, timed)
}

// extend adds values, if there are any, to those of a cell.
func extend[V any](all map[result.Cell][]V, c result.Cell, more []V) {
	if len(more) > 0 {
		all[c] = append(all[c], more...)
	}
}

// A column is what a cell measured in a unit, a value a round.
type column struct {
	unit   string
	values []float64
}

// columnFor returns the column that values of a cell in a unit go to.
func (d *dataset) columnFor(c result.Cell, unit string) column {
	own := d.values[c]
	if own == nil {
		own = byUnit{}
		d.values[c] = own
	}
	if own[unit] == nil {
		own[unit] = slices.Clone(d.none)
	}
	return column{unit, own[unit]}
}

// nothing is a value a round, all missing, for reading only.
func (d *dataset) nothing() []float64 { return d.none }

// column returns what a cell measured, by round, NaN where it did not, for reading
// only.
func (d *dataset) column(c result.Cell, unit string) []float64 {
	if v, ok := d.values[c][unit]; ok {
		return v
	}
	return d.nothing()
}

// has tells whether the cell measured the unit in any round.
func (d *dataset) has(c result.Cell, unit string) bool {
	_, ok := d.values[c][unit]
	return ok
}

// level estimates a unit of a cell. That of tasks a second carries what the
// order of the rounds tells against it.
func (d *dataset) level(c result.Cell, unit string) scaling.Estimate {
	return d.levels.of(quantity{c, unit}, func() scaling.Estimate {
		e := scaling.Level(d.column(c, unit))
		if unit == result.TaskRate {
			e.Warnings = slices.Concat(e.Warnings, d.doubt(c))
		}
		return e
	})
}

// doubt tells what in the order of a cell's rounds makes its tasks a second
// doubtful.
func (d *dataset) doubt(c result.Cell) []string {
	return d.doubts.of(c, func() []string { return scaling.Series(d.column(c, result.TaskRate)) })
}

// derive estimates a figure that f makes of one round's values.
func (d *dataset) derive(f func(v []float64) float64, columns ...[]float64) scaling.Estimate {
	return scaling.Level(scaling.Combine(f, columns...))
}

// status says why a cell gives no number, "" when it gives one.
func (d *dataset) status(c result.Cell) string {
	if x, ok := d.failed[c]; ok {
		return fmt.Sprintf("failed: %s: %s", x.Kind, x.Text)
	}
	if reason, ok := d.blanks[c]; ok {
		return "unsupported: " + reason
	}
	if reason := d.scarce[c]; reason != "" {
		return reason
	}
	own := d.values[c]
	for _, unit := range []string{result.WallNS, result.TaskRate, result.OpRate, result.ByteRate} {
		if own[unit] != nil {
			return ""
		}
	}
	if v := d.voids[c]; len(v) > 0 {
		return fmt.Sprintf("void: all %d samples (%s)", len(v), v[0].Void)
	}
	switch {
	case !d.plan[c]:
		return "not in this profile"
	case d.file.Interrupted:
		return "not measured: the run was interrupted"
	}
	return "not measured"
}

// A point is what is done, apart from who does it and on how many cores.
type point struct{ Workload, Set, Grain, Payload string }

func pointOf(c result.Cell) point { return point{c.Workload, c.Set, c.Grain, c.Payload} }

// String names the point as a reader says it: "fannkuch, 1 ms tasks".
func (p point) String() string {
	s := p.job()
	if p.Grain != "" {
		s += ", " + grainName(p.Grain) + " tasks"
	}
	if p.Payload != "" {
		s += ", " + payloadName(p.Payload)
	}
	return s
}

// job names workload and settings alone.
func (p point) job() string {
	if p.Set != "" {
		return shorten(p.Workload + " (" + p.Set + ")")
	}
	return shorten(p.Workload)
}

// id is the point as part of an element's id and a file's name.
func (p point) id() string { return slug(p.Workload + " " + p.Set + " " + p.Grain + " " + p.Payload) }

// whole is the point without grain and payload.
func (p point) whole() point { return point{Workload: p.Workload, Set: p.Set} }

// slug keeps letters, digits and single hyphens, at most 60 of them.
func slug(s string) string {
	keep := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return ' '
	}
	s = strings.Join(strings.Fields(strings.Map(keep, strings.ToLower(s))), "-")
	return s[:min(len(s), 60)]
}

// grains returns the points of a job that differ by grain, smallest first.
func (d *dataset) grains(job point) []point {
	out := slices.DeleteFunc(slices.Clone(d.ofJob[job]), func(p point) bool { return p.Grain == "" })
	slices.SortStableFunc(out, func(a, b point) int { return cmp.Compare(nominal(a.Grain), nominal(b.Grain)) })
	return out
}

// payloads returns the points of a job that differ by payload, smallest first.
func (d *dataset) payloads(job point) []point {
	out := slices.DeleteFunc(slices.Clone(d.ofJob[job]), func(p point) bool { return size(p.Payload) <= 0 })
	slices.SortStableFunc(out, func(a, b point) int { return cmp.Compare(size(a.Payload), size(b.Payload)) })
	return out
}

// main returns the point of a job that stands for it in a figure: of the grains
// up to 1 ms that most models have on most core counts the largest, else the
// smallest, the payload in the middle.
func (d *dataset) main(job point) point {
	points := d.ofJob[job]
	if g := d.grains(job); len(g) > 0 {
		points = slices.DeleteFunc(slices.Clone(g), func(p point) bool { return nominal(p.Grain) > time.Millisecond })
		if len(points) == 0 {
			return g[0]
		}
		best := points[0]
		for _, p := range points[1:] {
			if d.held(p) >= d.held(best) {
				best = p
			}
		}
		return best
	}
	if p := d.payloads(job); len(p) > 0 {
		return p[len(p)/2]
	}
	return points[0]
}

// held is on how many core counts models are held against each other at a point.
func (d *dataset) held(p point) int {
	n := 0
	for _, l := range d.headline(p) {
		for _, cores := range d.cores(p) {
			if d.known[l.at(cores)] {
				n++
			}
		}
	}
	return n
}

// A line is what one curve over cores shows: a model with its variant.
type line struct {
	point
	cell result.Cell // without Cores
}

// at is the line's cell on n cores.
func (l line) at(n int) result.Cell {
	l.cell.Cores = n
	return l.cell
}

// variant spells the factors that are not at their defaults, "" if none.
func (l line) variant() string {
	c := l.cell
	var s []string
	for _, f := range [][2]string{
		{"state", c.State},
		{"mail", c.Mail},
		{"host", c.Host},
		{"transport", c.Transport},
		{"codec", c.Codec},
		{"io", c.IO},
		{"offload", c.Offload},
		{"placement", c.Placement},
		{"batch", count(c.Batch)},
		{"prefetch", count(c.Prefetch)},
		{"inflight", count(c.InFlight)},
		{"nodes", count(c.Nodes)},
	} {
		if f[1] != "" {
			s = append(s, f[0]+" "+f[1])
		}
	}
	return shorten(strings.Join(s, ", "))
}

// requested tells whether the line has a variant that a run asked for. A codec
// alone is none: it comes with the values of the work.
func (l line) requested() bool {
	l.cell.Codec = ""
	return l.variant() != ""
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// lines returns the curves of a point in plan order, serial not among them.
func (d *dataset) lines(p point) []line { return d.curves[p] }

// headline returns one curve a model: the one without requested variants, else
// the model's first, so that no model is missing from the first screen.
func (d *dataset) headline(p point) []line {
	var out []line
	for _, l := range d.lines(p) {
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

// elsewhere is the same curve at another point.
func (l line) elsewhere(p point) line {
	l.point, l.cell.Grain, l.cell.Payload = p, p.Grain, p.Payload
	return l
}

// serial returns the cell that is the base of the point's speed-up: the
// serial model on the fewest cores.
func (d *dataset) serial(p point) result.Cell {
	if base, found := d.bases[p]; found {
		return base
	}
	return result.Cell{Workload: p.Workload, Set: p.Set, Grain: p.Grain, Payload: p.Payload, Model: result.Serial, Cores: 1}
}

// cores returns the core counts of a point in rising order, that of serial
// not among them.
func (d *dataset) cores(p point) []int { return d.counts[p] }

// judged returns the core counts at which a line is judged: a one-loop model
// uses one core, so its cell with the fewest stands for it.
func (d *dataset) judged(l line) []int {
	cores := d.cores(l.point)
	if d.oneLoop(l) && len(cores) > 0 {
		return cores[:1]
	}
	return cores
}

// width is the number of cores that a line can use of n.
func (d *dataset) width(l line, n int) int {
	if d.oneLoop(l) {
		return 1
	}
	return n
}

// sharing is why a line on n cores is not held against the serial loop: its
// helper processes shared the CPUs, so that cells on different counts differ
// in more than the count. It is "" when it may be.
func (d *dataset) sharing(l line, n int) string {
	if l.cell.Helpers == "" || n == d.serial(l.point).Cores {
		return ""
	}
	return "helper processes shared the CPUs, so cells on different core counts are not compared"
}

// base returns what the serial loop measured, by round, for a comparison with
// a line on n cores.
func (d *dataset) base(l line, n int, unit string) []float64 {
	if d.sharing(l, n) != "" {
		return d.nothing()
	}
	return d.column(d.serial(l.point), unit)
}

func (d *dataset) oneLoop(l line) bool { return slices.Contains(d.file.Run.OneLoop, l.cell.Model) }

// waits tells whether the job's tasks mostly wait, so that speed-up over one
// task at a time means nothing.
func (d *dataset) waits(p point) bool { return slices.Contains(d.file.Run.IO, p.Workload) }

// taskNS estimates the measured serial time of a task in ns.
func (d *dataset) taskNS(p point) scaling.Estimate {
	return d.derive(func(v []float64) float64 { return 1e9 / v[0] }, d.column(d.serial(p), result.TaskRate))
}

// speedup estimates X(N) / X of serial, paired by round.
func (d *dataset) speedup(l line, n int) scaling.Estimate {
	return d.gains.of(l.at(n), func() scaling.Estimate {
		e := scaling.Ratio(d.column(l.at(n), result.TaskRate), d.base(l, n, result.TaskRate))
		if reason := d.sharing(l, n); reason != "" {
			e.Warnings = []string{reason}
		}
		return e
	})
}

// efficiency estimates serial time of the pass / (N x wall), which is the
// speed-up over N, with N = 1 for a model that uses one core.
func (d *dataset) efficiency(l line, n int) scaling.Estimate {
	return d.speedup(l, n).Scale(1 / float64(d.width(l, n)))
}

// overhead estimates N x wall less the serial time of the same tasks, a task.
func (d *dataset) overhead(l line, n int) scaling.Estimate {
	return scaling.Level(d.overheads(l, n))
}

func (d *dataset) overheads(l line, n int) []float64 {
	if d.sharing(l, n) != "" {
		return d.nothing()
	}
	return d.column(l.at(n), result.OverheadNS)
}

// probe returns the rates of a point's ceiling probe on n cores by round, and
// the probe's name.
func (d *dataset) probe(p point, n int) ([]float64, string) {
	name := d.file.Run.Ceiling[p.Workload]
	for _, c := range d.probes[probeOn{name, n}] {
		for _, unit := range []string{result.OpRate, result.ByteRate} {
			if d.has(c, unit) {
				return d.column(c, unit), name
			}
		}
	}
	return d.nothing(), name
}

// ceiling estimates how much more the machine itself does on n cores than on
// one: probe(n) / probe(1).
func (d *dataset) ceiling(p point, n int) scaling.Estimate {
	many, _ := d.probe(p, n)
	one, _ := d.probe(p, 1)
	return scaling.Ratio(many, one)
}

// againstCeiling estimates the speed-up over what the machine itself gains on
// n cores, paired by round.
func (d *dataset) againstCeiling(l line, n int) scaling.Estimate {
	many, _ := d.probe(l.point, d.width(l, n))
	one, _ := d.probe(l.point, 1)
	product := func(v []float64) float64 { return v[0] * v[1] }
	return scaling.Ratio(
		scaling.Combine(product, d.column(l.at(n), result.TaskRate), one),
		scaling.Combine(product, d.base(l, n, result.TaskRate), many),
	)
}

// ipcShare estimates the part of the cores' time that goes into communication.
func (d *dataset) ipcShare(l line, n int) scaling.Estimate {
	share := func(v []float64) float64 { return v[0] * v[1] / 1e9 / float64(n) }
	return d.derive(share, d.column(l.at(n), result.IPCNS), d.column(l.at(n), result.TaskRate))
}

// cells lists the plan and then every other cell that the file holds.
func cells(f *result.File) []result.Cell {
	var out []result.Cell
	seen := map[result.Cell]bool{}
	add := func(c result.Cell) {
		if fresh(seen, c) {
			out = append(out, c)
		}
	}
	for _, c := range f.Plan {
		add(c)
	}
	for c := range result.ByCell(f.Samples) {
		add(c)
	}
	for _, x := range f.Failures {
		add(x.Cell)
	}
	for _, b := range f.Blanks {
		add(b.Cell)
	}
	return out
}
