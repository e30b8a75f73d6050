package worker

import (
	"slices"
	"strings"
	"time"

	"afterrun/readiness"
)

// freshDays is how old a transition may be to be sent: a back-fill of years
// must not send the alerts of years (PHYSIOLOGY §14).
const freshDays = 2

// remindDays is the least distance between two messages of one episode of a rule
// other than the detector's, which has its own.
const remindDays = 5

// due returns the alerts to send now and the ledger that remembers them. The
// assessment says what the history implies; the ledger what the athlete has
// been told. An episode whose entry moved because of a late file is still the
// episode the athlete was told about.
func due(a *readiness.Assessment, sent []readiness.SentAlert, athlete readiness.AthleteID, now time.Time, remind int) ([]readiness.Result, []readiness.SentAlert) {
	ledger := slices.Clone(sent)
	var alerts []readiness.Result
	for _, t := range a.Transitions {
		t.Episode = toldEpisode(t, a.Transitions, ledger)
		if !timely(t, a.Days, now) || !worthSending(t, ledger, remind) {
			continue
		}
		alerts = append(alerts, alert(t, athlete, now))
		ledger = append(ledger, readiness.SentAlert{Rule: t.Rule, Episode: t.Episode, Kind: t.Kind, Date: t.Date, Sent: now.UTC()})
	}
	return alerts, ledger
}

// noon is the hour from which the day's verdict waits for no more data.
const noon = 12

// timely reports whether the transition is of today or the two days before.
// One of today waits until the morning's data are in, or noon.
func timely(t readiness.Transition, days []readiness.Day, now time.Time) bool {
	today := readiness.DateOf(now)
	if t.Date == today {
		return now.Hour() >= noon || morningIn(days, today)
	}
	return t.Date < today && t.Date >= today-freshDays
}

// morningIn reports whether the athlete's morning of the date is known.
func morningIn(days []readiness.Day, d readiness.Date) bool {
	i, ok := slices.BinarySearchFunc(days, d, func(x readiness.Day, d readiness.Date) int { return int(x.Date - d) })
	if !ok {
		return false
	}
	for _, name := range []string{"rhr_bpm", "wellness_sum", "sleep_h", "hrv_rmssd_ms", "pain_days"} {
		if _, ok := days[i].Row[name].Float(); ok {
			return true
		}
	}
	return false
}

// worthSending applies the rules of one episode: entry once, reminders at
// least remind days after the last message, recovery once and only to somebody
// who was warned. A lapsed episode closes in silence.
func worthSending(t readiness.Transition, ledger []readiness.SentAlert, remind int) bool {
	if t.Rule != "under_recovery" {
		remind = remindDays
	}
	var last readiness.Date
	told, over := false, false
	for _, s := range ledger {
		if s.Rule == t.Rule && s.Episode == t.Episode {
			told, over, last = true, over || s.Kind == "exit", max(last, s.Date)
		}
	}
	switch t.Kind {
	case "enter":
		return !told
	case "reminder":
		return !over && (!told || t.Date >= last+readiness.Date(remind))
	case "exit":
		return told && !over
	default:
		return false
	}
}

// toldEpisode returns the entry date under which the athlete knows the
// transition's episode: that of an overlapping episode in the ledger, else its
// own.
func toldEpisode(t readiness.Transition, all []readiness.Transition, ledger []readiness.SentAlert) readiness.Date {
	from, to := span(t, all)
	for _, s := range ledger {
		if s.Rule == t.Rule && s.Episode <= to && lastTold(s, ledger) >= from {
			return s.Episode
		}
	}
	return t.Episode
}

// span is the time an episode covers as far as the history tells.
func span(t readiness.Transition, all []readiness.Transition) (from, to readiness.Date) {
	to = t.Date
	for _, u := range all {
		if u.Rule == t.Rule && u.Episode == t.Episode {
			to = max(to, u.Date)
		}
	}
	return t.Episode, to
}

func lastTold(s readiness.SentAlert, ledger []readiness.SentAlert) readiness.Date {
	last := s.Date
	for _, u := range ledger {
		if u.Rule == s.Rule && u.Episode == s.Episode {
			last = max(last, u.Date)
		}
	}
	return last
}

func alert(t readiness.Transition, athlete readiness.AthleteID, now time.Time) readiness.Result {
	step := t.Kind
	if step == "reminder" {
		step += "-" + t.Date.String()
	}
	return readiness.Result{
		Athlete: athlete, Kind: readiness.ResultAlert, At: t.Date.Noon(),
		Key: strings.Join([]string{t.Rule, t.Episode.String(), step}, "-"),
		Alert: &readiness.Alert{
			Transition:     t,
			IdempotencyKey: strings.Join([]string{string(athlete), t.Rule, t.Episode.String(), step}, "|"),
			Created:        now.UTC(),
		},
	}
}
