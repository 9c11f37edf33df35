package claims

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/nonrev/nonrev/internal/result"
)

// A sheet is what a made-up run measured: a value a cell and unit, around which
// the rounds scatter by a hundredth. It says nothing about any machine.
type sheet struct {
	rounds   int
	cores    []int
	plan     []result.Cell
	values   map[result.Cell][]result.Value
	failures []result.Failure
}

func newSheet(most int) *sheet {
	return &sheet{rounds: 20, cores: []int{1, most}, values: map[result.Cell][]result.Value{}}
}

func (s *sheet) put(c result.Cell, unit string, x float64) {
	if !slices.Contains(s.plan, c) {
		s.plan = append(s.plan, c)
	}
	s.values[c] = append(s.values[c], result.Value{Unit: unit, Value: x})
}

func (s *sheet) rate(c result.Cell, x float64) { s.put(c, result.TaskRate, x) }

func (s *sheet) wrong(c result.Cell) {
	s.failures = append(s.failures, result.Failure{Cell: c, Kind: result.WrongAnswer, Text: "5 instead of 4"})
}

// without takes cells out of the plan.
func (s *sheet) without(drop func(c result.Cell) bool) {
	s.plan = slices.DeleteFunc(s.plan, drop)
}

// file is the sheet as a run wrote it and File.Judge left it.
func (s *sheet) file() *result.File {
	f := &result.File{
		Path: "made-up/bench.txt", Plan: s.plan, Failures: s.failures,
		Run: result.Run{
			Version: 1, Profile: "default", Rounds: s.rounds, Cores: s.cores, CPU: "Made-up CPU", OneLoop: []string{"serial", "eventloop"}, IO: []string{"echo"},
			Ceiling: map[string]string{"fannkuch": "spin", "wordcount": "memcpy"},
		},
	}
	r := rand.New(rand.NewPCG(1, 7))
	for _, c := range s.plan {
		for round := range s.rounds {
			x := result.Sample{Cell: c, Round: round, Passes: 7}
			for _, v := range s.values[c] {
				x.Values = append(x.Values, result.Value{Unit: v.Unit, Value: v.Value * math.Exp(0.01*r.NormFloat64())})
			}
			f.Samples = append(f.Samples, x)
		}
	}
	f.Judge()
	return f
}

// of looks a claim up.
func of(id string) Claim {
	all := All()
	return all[slices.IndexFunc(all, func(c Claim) bool { return c.ID == id })]
}

// verdict is what a file says of a claim.
func verdict(f *result.File, id string) Verdict { return of(id).judge(newData(f)) }
