package report

import "strings"

// method says how the numbers came to be and how to get them again.
func method(d *dataset) section {
	return section{ID: "method", Title: "Method", Text: []string{
		"Every cell runs in a fresh process, bound to its CPUs where the system allows it. Every round runs every cell once, except cells given up after two failures, in a fresh random order, so slow drift of the machine meets all alike. " +
			"Each sample warms up, then repeats whole passes; answers and receipts are checked, and a wrong one fails the cell.",
		"Ratios are taken within rounds: Hodges-Lehmann estimate of the logarithms, with the exact Wilcoxon interval. Levels are medians with an interval of order statistics. " +
			"Intervals have a confidence of 95% or better, those of ratios for differences symmetric about their centre; fewer than 6 rounds give none. A sample is void only by its cause (other processes used the CPUs, or its cell answered wrongly in some round), never by its value, and drops its pair. In an interrupted run only whole rounds count, if there is one.",
		"Speed-up is throughput over that of the serial loop. Efficiency is speed-up over N, over 1 for a model with one loop. A number that was not measured is not shown.",
	}, Command: redo(d.file.Run.Command)}
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
