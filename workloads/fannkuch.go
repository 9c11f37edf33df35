package workloads

import (
	"encoding/binary"
	"fmt"
)

var le = binary.LittleEndian

// Fannkuch is CPU-bound work without memory traffic: count pancake flips over
// all permutations of n numbers (Anderson and Rettig, "Performing Lisp analysis
// of the FANNKUCH benchmark", 1994).
func Fannkuch() Workload {
	return Workload{
		Name:    "fannkuch",
		Doc:     "CPU-bound: pancake flips over all permutations of n numbers, cut into tasks of one grain",
		Tasks:   []Task{fannkuchTask()},
		Knobs:   []Knob{{"n", "numbers permuted; a pass is all n! permutations, or several times all of them", 9, 3, 12}},
		Grains:  fannkuchGrains(),
		Ceiling: "spin",
		Prepare: prepareFannkuch,
	}
}

// fannkuchGrain is how many permutations a task of a grain visits. The amount
// of work is fixed: it is the label that is nominal, and the measured serial
// time of a task is reported beside it. The rule: a permutation counts as 33
// ns, and the number is the nearest, down to a tenth less, that shares so many
// factors with 9! that few cycles make whole tasks. Below 1 us the 150 ns that
// it takes to find the first permutation count as well, which no task can do
// without: hence none of 100 ns.
var fannkuchGrain = map[string]int{
	"null":  0,
	"200ns": 2,
	"500ns": 10,
	"1us":   30,
	"2us":   60,
	"5us":   144,
	"10us":  288,
	"20us":  576,
	"50us":  1512,
	"100us": 3024,
	"200us": 6048,
	"500us": 15120,
	"1ms":   30240,
	"2ms":   60480,
	"5ms":   136080,
	"10ms":  272160,
	"100ms": 2721600,
	"1s":    27216000,
}

func fannkuchGrains() []string {
	return []string{
		"null", "200ns", "500ns", "1us", "2us", "5us", "10us", "20us", "50us", "100us", "200us", "500us",
		"1ms", "2ms", "5ms", "10ms", "100ms", "1s",
	}
}

// nullTasks is how many tasks with an empty body make a pass.
const nullTasks = 2000

// fannkuchAnswers are the published checksums and maximal flips by n: those of
// n = 7, 10 and 12 stand in the Computer Language Benchmarks Game, the others
// follow from the definition and are held against brute force in the tests.
var fannkuchAnswers = map[int]fannkuchAnswer{
	3: {2, 2}, 4: {4, 4}, 5: {11, 7}, 6: {49, 10}, 7: {228, 16}, 8: {1616, 22},
	9: {8629, 30}, 10: {73196, 38}, 11: {556355, 51}, 12: {3968050, 65},
}

type fannkuchAnswer struct{ checksum, maxFlips int }

// fannkuchIn is a run of permutations by their position in the cyclic order.
type fannkuchIn struct {
	Stamp        uint64
	N, Lo, Count int
}

type fannkuchOut struct {
	Stamp              uint64
	Checksum, MaxFlips int
}

func fannkuchTask() *Func[fannkuchIn, fannkuchOut] {
	return NewTask("fannkuch", func(_ Effects, in fannkuchIn) (fannkuchOut, error) {
		out := fannkuchOut{Stamp: in.Stamp}
		total := factorial(in.N)
		for lo, left := in.Lo, in.Count; left > 0; lo = 0 {
			n := min(left, total-lo)
			sum, flips := flipRange(in.N, lo, n)
			out.Checksum += sum
			out.MaxFlips = max(out.MaxFlips, flips)
			left -= n
		}
		return out, nil
	})
}

func prepareFannkuch(p Params) (Job, error) {
	n, perms := p.Int("n"), fannkuchGrain[p.Grain]
	want, cycles := fannkuchAnswers[n], 0
	ins := make([]fannkuchIn, evenly(1, nullTasks, 2*nullTasks, p.Width))
	if perms > 0 {
		cycles = fannkuchCycles(n, perms, p.Width)
		ins = cutPermutations(n, cycles*factorial(n), perms)
	} else {
		want = fannkuchAnswer{}
	}
	return Batch[fannkuchIn, fannkuchOut]{
		Task:  fannkuchTask(),
		Ins:   ins,
		Stamp: func(in *fannkuchIn, stamp uint64) { in.Stamp = stamp },
		Check: func(ins []fannkuchIn, outs []fannkuchOut, _ []int64) error {
			return checkFannkuch(ins, outs, cycles*want.checksum, want.maxFlips)
		},
	}, nil
}

// How many permutations a pass visits: 10 ms of serial work at 33 ns each, and
// no more than 300 ms only to deal tasks out evenly.
const (
	fannkuchLeast = 300_000
	fannkuchMost  = 30 * fannkuchLeast
)

