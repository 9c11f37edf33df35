package report

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// told is a file whose best models are known: what a task costs is written
// down, a hundredth of noise is on top.
type told struct {
	rounds int
	cores  []int
	grains []string
	slow   map[string]float64 // body of a task over its nominal size, 1 if not given
	cost   map[string]float64 // ns that a task costs beside its body
	carry  map[string]float64 // ns that a KiB of payload takes
	update map[string]float64 // ns that a task of counter takes on one core
	wait   map[string]float64 // ns that a request of echo takes on one core
}

func tell() told {
	return told{
		rounds: 20, cores: []int{1, 2}, grains: []string{"null", "10us", "100us", "1ms"},
		slow:   map[string]float64{},
		cost:   map[string]float64{"goroutine": 1e3, "subprocess": 20e3, "eventloop": 500, "locked": 2e3},
		carry:  map[string]float64{"goroutine": 1, "subprocess": 300, "eventloop": 1, "locked": 1},
		update: map[string]float64{"goroutine": 30e3, "subprocess": 200e3, "eventloop": 20e3, "locked": 20e3},
		wait:   map[string]float64{"goroutine": 40e3, "subprocess": 200e3, "eventloop": 80e3, "locked": 60e3},
	}
}

// file writes the cells: what spreads takes the N-th part on N cores.
func (k told) file() *result.File {
	f := &result.File{Run: result.Run{Version: 1, Rounds: k.rounds, Cores: k.cores, OneLoop: []string{"eventloop"}, IO: []string{"echo"}}}
	add := func(c result.Cell, model string, n int, ns float64) {
		c.Model, c.Cores = model, n
		if n > 1 && model != "eventloop" {
			ns /= float64(n)
		}
		measure(f, k.rounds, c, result.TaskRate, 1e9/ns)
	}
	work := func(c result.Cell, serial float64, of func(model string) float64) {
		add(c, result.Serial, 1, serial)
		for _, model := range madeModels {
			for _, n := range k.cores {
				add(c, model, n, of(model))
			}
		}
	}
	for _, g := range k.grains {
		body := max(float64(nominal(g)), 5)
		work(result.Cell{Workload: "fannkuch", Grain: g}, body, func(m string) float64 {
			slow := k.slow[m]
			if slow == 0 {
				slow = 1
			}
			return body*slow + k.cost[m]
		})
	}
	for _, p := range []string{"64B", "16KiB", "1MiB"} {
		work(result.Cell{Workload: "handoff", Payload: p}, 10+size(p)/1024, func(m string) float64 { return 10 + k.cost[m] + k.carry[m]*size(p)/1024 })
	}
	work(result.Cell{Workload: "counter"}, 16e3, func(m string) float64 { return k.update[m] })
	work(result.Cell{Workload: "echo"}, 2e6, func(m string) float64 { return k.wait[m] })
	return f
}

func us(n float64) time.Duration { return time.Duration(n * 1000) }

// best is the model that the advice names, with its verdict.
func best(a Advice) string {
	if len(a.Models) == 0 {
		return string(a.Verdict)
	}
	return a.Models[0].Model + " " + string(a.Verdict)
}

