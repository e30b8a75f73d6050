package physio

import "math"

// recoveryGap is how far apart neighbouring samples may be at an anchor of heart
// rate recovery, s (§4.1, smart recording).
const recoveryGap = 8

// Signal is a heart rate to read recoveries from. T in s ascending, HR in bpm,
// cleaned, NaN = missing; Locked samples may have counted steps.
type Signal struct {
	T, HR  []float64
	Locked []bool
}

// Anchor returns the mean heart rate over [to−4, to], the trapezoid rule on the
// linear interpolant at whole seconds. reason is hr_gap_at_anchor when a gap of
// more than 8 s touches it or it is not inside the samples, and
// cadence_lock_suspected when one of its samples is locked.
func (s *Signal) Anchor(to float64) (bpm float64, reason string) {
	from := to - 4
	if !s.spans(from, to) || s.gapTouches(from, to) {
		return 0, "hr_gap_at_anchor"
	}
	if s.lockedIn(from, to) {
		return 0, "cadence_lock_suspected"
	}
	i := 0
	for k, weight := range []float64{0.5, 1, 1, 1, 0.5} {
		v, ok, next := interpolate(s.T, s.HR, from+float64(k), math.Inf(1), i)
		if !ok {
			return 0, "hr_gap_at_anchor"
		}
		i = next
		bpm += weight * v
	}
	return bpm / 4, ""
}

// spans reports whether valid samples lie at or before from and at or after to.
func (s *Signal) spans(from, to float64) bool {
	first, last, ok := s.bounds()
	return ok && first <= from && last >= to
}

func (s *Signal) bounds() (first, last float64, ok bool) {
	i, j := 0, len(s.T)-1
	for i < len(s.T) && missing(s.HR[i]) {
		i++
	}
	for j >= 0 && missing(s.HR[j]) {
		j--
	}
	if i > j {
		return 0, 0, false
	}
	return s.T[i], s.T[j], true
}

// gapTouches reports whether neighbouring valid samples more than 8 s apart
// overlap the open interval (from, to).
func (s *Signal) gapTouches(from, to float64) bool {
	last := math.NaN()
	for i, at := range s.T {
		if missing(s.HR[i]) {
			continue
		}
		if at-last > recoveryGap && last < to && at > from {
			return true
		}
		if at >= to {
			return false
		}
		last = at
	}
	return false
}

func (s *Signal) lockedIn(from, to float64) bool {
	for i, at := range s.T {
		if at > to {
			return false
		}
		if at >= from && s.Locked[i] && !missing(s.HR[i]) {
			return true
		}
	}
	return false
}

// coverage returns how much of [from, to] lies between valid neighbours at most
// 10 s apart, s.
func (s *Signal) coverage(from, to float64) float64 {
	covered, last := 0.0, math.NaN()
	for i, at := range s.T {
		if missing(s.HR[i]) {
			continue
		}
		if at-last <= maxGap {
			covered += math.Max(0, math.Min(at, to)-math.Max(last, from))
		}
		last = at
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
// reasons, in this order: hr_gap_at_anchor, cadence_lock_suspected,
// hr_coverage_low (less than 0.9·T covered).
//
// Source: Cole 1999; Bosquet 2008 (the raw heart rate is more repeatable than
// the drop).
func (s *Signal) Drop(te, hrEnd, after float64, tLast float64, missingTail string) (drop, at float64, reason string) {
	if tLast < te+after+2 {
		return 0, 0, missingTail
	}
	at, reason = s.Anchor(te + after + 2)
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
	i := 0
	for k := 10; k <= 40; k++ {
		v, ok, next := interpolate(s.T, s.HR, te+float64(k), math.Inf(1), i)
		if !ok {
			return 0, "hr_gap_at_anchor"
		}
		i = next
		x, y = append(x, float64(k)), append(y, math.Log(v))
	}
	slope := leastSquares(x, y)
	if slope >= 0 {
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
