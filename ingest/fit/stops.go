package fit

import (
	"slices"

	"afterrun/readiness"
)

// slackTimer is by how much a session's timer may exceed that of its events, s.
const slackTimer = 60

// dropFalseStops removes stops of the timer behind its last start that the
// session contradicts: it ran on for longer, or had not begun. Some apps never
// write a start, and stop the timer while they wait for the first step; some
// watches forget one. The rest of the recording would be a pause. timer is what
// the session says, s, 0 for nothing.
func dropFalseStops(events []readiness.TimerEvent, timer float64) []readiness.TimerEvent {
	n, paused := untilLastStart(events)
	ends := slices.DeleteFunc(slices.Clone(events[n:]), func(e readiness.TimerEvent) bool {
		return e.T <= 0 || e.T-paused+slackTimer < timer
	})
	return slices.Concat(events[:n], ends)
}

// untilLastStart returns the number of events up to the last start of the timer,
// and how long it stood until then, s.
func untilLastStart(events []readiness.TimerEvent) (n int, paused float64) {
	stop := -1
	for i, e := range events {
		switch {
		case e.Stop && stop < 0:
			stop = i
		case !e.Stop && stop >= 0:
			paused += e.T - events[stop].T
			stop = -1
		}
		if !e.Stop {
			n = i + 1
		}
	}
	return n, paused
}
