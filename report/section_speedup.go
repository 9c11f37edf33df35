package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// speedup shows throughput over the serial loop's, and efficiency, raw and
// against what the machine itself gains.
func speedup(d *dataset) section {
	s := section{ID: "speed-up", Title: "Speed-up and efficiency"}
	points := d.mains(func(p point) bool { return !d.waits(p) })
	if len(points) == 0 {
		s.Text = []string{"No CPU work in this profile."}
		return s
	}
	s.Text = []string{
		"Speed-up is throughput over that of the serial loop, efficiency is speed-up over N; both are taken within rounds. " +
			"Against the ceiling: over what plain pinned spinning (or copying memory, for work bound by it) gains on N cores here; above 100% the probe is no ceiling of that work. A model with one loop uses one core whatever it is given, and is judged on one: its efficiency is its speed-up.",
	}
	if line := d.suspects(); line != "" {
		s.Text = append(s.Text, line)
	}
	s.figures = []figure{
		{
			id: "speed-up", title: "Speed-up over the serial loop", text: "Throughput over the serial loop's, against cores. Dashed: ideal.", named: true, table: "speed-up",
			charts: d.panels(points, ratio, " serial", axis{log: true, kind: ratio}, d.speedup, func(p point) []guide {
				cores := d.cores(p)
				last := float64(cores[len(cores)-1])
				return []guide{{dashes: dashed, at: [][2]float64{{1, 1}, {last, last}}}}
			}),
		},
		{
			id: "efficiency", title: "Efficiency", text: "Speed-up over N, over 1 for a model with one loop, against cores.", named: true, table: "speed-up",
			charts: d.panels(points, share, " efficient", axis{kind: share, least: 1}, d.efficiency, nil),
		},
	}
	if ceiled := d.ceiled(points); len(ceiled) > 0 {
		s.figures = append(s.figures, figure{
			id: "efficiency-ceiling", title: "Efficiency against the machine's own ceiling", text: "Speed-up over what the machine itself gains on N cores.", named: true, table: "speed-up",
			charts: d.panels(ceiled, share, " of the ceiling", axis{kind: share, least: 1}, d.againstCeiling, nil),
		})
	} else {
		s.Text = append(s.Text, "No ceiling probe in this file, so efficiency is shown raw only.")
	}
	s.Tables = []table{
		d.matrix("speed-up", "Speed-up and efficiency of every point", d.pointsWhere(func(p point) bool { return !d.waits(p) }),
			columnOf{"Speed-up", ratio, d.speedup}, columnOf{"Efficiency", share, d.efficiency}, columnOf{"Against the ceiling", share, d.againstCeiling}),
		d.ceilingTable(),
	}
	return s
}

// ceiled keeps the points whose ceiling was probed at every core count.
func (d *dataset) ceiled(points []point) []point {
	var out []point
	for _, p := range points {
		ok := true
		for _, n := range d.cores(p) {
			ok = ok && d.ceiling(p, n).N > 0
		}
		if ok {
			out = append(out, p)
		}
	}
	return out
}

// ceilingTable holds what the machine itself does, and gains, and how long it
// takes to wake another CPU and be woken.
func (d *dataset) ceilingTable() table {
	t := table{ID: "ceiling", Title: "Ceilings: what the machine itself does", Columns: []string{"Probe", "Cores", "Measured", "Over one core"}}
	for _, c := range d.cells {
		if c.Workload != result.Probe {
			continue
		}
		status := d.status(c)
		row := []datum{word(c.Set), exact(plain, float64(c.Cores))}
		one := c
		one.Cores = 1
		switch unit := d.probeUnit(c); unit {
		case "":
			if status == "" {
				row[0].Note = "round trip between two CPUs"
			}
			row = append(row, measured(duration, d.level(c, result.WallNS), status), gap(cmp.Or(status, "no rate")))
		default:
			k := map[string]kind{result.OpRate: rate, result.ByteRate: octets}[unit]
			row[0].Note = unit
			row = append(row, measured(k, d.level(c, unit), status), measured(ratio, scaling.Ratio(d.column(c, unit), d.column(one, unit)), status))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// probeUnit is the rate that a probe measured, "" if none.
func (d *dataset) probeUnit(c result.Cell) string {
	for _, unit := range []string{result.OpRate, result.ByteRate} {
		if d.has(c, unit) {
			return unit
		}
	}
	return ""
}

// suspects names the curves that gain more than the cores they have.
func (d *dataset) suspects() string {
	var out []string
	for _, p := range d.pointsWhere(func(p point) bool { return !d.waits(p) }) {
		for _, l := range d.lines(p) {
			for _, n := range d.cores(p) {
				if e := d.speedup(l, n); e.Above(float64(d.width(l, n))) {
					out = append(out, fmt.Sprintf("%s, %s, on %s (%s)", d.title(l), p, coresName(n), ratio.phrase(e)))
				}
			}
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "Suspect, because the whole interval of the speed-up lies above the number of cores that the model can use, so that something else differs from the serial loop: " + strings.Join(out, "; ") + "."
}
