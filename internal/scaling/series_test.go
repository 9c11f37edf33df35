package scaling

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var seriesWords = []string{"drift over the rounds: ", "rounds are not independent: ", "values fall into two groups: "}

// warned simulates series of 20 and returns the share of them that raise each
// warning.
func warned(trials int, draw func(r *rand.Rand, x []float64)) (shares [3]float64) {
	r := rand.New(rand.NewPCG(11, 5))
	x := make([]float64, 20)
	for range trials {
		draw(r, x)
		for _, w := range Series(x) {
			for i, words := range seriesWords {
				if strings.HasPrefix(w, words) {
					shares[i] += 1 / float64(trials)
				}
			}
		}
	}
	return shares
}

func independent(draw func(*rand.Rand) float64) func(*rand.Rand, []float64) {
	return func(r *rand.Rand, x []float64) {
		for i := range x {
			x[i] = draw(r)
		}
	}
}

// Where nothing is wrong a warning is rare, whatever the distribution. A share
// of 1 in 100 has a standard error of 0.1 in 100 over so many series.
func TestSeriesSeldomWarnsWithoutCause(t *testing.T) {
	for name, draw := range map[string]func(*rand.Rand) float64{
		"normal":       func(r *rand.Rand) float64 { return 100 + r.NormFloat64() },
		"exponential":  func(r *rand.Rand) float64 { return r.ExpFloat64() },
		"heavy-tailed": func(r *rand.Rand) float64 { return r.NormFloat64() / r.NormFloat64() },
		"uniform":      func(r *rand.Rand) float64 { return r.Float64() },
	} {
		shares := warned(10_000, independent(draw))
		for i, share := range shares {
			if share > 0.015 {
				t.Errorf("%s: %q in %.2f%% of series", name, seriesWords[i], 100*share)
			}
		}
		if shares[0] < 0.005 || shares[1] < 0.005 {
			t.Errorf("%s: %v, though two of the tests are exact or nearly so", name, shares)
		}
	}
}

func TestSeriesSeesWhatItMust(t *testing.T) {
	for i, draw := range []func(r *rand.Rand, x []float64){
		func(r *rand.Rand, x []float64) {
			for i := range x {
				x[i] = 100 + 5*float64(i)/float64(len(x)) + r.NormFloat64()
			}
		},
		func(r *rand.Rand, x []float64) {
			for i := range x {
				x[i] = 100 + 3*math.Sin(2*math.Pi*float64(i)/10) + r.NormFloat64()
			}
		},
		func(r *rand.Rand, x []float64) {
			for i := range x {
				x[i] = 100 + 10*float64(i%2) + r.NormFloat64()
			}
		},
	} {
		if share := warned(1000, draw)[i]; share < 0.9 {
			t.Errorf("%q in %.1f%% of series alone", seriesWords[i], 100*share)
		}
	}
}

func TestSeriesSaysWhatItFound(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		x    []float64
		want []string
	}{
		{nil, nil},
		{[]float64{1, 2, 3, 4, 5}, nil}, // even a perfect drift is not rare enough
		{[]float64{7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7}, nil},
		{[]float64{100, nan, 101, 102, 110, nan, 111, 112}, []string{"drift over the rounds: +9.9% from the first half to the second, so the number depends on when it was taken"}},
		{
			[]float64{1, 9, 2, 8, 3, 7, 1.5, 8.5, 2.5, 7.5, 3.5, 6.5},
			[]string{"rounds are not independent: neighbours correlate by -0.70, so something alternates, and the interval is wider than it need be"},
		},
		{
			[]float64{100, 120.1, 100.2, 100.1, 120, 100.3, 120.3, 120.2, 100.4, 120.4, 120.5, 100.5},
			[]string{"values fall into two groups: 6 of 12 lie +20% from the others, so the median may be typical of neither"},
		},
	} {
		kept := slices.Clone(c.x)
		if got := Series(c.x); !slices.Equal(got, c.want) {
			t.Errorf("%v: %q, want %q", c.x, got, c.want)
		}
		if !slices.EqualFunc(c.x, kept, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) {
			t.Error("changed its input")
		}
	}
}

// Every order of seven values is tried.
func TestKendallTailAgainstAllOrders(t *testing.T) {
	const n = 7
	count, all := map[int]int{}, 0
	var permute func(x []int, k int)
	permute = func(x []int, k int) {
		if k == n {
			s := 0
			for i := range x {
				for j := range i {
					if x[i] > x[j] {
						s++
					} else {
						s--
					}
				}
			}
			count[s]++
			all++
			return
		}
		for i := k; i < n; i++ {
			x[k], x[i] = x[i], x[k]
			permute(x, k+1)
			x[k], x[i] = x[i], x[k]
		}
	}
	permute([]int{1, 2, 3, 4, 5, 6, 7}, 0)
	for s := 1; s <= 21; s += 2 {
		above := 0
		for v, c := range count {
			if v >= s {
				above += c
			}
		}
		if got, want := kendallTail([]float64{1, 2, 3, 4, 5, 6, 7}, s), float64(above)/float64(all); math.Abs(got-want) > 1e-12 {
			t.Errorf("P(S >= %d) = %g, want %g", s, got, want)
		}
	}
}

func TestDipOfKnownData(t *testing.T) {
	for _, c := range []struct {
		name string
		x    []float64
		want float64
	}{
		{"one", []float64{5}, 1.0 / 2},
		{"nothing apart", []float64{5, 5, 5, 5}, 1.0 / 8},
		{"even steps", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 1.0 / 20},
		{"two places", []float64{0, 0, 1, 1}, 1.0 / 4},
	} {
		if got := dip(c.x); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: dip %.5f, want %.5f", c.name, got, c.want)
		}
	}
}

// The distribution of the dip of uniform values is published: table qDiptab of
// R's package diptest, columns 0.9 and 0.99.
func TestDipAgainstThePublishedTable(t *testing.T) {
	for _, c := range []struct {
		n    int
		want [2]float64
	}{{10, [2]float64{0.13046, 0.15968}}, {20, [2]float64{0.09723, 0.12062}}, {50, [2]float64{0.06491, 0.08120}}} {
		r := rand.New(rand.NewPCG(7, uint64(c.n)))
		x, dips := make([]float64, c.n), make([]float64, 20_000)
		for i := range dips {
			for j := range x {
				x[j] = r.Float64()
			}
			slices.Sort(x)
			dips[i] = dip(x)
		}
		slices.Sort(dips)
		for i, q := range []float64{0.9, 0.99} {
			if got := dips[int(q*float64(len(dips)))]; math.Abs(got/c.want[i]-1) > 0.01 {
				t.Errorf("%g of dips of %d values lie below %.5f, published is %.5f", q, c.n, got, c.want[i])
			}
		}
	}
	if a, b := dipLimit(12), dipLimit(5000); math.Abs(a-0.148) > 0.003 || math.Abs(b-0.00886) > 0.0001 { // published for 5000: 0.00886
		t.Errorf("limits between and beyond the table are %g and %g", a, b)
	}
}

func TestKendallCountsEveryPair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Map(rapid.Float64Range(-4, 4), math.Round), 1, 40).Draw(t, "x")
		want := 0
		for i := range x {
			for _, later := range x[i+1:] {
				want += cmp.Compare(later, x[i])
			}
		}
		before := slices.Clone(x)
		if got := kendall(x); got != want || !slices.Equal(x, before) {
			t.Fatalf("%v has %d, want %d; it is %v now", before, got, want, x)
		}
	})
}
