package readiness

import (
	"slices"

	"afterrun/readiness/physio"
)

// morning is what is known of a day before its training, and the row it fills.
type morning struct {
	d   Date
	row Row

	wellness  maybe // today's grade, else yesterday's
	form      form
	frac      maybe
	window    maybe   // g of the running recovery window
	within    *window // that window
	rhrSeries *track
	rhr       physio.RHRReading
	lowRHR    bool // low_with_fatigue
	hrv       physio.HRVReading
	hrvExempt bool
	sleep     maybe
	sleepWeek maybe
	hrr       *recoveryTest
	hrex      *hrexTest
	soreness  maybe
	pain      maybe
	massDrop  maybe
	said      *CheckIn // today's check-in, else yesterday's

	parts     []physio.Component
	lacks     []Lack
	score     maybe
	uncapped  maybe
	conf      float64
	cappedBy  string
	band      string
	emergency bool

	conditions []physio.Condition
	question   string
}

// walk is what the days hand on to each other.
type walk struct {
	bands    physio.Bands
	detector physio.Detector
	windows  windows
	pain     painWatch
	cooldown cooldownAsk
	hash     string
	steps    []Transition
}

// days computes every day in order. The morning of d knows the runs up to d−1,
// the evening also those of d (§0).
func (a *almanac) days(visit visitor) ([]Day, []Transition) {
	w := walk{
		bands: physio.NewBands(a.rules.Bands), detector: physio.NewDetector(a.rules.Detector),
		hash: a.firstHash(),
	}
	out := make([]Day, 0, int(a.to-a.from)+1)
	for d := a.from; d <= a.to; d++ {
		before := w
		m := a.morning(d, &w)
		a.evening(m, &w)
		visit(a, before, m, &w)
		w.hash = a.dayHash(d, w.hash)
		out = append(out, Day{Date: d, Row: m.row, Datum: a.f.data[d], Verdict: m.verdict(a, &w), InputsHash: w.hash, Judged: a.judged})
	}
	return out, w.steps
}

// firstHash covers what every day rests on.
func (a *almanac) firstHash() string {
	parts := []any{FormulaVersion, a.f.profile}
	if len(a.rules.Changes()) > 0 {
		parts = append(parts, a.judged)
	}
	return shortHash(parts...)
}

// dayHash chains what is known of d to all that is known before: a day depends on
// the whole past.
func (a *almanac) dayHash(d Date, before string) string {
	parts := []any{before, d}
	for _, s := range a.f.byDate[d] {
		parts = append(parts, s.inputsHash())
	}
	if v := a.f.checkins[d]; v != nil {
		parts = append(parts, v.event.Digest)
	}
	i, _ := slices.BinarySearchFunc(a.f.wellness, d, func(v *version, d Date) int { return int(v.event.Wellness.Date - d) })
	for ; i < len(a.f.wellness) && a.f.wellness[i].event.Wellness.Date == d; i++ {
		parts = append(parts, a.f.wellness[i].event.Key, a.f.wellness[i].event.Digest)
	}
	return shortHash(parts...)
}

func (a *almanac) morning(d Date, w *walk) *morning {
	m := &morning{d: d, row: make(Row, len(DayColumns)), wellness: a.wellness.at(d).or(a.wellness.at(d - 1))}
	m.row["date"] = Text(d.String())
	m.said = a.f.checkin(d)
	if m.said == nil {
		m.said = a.f.checkin(d - 1)
	}
	a.readForm(m, w)
	a.readResting(m)
	a.readHRV(m)
	a.readSleep(m)
	a.readSaid(m)
	a.readHeart(m)
	a.grade(m)
	a.settle(m, w)
	a.detect(m, w)
	return m
}

func (a *almanac) evening(m *morning, w *walk) {
	a.load.fill(m.d, m.row)
	a.running.fill(m.d, m.row)
	a.openWindows(m, w)
	m.question = w.cooldown.question(a.f.byDate[m.d])
	w.windows.fill(m.d, w.detector.State() == physio.StateUnder, m.row)
}

func (a *almanac) readForm(m *morning, w *walk) {
	m.form = a.load.morning(m.d)
	m.row["tsb"], m.row["form_frac"] = m.form.tsb, m.form.frac
	m.frac = m.row.number("form_frac")
	m.window, m.within = w.windows.grade(m.d)
}

func (a *almanac) readResting(m *morning) {
	d, row := m.d, m.row
	shown := a.shownRHR.at(d)
	reason := Reason("no_rhr")
	if a.badRHR.at(d).ok {
		reason = "rhr_out_of_range"
	}
	row["rhr_bpm"], row["rhr_source"] = shown.value(reason), Null(reason)
	for i := len(rhrSources) - 1; i >= 0; i-- {
		if a.rhr[i].at(d).ok {
			row["rhr_source"] = Text(rhrSources[i])
			row["rhr_bpm"] = row["rhr_bpm"].With("", rhrSources[i], 0)
		}
	}
	m.rhrSeries = winner(a.rhr, d)
	m.rhr = readRHR(m.rhrSeries, d, a.rules.RestingHR)
	m.lowRHR = m.rhr.LowWithFatigue(m.wellness.ptr(), m.frac.ptr())
	m.fillResting()
}

func readRHR(t *track, d Date, l physio.RHRLimits) physio.RHRReading {
	today := t.at(d)
	x, y := t.points(d-13, d)
	return physio.RestingHR(physio.RHRInput{
		Today: today.v, HasToday: today.ok, Last7: t.window(d-6, d),
		Base28: t.window(d-34, d-7), Base60: t.window(d-66, d-7), Last14: y, Last14X: x,
	}, l)
}

