package readiness

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"afterrun/readiness/physio"
)

// hints say how to get what a verdict had to do without.
var hints = map[string]string{
	"wellness": "answer the one-minute check-in: fatigue, soreness, stress, mood, sleep quality",
	"rhr":      "note your resting heart rate on waking, or sync the watch's all-day files, for two weeks",
	"load":     "record your sessions with heart rate for two weeks, or rate their effort in the check-in",
	"sleep":    "wear the watch at night, or enter your hours of sleep in the check-in",
	"hrv":      "record a morning or overnight HRV for two weeks",
	"hrr":      "keep the watch recording (not paused) and walk 3 min, or leave it stopped on the resume screen for 2 min before saving",
	"hrex":     "run at a steady, easy pace for 20 min or more with heart rate, about six times in two months",
}

// verdict says the day in words.
func (m *morning) verdict(a *almanac, w *walk) Verdict {
	v := Verdict{Band: m.band, Score: m.score.ptr(), CappedBy: m.cappedBy, Reasons: a.reasons(m), Missing: m.lacks, Question: m.question}
	if m.score.ok {
		v.Confidence = physio.ConfidenceLabel(m.conf)
	}
	v.Headline = m.headline(w)
	return v
}

func (m *morning) headline(w *walk) string {
	switch {
	case m.emergency:
		return "Stop training and seek medical help now."
	case w.detector.State() == physio.StateUnder:
		return "You look under-recovered: take it easy or rest until two calm days have passed."
	case !m.score.ok:
		return "Not enough is known this morning to judge your recovery."
	case m.cappedBy != "":
		return capHeadlines[m.cappedBy]
	}
	return bandHeadlines[m.band]
}

var bandHeadlines = map[string]string{
	"ready":  "You look recovered: train as planned.",
	"steady": "You look mostly recovered: a normal day is fine, keep the hard parts short.",
	"easy":   "You are not fully recovered: keep today easy.",
	"rest":   "You look tired: rest or move gently today.",
}

var capHeadlines = map[string]string{
	"limping":     "You walk with difficulty: do not run today, and have it looked at.",
	"swelling":    "Something is swollen: do not run today, and have it looked at.",
	"illness":     "You feel ill: rest until you feel well.",
	"pain":        "You are in pain: do not train through it today.",
	"rhr_marked":  "Your resting heart rate is far above usual: rest today, and think of fever, alcohol, heat or travel.",
	"sleep_short": "You slept less than 5 hours: keep today easy and sleep early.",
}

// reasons explains the components and conditions, the weightiest first.
func (a *almanac) reasons(m *morning) []Because {
	var out []Because
	for _, c := range m.parts {
		out = append(out, Because{Component: c.Name, Text: a.partText(m, c.Name), G: c.G, Weight: c.Counted()})
	}
	slices.SortStableFunc(out, func(x, y Because) int {
		wx, wy := x.Weight*math.Abs(x.G), y.Weight*math.Abs(y.G)
		switch {
		case wx > wy:
			return -1
		case wx < wy:
			return 1
		}
		return 0
	})
	return out[:min(len(out), 5)]
}

// partText explains a component with its numbers and usual values.
func (a *almanac) partText(m *morning, name string) string {
	switch name {
	case "wellness":
		return a.wellnessText(m)
	case "rhr":
		return a.rhrText(m)
	case "load":
		return m.loadText()
	case "sleep":
		return m.sleepText()
	case "hrv":
		return fmt.Sprintf("HRV of the last 7 days %.0f ms vs usual %.0f ms", math.Exp(m.hrv.Mean7), math.Exp(m.hrv.Mean))
	case "hrr":
		return fmt.Sprintf("heart rate fell %.0f bpm after %s vs expected %.0f", m.hrr.Test, runs(m.hrr.n), m.hrr.Expected)
	default:
		return fmt.Sprintf("HR at usual speed %.0f vs expected %.0f over %s", m.hrex.test, m.hrex.expected, runs(m.hrex.n))
	}
}

func runs(n int) string {
	if n == 1 {
		return "1 run"
	}
	return fmt.Sprintf("%d runs", n)
}

// usualWellness is the middle of the check-ins of the 28 days before.
func (a *almanac) usualWellness(d Date) (sum, usual maybe, when string) {
	at, when := d, "today"
	if !a.sum.at(d).ok {
		at, when = d-1, "yesterday"
	}
	u, ok := physio.Median(a.sum.window(at-28, at-1))
	return a.sum.at(at), maybe{u, ok}, when
}

func (a *almanac) wellnessText(m *morning) string {
	sum, usual, when := a.usualWellness(m.d)
	if !usual.ok {
		return fmt.Sprintf("check-in %.0f of 25 (%s)", sum.v, when)
	}
	return fmt.Sprintf("check-in %.0f of 25 (%s) vs usual %.0f", sum.v, when, usual.v)
}

