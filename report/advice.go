package report

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// A Question is what somebody wants to know of a job that spreads over cores.
type Question struct {
	Grain    time.Duration // what a task takes serially, on the machine of the file
	Payload  int           // bytes that go to the worker with a task; 0 is next to none
	Shared   bool          // tasks update shared cells
	InFlight int           // tasks under way at once; more than cores means that most of them wait; 0 means no more than cores
	Cores    int           // 0 means as many as were measured
}

// An Advice is what a file says to a Question.
type Advice struct {
	Question Question
	Cores    int // for which it is given, 0 if for none
	// Spots are the measured jobs that enclose the one asked for, in words.
	Spots []string
	// Models are those that were compared, the best first, then the runner-up.
	Models  []Standing
	Verdict Verdict
	Beyond  bool // more was asked for than was measured: the advice is for what was
	// More is what the best of the models that can use several cores makes of
	// each measured count up to Cores.
	More []Gain
	// Breaks are from which task size on each model pays, over each transport that
	// the file has at several task sizes, of tasks that carry
	// next to nothing, share nothing and do not wait.
	Breaks []Break
	// Transports are those between processes at about the payload, the cheapest
	// first, with a verdict of their own; none without a payload.
	Transports       []Standing
	TransportVerdict Verdict
	TransportSpots   []string // the payloads at which they were measured
	Left             []string // models and transports that were not compared, and why
	Missing          []string // what keeps the file from an answer, with the remedy
	Notes            []string // what the answer rests on, and where it ends
	Says             []string // the answer in sentences
	From             Sources
}

// Conclusive tells whether the file answers what was asked.
func (a Advice) Conclusive() bool { return a.Verdict == Decided && !a.Beyond }

// A Verdict says how sure it is that the first of several is the best.
type Verdict string

// The verdicts.
const (
	Decided   Verdict = "decided"   // its lead over each of the others lies wholly above 1, at every spot
	Same      Verdict = "same"      // no difference to the runner-up, or to another, that the file can show
	Turns     Verdict = "turns"     // another is shown to be better at one of the spots
	Undecided Verdict = "undecided" // there is nothing to compare, or no interval
)

// A Standing is how one of those that were compared stands.
type Standing struct {
	Name  string // as in a sentence
	Model string // as in a cell; "" for transports
	// Leads are how many times as much the best does in the same time, one for
	// each spot; none for the best itself.
	Leads []scaling.Estimate
	Worst scaling.Estimate // the one of Leads that says least for the best
	Cells []string         // benchmark names of what it rests on
}

// A Gain is what a model does on a count of cores over the serial loop.
type Gain struct {
	Model      string
	Cores      int
	OverSerial []scaling.Estimate // one for each spot
	Word       string             // "pays", "does not pay: serial is faster", each at every spot, or "unclear"
}

// The words of a Gain.
const (
	pays    = "pays"
	paysNot = "does not pay: serial is faster"
)

// A Break is from which task size on a model pays on so many cores.
type Break struct {
	Model              string
	Cores              int
	Pays, Half, Ninety Threshold // wholly above serial; METG(50%); METG(90%)
}

// A Threshold is a task size in words, and in ns of serial time where it is a
// number.
type Threshold struct {
	Text, Note string
	NS         float64 // NaN where there is none
}

// Advise tells which model a job is best spread by, from measured cells alone.
//
// What a task costs under a model on N cores is the sum of measured parts, wall
// time a task, taken within each round:
//
//   - fannkuch at the task size. Measured sizes on both sides enclose the one
//     asked for, by the serial time that was measured; one within a factor of
//     1.5 stands for it. The worse of the two for the claim that a model is best
//     decides, and both are given. Outside of what was measured there is no
//     answer.
//   - with a payload, what it adds: handoff at the payload less handoff at the
//     smallest one, on either side of the payload likewise.
//   - with shared updates, a task of counter.
//   - with more in flight than cores, a request of echo. The serial loop, which
//     waits for each, is then not among those compared.
//
// The cost of handing a task over is in every whole part, so a job of several
// counts it more than once; and no part is taken to go on while another waits,
// for a cell or for the origin, so a job in which they do does better. Models are compared at their defaults, by the ratio
// of throughputs (Hodges-Lehmann, exact Wilcoxon interval). The best is the one
// whose least lead over any other, at any spot, is the largest; it is decided
// when all of its leads lie above 1. On more cores than were measured the
// advice is for the largest count that was: no law is carried on.
func Advise(f *result.File, q Question) Advice { return AdviseFrom([]*result.File{f}, q) }

// choose is the part of an advice that is about models for the very job.
func (d *dataset) choose(q Question) Advice {
	a := Advice{Question: q, Verdict: Undecided, TransportVerdict: Undecided}
	if spots := d.enclose(&a); len(a.Missing) == 0 {
		d.compare(&a, spots)
	}
	a.say()
	return a
}

