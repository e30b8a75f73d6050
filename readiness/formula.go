package readiness

import (
	"cmp"
	"fmt"

	"afterrun/readiness/physio"
)

// recipe is how a column comes about, in words, and the columns it rests on.
type recipe struct {
	formula string
	inputs  []string
}

// recipes tells of every computed column; those that are read from the file or
// said by the athlete have none. A formula left out here is worded by [ruleFormulas]
// or [runFormulas]. The code is in readiness/physio.
var recipes = map[string]recipe{
	// A run.
	"run_distance_m":       {"Σ over stretches of running of the cumulative distance", []string{"distance_m", "run_s"}},
	"timer_s":              {"elapsed − paused time", []string{"elapsed_s"}},
	"moving_s":             {"seconds of the 1 Hz grid running or walking", nil},
	"run_s":                {"seconds of the 1 Hz grid running: 140 steps a minute and 1.2 m/s, or 1.9 m/s without cadence", nil},
	"hr_coverage":          {"covered time / timer_s", []string{"timer_s"}},
	"imputed_fraction":     {"1 − coverage below 0.95, else 0", []string{"hr_coverage"}},
	"avg_hr_bpm":           {"Σ w·HR / Σ w over the cleaned samples, w = half the time to the neighbours", []string{"hr_coverage"}},
	"max_hr_bpm":           {"highest cleaned sample that is not cadence-locked", nil},
	"hr_above_hrmax_s":     {"Σ w of samples above HRmax", []string{"hrmax_bpm"}},
	"hrmax_bpm":            {"override > observed (10 s hold) > device > 208 − 0.7·age", nil},
	"hrrest_bpm":           {"override > median of the daily resting HR of 28 days > device > 60", nil},
	"lthr_bpm":             {"override > device > 0.88·HRmax", []string{"hrmax_bpm"}},
	"effort_end_s":         {"end of the last bout with a minute of running; stops under 30 s do not end a bout", []string{"run_s"}},
	"hr_end_bpm":           {"mean over the last 4 s of the effort (of the part before an easy jog)", []string{"effort_end_s", "jog_s"}},
	"hrr30_bpm":            {"hr_end − mean over 28..32 s after", []string{"hr_end_bpm", "recovery_mode"}},
	"hrr60_bpm":            {"hr_end − mean over 58..62 s after", []string{"hr_end_bpm", "hr_60s_post_bpm", "recovery_mode"}},
	"hrr120_bpm":           {"hr_end − mean over 118..122 s after", []string{"hr_end_bpm"}},
	"hrr180_bpm":           {"hr_end − mean over 178..182 s after", []string{"hr_end_bpm"}},
	"hr_60s_post_bpm":      {"mean over 58..62 s after the end", []string{"effort_end_s"}},
	"recovery_mode":        {"mean speed of the minute after: under 0.4 m/s passive, under 1.9 walk", []string{"jog_s"}},
	"hrr120_device_bpm":    {"mean HR of the 4 s before the stop − the watch's value 120 s later", nil},
	"hrr60_pause_bpm":      {"median over pauses of 45–180 s of (HR at stop − HR at restart)·(1 − e^(−60/70))/(1 − e^(−D/70))", []string{"hrr60_pause_s", "hrr60_pause_end_bpm", "hrr60_pause_n"}},
	"hrr_t30_s":            {"−1/slope of ln HR over 10..40 s after the end", []string{"effort_end_s"}},
	"hrr_tau_s":            {"least squares of HR = inf + amp·e^(−t/tau), up to 300 s", []string{"hrr_hr_inf", "hrr_amp", "hrr_r2"}},
	"trimp_banister":       {"", []string{"hrmax_bpm", "hrrest_bpm", "imputed_fraction"}},
	"trimp_edwards":        {"Σ minutes in zones of 50, 60, 70, 80, 90 % of HRmax, times 1..5", []string{"hrmax_bpm", "imputed_fraction"}},
	"trimp_lucia":          {"Σ minutes below 0.9·LTHR, up to LTHR, above, times 1..3", []string{"lthr_bpm", "imputed_fraction"}},
	"hrss":                 {"100·trimp_banister / trimp_banister of an hour at LTHR", []string{"trimp_banister", "lthr_bpm"}},
	"rtss":                 {"100·hours·(ngs/threshold speed)²", []string{"moving_s", "ngs_mps"}},
	"srpe_load":            {"rating of effort × minutes", []string{"timer_s"}},
	"load":                 {"hrss > rtss > session-RPE with the own or the usual factor > time with the own hourly load", []string{"hrss", "rtss", "srpe_load", "load_source"}},
	"load_quality":         {"low on an estimated HRmax or HRrest, on locked samples or from time; partial below 95 % coverage or from a rating", []string{"hrmax_source", "hrrest_source", "hr_coverage", "flags"}},
	"gas_mps":              {"mean of v·Cr(grade)/3.6 over the moving seconds (Minetti)", []string{"gap_tag"}},
	"gap_s_per_km":         {"1000/gas", []string{"gas_mps"}},
	"ngs_mps":              {"fourth root of the mean fourth power of the 30 s mean of gas", []string{"gas_mps"}},
	"pa_hr_decoupling_pct": {"100·(EF1 − EF2)/EF1 of the halves after the first 10 minutes", []string{"gap_tag"}},
	"efficiency_factor":    {"60·mean gas / mean HR after the first 10 minutes", []string{"gap_tag"}},
	"hrex_bpm":             {"median over steady minutes of HR − slope·(speed − usual speed)", []string{"hrex_key", "hrex_speed_mps"}},
	"hrex_dev_bpm":         {"hrex − median of up to 20 runs before", []string{"hrex_bpm"}},
	"timed_mile":           {"0.95–1.3 mi of running at a mean of 80 % of HRmax or more", []string{"run_distance_m", "hrmax_bpm"}},
	"cooldown_s":           {"walk_s + jog_s, or what the check-in says", []string{"walk_s", "jog_s"}},
	"cooldown_verdict":     {"ok from 180 s (up to two miles) or 300 s, short from 60 s, abrupt below; unknown when the recording ended with the run", []string{"cooldown_s", "distance_m", "end_kind"}},
	"sweat_l":              {"(mass before − after) + drunk − urine", nil},
	"sweat_rate_l_h":       {"sweat / hours", []string{"sweat_l", "timer_s"}},
	"dehydration_pct":      {"100·(before − after)/before", nil},
	"fluid_target_l":       {"1.5·(before − after)", nil},
	"run_type":             {"first match: marathon, half, 10k, 5k, long, hard, by distance", []string{"distance_m", "moving_s", "title", "hrss"}},
	"window_days":          {"min + round((max − min)·s), s 0 from readiness 70, 1 below 45, else 0.5; 0 for a daily runner's easy run", []string{"run_type", "load"}},
	"next_hard_after":      {"date + window_days + 1; of a day the latest of all runs, two days later while under-recovered", []string{"window_days"}},
	"next_easy_after":      {"the next day, or half the window later for long types; of a day the latest of all runs", []string{"window_days"}},

	// A day.
	"rhr_bpm":            {"check-in > watch's value of the day > lowest half hour of the night", []string{"rhr_source"}},
	"rhr_delta_bpm":      {"today − median of the 28 or 60 days before the last 7", []string{"rhr_bpm"}},
	"rhr_z":              {"delta / max(1.4826·MAD, 1.5)", []string{"rhr_delta_bpm"}},
	"rhr_delta_7d":       {"mean of 7 days − the same median", nil},
	"rhr_z_7d":           {"the same / the same spread", []string{"rhr_delta_7d"}},
	"rhr_slope_14d":      {"median of the slopes of all pairs of 14 days", nil},
	"rhr_state":          {"", []string{"rhr_delta_bpm", "rhr_z", "rhr_delta_7d", "rhr_z_7d", "rhr_slope_14d"}},
	"daily_load":         {"Σ load of the date's sessions", []string{"load_incomplete"}},
	"ctl":                {"", []string{"daily_load"}},
	"atl":                {"", []string{"daily_load"}},
	"tsb":                {"ctl − atl of the evening before", nil},
	"form_frac":          {"tsb / ctl of the evening before", []string{"tsb"}},
	"acwr_ewma":          {"exponential means, 7 over 28 days", nil},
	"acwr_coupled":       {"mean of 7 / mean of 28 days", nil},
	"acwr_uncoupled":     {"mean of 7 / mean of the 21 days before", nil},
	"monotony_7d":        {"mean / standard deviation of seven daily loads, at most 10", nil},
	"strain_7d":          {"Σ of seven loads × monotony", []string{"monotony_7d"}},
	"distance_ramp_7d":   {"seven days / the seven before − 1", []string{"distance_7d_m"}},
	"ramp_high":          {"more than 10 % and more than 1 km above the seven days before", []string{"distance_7d_m"}},
	"time_ramp_7d":       {"the same with time on feet", nil},
	"is_deload_week":     {"last complete week ≤ 80 % of the most of the three before", nil},
	"hrv_lnrmssd_7d":     {"mean of ln rMSSD of 7 days, 3 at least", []string{"hrv_rmssd_ms"}},
	"hrv_z_7d":           {"(mean of 7 days − mean of 28 before) / standard deviation", []string{"hrv_lnrmssd_7d"}},
	"hrv_status":         {"below −0.5, above 0.5", []string{"hrv_z_7d"}},
	"sleep_debt_7d_h":    {"Σ max(0, 7 − h) over the nights known", nil},
	"wellness_g":         {"min((sum − median)/spread, (sum − 15)/3 + 1)", []string{"wellness_sum"}},
	"mass_drop_7d_pct":   {"100·(median of 7 days − today)/median", nil},
	"hrr_expected_bpm":   {"median of up to 10 earlier values moved to the test's end heart rate", []string{"hrr_key"}},
	"hrr_dev_bpm":        {"test − expected", []string{"hrr_test_bpm", "hrr_expected_bpm"}},
	"hrr_z":              {"dev / max(1.4826·MAD, 3)", []string{"hrr_dev_bpm"}},
	"hrex_expected_bpm":  {"median of up to 20 earlier runs at usual speed", []string{"hrex_key"}},
	"hrex_z":             {"dev / max(1.4826·MAD, 3)", []string{"hrex_test_bpm", "hrex_expected_bpm"}},
	"g_wellness":         {componentFormulas["wellness"], []string{"wellness_sum"}},
	"g_rhr":              {componentFormulas["rhr"], []string{"rhr_z", "rhr_z_7d"}},
	"g_load":             {componentFormulas["load"], []string{"form_frac"}},
	"g_sleep":            {componentFormulas["sleep"], []string{"sleep_h", "sleep_7d_mean_h"}},
	"g_hrv":              {componentFormulas["hrv"], []string{"hrv_z_7d"}},
	"g_hrr":              {componentFormulas["hrr"], []string{"hrr_z", "hrr_age_days"}},
	"g_hrex":             {componentFormulas["hrex"], []string{"hrex_z", "hrex_age_days"}},
	"readiness":          {"min(score, lowest cap)", []string{"readiness_uncapped", "capped_by"}},
	"readiness_uncapped": {"Σ weight·clamp(75 + 25·g, 0, 100) / Σ weight", []string{"g_wellness", "g_rhr", "g_load", "g_sleep", "g_hrv", "g_hrr", "g_hrex"}},
	"confidence":         {"Σ weight of what is known, at most 1; low quality counts half", nil},
	"band":               {"", []string{"readiness"}},
	"points":             {"Σ points of the conditions; resting HR at most 4, load at most 2", []string{"conditions", "families"}},
	"recovery_state":     {"", []string{"points", "families"}},
}

