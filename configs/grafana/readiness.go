package grafana

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/table"
)

func readinessBoard() board {
	return board{
		name: "readiness", title: "Readiness", from: "now-90d",
		description: "Have I recovered? Guidance, not diagnosis.",
		variables:   []*dashboard.QueryVariableBuilder{athleteVariable()},
		alerts:      true,
		panels: []panelBuilder{
			today("Readiness today", "0-100; 75 is your normal. Empty when too little is known.", "none", "readiness").
				Decimals(0).Thresholds(bandThresholds()),
			word("Verdict", "ready 70 and more, steady 55-69, easy 40-54, rest below 40; a band is left only when the score is clearly beyond its border.", "band"),
			word("State", "OK, watch or under-recovered: whether several signals agree over days.", "recovery_state"),
			today("Confidence", "How much of what the score can use is known: 0.8 and more is high, below 0.6 is low.", "percentunit", "confidence").
				Decimals(0).Thresholds(below(confidenceLow)),
			today("Points", "Points of the signs of under-recovery; 5 from two families are a strong day.", "none", "points").
				Decimals(0).Thresholds(above(strongPoints)),
			word("Next hard run", "Not before this date.", "next_hard_after"),
			limited(chart("Readiness", "Score of each morning; 75 is your normal. Uncapped is the score before pain, illness or a marked resting HR limit it.", "none",
				measured("readiness", day(`"readiness"`)), expected("uncapped", day(`"readiness_uncapped"`))).
				Span(24).Min(0).Max(100), bandThresholds()),
			states("Verdict and state", "Band of each morning and whether several signals agree over days.",
				line{alias: "verdict", query: day(`"band"`)}, line{alias: "state", query: day(`"recovery_state"`)}),
			chart("What moves the score", "Each component in your own standard deviations: 0 is your normal, + is good, one costs or adds 25 points.", "none",
				measured("resting HR", day(`"g_rhr"`)), second("load", day(`"g_load"`)), third("check-in", day(`"g_wellness"`)),
				fourth("HR recovery", day(`"g_hrr"`)), line{"sleep", day(`"g_sleep"`), easyColor, false},
				line{"HR at usual speed", day(`"g_hrex"`), steadyColor, false}, line{"HRV", day(`"g_hrv"`), seventhColor, false}),
			limited(bars("Signs of under-recovery", "Points per day; 5 from two families are a strong day, two of three strong days an alert.", "none",
				measured("points", day(`"points"`))), above(strongPoints)),
			limited(chart("Sleep", "Hours of the night and their mean over 7 nights; below 6.5 h on average counts as short.", "h",
				measured("sleep", day(`"sleep_h"`)), expected("7 nights", day(`"sleep_7d_mean_h"`))), below(sleepShortH)),
			chart("Check-in", "Sum of the five ratings, 5-25, 25 best; days of soreness in a row.", "none",
				measured("check-in", day(`"wellness_sum"`)), second("soreness, days", day(`"soreness_days"`))),
			alertsTable(),
		},
	}
}

func alertsTable() *table.PanelBuilder {
	return listing("Alerts", "Every warning that was due, with its reasons as sent.", from("alert", `"rule", "kind", "text"`)+` ORDER BY time DESC`).
		OverrideByName("Time", column("Day", calendar))
}
