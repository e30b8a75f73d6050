package grafana

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

func recoveryBoard() board {
	return board{
		name: "recovery", title: "Recovery (HRR and resting HR)", from: "now-90d",
		description: "How fast the heart calms down after a run, and how calm it is at rest.",
		variables:   []*dashboard.QueryVariableBuilder{athleteVariable(), sportVariable()},
		alerts:      true,
		panels: []panelBuilder{
			today("Resting HR", "Latest day.", "bpm", "rhr_bpm").Decimals(0),
			today("Against usual", "Difference to the median of your baseline; +5 with two standard deviations is elevated, +7 with three is marked.", "bpm", "rhr_delta_bpm").Decimals(0),
			today("7-day drift", "Mean of 7 days against the baseline; +3 is a drift when it is more than a standard deviation.", "bpm", "rhr_delta_7d").
				Decimals(1).Thresholds(above(drift7d)),
			word("Resting HR is", "normal, drifting up, elevated, marked, or low with fatigue.", "rhr_state"),
			today("HRR, last two", "Mean drop in the first minute over the last two comparable runs.", "bpm", "hrr_test_bpm").Decimals(0),
			today("HRR expected", "Median of your comparable runs.", "bpm", "hrr_expected_bpm").Decimals(0),
			chart("Resting heart rate", "Each day's value and what is usual for you (median of the baseline).", "bpm",
				measured("resting HR", day(`"rhr_bpm"`)), expected("usual", day(`"rhr_bpm" - "rhr_delta_bpm" AS "usual"`))),
			limited(chart("Resting heart rate against usual", "The day and the mean of 7 days, against the baseline.", "bpm",
				measured("day", day(`"rhr_delta_bpm"`)), second("7 days", day(`"rhr_delta_7d"`))), above(drift7d)),
			states("Resting heart rate is", "marked, elevated, drifting up, low with fatigue or normal.", line{alias: "state", query: day(`"rhr_state"`)}),
			dots("Drop in the first minute", "HRR60 of every run with a recorded recovery (larger = faster).", "bpm",
				measured("HRR60", run(`"hrr60_bpm"`))),
			chart("Comparable recovery", "Mean of the last two comparable runs (same way of recovering, same sensor, similar intensity) and what is expected for you.", "bpm",
				measured("last two", day(`"hrr_test_bpm"`)), expected("expected", day(`"hrr_expected_bpm"`))),
			dots("Drop after 30 s, 2 and 3 min", "The later points of the same recoveries.", "bpm",
				measured("30 s", run(`"hrr30_bpm"`)), second("120 s", run(`"hrr120_bpm"`)), third("180 s", run(`"hrr180_bpm"`))),
			chart("Recovery against expected", "In your own standard deviations; below -1 is slow.", "none", measured("HRR", day(`"hrr_z"`))),
			dots("The watch's own recovery event", "Drop after two minutes as some watches record it; its method differs, so it is never mixed with the others.", "bpm",
				measured("watch, 120 s", run(`"hrr120_device_bpm"`))),
			dots("Time constants of recovery", "T30 from the first half minute, and tau of the fitted curve: seconds; smaller = faster.", "suffix: s",
				measured("T30", run(`"hrr_t30_s"`)), second("tau", run(`"hrr_tau_s"`))),
			chart("Heart rate at your usual speed", "Mean of the last two steady runs and what is expected for you at that speed; higher = more effort for the same.", "bpm",
				measured("last two", day(`"hrex_test_bpm"`)), expected("expected", day(`"hrex_expected_bpm"`))),
			chart("Heart rate at your usual speed, against expected", "In your own standard deviations; above +1 is high. Heat and hills raise it too.", "none",
				measured("HR at speed", day(`"hrex_z"`))),
			chart("HRV", "RMSSD of the morning or night.", "ms", measured("RMSSD", day(`"hrv_rmssd_ms"`))),
			chart("HRV against usual", "Mean of 7 days in your own standard deviations; below -1 is low.", "none", measured("7 days", day(`"hrv_z_7d"`))),
		},
	}
}
