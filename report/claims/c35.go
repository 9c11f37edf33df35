package claims

import (
	"github.com/nonrev/nonrev/internal/result"
)

// c35 runs a Pi program of the kind that the author had measured, on the python3
// found here: his took 13.88 s in threads and 11.35 s serially on 2 cores, with
// Python 2.6.
func c35() Claim {
	return Claim{
		ID:        "C35",
		Says:      `the GIL "will improve in Python 3.2"`,
		Quote:     "the GIL itself will never go away in C-Python because of backward compatibility concerns with C-extensions, even if it will improve in Python 3.2.",
		Kind:      Measured,
		Number:    "time in threads over serial time of one Pi program on the python3 found here",
		Supported: "1.05 or less", Refuted: "1.15 or more",
		Where: "pi of python3, serial and in threads", Cores: "2",
		Profile: "python",
		parts: func(*data, int) []part {
			threads, alone := under(python("pi"), "thread", 2), under(python("pi"), result.Serial, 1)
			return []part{ratio("pi"+inThreads(2), column{threads, result.WallNS}, column{alone, result.WallNS}, atMost(1.05), atLeast(1.15))}
		},
	}
}
