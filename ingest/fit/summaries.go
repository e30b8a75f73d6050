package fit

import (
	"math"
	"slices"

	"github.com/muktihari/fit/profile/typedef"

	"afterrun/readiness"
)

// Some watches keep no record of an activity, or none with a time: a swim in a
// pool, a session typed in by hand. What its sessions say of the whole, start,
// end, distance and time of the timer, is all there is, and it is a training
// all the same.

// longest bounds what a summary may claim, s.
const longest = maxApart

// summaries returns a run for every session, or one for all laps without a
// session; why is why there are no records, and the error if there is nothing
// else either.
func (c *content) summaries(why error) ([]readiness.Run, error) {
	sessions := c.sessions
	if len(sessions) == 0 {
		sessions = c.overLaps()
	}
	var out []readiness.Run
	for k, s := range sessions {
		if c.sums(s) {
			out = append(out, c.summary(k, s))
		}
	}
	if len(out) == 0 {
		return nil, why
	}
	if len(sessions) == 1 {
		out[0].Part = -1
	}
	c.warn("no record of it has a time: " + summedUp)
	return out, nil
}

const summedUp = "start, duration and distance are those that the watch summed up"

// sums reports a session that says when it was and how long it took.
func (c *content) sums(s session) bool {
	return s.start != unset && !c.hidden(s.start) && s.start < s.end && s.end <= s.start+longest
}

// overlapped reports a session that shares its time with another: what sums up
// several is no training of its own.
func (c *content) overlapped(k int) bool {
	for i, o := range c.sessions {
		if i != k && o.start < c.sessions[k].end && o.end > c.sessions[k].start {
			return true
		}
	}
	return false
}

// summary is the run of session k without records: two samples, its start and
// its end. Where the pauses lay nobody needs to know; the time that the timer
// stood is put between the last metre, a third sample, and the end.
func (c *content) summary(k int, s session) readiness.Run {
	records := []record{bare(s.start, 0), bare(s.end, s.total.distance)}
	timer, paused := s.total.timer, s.total.timer > 0 && s.total.timer < since(s.end, s.start)
	if paused {
		records = slices.Insert(records, 1, bare(s.end, s.total.distance))
	}
	r := c.run(s, records, s.start, s.end, c.nextStart(s))
	r.Part, r.TimerEvents = k, nil
	if paused {
		r.T[1], r.TimerEvents = timer, []readiness.TimerEvent{{T: timer, Stop: true}}
	}
	if s.total.distance == 0 {
		r.Distance = nil
	}
	return r
}

// bare is a record that says how far it was by then.
func bare(at int64, distance float64) record {
	n := math.NaN()
	return record{time: at, hr: n, speed: n, distance: distance, cadence: n, altitude: n, lat: n, lon: n, watt: n}
}

// overLaps sums up the laps as a session would, none without laps.
func (c *content) overLaps() []session {
	s := session{start: unset, end: unset, sport: typedef.SportInvalid, subSport: typedef.SubSportInvalid}
	for _, l := range c.laps {
		if l.start == unset || l.end < l.start {
			continue
		}
		if s.start == unset || l.start < s.start {
			s.start = l.start
		}
		s.end = max(s.end, l.end)
		s.total.timer += l.timer
		if l.distance > 0 {
			s.total.distance += l.distance
		}
	}
	if s.start == unset {
		return nil
	}
	return []session{s}
}
