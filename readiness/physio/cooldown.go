package physio

// The cool-down asked for: 3 min after up to 2 miles, else 5 min (§3.3).
const (
	TwoMiles       = 3218.688 // m
	shortCooldownS = 180
	fullCooldownS  = 300
)

// WalkAfter returns the seconds walked after the effort's end te until a stand
// of more than 30 s (pauses count as standing) or 30 s of running; shorter ones
// are tolerated, not counted (§3.3).
func (s *Seconds) WalkAfter(te int) int {
	walked, length := 0, 0
	for g := te; g < len(s.State); g++ {
		if g > te && s.effective(g) != s.effective(g-1) {
			length = 0
		}
		length++
		switch state := s.effective(g); {
		case state == Walk:
			walked++
		case state == Stand && length > 30, state == RunMotion && length >= 30:
			return walked
		}
	}
	return walked
}

// effective is the state with pauses as standing.
func (s *Seconds) effective(g int) Motion {
	if s.Paused[g] {
		return Stand
	}
	return s.State[g]
}

// JogBefore returns the length in s of an easy jog at the end of the last bout
// (§3.3): s runs down from te − 60 while over the seconds [s, s+60)
//
//	mean speed ≤ 0.80 · median running speed and
//	mean HR ≤ mean running HR − 0.10 · (HRmax − HRrest)
//
// hr is the heart rate on the grid in bpm (NaN = missing), bout the start of the
// last bout. 0 when there is no such jog or nothing to compare with.
func (s *Seconds) JogBefore(te, bout int, hr []float64, hrMax, hrRest float64) int {
	speeds, meanHR, ok := s.whileRunning(hr)
	if !ok {
		return 0
	}
	slow, _ := Median(speeds)
	slow *= 0.80
	low := meanHR - 0.10*(hrMax-hrRest)
	jog := 0
	for from := te - 60; from >= bout && from >= 0; from-- {
		v, okV := meanOf(s.Speed[from : from+60])
		h, okH := meanOf(hr[from : from+60])
		if !okV || !okH || v > slow || h > low {
			break
		}
		jog = te - from
	}
	return jog
}

// whileRunning returns the speeds and the mean heart rate of the running
// seconds.
func (s *Seconds) whileRunning(hr []float64) (speeds []float64, meanHR float64, ok bool) {
	sum, n := 0.0, 0
	for g := range s.State {
		if !s.Running(g) {
			continue
		}
		if !missing(s.Speed[g]) {
			speeds = append(speeds, s.Speed[g])
		}
		if !missing(hr[g]) {
			sum += hr[g]
			n++
		}
	}
	if len(speeds) == 0 || n == 0 {
		return nil, 0, false
	}
	return speeds, sum / float64(n), true
}

// meanOf is the plain mean of the valid values.
func meanOf(x []float64) (float64, bool) {
	sum, n := 0.0, 0
	for _, v := range x {
		if !missing(v) {
			sum += v
			n++
		}
	}
	if n == 0 {
		return 0, false
	}
	return sum / float64(n), true
}

// CooldownMinimum returns the least cool-down in s for a recorded distance in m
// (NaN = unknown: the longer one).
func CooldownMinimum(distance float64) float64 {
	if distance <= TwoMiles {
		return shortCooldownS
	}
	return fullCooldownS
}

// CooldownVerdict judges a cool-down of s seconds against its minimum: ok,
// short or abrupt; unknown when the recording stopped with the effort and no jog
// was seen in it, for then nobody knows what came after.
//
// A cool-down prevents the head-rush and speeds lactate clearance; it has not
// been shown to reduce soreness or injury (Van Hooren & Peake 2018), so it does
// not enter readiness.
func CooldownVerdict(s, minimum float64, endKind string, jog int) string {
	switch {
	case endKind == EndRecordingStopped && jog == 0:
		return "unknown"
	case s >= minimum:
		return "ok"
	case s >= 60:
		return "short"
	}
	return "abrupt"
}