func TestAdviceFollowsTheData(t *testing.T) {
	flipped := tell()
	flipped.cost["goroutine"], flipped.cost["subprocess"] = flipped.cost["subprocess"], flipped.cost["goroutine"]
	flipped.carry["goroutine"], flipped.carry["subprocess"] = flipped.carry["subprocess"], flipped.carry["goroutine"]
	equal := tell()
	equal.cost["locked"] = equal.cost["goroutine"]
	dear := tell()
	for i, m := range madeModels {
		dear.cost[m] = 1e6 * float64(i+1)
	}
	crossed := tell()
	crossed.cost["locked"], crossed.cost["goroutine"], crossed.slow["locked"] = 0, 3e3, 1.2 // less at 10 us, more at 1 ms
	level := tell()
	level.slow["locked"] = 0.99 // no difference at 100 us
	few := tell()
	few.rounds = 5
	for name, c := range map[string]struct {
		k         told
		q         Question
		want      string
		runnerUp  string
		spots     int
		conclude  bool
		lead, low float64 // of the runner-up, about
	}{
		"a size":                   {tell(), Question{Grain: us(10)}, "goroutine decided", "locked", 1, true, 12. / 11, 1.05},
		"flipped":                  {flipped, Question{Grain: us(10)}, "subprocess decided", "locked", 1, true, 12. / 11, 1.05},
		"a size nearby":            {tell(), Question{Grain: us(14)}, "goroutine decided", "locked", 1, true, 12. / 11, 1.05},
		"between two":              {tell(), Question{Grain: us(30)}, "goroutine decided", "locked", 2, true, 102. / 101, 1},
		"no difference":            {equal, Question{Grain: us(100)}, "locked same", "goroutine", 1, false, 1, 0.99},
		"no difference at one":     {level, Question{Grain: us(30)}, "goroutine same", "locked", 2, false, 1, 0.99},
		"turns in between":         {crossed, Question{Grain: us(30)}, "goroutine turns", "locked", 2, false, 12. / 13, 0.91},
		"serial, for all is dear":  {dear, Question{Grain: us(10)}, "serial decided", "goroutine", 1, true, 50.5, 49},
		"one core":                 {tell(), Question{Grain: us(10), Cores: 1}, "serial decided", "eventloop", 1, true, 1.05, 1.03},
		"few rounds":               {few, Question{Grain: us(10)}, "goroutine undecided", "locked", 1, false, 12. / 11, 0},
		"a payload":                {tell(), Question{Grain: us(10), Payload: 1 << 20}, "goroutine decided", "locked", 1, true, 13.024 / 12.024, 1.05},
		"a payload in between":     {tell(), Question{Grain: us(10), Payload: 4096}, "goroutine decided", "locked", 2, true, 13. / 12, 1.04},
		"next to no payload":       {tell(), Question{Grain: us(10), Payload: 3}, "goroutine decided", "locked", 1, true, 12. / 11, 1.05},
		"shared updates turn it":   {tell(), Question{Grain: us(10), Shared: true}, "locked decided", "goroutine", 1, true, 41. / 32, 1.2},
		"waiting":                  {tell(), Question{Grain: us(10), InFlight: 64}, "goroutine decided", "locked", 1, true, 72. / 51, 1.3},
		"no more than the cores":   {tell(), Question{Grain: us(10), InFlight: 2}, "goroutine decided", "locked", 1, true, 12. / 11, 1.05},
		"all of it":                {tell(), Question{Grain: us(10), Payload: 1 << 20, Shared: true, InFlight: 50}, "goroutine decided", "locked", 1, true, 93.024 / 82.024, 1.1},
		"more cores than measured": {tell(), Question{Grain: us(10), Cores: 8}, "goroutine decided", "locked", 1, false, 12. / 11, 1.05},
		"more than were in flight": {tell(), Question{Grain: us(10), InFlight: 1000}, "goroutine decided", "locked", 1, false, 72. / 51, 1.3},
	} {
		a := Advise(c.k.file(), c.q)
		if best(a) != c.want || a.Conclusive() != c.conclude || len(a.Spots) != c.spots || len(a.Models) < 2 || a.Models[1].Model != c.runnerUp {
			t.Errorf("%s: %s at %q, conclusive %t, says %q", name, best(a), a.Spots, a.Conclusive(), a.Says)
			continue
		}
		if e := a.Models[1].Worst; math.Abs(e.Value/c.lead-1) > 0.01 || e.Low < c.low {
			t.Errorf("%s: the runner-up is behind by %+v, want about %g", name, e, c.lead)
		}
		for _, s := range a.Models[1:] {
			if len(s.Leads) != c.spots || len(s.Cells) == 0 || !slices.ContainsFunc(s.Leads, func(e scaling.Estimate) bool { return e.Value == s.Worst.Value }) {
				t.Errorf("%s: %+v", name, s)
			}
		}
	}
}

