package claims

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// MinRounds is how many rounds a number needs to decide a claim.
const MinRounds = 10

// A Verdict is what a file says of a claim.
type Verdict struct {
	Claim Claim
	Word  Word
	Needs []string // if the word is Needs: what there is too little of, or nothing
	// Number is what decides: the estimate of the part that does, or a share, whose
	// bounds are what undecided parts could make of it. Its Value is NaN where
	// nothing decides yet.
	Number scaling.Estimate
	Share  bool
	// Evidence are the parts or cases in the order of the list, as far as there are
	// any; Beside is shown and decides nothing.
	Evidence, Beside []Evidence
	Cells            []string // benchmark names of the evidence
	Lacks            []Lack
	Warnings         []string
	// Sentence explains the verdict.
	Sentence string
}

// Evidence is one part of a verdict.
type Evidence struct {
	What            string
	Estimate        scaling.Estimate // of a case that passes 1, else 0
	Support, Refute Side
	Outcome         Outcome
	Cells           []string
	Reason          string // why a case fails
}

// String is the word with what is needed: "needs workloads pi, bank; 4 cores".
func (v Verdict) String() string {
	if len(v.Needs) == 0 {
		return string(v.Word)
	}
	return string(v.Word) + " " + grouped(v.Needs)
}

// grouped joins names, those of one kind in one list.
func grouped(names []string) string {
	var kinds []string
	lists := map[string][]string{}
	for _, name := range names {
		kind, one, _ := strings.Cut(name, " ")
		if !slices.Contains([]string{"workload", "model", "state", "mail"}, kind) {
			kind, one = name, ""
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
		if one != "" {
			lists[kind] = append(lists[kind], one)
		}
	}
	for i, kind := range kinds {
		switch list := lists[kind]; {
		case len(list) > 1:
			kinds[i] = kind + "s " + strings.Join(list, ", ")
		case len(list) == 1:
			kinds[i] = kind + " " + list[0]
		}
	}
	return strings.Join(kinds, "; ")
}

// Decided tells whether the file decides the claim, by Number.
func (v Verdict) Decided() bool {
	return v.Word == Supported || v.Word == Refuted || v.Word == Unclear
}

// Judge returns the verdict on every claim in the order of All. The file must
// be one of nonrev run, for which File.Judge was called.
func Judge(f *result.File) []Verdict {
	d := newData(f)
	var verdicts []Verdict
	for _, c := range All() {
		verdicts = append(verdicts, c.judge(d))
	}
	return verdicts
}

func (c Claim) judge(d *data) Verdict {
	v := Verdict{Claim: c, Number: scaling.Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}}
	switch {
	case c.Kind == Fact:
		v.Word = Stated
	case !c.Written():
		v.wait(d)
	case c.cases != nil:
		v.pass(d)
	default:
		v.measure(d)
	}
	if c.beside != nil {
		v.look(d)
	}
	v.Sentence = v.sentence()
	return v
}

// wait is the verdict of a claim without a function.
func (v *Verdict) wait(d *data) {
	v.Word, v.Needs = Needs, v.Claim.WaitsFor()
	if n := v.Claim.Least(); n > d.most {
		v.Needs = append(v.Needs, cores(n))
	}
}

// measure is the verdict of a measured claim.
func (v *Verdict) measure(d *data) {
	enough := true
	for _, p := range v.Claim.parts(d, max(d.most, v.Claim.Least())) {
		e, lacks := p.estimate(d)
		for _, l := range lacks {
			v.miss(l)
		}
		if lacks == nil {
			v.add(e)
			v.warn(d, p, e)
			enough = enough && e.Estimate.N >= MinRounds
		}
	}
	switch {
	case len(v.Lacks) > 0:
		v.lacking()
	case !enough:
		v.Word, v.Needs = Needs, []string{fmt.Sprintf("%d rounds", MinRounds)}
	default:
		v.Word, v.Number, _ = v.Claim.rule.decide(v.Evidence)
		v.Share = v.Claim.rule.mode == share
	}
	if v.Claim.Later != "" && len(v.Evidence) > 0 {
		v.say("cells chosen after some had been measured: %s", v.Claim.Later)
	}
	v.warnOfMachine(d)
}

