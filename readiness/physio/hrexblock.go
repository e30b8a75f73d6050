package physio

import "math"

// The minutes of a run that count (§9.6), in moving seconds.
const (
	blockFrom, blockTo, blockLength = 360, 2400, 60
	blocksNeeded                    = 5
)

// Blocks returns the steady minutes of a run before second until, for the
// comparison of heart rates at usual speed (§9.6): of the moving seconds, numbered
// from 0, [360, 420), [420, 480), … up to 2400. A minute is complete when it is
// contiguous, all running, all with a speed; even when also the sample SD of the
// held speed is at most 10 % of its mean and the mean grade at most 5 %; usable
// when also 48 seconds have heart rate. hrMax in bpm, NaN = unknown.
//
// Reasons: too_short (fewer than 5 complete), not_steady (fewer than 5 even),
// cadence_lock_suspected (only locked samples are missing) or hr_coverage_low
// (fewer than 5 usable), not_steady (the speeds' sample SD above 15 %),
// effort_too_hard (median heart rate above 0.88·hrMax).
//
// Source: Buchheit 2014; Vesterinen 2014; Lamberts 2011.
func (s Stream) Blocks(until int, hrMax float64) ([]Block, string) {
	complete, even, lockedUsable := 0, 0, 0
	var usable []Block
	for _, m := range s.minutes(until) {
		if !s.complete(m) {
			continue
		}
		complete++
		from := m[0]
		if !s.even(from) {
			continue
		}
		even++
		if b, ok := s.block(from, s.HR); ok {
			usable = append(usable, b)
		}
		if _, ok := s.block(from, s.LockedHR); ok {
			lockedUsable++
		}
	}
	switch {
	case complete < blocksNeeded:
		return nil, "too_short"
	case even < blocksNeeded:
		return nil, "not_steady"
	case len(usable) < blocksNeeded && lockedUsable >= blocksNeeded:
		return nil, "cadence_lock_suspected"
	case len(usable) < blocksNeeded:
		return nil, "hr_coverage_low"
	}
	return usable, submaximal(usable, hrMax)
}

// minutes returns the grid seconds of every block that may count.
func (s Stream) minutes(until int) [][]int {
	var moving []int
	for g := 0; g < min(until, len(s.State)) && len(moving) < blockTo; g++ {
		if s.Moving(g) {
			moving = append(moving, g)
		}
	}
	var out [][]int
	for from := blockFrom; from+blockLength <= len(moving); from += blockLength {
		out = append(out, moving[from:from+blockLength])
	}
	return out
}

func (s Stream) complete(minute []int) bool {
	for i, g := range minute {
		if g != minute[0]+i || !s.Running(g) || missing(s.V[g]) {
			return false
		}
	}
	return true
}

func (s Stream) even(from int) bool {
	speed := s.Speed[from : from+blockLength]
	mean, _ := Mean(speed)
	sd, _ := SampleSD(speed)
	if s.Grade != nil {
		if grade, _ := meanOf(s.Grade[from : from+blockLength]); math.Abs(grade) > 0.05 {
			return false
		}
	}
	return sd <= 0.10*mean
}

// block sums the minute up; false with heart rate on fewer than 48 seconds.
func (s Stream) block(from int, hr []float64) (Block, bool) {
	v, _ := Mean(s.V[from : from+blockLength])
	n := 0
	for _, h := range hr[from : from+blockLength] {
		if !missing(h) {
			n++
		}
	}
	h, _ := meanOf(hr[from : from+blockLength])
	return Block{v, h}, n >= 48
}

// submaximal is why usable blocks cannot be compared, "" if they can: in interval
// sessions heart rate lags behind speed, races are not submaximal.
func submaximal(blocks []Block, hrMax float64) string {
	var v, h []float64
	for _, b := range blocks {
		v, h = append(v, b.V), append(h, b.H)
	}
	mean, _ := Mean(v)
	sd, _ := SampleSD(v)
	middle, _ := Median(h)
	switch {
	case sd > 0.15*mean:
		return "not_steady"
	case middle > 0.88*hrMax:
		return "effort_too_hard"
	}
	return ""
}

// Surface names what a run was on by its FIT sub-sport: trail, indoor or other.
func Surface(subSport string) string {
	switch subSport {
	case "trail":
		return "trail"
	case "treadmill", "indoor_running":
		return "indoor"
	}
	return "other"
}