// What an advice says, word by word.
func TestAdviceInWords(t *testing.T) {
	equal, crossed, slow := tell(), tell(), tell()
	equal.cost["locked"], equal.cost["eventloop"], equal.slow["eventloop"] = equal.cost["goroutine"], equal.cost["goroutine"], 0.495
	crossed.cost["locked"], crossed.cost["goroutine"], crossed.slow["locked"] = 0, 3e3, 1.2
	for _, m := range madeModels {
		slow.slow[m] = 10
	}
	few := tell()
	few.rounds = 3
	for _, c := range []struct {
		k    told
		q    Question
		want []string
	}{
		{tell(), Question{Grain: us(10)}, []string{
			"Goroutines, on 2 cores: 1.09× (1.09–1.10×) the work of the runner-up, locked shared memory, at 10 µs tasks.",
			"2 cores pay under goroutines: 1.82× (1.81–1.82×) of the serial loop, at 10 µs tasks.",
		}},
		{tell(), Question{Grain: us(30)}, []string{
			"the runner-up, locked shared memory, at the worse of 10 µs tasks and 100 µs tasks.",
		}},
		{tell(), Question{Grain: us(30), Payload: 4096}, []string{"at the worst of the 4 measured jobs around it."}},
		{equal, Question{Grain: us(100)}, []string{
			"No difference that this file can show between locked shared memory, goroutines and the event loop on 2 cores: 1.00× (",
		}},
		{crossed, Question{Grain: us(30)}, []string{
			"It turns between the measured jobs on 2 cores: at 10 µs tasks locked shared memory does 1.08× (1.08–1.09×) of goroutines, at 100 µs tasks goroutines does 1.16× (1.16–1.17×) of locked shared memory.",
		}},
		{slow, Question{Grain: us(30)}, []string{
			"2 cores do not pay under goroutines, serial is faster: 0.200× (0.199–0.201×) of the serial loop, at the worse of 10 µs tasks and 100 µs tasks.",
		}},
		{few, Question{Grain: us(10)}, []string{"No answer on 2 cores: 3 usable rounds give no interval for goroutines and locked shared memory."}},
		{tell(), Question{Grain: us(10), Cores: 8}, []string{
			"8 cores: needs 8 cores, and this file goes up to 2: what follows is for 2, and nothing is said beyond.", "2 cores pay under goroutines",
		}},
		{tell(), Question{Grain: us(10), InFlight: 1000}, []string{
			"1000 in flight: echo has 64, so what follows is for 64, and nothing is said beyond.", "What more cores buy is not told",
		}},
		{tell(), Question{Grain: 2 * time.Second}, []string{
			"No answer: 2.00 s tasks: this file holds models against each other from 5.01 ns to 1.00 ms on 2 cores, and nothing is said beyond.",
		}},
		{tell(), Question{Grain: us(10), Payload: 1 << 30}, []string{
			"No answer: 1 GiB: this file measured up to 1 MiB on 2 cores, and nothing is said beyond: run --profile full.",
		}},
	} {
		a := Advise(c.k.file(), c.q)
		for _, want := range c.want {
			if !strings.Contains(strings.Join(a.Says, "\n"), want) {
				t.Errorf("%+v: says\n%s\nwithout\n%s", c.q, strings.Join(a.Says, "\n"), want)
			}
		}
	}
}

