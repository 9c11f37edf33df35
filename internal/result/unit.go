package result

import (
	"fmt"
	"slices"
	"strings"
)

// units is the order of the values on a line, with what other readers must
// know of them: which way is better and, for a behaviour, that it has no
// spread.
var units = [...]struct{ name, key, value string }{
	{WallNS, "better", "lower"},
	{TaskRate, "better", "higher"},
	{ByteRate, "better", "higher"},
	{OpRate, "better", "higher"},
	{OverheadNS, "better", "lower"},
	{IPCNS, "better", "lower"},
	{IPCBytes, "better", "lower"},
	{EncodeNS, "better", "lower"},
	{CopyNS, "better", "lower"},
	{WakeNS, "better", "lower"},
	{DecodeNS, "better", "lower"},
	{LockNS, "better", "lower"},
	{IdleNS, "better", "lower"},
	{BodyNS, "better", "lower"},
	{CPUNS, "better", "lower"},
	{GCNS, "better", "lower"},
	{StartNS, "better", "lower"},
	{P50NS, "better", "lower"},
	{P90NS, "better", "lower"},
	{P99NS, "better", "lower"},
	{P999NS, "better", "lower"},
	{MaxNS, "better", "lower"},
	{Switches, "better", "lower"},
	{RunQueueNS, "better", "lower"},
	{Allocs, "better", "lower"},
	{PeakRSS, "better", "lower"},
	{Pass, "assume", "exact"},
}

// rank is the place of a unit on a line; units that are not known come last.
func rank(unit string) int {
	if i, known := ranks[unit]; known {
		return i
	}
	return len(units)
}

// ranks are the places of the units that are known.
var ranks = func() map[string]int {
	places := map[string]int{}
	for i, u := range units {
		places[u.name] = i
	}
	return places
}()

// A shape is the units of a sample and what is known of them. The samples of
// a cell share one, so that its units are looked at once.
type shape struct {
	units []string
	ranks []int
	order []int // on a line: the places of the values
}

// fit makes sh the shape of values, unless it is so already.
func (sh *shape) fit(values []Value) error {
	if sh.fits(values) {
		return nil
	}
	n := len(values)
	next := shape{make([]string, n), make([]int, n), make([]int, n)}
	for i, v := range values {
		if v.Unit == "" || !plain(v.Unit) && strings.ContainsFunc(v.Unit, forbidden) {
			return fmt.Errorf("unit %q is empty or holds a space", v.Unit)
		}
		if slices.Contains(next.units[:i], v.Unit) {
			return fmt.Errorf("two values in %s", v.Unit)
		}
		next.units[i], next.ranks[i], next.order[i] = v.Unit, rank(v.Unit), i
	}
	slices.SortStableFunc(next.order, func(a, b int) int { return next.ranks[a] - next.ranks[b] })
	*sh = next
	return nil
}

func (sh shape) fits(values []Value) bool {
	if len(values) != len(sh.units) {
		return false
	}
	for i, v := range values {
		if v.Unit != sh.units[i] {
			return false
		}
	}
	return true
}
