package sweep

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// A Selection narrows and changes the cells of a profile.
type Selection struct {
	Workloads, Models []string // names; none means all
	Cores             []int    // counts; none means all that the machine has
	Set               []string // key=value, a factor of the cell or a setting of the workload
}

// Of is the profile with these cells in place of its own, and no ceilings but
// those among them.
func (p Profile) Of(cells ...result.Cell) Profile {
	p.cells, p.probed = func(Catalogue, []int) []result.Cell { return cells }, false
	return p
}

// apply lists the profile's cells that are selected, in catalogue order.
func (s Selection) apply(c Catalogue, p Profile, cores []int) ([]result.Cell, error) {
	if err := s.known(c); err != nil {
		return nil, err
	}
	cells := slices.DeleteFunc(p.Cells(c, cores), func(cell result.Cell) bool { return !s.keeps(cell) })
	if !slices.ContainsFunc(cells, isStudied) {
		return nil, fmt.Errorf("profile %s has no cell of these workloads and models: try --profile full", p.Name)
	}
	cells, err := s.change(c, cells)
	if err != nil {
		return nil, err
	}
	return c.withCodecs(cells)
}

// every lists the cells of which every profile is a choice, those of full.
func (c Catalogue) every(cores []int) ([]result.Cell, error) {
	full, err := FindProfile("full")
	if err != nil {
		return nil, err
	}
	return c.withCodecs(full.Cells(c, cores))
}

// known tells which name is of no workload or model that could be selected, and
// which workload cannot have its name.
func (s Selection) known(c Catalogue) error {
	for _, w := range c.Workloads {
		if (result.Cell{Workload: w.Name}).OfMachine() {
			return fmt.Errorf("workload %q has a name that nonrev itself uses: rename it", w.Name)
		}
	}
	list := append(c.workloadNames(), result.Exchange, result.Spawn, result.Python)
	for _, name := range s.Workloads {
		if !slices.Contains(list, name) {
			return unknown("workload", name, list)
		}
	}
	list = append(c.modelNames(), result.RawGo, result.RawC, perfModel, pythonThread, pythonProcess)
	for _, name := range s.Models {
		if !slices.Contains(list, name) {
			return unknown("model", name, list)
		}
	}
	return nil
}

// keeps tells whether a cell is selected. A start has no model: it is one of
// those who did not choose models, or asked for starts by name. The models of
// python3 are no models of ours: it must be asked for by name to choose among them.
func (s Selection) keeps(cell result.Cell) bool {
	model := selected(s.Models, cell.Model)
	if cell.Workload == result.Spawn {
		model = len(s.Models) == 0 || len(s.Workloads) > 0
	}
	if cell.Workload == result.Python {
		model = len(s.Models) == 0 || len(s.Workloads) > 0 && model
	}
	return cell.Workload == result.Probe || model && selected(s.Workloads, cell.Workload)
}

// isStudied tells that a cell is no ceiling, which is measured beside others.
func isStudied(cell result.Cell) bool { return cell.Workload != result.Probe }

// withCodecs marks the cells whose values cross process boundaries in another
// way than the default.
func (c Catalogue) withCodecs(cells []result.Cell) ([]result.Cell, error) {
	for i, cell := range cells {
		if cell.OfMachine() {
			continue
		}
		w, err := c.Workload(cell.Workload)
		if err != nil {
			return nil, err
		}
		m, err := c.Model(cell.Model)
		if err != nil {
			return nil, err
		}
		for _, t := range w.Tasks {
			if len(m.Transports) > 0 && t.Codec() != defaultCodec {
				cells[i].Codec = t.Codec()
			}
		}
	}
	return cells, nil
}

// defaultCodec is what a cell does not spell.
const defaultCodec = "binary"

func selected(names []string, name string) bool {
	return len(names) == 0 || slices.Contains(names, name)
}

// change applies the settings. A key given several times asks for every value.
// Cells to which a setting means nothing stay as they are, unless that is all.
func (s Selection) change(c Catalogue, cells []result.Cell) ([]result.Cell, error) {
	keys, values, err := settings(s.Set)
	if err != nil {
		return nil, err
	}
	known := c.settingNames()
	for _, key := range keys {
		if !slices.Contains(known, key) {
			return nil, fmt.Errorf("--set: %w", unknown("setting", key, known))
		}
		var changed []result.Cell
		var reasons []string
		some := false
		for _, cell := range cells {
			variants, err := c.variants(cell, key, values[key])
			switch {
			case err == nil:
				some = true
			case errors.As(err, new(inapplicableError)):
				if !slices.Contains(reasons, err.Error()) {
					reasons = append(reasons, err.Error())
				}
				variants = []result.Cell{cell}
			default:
				return nil, fmt.Errorf("--set %s: %v", key, err)
			}
			changed = append(changed, variants...)
		}
		if !some {
			return nil, fmt.Errorf("--set %s: %s", key, strings.Join(reasons, "; "))
		}
		cells = changed
	}
	return unique(cells), nil
}

// settingNames are the keys that mean something to some cell.
func (c Catalogue) settingNames() []string {
	names := []string{"grain", "payload", "state", "transport", "codec", "host", "placement", "batch", "prefetch", "inflight", "value"}
	for _, w := range c.Workloads {
		for _, k := range w.Knobs {
			if !slices.Contains(names, k.Name) {
				names = append(names, k.Name)
			}
		}
	}
	return names
}

