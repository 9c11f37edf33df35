// Package claims holds what the essay says as experiments, and judges a result
// file by them: every claim with its number, its thresholds and its cells, fixed
// before any of them was measured but for cells that say they were chosen later,
// and one function from a file to a verdict. No verdict is written by hand: what cannot be computed from the file
// is listed with what it waits for.
//
// The essay is Michele Simionato, "Threads, processes and concurrency in
// Python: some thoughts", Artima, 26 July 2010.
//
// A measured claim has parts, one a cell or a pair of cells, each of which lies
// on the side of its support, on that of its refutation, on neither, or is not
// decided by its own interval. A claim about behaviour has cases that pass or do
// not. A rule makes one word of them.
package claims

import (
	"slices"
	"strconv"

	"github.com/nonrev/nonrev/internal/result"
)

// Kind says what a claim is decided by.
type Kind string

// The kinds. The tally of a file counts the first two.
const (
	Measured  Kind = "measured"  // a number from timed cells
	Behaviour Kind = "behaviour" // cases with a yes or no, the number is their share
	Control   Kind = "control"   // true by our own construction: it validates the instrument
	Fact      Kind = "fact"      // a dated check with its sources, which no file decides
)

// A Claim is one thing that the essay says, with the experiment that decides it.
type Claim struct {
	ID    string // "C12"
	Says  string // what is claimed, in short
	Quote string // the essay's own words, verbatim
	Kind  Kind
	// Number is what decides, in words that go before "is 0.93".
	Number string
	// Supported and Refuted are the thresholds in words; the parts and the rule
	// carry them as numbers.
	Supported, Refuted string
	Where              string // the cells in words
	Cores              string // "2" is exactly 2, "2+" the most that were measured, "" means that cores do not matter
	// Profile is the quickest profile of nonrev run, of those with MinRounds or more,
	// that measures the cells of a claim that has a function, but for those that
	// are still to come.
	Profile string
	// Later is why its cells were chosen after some of them had been measured, ""
	// if they were chosen before: a warning of every verdict that rests on any.
	Later string
	// Waits names what a claim that has no function yet waits for; see Coming.
	Waits []string
	// Found, Date and Sources are what a fact check found, when (ISO 8601) and where.
	Found, Date string
	Sources     []string

	parts  func(d *data, n int) []part // measured: what decides, on n cores
	cases  []result.Cell               // behaviour: cells that pass or do not, on as many cores as it takes or more
	beside func(n int) []part          // what is shown beside and decides nothing
	rule   rule
}

// Written tells whether the claim has a function from a file to its verdict.
func (c Claim) Written() bool { return c.parts != nil || c.cases != nil }

// Least is the fewest cores that the claim can be judged on.
func (c Claim) Least() int {
	least := 1
	for i := range len(c.Cores) {
		if n, err := strconv.Atoi(c.Cores[:i+1]); err == nil {
			least = n
		}
	}
	return least
}

// Cells are those that decide the claim on n cores, without what differs from
// file to file: helpers=shared and codecs. Of a behaviour Cores is 0: any
// number from Least on will do. A claim that is not written has none.
func (c Claim) Cells(n int) []result.Cell {
	if c.parts == nil {
		return c.cases
	}
	var cells []result.Cell
	for _, p := range c.parts(newData(&result.File{}), n) {
		cells = append(cells, p.cells()...)
	}
	return cells
}

// WaitsFor names what there must be before the claim can be judged: of a claim
// that is written, what its cells are made of.
func (c Claim) WaitsFor() []string {
	names := slices.Clone(c.Waits)
	for _, cell := range c.Cells(c.Least()) {
		names = append(names, kinds(cell)...)
	}
	var coming []string
	for _, name := range names {
		if slices.Contains(Coming(), name) && !slices.Contains(coming, name) {
			coming = append(coming, name)
		}
	}
	return coming
}

// Names are the benchmark names of Cells, those of a behaviour without the number
// of cores.
func (c Claim) Names(n int) []string {
	var names []string
	for _, cell := range c.Cells(n) {
		if name := pattern(cell); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// All is every claim in the order of the list.
func All() []Claim {
	return []Claim{
		c01(),
		c02(),
		c03(),
		c04(),
		c05(),
		c06(),
		c07(),
		c08(),
		c09(),
		c10(),
		c11(),
		c12(),
		c13(),
		c14(),
		c15(),
		c16(),
		c17(),
		c18(),
		c19(),
		c20(),
		c21(),
		c22(),
		c23(),
		c24(),
		c25(),
		c26(),
		c27(),
		c28(),
		c29(),
		c30(),
		c31(),
		c32(),
		c33(),
		c34(),
		c35(),
		c36(),
	}
}

// A Phrase is something the essay says that no experiment can decide.
type Phrase struct{ Text, Reason string }

// Untestable are the essay's phrases that are no claims here, each with the
// reason.
func Untestable() []Phrase {
	return []Phrase{
		{"99% of the use cases", "it counts programs that nobody has sampled: a machine can be measured, what all programmers meet cannot"},
		{"a minority of the programmers", "it counts people, not cores"},
		{"it seemed that everybody was dead set against threads", "the mood at a conference of 2010, of which there is no record to measure"},
	}
}