func (m *morning) fillResting() {
	r, row := m.rhr, m.row
	daily, weekly := Reason("no_rhr"), Reason("recent_short")
	if !r.Baseline {
		daily, weekly = "baseline_short", "baseline_short"
	}
	row["rhr_delta_bpm"], row["rhr_z"] = maybe{r.Delta, r.HasZ()}.value(daily), maybe{r.Z, r.HasZ()}.value(daily)
	row["rhr_delta_7d"], row["rhr_z_7d"] = maybe{r.Delta7, r.HasZ7()}.value(weekly), maybe{r.Z7, r.HasZ7()}.value(weekly)
	row["rhr_slope_14d"] = maybe{r.Slope, r.HasSlope}.value("recent_short")
	row["rhr_state"] = Null(weekly)
	if state, ok := r.State(m.wellness.ptr(), m.frac.ptr()); ok {
		row["rhr_state"] = Text(state)
	}
}

func (m *morning) rhrZ() maybe  { return maybe{m.rhr.Z, m.rhr.HasZ()} }
func (m *morning) rhrZ7() maybe { return maybe{m.rhr.Z7, m.rhr.HasZ7()} }

func (a *almanac) readHRV(m *morning) {
	d, row := m.d, m.row
	missing := Reason("no_hrv")
	if a.badHRV.at(d).ok {
		missing = misread
	}
	row["hrv_rmssd_ms"] = a.shownHRV.at(d).value(missing)
	t := winner(a.hrv, d)
	m.hrv = physio.HRV(t.window(d-6, d), t.window(d-34, d-7))
	m.hrvExempt = physio.HRVExempt(m.rhrZ7().ptr(), m.wellness.ptr())
	row["hrv_lnrmssd_7d"] = maybe{m.hrv.Mean7, m.hrv.Week}.value("hrv_short")
	row["hrv_cv_7d_pct"] = maybe{m.hrv.CV, m.hrv.HasCV}.value("hrv_short")
	reason := Reason("baseline_short")
	if !m.hrv.Week {
		reason = "hrv_short"
	}
	row["hrv_z_7d"], row["hrv_status"] = maybe{m.hrv.Z, m.hrv.HasZ()}.value(reason), Null(reason)
	if m.hrv.HasZ() {
		row["hrv_status"] = Text(physio.HRVStatus(m.hrv.Z))
	}
}

func (m *morning) hrvZ() maybe { return maybe{m.hrv.Z, m.hrv.HasZ()} }

func (a *almanac) readSleep(m *morning) {
	m.sleep = a.sleep.at(m.d)
	mean, debt, ok := physio.SleepWeek(a.sleep.window(m.d-6, m.d))
	m.sleepWeek = maybe{mean, ok}
	m.row["sleep_h"] = m.sleep.value("no_sleep")
	if m.sleep.ok {
		m.row["sleep_h"] = m.row["sleep_h"].With("", a.sleepFrom[m.d], 0)
	}
	m.row["sleep_7d_mean_h"] = m.sleepWeek.value("recent_short")
	m.row["sleep_debt_7d_h"] = maybe{debt, ok}.value("recent_short")
}

// readSaid reads the check-in's own series (§12).
func (a *almanac) readSaid(m *morning) {
	d, row := m.d, m.row
	row["wellness_sum"], row["wellness_g"] = a.sum.at(d).value("no_checkin"), a.wellness.at(d).value("no_checkin")
	m.soreness = a.sorenessDays(d)
	row["soreness_days"] = m.soreness.value("no_checkin")
	m.pain = a.painDays(d)
	row["pain_days"] = m.pain.value("no_checkin")
	row["mass_drop_7d_pct"] = Null("no_body_mass")
	if today := a.mass.at(d); today.ok {
		pct, ok := physio.MassDrop(a.mass.window(d-7, d-1), today.v)
		m.massDrop = maybe{pct, ok}
		row["mass_drop_7d_pct"] = m.massDrop.value("baseline_short")
	}
}

// sorenessDays counts the days in a row up to d that were sore (2 or worse).
func (a *almanac) sorenessDays(d Date) maybe {
	if !a.f.checkinNumber(d, "soreness").ok {
		return maybe{}
	}
	n := 0
	for s := a.f.checkinNumber(d, "soreness"); s.ok && s.v <= 2; s = a.f.checkinNumber(d-Date(n), "soreness") {
		n++
	}
	return known(float64(n))
}

// painDays counts how long a pain lasts, from today's entry, else yesterday's.
func (a *almanac) painDays(d Date) maybe {
	at := d
	if !a.f.checkinNumber(at, "pain").ok {
		at--
	}
	pain := a.f.checkinNumber(at, "pain")
	if !pain.ok || pain.v <= 0 {
		return pain
	}
	if since, err := ParseDate(a.f.checkin(at).Text["pain_since"]); err == nil && since <= at && since >= earliest {
		return known(float64(d - since + 1))
	}
	n := Date(0)
	for p := pain; p.ok && p.v > 0; p = a.f.checkinNumber(at-n, "pain") {
		n++
	}
	return known(float64(n))
}

// readHeart compares recoveries and heart rate at usual speed.
func (a *almanac) readHeart(m *morning) {
	var why Reason
	m.hrr, why = a.recovery.test(m.d)
	fillRecovery(m.hrr, why, m.row)
	m.hrex, why = a.hrex.test(m.d, &a.lines)
	fillHRex(m.hrex, why, m.row)
}