func (v *Verdict) add(e Evidence) {
	v.Evidence = append(v.Evidence, e)
	for _, name := range e.Cells {
		if !slices.Contains(v.Cells, name) {
			v.Cells = append(v.Cells, name)
		}
	}
}

// miss adds a lack that another part has not told yet.
func (v *Verdict) miss(l Lack) {
	if !slices.ContainsFunc(v.Lacks, func(o Lack) bool { return o.Cell == l.Cell && o.Reason == l.Reason }) {
		v.Lacks = append(v.Lacks, l)
	}
}

// lacking is the word for what is missing: what there is not before what was
// not asked for, and that before what went wrong.
func (v *Verdict) lacking() {
	v.Word = NotMeasured
	for _, l := range v.Lacks {
		for _, name := range l.Needs {
			if !slices.Contains(v.Needs, name) {
				v.Needs = append(v.Needs, name)
			}
		}
		if l.Word == Needs || l.Word == NotInProfile && v.Word == NotMeasured {
			v.Word = l.Word
		}
	}
}

// look adds what is shown beside, as far as there is any.
func (v *Verdict) look(d *data) {
	for _, p := range v.Claim.beside(max(d.most, v.Claim.Least())) {
		if e, lacks := p.estimate(d); lacks == nil {
			v.Beside = append(v.Beside, e)
		}
	}
}

// estimate is the part's number, or what keeps it from being one.
func (p part) estimate(d *data) (Evidence, []Lack) {
	e := Evidence{What: p.what, Support: p.support, Refute: p.refute}
	var lacks []Lack
	var columns [][]float64
	for _, c := range p.takes {
		if l := d.lack(c); l != nil {
			lacks = append(lacks, *l)
		}
		columns = append(columns, d.column(c))
	}
	for _, c := range p.cells() {
		e.Cells = append(e.Cells, d.cell(c).Name())
	}
	if lacks == nil {
		lacks = p.sharing(d)
	}
	if lacks != nil {
		return e, lacks
	}
	e.Estimate = p.number(columns)
	if math.IsNaN(e.Estimate.Value) {
		return e, []Lack{{Cell: e.Cells[0], Word: NotMeasured, Reason: strings.Join(e.Estimate.Warnings, "; ")}}
	}
	if p.detail != nil {
		e.What += ", " + p.detail(columns)
	}
	e.Outcome = outcome(e.Estimate, p.support, p.refute)
	return e, nil
}

// sharing is the lack of a CPU for helper processes: where they share those of
// the cells, different core counts differ in more than the count.
func (p part) sharing(d *data) []Lack {
	cells := p.cells()
	most, differ, shared := 0, false, ""
	for _, c := range cells {
		differ = differ || c.Cores != cells[0].Cores
		most = max(most, c.Cores)
		if own := d.cell(c); own.Helpers != "" {
			shared = own.Name()
		}
	}
	if !differ || shared == "" {
		return nil
	}
	return []Lack{{shared, Needs, []string{cores(most + 1)}, "helper processes shared the CPUs, so different core counts are not compared"}}
}

// pass is the verdict on a behaviour.
func (v *Verdict) pass(d *data) {
	for _, c := range v.Claim.cases {
		e, lack := d.answer(c, v.Claim.Least())
		if lack != nil {
			v.Lacks = append(v.Lacks, *lack)
			continue
		}
		v.add(e)
	}
	if v.Lacks != nil {
		v.lacking()
		return
	}
	v.Word, v.Number = v.Claim.rule.passed(v.Evidence)
	v.Share = true
}

