package grafana

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/table"
)

func teamBoard() board {
	return board{
		name: "team", title: "Team", from: "now-28d",
		description: "Everybody at a glance, who needs attention first. A name leads to the athlete's readiness, a run to its course.",
		variables:   []*dashboard.QueryVariableBuilder{teamVariable()},
		panels: []panelBuilder{
			teamTable(),
			teamStates("Verdict", "Band of each morning, a row per athlete.", "band"),
			teamStates("State", "Whether several signals agree over days, a row per athlete.", "recovery_state"),
			listing("Alerts", "Every warning that was due in the time shown, with its reasons as sent.", team("alert", `"rule", "kind", "text"`)+` ORDER BY time DESC`).
				OverrideByName("Time", column("Day", calendar)).
				OverrideByName("athlete", linked("Athlete", "Readiness", athleteURL)),
			teamRuns(),
		},
	}
}

func teamTable() *table.PanelBuilder {
	fields := `"readiness", "confidence", "band", "recovery_state", "points", "rhr_state", "rhr_delta_7d", "hrr_z", "form_frac", "distance_7d_m", "distance_ramp_7d", "next_hard_after"`
	return listing("Who needs attention", "Latest day of each athlete, the lowest score first. – is a value that could not be known; an old day is of somebody whose data stopped.", team("day", fields)+latest).
		Height(12).
		SortBy([]cog.Builder[common.TableSortByFieldState]{common.NewTableSortByFieldStateBuilder().DisplayName("Score").Desc(false)}).
		OverrideByName("Time", column("Day", calendar)).
		OverrideByName("athlete", linked("Athlete", "Readiness", athleteURL)).
		OverrideByName("readiness", scoreCell()).
		OverrideByName("confidence", column("Confidence", "percentunit")).
		OverrideByName("band", wordColumn("Verdict")).
		OverrideByName("recovery_state", wordColumn("State")).
		OverrideByName("points", column("Points", "none")).
		OverrideByName("rhr_state", wordColumn("Resting HR is")).
		OverrideByName("rhr_delta_7d", column("Drift, 7 days", "bpm")).
		OverrideByName("hrr_z", column("HRR against usual, SD", "none")).
		OverrideByName("form_frac", column("Form", "percentunit")).
		OverrideByName("distance_7d_m", column("7 days", "lengthm")).
		OverrideByName("distance_ramp_7d", column("Ramp", "percentunit")).
		OverrideByName("next_hard_after", column("Next hard run", ""))
}

func teamRuns() *table.PanelBuilder {
	return withoutTime(listing("Runs", "Every recorded activity of the time shown.", team("run", `"start_time_utc", "distance_m", "timer_s", "avg_hr_bpm", "hrr60_bpm", "load"`)+` ORDER BY time DESC`)).
		OverrideByName("start_time_utc", linked("Run (UTC)", "Show this run", teamRunURL)).
		OverrideByName("athlete", linked("Athlete", "Readiness", athleteURL)).
		OverrideByName("distance_m", column("Distance", "lengthm")).
		OverrideByName("timer_s", column("Time", clockTime)).
		OverrideByName("avg_hr_bpm", column("Mean HR", "bpm")).
		OverrideByName("hrr60_bpm", column("HRR60", "bpm")).
		OverrideByName("load", column("Load", "none"))
}

// scoreCell colours a score like everywhere.
func scoreCell() []dashboard.DynamicConfigValue {
	t, _ := bandThresholds().Build()
	return []dashboard.DynamicConfigValue{
		property("displayName", "Score"), property("thresholds", t), property("color", map[string]any{"mode": "thresholds"}),
		property("custom.cellOptions", map[string]any{"type": "color-text"}), property("decimals", 0),
	}
}

func teamStates(title, description, field string) *statetimeline.PanelBuilder {
	return states(title, description, line{alias: "$tag_athlete", query: team("day", `"`+field+`"`)}).Height(14)
}
