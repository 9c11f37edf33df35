package cmd

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// print writes the report as tables.
func (r fitReport) print(w io.Writer) {
	for i, f := range r.Files {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s: least squares of %s errors\n", f.Path, r.Weights)
		printWarnings(w, f.Warnings)
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
	printWarnings(w, c.Warnings)
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
	l, largest := c.Law, c.Points[len(c.Points)-1].N
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
	t.AppendRow(table.Row{"peak, N", l.Peak.text(), l.Peak.Student.text(largest), l.Peak.Bootstrap.text(largest)})
	t.AppendRow(table.Row{"largest miss", miss(l.MaxResidual, l.MaxResidualN)})
	t.AppendSeparator()
	t.AppendRow(table.Row{"serial fraction by Amdahl", l.Amdahl.Serial.Value.text(), l.Amdahl.Serial.interval.text()})
	t.AppendRow(table.Row{"largest miss", miss(l.Amdahl.MaxResidual, l.Amdahl.MaxResidualN)})
	t.Render()
	if l.Resamples > 0 {
		fmt.Fprintf(w, "bootstrap: %d resamples of the rounds, seed %d\n", l.Resamples, l.Seed)
	}
}

func miss(share decimal, n int) string { return fmt.Sprintf("%.1f%% at N=%d", 100*float64(share), n) }

// text is a number with four digits, "" if it is none.
func (d decimal) text() string {
	v := float64(d)
	size := math.Abs(v)
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return ""
	case v == 0:
		return "0"
	case size >= 1e9 || size < 1e-3:
		return strconv.FormatFloat(v, 'e', 3, 64)
	}
	return strconv.FormatFloat(v, 'f', max(0, 3-int(math.Floor(math.Log10(size)))), 64)
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
	if p.Beyond != nil {
		return fmt.Sprintf("beyond %d", *p.Beyond)
	}
	return p.Value.text()
}

func (b *peakBounds) text(largest int) string {
	if b == nil {
		return ""
	}
	ends := []string{b.Low.text(), b.High.text()}
	for i := range ends {
		if ends[i] == "" {
			ends[i] = fmt.Sprintf("beyond %d", largest)
		}
	}
	if b.Unbounded {
		ends[1] = "unbounded"
	}
	return "[" + ends[0] + ", " + ends[1] + "]"
}
