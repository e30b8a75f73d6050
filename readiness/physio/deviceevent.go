package physio

import "math"

// DeviceDrop returns the fall of heart rate over the two minutes of a watch's
// own recovery event (§4.2, FIT event recovery_hr): the heart rate at the stop of
// the timer less the absolute heart rate in the event, both in bpm.
//
// Reasons, in this order: no_stop_hr (hrAtStop NaN), event_not_120s_after_stop (no
// stop, or more than 3 s off), event_hr_invalid (data outside 30..230 or a drop outside −10..90).
//
// Source: settled from real files; the event is stamped 120 s after the stop.
func DeviceDrop(tEvent, tStop, hrAtStop, data float64) (float64, string) {
	switch drop := hrAtStop - data; {
	case !missing(tStop) && missing(hrAtStop):
		return 0, "no_stop_hr"
	case !(math.Abs(tEvent-tStop-120) <= 3):
		return 0, "event_not_120s_after_stop"
	case !(data >= minHR && data <= maxHR), drop < -10, drop > 90:
		return 0, "event_hr_invalid"
	default:
		return drop, ""
	}
}

// AtStop returns the unweighted mean of the valid, unlocked samples in
// [stop−4, stop], NaN when there is none.
func (s *Signal) AtStop(stop float64) float64 {
	sum, n := 0.0, 0
	for i := s.from(stop - 4); i < len(s.t) && s.t[i] <= stop; i++ {
		if !s.locked[i] {
			sum += s.hr[i]
			n++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}
