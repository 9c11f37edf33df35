package claims

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
)

// A fixture makes files on which the number that decides a claim is x.
type fixture struct {
	id                          string
	cores                       int
	fill                        func(s *sheet, x float64)
	supported, refuted, unclear float64 // unclear is NaN where no number lies between
	// lack takes something away from a file, and needs is the verdict then.
	lack  func(s *sheet)
	needs string
}

var none = math.NaN()

func fixtures() []fixture {
	return []fixture{
		{
			id: "C07", cores: 2, supported: 1.02, refuted: 1.4, unclear: 1.17, needs: "needs 2 cores",
			fill: func(s *sheet, x float64) {
				for _, c := range []result.Cell{fannkuch(), {Workload: "wordcount"}} {
					s.rate(under(c, "goroutine", 2), 1000)
					s.rate(under(c, "locked", 2), 1000*x)
				}
			},
			lack: func(s *sheet) { s.only(1) },
		},
		{
			id: "C08", cores: 2, supported: 1, refuted: 5. / 6, unclear: none, needs: "needs model thread",
			fill: fillCases("C08"),
			lack: func(s *sheet) { s.without(func(c result.Cell) bool { return c.Model == "thread" }) },
		},
		{
			id: "C11", cores: 1, supported: 12. / 13, refuted: 1, unclear: none, needs: "needs workloads pi, web",
			fill: fillCases("C11"),
			lack: func(s *sheet) {
				s.without(func(c result.Cell) bool { return c.Workload == "pi" || c.Workload == "web" })
			},
		},
		{
			id: "C12", cores: 2, supported: 0.95, refuted: 0.5, unclear: 0.7, needs: "needs model thread; workload pi",
			fill: fillCeiling,
			lack: func(s *sheet) {
				s.without(func(c result.Cell) bool { return c.Workload == "pi" || c.Model == "thread" })
			},
		},
		{
			id: "C13", cores: 4, supported: 0.5, refuted: 0.02, unclear: 0.15, needs: "needs 4 cores",
			fill: fillUpdates,
			lack: func(s *sheet) { s.only(2) },
		},
		{
			id: "C19", cores: 4, supported: 1.02, refuted: 3.5, unclear: 1.3, needs: "needs model prefork",
			fill: func(s *sheet, x float64) {
				for _, c := range []result.Cell{fannkuch(), {Workload: "echo"}} {
					s.rate(under(c, "prefork", 4), 1000*x)
					s.rate(under(c, "eventloop", 4), 1000)
				}
			},
			lack: func(s *sheet) { s.without(func(c result.Cell) bool { return c.Model == "prefork" }) },
		},
		{
			id: "C24", cores: 2, supported: 40, refuted: 1.5, unclear: 5, needs: "needs 2 cores",
			fill: func(s *sheet, x float64) { fillMessages(s, x, 1.2) },
			lack: func(s *sheet) { s.only(1) },
		},
		{
			id: "C25", cores: 1, supported: 50. / 52, refuted: 40. / 52, unclear: 47. / 52, needs: "needs workload bank",
			fill: fillCases("C25"),
			lack: func(s *sheet) { s.without(func(c result.Cell) bool { return c.Workload == "bank" }) },
		},
		{
			id: "C27", cores: 4, supported: 1.3, refuted: 0.8, unclear: 1.05, needs: "needs 4 cores; model thread; workloads pi, graph, bank, santa, ring, buffer, web",
			fill: func(s *sheet, x float64) {
				for _, c := range everyWorkload()[:12] { // the last, control, has no throughput
					for i, m := range []string{"goroutine", "thread", "eventloop", "locked"} {
						s.rate(under(c, m, 4), 1000-100*float64(i))
					}
					s.rate(under(c, "subprocess", 4), 1000*x)
				}
			},
			lack: func(s *sheet) { s.only(2) },
		},
		{
			id: "C28", cores: 4, supported: 1.02, refuted: 1.8, unclear: 1.3, needs: "needs 2 cores",
			fill: func(s *sheet, x float64) { fillPython(s, x, 3.9) },
			lack: func(s *sheet) { s.only(1) },
		},
		{
			id: "C31", cores: 2, supported: 1.1, refuted: 3, unclear: 1.6, needs: "needs 2 cores",
			fill: func(s *sheet, x float64) {
				for _, c := range []result.Cell{fannkuch(), {Workload: "fannkuch", Grain: "10ms"}, {Workload: "echo", Helpers: "shared"}} {
					for i, m := range headline() {
						s.rate(under(c, m, 2), 1000*math.Pow(x, float64(i)/3))
					}
				}
			},
			lack: func(s *sheet) { s.only(1) },
		},
		{
			id: "C32", cores: 2, supported: 0.99, refuted: 0.5, unclear: 0.8, needs: "needs 2 cores",
			fill: func(s *sheet, x float64) {
				for _, c := range of("C32").Cells(2) {
					s.rate(c, map[string]float64{"eventloop": 1000 * x, "goroutine": 1000}[c.Model])
				}
			},
			lack: func(s *sheet) { s.only(1) },
		},
		{
			id: "C35", cores: 4, supported: 1.01, refuted: 1.3, unclear: 1.1, needs: "needs 2 cores",
			fill: func(s *sheet, x float64) {
				s.put(under(python("pi"), result.Serial, 1), result.WallNS, 1e7)
				s.put(under(python("pi"), "thread", 2), result.WallNS, 1e7*x)
			},
			lack: func(s *sheet) { s.only(1) },
		},
	}
}

