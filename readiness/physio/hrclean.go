package physio

import (
	"math"
	"slices"
)

// The plausible heart rates of a recording, bpm (§1 step 3), unless [Rules] say
// otherwise, and of a watch's own recovery event (§4.2).
const (
	minHR = 30
	maxHR = 230
)

// CleanHR returns the heart rate with implausible samples missing (§1 steps 2-4):
// 0, 255 and anything outside the plausible range (30..230 bpm), then the spikes of a Hampel filter:
//
//	|HR − median| > max(3·1.4826·MAD, 8 bpm) in the window |t − t_i| ≤ 7 s
//
// of at least 5 valid samples, judged on the values before filtering; a spike is
// dropped, never replaced. t in s ascending, hr in bpm, NaN = missing.
//
// Source: Hampel 1974; Pearson 2002 (Hampel filter).
func CleanHR(t, hr []float64, plausible HRRange) []float64 {
	raw := make([]float64, len(hr))
	for i, x := range hr {
		raw[i] = x
		if !(x >= plausible.Min && x <= plausible.Max) {
			raw[i] = math.NaN()
		}
	}
	out := slices.Clone(raw)
	var window []float64
	lo, hi := 0, 0
	for i := range t {
		for t[i]-t[lo] > 7 {
			lo++
		}
		for hi < len(t) && t[hi]-t[i] <= 7 {
			hi++
		}
		if !missing(raw[i]) {
			window = validInto(window[:0], raw[lo:hi])
			if spike(raw[i], window) {
				out[i] = math.NaN()
			}
		}
	}
	return out
}

func validInto(dst, x []float64) []float64 {
	for _, v := range x {
		if !missing(v) {
			dst = append(dst, v)
		}
	}
	return dst
}

// spike is the Hampel test; it reorders the window.
func spike(x float64, window []float64) bool {
	if len(window) < 5 || slices.Max(window)-slices.Min(window) <= 8 {
		return false // nothing in it can be 8 bpm from its median
	}
	m := medianSorting(window)
	if math.Abs(x-m) <= 8 {
		return false
	}
	for i := range window {
		window[i] = math.Abs(window[i] - m)
	}
	return math.Abs(x-m) > 3*1.4826*medianSorting(window)
}

// medianSorting is the median of a slice, which it reorders.
func medianSorting(x []float64) float64 {
	if len(x) > 32 {
		return quickMedian(x)
	}
	slices.Sort(x)
	n := len(x)
	if n%2 == 1 {
		return x[n/2]
	}
	return (x[n/2-1] + x[n/2]) / 2
}

// Flatline marks the samples of frozen stretches (§1 step 5): consecutive valid
// samples of exactly equal heart rate, all while running, neighbours at most 10 s
// apart, 180 s or longer from first to last.
func Flatline(t, hr []float64, running []bool) []bool {
	flat := make([]bool, len(t))
	first, last := -1, -1
	end := func() {
		if first >= 0 && t[last]-t[first] >= 180 {
			for i := first; i <= last; i++ {
				flat[i] = flat[i] || !missing(hr[i])
			}
		}
	}
	for i := range t {
		if missing(hr[i]) {
			continue
		}
		joins := last >= 0 && first >= 0 && running[i] && hr[i] == hr[last] && t[i]-t[last] <= maxGap
		if !joins {
			end()
			first = -1
			if running[i] {
				first = i
			}
		}
		last = i
	}
	end()
	return flat
}

// CadenceLock marks the samples at which an optical sensor has probably counted
// steps (§1 step 6): within a stretch of running samples (neighbours at most 10 s
// apart) every window [t_i, t_i+120) that lies in the stretch, with 10 or more
// samples that have heart rate and cadence > 0, at 80 % of which or more
// |HR − steps per minute| ≤ 2.
//
// Source: optical error while running: Gillinov 2017, Bent 2020.
func CadenceLock(t, hr, spm []float64, running []bool) []bool {
	locked := make([]bool, len(t))
	for a := 0; a < len(t); {
		b := a + 1
		if !running[a] {
			a = b
			continue
		}
		for b < len(t) && running[b] && t[b]-t[b-1] <= maxGap {
			b++
		}
		lockStretch(t[a:b], hr[a:b], spm[a:b], locked[a:b])
		a = b
	}
	return locked
}

func lockStretch(t, hr, spm []float64, locked []bool) {
	both := func(i int) bool { return !missing(hr[i]) && !missing(spm[i]) && spm[i] > 0 }
	near := func(i int) bool { return math.Abs(hr[i]-spm[i]) <= 2 }
	hi, n, hits := 0, 0, 0
	marked := 0
	for lo := range t {
		if t[len(t)-1] < t[lo]+119 {
			return
		}
		for hi < len(t) && t[hi] < t[lo]+120 {
			if both(hi) {
				n++
				if near(hi) {
					hits++
				}
			}
			hi++
		}
		if n >= 10 && float64(hits) >= 0.8*float64(n) {
			for i := max(lo, marked); i < hi; i++ {
				locked[i] = true
			}
			marked = hi
		}
		if both(lo) {
			n--
			if near(lo) {
				hits--
			}
		}
	}
}
