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
		description: "Everybody at a glance, who needs attention first.",
		panels: []panelBuilder{
			teamTable(),
			teamStates("Verdict", "Band of each morning, a row per athlete.", "band"),
			teamStates("State", "Whether several signals agree over days, a row per athlete.", "recovery_state"),
			listing("Alerts", "Every warning that was due in the time shown, with its reasons as sent.", everybody("alert", `"rule", "kind", "text"`)+` ORDER BY time DESC`),
			listing("Runs", "Every recorded activity of the time shown.", everybody("run", `"distance_m", "timer_s", "avg_hr_bpm", "load"`)+` ORDER BY time DESC`).
				OverrideByName("distance_m", unit("lengthm")).OverrideByName("timer_s", unit(clockTime)).OverrideByName("avg_hr_bpm", unit("bpm")),
		},
	}
}

func teamTable() *table.PanelBuilder {
	fields := `"readiness", "confidence", "band", "recovery_state", "points", "rhr_state", "rhr_delta_7d", "hrr_z", "form_frac", "distance_7d_m", "distance_ramp_7d", "next_hard_after"`
	return listing("Who needs attention", "Latest day of each athlete, the lowest score first.", everybody("day", fields)+latest).
		SortBy([]cog.Builder[common.TableSortByFieldState]{common.NewTableSortByFieldStateBuilder().DisplayName("readiness").Desc(false)}).
		OverrideByName("readiness", scoreCell()).
		OverrideByName("confidence", unit("percentunit")).
		OverrideByName("rhr_delta_7d", unit("bpm")).
		OverrideByName("form_frac", unit("percentunit")).
		OverrideByName("distance_7d_m", unit("lengthm")).
		OverrideByName("distance_ramp_7d", unit("percentunit"))
}

// scoreCell colours a score like everywhere.
func scoreCell() []dashboard.DynamicConfigValue {
	t, _ := bandThresholds().Build()
	return []dashboard.DynamicConfigValue{
		property("thresholds", t), property("color", map[string]any{"mode": "thresholds"}),
		property("custom.cellOptions", map[string]any{"type": "color-text"}), property("decimals", 0),
	}
}

func teamStates(title, description, column string) *statetimeline.PanelBuilder {
	return states(title, description, line{alias: "$tag_athlete", query: everybody("day", `"`+column+`"`)}).Height(8)
}