// fillPython gives threads of python3 on 4 cores so many times the speed of the
// serial program, in pure Python and in hashlib.
func fillPython(s *sheet, pi, hash float64) {
	for i, program := range []string{"pi", "hash"} {
		s.put(under(python(program), result.Serial, 1), result.OpRate, 100)
		s.put(under(python(program), "thread", 4), result.OpRate, 100*[]float64{pi, hash}[i])
	}
}

// only leaves a run that went up to n cores.
func (s *sheet) only(n int) {
	s.cores = []int{n}
	s.without(func(c result.Cell) bool { return c.Cores > n })
}

// fillMessages has 16 MiB cost so many times what 64 B do, between processes and
// between goroutines.
func fillMessages(s *sheet, subprocess, goroutine float64) {
	for _, c := range of("C24").Cells(2) {
		ns := 1000.0
		if c.Payload == "16MiB" {
			ns *= map[string]float64{"subprocess": subprocess, "goroutine": goroutine}[c.Model]
		}
		for unit, share := range map[string]float64{result.EncodeNS: 0.1, result.CopyNS: 0.4, result.WakeNS: 0.3, result.DecodeNS: 0.2} {
			s.put(c, unit, share*ns)
		}
		s.put(c, result.BodyNS, 100*ns) // which is outside of what counts
	}
}

// fillCases gives so large a share of the cases right answers, the last ones
// wrong ones.
func fillCases(id string) func(s *sheet, x float64) {
	return func(s *sheet, x float64) {
		cases := of(id).cases
		passing := int(math.Round(x * float64(len(cases))))
		for i, c := range cases {
			c.Cores = of(id).Least()
			s.rate(c, 1000)
			if i >= passing {
				s.wrong(c)
			}
		}
	}
}

// fillCeiling has two cores do 1.9 times the work of one at best, and the
// models so large a share of that.
func fillCeiling(s *sheet, x float64) {
	for _, set := range []string{"spin", "memcpy"} {
		unit := map[string]string{"spin": result.OpRate, "memcpy": result.ByteRate}[set]
		for n, gain := range []float64{1, 1.9} {
			s.put(result.Cell{Workload: result.Probe, Set: set, Cores: n + 1}, unit, 1e9*gain)
		}
	}
	for _, c := range []result.Cell{fannkuch(), {Workload: "pi", Grain: "1ms"}, {Workload: "wordcount"}} {
		s.rate(serial(c), 1000)
		for _, m := range []string{"goroutine", "thread", "subprocess"} {
			s.rate(under(c, m, 2), 1900*x)
		}
	}
}

// fillUpdates has shared updates lose so much efficiency.
func fillUpdates(s *sheet, x float64) {
	fill := func(c result.Cell, efficiency float64) {
		s.rate(serial(c), 1000)
		for _, m := range []string{"goroutine", "subprocess", "locked"} {
			s.rate(under(c, m, 4), 4000*efficiency)
		}
	}
	fill(fannkuch(), 0.95)
	for _, workload := range []string{"counter", "bank"} {
		for _, set := range []string{"", "think:100"} {
			fill(result.Cell{Workload: workload, Set: set}, 0.95-x)
		}
	}
}