// Whatever a file lacks is told, and makes no answer.
func TestAdviceWithoutCells(t *testing.T) {
	without := func(workload string) *result.File {
		return one(tell().file(), func(c result.Cell) bool { return c.Workload != workload })
	}
	fewer := one(tell().file(), func(c result.Cell) bool { return c.Workload != "counter" || c.Cores == 1 })
	late := tell()
	late.cores = []int{2, 4}
	all := Question{Grain: us(10), Payload: 4096, Shared: true, InFlight: 64}
	for name, c := range map[string]struct {
		file *result.File
		q    Question
		want string
	}{
		"nothing":     {&result.File{}, Question{Grain: us(10)}, "fannkuch, which tells what tasks of a size cost: not in this file: run --profile default"},
		"no fannkuch": {without("fannkuch"), all, "fannkuch, which tells what tasks of a size cost: not in this file: run --profile default"},
		"no handoff":  {without("handoff"), all, "handoff, which tells what a payload costs: not in this file: run --profile default"},
		"no counter":  {without("counter"), all, "counter, which tells what shared updates cost: not in this file: run --profile default"},
		"no echo":     {without("echo"), all, "echo, which tells what tasks that wait cost: not in this file: run --profile default"},
		"too short":   {one(tell().file(), func(c result.Cell) bool { return c.Grain != "null" }), Question{Grain: us(1)}, "1.00 µs tasks: this file holds models against each other from 9.98 µs to 1.00 ms on 2 cores, and nothing is said beyond"},
		"no serial":   {one(tell().file(), func(c result.Cell) bool { return c.Model != result.Serial }), Question{Grain: us(10)}, "fannkuch on 2 cores, which tells what tasks of a size cost: not in this file: run --profile default"},
		"fewer cores": {late.file(), Question{Grain: us(10), Cores: 1}, "1 core: this file measured from 2 on: run --cores 1"},
	} {
		a := Advise(c.file, c.q)
		if !slices.Contains(a.Missing, c.want) || a.Conclusive() || len(a.Models) > 0 || !strings.HasPrefix(a.Says[0], "No answer: ") {
			t.Errorf("%s: missing %q, says %q, models %v", name, a.Missing, a.Says, a.Models)
		}
	}
	// What was measured on fewer cores alone gives an answer for these.
	if a := Advise(fewer, Question{Grain: us(10), Shared: true}); a.Cores != 1 || len(a.Models) < 2 || !strings.Contains(strings.Join(a.Notes, "\n"), "2 cores: such a job was measured on 1, the nearest count below") {
		t.Errorf("on %d cores, missing %q, notes %q", a.Cores, a.Missing, a.Notes)
	}
}

// A model without a number is not compared, and it is told why.
func TestAdviceTellsWhoIsNotCompared(t *testing.T) {
	at := func(c result.Cell) bool { return c.Model == "goroutine" && c.Cores == 2 && c.Grain == "10us" }
	crashed := tell().file()
	crashed.Failures = []result.Failure{{Cell: find(crashed, at), Kind: "crash", Text: "exit status 2"}}
	blank := one(tell().file(), func(c result.Cell) bool { return !at(c) })
	blank.Blanks = []result.Blank{{Cell: find(tell().file(), at), Reason: "cannot be"}}
	unit := tell().file()
	zero := tell().file()
	for i := range unit.Samples {
		if at(unit.Samples[i].Cell) {
			unit.Samples[i].Values[0].Unit = result.OpRate
			zero.Samples[i].Values[0].Value = 0
		}
	}
	batched := changed(tell().file(), func(c *result.Cell) {
		if c.Workload == "handoff" && c.Model == "goroutine" {
			c.Batch = 16
		}
	})
	for name, c := range map[string]struct {
		file *result.File
		want string
	}{
		"failed": {crashed, "goroutines: fannkuch, 10 µs tasks: failed: crash: exit status 2"}, "blank": {blank, "goroutines: fannkuch, 10 µs tasks: unsupported: cannot be"},
		"another unit":      {unit, "goroutines: fannkuch, 10 µs tasks: measured without tasks/s"},
		"a rate of nothing": {zero, "goroutines: 10 µs tasks with 1 MiB: the parts of some round make no time"},
		"another form":      {batched, "goroutines: handoff, 1 MiB: not in this file in the same form, but with batch 16"},
	} {
		a := Advise(c.file, Question{Grain: us(10), Payload: 1 << 20})
		if !slices.Contains(a.Left, c.want) || best(a) != "locked decided" {
			t.Errorf("%s: left %q, %s", name, a.Left, best(a))
		}
	}
	gone := one(tell().file(), func(c result.Cell) bool { return c.Workload != "counter" || c.Model != "locked" })
	if a := Advise(gone, Question{Grain: us(10), Shared: true}); !slices.Contains(a.Left, "locked shared memory: counter: not in this file") || best(a) != "goroutine decided" {
		t.Errorf("left %q, %s", a.Left, best(a))
	}
	alone := one(tell().file(), func(c result.Cell) bool { return c.Model == "goroutine" || c.Model == result.Serial })
	if a := Advise(alone, Question{Grain: us(10), InFlight: 64}); a.Conclusive() || !strings.Contains(a.Says[0], "No answer: only goroutines gave a number on 2 cores.") {
		t.Errorf("%s: %q", best(a), a.Says)
	}
}