// answer tells whether a cell gave right answers on so many cores or more. A
// wrong one fails it on whatever number, and so does that it cannot exist. A
// crash or a hang says nothing about answers. Answers are checked in void
// samples too.
func (d *data) answer(c result.Cell, least int) (Evidence, *Lack) {
	e := Evidence{What: doing(c), Outcome: Passes, Estimate: scaling.Estimate{Value: 1, Low: 1, High: 1}}
	var lack *Lack
	fail := func(cell result.Cell, reason string) {
		e.Outcome, e.Estimate, e.Reason, e.Cells = Fails, scaling.Estimate{}, reason, []string{cell.Name()}
	}
	for _, x := range d.file.Failures {
		switch {
		case !anyCores(x.Cell, c):
		case x.Kind == result.WrongAnswer:
			fail(x.Cell, x.Kind+": "+x.Text)
			return e, nil
		default:
			lack = &Lack{Cell: x.Cell.Name(), Word: NotMeasured, Reason: fmt.Sprintf("failed: %s: %s", x.Kind, x.Text)}
		}
	}
	for _, b := range d.file.Blanks {
		if anyCores(b.Cell, c) {
			fail(b.Cell, "unsupported: "+b.Reason)
			return e, nil
		}
	}
	if lack != nil {
		return e, lack
	}
	for _, own := range d.ran {
		if anyCores(own, c) && own.Cores >= least {
			e.Cells = append(e.Cells, own.Name())
		}
	}
	if e.Cells == nil {
		lack = &Lack{Cell: pattern(c)}
		c.Cores = least
		d.absent(lack, c)
		return e, lack
	}
	return e, nil
}

// anyCores tells whether a cell of a file is one of a claim's but for the
// number of cores.
func anyCores(own, c result.Cell) bool {
	own.Cores = 0
	return own.Workload == c.Workload && key(own) == c
}

// pattern is the name of a cell on any number of cores.
func pattern(c result.Cell) string { return strings.TrimSuffix(c.Name(), "-0") }

// manyVoids is the share of a cell's samples from which on voids are told.
const manyVoids = 0.1

// warn tells what touches a part's number.
func (v *Verdict) warn(d *data, p part, e Evidence) {
	for _, w := range e.Estimate.Warnings {
		v.say("%s: %s", e.What, w)
	}
	if p.limit > 0 && e.Estimate.Above(p.limit) {
		v.say("%s: %s is above %g: look for a cause before it is believed", e.What, spell(e.Estimate), p.limit)
	}
	if e.Estimate.N < MinRounds {
		v.say("%s: it rests on %s, where a verdict takes %d", e.What, rounds(e.Estimate.N), MinRounds)
	}
	for _, c := range p.cells() {
		name, k := d.cell(c).Name(), key(c)
		all := d.usable[k] + d.voids[k]
		if float64(d.voids[k]) > manyVoids*float64(all) {
			v.say("%d of %d samples of %s are void", d.voids[k], all, name)
		}
		if d.helped[k] > 0 {
			v.say("the helper was the bound in %d of %d samples of %s", d.helped[k], all, name)
		}
	}
}

// warnOfMachine tells what touches every number of the file.
func (v *Verdict) warnOfMachine(d *data) {
	if len(v.Evidence) == 0 {
		return
	}
	for _, f := range d.file.Run.Findings {
		if f.Severity == result.Warning {
			v.say("the machine: %s: %s: %s", f.What, f.Value, f.Spoils)
		}
	}
	if d.file.Interrupted {
		v.say("the run was interrupted: only whole rounds count")
	}
}

// say adds a warning that is not there yet.
func (v *Verdict) say(format string, args ...any) {
	if w := fmt.Sprintf(format, args...); !slices.Contains(v.Warnings, w) {
		v.Warnings = append(v.Warnings, w)
	}
}

// A Tally counts the verdicts on claims that are measured or about behaviour;
// controls and facts are not among them.
type Tally struct {
	Claims                                                        int
	Supported, Refuted, Unclear, Needs, NotInProfile, NotMeasured int
	Controls, Facts                                               int
}

// Count tallies verdicts.
func Count(verdicts []Verdict) Tally {
	var t Tally
	for _, v := range verdicts {
		switch v.Claim.Kind {
		case Control:
			t.Controls++
			continue
		case Fact:
			t.Facts++
			continue
		}
		t.Claims++
		*map[Word]*int{
			Supported: &t.Supported, Refuted: &t.Refuted, Unclear: &t.Unclear,
			Needs: &t.Needs, NotInProfile: &t.NotInProfile, NotMeasured: &t.NotMeasured,
		}[v.Word]++
	}
	return t
}

// String is the tally in a sentence.
func (t Tally) String() string {
	return fmt.Sprintf("Of %d claims that are measured or about behaviour %d are supported, %d refuted and %d unclear; %d need something, %d are not in this profile, %d were not measured. Controls: %d; facts: %d.",
		t.Claims, t.Supported, t.Refuted, t.Unclear, t.Needs, t.NotInProfile, t.NotMeasured, t.Controls, t.Facts)
}
