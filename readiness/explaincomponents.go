package readiness

import (
	"fmt"
	"math"
	"slices"

	"afterrun/readiness/physio"
)

// The formulas of the components (PHYSIOLOGY §13.1), in words.
var componentFormulas = map[string]string{
	"wellness": "g = min((sum − usual)/spread, (sum − 15)/3 + 1) from ten entries on, else (sum − 15)/3; at most +1.5",
	"rhr":      "g = −(half of today's z + half of the 7-day z), one alone if only one is known; at most +0.5; −0.5 when low with fatigue",
	"load":     "g = the lower of form_frac/0.20 (kept in −4..+1) and −(days left)/(days) of a running recovery window",
	"sleep":    "h = 0.6·last night + 0.4·7-day mean; g = h − 7 below 7 h, else 0.25·(h − 7), at most +0.5",
	"hrv":      "g = z of the 7-day mean of ln rMSSD, at most +0.5; −0.5 far above usual with fatigue; 0 when low with a low resting HR in a fresh athlete",
	"hrr":      "g = z of the recovery against expected, at most +0.5, at most 0 in a loaded or tired athlete; weight fades within 14 days",
	"hrex":     "g = −z of the heart rate at usual speed, kept in −2..+0.5, at most 0 in a loaded or tired athlete; weight fades within 10 days",
}

// componentNames lists the components in the order of the table.
var componentNames = []string{"wellness", "rhr", "load", "sleep", "hrv", "hrr", "hrex"}

func (a *almanac) explainComponents(m *morning) []ComponentExplanation {
	w := a.rules.Weights
	weights := []float64{w.Wellness, w.RHR, w.Load, w.Sleep, w.HRV, w.HRR, w.HRex}
	details := map[string]func(*morning, *ComponentExplanation){
		"wellness": a.explainWellness, "rhr": a.explainRHR, "load": a.explainLoad, "sleep": a.explainSleep,
		"hrv": a.explainHRV, "hrr": a.explainHRR, "hrex": a.explainHRex,
	}
	out := make([]ComponentExplanation, 0, len(componentNames))
	for i, name := range componentNames {
		e := ComponentExplanation{Name: name, Formula: componentFormulas[name], Weight: weights[i], Inputs: []Input{}}
		details[name](m, &e)
		e.grade(m)
		out = append(out, e)
	}
	return out
}

// grade adds what the component counts for, or why it does not.
func (e *ComponentExplanation) grade(m *morning) {
	for _, c := range m.parts {
		if c.Name == e.Name {
			sub := physio.SubScore(c.G)
			e.G, e.SubScore, e.Counted, e.Quality = &c.G, &sub, c.Counted(), Good
			if c.Low {
				e.Quality = Low
				e.note("low quality counts half")
			}
		}
	}
	for _, l := range m.lacks {
		if l.Component == e.Name {
			e.Reason, e.Why, e.Hint = l.Reason, l.Reason.Text(), l.Hint
		}
	}
}

func (e *ComponentExplanation) note(text string) {
	if e.Note != "" {
		e.Note += "; "
	}
	e.Note += text
}

func (e *ComponentExplanation) input(in Input) { e.Inputs = append(e.Inputs, in) }

// number adds a number of one date where it is known.
func (e *ComponentExplanation) number(name string, v maybe, unit string, d Date, source string) {
	if v.ok {
		e.input(Input{Name: name, Value: v.ptr(), Unit: unit, From: d, To: d, Source: source})
	}
}

// mean adds the mean of a window of a track where there is one.
func (e *ComponentExplanation) mean(name string, v maybe, unit string, t *track, from, to Date, source string) {
	if v.ok {
		e.input(Input{Name: name, Value: v.ptr(), Unit: unit, From: from, To: to, N: t.count(from, to), Source: source})
	}
}

