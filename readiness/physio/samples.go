package physio

import (
	"math"
	"sort"
)

// missing reports that a sample has no value. NaN marks a missing sample in a
// column and never leaves the samples.
func missing(x float64) bool { return math.IsNaN(x) }

// Span is a stretch of time in s, From ≤ To; To may be +Inf.
type Span struct{ From, To float64 }

// Inside reports whether t lies strictly within the span.
func (s Span) Inside(t float64) bool { return s.From < t && t < s.To }

// overlap returns how much of [from, to] the span covers, in s.
func (s Span) overlap(from, to float64) float64 {
	return math.Max(0, math.Min(s.To, to)-math.Max(s.From, from))
}

// separated reports whether a pause lies between two times: samples exactly at
// its stop and start belong to the segments (§2). Pauses ascend and do not
// overlap.
func separated(pauses []Span, from, to float64) bool {
	i := endingAfter(pauses, from)
	return i < len(pauses) && pauses[i].overlap(from, to) > 0
}

// endingAfter returns the index of the first pause that ends after a time.
func endingAfter(pauses []Span, at float64) int {
	return sort.Search(len(pauses), func(i int) bool { return pauses[i].To > at })
}

// InsidePause reports whether t lies strictly inside one of the pauses, which
// ascend and do not overlap.
func InsidePause(pauses []Span, t float64) bool {
	i := endingAfter(pauses, t)
	return i < len(pauses) && pauses[i].Inside(t)
}

// InOrder returns the indices of the records that count (§1 step 1): of equal
// times the last record replaces the earlier one; a time before the last kept
// one is dropped and counted as a reversal; a record without a time is dropped.
// Times in s, file order.
func InOrder(t []float64) (keep []int, reversals int) {
	for i, at := range t {
		switch n := len(keep); {
		case missing(at):
		case n == 0 || at > t[keep[n-1]]:
			keep = append(keep, i)
		case at == t[keep[n-1]]:
			keep[n-1] = i
		default:
			reversals++
		}
	}
	return keep, reversals
}

// maxGap is, unless [Rules] say otherwise for heart rates, how far apart
// neighbouring samples may be to belong together, in s (Garmin's smart recording
// stays below about 8 s).
const maxGap = 10

// Weights returns the time each sample stands for, the trapezoid rule on the
// valid samples (§2): neighbours up to maxGapS apart (10 s) with no pause between give
// half of their distance to each; any other interval is a gap. x is the channel,
// NaN = missing (weight 0). Units s.
func Weights(t, x []float64, pauses []Span, maxGapS float64) (w []float64, covered, gap float64) {
	w = make([]float64, len(t))
	last := -1
	for i := range t {
		if missing(x[i]) {
			continue
		}
		if last >= 0 {
			dt := t[i] - t[last]
			if dt > 0 && dt <= maxGapS && !separated(pauses, t[last], t[i]) {
				w[last] += dt / 2
				w[i] += dt / 2
				covered += dt
			} else {
				gap += dt
			}
		}
		last = i
	}
	return w, covered, gap
}

// WeightedMean returns the weighted mean of the valid samples, false without weight.
func WeightedMean(x, w []float64) (float64, bool) {
	var sum, total float64
	for i := range x {
		if !missing(x[i]) {
			sum += w[i] * x[i]
			total += w[i]
		}
	}
	if total <= 0 {
		return 0, false
	}
	return sum / total, true
}

// OnGrid returns the channel at the whole seconds 0…n−1, linear over gaps up to
// 10 s, NaN elsewhere.
func OnGrid(t, x []float64, n int) []float64 {
	out := make([]float64, n)
	last, next := -1, 0 // valid samples around a second
	for g := range out {
		at := float64(g)
		for next < len(t) && (t[next] < at || missing(x[next])) {
			if !missing(x[next]) {
				last = next
			}
			next++
		}
		out[g] = math.NaN()
		switch {
		case next == len(t):
		case t[next] == at:
			out[g] = x[next]
		case last >= 0 && t[next]-t[last] <= maxGap:
			out[g] = x[last] + (x[next]-x[last])*(at-t[last])/(t[next]-t[last])
		}
	}
	return out
}

// Held returns the channel at the whole seconds 0…n−1: the last valid sample at
// or before the second and at most 10 s old, NaN elsewhere.
func Held(t, x []float64, n int) []float64 {
	out := make([]float64, n)
	last, i := -1, 0
	for g := range out {
		for ; i < len(t) && t[i] <= float64(g); i++ {
			if !missing(x[i]) {
				last = i
			}
		}
		out[g] = math.NaN()
		if last >= 0 && float64(g)-t[last] <= maxGap {
			out[g] = x[last]
		}
	}
	return out
}
