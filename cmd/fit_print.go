package cmd

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/nonrev/nonrev/internal/scaling"
)

// print writes the report as tables.
func (r fitReport) print(w io.Writer) {
	for i, f := range r.Files {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s: least squares of %s errors\n", f.Path, r.Weights)
		printWarnings(w, printables(f.Warnings))
		for _, c := range f.Curves {
			fmt.Fprintln(w)
			c.print(w)
		}
	}
}

func printWarnings(w io.Writer, warnings []string) {
	for _, text := range warnings {
		fmt.Fprintln(w, "warning:", text)
	}
}

func (c fittedCurve) print(w io.Writer) {
	c.Name, c.Keys, c.Unit, c.From = printable(c.Name), printable(c.Keys), printable(c.Unit), printable(c.From)
	if c.Name != "" {
		fmt.Fprintln(w, c.Name)
	}
	if c.Keys != "" {
		fmt.Fprintln(w, c.Keys)
	}
	from := "as measured"
	if c.From != c.Unit {
		from = "from " + c.From
	}
	fmt.Fprintf(w, "throughput: %s, %s\n", c.Unit, from)
	c.printPoints(w)
	if c.Law != nil {
		c.printLaw(w)
	} else {
		fmt.Fprintln(w, "no law:", c.NoLaw)
	}
	switch {
	case c.COST == nil:
	case c.COST.N == nil:
		fmt.Fprintln(w, "COST: no measured count is shown to beat the serial code")
	default:
		fmt.Fprintf(w, "COST: N=%d is the smallest count that beats the serial code\n", *c.COST.N)
	}
	printWarnings(w, printables(c.Warnings))
}

// newTable is a table whose columns align as told, without those that are
// empty.
func newTable(w io.Writer, align text.Align, columns ...string) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(plain())
	t.SuppressEmptyColumns()
	var header table.Row
	var configs []table.ColumnConfig
	for i, name := range columns {
		header = append(header, name)
		configs = append(configs, table.ColumnConfig{Number: i + 1, Align: align, AlignHeader: align})
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(configs)
	return t
}

func (c fittedCurve) printPoints(w io.Writer) {
	t := newTable(w, text.AlignRight, "N", c.Unit, "scaling", "speed-up", "efficiency", "Karp-Flatt", "law", "miss")
	for _, p := range c.Points {
		row := table.Row{p.N, p.Throughput.text(), p.Scaling.text(), p.SpeedUp.text(), "", p.KarpFlatt.text(), "", ""}
		if p.Efficiency != nil {
			row[4] = p.Efficiency.Value.text()
		}
		if p.Fitted != nil {
			row[6], row[7] = p.Fitted.text(), fmt.Sprintf("%+.1f%%", 100*float64(*p.Residual))
		}
		t.AppendRow(row)
	}
	t.Render()
}

func (c fittedCurve) printLaw(w io.Writer) {
	l := c.Law
	t := newTable(w, text.AlignLeft, "law", "estimate", fmt.Sprintf("95%% by Student's t, %d degrees", l.DegreesOfFreedom), "95% by bootstrap")
	row := func(name string, p parameter) {
		t.AppendRow(table.Row{name, p.Value.text(), p.Student.text(), p.Bootstrap.text()})
	}
	row("lambda, "+c.Unit+" on one core", l.Lambda)
	row("sigma, contention", l.Sigma)
	if l.KappaIdentifiable {
		row("kappa, coherency", l.Kappa)
	} else {
		t.AppendRow(table.Row{"kappa, coherency", "not identifiable", l.Kappa.Student.text(), l.Kappa.Bootstrap.text()})
	}
	t.AppendRow(table.Row{"peak, N", l.Peak.text(), l.Peak.Student.text(), l.Peak.Bootstrap.text()})
	t.AppendRow(table.Row{"largest miss", miss(l.MaxResidual, l.MaxResidualN)})
	if a := l.Amdahl; a != nil {
		t.AppendSeparator()
		t.AppendRow(table.Row{"serial fraction by Amdahl", a.Serial.Value.text(), a.Serial.interval.text()})
		t.AppendRow(table.Row{"largest miss", miss(a.MaxResidual, a.MaxResidualN)})
	}
	t.Render()
	if slices.ContainsFunc(c.Points, func(p fittedPoint) bool { return p.Throughput.N > 1 }) {
		fmt.Fprintln(w, "miss: of the values' Hodges-Lehmann centre, which the law is fitted to; the throughput shown is their median")
	}
	if l.Resamples > 0 {
		fmt.Fprintf(w, "bootstrap: %d resamples of the rounds, seed %d\n", l.Resamples, l.Seed)
	}
}

func miss(share decimal, n int) string { return fmt.Sprintf("%.1f%% at N=%d", 100*float64(share), n) }

// text is a number with four digits, "" if it is none.
func (d decimal) text() string {
	v := float64(d)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 3, 64), 64)
	switch size := math.Abs(rounded); {
	case size == 0:
		return "0"
	case size >= 1e9 || size < 1e-3:
		return strconv.FormatFloat(v, 'e', 3, 64)
	default:
		return strconv.FormatFloat(v, 'f', max(0, 3-int(math.Floor(math.Log10(size)))), 64)
	}
}

func (e *estimate) text() string {
	if e == nil {
		return ""
	}
	bounds := e.interval.text()
	if bounds == "" {
		return e.Value.text()
	}
	return e.Value.text() + " " + bounds
}

// text is "" where there is no interval.
func (i *interval) text() string {
	if i == nil || i.Low.text() == "" {
		return ""
	}
	return "[" + i.Low.text() + ", " + i.High.text() + "]"
}

func (p peak) text() string {
	switch {
	case p.Beyond != nil:
		return fmt.Sprintf("beyond %d", *p.Beyond)
	case p.Below != nil:
		return fmt.Sprintf("below %d", *p.Below)
	}
	return p.Value.text()
}

func (b *peakBounds) text() string {
	if b == nil {
		return ""
	}
	low, high := b.Low.text(), b.High.text()
	if low == "" {
		low = fmt.Sprintf("beyond %d", b.largest)
	}
	switch {
	case b.Unbounded:
		high = "unbounded"
	case high == "":
		high = fmt.Sprintf("beyond %d", scaling.PeakReach*b.largest)
	}
	return "[" + low + ", " + high + "]"
}
