package grafana

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

func loadBoard() board {
	return board{
		name: "training-load", title: "Training load", from: "now-180d",
		description: "Fitness, fatigue and how evenly the load grows, from heart rate.",
		variables:   []*dashboard.QueryVariableBuilder{athleteVariable()},
		alerts:      true,
		panels: []panelBuilder{
			today("Fitness", "CTL: mean daily load over 42 days, as the day ends; HRSS units per day.", "none", "ctl").Decimals(0),
			today("Fatigue", "ATL: mean daily load over 7 days, as the day ends; HRSS units per day.", "none", "atl").Decimals(0),
			today("Form", "TSB as a part of fitness, on the morning of the day; below -30 % counts as low.", "percentunit", "form_frac").
				Decimals(0).Thresholds(below(formLow)),
			today("Week", "Distance of the last 7 days.", "lengthm", "distance_7d_m"),
			today("Ramp", "Distance of the last 7 days against the 7 before; more than +10 % is steep.", "percentunit", "distance_ramp_7d").
				Decimals(0).Thresholds(above(rampHigh)),
			today("Days since rest", "Days in a row with running.", "none", "days_since_rest").Decimals(0),
			chart("Fitness, fatigue, form", "CTL (42 days) and ATL (7 days) as the day ends, and their difference on its morning, in HRSS units per day.", "none",
				measured("fitness (CTL)", day(`"ctl"`)), second("fatigue (ATL)", day(`"atl"`)), third("form (TSB)", day(`"tsb"`))).Span(24),
			bars("Load per day", "HRSS units: 100 is an hour at the lactate threshold.", "none", measured("load", day(`"daily_load"`))),
			limited(chart("Form", "TSB as a part of fitness; below -30 % counts as low.", "percentunit", measured("form", day(`"form_frac"`))), below(formLow)),
			chart("Weekly distance", "Distance of the 7 days up to each day.", "lengthm", measured("7 days", day(`"distance_7d_m"`))),
			limited(chart("Weekly ramp", "7 days against the 7 before, distance and time; more than +10 % is steep.", "percentunit",
				measured("distance", day(`"distance_ramp_7d"`)), second("time", day(`"time_ramp_7d"`))), above(rampHigh)),
			chart("Acute to chronic", "Recent load against the longer one; shown for comparison with other programs, no alert rests on it.", "none",
				measured("EWMA", day(`"acwr_ewma"`)), second("coupled", day(`"acwr_coupled"`)), third("uncoupled", day(`"acwr_uncoupled"`))),
			limited(chart("Longest run against the last 30 days", "Above 1.1 times the longest run of the 30 days before is caution, above 1.3 a spike, above 2 a large one.", "none",
				measured("ratio", day(`"session_spike_ratio"`))), above(spikeHigh)),
			limited(chart("Monotony", "Mean of 7 days' load divided by its spread; above 2 the days are too alike.", "none",
				measured("monotony", day(`"monotony_7d"`))), above(monotonyHigh)),
			chart("Strain", "Load of 7 days times monotony, HRSS units.", "none", measured("strain", day(`"strain_7d"`))),
			bars("Rest days", "Days without running among the last 7.", "none", measured("rest days", day(`"rest_days_7d"`))),
			bars("Weeks since a light week", "Weeks in a row without a week of clearly less load.", "none", measured("weeks", day(`"weeks_since_deload"`))),
		},
	}
}
