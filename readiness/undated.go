package readiness

import (
	"math"
	"slices"
	"time"

	"afterrun/readiness/physio"
)

// clockSet is before every recording of a watch whose clock was set. One that
// was not counts from its maker's epoch, as FIT from the end of 1989, until the
// phone or a satellite tells it the time.
var clockSet = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Recordable reports a time that a clock can show; without one some exporters
// write the year 1, and the stores of time series begin in 1900.
func Recordable(t time.Time) bool { return t.Year() >= 1900 && t.Year() < 2100 }

// Undated reports a time of a clock that was never set. A recording of such times
// is a run with durations, but of no day that anybody knows: it has its own
// numbers and counts nowhere else.
func Undated(t time.Time) bool { return t.Before(clockSet) }

// alone is a history of one undated run: nothing that is known of the athlete's
// days bears on it, and it bears on none of them.
func (f *facts) alone(s *session) *facts {
	return &facts{
		profile: f.profile.timeless(), zone: f.zone, sessions: []*session{s}, byDate: map[Date][]*session{s.date: {s}},
		checkins: map[Date]*version{}, data: map[Date]bool{s.date: true}, first: s.date, last: s.date, any: true,
	}
}

// timeless is what a profile says whatever the date: no age, and of the athlete's
// limits the latest.
func (p *Profile) timeless() *Profile {
	if p == nil {
		return nil
	}
	now := *p
	now.BirthDate = ""
	now.Params = slices.SortedStableFunc(slices.Values(p.Params), func(a, b DatedParams) int { return int(a.From - b.From) })
	for i := range now.Params {
		now.Params[i].From = math.MinInt32
	}
	return &now
}

// undatedRuns assesses each of them by itself.
func (f *facts) undatedRuns(src SampleSource, rules physio.Rules) ([]RunSummary, error) {
	var out []RunSummary
	for _, s := range f.undated {
		one, err := newAlmanac(f.alone(s), s.date, rules).assess(src, skipDay)
		if err != nil {
			return nil, err
		}
		out = append(out, one.Runs...)
	}
	return out, nil
}
