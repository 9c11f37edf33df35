package scaling

import "math"

// dip returns the dip statistic of ascending values: the largest distance
// between their distribution function and the nearest one that has a single
// mode, between 1/(2n) and 1/4. Hartigan and Hartigan, The dip test of
// unimodality, Annals of Statistics 13(1), 1985; the algorithm is AS 217,
// Hartigan, Applied Statistics 34(3), 1985, with the corrections by Maechler
// (R package diptest).
//
// An interval that must hold the mode shrinks from the whole range. Left of it
// the nearest unimodal function is the greatest convex minorant of the
// distribution function, right of it the least concave majorant.
func dip(x []float64) float64 {
	n := len(x)
	d := dipper{x: x, left: make([]int, n), right: make([]int, n)}
	d.chains()
	found, low, high := 1.0, 0, n-1 // found is in units of 1/(2n)
	for n > 1 && x[low] < x[high] {
		gcm, lcm := d.chain(high, low, d.left), d.chain(low, high, d.right)
		gap, g, l := d.widest(gcm, lcm)
		if gap < found {
			break
		}
		found = max(found, d.below(gcm[g:]), d.above(lcm[l:]))
		if low == gcm[g] && high == lcm[l] {
			break
		}
		low, high = gcm[g], lcm[l]
	}
	return found / (2 * float64(n))
}

// A dipper holds, for each value, the next corner of the convex minorant to
// its left and of the concave majorant to its right.
type dipper struct {
	x           []float64
	left, right []int
}

// chains finds the corners from either end.
func (d dipper) chains() {
	n := len(d.x)
	for j := 1; j < n; j++ {
		k := j - 1
		for k > 0 && !d.turns(j, k, d.left[k]) {
			k = d.left[k]
		}
		d.left[j] = k
	}
	d.right[n-1] = n - 1
	for j := n - 2; j >= 0; j-- {
		k := j + 1
		for k < n-1 && !d.turns(j, k, d.right[k]) {
			k = d.right[k]
		}
		d.right[j] = k
	}
}

// turns tells whether the way from j over k to l has its corner at k.
func (d dipper) turns(j, k, l int) bool {
	return (d.x[j]-d.x[k])*float64(k-l) < (d.x[k]-d.x[l])*float64(j-k)
}

// chain lists the corners from one value until another is reached.
func (d dipper) chain(from, to int, next []int) []int {
	out := []int{from}
	for left := from > to; from != to && from > to == left; {
		from = next[from]
		out = append(out, from)
	}
	return out
}

// widest returns the largest distance between minorant and majorant, in units
// of 1/n, with the corners that enclose it.
func (d dipper) widest(gcm, lcm []int) (gap float64, g, l int) {
	if len(gcm) == 2 && len(lcm) == 2 {
		return 1, 1, 1
	}
	i, j := len(gcm)-2, 1
	for {
		at, to := gcm[i], lcm[j]
		var far float64
		if at > to {
			back := gcm[i+1]
			far = float64(to-back+1) - (d.x[to]-d.x[back])*float64(at-back)/(d.x[at]-d.x[back])
			if j++; far >= gap {
				gap, g, l = far, i+1, j-1
			}
		} else {
			back := lcm[j-1]
			far = (d.x[at]-d.x[back])*float64(to-back)/(d.x[to]-d.x[back]) - float64(at-back-1)
			if i--; far >= gap {
				gap, g, l = far, i+1, j
			}
		}
		i, j = max(i, 0), min(j, len(lcm)-1)
		if gcm[i] == lcm[j] {
			return gap, g, l
		}
	}
}

// below is how far the distribution function rises above the minorant between
// these corners, above how far it falls below the majorant, in units of 1/n and
// at least 1.
func (d dipper) below(gcm []int) float64 {
	far := 1.0
	for i := range len(gcm) - 1 {
		from, to := gcm[i+1], gcm[i]
		slope := d.slope(from, to)
		for k := from; k <= to && !math.IsNaN(slope); k++ {
			far = max(far, float64(k-from+1)-(d.x[k]-d.x[from])*slope)
		}
	}
	return far
}

func (d dipper) above(lcm []int) float64 {
	far := 1.0
	for i := range len(lcm) - 1 {
		from, to := lcm[i], lcm[i+1]
		slope := d.slope(from, to)
		for k := from; k <= to && !math.IsNaN(slope); k++ {
			far = max(far, (d.x[k]-d.x[from])*slope-float64(k-from-1))
		}
	}
	return far
}

// slope is that between two corners, NaN where nothing lies between them.
func (d dipper) slope(from, to int) float64 {
	if to-from <= 1 || d.x[from] == d.x[to] {
		return math.NaN()
	}
	return float64(to-from) / (d.x[to] - d.x[from])
}

// dipLeast is the smallest count that the dip test is made for.
const dipLeast = 10

// dipLimits are the dips that one in a hundred draws of n uniform values
// exceeds, from 10^6 draws each: the table qDiptab of R's package diptest
// (Maechler), column 0.99. The uniform distribution is taken for the worst case
// of one mode (Hartigan and Hartigan), so others exceed them more seldom.
var dipLimits = []struct {
	n   int
	dip float64
}{
	{10, 0.15968},
	{15, 0.13598},
	{20, 0.12062},
	{30, 0.10148},
	{50, 0.08120},
	{100, 0.05902},
	{200, 0.04269},
	{500, 0.02745},
	{1000, 0.01961},
}

// dipLimit is the limit for n values: between two counts of the table sqrt(n)
// times the dip is interpolated, beyond the last it stays.
func dipLimit(n int) float64 {
	root := math.Sqrt(float64(n))
	last := dipLimits[0]
	for _, row := range dipLimits {
		if a, b := last.dip*math.Sqrt(float64(last.n)), row.dip*math.Sqrt(float64(row.n)); n <= row.n {
			return (a + (b-a)*float64(n-last.n)/float64(max(1, row.n-last.n))) / root
		}
		last = row
	}
	return last.dip * math.Sqrt(float64(last.n)) / root
}
