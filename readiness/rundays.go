package readiness

import (
	"afterrun/readiness/physio"
)

// runDays is what the running sessions of each date add up to, from the first
// running date on (§8.4–8.7).
type runDays struct {
	first    Date
	some     bool
	runs     []int
	distance []float64 // m
	moving   []float64 // s
	longest  []maybe   // longest session, m
	spike    *track
	weeks    []physio.Week // from the week of the first run
	monday   Date          // of weeks[0]
	deload   []maybe       // of weeks, 0/1
	since    []int         // of weeks
}

func newRunDays(f *facts, to Date) runDays {
	r := runDays{}
	for _, s := range f.sessions {
		if s.counts() && s.running() && (!r.some || s.date < r.first) {
			r.first, r.some = s.date, true
		}
	}
	r.spike = newTrack(r.first, to)
	if !r.some {
		return r
	}
	n := int(to-r.first) + 1
	r.runs, r.distance, r.moving, r.longest = make([]int, n), make([]float64, n), make([]float64, n), make([]maybe, n)
	for i := range n {
		for _, s := range f.byDate[r.first+Date(i)] {
			if s.running() {
				r.add(i, s)
			}
		}
	}
	r.spikes()
	r.countWeeks(to)
	return r
}

func (r *runDays) add(i int, s *session) {
	r.runs[i]++
	r.moving[i] += s.timeOnFeet()
	if d := s.row.number("distance_m"); d.ok {
		r.distance[i] += d.v
		if !r.longest[i].ok || d.v > r.longest[i].v {
			r.longest[i] = d
		}
	}
}

// timeOnFeet is the moving time in s, the timer time of a coarse recording.
func (s *session) timeOnFeet() float64 {
	if s.trace.Coarse {
		return s.timer()
	}
	return s.row.number("moving_s").v
}

// longestBefore returns the longest running session of the 30 days before d, m.
func (r *runDays) longestBefore(d Date) (best maybe) {
	if !r.some {
		return best
	}
	i := int(d - r.first)
	for j := max(0, i-30); j < min(i, len(r.longest)); j++ {
		if l := r.longest[j]; l.ok && (!best.ok || l.v > best.v) {
			best = l
		}
	}
	return best
}

func (r *runDays) spikes() {
	for i, l := range r.longest {
		d := r.first + Date(i)
		if before := r.longestBefore(d); l.ok && before.ok && before.v > 0 {
			r.spike.set(d, l.v/before.v)
		}
	}
}

// countWeeks adds up complete ISO weeks and judges each.
func (r *runDays) countWeeks(to Date) {
	r.monday = r.first - Date((r.first.Weekday()+6)%7)
	for m := r.monday; m+6 <= to; m += 7 {
		var w physio.Week
		for d := max(m, r.first); d <= m+6; d++ {
			w.Distance += r.distance[d-r.first]
			w.Runs += r.runs[d-r.first]
		}
		r.weeks = append(r.weeks, w)
		deload, known := physio.Deload(r.weeks[max(0, len(r.weeks)-4):])
		since := len(r.weeks)
		switch n := len(r.since); {
		case known && deload:
			since = 0
		case n > 0 && r.since[n-1] < n:
			since = r.since[n-1] + 1
		}
		r.since = append(r.since, since)
		r.deload = append(r.deload, maybe{Flag(deload).num, known})
	}
}

// sum adds a per-day quantity up from index a to b.
func sumOver(x []float64, a, b int) float64 {
	total := 0.0
	for i := max(0, a); i <= b; i++ {
		total += x[i]
	}
	return total
}

// fill writes the evening columns of d.
func (r *runDays) fill(d Date, row Row) {
	i := int(d - r.first)
	if !r.some || i < 0 {
		for _, name := range []string{"distance_7d_m", "distance_ramp_7d", "ramp_high", "time_ramp_7d", "session_spike_ratio",
			"is_deload_week", "weeks_since_deload", "rest_days_7d", "days_since_rest"} {
			row[name] = Null("no_run")
		}
		return
	}
	row["distance_7d_m"] = Num(sumOver(r.distance, i-6, i))
	r.fillRamps(i, row)
	r.fillSpike(i, d, row)
	r.fillWeek(d, row)
	r.fillRest(i, row)
}

func (r *runDays) fillRamps(i int, row Row) {
	if i < 13 {
		row["distance_ramp_7d"], row["ramp_high"], row["time_ramp_7d"] = Null("load_history_short"), Null("load_history_short"), Null("load_history_short")
		return
	}
	before, now := sumOver(r.distance, i-13, i-7), sumOver(r.distance, i-6, i)
	ramp, ok := physio.Ramp(before, now)
	row["distance_ramp_7d"] = maybe{ramp, ok}.value("baseline_short")
	row["ramp_high"] = Flag(physio.RampHigh(before, now))
	ramp, ok = physio.Ramp(sumOver(r.moving, i-13, i-7), sumOver(r.moving, i-6, i))
	row["time_ramp_7d"] = maybe{ramp, ok}.value("baseline_short")
}

func (r *runDays) fillSpike(i int, d Date, row Row) {
	reason := Reason("baseline_short")
	switch {
	case r.runs[i] == 0:
		reason = "no_run"
	case !r.longest[i].ok && r.longestBefore(d).ok:
		reason = "no_distance"
	}
	row["session_spike_ratio"] = r.spike.at(d).value(reason)
}

func (r *runDays) fillWeek(d Date, row Row) {
	n := int(d-r.monday+1) / 7 // complete weeks at d
	if n == 0 {
		row["is_deload_week"], row["weeks_since_deload"] = Null("baseline_short"), Null("baseline_short")
		return
	}
	row["is_deload_week"] = r.deload[n-1].value("baseline_short")
	row["weeks_since_deload"] = Num(float64(r.since[n-1]))
}

func (r *runDays) fillRest(i int, row Row) {
	streak := 0
	for j := i; j >= 0 && r.runs[j] > 0; j-- {
		streak++
	}
	row["days_since_rest"] = Num(float64(streak))
	row["rest_days_7d"] = Null("load_history_short")
	if i < 6 {
		return
	}
	rest := 0
	for j := i - 6; j <= i; j++ {
		if r.runs[j] == 0 {
			rest++
		}
	}
	row["rest_days_7d"] = Num(float64(rest))
}
