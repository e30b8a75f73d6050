package worker

import (
	"cmp"
	"slices"
	"time"

	"afterrun/readiness"
)

// stamps returns the time of every run's result, by key: its start, and a
// millisecond more for every other run of that start. A time series knows a point
// by its time alone, so of two recordings that the athlete set apart the later
// written would take the place of the other. A duplicate is no point.
func stamps(runs []readiness.RunSummary) map[string]time.Time {
	order := make([]*readiness.RunSummary, len(runs))
	for i := range runs {
		order[i] = &runs[i]
	}
	slices.SortFunc(order, func(a, b *readiness.RunSummary) int {
		return cmp.Or(a.Trace.Start.Compare(b.Trace.Start), cmp.Compare(a.Key, b.Key))
	})
	out := make(map[string]time.Time, len(runs))
	taken := map[int64]time.Duration{} // by start: how many runs there are, ms
	for _, r := range order {
		start := r.Trace.Start
		out[r.Key] = start.Add(taken[start.UnixNano()])
		if r.DuplicateOf == "" {
			taken[start.UnixNano()] += time.Millisecond
		}
	}
	return out
}