func (x fixture) sheet(number float64) *sheet {
	s := newSheet(x.cores)
	x.fill(s, number)
	return s
}

func TestVerdictFollowsTheNumber(t *testing.T) {
	for _, x := range fixtures() {
		for _, c := range []struct {
			number float64
			want   Word
		}{{x.supported, Supported}, {x.refuted, Refuted}, {x.unclear, Unclear}} {
			if math.IsNaN(c.number) {
				continue
			}
			v := verdict(x.sheet(c.number).file(), x.id)
			if v.Word != c.want {
				t.Errorf("%s at %g is %s, want %s: %s", x.id, c.number, v, c.want, v.Sentence)
			}
			says := map[Word]string{Supported: "supports the claim", Refuted: "refutes the claim", Unclear: "would support the claim"}
			for word, phrase := range says {
				if got := strings.Contains(v.Sentence, phrase); got != (word == c.want) {
					t.Errorf("%s is %s, and its sentence says %q: %v: %s", x.id, v, phrase, got, v.Sentence)
				}
			}
			if !v.Decided() || len(v.Cells) == 0 || math.IsNaN(v.Number.Value) {
				t.Errorf("%s at %g has no number or no cells: %+v", x.id, c.number, v)
			}
			if v.Claim.rule.mode == every && v.Claim.parts != nil && x.id != "C24" && math.Abs(v.Number.Value/c.number-1) > 0.02 {
				t.Errorf("%s at %g comes to %g", x.id, c.number, v.Number.Value)
			}
		}
	}
}

func TestVerdictNamesWhatItNeeds(t *testing.T) {
	for _, x := range fixtures() {
		s := x.sheet(x.supported)
		x.lack(s)
		v := verdict(s.file(), x.id)
		if v.String() != x.needs || v.Decided() || !strings.HasPrefix(v.Sentence, capital(x.needs)+". ") {
			t.Errorf("%s: %q with %q, want %q", x.id, v, v.Sentence, x.needs)
		}
		if v.Claim.parts == nil {
			continue
		}
		s = x.sheet(x.supported)
		s.rounds = MinRounds - 1
		if v := verdict(s.file(), x.id); v.String() != "needs 10 rounds" || !strings.Contains(strings.Join(v.Warnings, "\n"), "it rests on 9 rounds") {
			t.Errorf("%s on 9 rounds is %q with warnings %q", x.id, v, v.Warnings)
		}
	}
}

// Every claim that is written has a fixture for each word that it can come to.
func TestEveryWrittenClaimHasAFixture(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range fixtures() {
		seen[x.id] = true
		if x.lack == nil || math.IsNaN(x.supported) || math.IsNaN(x.refuted) {
			t.Errorf("%s lacks a fixture", x.id)
		}
		r := of(x.id).rule
		if between := r.support.Bound != r.refute.Bound || of(x.id).parts != nil; between == math.IsNaN(x.unclear) {
			t.Errorf("%s has a number between its thresholds: %v", x.id, between)
		}
	}
	for _, c := range All() {
		if c.Written() != seen[c.ID] {
			t.Errorf("%s is written: %v, has fixtures: %v", c.ID, c.Written(), seen[c.ID])
		}
	}
}

// A cell that the program has and the file has not was not asked for.
func TestWhatWasNotAskedForIsNotInThisProfile(t *testing.T) {
	for _, x := range fixtures() {
		whole := x.sheet(x.supported)
		for i, gone := range whole.plan {
			s := x.sheet(x.supported)
			s.plan, s.failures = slices.Delete(slices.Clone(whole.plan), i, i+1), nil
			f := s.file()
			if len(newData(f).coming(gone)) > 0 {
				continue // it was the last of its kind
			}
			gone.Cores, gone.Helpers = 0, ""
			if v := verdict(f, x.id); v.Word != NotInProfile || !strings.Contains(fmt.Sprint(v.Lacks), pattern(gone)) {
				t.Fatalf("%s without %s is %q: %s", x.id, gone.Name(), v, v.Sentence)
			}
		}
	}
}
