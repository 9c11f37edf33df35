package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/report/claims"
)

// An answer is the first screen in words. It is computed from the data, and
// says "unclear" where an interval does not decide.
type answer struct {
	Headline string   `json:"headline"`
	Lead     []string `json:"lead"`
}

// answer writes the first screen's words: the answer, and what spoils it.
func (d *dataset) answer() answer {
	a := d.plainAnswer()
	if !d.aboutMessages() { // else it is the answer
		a.Lead = append(a.Lead, d.roundTripWords()...)
	}
	a.Lead = append(a.Lead, d.essayWords()...)
	a.Lead = append(a.Lead, d.disturbed()...)
	return a
}

// mostNamed is how many claims of one verdict the lead names.
const mostNamed = 3

// essayWords say which claims of the essay the file supports and refutes, none
// if it does neither.
func (d *dataset) essayWords() []string {
	var parts []string
	for _, does := range []struct {
		word claims.Word
		verb string
	}{{claims.Supported, "supports "}, {claims.Refuted, "refutes "}} {
		var named []string
		n := 0
		for _, v := range d.rulings {
			if v.Word != does.word {
				continue
			}
			if n++; n <= mostNamed {
				named = append(named, v.Claim.Says+" ("+v.Claim.ID+")")
			}
		}
		if n > mostNamed {
			named = append(named, fmt.Sprintf("%d more", n-mostNamed))
		}
		if n > 0 {
			parts = append(parts, does.verb+list(named))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{sentence("of the essay's claims this file " + strings.Join(parts, "; it "))}
}

func (d *dataset) plainAnswer() answer {
	p, ok := d.central()
	switch {
	case len(d.file.Samples) == 0:
		return answer{"Nothing was measured", []string{"The file holds no sample. " + d.tally()}}
	case d.aboutMessages():
		return answer{d.messageHeadline(), append(d.roundTripWords(), d.targetWords(), d.tally())}
	case !ok:
		return answer{"No CPU work was measured, so no speed-up to tell", []string{d.tally()}}
	case d.most(p) == 0:
		return answer{"No model gave a number for " + p.String(), append([]string{d.tally()}, d.holes(p, slices.Max(append([]int{0}, d.cores(p)...)))...)}
	}
	n := d.most(p)
	a := answer{Lead: d.lead(p, n)}
	grains := d.grains(p.whole())
	switch {
	case n < 2:
		a.Headline = "One core was measured: nothing to say about more"
	case len(grains) > 1:
		a.Headline = d.headlineByGrain(p, n, grains)
	default:
		a.Headline = d.headlineAt(p, n)
	}
	return a
}

// central returns the point of the first screen: the main one of the first
// CPU work, a work with several grains before one with a single one.
func (d *dataset) central() (point, bool) {
	jobs := slices.DeleteFunc(slices.Clone(d.jobs), d.waits)
	if len(jobs) == 0 {
		return point{}, false
	}
	for _, j := range jobs {
		if len(d.grains(j)) > 1 {
			return d.main(j), true
		}
	}
	return d.main(jobs[0]), true
}

// most returns the largest core count at which any model gave a number.
func (d *dataset) most(p point) int {
	var most int
	for _, l := range d.headline(p) {
		for _, n := range d.cores(p) {
			if d.status(l.at(n)) == "" {
				most = max(most, n)
			}
		}
	}
	return most
}

// spreaders are the headline models that can use more than one core.
func (d *dataset) spreaders(p point) []line { return slices.DeleteFunc(d.headline(p), d.oneLoop) }

// headlineByGrain tells from which task size on n cores pay, and under what.
func (d *dataset) headlineByGrain(p point, n int, grains []point) string {
	pays := map[point][]string{}
	rest := map[string][]string{}
	var why string
	for _, l := range slices.DeleteFunc(d.headlineOver(grains), d.oneLoop) {
		pay := d.pays(l, n, d.own(l, n, grains))
		switch v := pay.verdict(); v {
		case "pays":
			pays[pay.from] = append(pays[pay.from], d.words(l)+pay.holes())
		case "unclear":
			rest[v] = append(rest[v], d.words(l)+pay.holes())
		default:
			rest[v] = append(rest[v], d.words(l))
			why = cmp.Or(why, pay.missing)
		}
	}
	if len(pays) == 0 {
		return nonePays(n, rest, why)
	}
	var parts []string
	for _, g := range grains {
		if len(pays[g]) > 0 {
			parts = append(parts, fmt.Sprintf("from %s tasks under %s", grainName(g.Grain), list(pays[g])))
		}
	}
	return fmt.Sprintf("%s pay: %s", coresName(n), strings.Join(append(parts, others(rest)...), ", "))
}

// others tells of the models that are not shown to pay, by verdict.
func others(rest map[string][]string) []string {
	var parts []string
	for _, v := range [][2]string{{"unclear", "unclear under "}, {"unknown", "unknown under "}, {"never", "at no measured size under "}} {
		if len(rest[v[0]]) > 0 {
			parts = append(parts, v[1]+list(rest[v[0]]))
		}
	}
	return parts
}

// nonePays is the headline when no model is shown to pay.
func nonePays(n int, rest map[string][]string, why string) string {
	never, unclear, unknown := len(rest["never"]), len(rest["unclear"]), len(rest["unknown"])
	switch {
	case unclear > 0:
		return fmt.Sprintf("Whether %s pay is %s", coresName(n), strings.Join(others(rest), ", "))
	case never > 0 && unknown == 0:
		return fmt.Sprintf("%s do not pay at any measured task size", coresName(n))
	case never > 0:
		return fmt.Sprintf("%s pay at no measured task size under %s, unknown under %s", coresName(n), list(rest["never"]), list(rest["unknown"]))
	case unknown > 0:
		return fmt.Sprintf("No answer on whether %s pay: %s", coresName(n), why)
	}
	return "No model that can use more than one core was measured"
}

// headlineAt is the headline when only one size was measured.
func (d *dataset) headlineAt(p point, n int) string {
	var more, less, unclear, bare []string
	for _, l := range d.spreaders(p) {
		switch e := d.speedup(l, n); {
		case e.Above(1):
			more = append(more, d.words(l))
		case e.Below(1):
			less = append(less, d.words(l))
		case e.Confidence > 0:
			unclear = append(unclear, d.words(l))
		default:
			bare = append(bare, d.words(l))
		}
	}
	if len(more)+len(less)+len(unclear) == 0 {
		return fmt.Sprintf("No answer on whether %s pay: %s", coresName(n), d.noPairs(p, bare))
	}
	var parts []string
	for _, s := range []struct {
		models []string
		words  string
	}{{more, "pay under "}, {less, "do not pay under "}, {unclear, "are unclear under "}, {bare, "are not told under "}} {
		if len(s.models) > 0 {
			parts = append(parts, s.words+list(s.models))
		}
	}
	return fmt.Sprintf("%s %s, at %s", coresName(n), strings.Join(parts, ", "), p)
}

func (d *dataset) noPairs(p point, models []string) string {
	if len(models) == 0 {
		return "no model that can use them was measured"
	}
	if reason := d.sharing(d.headline(p)[0], d.most(p)); reason != "" {
		return reason
	}
	return noInterval(d.usable(p))
}

// usable is the fewest pairs of samples that any speed-up of a point rests on.
func (d *dataset) usable(p point) int {
	least := d.rounds
	for _, l := range d.headline(p) {
		for _, n := range d.cores(p) {
			if e := d.speedup(l, n); e.N > 0 {
				least = min(least, e.N)
			}
		}
	}
	return least
}

// words names a line in a sentence.
func (d *dataset) words(l line) string {
	if l.requested() {
		return d.styles[l.cell.Model].words + " (" + l.variant() + ")"
	}
	return d.styles[l.cell.Model].words
}

// lead writes the paragraphs under the headline: large tasks, small tasks.
func (d *dataset) lead(p point, n int) []string {
	var first []string
	do := "do"
	if n == 1 {
		do = "does"
	}
	if gains := d.overSerial(p, n); len(gains) > 0 {
		gains[0] = strings.Replace(gains[0], " under ", " the work of the serial loop under ", 1)
		first = append(first, sentence(fmt.Sprintf("with %s, %s %s %s", p.tasks(), coresName(n), do, list(gains))))
	}
	first = append(first, d.loops(p)...)
	if len(first) == 0 {
		return append([]string{d.tally()}, d.holes(p, n)...)
	}
	out := []string{strings.Join(first, " ")}
	var second []string
	grains := d.grains(p.whole())
	if i := slices.IndexFunc(grains, func(g point) bool { return nominal(g.Grain) > 0 }); i >= 0 && grains[i] != p {
		if small := d.overSerial(grains[i], n); len(small) > 0 {
			second = append(second, sentence(fmt.Sprintf("with %s, %s %s %s", grains[i].tasks(), coresName(n), do, list(small))))
		}
	}
	if cost := d.handing(p.whole(), n); cost != "" {
		second = append(second, cost)
	}
	if len(second) > 0 {
		out = append(out, strings.Join(second, " "))
	}
	if strings.Contains(strings.Join(out, " "), "no interval") {
		out = append(out, fmt.Sprintf("Where no interval stands, n usable rounds were left: the number shows that everything ran and little more; %d give an interval.", scaling.MinCount))
	}
	return append(out, d.holes(p, n)...)
}

// holes names what failed, and, unless it is everything, what is not known.
func (d *dataset) holes(p point, n int) []string {
	points := d.grains(p.whole())
	if len(points) == 0 {
		points = []point{p}
	}
	var failed, unknown []string
	var known bool
	for _, l := range d.headlineOver(points) {
		on := n
		if d.oneLoop(l) {
			on = d.judgedOver(l, points)[0]
		}
		own := d.own(l, on, points)
		lacks := d.lacks(l, on, own)
		known = known || len(lacks) < len(own)
		bad, missing := d.shortfalls(l, lacks)
		failed, unknown = append(failed, bad...), append(unknown, missing...)
	}
	if !known {
		unknown = nil
	}
	if text := strings.Join(append(failed, unknown...), " "); text != "" {
		return []string{text}
	}
	return nil
}

// shortfalls are sentences on the sizes at which a line failed, and on those
// of which it is not known, one a reason.
func (d *dataset) shortfalls(l line, lacks []lack) (failed, unknown []string) {
	var reasons []lack
	grains := map[lack][]string{}
	for _, x := range lacks {
		reason := lack{failed: x.failed, why: shorten(x.why)}
		if !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
		switch {
		case x.Grain == "null":
			grains[reason] = append(grains[reason], "the empty task")
		case x.Grain != "":
			grains[reason] = append(grains[reason], grainName(x.Grain))
		}
	}
	for _, x := range reasons {
		at := ""
		if len(grains[x]) > 0 {
			at = " at " + list(grains[x])
		}
		if x.failed {
			failed = append(failed, sentence(fmt.Sprintf("%s failed%s: %s", d.words(l), at, x.why)))
		} else {
			unknown = append(unknown, sentence(fmt.Sprintf("not known under %s%s: %s", d.words(l), at, x.why)))
		}
	}
	return failed, unknown
}

// overSerial tells what n cores do over the serial loop, best first.
func (d *dataset) overSerial(p point, n int) []string {
	type gain struct {
		words string
		e     scaling.Estimate
	}
	var gains []gain
	for _, l := range d.spreaders(p) {
		if e := d.speedup(l, n); !math.IsNaN(e.Value) {
			gains = append(gains, gain{d.words(l), e})
		}
	}
	slices.SortStableFunc(gains, func(a, b gain) int { return cmp.Compare(b.e.Value, a.e.Value) })
	var parts []string
	for _, g := range gains {
		parts = append(parts, ratio.phrase(g.e)+" under "+g.words+unsure(g.e, " (%s)"))
	}
	return parts
}

// unsure says, in a form, when an interval does not tell more from less.
func unsure(e scaling.Estimate, form string) string {
	if e.Confidence > 0 && !e.Above(1) && !e.Below(1) {
		return fmt.Sprintf(form, "unclear whether more or less")
	}
	return ""
}

// tasks names what a pass is made of: "1 ms tasks of fannkuch".
func (p point) tasks() string {
	if p.Grain == "" {
		return "tasks of " + p.String()
	}
	return grainName(p.Grain) + " tasks of " + p.job()
}

// loops tells what the models of one loop do, on the one core that they use.
func (d *dataset) loops(p point) []string {
	var parts []string
	for _, l := range d.headline(p) {
		if !d.oneLoop(l) {
			continue
		}
		if e := d.speedup(l, d.judged(l)[0]); !math.IsNaN(e.Value) {
			parts = append(parts, sentence(fmt.Sprintf("%s, which uses one core, does %s%s", d.words(l), ratio.phrase(e), unsure(e, ", %s"))))
		}
	}
	return parts
}

// handing tells what communication costs the model that pays most for it, at
// the smallest tasks for which it is timed.
func (d *dataset) handing(job point, n int) string {
	for _, g := range d.grains(job) {
		var worst line
		var cost scaling.Estimate
		for _, l := range d.spreaders(g) {
			if e := d.level(l.at(n), result.IPCNS); e.Value > cost.Value {
				worst, cost = l, e
			}
		}
		if cost.Value > 0 {
			return sentence(fmt.Sprintf("at %s, communication costs %s %s a task, %s of the time of %s",
				grainName(g.Grain), d.words(worst), duration.phrase(cost), share.phrase(d.ipcShare(worst, n)), coresName(n)))
		}
	}
	return ""
}

// headlineFigure is the chart of the first screen.
func (d *dataset) headlineFigure() (figure, bool) {
	p, ok := d.central()
	switch {
	case d.aboutMessages():
		return d.messageFigure()
	case !ok || d.most(p) == 0:
		return figure{}, false
	case len(d.file.Run.Searches) > 0 && len(d.grains(p.whole())) > 1:
		return d.grainFigure(p.whole()), true
	}
	c := chart{sub: "Tasks per second, both scales logarithmic", ink: inkText, x: d.coreAxis(p), y: axis{log: true, kind: rate}, guides: d.ideal(p, true), ends: true, apart: d.sparse(p)}
	fitted := false
	for _, l := range d.headline(p) {
		curve := d.overCores(l, rate, " tasks/s", d.ofUnit(result.TaskRate))
		if law, err := d.fit(l); err == nil {
			curve.law, fitted = d.band(l, law), true
		}
		cores := d.cores(p)
		if e := d.speedup(l, cores[len(cores)-1]); !math.IsNaN(e.Value) {
			curve.extra = ratio.value(e.Value)
		}
		c.curves = append(c.curves, curve)
	}
	text := "Points: medians of " + counted(d.rounds, "round") + d.lessVoid() + "."
	if d.usable(p) >= scaling.MinCount {
		text += " Whiskers: 95% intervals, often smaller than the point."
	} else {
		text += fmt.Sprintf(" Where no whisker stands, fewer than %d usable rounds gave no interval.", scaling.MinCount)
	}
	if fitted {
		text += " Lines and bands: the universal scalability law fitted to the points, with its 95% band."
	}
	text += " Right: throughput over the serial loop's."
	if c.apart {
		text += " Points of one core count stand side by side so that none hides another."
	}
	return figure{id: "answer", title: "Throughput against cores: " + p.String(), text: strings.TrimSpace(text + " " + d.twoPoints(p)), charts: []drawing{c}, wide: true, table: "throughput"}, true
}

// grainFigure is the chart of the first screen where task sizes were searched
// for, so that models have no size in common: efficiency on the most cores.
func (d *dataset) grainFigure(job point) figure {
	grains := d.grains(job)
	n := slices.Max(d.coresOver(grains))
	c := d.efficiencyChart(d.headlineOver(grains), n, grains, d.curve)
	c.title, c.sub = "", "Serial time of the tasks over "+coresName(n)+" x wall time, against the serial time of a task, logarithmic"
	return figure{
		id: "answer", title: "Efficiency against task size: " + job.job() + " on " + coresName(n), table: "grains-" + job.id(), charts: []drawing{c}, wide: true,
		text: "Points: from " + counted(d.rounds, "round") + d.lessVoid() + ". Whiskers: 95% intervals, often smaller than the point. Lines at 50% and 90%. A model with one loop is judged on one core, below.",
	}
}

// lessVoid reminds of the samples that are not used.
func (d *dataset) lessVoid() string {
	if d.voided() == 0 {
		return ""
	}
	return ", less the void samples"
}

// machine is the line that says on what the answer holds.
func (d *dataset) machine() []string {
	r := d.file.Run
	out := []string{
		cmp.Or(r.CPU, "unknown processor"), "cores " + numbers(r.Cores), cmp.Or(r.Kernel, r.GOOS), r.Go,
		counted(d.rounds, "round"), fmt.Sprintf("seed %d", r.Seed), strings.SplitN(r.Start, "T", 2)[0],
	}
	if r.Pinned {
		out = append(out, "pinned")
	} else {
		out = append(out, "not pinned")
	}
	if r.Host != "" {
		out = append(out, r.Host)
	}
	if n := d.voided(); n > 0 {
		out = append(out, fmt.Sprintf("%d of %s void", n, counted(len(d.file.Samples), "sample")))
	}
	if n := len(d.crowded()); n > 0 {
		out = append(out, fmt.Sprintf("other processes beside %d of %s", n, counted(len(d.cells), "cell")))
	}
	if n := len(d.starved()); n > 0 {
		out = append(out, counted(n, "serial cell")+" short of CPU")
	}
	if n := len(d.failed); n > 0 {
		out = append(out, counted(n, "failed cell"))
	}
	if d.file.Interrupted {
		out = append(out, "interrupted")
	}
	if len(r.Notes) > 0 {
		out = append(out, counted(len(r.Notes), "noise note"))
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}
