package physio

import (
	"cmp"
	"math"
	"slices"
)

// Median returns the middle of x, the mean of the two middle values for an even
// count; false when x is empty. x is not changed.
func Median(x []float64) (float64, bool) {
	if len(x) == 0 {
		return 0, false
	}
	s := slices.Clone(x)
	slices.Sort(s)
	return middle(s), true
}

// middle is the median of a sorted, non-empty slice.
func middle(s []float64) float64 {
	n := len(s)
	if n%2 == 1 {
		return s[n/2]
	}
	return (s[n/2-1] + s[n/2]) / 2
}

// madToSD scales a median absolute deviation to the standard deviation of a
// normal distribution.
const madToSD = 1.4826

// RobustBaseline returns the median of b and its spread, 1.4826 times the median
// absolute deviation but at least floor (§0): the floor stops quantised data,
// whose deviation is 0, from exploding. False when b is empty.
func RobustBaseline(b []float64, floor float64) (centre, spread float64, ok bool) {
	centre, ok = Median(b)
	if !ok {
		return 0, 0, false
	}
	dev := make([]float64, len(b))
	for i, v := range b {
		dev[i] = math.Abs(v - centre)
	}
	mad, _ := Median(dev)
	return centre, max(madToSD*mad, floor), true
}

// TheilSen returns the median of the slopes of all pairs of points with
// different x for which usePair(x_j − x_i) holds (nil = all of them), and how
// many pairs that were; false without one. x and y have one length.
func TheilSen(x, y []float64, usePair func(dx float64) bool) (slope float64, pairs int, ok bool) {
	var slopes []float64
	for i := range x {
		for j := i + 1; j < len(x); j++ {
			dx := x[j] - x[i]
			if dx == 0 || usePair != nil && !usePair(dx) {
				continue
			}
			slopes = append(slopes, (y[j]-y[i])/dx)
		}
	}
	if len(slopes) == 0 {
		return 0, 0, false
	}
	return quickMedian(slopes), len(slopes), true
}

// quickMedian is the median of a non-empty slice in linear time; it reorders x.
func quickMedian(x []float64) float64 {
	k := len(x) / 2
	upper := selectNth(x, k)
	if len(x)%2 == 1 {
		return upper
	}
	return (slices.Max(x[:k]) + upper) / 2
}

// selectNth moves the k-th smallest value to x[k], no greater ones before it and
// no smaller ones behind, and returns it. Where the middle makes a bad pivot too
// often it sorts what is left.
func selectNth(x []float64, k int) float64 {
	lo, hi := 0, len(x)-1
	for tries := 0; lo < hi; tries++ {
		if tries > 60 {
			slices.Sort(x[lo : hi+1])
			break
		}
		i, j := split(x, lo, hi)
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return x[k]
		}
	}
	return x[k]
}

// split parts x[lo..hi] around its middle value (Hoare): afterwards x[lo..j] ≤
// x[i..hi], and what lies between j and i equals the pivot.
func split(x []float64, lo, hi int) (i, j int) {
	pivot := middle3(x[lo], x[lo+(hi-lo)/2], x[hi])
	i, j = lo, hi
	for i <= j {
		for x[i] < pivot {
			i++
		}
		for x[j] > pivot {
			j--
		}
		if i <= j {
			x[i], x[j] = x[j], x[i]
			i, j = i+1, j-1
		}
	}
	return i, j
}

func middle3(a, b, c float64) float64 { return max(min(a, b), min(max(a, b), c)) }

// Mean returns the arithmetic mean, false when x is empty.
func Mean(x []float64) (float64, bool) {
	if len(x) == 0 {
		return 0, false
	}
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x)), true
}

// SampleSD returns the standard deviation with n−1; false below two values.
func SampleSD(x []float64) (float64, bool) {
	if len(x) < 2 {
		return 0, false
	}
	mean, _ := Mean(x)
	sum := 0.0
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	return math.Sqrt(sum / float64(len(x)-1)), true
}

// Percentile returns the p-th quantile (0..1) by linear interpolation between
// the sorted values (type 7); false when x is empty.
func Percentile(x []float64, p float64) (float64, bool) {
	if len(x) == 0 {
		return 0, false
	}
	s := slices.SortedFunc(slices.Values(x), cmp.Compare[float64])
	h := p * float64(len(s)-1)
	i := int(math.Floor(h))
	if i+1 >= len(s) {
		return s[len(s)-1], true
	}
	return s[i] + (h-float64(i))*(s[i+1]-s[i]), true
}
