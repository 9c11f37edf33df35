package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/montanaflynn/stats"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/report/claims"
)

// method says how the numbers came to be and how to get them again.
func method(d *dataset) section {
	s := section{ID: "method", Title: "Method", Text: []string{
		"Every cell runs in a fresh process, bound to its CPUs where the system allows it. Every round runs every cell once, except cells given up after two failures, in a fresh random order, so slow drift of the machine meets all alike. " +
			"Each sample warms up, then repeats whole passes; answers and receipts are checked, and a wrong one fails the cell.",
		"Ratios are taken within rounds: Hodges-Lehmann estimate of the logarithms, with the exact Wilcoxon interval. Levels are medians with an interval of order statistics. " +
			"Intervals have a confidence of 95% or better, those of ratios for differences symmetric about their centre; fewer than 6 rounds give none. A sample is void only by its cause (other processes used the CPUs, or its cell answered wrongly in some round), never by its value, and drops its pair. In an interrupted run only whole rounds count, if there is one.",
		"Speed-up is throughput over that of the serial loop. Efficiency is speed-up over N, over 1 for a model with one loop. A number that was not measured is not shown.",
	}, Command: redo(d.file.Run.Command)}
	left := d.leftTable()
	for _, words := range []string{d.spent(), d.warmed(), d.aimed(), d.leftOut(left)} {
		if words != "" {
			s.Text = append(s.Text, words)
		}
	}
	if len(left.Rows) > 0 {
		s.Tables = []table{left}
	}
	return s
}

// leftOut says how much a profile leaves out of the study, as far as the file
// tells; "" for a file of another tool.
func (d *dataset) leftOut(left table) string {
	run := d.file.Run
	lacking := 0
	for _, v := range d.rulings {
		if v.Word == claims.NotInProfile {
			lacking++
		}
	}
	without := ""
	if lacking > 0 {
		without = fmt.Sprintf(" %s of the essay find no cell in this file; what each lacks stands with it.", raise(counted(lacking, "claim")))
	}
	missing := 0
	for _, l := range run.Left {
		missing += l.Missing
	}
	switch {
	case run.Version == 0:
		return ""
	case len(left.Rows) > 0:
		return fmt.Sprintf("Profile %s is a choice: of all that nonrev could measure on these core counts, %s are not in this file, as the table below says.%s", shorten(run.Profile), counted(missing, "cell"), without)
	case run.Profile == "full":
		return "Profile full leaves nothing out." + without
	}
	return fmt.Sprintf("Profile %s is a choice of what nonrev can measure. This file, of an earlier version, does not say what that leaves out.%s", shorten(run.Profile), without)
}

// leftTable is what the plan leaves out, a workload each.
func (d *dataset) leftTable() table {
	t := table{ID: "left", Title: "Not in this profile", Open: true, Columns: []string{"Work", "Cells planned", "Cells left out", "What none of its cells has"}}
	for _, l := range d.file.Run.Left {
		lacks := strings.Join(l.Lacks, "; ")
		if l.Cells == 0 {
			lacks = "not measured at all"
		}
		t.Rows = append(t.Rows, []datum{word(l.Workload), exact(plain, float64(l.Cells)), exact(plain, float64(l.Missing)), word(lacks)})
	}
	return t
}

// spent tells how much of the time of warm-ups and samples went into passes, ""
// where it was not recorded.
func (d *dataset) spent() string {
	var ran, window float64
	for _, s := range d.file.Samples {
		if !s.Cell.OfMachine() && s.RanNS > 0 && s.WindowNS > 0 {
			ran, window = ran+s.RanNS, window+s.WindowNS
		}
	}
	if window == 0 {
		return ""
	}
	return fmt.Sprintf("Of the wall time of all warm-ups and samples, %s in all, %s was spent inside passes; the rest prepared and checked them. Probes are not counted.", duration.value(window), share.value(ran/window))
}

// warmed tells how long warm-ups were, "" where it was not recorded.
func (d *dataset) warmed() string {
	var passes []float64
	for _, s := range d.file.Samples {
		if s.Warm > 0 {
			passes = append(passes, float64(s.Warm))
		}
	}
	median, err := stats.Median(passes)
	if err != nil { // there is none
		return ""
	}
	return fmt.Sprintf("A warm-up ended when its passes had become even, or at a limit: after %s in the median sample, from %.0f to %.0f.", counted(int(math.Round(median)), "pass"), slices.Min(passes), slices.Max(passes))
}

// aimed tells what the run's target of precision was and what was reached, ""
// if it had none.
func (d *dataset) aimed() string {
	run := d.file.Run
	if run.Target == 0 {
		return ""
	}
	type width struct {
		cell result.Cell
		half float64
	}
	var widths []width
	reached := 0
	for _, c := range d.cells {
		if e := scaling.Level(d.column(c, result.TaskRate)); e.Confidence > 0 {
			half := (e.High - e.Low) / 2 / e.Value
			widths = append(widths, width{c, half})
			if half <= run.Target {
				reached++
			}
		}
	}
	s := fmt.Sprintf("The target was an interval of ±%s of each cell's tasks a second; a pilot of %s, which no figure holds, chose %s for it.", percent(run.Target), counted(run.PilotRounds, "round"), counted(run.Rounds, "round"))
	if len(widths) == 0 {
		return s + " No cell has an interval, so nothing is known of what was reached."
	}
	slices.SortFunc(widths, func(a, b width) int { return cmp.Compare(a.half, b.half) })
	widest := widths[len(widths)-1]
	return s + fmt.Sprintf(" %d of %s reached it: half an interval is %s in the median cell, and %s in the widest (%s).",
		reached, counted(len(widths), "cell"), share.value(widths[len(widths)/2].half), share.value(widest.half), d.cellName(widest.cell))
}

// redo is the command line that repeats the run, quoted for a shell.
func redo(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = a
		if a == "" || strings.ContainsAny(a, " \t\n'\"\\$&|;<>()*?[]#~`!{}") {
			quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return "nonrev " + strings.Join(quoted, " ")
}
