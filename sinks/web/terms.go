package web

import (
	"math"
	"strconv"
	"strings"

	"afterrun/readiness"
)

// terms are the words for what goes into a component; the names of columns are
// for programs.
var terms = map[string]string{
	"fatigue": "Energy", "soreness": "Muscles", "stress": "Stress", "mood": "Mood", "sleep_quality": "Sleep quality",
	"wellness_sum": "Sum of the five ratings",
	"rhr_bpm":      "Resting heart rate", "rhr_7d_mean": "Mean of seven days",
	"rhr_z": "Today against usual", "rhr_z_7d": "Seven days against usual",
	"ctl": "Fitness, the evening before", "atl": "Fatigue, the evening before", "form_frac": "Form, as a share of fitness",
	"form term": "Grade of the form", "window term": "Grade of the days left to recover",
	"sleep_h": "Slept last night", "sleep_7d_mean_h": "Mean of seven nights", "blend": "Last night and the mean together",
	"hrv_rmssd_ms": "Heart-rate variability (rMSSD)", "hrv_lnrmssd_7d": "Mean of its logarithm over seven days", "hrv_z_7d": "Against usual",
	"hrr_key": "Compared with", "recovery": "Fallen", "heart rate at the end": "Heart rate at the end of the effort",
	"hrr_expected_bpm": "Expected", "hrr_dev_bpm": "Against expected", "hrr_z": "Against expected, in your own spread",
	"hrr_age_days": "Age of the newest", "hrex_key": "Compared with", "heart rate at usual speed": "Heart rate at your usual speed",
	"usual speed": "Your usual speed", "hrex_expected_bpm": "Expected", "hrex_dev_bpm": "Against expected",
	"hrex_z": "Against expected, in your own spread", "hrex_age_days": "Age of the newest",
}

// term is the word for an input of a component.
func term(name string) string {
	if text, ok := terms[name]; ok {
		return text
	}
	return sentence(strings.ReplaceAll(name, "_", " "))
}

// parts of the keys by which values are compared (PHYSIOLOGY §4.5, §9.6).
var keyParts = map[string]string{
	"hrr60": "the fall in one minute", "hrr120": "the fall in two minutes", "hrr120_device": "the fall in two minutes by the watch", "hrr60_pause": "the fall in a pause of the timer",
	"walk": "walking", "stand": "standing", "active_jog": "jogging", "unknown": "not known how",
	"b70": "ended at 70–79 % of the maximum", "b80": "ended at 80–89 % of the maximum", "b90": "ended at 90 % of the maximum or more",
	"chest": "chest strap", "optical": "optical sensor", "trail": "trails", "indoor": "the treadmill", "other": "roads and paths",
	"minetti": "slopes allowed for", "none": "slopes not known",
}

// keyWords says which values are compared with each other.
func keyWords(key string) string {
	parts := strings.Split(key, "/")
	for i, p := range parts {
		text, ok := keyParts[p]
		if i == len(parts)-1 && p == "unknown" || i == 1 && len(parts) == 3 && p == "unknown" {
			text = "sensor not known"
		}
		if !ok {
			return key
		}
		parts[i] = text
	}
	return strings.Join(parts, ", ")
}

// textOf is what a text of an explanation says.
func textOf(name, text string) string {
	switch {
	case strings.HasSuffix(name, "_key") && text != "":
		return keyWords(text)
	case name == "recovery_state":
		return lower(text)
	}
	return text
}

// amount prints a number of an explanation as people read it: shares as per
// cent, long ways in kilometres.
func amount(x float64, unit string) string {
	switch {
	case unit == "fraction", unit == "0–1":
		return fixed(100*x, 1) + " %"
	case unit == "0–100":
		return short(x) + " of 100"
	case unit == "ratio":
		return short(x)
	case unit == "SD":
		return fixed(x, 2) + " spreads"
	case unit == "m" && math.Abs(x) >= 1000:
		return fixed(x/1000, 2) + " km"
	case unit == "days" && x == 1:
		return "1 day"
	}
	return strings.TrimSpace(short(x) + " " + strings.Replace(unit, "HRSS units", "HRSS", 1))
}

// short prints a number with three digits, or one after the point.
func short(x float64) string {
	decimals := 3
	if a := math.Abs(x); a >= 1 {
		decimals = max(1, 2-int(math.Log10(a)))
	}
	text := strconv.FormatFloat(zero(x, decimals), 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return minus(text)
}

// figureTitle is what a column means; its name follows for programs.
func figureTitle(f readiness.Figure) string {
	if f.Meaning == "" {
		return sentence(strings.ReplaceAll(f.Name, "_", " "))
	}
	return sentence(f.Meaning)
}