func (a *almanac) explainWellness(m *morning, e *ComponentExplanation) {
	at := m.d
	if !a.sum.at(at).ok {
		at--
	}
	if !a.sum.at(at).ok {
		return
	}
	for _, name := range ratings {
		e.number(name, a.f.checkinNumber(at, name), "of 5", at, "check-in")
	}
	e.number("wellness_sum", a.sum.at(at), "of 25", at, "check-in")
	if at != m.d {
		e.note("no complete check-in today: yesterday's speaks")
	}
	before := a.sum.window(at-28, at-1)
	if len(before) < 10 {
		e.note(fmt.Sprintf("%d of 10 entries for an own baseline", len(before)))
		return
	}
	centre, spread, _ := physio.RobustBaseline(before, physio.WellnessSpreadFloor)
	e.Baseline = &Baseline{Method: "median, 1.4826·MAD, at least 1.5", Centre: centre, Spread: spread, N: len(before), From: at - 28, To: at - 1}
}

// otherRHR reports whether another source than the day's would have a baseline.
func (a *almanac) otherRHR(m *morning) bool {
	return slices.ContainsFunc(a.rhr, func(t *track) bool {
		return t != m.rhrSeries && readRHR(t, m.d, a.rules.RestingHR).Baseline
	})
}

func (a *almanac) explainRHR(m *morning, e *ComponentExplanation) {
	source := a.sourceOf(m.rhrSeries, a.rhr, rhrSources)
	d, r := m.d, m.rhr
	if !r.Baseline && a.otherRHR(m) {
		e.note(Reason("rhr_source_mixed").Text() + ": what is usual begins anew (rhr_source_mixed)")
	}
	e.number("rhr_bpm", m.rhrSeries.at(d), "bpm", d, source)
	if m.rhr.Week {
		mean, ok := physio.Mean(m.rhrSeries.window(d-6, d))
		e.mean("rhr_7d_mean", maybe{mean, ok}, "bpm", m.rhrSeries, d-6, d, source)
	}
	e.number("rhr_z", m.rhrZ(), "SD", d, "")
	e.number("rhr_z_7d", m.rhrZ7(), "SD", d, "")
	if r.Baseline {
		e.Baseline = &Baseline{
			Method: fmt.Sprintf("median and 1.4826·MAD (at least 1.5 bpm) of the %d days before the last 7: of 28 and 60 days the lower median", r.Days),
			Centre: r.Centre, Spread: r.Spread, Unit: "bpm", N: r.N, From: d - 6 - Date(r.Days), To: d - 7,
		}
	}
	if m.lowRHR {
		e.note("low with fatigue: a low resting HR in a tired, loaded athlete is no good sign")
	}
}

// sourceOf names the source of a series.
func (a *almanac) sourceOf(t *track, series []*track, names []string) string {
	for i, x := range series {
		if x == t {
			return names[i]
		}
	}
	return ""
}

func (a *almanac) explainLoad(m *morning, e *ComponentExplanation) {
	if i, ok := a.load.index(m.d - 1); ok && m.frac.ok {
		e.number("ctl", known(a.load.ctl[i]), "HRSS/day", m.d-1, "")
		e.number("atl", known(a.load.atl[i]), "HRSS/day", m.d-1, "")
		e.number("form_frac", m.frac, "fraction", m.d, "")
		e.number("form term", known(physio.FormG(m.frac.v)), "SD", m.d, "")
	}
	if m.form.low {
		e.note("most of the load of six weeks is estimated from time or rests on a suspect heart rate")
	}
	if x := m.within; x != nil {
		e.input(Input{Name: "window term", Value: m.window.ptr(), Unit: "SD", From: x.date, To: x.hard, N: x.days, Source: x.kind, Run: x.run})
	}
}

func (a *almanac) explainSleep(m *morning, e *ComponentExplanation) {
	e.number("sleep_h", m.sleep, "h", m.d, a.sleepFrom[m.d])
	e.mean("sleep_7d_mean_h", m.sleepWeek, "h", a.sleep, m.d-6, m.d, "")
	if !m.sleep.ok {
		return
	}
	e.number("blend", known(physio.SleepBlend(m.sleep.v, m.sleepWeek.ptr())), "h", m.d, "")
	if !m.sleepWeek.ok {
		e.note("fewer than 4 nights of 7: last night alone")
	}
}

