package physio

import "math"

// pauseTau is the time constant that carries a pause of another length to 60 s, s.
const pauseTau = 70

// The lengths of a pause that says something of recovery, s.
const (
	ShortestPause = 45
	LongestPause  = 180
)

// PauseRecovery is what a run's pauses of the timer tell of heart-rate recovery
// (§4.7): medians over the N pauses that count. Drop and End in bpm, Length in s.
type PauseRecovery struct {
	Drop, Length, End float64
	N                 int
}

// PauseDrop carries the fall of heart rate over a pause of the timer, bpm, to 60 s
// (§4.7): (stop − restart)·(1−e^(−60/70))/(1−e^(−D/70)), length D in s. The posture
// is unknown and the curve assumed, so its quality is always low.
func PauseDrop(stop, restart, length float64) float64 {
	return (stop - restart) * (1 - math.Exp(-60.0/pauseTau)) / (1 - math.Exp(-length/pauseTau))
}

// AtRestart returns the first valid, unlocked heart rate within 3 s from the
// restart on, bpm; NaN without one.
func (s *Signal) AtRestart(restart float64) float64 {
	for i := s.from(restart); i < len(s.t) && s.t[i] <= restart+3; i++ {
		if !s.locked[i] {
			return s.hr[i]
		}
	}
	return math.NaN()
}

// PauseRecoveries reads the pauses of 45 to 180 s (§4.7). hrMax in bpm, NaN =
// unknown. Reasons: no_pause, hrmax_unknown, else that of the pause that got
// furthest: effort_too_short (running for less than 300 of the 900 s before, or 48
// of the last 60), no_stop_hr, effort_too_easy (below 0.70·hrMax),
// hr_gap_at_anchor (no heart rate within 3 s of the restart).
func PauseRecoveries(run *Seconds, hr *Signal, pauses []Span, hrMax float64) (PauseRecovery, string) {
	var drops, lengths, ends []float64
	furthest := -1
	for _, p := range pauses {
		length := p.To - p.From
		if length < ShortestPause || length > LongestPause {
			continue
		}
		stop, restart := hr.AtStop(p.From), hr.AtRestart(p.To)
		passed := pauseTests(run, p.From, stop, restart, hrMax)
		furthest = max(furthest, passed)
		if passed == len(pauseReasons) {
			drops, lengths, ends = append(drops, PauseDrop(stop, restart, length)), append(lengths, length), append(ends, stop)
		}
	}
	switch {
	case furthest < 0:
		return PauseRecovery{}, "no_pause"
	case missing(hrMax):
		return PauseRecovery{}, "hrmax_unknown"
	case len(drops) == 0:
		return PauseRecovery{}, pauseReasons[furthest]
	}
	r := PauseRecovery{N: len(drops)}
	r.Drop, _ = Median(drops)
	r.Length, _ = Median(lengths)
	r.End, _ = Median(ends)
	return r, ""
}

// pauseReasons are what the tests of a pause fail with, in their order.
var pauseReasons = [...]string{"effort_too_short", "no_stop_hr", "effort_too_easy", "hr_gap_at_anchor"}

// pauseTests counts the tests a pause passes before it fails one.
func pauseTests(run *Seconds, stopped, stop, restart, hrMax float64) int {
	e := int(math.Ceil(stopped)) // seconds before it are before the stop
	for i, passes := range [...]bool{
		run.CountRunning(e-900, e) >= 300 && run.CountRunning(e-60, e) >= 48,
		!missing(stop), stop >= 0.70*hrMax, !missing(restart),
	} {
		if !passes {
			return i
		}
	}
	return len(pauseReasons)
}