// fannkuchCycles is how many times a pass goes round all n! permutations:
// until it is long enough, its tasks are all of the same size, and every core
// count gets as many on each core.
func fannkuchCycles(n, perms, width int) int {
	unit := factorial(n) / gcd(factorial(n), perms) // tasks of the fewest whole cycles
	least := max(fannkuchLeast/perms, 4, width)
	return evenly(unit, least, max(least, fannkuchMost/perms), width) * perms / factorial(n)
}

// cutPermutations cuts total positions, which go round the n! permutations,
// into tasks of perms each.
func cutPermutations(n, total, perms int) []fannkuchIn {
	var ins []fannkuchIn
	for at := 0; at < total; at += perms {
		ins = append(ins, fannkuchIn{N: n, Lo: at % factorial(n), Count: perms})
	}
	return ins
}

func checkFannkuch(ins []fannkuchIn, outs []fannkuchOut, checksum, maxFlips int) error {
	var got fannkuchOut
	for i, out := range outs {
		if out.Stamp != ins[i].Stamp {
			return fmt.Errorf("task %d answered for stamp %x instead of %x", i, out.Stamp, ins[i].Stamp)
		}
		got.Checksum += out.Checksum
		got.MaxFlips = max(got.MaxFlips, out.MaxFlips)
	}
	if got.Checksum != checksum || got.MaxFlips != maxFlips {
		return fmt.Errorf("fannkuch: checksum %d and %d flips instead of %d and %d", got.Checksum, got.MaxFlips, checksum, maxFlips)
	}
	return nil
}

// flipRange visits count permutations of 0..n-1 from position lo on, in the
// order of rotations of ever longer prefixes, and returns the alternating sum
// and the maximum of their flips.
func flipRange(n, lo, count int) (sum, maxFlips int) {
	var perm, rotations [16]uint8
	permutationAt(lo, perm[:n], rotations[:n])
	for i := range count {
		if perm[0] != 0 {
			flips := countFlips(perm)
			maxFlips = max(maxFlips, flips)
			if (lo+i)&1 == 0 {
				sum += flips
			} else {
				sum -= flips
			}
		}
		nextPermutation(&perm, &rotations, n)
	}
	return sum, maxFlips
}

// permutationAt sets the permutation at a position and how far each prefix has
// been rotated: position = sum of rotations[i] * i!.
func permutationAt(position int, perm, rotations []uint8) {
	for i := range perm {
		perm[i] = uint8(i)
	}
	var old [16]uint8
	for i := len(perm) - 1; i > 0; i-- {
		r := position / factorial(i)
		position %= factorial(i)
		rotations[i] = uint8(r)
		copy(old[:], perm[:i+1])
		for j := range i + 1 {
			perm[j] = old[(j+r)%(i+1)]
		}
	}
}

func nextPermutation(perm, rotations *[16]uint8, n int) {
	for i := 1; i < n; i++ {
		first := perm[0]
		for j := range i {
			perm[j] = perm[j+1]
		}
		perm[i] = first
		rotations[i]++
		if int(rotations[i]) <= i {
			return
		}
		rotations[i] = 0
	}
}

// countFlips reverses the first k elements, k being the first element plus
// one, until that is 1. perm[0] is not 0.
func countFlips(perm [16]uint8) int {
	flips := 1
	for first := perm[0]; perm[first&15] != 0; flips++ {
		next := perm[first&15]
		perm[first&15] = first
		for i, j := uint8(1), first-1; i < j; i, j = i+1, j-1 {
			perm[i&15], perm[j&15] = perm[j&15], perm[i&15]
		}
		first = next
	}
	return flips
}

func factorial(n int) int {
	f := 1
	for i := 2; i <= n; i++ {
		f *= i
	}
	return f
}

// AppendBinary appends the fields in order, 8 bytes each.
func (in fannkuchIn) AppendBinary(b []byte) ([]byte, error) {
	b = le.AppendUint64(b, in.Stamp)
	b = le.AppendUint64(b, uint64(in.N))
	b = le.AppendUint64(b, uint64(in.Lo))
	return le.AppendUint64(b, uint64(in.Count)), nil
}

// UnmarshalBinary is the inverse of AppendBinary.
func (in *fannkuchIn) UnmarshalBinary(b []byte) error {
	f := fields{b: b}
	*in = fannkuchIn{f.uint64(), f.int(), f.int(), f.int()}
	return f.done()
}

// AppendBinary appends the fields in order, 8 bytes each.
func (out fannkuchOut) AppendBinary(b []byte) ([]byte, error) {
	b = le.AppendUint64(b, out.Stamp)
	b = le.AppendUint64(b, uint64(out.Checksum))
	return le.AppendUint64(b, uint64(out.MaxFlips)), nil
}

// UnmarshalBinary is the inverse of AppendBinary.
func (out *fannkuchOut) UnmarshalBinary(b []byte) error {
	f := fields{b: b}
	*out = fannkuchOut{f.uint64(), f.int(), f.int()}
	return f.done()
}
