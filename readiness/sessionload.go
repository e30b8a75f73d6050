package readiness

import (
	"strings"

	"afterrun/readiness/physio"
)

// loadHistory is how far back the athlete's own ratios reach, days.
const loadHistory = 180

// assignLoads gives every session its load (§7.6, §7.7), in order of date: a
// session without heart rate is judged by the athlete's own ratios of the 180
// days before.
func assignLoads(sessions []*session) {
	for i, s := range sessions {
		if !s.counts() {
			continue
		}
		s.ownRatios()
		s.assignLoad(sessions, i)
	}
}

// ownRatios notes what the session teaches about others.
func (s *session) ownRatios() {
	s.locked = strings.Contains(s.row["flags"].String(), "cadence_lock_suspected")
	s.row["srpe_load"] = Null("no_checkin")
	rpe, hrss := s.fields["rpe"], s.row.number("hrss")
	switch {
	case s.forgotten():
		s.row["srpe_load"] = Null("session_implausible")
	case rpe.ok:
		s.row["srpe_load"] = Num(physio.Foster(rpe.v, s.timer()))
	}
	srpe := s.row.number("srpe_load")
	if hrss.ok && srpe.v > 0 {
		s.ratio = known(hrss.v / srpe.v)
	}
	if hrss.ok && s.timer() > 0 && (s.trace.Sport != "running" || s.running()) {
		s.hourly = known(hrss.v / (s.timer() / 3600))
	}
}

func (s *session) assignLoad(all []*session, i int) {
	if s.forgotten() {
		s.noLoad("session_implausible")
		return
	}
	in := physio.LoadInput{
		HRSS: s.row.number("hrss").ptr(), RTSS: s.row.number("rtss").ptr(), SRPE: s.row.number("srpe_load").ptr(),
		LockShare: s.trace.LockShare, HoursRecorded: s.timer() / 3600,
	}
	if in.HRSS == nil && in.RTSS == nil {
		in.SRPERatio = personal(all, i, func(o *session) maybe { return o.ratio })
		in.HRSSPerHour = personal(all, i, func(o *session) maybe {
			if o.trace.Sport != s.trace.Sport {
				return maybe{}
			}
			return o.hourly
		})
	}
	load, source, ok := physio.SessionLoad(in)
	if !ok {
		s.noLoad("no_load_source")
		return
	}
	q := s.loadQuality(source)
	s.load, s.source = known(load), source
	s.row["load"] = Num(load).With(q, source, 0)
	s.row["load_source"] = Text(source)
	s.row["load_quality"] = Text(string(q))
}

func (s *session) noLoad(r Reason) {
	for _, name := range []string{"load", "load_source", "load_quality"} {
		s.row[name] = Null(r)
	}
}

// personal returns the median of what the sessions of the 180 days before the
// date of sessions[i] teach, nil with fewer than ten. Dates follow starts except
// by a day's offset, so the walk stops two days beyond.
func personal(sessions []*session, i int, of func(*session) maybe) *float64 {
	d := sessions[i].date
	var x []float64
	take := func(o *session) {
		if v := of(o); v.ok && o.date < d && o.date >= d-loadHistory {
			x = append(x, v.v)
		}
	}
	for j := i - 1; j >= 0 && sessions[j].date >= d-loadHistory-2; j-- {
		take(sessions[j])
	}
	m, ok := physio.PersonalRatio(x)
	return maybe{m, ok}.ptr()
}

// loadQuality grades a load (§7.7).
func (s *session) loadQuality(source string) Quality {
	coverage := s.row.number("hr_coverage")
	switch {
	case source == "time_personal":
		return Low
	case source == "hrss" && (s.estimated() || s.locked):
		return Low
	case source == "hrss" && coverage.ok && coverage.v < 0.95, strings.HasPrefix(source, "srpe"):
		return Partial
	}
	return Good
}

// estimated reports that HRmax or HRrest is an estimate.
func (s *session) estimated() bool {
	return s.row["hrmax_source"].String() == "estimate" || s.row["hrrest_source"].String() == "estimate"
}

// answerCooldown lets the athlete answer what the recording cannot tell (§3.3).
func (s *session) answerCooldown() {
	minutes := s.fields["cooldown_min"]
	if !s.counts() || s.row["cooldown_verdict"].String() != "unknown" || !minutes.ok {
		return
	}
	seconds, least := 60*minutes.v, physio.CooldownMinimum(s.trace.distance())
	s.row["cooldown_s"] = Num(seconds).With("", "checkin", 0)
	s.row["cooldown_verdict"] = Text(physio.CooldownVerdict(seconds, least, physio.EndWalk, 0))
}

// unanswerCooldown restores what the recording says in a row that an earlier
// assessment has answered.
func (s *session) unanswerCooldown() {
	if s.row["cooldown_s"].Source != "checkin" {
		return
	}
	walk, jog := s.row["walk_s"], s.row.number("jog_s")
	s.row["cooldown_verdict"], s.row["cooldown_s"] = Text("unknown"), Null(walk.Reason)
	if w, ok := walk.Float(); ok {
		s.row["cooldown_s"] = Num(w + jog.v)
	}
}

// weigh fills the fluid columns of a weighed run (§12).
func (s *session) weigh() {
	names := []string{"sweat_l", "sweat_rate_l_h", "dehydration_pct", "fluid_target_l"}
	pre, post := s.fields["mass_pre_kg"], s.fields["mass_post_kg"]
	if !pre.ok || !post.ok {
		for _, name := range names {
			s.row[name] = Null("no_body_mass")
		}
		return
	}
	f := physio.FluidBalance(pre.v, post.v, s.fields["fluid_in_l"].v, s.fields["urine_l"].v, s.timer()/3600)
	s.row["sweat_l"], s.row["sweat_rate_l_h"] = Num(f.SweatL), Num(f.SweatLPerH)
	s.row["dehydration_pct"], s.row["fluid_target_l"] = Num(f.DehydrationPct), Num(f.TargetL)
	if f.MassGain {
		s.row["fluid_target_l"] = Null("mass_gain")
	}
	if s.timer() <= 0 {
		s.row["sweat_rate_l_h"] = Null("too_short")
	}
}