func (a *almanac) explainHRV(m *morning, e *ComponentExplanation) {
	t := winner(a.hrv, m.d)
	source, r := a.sourceOf(t, a.hrv, hrvSources), m.hrv
	if v := t.at(m.d); v.ok {
		e.number("hrv_rmssd_ms", known(math.Exp(v.v)), "ms", m.d, source)
	}
	e.mean("hrv_lnrmssd_7d", maybe{r.Mean7, r.Week}, "ln ms", t, m.d-6, m.d, source)
	e.number("hrv_z_7d", m.hrvZ(), "SD", m.d, "")
	if r.HasBaseline {
		e.Baseline = &Baseline{
			Method: "mean and standard deviation (at least 0.02)", Centre: r.Mean, Spread: r.SD, Unit: "ln ms",
			N: t.count(m.d-34, m.d-7), From: m.d - 34, To: m.d - 7,
		}
	}
	if m.hrvExempt && r.HasZ() && r.Z < -0.5 {
		e.note("low HRV with a low resting HR in a fresh athlete: not counted")
	}
}

func (a *almanac) explainHRR(m *morning, e *ComponentExplanation) {
	t := m.hrr
	if t == nil {
		return
	}
	e.input(Input{Name: "hrr_key", Text: t.key, From: m.d, To: m.d})
	for _, x := range t.tests {
		e.input(Input{Name: "recovery", Value: &x.point.Drop, Unit: "bpm", From: x.date, To: x.date, Run: x.run})
		e.input(Input{Name: "heart rate at the end", Value: &x.point.End, Unit: "bpm", From: x.date, To: x.date, Run: x.run})
	}
	e.number("hrr_expected_bpm", known(t.Expected), "bpm", m.d, "")
	e.number("hrr_dev_bpm", known(t.Dev), "bpm", m.d, "")
	e.number("hrr_z", known(t.Z), "SD", m.d, "")
	e.number("hrr_age_days", known(float64(t.age)), "days", m.d, "")
	e.Baseline = &Baseline{
		Method: fmt.Sprintf("median and 1.4826·MAD (at least 3 bpm) of values moved to the test's end heart rate by %.3g bpm per bpm", t.Slope),
		Centre: t.Expected, Spread: t.Spread, Unit: "bpm", N: len(t.base), From: t.base[0].date, To: t.base[len(t.base)-1].date,
	}
	if t.n < 2 {
		e.note("one test run")
	}
	if t.pause() {
		e.note("recovery over a pause: shown, never warned of")
	}
	a.paradox(m, e, t.Z)
}

// paradox tells that a sign better than expected is not trusted (§4.6).
func (a *almanac) paradox(m *morning, e *ComponentExplanation, better float64) {
	if better > 0 && physio.RecoveryCap(m.wellness.ptr(), m.frac.ptr()) == 0 {
		e.note("a loaded or tired athlete: better than expected counts as 0, because overreaching looks like that too")
	}
}

func (a *almanac) explainHRex(m *morning, e *ComponentExplanation) {
	t := m.hrex
	if t == nil {
		return
	}
	e.input(Input{Name: "hrex_key", Text: t.key, From: m.d, To: m.d})
	for i, x := range t.tests {
		e.input(Input{Name: "heart rate at usual speed", Value: &t.values[i], Unit: "bpm", From: x.date, To: x.date, N: len(x.blocks), Run: x.at.id})
	}
	e.number("usual speed", known(t.line.Reference), "m/s", m.d, "")
	e.number("hrex_expected_bpm", known(t.expected), "bpm", m.d, "")
	e.number("hrex_dev_bpm", known(t.dev), "bpm", m.d, "")
	e.number("hrex_z", known(t.z), "SD", m.d, "")
	e.number("hrex_age_days", known(float64(t.age)), "days", m.d, "")
	e.Baseline = &Baseline{
		Method: fmt.Sprintf("median and 1.4826·MAD (at least 3 bpm) of runs moved to the usual speed by %.3g bpm per m/s", t.line.Slope),
		Centre: t.expected, Spread: t.spread, Unit: "bpm", N: len(t.base), From: t.base[0].date, To: t.base[len(t.base)-1].date,
	}
	if t.n < 2 {
		e.note("one test run")
	}
	a.paradox(m, e, -t.z)
}
