package readiness

import (
	"fmt"
	"strings"
	"time"
)

// nearestRun is how far from the written start time a run may have started to
// be meant by a check-in row.
const nearestRun = 30 * time.Minute

// attachRunFields gives the run fields of check-ins to their runs (§12): those
// with a start time to the nearest run, the others to the date's longest
// activity, the cool-down to its last running session. A per-run entry beats the
// date's. It returns the keys of rows whose run was not found.
func (f *facts) attachRunFields() (unmatched []string) {
	for _, v := range f.runParts {
		if !f.attach(v.event.CheckIn) {
			unmatched = append(unmatched, v.event.Key)
		}
	}
	return unmatched
}

func (f *facts) attach(c *CheckIn) bool {
	longest, last := f.nearest(c), f.nearest(c)
	if c.Run == "" {
		longest, last = f.longestOf(c.Date), f.lastRunningOf(c.Date)
	}
	found := false
	for _, col := range CheckInColumns {
		to := longest
		if col.Name == "cooldown_min" {
			to = last
		}
		if v := c.number(col.Name); col.Part == PartRun && v.ok && to != nil {
			to.fields[col.Name], found = v, true
		}
	}
	return found || longest != nil
}

// longestOf returns the activity of the date with the longest timer time, the
// earlier of two.
func (f *facts) longestOf(d Date) (best *session) {
	for _, s := range f.byDate[d] {
		if best == nil || s.timer() > best.timer() {
			best = s
		}
	}
	return best
}

func (f *facts) lastRunningOf(d Date) (last *session) {
	for _, s := range f.byDate[d] {
		if s.running() {
			last = s
		}
	}
	return last
}

// nearest returns the run that starts nearest to the written time, the earlier
// of two; nil without one near enough.
func (f *facts) nearest(c *CheckIn) (best *session) {
	if c.Run == "" {
		return nil
	}
	at, absolute, err := c.runTime()
	if err != nil {
		return nil
	}
	gap := nearestRun + 1
	for d := DateOf(at) - 1; d <= DateOf(at)+1; d++ { // UTC and local date differ by at most one
		for _, s := range f.byDate[d] {
			start := s.trace.Start.UTC()
			if !absolute {
				start = start.Add(time.Duration(s.offset) * time.Second)
			}
			if g := start.Sub(at).Abs(); g < gap {
				best, gap = s, g
			}
		}
	}
	return best
}

// runTime reads the column `run`: HH:MM[:SS] on the row's date, or a date-time.
// Without an offset the time is local to the run and returned as if it were UTC.
func (c *CheckIn) runTime() (at time.Time, absolute bool, err error) {
	text := strings.Replace(strings.TrimSpace(c.Run), " ", "T", 1)
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return c.Date.Time().Add(t.Sub(t.Truncate(24 * time.Hour))), false, nil
		}
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, false, nil
		}
	}
	for _, layout := range []string{"2006-01-02T15:04Z07:00", time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true, nil
		}
	}
	return time.Time{}, false, fmt.Errorf("run %q is no time: %w", c.Run, ErrInvalid)
}