// compare ranks the models at the spots.
func (d *dataset) compare(a *Advice, spots []spot) {
	var all []contender
	at := spots[0].terms[0].point
	for _, model := range d.models {
		if model == result.Serial && mostlyWait(spots) {
			continue
		}
		c, reason := d.contend(d.defaultLine(model, at), spots, a.Cores)
		if reason != "" {
			a.Left = append(a.Left, fmt.Sprintf("%s: %s", d.styles[model].words, reason))
			continue
		}
		all = append(all, c)
	}
	a.Models, a.Verdict = contest(all)
	for _, s := range a.Models[:min(len(a.Models), 2)] {
		i := slices.IndexFunc(all, func(c contender) bool { return c.model == s.Model })
		a.Notes = append(a.Notes, d.doubtsOf(all[i].cells)...)
	}
	for _, s := range a.Models {
		if s.Model != result.Serial && !slices.Contains(d.file.Run.OneLoop, s.Model) {
			a.More = d.more(d.defaultLine(s.Model, at), spots, a.Cores)
			break
		}
	}
	a.Notes = append(a.Notes, d.betterForms(all, spots, a.Cores)...)
}

// betterForms tells of models that do more in another form, such as with tasks
// in batches, at every spot.
func (d *dataset) betterForms(all []contender, spots []spot, n int) []string {
	var out []string
	for _, l := range d.lines(spots[0].terms[0].point) {
		i := slices.IndexFunc(all, func(c contender) bool { return c.model == l.cell.Model })
		if i < 0 || !l.requested() {
			continue
		}
		c, reason := d.contend(l, spots, n)
		if reason != "" {
			continue
		}
		if over := leads(c, all[i]); payWord(over) == pays {
			out = append(out, fmt.Sprintf("%s: %s the work of what was compared", c.name, ratio.phrase(worst(over))))
		}
	}
	return out
}

// doubtsOf tells what makes the numbers of cells doubtful.
func (d *dataset) doubtsOf(cells []result.Cell) []string {
	var out []string
	for _, c := range cells {
		for _, w := range d.doubt(c) {
			out = append(out, c.Name()+": "+w)
		}
		if w := d.helperBound(c); w != "" {
			out = append(out, c.Name()+": "+w)
		}
	}
	return out
}

// defaultLine is the model's curve at a point, at its defaults if it was
// measured so. The serial loop's is its cell.
func (d *dataset) defaultLine(model string, p point) line {
	if model == result.Serial {
		return line{p, d.serial(p)}
	}
	lines := d.headline(p)
	if i := slices.IndexFunc(lines, func(l line) bool { return l.cell.Model == model }); i >= 0 {
		return lines[i]
	}
	return line{p, result.Cell{Workload: p.Workload, Set: p.Set, Grain: p.Grain, Payload: p.Payload, Model: model}}
}

// more is what a line gains over the serial loop on each measured count up to n.
func (d *dataset) more(l line, spots []spot, n int) []Gain {
	var out []Gain
	base, reason := d.contend(d.defaultLine(result.Serial, l.point), spots, n)
	if reason != "" || mostlyWait(spots) {
		return nil
	}
	for _, k := range d.cores(l.point) {
		c, reason := d.contend(l, spots, k)
		if k > n || reason != "" {
			continue
		}
		g := Gain{Model: c.name, Cores: k, OverSerial: leads(c, base)}
		g.Word = payWord(g.OverSerial)
		out = append(out, g)
	}
	return out
}

// payWord puts what is gained over the serial loop into words.
func payWord(over []scaling.Estimate) string {
	switch {
	case !slices.ContainsFunc(over, func(e scaling.Estimate) bool { return !e.Above(1) }):
		return pays
	case !slices.ContainsFunc(over, func(e scaling.Estimate) bool { return !e.Below(1) }):
		return paysNot
	}
	return "unclear"
}

// breaks tells from which task size on each model pays, over each transport that
// it was measured over, on the largest measured count of cores up to n.
func (d *dataset) breaks(n int) []Break {
	var out []Break
	grains := d.grains(point{Workload: grainWork})
	for _, l := range d.carriersOver(grains) {
		counts := slices.DeleteFunc(d.judgedOver(l, grains), func(k int) bool { return k > n })
		if len(counts) == 0 {
			continue
		}
		k := counts[len(counts)-1]
		own := d.own(l, k, grains)
		out = append(out, Break{d.words(l), k, d.pays(l, k, own).datum().threshold(), d.granularity(l, k, own, 0.5).threshold(), d.granularity(l, k, own, 0.9).threshold()})
	}
	return out
}

// threshold is a field of the break-even table for whoever has no page.
func (f datum) threshold() Threshold {
	t := Threshold{f.Text, f.Note, math.NaN()}
	if f.Number != nil && f.Number.Value != nil {
		t.NS = *f.Number.Value
	}
	return t
}