// A form that does more than the default is told, and is not what is compared.
func TestAdviceTellsOfBetterForms(t *testing.T) {
	f := tell().file()
	for i, ns := range []float64{12e3, 20e3} { // the default takes 15 us
		measure(f, 20, result.Cell{Workload: "fannkuch", Grain: "10us", Model: "subprocess", Batch: 4 + i, Cores: 2}, result.TaskRate, 1e9/ns)
	}
	a := Advise(f, Question{Grain: us(10)})
	forms := slices.DeleteFunc(slices.Clone(a.Notes), func(s string) bool { return !strings.Contains(s, "batch") })
	if len(forms) != 1 || !strings.HasPrefix(forms[0], "worker processes (batch 4): 1.25× (") || best(a) != "goroutine decided" {
		t.Errorf("%s: %q", best(a), a.Notes)
	}
	if a := Advise(f, Question{Grain: us(10), Shared: true}); strings.Contains(strings.Join(a.Notes, " "), "batch") || len(a.Left) > 0 {
		t.Errorf("notes %q, left %q", a.Notes, a.Left)
	}
}

// Sizes that few models were measured at do not stand in for the others, and a
// model of one loop is compared where it was measured on fewer cores alone.
func TestAdviceComparesWhereModelsMeet(t *testing.T) {
	k := tell()
	k.grains = []string{"10us", "30us", "100us"}
	f := one(k.file(), func(c result.Cell) bool {
		return (c.Grain != "30us" || c.Model == "locked" || c.Model == result.Serial) && (c.Model != "eventloop" || c.Cores == 1)
	})
	a := Advise(f, Question{Grain: us(30)})
	if !slices.Equal(a.Spots, []string{"10 µs tasks", "100 µs tasks"}) || len(a.Models) != 5 || len(a.Left) > 0 {
		t.Errorf("at %q: %v, left %q", a.Spots, a.Models, a.Left)
	}
}

func TestAdviceOnCores(t *testing.T) {
	k := tell()
	k.cores = []int{1, 2, 4, 8}
	f := one(k.file(), func(c result.Cell) bool { return c.Grain == "1ms" || c.Cores != 4 })
	for q, want := range map[Question]int{{Grain: us(1000), Cores: 5}: 4, {Grain: us(1000)}: 8, {Grain: us(10), Cores: 4}: 2, {Grain: us(300), Cores: 7}: 2, {Grain: us(10), Cores: 100}: 8} {
		a := Advise(f, q)
		if a.Cores != want || (q.Cores > 8) != a.Beyond {
			t.Errorf("%+v is answered for %d, want %d; %q", q, a.Cores, want, a.Says)
		}
		if last := a.More[len(a.More)-1]; last.Cores != want || last.Word != pays || math.Abs(last.OverSerial[0].Value/float64(want)-1) > 0.1 {
			t.Errorf("%+v: %+v", q, last)
		}
	}
}

// What more cores buy is asked of a model that can use them.
func TestAdviceOnCoresIsOfWhoUsesThem(t *testing.T) {
	k := tell()
	k.slow["eventloop"] = 0.1
	a := Advise(k.file(), Question{Grain: us(100)})
	if best(a) != "eventloop decided" || len(a.More) != 2 || a.More[1].Model != "goroutines" || a.More[1].Word != pays || a.More[0].Word != paysNot {
		t.Errorf("%s, %+v", best(a), a.More)
	}
	lone := one(k.file(), func(c result.Cell) bool { return c.Model == "eventloop" || c.Model == result.Serial })
	if a := Advise(lone, Question{Grain: us(100)}); len(a.More) > 0 || !strings.Contains(strings.Join(a.Says, "\n"), "What more cores buy is not told") {
		t.Errorf("%+v, %q", a.More, a.Says)
	}
}

