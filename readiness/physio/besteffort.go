package physio

import (
	"math"
	"slices"
)

// maxRunSpeed is faster than anybody runs, m/s.
const maxRunSpeed = 12

// Track is a run's cumulative distance, ready for the search of best efforts.
type Track struct {
	t, d []float64 // s and m, ascending
	bad  []int     // number of bad intervals up to and including the one that ends at a sample
}

// NewTrack reads the samples with a distance. An interval is bad when its end's
// speed or its own is above 12 m/s, or when it lasts more than 10 s and moves
// more than 10 m (§9.5). t in s, distance in m, monotone; speed in m/s.
func NewTrack(t, distance, speed []float64) Track {
	var k Track
	for i, d := range distance {
		if missing(d) {
			continue
		}
		bad := 0
		if n := len(k.t) - 1; n >= 0 {
			bad = k.bad[n]
			dt, dd := t[i]-k.t[n], d-k.d[n]
			if speed[i] > maxRunSpeed || dd > maxRunSpeed*dt || dt > maxGap && dd > 10 {
				bad++
			}
		}
		k.t, k.d, k.bad = append(k.t, t[i]), append(k.d, d), append(k.bad, bad)
	}
	return k
}

// Best returns the shortest elapsed time in s over exactly m metres, pauses
// included (§9.5). For every sample two windows are tried: one that ends at it and
// one that starts there; a window with a bad interval does not count. Reasons:
// no_distance, too_short, gps_glitch (no window without a bad interval).
func (k Track) Best(m float64) (float64, string) {
	n := len(k.t)
	switch {
	case n == 0:
		return 0, "no_distance"
	case k.d[n-1]-k.d[0] < m:
		return 0, "too_short"
	}
	best := math.Inf(1)
	for i := range k.t {
		best = min(best, k.endingAt(i, m), k.startingAt(i, m))
	}
	if math.IsInf(best, 1) {
		return 0, "gps_glitch"
	}
	return best, ""
}

// endingAt is the time of the window of m metres before sample j, +Inf if there
// is none without a bad interval.
func (k Track) endingAt(j int, m float64) float64 {
	target := k.d[j] - m
	i, _ := slices.BinarySearchFunc(k.d, target, func(d, target float64) int {
		if d <= target {
			return -1
		}
		return 1
	})
	i-- // the last sample at or before the target
	if i < 0 || i >= j || k.bad[j] > k.bad[i] {
		return math.Inf(1)
	}
	start := k.t[i] + (target-k.d[i])/(k.d[i+1]-k.d[i])*(k.t[i+1]-k.t[i])
	return k.t[j] - start
}

// startingAt is the same for the window after sample i.
func (k Track) startingAt(i int, m float64) float64 {
	target := k.d[i] + m
	j, _ := slices.BinarySearch(k.d, target) // the first sample at or beyond the target
	if j >= len(k.d) || j <= i || k.bad[j] > k.bad[i] {
		return math.Inf(1)
	}
	end := k.t[j-1] + (target-k.d[j-1])/(k.d[j]-k.d[j-1])*(k.t[j]-k.t[j-1])
	return end - k.t[i]
}

// TimedMile reports a run over about a mile, hard enough to compare: 0.95 to 1.3
// miles of running (m) at 80 % of hrMax or more on average (bpm, §9.5). A walk before
// and after does not count.
func TimedMile(runDistance, meanHR, hrMax float64) bool {
	return MileDistance(runDistance) && meanHR >= 0.80*hrMax
}

// MileDistance reports 0.95 to 1.3 miles, in m.
func MileDistance(runDistance float64) bool {
	const mile = 1609.344
	return runDistance >= 0.95*mile && runDistance <= 1.3*mile
}
