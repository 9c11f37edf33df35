package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
)

// Of several files each question is answered by the first that has the cells for
// it, whatever the others hold.
func TestAdviceOfSeveralFiles(t *testing.T) {
	models := tell().file()
	messages := &result.File{Path: "messages", Run: result.Run{Version: 1, Rounds: 20}}
	for transport, ns := range map[string]float64{"": 9e3, "ring": 1e3} {
		c := exchangeCell(transport, result.TwoCPUs)
		c.Payload = "4KiB"
		measure(messages, 20, c, result.WallNS, ns)
	}
	sizes := one(tell().file(), func(c result.Cell) bool { return c.Workload == grainWork })
	counters := one(tell().file(), func(c result.Cell) bool { return c.Workload == sharedWork })
	q := Question{Grain: us(10), Payload: 4096, Shared: true}
	alone := Advise(models, q)
	for name, c := range map[string]struct {
		files []*result.File
		want  Sources
	}{
		"one":             {[]*result.File{models}, Sources{models, models, models}},
		"two":             {[]*result.File{models, messages}, Sources{models, models, messages}},
		"the other first": {[]*result.File{messages, models}, Sources{models, models, messages}},
		"three":           {[]*result.File{sizes, messages, models}, Sources{models, sizes, messages}},
	} {
		a := AdviseFrom(c.files, q)
		if a.From != c.want || best(a) != best(alone) || !slices.Equal(a.Spots, alone.Spots) || a.Models[1].Worst.Low != alone.Models[1].Worst.Low || len(a.Breaks) == 0 {
			t.Errorf("%s: from %+v, %s at %q", name, a.From, best(a), a.Spots)
		}
		if carried := len(a.Transports) == 2 && a.Transports[0].Name == "ring"; carried != (c.want.Transports == messages) {
			t.Errorf("%s: transports %+v", name, a.Transports)
		}
		if told := strings.Contains(strings.Join(a.Notes, "\n"), "exchange, which tells the cheapest transport"); told == (c.want.Transports == messages) {
			t.Errorf("%s: notes %q", name, a.Notes)
		}
	}
	// Parts of two files are not added up.
	a := AdviseFrom([]*result.File{sizes, counters}, q)
	if a.Conclusive() || len(a.Models) > 0 || !slices.Contains(a.Missing, "counter, which tells what shared updates cost: not in this file: run --profile default") ||
		!strings.Contains(strings.Join(a.Notes, "\n"), "parts of two files are not added up") {
		t.Errorf("missing %q, notes %q, models %v", a.Missing, a.Notes, a.Models)
	}
}