func (a *almanac) rhrText(m *morning) string {
	if m.rhr.HasZ() {
		today := m.rhrSeries.at(m.d)
		text := fmt.Sprintf("resting HR %.0f vs usual %.0f (%+.0f)", today.v, m.rhr.Centre, m.rhr.Delta)
		if m.today().flag("alcohol") {
			text += ", after alcohol"
		}
		return text
	}
	return fmt.Sprintf("resting HR of the last 7 days %+.1f from usual %.0f", m.rhr.Delta7, m.rhr.Centre)
}

func (m *morning) loadText() string {
	var parts []string
	if m.frac.ok {
		parts = append(parts, fmt.Sprintf("form %+.0f %% of your usual load", 100*m.frac.v))
	}
	if m.window.ok {
		parts = append(parts, "still within the recovery window of a recent run")
	}
	return strings.Join(parts, ", ")
}

func (m *morning) sleepText() string {
	if !m.sleepWeek.ok {
		return fmt.Sprintf("sleep %.1f h last night", m.sleep.v)
	}
	return fmt.Sprintf("sleep %.1f h last night, %.1f h on average over 7 nights", m.sleep.v, m.sleepWeek.v)
}

// alertText is the message of a step of an episode, "" for a lapse.
func (a *almanac) alertText(m *morning, w *walk, event string) string {
	since := Date(w.detector.Entry())
	switch event {
	case "exit":
		return fmt.Sprintf("You look recovered again (you looked under-recovered since %s). Come back gradually.", since)
	case "lapsed":
		return ""
	}
	next := w.windows.nextHard(m.d, true)
	return fmt.Sprintf("You look under-recovered (since %s). Reasons: %s. Confidence: %s. Suggestion: easy or rest until two calm days; "+
		"next hard run not before %s. Not a medical opinion: if you feel ill or pain persists, see a professional.",
		since, strings.Join(a.conditionTexts(m), "; "), physio.ConfidenceLabel(m.conf), next)
}

// conditionTexts explains the conditions that hold, the largest points first, at
// most five.
func (a *almanac) conditionTexts(m *morning) []string {
	conditions := slices.Clone(m.conditions)
	slices.SortStableFunc(conditions, func(x, y physio.Condition) int { return y.Points - x.Points })
	var out []string
	for _, c := range conditions[:min(len(conditions), 5)] {
		out = append(out, a.conditionText(m, c.ID))
	}
	return out
}

func (a *almanac) conditionText(m *morning, id string) string {
	switch id {
	case "rhr_elevated":
		return a.rhrText(m)
	case "rhr_drift":
		return fmt.Sprintf("7-day drift %+.1f", m.rhr.Delta7)
	case "hrr_slow", "hrr_fast_under_load":
		metric, _, _ := strings.Cut(m.hrr.key, "/")
		return fmt.Sprintf("%s %.0f vs expected %.0f over %s", strings.ToUpper(strings.TrimSuffix(metric, "_device")), m.hrr.Test, m.hrr.Expected, runs(m.hrr.n))
	case "hrex_high":
		return fmt.Sprintf("HR at usual speed %.0f vs expected %.0f over %s", m.hrex.test, m.hrex.expected, runs(m.hrex.n))
	case "hrv_low":
		return a.partText(m, "hrv")
	case "low_rhr_with_fatigue":
		return fmt.Sprintf("resting HR %.1f below usual while tired", -m.rhr.Delta7)
	case "form_low":
		return fmt.Sprintf("form %+.0f %% of your usual load", 100*m.frac.v)
	case "sleep_short":
		return m.shortSleepText()
	case "wellness_low":
		return a.lowWellnessText(m)
	case "session_spike":
		return fmt.Sprintf("a run more than %.0f %% longer than any of the 30 days before", 100*(a.rules.Detector.SessionSpike-1))
	case "soreness_lasting":
		return fmt.Sprintf("sore for %.0f days", m.soreness.v)
	case "mass_drop":
		return fmt.Sprintf("body mass %.1f %% below usual", m.massDrop.v)
	}
	return plainConditions[id]
}

var plainConditions = map[string]string{
	"monotony_strain":     "a hard week with little variation",
	"appetite_motivation": "low appetite or motivation on several days",
	"ef_low":              "slower than usual at the same heart rate over 2 runs",
}

func (m *morning) shortSleepText() string {
	if m.sleepWeek.ok {
		return fmt.Sprintf("sleep %.1f h/night", m.sleepWeek.v)
	}
	return fmt.Sprintf("sleep %.1f h last night", m.sleep.v)
}

func (a *almanac) lowWellnessText(m *morning) string {
	if m.wellness.ok {
		return a.wellnessText(m)
	}
	return "check-ins below usual"
}
