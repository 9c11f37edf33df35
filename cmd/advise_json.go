package cmd

import (
	"encoding/json"
	"io"

	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/report"
)

// A givenAdvice is all that advise says.
type givenAdvice struct {
	Version          int            `json:"version"`
	Path             string         `json:"file"`                    // of the models
	BreaksPath       string         `json:"breakEvenFile,omitempty"` // where it is another
	TransportsPath   string         `json:"transportFile,omitempty"` // likewise
	Question         askedQuestion  `json:"question"`
	Conclusive       bool           `json:"conclusive"`
	Verdict          report.Verdict `json:"verdict"`
	Beyond           bool           `json:"beyond"` // more was asked for than was measured
	Cores            int            `json:"cores,omitempty"`
	Says             []string       `json:"says"`
	Spots            []string       `json:"spots,omitempty"`  // the measured jobs that enclose it
	Models           []standing     `json:"models,omitempty"` // the best first
	More             []gain         `json:"more,omitempty"`
	Breaks           []breakEven    `json:"breakEven,omitempty"`
	Transports       []standing     `json:"transports,omitempty"`
	TransportVerdict report.Verdict `json:"transportVerdict,omitempty"`
	TransportSpots   []string       `json:"transportSpots,omitempty"`
	Left             []string       `json:"left,omitempty"`
	Missing          []string       `json:"missing,omitempty"`
	Notes            []string       `json:"notes,omitempty"`
}

type askedQuestion struct {
	GrainNS  int64 `json:"grainNS"`
	Payload  int   `json:"payloadBytes"`
	Shared   bool  `json:"sharedUpdates"`
	InFlight int   `json:"inFlight"` // 0: not asked
	Cores    int   `json:"cores"`    // 0: as many as were measured
}

type standing struct {
	Name  string      `json:"name"`
	Model string      `json:"model,omitempty"`
	Leads []*estimate `json:"leads,omitempty"` // the best's work over this one's, by spot
	Worst *estimate   `json:"worst,omitempty"`
	Cells []string    `json:"cells"`
}

type gain struct {
	Model      string      `json:"model"`
	Cores      int         `json:"cores"`
	OverSerial []*estimate `json:"overSerial"` // by spot
	Word       string      `json:"word"`
}

type breakEven struct {
	Model  string   `json:"model"`
	Cores  int      `json:"cores"`
	Pays   fromSize `json:"pays"`
	Half   fromSize `json:"metg50"`
	Ninety fromSize `json:"metg90"`
}

type fromSize struct {
	Text string  `json:"text"`
	Note string  `json:"note,omitempty"`
	NS   decimal `json:"ns"` // serial time a task, null if it is no number
}

func adviceJSON(w io.Writer, a report.Advice) error {
	q, models := a.Question, a.From.Models
	out := givenAdvice{
		Version: 1, Path: models.Path, Question: askedQuestion{q.Grain.Nanoseconds(), q.Payload, q.Shared, q.InFlight, q.Cores},
		Conclusive: a.Conclusive(), Verdict: a.Verdict, Beyond: a.Beyond, Cores: a.Cores, Says: a.Says, Spots: a.Spots,
		Models: newStandings(a.Models), Transports: newStandings(a.Transports), TransportSpots: a.TransportSpots,
		Left: a.Left, Missing: a.Missing, Notes: a.Notes,
	}
	if f := a.From.Breaks; f != models {
		out.BreaksPath = f.Path
	}
	if f := a.From.Transports; f != nil && f != models {
		out.TransportsPath = f.Path
	}
	if len(a.Transports) > 0 {
		out.TransportVerdict = a.TransportVerdict
	}
	for _, g := range a.More {
		out.More = append(out.More, gain{g.Model, g.Cores, newEstimates(g.OverSerial), g.Word})
	}
	for _, b := range a.Breaks {
		out.Breaks = append(out.Breaks, breakEven{b.Model, b.Cores, newFrom(b.Pays), newFrom(b.Half), newFrom(b.Ninety)})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func newStandings(from []report.Standing) []standing {
	var out []standing
	for _, s := range from {
		o := standing{Name: s.Name, Model: s.Model, Leads: newEstimates(s.Leads), Cells: s.Cells}
		if len(s.Leads) > 0 {
			o.Worst = newEstimate(s.Worst)
		}
		out = append(out, o)
	}
	return out
}

func newEstimates(from []scaling.Estimate) []*estimate {
	var out []*estimate
	for _, e := range from {
		out = append(out, newEstimate(e))
	}
	return out
}

func newFrom(t report.Threshold) fromSize { return fromSize{t.Text, t.Note, decimal(t.NS)} }
