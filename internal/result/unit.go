package result

import "slices"

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
	{PeakRSS, "better", "lower"},
	{Pass, "assume", "exact"},
}

// rank is the place of a unit on a line; units that are not known come last.
func rank(unit string) int {
	for i, u := range units {
		if u.name == unit {
			return i
		}
	}
	return len(units)
}

// sorted returns the values in the order of units.
func sorted(values []Value) []Value {
	byRank := func(a, b Value) int { return rank(a.Unit) - rank(b.Unit) }
	if slices.IsSortedFunc(values, byRank) {
		return values
	}
	return slices.SortedStableFunc(slices.Values(values), byRank)
}
