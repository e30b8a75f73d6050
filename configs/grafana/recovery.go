package grafana

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

func recoveryBoard() board {
	return board{
		name: "recovery", title: "Recovery (HRR and resting HR)", from: "now-90d",
		description: "How fast the heart calms down after a run, and how calm it is at rest.",
		variables:   []*dashboard.QueryVariableBuilder{athleteVariable(), sportVariable()},
		alerts:      true,
		panels: []panelBuilder{
			number("Resting HR", "Latest day.", "bpm", day(`"rhr_bpm"`)+latest).Decimals(0),
			number("Against usual", "Difference to the median of your baseline; +5 with two standard deviations is elevated, +7 with three is marked.", "bpm", day(`"rhr_delta_bpm"`)+latest).Decimals(0),
			number("7-day drift", "Mean of 7 days against the baseline; +3 is a drift when it is more than a standard deviation.", "bpm", day(`"rhr_delta_7d"`)+latest).
				Decimals(1).Thresholds(above(drift7d)),
			word("Resting HR is", "normal, drift_up, elevated, marked, or low_with_fatigue.", day(`"rhr_state" AS "resting HR"`)+latest),
			number("HRR, last two", "Mean drop in the first minute over the last two comparable runs.", "bpm", day(`"hrr_test_bpm"`)+latest).Decimals(0),
			number("HRR expected", "Median of your comparable runs.", "bpm", day(`"hrr_expected_bpm"`)+latest).Decimals(0),
			chart("Resting heart rate", "Each day's value and what is usual for you (median of the baseline).", "bpm",
				measured("resting HR", day(`"rhr_bpm"`)), expected("usual", day(`"rhr_bpm" - "rhr_delta_bpm" AS "usual"`))),
			limited(chart("Resting heart rate against usual", "The day and the mean of 7 days, against the baseline.", "bpm",
				measured("day", day(`"rhr_delta_bpm"`)), second("7 days", day(`"rhr_delta_7d"`))), above(drift7d)),
			states("Resting heart rate is", "marked, elevated, drift_up, low_with_fatigue or normal.", line{alias: "state", query: day(`"rhr_state"`)}),
			dots("Drop in the first minute", "HRR60 of every run with a recorded recovery (larger = faster).", "bpm",
				measured("HRR60", run(`"hrr60_bpm"`))),
			chart("Comparable recovery", "Mean of the last two comparable runs (same way of recovering, same sensor, similar intensity) and what is expected for you.", "bpm",
				measured("last two", day(`"hrr_test_bpm"`)), expected("expected", day(`"hrr_expected_bpm"`))),
			dots("Drop after 30 s, 2 and 3 min", "The later points of the same recoveries.", "bpm",
				measured("30 s", run(`"hrr30_bpm"`)), second("120 s", run(`"hrr120_bpm"`)), third("180 s", run(`"hrr180_bpm"`))),
			chart("Recovery against expected", "In your own standard deviations; below -1 is slow.", "none", measured("HRR", day(`"hrr_z"`))),
			dots("The watch's own recovery event", "Drop after two minutes as some watches record it; its method differs, so it is never mixed with the others.", "bpm",
				measured("watch, 120 s", run(`"hrr120_device_bpm"`))),
			dots("Half-time of recovery", "Seconds until half of the way to rest is done.", "s", measured("T30", run(`"hrr_t30_s"`))),
			chart("HRV", "RMSSD of the morning or night.", "ms", measured("RMSSD", day(`"hrv_rmssd_ms"`))),
		},
	}
}
