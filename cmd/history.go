package cmd

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/nonrev/nonrev/internal/gate"
	"github.com/nonrev/nonrev/report"
)

func newHistory() *cobra.Command {
	var add []string
	var format string
	c := &cobra.Command{
		Use:   "history DIR",
		Short: "Show stored result files of each machine as a trend",
		Long: fmt.Sprintf(`Show every cell of the result files below a directory over time, machine by
machine, with 95%% intervals; --format html is a page of charts that needs no
other file. A file is marked worse or better than the one before it if the
intervals are apart and the medians further than what sessions of equal builds
differ by: %.0f%%, and %.0f%% of cells that pass messages or allocate much.

--add FILE copies a file of nonrev run or nonrev gate into the directory first,
below the name of its machine and under that of its time. So stored, files are
the baseline of nonrev compare DIR NEW.`, 100*gate.Floor, 100*gate.LooseFloor),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("give one directory, such as results")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			print, known := historyFormats[format]
			if !known {
				return fmt.Errorf("--format %s: choose text, markdown, html, json or csv", format)
			}
			for _, path := range add {
				to, err := gate.Store(path, args[0])
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.ErrOrStderr(), "stored:", to)
			}
			trends, warnings, err := gate.History(args[0])
			printWarnings(cmd.ErrOrStderr(), printables(warnings))
			if err != nil {
				return err
			}
			return print(cmd.OutOrStdout(), trends)
		},
	}
	c.Flags().StringSliceVar(&add, "add", nil, "store these files first")
	c.Flags().StringVar(&format, "format", "text", "text, markdown, html, json or csv")
	return c
}

var historyFormats = map[string]func(io.Writer, []gate.Trend) error{
	"text": func(w io.Writer, trends []gate.Trend) error {
		eachMachine(trends, func(machine string, t []gate.Trend) {
			fmt.Fprintln(w, machine)
			historyTable(w, t).Render()
		})
		return nil
	},
	"markdown": func(w io.Writer, trends []gate.Trend) error {
		eachMachine(trends, func(machine string, t []gate.Trend) {
			fmt.Fprintf(w, "### %s\n\n", machine)
			historyTable(w, t).RenderMarkdown()
			fmt.Fprintln(w)
		})
		return nil
	},
	"html": func(w io.Writer, trends []gate.Trend) error { return report.WriteTrends(w, drawn(trends)) },
	"json": func(w io.Writer, trends []gate.Trend) error { return encodeJSON(w, newTrends(trends)) },
	"csv":  historyCSV,
}

// drawn are the trends as a page takes them.
func drawn(trends []gate.Trend) []report.Trend {
	var out []report.Trend
	for _, t := range trends {
		r := report.Trend{Machine: t.Machine, Cell: t.Cell, Unit: t.Metric.Unit}
		for _, p := range t.Points {
			r.Runs = append(r.Runs, report.TrendRun{Start: p.Start, Version: p.Tool, Level: p.Level, Change: p.Change})
		}
		out = append(out, r)
	}
	return out
}

// eachMachine calls f with the trends of each machine, which stand together.
func eachMachine(trends []gate.Trend, f func(machine string, trends []gate.Trend)) {
	for start := 0; start < len(trends); {
		end := start
		for end < len(trends) && trends[end].Machine == trends[start].Machine {
			end++
		}
		f(trends[start].Machine, trends[start:end])
		start = end
	}
}

func historyTable(w io.Writer, trends []gate.Trend) table.Writer {
	t := newTable(w, text.AlignLeft, "cell", "unit", "start", "version", "median", "against the one before", "change")
	for _, trend := range trends {
		for i, p := range trend.Points {
			step := ""
			if i > 0 {
				step = change(p.Level.Value / trend.Points[i-1].Level.Value)
			}
			t.AppendRow(table.Row{trend.Cell.Name(), trend.Metric.Unit, printable(p.Start), printable(p.Tool), newEstimate(p.Level).text(), step, p.Change})
		}
		t.AppendSeparator()
	}
	return t
}

// A trendJSON is a gate.Trend as it is printed.
type trendJSON struct {
	Machine string      `json:"machine"`
	Cell    string      `json:"cell"`
	Unit    string      `json:"unit"`
	Points  []pointJSON `json:"points"`
}

type pointJSON struct {
	File    string    `json:"file"`
	Start   string    `json:"start"`
	Version string    `json:"version"`
	Level   *estimate `json:"median"`
	Change  string    `json:"change,omitempty"`
}

func newTrends(trends []gate.Trend) []trendJSON {
	var out []trendJSON
	for _, t := range trends {
		j := trendJSON{Machine: t.Machine, Cell: t.Cell.Name(), Unit: t.Metric.Unit}
		for _, p := range t.Points {
			j.Points = append(j.Points, pointJSON{p.File, p.Start, p.Tool, newEstimate(p.Level), p.Change})
		}
		out = append(out, j)
	}
	return out
}

func historyCSV(w io.Writer, trends []gate.Trend) error {
	rows := [][]string{{"machine", "cell", "unit", "start", "version", "file", "median", "low", "high", "confidence", "change"}}
	for _, t := range trends {
		for _, p := range t.Points {
			rows = append(rows, []string{
				t.Machine, t.Cell.Name(), t.Metric.Unit, p.Start, p.Tool, p.File,
				digits(p.Level.Value), digits(p.Level.Low), digits(p.Level.High), digits(p.Level.Confidence), p.Change,
			})
		}
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// digits is a number in a table for machines, nothing if it is none.
func digits(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 8, 64)
}
