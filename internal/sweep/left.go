package sweep

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
)

// A trait is what cells can have in common: the value of a factor, or those of
// two factors; then the second is not zero.
type trait [2]struct{ key, value string }

// leftOut says what a plan leaves out of all cells that could be measured, a
// workload each: values that none of its cells has, then pairs of values that
// none has together, those that explain most first, and how many cells more.
func leftOut(all, plan []result.Cell) []result.Left {
	var out []result.Left
	planned, missing := map[string][]result.Cell{}, map[string][]result.Cell{}
	is := map[result.Cell]bool{}
	for _, c := range plan {
		planned[c.Workload], is[c] = append(planned[c.Workload], c), true
	}
	var order []string
	for _, c := range all {
		if is[c] {
			continue
		}
		if missing[c.Workload] == nil {
			order = append(order, c.Workload)
		}
		missing[c.Workload] = append(missing[c.Workload], c)
	}
	for _, w := range order {
		l := result.Left{Workload: w, Cells: len(planned[w]), Missing: len(missing[w])}
		if l.Cells > 0 {
			l.Lacks = lacks(missing[w], planned[w])
		}
		out = append(out, l)
	}
	return out
}

// lacks explains missing cells by what no planned one has.
func lacks(missing, planned []result.Cell) []string {
	var out []string
	for _, traits := range []func(result.Cell) []trait{alone, jointly} {
		found := map[trait]bool{}
		for _, c := range planned {
			for _, t := range traits(c) {
				found[t] = true
			}
		}
		var order []trait
		explains := map[trait][]int{}
		for i, c := range missing {
			for _, t := range traits(c) {
				if found[t] {
					continue
				}
				if explains[t] == nil {
					order = append(order, t)
				}
				explains[t] = append(explains[t], i)
			}
		}
		slices.SortStableFunc(order, func(a, b trait) int { return cmp.Compare(len(explains[b]), len(explains[a])) })
		explained := map[int]bool{}
		var told []trait
		for _, t := range order {
			if slices.ContainsFunc(explains[t], func(i int) bool { return !explained[i] }) {
				told = append(told, t)
			}
			for _, i := range explains[t] {
				explained[i] = true
			}
		}
		out = append(out, spelled(told)...)
		var rest []result.Cell
		for i, c := range missing {
			if !explained[i] {
				rest = append(rest, c)
			}
		}
		missing = rest
	}
	if n := len(missing); n > 0 {
		out = append(out, fmt.Sprintf("other combinations: %d", n))
	}
	return out
}

// alone are the values of a cell's factors.
func alone(c result.Cell) []trait {
	var out []trait
	for key, value := range c.Factors() {
		out = append(out, trait{{key, value}})
	}
	return out
}

// jointly are the values of any two of its factors.
func jointly(c result.Cell) []trait {
	var out []trait
	one := alone(c)
	for i, a := range one {
		for _, b := range one[i+1:] {
			out = append(out, trait{a[0], b[0]})
		}
	}
	return out
}

// spelled gathers traits that differ by one value: "inflight 4, 16 with payload
// 4KiB, 1MiB".
func spelled(traits []trait) []string {
	type group struct{ keys, seconds string }
	seconds := map[trait][]string{} // of each first, under each second key
	var firsts []trait
	for _, t := range traits {
		first := t
		first[1].value = ""
		if seconds[first] == nil {
			firsts = append(firsts, first)
		}
		seconds[first] = append(seconds[first], t[1].value)
	}
	values := map[group][]string{}
	var order []group
	for _, first := range firsts {
		g := group{first[0].key, ""}
		if first[1].key != "" {
			g.seconds = " with " + first[1].key + " " + strings.Join(seconds[first], ", ")
		}
		if values[g] == nil {
			order = append(order, g)
		}
		values[g] = append(values[g], first[0].value)
	}
	var out []string
	for _, g := range order {
		out = append(out, g.keys+" "+strings.Join(values[g], ", ")+g.seconds)
	}
	return out
}
