package physio

import (
	"math"
	"slices"
)

// RecoveryGap is how far apart neighbouring samples may be at an anchor of heart
// rate recovery, s (§4.1, smart recording).
const RecoveryGap = 8

// Signal is a heart rate to read recoveries from: its valid samples only.
type Signal struct {
	t, hr  []float64 // s ascending; bpm
	locked []bool    // may have counted steps
}

// NewSignal takes the valid samples of a cleaned heart rate: t in s ascending, hr
// in bpm, NaN = missing; locked samples may have counted steps.
func NewSignal(t, hr []float64, locked []bool) *Signal {
	s := &Signal{}
	for i, x := range hr {
		if !missing(x) {
			s.t, s.hr, s.locked = append(s.t, t[i]), append(s.hr, x), append(s.locked, locked[i])
		}
	}
	return s
}

// from returns the index of the first sample at or after a time.
func (s *Signal) from(at float64) int {
	i, _ := slices.BinarySearch(s.t, at)
	return i
}

// LastBefore returns the time of the last heart rate at or before a time, s; −Inf
// without one.
func (s *Signal) LastBefore(at float64) float64 {
	i, found := slices.BinarySearch(s.t, at)
	switch {
	case found:
		return at
	case i == 0:
		return math.Inf(-1)
	}
	return s.t[i-1]
}

// Anchor returns the mean heart rate in bpm over [to−4, to], the trapezoid rule on
// the linear interpolant at whole seconds (§4.1). reason is hr_gap_at_anchor when a gap of
// more than 8 s touches it or it is not inside the samples, and
// cadence_lock_suspected when one of its samples is locked.
func (s *Signal) Anchor(to float64) (bpm float64, reason string) {
	bpm, reason = s.level(to)
	if reason == "" && s.lockedIn(to-4, to) {
		return 0, "cadence_lock_suspected"
	}
	return bpm, reason
}

// level is Anchor without the test of the steps.
func (s *Signal) level(to float64) (bpm float64, reason string) {
	if !s.spans(to-4, to) || s.gapTouches(to-4, to) {
		return 0, "hr_gap_at_anchor"
	}
	for k, weight := range []float64{0.5, 1, 1, 1, 0.5} {
		bpm += weight * s.at(to-4+float64(k))
	}
	return bpm / 4, ""
}

// at returns the heart rate at a time, linear between the samples around it; NaN
// outside of them.
func (s *Signal) at(at float64) float64 {
	switch i := s.from(at); {
	case i == len(s.t):
		return math.NaN()
	case s.t[i] == at:
		return s.hr[i]
	case i == 0:
		return math.NaN()
	default:
		return s.hr[i-1] + (s.hr[i]-s.hr[i-1])*(at-s.t[i-1])/(s.t[i]-s.t[i-1])
	}
}

// spans reports whether samples lie at or before from and at or after to.
func (s *Signal) spans(from, to float64) bool {
	n := len(s.t)
	return n > 0 && s.t[0] <= from && s.t[n-1] >= to
}

// gapTouches reports whether neighbouring samples more than 8 s apart overlap the
// open interval (from, to).
func (s *Signal) gapTouches(from, to float64) bool {
	for i := max(s.from(from), 1); i < len(s.t) && s.t[i-1] < to; i++ {
		if s.t[i]-s.t[i-1] > RecoveryGap && s.t[i] > from {
			return true
		}
	}
	return false
}

func (s *Signal) lockedIn(from, to float64) bool {
	for i := s.from(from); i < len(s.t) && s.t[i] <= to; i++ {
		if s.locked[i] {
			return true
		}
	}
	return false
}

// coverage returns how much of [from, to] lies between neighbours at most 10 s
// apart, s.
func (s *Signal) coverage(from, to float64) float64 {
	covered := 0.0
	for i := max(s.from(from), 1); i < len(s.t) && s.t[i-1] < to; i++ {
		if s.t[i]-s.t[i-1] <= maxGap {
			covered += math.Max(0, math.Min(s.t[i], to)-math.Max(s.t[i-1], from))
		}
	}
	return covered
}

// Drop returns the fall of heart rate T seconds after the effort's end te, from
// hrEnd, and the heart rate then (§4.1):
//
//	hrrT = hrEnd − mean of [te+T−2, te+T+2]
//
// in bpm, positive, larger = faster; a negative value is a rise. after is the
// reason when the recording, ending at tLast, does not reach te+T+2. Other
// reasons, in this order: hr_gap_at_anchor, hr_coverage_low (less than 0.9·T
// covered).
//
// Source: Cole 1999; Bosquet 2008 (the raw heart rate is more repeatable than
// the drop).
func (s *Signal) Drop(te, hrEnd, after float64, tLast float64, missingTail string) (drop, at float64, reason string) {
	if tLast < te+after+2 {
		return 0, 0, missingTail
	}
	at, reason = s.level(te + after + 2)
	if reason != "" {
		return 0, 0, reason
	}
	if s.coverage(te, te+after) < 0.9*after {
		return 0, 0, "hr_coverage_low"
	}
	return hrEnd - at, at, ""
}

// RecoveryMode names what the athlete did in the seconds (te, te+after]: passive
// below 0.4 m/s on average, walk below 1.9, else active_jog; unknown without
// speed.
func (s *Seconds) RecoveryMode(te, after int) string {
	sum, n := 0.0, 0
	for g := te + 1; g <= te+after && g < len(s.Speed); g++ {
		if !missing(s.Speed[g]) {
			sum += s.Speed[g]
			n++
		}
	}
	switch {
	case n == 0:
		return "unknown"
	case sum/float64(n) < 0.4:
		return "passive"
	case sum/float64(n) < 1.9:
		return "walk"
	}
	return "active_jog"
}

// T30 returns the time constant in s of the first 30 s of vagal reactivation
// (§4.3): −1/slope of the least-squares line of ln HR over te+10…te+40 at whole
// seconds. Reasons: missingTail when the recording ends before, hr_gap_at_anchor,
// hr_rising when the slope is not negative. Lower = faster.
//
// Source: Imai 1994.
func (s *Signal) T30(te, tLast float64, missingTail string) (float64, string) {
	if tLast < te+40 {
		return 0, missingTail
	}
	if !s.spans(te+10, te+40) || s.gapTouches(te+10, te+40) {
		return 0, "hr_gap_at_anchor"
	}
	x, y := make([]float64, 0, 31), make([]float64, 0, 31)
	for k := 10.0; k <= 40; k++ {
		x, y = append(x, k), append(y, math.Log(s.at(te+k)))
	}
	slope := leastSquares(x, y)
	if !(slope < 0) {
		return 0, "hr_rising"
	}
	return -1 / slope, ""
}

func leastSquares(x, y []float64) (slope float64) {
	mx, _ := meanOf(x)
	my, _ := meanOf(y)
	var sxy, sxx float64
	for i := range x {
		sxy += (x[i] - mx) * (y[i] - my)
		sxx += (x[i] - mx) * (x[i] - mx)
	}
	return sxy / sxx
}
