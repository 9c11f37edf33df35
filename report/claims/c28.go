package claims

import (
	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
)

// c28 runs pure Python and a C extension in threads of python3. Processes of it
// stand beside, and so will the model gil of ours, as the control.
func c28() Claim {
	return Claim{
		ID:        "C28",
		Says:      "the GIL hurts CPU-bound programs; C extensions can release it",
		Quote:     "the GIL affects CPU-dominated applications, and typically CPU-dominated applications such as computations are not done in pure Python, but in C-extensions which can release the GIL as they like.",
		Kind:      Measured,
		Number:    "the speed of N threads of python3 (GIL build) over serial, in pure Python, and divided by N in hashlib on large buffers",
		Supported: "1.1 or less in pure Python and 0.85 or more, of N, in hashlib", Refuted: "1.5 or more in pure Python",
		Where: "pi, hash of python3, serial and in threads; our model gil as control beside, still to come", Cores: "2+",
		Profile: "python",
		parts: func(_ *data, n int) []part {
			return []part{
				ratio("pi"+inThreads(n), threads("pi", n), alone("pi"), atMost(1.1), atLeast(1.5)),
				{
					what: "hash" + inThreads(n), takes: []column{threads("hash", n), alone("hash")}, support: atLeast(0.85),
					number: func(v [][]float64) scaling.Estimate {
						return scaling.Ratio(v[0], scaling.Combine(func(v []float64) float64 { return float64(n) * v[0] }, v[1]))
					},
				},
			}
		},
		beside: func(n int) []part {
			processes := column{under(python("pi"), "process", n), result.OpRate}
			return []part{
				ratio("the speed of pi in processes of python3 on "+cores(n)+" over serial", processes, alone("pi"), Side{}, Side{}),
				ratio("the speed of "+doing(under(fannkuch(), "gil", n))+" over serial", rate(under(fannkuch(), "gil", n)), rate(serial(fannkuch())), Side{}, Side{}),
			}
		},
	}
}

// python is a program of the python3 that was found.
func python(program string) result.Cell {
	return result.Cell{Workload: result.Python, Set: program}
}

// threads is the speed of a program in threads of python3.
func threads(program string, n int) column {
	return column{under(python(program), "thread", n), result.OpRate}
}

// alone is the speed of a program in the one thread of python3.
func alone(program string) column {
	return column{under(python(program), result.Serial, 1), result.OpRate}
}

func inThreads(n int) string { return " in threads of python3 on " + cores(n) }
