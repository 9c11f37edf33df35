package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/nonrev/nonrev/internal/result"
)

// Sources are the files that the parts of an advice were taken from.
type Sources struct {
	Models     *result.File // which model, and what more cores buy
	Breaks     *result.File // from which task size on a model pays
	Transports *result.File // which transport is the cheapest; nil without a payload
}

// AdviseFrom is Advise of several files of one machine, at least one. Which model,
// from which task size on, and over which transport are three questions; each is
// answered by the first file that has the cells for it, alone. Nothing is added
// up or compared across files: only the rounds of one file share the drift of the
// machine, and two runs differ by more than the interval of either tells.
func AdviseFrom(files []*result.File, q Question) Advice {
	var all []*dataset
	for _, f := range files {
		all = append(all, newDataset(f))
	}
	a, models := firstAnswer(all, func(d *dataset) (Advice, bool) {
		a := d.choose(q)
		return a, len(a.Missing) == 0
	})
	if len(a.Missing) > 0 && len(all) > 1 {
		a.Notes = append(a.Notes, "no file has all parts of such a job, and parts of two files are not added up: their rounds share no drift, and runs differ by more than their intervals tell")
	}
	breaks, sized := firstAnswer(all, func(d *dataset) ([]Break, bool) {
		b := d.breaks(cmp.Or(a.Cores, q.Cores, math.MaxInt))
		return b, len(b) > 0
	})
	a.Breaks, a.From = breaks, Sources{Models: models, Breaks: sized}
	if q.Payload == 0 {
		return a
	}
	out, carried := firstAnswer(all, func(d *dataset) (Advice, bool) {
		b := a
		d.transports(&b)
		return b, slices.ContainsFunc(d.cells, func(c result.Cell) bool { return c.Workload == result.Exchange })
	})
	out.From.Transports = carried
	return out
}

// firstAnswer is what the first file says that has an answer, else what the
// first of all says, with the file.
func firstAnswer[T any](all []*dataset, ask func(d *dataset) (answer T, ok bool)) (T, *result.File) {
	for _, d := range all {
		if v, ok := ask(d); ok || len(all) == 1 {
			return v, d.file
		}
	}
	v, _ := ask(all[0])
	return v, all[0].file
}
