package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// transportName names the transport of a cell.
func transportName(c result.Cell) string { return cmp.Or(c.Transport, "pipe") }

// say writes the answer in sentences.
func (a *Advice) say() {
	if len(a.Missing) > 0 {
		a.Says = append(a.Says, "No answer: "+strings.Join(a.Missing, "; ")+".")
	} else {
		a.Says = append(a.Says, a.choice(), a.moreCores())
	}
}

// choice says which model, over which, by how much.
func (a *Advice) choice() string {
	on := "on " + coresName(a.Cores)
	if len(a.Models) == 0 {
		return "No answer: no model gave a number " + on + "."
	}
	best := a.Models[0]
	switch a.Verdict {
	case Decided:
		return sentence(fmt.Sprintf("%s, %s: %s the work of the runner-up, %s%s", best.Name, on, ratio.phrase(a.Models[1].Worst), a.Models[1].Name, a.where()))
	case Same:
		rivals := unbeaten(a.Models)
		return sentence(fmt.Sprintf("no difference that this file can show between %s %s: %s%s", list(namesOf(append(a.Models[:1:1], rivals...))), on, ratio.phrase(rivals[0].Worst), a.where()))
	case Turns:
		return sentence("it turns between the measured jobs " + on + ": " + turns(a.Models, a.Spots))
	}
	if len(a.Models) == 1 {
		return sentence("no answer: only " + best.Name + " gave a number " + on)
	}
	i := slices.IndexFunc(a.Models, func(s Standing) bool { return len(s.Leads) > 0 && s.Worst.Confidence == 0 })
	return sentence(fmt.Sprintf("no answer %s: %s for %s and %s", on, noInterval(a.Models[i].Worst.N), best.Name, a.Models[i].Name))
}

// where names the spot, or the two or more of which the worse decides.
func (a *Advice) where() string {
	switch n := len(a.Spots); n {
	case 1:
		return ", at " + a.Spots[0]
	case 2:
		return ", at the worse of " + list(a.Spots)
	default:
		return fmt.Sprintf(", at the worst of the %d measured jobs around it", n)
	}
}

// unbeaten are those over which the lead of the first is not shown.
func unbeaten(s []Standing) []Standing {
	return slices.DeleteFunc(slices.Clone(s[1:]), func(o Standing) bool { return o.Worst.Above(1) })
}

func namesOf(s []Standing) []string {
	var out []string
	for _, o := range s {
		out = append(out, o.Name)
	}
	return out
}

// turns says who does more than whom at each spot, of the first and of those
// that beat it somewhere.
func turns(s []Standing, spots []string) string {
	var parts []string
	for _, o := range s[1:] {
		if !slices.ContainsFunc(o.Leads, func(e scaling.Estimate) bool { return e.Below(1) }) {
			continue
		}
		for i, e := range o.Leads {
			switch {
			case e.Above(1):
				parts = append(parts, fmt.Sprintf("at %s %s does %s of %s", spots[i], s[0].Name, ratio.phrase(e), o.Name))
			case e.Below(1):
				parts = append(parts, fmt.Sprintf("at %s %s does %s of %s", spots[i], o.Name, ratio.phrase(inverse(e)), s[0].Name))
			default:
				parts = append(parts, fmt.Sprintf("at %s no difference is shown (%s)", spots[i], ratio.phrase(e)))
			}
		}
	}
	return strings.Join(parts, ", ")
}

// moreCores says what the best model that spreads makes of the cores.
func (a *Advice) moreCores() string {
	switch {
	case len(a.More) > 0:
	case a.Question.InFlight > a.Cores:
		return "What more cores buy is not told of tasks that wait: the serial loop has one at a time."
	default:
		return "What more cores buy is not told: the serial loop, or every model that can use several, gave no number at such a job."
	}
	g := a.More[len(a.More)-1]
	least := worst(g.OverSerial)
	if g.Word == paysNot {
		least = inverse(worst(inverses(g.OverSerial)))
	}
	over := ratio.phrase(least) + " of the serial loop" + a.where()
	pay, not := "pay", "do not pay"
	if g.Cores == 1 {
		pay, not = "pays", "does not pay"
	}
	with := coresName(g.Cores)
	switch g.Word {
	case pays:
		return sentence(fmt.Sprintf("%s %s under %s: %s", with, pay, g.Model, over))
	case paysNot:
		return sentence(fmt.Sprintf("%s %s under %s, serial is faster: %s", with, not, g.Model, over))
	}
	return sentence(fmt.Sprintf("whether %s %s under %s is unclear: %s", with, pay, g.Model, over))
}

// carriage says which transport between processes is the cheapest.
func (a *Advice) carriage() string {
	if len(a.Transports) < 2 {
		return "Between processes there are no two transports to compare that gave a number."
	}
	best, second := a.Transports[0], a.Transports[1]
	switch a.TransportVerdict {
	case Decided:
		return sentence(fmt.Sprintf("between processes %s is the cheapest: messages go there and back %s as often as over %s", best.Name, ratio.phrase(second.Worst), second.Name))
	case Same, Turns:
		return sentence(fmt.Sprintf("between processes no one transport is shown to be the cheapest of %s", list(namesOf(append(a.Transports[:1:1], unbeaten(a.Transports)...)))))
	}
	return "Between processes no transport is shown to be the cheapest: too few rounds."
}

// parts says what a task is taken as.
func parts(q Question, spots []spot, n int) string {
	var sizes []string
	for _, s := range spots {
		size := fmt.Sprintf("%s tasks, %s of serial time here", grainName(s.grain.Grain), duration.value(s.grain.ns))
		if !slices.Contains(sizes, size) {
			sizes = append(sizes, size)
		}
	}
	what := "the job is made of fannkuch: " + strings.Join(sizes, "; ")
	if q.Payload > 0 {
		what += "; what a payload adds to the smallest message of handoff"
	}
	if q.Shared {
		what += "; a task of counter"
	}
	if q.InFlight > n {
		what += "; a request of echo"
	}
	if q.Shared || q.InFlight > n {
		what += "; no part is taken to go on while another waits"
	}
	return what
}