// inapplicableError is a setting that means nothing to a cell.
type inapplicableError struct{ error }

func inapplicable(format string, args ...any) error {
	return inapplicableError{fmt.Errorf(format, args...)}
}

// settings reads key=value pairs; the keys come in the order of the command.
func settings(set []string) (keys []string, values map[string][]string, err error) {
	values = map[string][]string{}
	for _, pair := range set {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" || value == "" {
			return nil, nil, fmt.Errorf("--set %q: write key=value", pair)
		}
		if values[key] == nil {
			keys = append(keys, key)
		}
		values[key] = append(values[key], value)
	}
	return keys, values, nil
}

// variants is the cell with each value of the setting that means something to it.
func (c Catalogue) variants(cell result.Cell, key string, values []string) ([]result.Cell, error) {
	var variants []result.Cell
	var reason error
	for _, value := range values {
		v, err := c.with(cell, key, value)
		switch {
		case err == nil:
			variants = append(variants, v)
		case errors.As(err, new(inapplicableError)):
			reason = err
		default:
			return nil, err
		}
	}
	if len(variants) == 0 {
		return nil, reason
	}
	return variants, nil
}

// with is the cell with one factor or setting changed.
func (c Catalogue) with(cell result.Cell, key, value string) (result.Cell, error) {
	switch cell.Workload {
	case result.Probe, result.Spawn, result.Python:
		return cell, inapplicable("a %s has no settings", cell.Workload)
	case result.Exchange:
		return withExchange(cell, key, value)
	}
	w, err := c.Workload(cell.Workload)
	if err != nil {
		return cell, err
	}
	m, err := c.Model(cell.Model)
	if err != nil {
		return cell, err
	}
	return withFactor(cell, w, m, key, value)
}

func withFactor(cell result.Cell, w workloads.Workload, m runners.Model, key, value string) (result.Cell, error) {
	var err error
	switch key {
	case "codec", "placement":
		return cell, inapplicable("%s has no choice of %s", w.Name, key)
	case "grain":
		cell.Grain, err = value, listed(w, key, w.Grains)
	case "payload":
		cell.Payload, err = value, listed(w, key, w.Payloads)
	case "state":
		if !w.Declares(workloads.Cells) {
			return cell, inapplicable("%s has no shared cells", w.Name)
		}
		cell.State, err = choice(m, key, value, m.States)
	case "transport":
		cell.Transport, err = choice(m, key, value, m.Transports)
	case "host":
		cell.Host, err = choice(m, key, value, m.Hosts)
	case "batch":
		if len(m.Transports) == 0 {
			return cell, inapplicable("%s sends nothing between processes", m.Name)
		}
		cell.Batch, err = count(key, value, 1)
	case "prefetch":
		if !m.Queues {
			return cell, inapplicable("%s queues nothing for a worker", m.Name)
		}
		cell.Prefetch, err = count(key, value, 1)
	case "inflight":
		if m.Serial {
			return cell, inapplicable("%s runs one task after the other", m.Name)
		}
		if !w.IO {
			return cell, inapplicable("%s has one task in flight a core: prefetch queues more", w.Name)
		}
		cell.InFlight, err = count(key, value, w.InFlight)
	default:
		return withKnob(w, cell, key, value)
	}
	if err == nil {
		_, err = params(w, cell)
	}
	return cell, err
}

func listed(w workloads.Workload, key string, list []string) error {
	if len(list) == 0 {
		return inapplicable("%s has no %s", w.Name, key)
	}
	return nil
}

// choice is the value as a cell spells it: "" for the default, the first known.
func choice(m runners.Model, key, value string, known []string) (string, error) {
	switch i := slices.Index(known, value); {
	case len(known) == 0:
		return "", inapplicable("%s has no %s", m.Name, key)
	case i < 0:
		return "", inapplicable("%s has no %s %q; it has %s", m.Name, key, value, strings.Join(known, ", "))
	case i == 0:
		return "", nil
	}
	return value, nil
}

// count reads a number of 1 or more, 0 if it is the default.
func count(key, value string, own int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s=%s is not a number of 1 or more", key, value)
	}
	if n == own {
		return 0, nil
	}
	return n, nil
}

// withKnob is the cell with a setting of its workload.
func withKnob(w workloads.Workload, cell result.Cell, key, value string) (result.Cell, error) {
	if !slices.ContainsFunc(w.Knobs, func(k workloads.Knob) bool { return k.Name == key }) {
		return cell, inapplicable("%s has no setting %q%s", w.Name, key, knobList(w))
	}
	if cell.Set != "" {
		cell.Set += ","
	}
	cell.Set += key + ":" + value
	p, err := params(w, cell)
	if err != nil {
		return cell, err
	}
	cell.Set = p.Set()
	return cell, nil
}

func knobList(w workloads.Workload) string {
	var names []string
	for _, k := range w.Knobs {
		names = append(names, k.Name)
	}
	if len(names) == 0 {
		return ""
	}
	return "; it has " + strings.Join(names, ", ")
}

// unique drops later copies of equal cells.
func unique(cells []result.Cell) []result.Cell {
	seen := map[result.Cell]bool{}
	return slices.DeleteFunc(cells, func(c result.Cell) bool {
		was := seen[c]
		seen[c] = true
		return was
	})
}