func TestAdviceFromWhichSizeOn(t *testing.T) {
	a := Advise(tell().file(), Question{Grain: 2 * time.Second, Cores: 2})
	i := slices.IndexFunc(a.Breaks, func(b Break) bool { return b.Model == "worker processes" })
	if len(a.Breaks) != len(madeModels) || i < 0 {
		t.Fatalf("%+v", a.Breaks)
	}
	// 100 us tasks take 60 us each on two cores; half is reached at 20 us, 90% at 180 us.
	b := a.Breaks[i]
	if b.Cores != 2 || b.Pays.Text != "100 µs" || b.Half.NS < 10e3 || b.Half.NS > 30e3 || b.Ninety.NS < 100e3 || b.Ninety.NS > 300e3 {
		t.Errorf("%+v", b)
	}
	if a := Advise(&result.File{}, Question{Grain: us(10)}); len(a.Breaks) > 0 {
		t.Errorf("%+v", a.Breaks)
	}
}

// A model that was measured over several transports pays from another size over
// each.
func TestAdviceFromWhichSizeOnOverEachTransport(t *testing.T) {
	f := tell().file()
	rings := one(tell().file(), func(c result.Cell) bool { return c.Model == "subprocess" && c.Workload == grainWork })
	rings = changed(rings, func(c *result.Cell) { c.Transport = "ring" })
	f.Plan, f.Samples = append(f.Plan, rings.Plan...), append(f.Samples, rings.Samples...)
	var names []string
	for _, b := range Advise(f, Question{Grain: us(10), Cores: 2}).Breaks {
		names = append(names, b.Model)
	}
	if len(names) != len(madeModels)+1 || !slices.Contains(names, "worker processes") || !slices.Contains(names, "worker processes (transport ring)") {
		t.Errorf("%q", names)
	}
}

func TestAdviceOnTransports(t *testing.T) {
	with := func(cost map[string]float64) *result.File {
		f := tell().file()
		for _, transport := range []string{"", "unix", "tcp", "ring"} {
			ns, asked := cost[transport]
			if !asked {
				continue
			}
			for _, payload := range []string{"64B", "4KiB", "64KiB"} {
				c := exchangeCell(transport, result.TwoCPUs)
				c.Payload = payload
				measure(f, 20, c, result.WallNS, ns+size(payload))
			}
		}
		return f
	}
	q := Question{Grain: us(10), Payload: 4096}
	a := Advise(with(map[string]float64{"": 9e3, "unix": 10e3, "tcp": 30e3, "ring": 1e3}), q)
	if len(a.Transports) != 4 || a.Transports[0].Name != "ring" || a.TransportVerdict != Decided || !slices.Equal(a.TransportSpots, []string{"4 KiB"}) ||
		!strings.Contains(strings.Join(a.Says, "\n"), "Between processes ring is the cheapest: messages go there and back 2.57× (2.55–2.59×) as often as over pipe.") {
		t.Errorf("%+v, %s, %q", a.Transports, a.TransportVerdict, a.Says)
	}
	failing := with(map[string]float64{"": 9e3, "unix": 10e3, "tcp": 30e3})
	tcp := exchangeCell("tcp", result.TwoCPUs)
	tcp.Payload = "4KiB"
	failing.Failures = []result.Failure{{Cell: tcp, Kind: "hang", Text: "no answer"}}
	if a := Advise(failing, q); len(a.Transports) != 2 || a.TransportVerdict != Decided || !slices.Equal(a.Left, []string{"tcp: 4 KiB: failed: hang: no answer"}) {
		t.Errorf("%+v, %s, left %q", a.Transports, a.TransportVerdict, a.Left)
	}
	a = Advise(with(map[string]float64{"": 10e3, "unix": 10e3}), q)
	if a.TransportVerdict != Same || !strings.Contains(strings.Join(a.Says, "\n"), "no one transport is shown to be the cheapest") {
		t.Errorf("%s, %q", a.TransportVerdict, a.Says)
	}
	for want, x := range map[string]*result.File{
		"exchange, which tells the cheapest transport between processes: not in this file": with(nil),
		"messages between processes were measured from 64 B to 64 KiB":                     with(map[string]float64{"": 1e4, "unix": 2e4}),
	} {
		a := Advise(x, Question{Grain: us(10), Payload: 1 << 20})
		if len(a.Transports) > 0 || !strings.Contains(strings.Join(a.Notes, "\n"), want) || best(a) != "goroutine decided" {
			t.Errorf("%s: notes %q", best(a), a.Notes)
		}
	}
}
