package fit

import (
	"cmp"
	"slices"

	"afterrun/readiness"
)

// slackStop is how much of the timer and of the recording must lie behind a stop
// that is not believed, s.
const slackStop = 60

// dropFalseStops removes stops of the timer behind its last start that the
// session contradicts, because its timer ran on while records were written, and
// those before the first record. Some apps never write a start, and stop the timer
// while they wait for the first step; some watches forget one. The rest of the
// recording would be a pause. timer is what the session says of the time from the
// first record on, s; at most 0 when it does not say. Where some go, the others
// are in the order of their times, as they are read.
func dropFalseStops(events []readiness.TimerEvent, timer, last float64) []readiness.TimerEvent {
	inTime := slices.SortedStableFunc(slices.Values(events), func(a, b readiness.TimerEvent) int { return cmp.Compare(a.T, b.T) })
	n, paused := untilLastStart(inTime)
	ends := slices.DeleteFunc(slices.Clone(inTime[n:]), func(e readiness.TimerEvent) bool {
		return e.T <= 0 || e.T+slackStop < last && e.T-paused+slackStop < timer
	})
	if n+len(ends) == len(events) {
		return events
	}
	return slices.Concat(inTime[:n], ends)
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