// ruleFormulas words the formulas that numbers of the rules appear in.
func ruleFormulas(r physio.Rules) map[string]string {
	h, b, d := r.RestingHR, r.Bands, r.Detector
	return map[string]string{
		"ctl": filterFormula(r.PMC.Alpha, physio.ChronicDays, r.PMC.SeedCTL),
		"atl": filterFormula(r.PMC.Alpha, physio.AcuteDays, r.PMC.SeedATL),
		"rhr_state": fmt.Sprintf("marked: %+g and z %g; elevated: %+g and z %g; drift_up: 7-day z %g and %+g, or +2 and rising; low_with_fatigue",
			h.MarkedBPM, h.MarkedZ, h.ElevatedBPM, h.ElevatedZ, h.DriftZ, h.DriftBPM),
		"band": fmt.Sprintf("ready from %g, steady from %g, easy from %g; with hysteresis", b.Ready, b.Steady, b.Easy),
		"recovery_state": fmt.Sprintf("WATCH from %d points; UNDER_RECOVERED after 2 strong days (%d points) of 3, or one with %d points",
			d.WatchPoints, d.StrongPoints, d.AtOncePoints),
	}
}

// runFormulas words the formulas that parameters of the run appear in.
func runFormulas(p Params) map[string]string {
	f := p.trimp()
	return map[string]string{"trimp_banister": fmt.Sprintf(
		"Σ w/60·x·%g·e^(%g·x), x = (HR − HRrest)/(HRmax − HRrest) kept in 0..1; of other sports than running from x 0.3 on", f.A, f.B)}
}

