package cmd

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/sweep"
	"github.com/nonrev/nonrev/report/claims"
	"github.com/nonrev/nonrev/runners"
)

// An item is one line of a list.
type item struct {
	Name    string   `json:"name"`
	Doc     string   `json:"doc"`
	Details []string `json:"details,omitempty"`
}

func newList(c sweep.Catalogue) *cobra.Command {
	list := &cobra.Command{
		Use:   "list",
		Short: "List workloads, models, claims or profiles",
		Args:  onlySubcommands,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	list.AddCommand(
		newListOf("workloads", "List what is done, with its settings", workloadItems(c)),
		newListOf("models", "List how work is spread, with the forms of each", modelItems(c)),
		newListOf("claims", "List what the essay says, with what decides each claim", claimItems()),
		newListOf("profiles", "List what a run measures", profileItems()),
	)
	return list
}

// listWidth is that of the column of prose.
const listWidth = 140

func newListOf(name, short string, items []item) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				e := json.NewEncoder(cmd.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(items)
			}
			t := table.NewWriter()
			t.SetOutputMirror(cmd.OutOrStdout())
			t.SetStyle(plain())
			for _, i := range items {
				t.AppendRow(table.Row{i.Name, wrapped(append([]string{i.Doc}, i.Details...), listWidth)})
				t.AppendSeparator()
			}
			t.Render()
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

// wrapped joins lines, none longer than the width.
func wrapped(lines []string, width int) string {
	for i, l := range lines {
		lines[i] = text.WrapSoft(l, width)
	}
	return strings.Join(lines, "\n")
}

func workloadItems(c sweep.Catalogue) []item {
	items := make([]item, len(c.Workloads))
	for i, w := range c.Workloads {
		items[i] = item{Name: w.Name, Doc: w.Doc}
		items[i].detail("grain", w.Grains)
		items[i].detail("payload", w.Payloads)
		for _, k := range w.Knobs {
			items[i].Details = append(items[i].Details,
				fmt.Sprintf("%s: %s (%d to %d, default %d)", k.Name, k.Doc, k.Min, k.Max, k.Default))
		}
	}
	return append(items, exchangeItem(), spawnItem(), pythonItem())
}

// exchangeItem is what passes messages without a crew.
func exchangeItem() item {
	i := item{Name: result.Exchange, Doc: "pairs that pass messages, a payload there and a word back, without a crew; beside them the bare mechanism"}
	i.detail("payload", sweep.ExchangePayloads())
	for _, m := range sweep.ExchangeModels() {
		i.detail("transport of model "+m, runners.ExchangeTransports(m))
	}
	i.detail("codec of model subprocess", runners.Codecs())
	i.detail("value", []string{"flat", "record (nested fields, 1 KiB)"})
	i.detail("placement", []string{result.SameCPU + " (both on one CPU)", result.TwoCPUs + " (two CPUs)", result.TwoNodes + " (two NUMA nodes)"})
	return i
}

func spawnItem() item {
	i := item{Name: result.Spawn, Doc: "what it costs to start something that tasks can run in, until it is known to have run and ended"}
	i.detail("set", runners.Spawns())
	return i
}

func pythonItem() item {
	i := item{Name: result.Python, Doc: "one small program of the python3 found here: Monte Carlo in pure Python, or hashing, which C code does"}
	i.detail("set", sweep.PythonPrograms())
	i.detail("model", sweep.PythonModels())
	return i
}

func modelItems(c sweep.Catalogue) []item {
	items := make([]item, len(c.Models))
	for i, m := range c.Models {
		items[i] = item{Name: m.Name, Doc: m.Doc}
		items[i].detail("state", m.States)
		items[i].detail("transport", m.Transports)
		items[i].detail("host", m.Hosts)
	}
	return items
}

func claimItems() []item {
	var items []item
	for _, c := range claims.All() {
		i := item{Name: c.ID, Doc: c.Says}
		i.detail("kind", []string{string(c.Kind)})
		if c.Kind == claims.Fact {
			i.detail("found", []string{c.Found})
			i.detail("looked up", append([]string{c.Date}, c.Sources...))
		} else {
			i.detail("decides", []string{c.Number})
			i.detail("supported", []string{c.Supported})
			i.detail("refuted", []string{c.Refuted})
			i.detail("cells", []string{c.Where})
			i.detail("cores", []string{c.Cores})
		}
		i.detail("benchmarks on the fewest cores", c.Names(c.Least()))
		if c.Written() {
			i.detail("profile", []string{c.Profile})
		}
		i.detail("waits for", c.WaitsFor())
		items = append(items, i)
	}
	return items
}

func profileItems() []item {
	var items []item
	for _, p := range sweep.Profiles() {
		items = append(items, item{Name: p.Name, Doc: p.Doc, Details: []string{
			fmt.Sprintf("%d rounds of %v after a warm-up of %v", p.Rounds, p.Duration, p.WarmUp),
		}})
	}
	return items
}

// detail adds the values of a factor, the default first.
func (i *item) detail(name string, values []string) {
	if len(values) > 0 {
		i.Details = append(i.Details, name+": "+strings.Join(values, ", "))
	}
}

// plain is a table style that leaves names as they are written.
func plain() table.Style {
	s := table.StyleLight
	s.Format.Header = text.FormatDefault
	return s
}
