package scaling

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Hamilton depression scale factor of nine patients before and after a
// tranquilizer: Hollander and Wolfe, examples 3.1, 3.3 and 3.4, whose
// estimate is -0.46 and whose 96.1% interval is (-0.786, -0.010).
func TestDiffOfThePublishedExample(t *testing.T) {
	before := []float64{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30}
	after := []float64{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29}
	e := Diff(after, before)
	for _, c := range []struct{ got, want float64 }{
		{e.Value, -0.46},
		{e.Low, -0.786},
		{e.High, -0.010},
		{e.Confidence, 1 - 20.0/512},
	} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("got %v, want %v in %+v", c.got, c.want, e)
		}
	}
}

// Every one of the 2^n equally likely sign patterns is counted.
func TestSignedRankExactAgainstAllSignPatterns(t *testing.T) {
	for n := 1; n <= 14; n++ {
		counts := make([]int, n*(n+1)/2+1)
		for pattern := range uint(1) << n {
			sum := 0
			for p := pattern; p != 0; p &= p - 1 {
				sum += bits.TrailingZeros(p) + 1
			}
			counts[sum]++
		}
		below, total := signedRankExact(n), 0
		for s, c := range counts {
			total += c
			if want := float64(total) / float64(uint(1)<<n); math.Abs(below(s)-want) > 1e-14 {
				t.Fatalf("n=%d: P(T <= %d) = %v, want %v", n, s, below(s), want)
			}
		}
	}
}

func TestSignedRankNormalMeetsTheExactOne(t *testing.T) {
	exact, normal := signedRankExact(exactPairs), signedRankNormal(exactPairs)
	for q := 0; exact(q) < 1-Confidence; q++ { // the tail that sets the interval
		if d := math.Abs(exact(q) - normal(q)); d > 1e-4 {
			t.Fatalf("P(T <= %d) differs by %v", q, d)
		}
	}
	if b := signedRank(exactPairs+1, Confidence); b.rank < 1 || b.confidence < Confidence || b.confidence > Confidence+1e-3 {
		t.Errorf("beyond the exact count: %+v", b)
	}
}

// The oracle lists and sorts every Walsh average.
func TestWalshAgainstTheWholeList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SliceOfN(rapid.OneOf(
			rapid.Float64Range(-1e3, 1e3), rapid.SampledFrom([]float64{-2, -1, 0, 1, 2, 1e-300, 1e300}),
		), 1, 25).Draw(t, "d")
		slices.Sort(d)
		var all []float64
		for i := range d {
			for j := i; j < len(d); j++ {
				all = append(all, d[i]/2+d[j]/2)
			}
		}
		slices.Sort(all)
		w := newWalsh(d)
		for k, want := range all {
			if got := w.smallest(k + 1); got != want {
				t.Fatalf("average %d of %v is %v, want %v", k+1, d, got, want)
			}
		}
	})
}

func TestDiffCovers(t *testing.T) {
	zero := func(x []float64) Estimate { return Diff(x, make([]float64, len(x))) }
	covers(t, zero, 3, func(r *rand.Rand) float64 { return 3 + r.NormFloat64() })
}

func TestRatioLeavesOutPairsWithoutAValue(t *testing.T) {
	nan := math.NaN()
	e := Ratio([]float64{2, nan, 4, 6, 8, 10, 12, 14}, []float64{1, 1, 2, 3, 4, 5, 6, nan})
	if e.N != 6 || math.Abs(e.Value-2) > 1e-12 || math.Abs(e.Low-2) > 1e-12 || math.Abs(e.High-2) > 1e-12 || e.Confidence != 0.96875 {
		t.Errorf("got %+v", e)
	}
	if e := Ratio([]float64{4, 4}, []float64{2, 2}); e.Value != e.Low || math.Abs(e.Value-2) > 1e-12 || e.Confidence != 0 || len(e.Warnings) == 0 {
		t.Errorf("two pairs: %+v", e)
	}
	if e := Ratio(nil, nil); !math.IsNaN(e.Value) || e.N != 0 {
		t.Errorf("no pairs: %+v", e)
	}
}

func TestRatioRefusesWhatHasNoLogarithm(t *testing.T) {
	for _, bad := range []float64{0, -1, math.Inf(1), math.Inf(-1)} {
		for _, e := range []Estimate{
			Ratio([]float64{1, bad, 1, 1, 1, 1, 1}, []float64{1, 1, 1, 1, 1, 1, 1}),
			Ratio([]float64{1, 1, 1, 1, 1, 1, 1}, []float64{1, bad, 1, 1, 1, 1, 1}),
		} {
			if !math.IsNaN(e.Value) || e.Confidence != 0 || len(e.Warnings) != 1 {
				t.Errorf("with %v: %+v", bad, e)
			}
		}
	}
}

func TestPairsOfDifferentLengthsPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("paired 1 value with 2")
		}
	}()
	Diff([]float64{1}, []float64{1, 2})
}

func TestRatioProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		values := rapid.SliceOfN(rapid.Float64Range(1e-3, 1e3), n, n)
		num, den := values.Draw(t, "num"), values.Draw(t, "den")
		keptNum, keptDen := slices.Clone(num), slices.Clone(den)
		e := Ratio(num, den)
		if !slices.Equal(num, keptNum) || !slices.Equal(den, keptDen) {
			t.Fatal("changed its input")
		}
		order := rapid.Permutation(indices(n)).Draw(t, "order")
		if got := Ratio(pick(num, order), pick(den, order)); !same(e, got) {
			t.Fatalf("order matters: %+v, %+v", e, got)
		}
		back := Ratio(den, num)
		if !near(back.Value*e.Value, 1) || !near(back.Low*e.High, 1) || !near(back.High*e.Low, 1) {
			t.Fatalf("%+v is not the inverse of %+v", back, e)
		}
		if e.Confidence > 0 && e.Confidence < Confidence {
			t.Fatalf("confidence %v", e.Confidence)
		}
		thrice := slices.Clone(num)
		for i := range thrice {
			thrice[i] *= 3
		}
		if got, want := Ratio(thrice, den), e.Scale(3); !near(got.Value, want.Value) || !near(got.Low, want.Low) || !near(got.High, want.High) {
			t.Fatalf("%+v times 3 gives %+v", e, got)
		}
	})
}

func indices(n int) []int {
	x := make([]int, n)
	for i := range x {
		x[i] = i
	}
	return x
}

func pick(x []float64, order []int) []float64 {
	y := make([]float64, len(order))
	for i, j := range order {
		y[i] = x[j]
	}
	return y
}

func near(got, want float64) bool { return math.Abs(got-want) <= 1e-9*math.Abs(want) }

func BenchmarkRatio20(b *testing.B)     { benchmarkRatio(b, 20) }
func BenchmarkRatio100(b *testing.B)    { benchmarkRatio(b, 100) }
func BenchmarkRatio100000(b *testing.B) { benchmarkRatio(b, 100_000) }

func benchmarkRatio(b *testing.B, n int) {
	r := rand.New(rand.NewPCG(1, 1))
	num, den := make([]float64, n), make([]float64, n)
	for i := range num {
		num[i], den[i] = 1+r.Float64(), 1+r.Float64()
	}
	b.ReportAllocs()
	for b.Loop() {
		Ratio(num, den)
	}
}

// Of n pairs whose signs are tossed, an interval of a confidence excludes 0 as
// seldom as it says, and no interval is given that n pairs cannot give.
func TestRatioAtKeepsItsConfidence(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	const trials, n = 4000, 20
	for _, confidence := range []float64{0.9, 0.99, 0.999} {
		missed := 0
		for range trials {
			num, den := make([]float64, n), make([]float64, n)
			for i := range num {
				num[i], den[i] = math.Exp(r.NormFloat64()), math.Exp(r.NormFloat64())
			}
			e := RatioAt(num, den, confidence)
			if e.Confidence < confidence {
				t.Fatalf("%v of an interval of %v", e.Confidence, confidence)
			}
			if e.Above(1) || e.Below(1) {
				missed++
			}
		}
		expected := trials * (1 - confidence)
		if float64(missed) > expected+4*math.Sqrt(expected) {
			t.Errorf("confidence %v: %d of %d intervals miss", confidence, missed, trials)
		}
	}
	ten := []float64{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}
	if e := RatioAt(ten, make10(1), 0.999); e.Confidence != 0 || len(e.Warnings) != 1 {
		t.Errorf("10 pairs cannot give 0.999, got %+v", e)
	}
	if e := RatioAt(append(ten, 2), append(make10(1), 1), 0.999); e.Confidence < 0.999 || e.Low != 2 {
		t.Errorf("11 pairs give 0.999, got %+v", e)
	}
}

func make10(x float64) []float64 { return []float64{x, x, x, x, x, x, x, x, x, x} }
