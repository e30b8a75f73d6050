package readiness

import (
	"math"
	"slices"
	"time"

	"afterrun/readiness/physio"
)

// minRHRDays is how many resting heart rates of 28 days make an HRrest.
const minRHRDays = 7

// defaultHRRest is assumed while nothing is known, bpm; an estimate.
const defaultHRRest = 60

// ResolveParams returns the athlete's limits on the date of every run (§6).
// runs are in order of start and count (no duplicates), dates are theirs; rhr
// gives the median of the daily resting heart rates of the 28 days up to a date
// and their number; profile may be nil. Every limit is a value with source and
// quality, or null with its reason.
func ResolveParams(runs []*Trace, dates []Date, rhr func(d Date) (median28 float64, n int), profile *Profile) []Params {
	out := make([]Params, len(runs))
	var seen resolved
	for i, t := range runs {
		seen.add(t)
		out[i] = seen.on(dates[i], rhr, profile)
	}
	return out
}

// resolved is what the runs up to now tell.
type resolved struct {
	holds                 []physio.Hold
	hrMax, hrRest, thresh float64 // of the latest file that has one, 0 = none
}

func (s *resolved) add(t *Trace) {
	if t.Hold10 != nil {
		s.holds = append(s.holds, physio.Hold{BPM: *t.Hold10, Tagged: t.tagged()})
	}
	latest := func(dst *float64, values ...float64) {
		for _, v := range slices.Backward(values) {
			if v > 0 {
				*dst = v
			}
		}
	}
	latest(&s.hrMax, t.Limits.ZonesMaxHR, t.Limits.ProfileRunMaxHR, t.Limits.ProfileMaxHR)
	latest(&s.hrRest, t.Limits.RestingHR)
	latest(&s.thresh, t.Limits.ThresholdHR)
}

// tagged reports a race or a hard session by the athlete's own word.
func (t *Trace) tagged() bool {
	for _, word := range []string{"race", "hard"} {
		if slices.Contains(t.Tags, word) || physio.HasWord(t.Title, word) {
			return true
		}
	}
	return false
}

func (s *resolved) on(d Date, rhr func(Date) (float64, int), p *Profile) Params {
	hrMax := s.hrMaxOn(d, p)
	return Params{
		Exceeded: s.exceeded(d, p),
		HRMax:    hrMax, HRRest: s.hrRestOn(d, rhr, p), LTHR: s.lthrOn(d, hrMax, p),
		ThresholdSpeed: thresholdSpeed(d, p), Sex: p.sex(),
	}
}

func (s *resolved) hrMaxOn(d Date, p *Profile) Value {
	if v, ok := p.param("hrmax", d); ok {
		return Num(v).With(Good, "override", 0)
	}
	tanaka := p.tanaka(d)
	if v, ok := physio.ObservedHRMax(s.holds, tanaka); ok {
		return Num(v).With(Good, "observed", len(s.holds))
	}
	if s.hrMax > 0 {
		return Num(s.hrMax).With(Good, "device", 0)
	}
	if !math.IsNaN(tanaka) {
		return Num(tanaka).With(Low, "estimate", 0)
	}
	if v, ok := physio.EstimatedHRMax(s.holds); ok {
		return Num(v).With(Low, "estimate", len(s.holds))
	}
	return Null("no_profile_age")
}

// exceeds is how far above the athlete's own maximum an observed one is worth a
// word, bpm (§6).
const exceeds = 2

// exceeded is the observed maximum where it lies clearly above the athlete's own
// one, which stays in force: a suggestion to look at it.
func (s *resolved) exceeded(d Date, p *Profile) *float64 {
	own, ok := p.param("hrmax", d)
	if !ok {
		return nil
	}
	if v, ok := physio.ObservedHRMax(s.holds, p.tanaka(d)); ok && v >= own+exceeds {
		return &v
	}
	return nil
}

// tanaka is the maximum the age lets expect, NaN while it is not known.
func (p *Profile) tanaka(d Date) float64 {
	if age, ok := p.age(d); ok {
		return physio.Tanaka(age)
	}
	return math.NaN()
}

func (s *resolved) hrRestOn(d Date, rhr func(Date) (float64, int), p *Profile) Value {
	if v, ok := p.param("hrrest", d); ok {
		return Num(v).With(Good, "override", 0)
	}
	if v, n := rhr(d); n >= minRHRDays {
		return Num(v).With(Good, "rhr_28d", n)
	}
	if s.hrRest > 0 {
		return Num(s.hrRest).With(Good, "device", 0)
	}
	return Num(defaultHRRest).With(Low, "estimate", 0)
}

func (s *resolved) lthrOn(d Date, hrMax Value, p *Profile) Value {
	if v, ok := p.param("lthr", d); ok {
		return Num(v).With(Good, "override", 0)
	}
	if s.thresh > 0 {
		return Num(s.thresh).With(Good, "device", 0)
	}
	if v, ok := hrMax.Float(); ok {
		return Num(physio.DefaultLTHR(v)).With(Low, "estimate", 0)
	}
	return Null("hrmax_unknown")
}

func thresholdSpeed(d Date, p *Profile) Value {
	if v, ok := p.param("threshold_speed_mps", d); ok {
		return Num(v).With(Good, "override", 0)
	}
	return Null("threshold_pace_unknown")
}

// param is the override in force on a date: of the latest entry from then or
// before that has the key.
func (p *Profile) param(key string, d Date) (v float64, ok bool) {
	if p == nil {
		return 0, false
	}
	from := Date(math.MinInt32)
	for _, e := range p.Params {
		if x, has := e.Values[key]; has && e.From <= d && e.From >= from {
			v, ok, from = x, true, e.From
		}
	}
	return v, ok
}

// age is the completed years on a date.
func (p *Profile) age(d Date) (float64, bool) {
	if p == nil || p.BirthDate == "" {
		return 0, false
	}
	born, err := ParseDate(p.BirthDate)
	if err != nil || born > d {
		return 0, false
	}
	b, t := born.Time(), d.Time()
	years := t.Year() - b.Year()
	if t.Before(time.Date(t.Year(), b.Month(), b.Day(), 0, 0, 0, 0, time.UTC)) {
		years--
	}
	return float64(years), true
}

func (p *Profile) sex() string {
	if p == nil || p.Sex == "" {
		return "unspecified"
	}
	return p.Sex
}