func filterFormula(alpha physio.Convention, days int, seed *float64) string {
	weight := map[physio.Convention]string{
		physio.Exp: fmt.Sprintf("(1 − e^(−1/%d))", days), physio.Inv: fmt.Sprintf("1/%d", days), physio.EMA: fmt.Sprintf("2/%d", days+1),
	}[alpha]
	from := "the mean of the first 14 days"
	if seed != nil {
		from = fmt.Sprintf("%g", *seed)
	}
	return fmt.Sprintf("y + %s·(load − y), from %s", weight, from)
}

// derived is a figure of a row with its formula and the values it rests on.
func derived(c Column, row Row, columns []Column, worded map[string]string) Figure {
	f := figure(c, row[c.Name])
	r := recipes[c.Name]
	f.Formula = cmp.Or(r.formula, worded[c.Name])
	for _, name := range r.inputs {
		in := FigureInput{Name: name, Text: row[name].String(), Unit: unitOf(name, columns)}
		if x, ok := row[name].Float(); ok {
			in.Value = &x
		}
		if in.Value != nil || in.Text != "" {
			f.Inputs = append(f.Inputs, in)
		}
	}
	return f
}

func unitOf(name string, columns []Column) string {
	for _, c := range columns {
		if c.Name == name {
			return c.Unit
		}
	}
	return ""
}
