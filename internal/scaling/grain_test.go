package scaling

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func efficiency(serial, low, value, high float64) GrainPoint {
	return GrainPoint{serial, Estimate{Value: value, Low: low, High: high, Confidence: 0.96, N: 20}}
}

func TestGranularity(t *testing.T) {
	rising := []GrainPoint{
		efficiency(1e5, 0.8, 0.9, 0.95), efficiency(1e3, 0.1, 0.2, 0.3), efficiency(1e4, 0.5, 0.6, 0.7),
	}
	dip := append(slices.Clone(rising), efficiency(1e2, 0.5, 0.6, 0.7))
	inf := math.Inf(1)
	for _, c := range []struct {
		name            string
		points          []GrainPoint
		p               float64
		value, low, hi  float64
		below, above    bool
		warnings        int
		wantsConfidence float64
	}{
		// (0.5-0.2)/(0.6-0.2) = 3/4 of a decade above 1000; the upper bound
		// crosses at half a decade, the lower one at the next grain itself.
		{"between", rising, 0.5, 1e3 * math.Pow(10, 0.75), 1e3 * math.Sqrt(10), 1e4, false, false, 0, 0.96},
		{"at a grain", rising, 0.6, 1e4, 1e3 * math.Pow(10, 0.75), 1e4 * math.Pow(10, 1.0/3), false, false, 0, 0.96},
		{"below", rising, 0.15, 1e3, 0, 1e3 * math.Pow(10, 0.125), true, false, 0, 0.96},
		{"above", rising, 0.92, 1e5, 1e4 * math.Pow(10, 0.88), inf, false, true, 0, 0.96},
		{"never near", rising, 0.99, 1e5, 1e5, inf, false, true, 0, 0.96},
		{"not monotone", dip, 0.5, 1e3 * math.Pow(10, 0.75), 1e3 * math.Sqrt(10), 1e4, false, false, 1, 0.96},
		{"no interval", []GrainPoint{{1e3, Estimate{Value: 0.2}}, {1e4, Estimate{Value: 0.6}}}, 0.4, 1e3 * math.Sqrt(10), 1e3 * math.Sqrt(10), 1e3 * math.Sqrt(10), false, false, 0, 0},
		{"a hole", append(slices.Clone(rising), GrainPoint{2e4, Estimate{Value: math.NaN()}}), 0.5, 1e3 * math.Pow(10, 0.75), 1e3 * math.Sqrt(10), 1e4, false, false, 1, 0.96},
	} {
		got := Granularity(c.points, c.p)
		if !near(got.Value, c.value) || math.Abs(got.Low-c.low) > 1e-9*c.low || got.High != c.hi && !near(got.High, c.hi) ||
			got.Below != c.below || got.Above != c.above || len(got.Warnings) != c.warnings || got.Confidence != c.wantsConfidence {
			t.Errorf("%s: got %+v", c.name, got)
		}
	}
	if got := Granularity(nil, 0.5); !math.IsNaN(got.Value) || got.Above || got.Below || got.Confidence != 0 {
		t.Errorf("no points: %+v", got)
	}
}

func TestGranularityProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) GrainPoint {
			low := rapid.Float64Range(0, 0.9).Draw(t, "low")
			value := low + rapid.Float64Range(0, 0.2).Draw(t, "value")
			high := value + rapid.Float64Range(0, 0.2).Draw(t, "high")
			return efficiency(rapid.Float64Range(10, 1e7).Draw(t, "serial"), low, value, high)
		}), 1, 8).Draw(t, "points")
		p := rapid.Float64Range(0.05, 0.95).Draw(t, "p")
		kept := slices.Clone(points)
		c := Granularity(points, p)
		for i := range kept {
			if points[i].Serial != kept[i].Serial {
				t.Fatal("changed its input")
			}
		}
		slack := 1e-9 * c.Value
		if !(c.Low <= c.Value+slack && c.Value <= c.High+slack) {
			t.Fatalf("value outside its interval: %+v", c)
		}
		least, most := math.Inf(1), 0.0
		for _, point := range points {
			least, most = min(least, point.Serial), max(most, point.Serial)
		}
		if c.Value < least-slack || c.Value > most+slack {
			t.Fatalf("extrapolated beyond %v to %v: %+v", least, most, c)
		}
		if easier := Granularity(points, p/2); easier.Value > c.Value+slack {
			t.Fatalf("%v needs a larger grain than %v: %+v, %+v", p/2, p, easier, c)
		}
	})
}

func TestPays(t *testing.T) {
	ratio := func(serial, low, high float64) PayPoint {
		return PayPoint{serial, Estimate{Value: (low + high) / 2, Low: low, High: high, Confidence: 0.96}}
	}
	pays, loses, unclear := ratio(1e4, 1.2, 1.3), ratio(1e3, 0.5, 0.6), ratio(3e3, 0.9, 1.4)
	bare := PayPoint{1e5, Estimate{Value: 1.9, Low: 1.9, High: 1.9}}
	for _, c := range []struct {
		name        string
		points      []PayPoint
		from, until float64
		warnings    int
	}{
		{"a bracket", []PayPoint{pays, loses, unclear}, 1e4, 3e3, 0},
		{"all", []PayPoint{pays}, 1e4, 0, 0},
		{"none", []PayPoint{loses, unclear}, math.Inf(1), 3e3, 0},
		{"no points", nil, math.Inf(1), 0, 0},
		{"touching 1 is not above", []PayPoint{ratio(1e4, 1, 1.3)}, math.Inf(1), 1e4, 0},
		{"without an interval nothing is shown", []PayPoint{pays, bare}, math.Inf(1), 1e5, 1},
		{"back and forth", []PayPoint{ratio(1e2, 1.1, 1.2), loses, pays}, 1e4, 1e3, 1},
	} {
		if got := Pays(c.points); got.From != c.from || got.Until != c.until || len(got.Warnings) != c.warnings {
			t.Errorf("%s: got %+v", c.name, got)
		}
	}
}
