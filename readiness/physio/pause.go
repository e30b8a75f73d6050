package physio

import "math"

// pauseTau is the time constant that carries a pause of another length to 60 s.
const pauseTau = 70

// The lengths of a pause that says something of recovery, s.
const (
	ShortestPause = 45
	LongestPause  = 180
)

// PauseDrop carries the fall of heart rate over a pause of the timer, bpm, to 60 s
// (§4.7): (stop − restart)·(1−e^(−60/70))/(1−e^(−D/70)), length D in s. The posture
// is unknown and the curve assumed, so its quality is always low.
func PauseDrop(stop, restart, length float64) float64 {
	return (stop - restart) * (1 - math.Exp(-60.0/pauseTau)) / (1 - math.Exp(-length/pauseTau))
}

// AtRestart is the first cleaned, unlocked heart rate within 3 s from the restart
// on, bpm; NaN without one.
func (s *Signal) AtRestart(restart float64) float64 {
	for i, at := range s.T {
		if at > restart+3 {
			break
		}
		if at >= restart && !missing(s.HR[i]) && !s.Locked[i] {
			return s.HR[i]
		}
	}
	return math.NaN()
}
