package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// decision tells which model to take for a job, by what the job is.
func decision(d *dataset) section {
	s := section{ID: "decision", Title: "Which model for my job?"}
	advice := d.decisions()
	if len(advice) == 0 {
		s.Text = []string{"No task size was measured under several models on one core count, so there is nothing to choose by: not in this profile."}
		return s
	}
	s.Text = []string{
		"Each row is a job: what a task takes serially, what else it does, on how many cores. A job is made of measured parts, added up within each round: fannkuch at the task size, what a payload adds to the smallest message of handoff, a task of counter where cells are shared, a request of echo where most tasks wait. " +
			"The best model is named where its lead over each other lies wholly above 1; else those are named between which this file shows no difference. Models are compared at their defaults. Ask for other sizes, payloads and counts with nonrev advise.",
	}
	t := table{
		ID: "decision", Title: "The best model, by job", Open: true,
		Columns: []string{"Task size", "What else", "Cores", "Best", "Its work over the runner-up's", "Runner-up", "Over the serial loop"},
	}
	for _, a := range advice {
		t.Rows = append(t.Rows, a.row())
	}
	s.Tables = []table{t}
	return s
}

// decisions answers the questions that a file has the cells for: each task size
// alone, and with one thing else, on the most cores and on two.
func (d *dataset) decisions() []Advice {
	var out []Advice
	counts := d.countsOf(grainWork)
	for i, n := range slices.Backward(counts) {
		if i < len(counts)-1 && n != 2 {
			continue
		}
		for _, q := range d.questions(n) {
			if a := d.choose(q); len(a.Missing) == 0 {
				out = append(out, a)
			}
		}
	}
	return out
}

// questions are those about jobs on n cores.
func (d *dataset) questions(n int) []Question {
	var out []Question
	for _, g := range d.sizes(n) {
		if nominal(g.Grain) == 0 {
			continue // no one's job is empty tasks
		}
		q := Question{Grain: time.Duration(math.Round(g.ns)), Cores: n}
		shared, many := q, q
		shared.Shared, many.InFlight = true, max(EchoInFlight, n+1)
		out = append(out, q)
		for i, p := range d.covered(d.payloads(point{Workload: payloadWork}), n) {
			if i > 0 { // the smallest adds nothing
				q.Payload = int(size(p.Payload))
				out = append(out, q)
			}
		}
		out = append(out, shared, many)
	}
	return out
}

// row is the advice as a row of the table.
func (a Advice) row() []datum {
	besides := "nothing"
	switch q := a.Question; {
	case q.Payload > 0:
		besides = payloadName(fmt.Sprintf("%dB", q.Payload)) + " payload"
	case q.Shared:
		besides = "shared updates"
	case q.InFlight > 0:
		besides = counted(q.InFlight, "task") + " in flight, which wait"
	}
	row := []datum{{Text: duration.value(float64(a.Question.Grain)), Style: asNumber}, word(besides), exact(plain, float64(a.Cores))}
	if len(a.Models) < 2 {
		return append(row, gap(a.Says[0]), word(""), word(""), word(""))
	}
	best := word(raise(a.Models[0].Name))
	if a.Verdict != Decided {
		best = word("No difference shown: " + list(namesOf(append(a.Models[:1:1], unbeaten(a.Models)...))))
	}
	if len(a.Left) > 0 {
		best.Note = "not compared: " + strings.Join(a.Left, "; ")
	}
	gain := word("")
	if len(a.More) > 0 {
		g := a.More[len(a.More)-1]
		gain = measured(ratio, worst(g.OverSerial), "")
		gain.Note += "; " + g.Model + ", " + g.Word
	}
	return append(row, best, measured(ratio, a.Models[1].Worst, ""), word(raise(a.Models[1].Name)), gain)
}
