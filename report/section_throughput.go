package report

import (
	"fmt"
	"strconv"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// throughput shows tasks per second against cores, one panel a model.
func throughput(d *dataset) section {
	s := section{ID: "throughput", Title: "Throughput against cores", Text: []string{
		"One panel a model, the others in grey. Dashed: ideal, N times the serial loop. Both scales are logarithmic.",
	}}
	told := map[string]bool{}
	drawn := d.mains(func(point) bool { return true })
	for _, p := range drawn {
		f := d.multiples(p)
		if few := d.twoPoints(p); few != "" && !told[few] {
			told[few] = true
			f.text += " " + few
		}
		s.figures = append(s.figures, f)
	}
	if d.sharedHelpers() {
		s.Text = append(s.Text, "Cells of work with a helper process (helpers=shared) share their CPUs with it, at every core count: compare models at one core count there, not one core count with another, nor with the serial loop on one. Their points are not joined.")
	}
	laws := d.lawTable(drawn)
	if len(laws.Rows) > 0 {
		s.Text = append(s.Text, fmt.Sprintf("Where throughput was measured on %d or more core counts, the line is the universal scalability law, X(N) = λN / (1 + σ(N-1) + κN(N-1)), fitted to the points by least squares of relative errors, and the band around it holds the law with 95%% at each N, by Student's t and the drift that rounds share. "+
			"σ is contention, the share of the work that must queue; κ is coherency, what keeping cores agreed costs: any κ above 0 gives a peak, which is a number only up to twice the largest N. nonrev fit adds intervals by bootstrap.", scaling.MinCores))
	}
	scaled := d.scalingTable()
	if len(scaled.Rows) > 0 {
		s.Text = append(s.Text, "The serial fraction is that to which scaling, X(N) / X(1) of the model itself, amounts (Karp and Flatt): (1/S - 1/N) / (1 - 1/N). Where it grows with N, overhead grows.")
	}
	s.Tables = append(s.Tables, d.matrix("throughput", "Throughput of every point", d.order,
		columnOf{"Tasks per second", rate, d.ofUnit(result.TaskRate)},
		columnOf{"A pass", duration, d.ofUnit(result.WallNS)},
		columnOf{"CPU time a pass", duration, d.ofUnit(result.CPUNS)},
		columnOf{"Context switches a pass", plain, d.ofUnit(result.Switches)},
		columnOf{"Peak memory", octets, d.ofUnit(result.PeakRSS)},
		columnOf{"Start", duration, d.ofUnit(result.StartNS)}))
	for _, t := range []table{laws, scaled, d.serialTable()} {
		if len(t.Rows) > 0 {
			s.Tables = append(s.Tables, t)
		}
	}
	return s
}

// multiples is a point's small multiples.
func (d *dataset) multiples(p point) figure {
	f := figure{id: "throughput-" + p.id(), title: p.String(), table: "throughput", text: "Tasks per second against cores, logarithmic scales. Under each name: throughput over the serial loop's; below, the law's parameters or the serial fraction."}
	if d.waits(p) {
		f.text = "Tasks per second against cores, logarithmic scales."
	}
	lines := d.lines(p)
	if all := len(lines); all > mostDrawn { // each panel holds the others as well
		lines = lines[:mostDrawn]
		f.text += fmt.Sprintf(" The first %d of %d curves are drawn; the tables hold all that was measured.", mostDrawn, all)
	}
	for i, l := range lines {
		law, err := d.fit(l)
		c := chart{title: d.carrier(l), ink: d.styles[l.cell.Model].ink, sub: d.summary(l), note: d.lawWords(l, law, err), x: d.coreAxis(p), y: axis{log: true, kind: rate}, guides: d.ideal(p, false)}
		for j, other := range lines {
			curve := d.overCores(other, rate, " tasks/s", d.ofUnit(result.TaskRate))
			curve.pale = i != j
			if err == nil && i == j {
				curve.law = d.band(l, law)
			}
			c.curves = append(c.curves, curve)
		}
		f.charts = append(f.charts, c)
	}
	return f
}

// summary is what a panel says under its model's name.
func (d *dataset) summary(l line) string {
	cores := d.cores(l.point)
	n := cores[len(cores)-1]
	if reason := d.status(l.at(n)); reason != "" {
		return reason
	}
	if d.waits(l.point) || d.sharing(l, n) != "" {
		return fmt.Sprintf("%s tasks/s on %s", rate.value(d.level(l.at(n), result.TaskRate).Value), coresName(n))
	}
	gain := ratio.phrase(d.speedup(l, n))
	if len(gain) > 30 { // there is no room to say for how many cores; the axis ends with them
		return gain
	}
	return fmt.Sprintf("%s on %s", gain, coresName(n))
}

// ideal is the guide of N times the serial loop, and the serial loop itself
// where named; nothing for work that waits, which one loop does
// not bound, nor for cells that helpers share the CPUs with.
func (d *dataset) ideal(p point, named bool) []guide {
	serial := d.level(d.serial(p), result.TaskRate).Value
	cores := d.cores(p)
	if d.waits(p) || !(serial > 0) || len(cores) == 0 || d.serial(p).Helpers != "" {
		return nil
	}
	last := float64(cores[len(cores)-1])
	g := []guide{{dashes: dashed, at: [][2]float64{{1, serial}, {last, serial * last}}}}
	if named {
		g[0].name = "ideal: N × serial"
		g = append(g, guide{name: "serial loop", dashes: dotted, at: [][2]float64{{1, serial}, {last, serial}}})
	}
	return g
}

// serialTable holds the base of every comparison.
func (d *dataset) serialTable() table {
	t := table{ID: "serial", Title: "The serial loop, base of speed-up and efficiency", Columns: []string{"Work", "Tasks per second", "A task", "A pass", "Tasks a pass"}}
	for _, p := range d.order {
		c := d.serial(p)
		status := d.status(c)
		t.Rows = append(t.Rows, []datum{
			word(p.String()), measured(rate, d.level(c, result.TaskRate), status), measured(duration, d.taskNS(p), status),
			measured(duration, d.level(c, result.WallNS), status), d.passTasks(c, status),
		})
	}
	return t
}

// passTasks is the number of tasks in a pass, which is a count and has no interval.
func (d *dataset) passTasks(c result.Cell, status string) datum {
	e := d.derive(func(v []float64) float64 { return v[0] * v[1] / 1e9 }, d.column(c, result.TaskRate), d.column(c, result.WallNS))
	f := measured(plain, e, status)
	if f.Number != nil {
		f.Text, f.Note = strconv.FormatFloat(e.Value, 'f', 0, 64), ""
	}
	return f
}

func (d *dataset) sharedHelpers() bool {
	for _, c := range d.cells {
		if c.Helpers != "" {
			return true
		}
	}
	return false
}
