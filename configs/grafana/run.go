package grafana

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/table"
)

func runBoard() board {
	return board{
		name: "run", title: "Run", from: "now-60d",
		description: "One run, chosen at the top or in the table below, and every run of the time shown. Clock times are UTC.",
		variables:   []*dashboard.QueryVariableBuilder{athleteVariable(), sportVariable(), runVariable()},
		alerts:      true,
		panels: []panelBuilder{
			ofRun("Distance", "Of the run chosen at the top.", "lengthm", "distance_m"),
			ofRun("Time", "By the watch's timer: pauses are left out.", clockTime, "timer_s"),
			ofRun("Mean heart rate", "Weighted by time.", "bpm", "avg_hr_bpm").Decimals(0),
			ofRun("Drop in the first minute", "HRR60; keep the watch recording while you walk three minutes to get it.", "bpm", "hrr60_bpm").Decimals(0),
			ofRun("Load", "HRSS units: 100 is an hour at the lactate threshold.", "none", "load").Decimals(0),
			ofRun("Cool-down", "Walking and jogging after the effort.", clockTime, "cooldown_s"),
			trace("Heart rate, second by second", "Of the run chosen, cleaned of spikes, by the time since its start. Needs influx.samples: true in Afterrun's configuration; past runs are then filled in.", "bpm",
				measured("heart rate", sample("hr_clean_bpm", "heart rate"))).Span(24),
			trace("Speed", "Of the run chosen. Needs influx.samples: true.", "velocityms", measured("speed", sample("speed_mps", "speed"))),
			trace("Altitude", "Of the run chosen. Needs influx.samples: true.", "lengthm", measured("altitude", sample("altitude_m", "altitude"))),
			trace("Cadence", "Steps per minute, of the run chosen. Needs influx.samples: true.", "suffix: /min", measured("cadence", sample("cadence_spm", "cadence"))),
			bars("Distance, every run", "Runs of the time shown.", "lengthm", measured("distance", run(`"distance_m"`))),
			bars("Load, every run", "HRSS units.", "none", measured("load", run(`"load"`))),
			dots("Heart rate", "Mean and highest of every run, and the HRmax in force.", "bpm",
				measured("mean", run(`"avg_hr_bpm"`)), second("highest", run(`"max_hr_bpm"`)), expected("HRmax", run(`"hrmax_bpm"`))),
			dots("Heart rate at the end and a minute later", "The higher the end, the more room to fall.", "bpm",
				measured("end of effort", run(`"hr_end_bpm"`)), second("60 s later", run(`"hr_60s_post_bpm"`))),
			dots("Pace", "Seconds per kilometre, as it would have been on the flat (Minetti 2002).", clockTime, measured("grade adjusted", run(`"gap_s_per_km"`))),
			dots("Best efforts", "The fastest stretch of each length within the run.", clockTime,
				measured("1 km", run(`"best_1k_s"`)), second("1 mile", run(`"best_mile_s"`)), third("5 km", run(`"best_5k_s"`))),
			dots("Decoupling", "How many more heartbeats a metre costs in the second half; 5 % and more in a steady run speak of heat, thirst or fatigue.", "percent",
				measured("decoupling", run(`"pa_hr_decoupling_pct"`))),
			dots("Efficiency", "Metres per minute for each beat per minute, grade adjusted, over the steady part.", "none", measured("efficiency", run(`"efficiency_factor"`))),
			dots("Heart rate at your usual speed", "Of steady runs, and how far it is from what is expected for you.", "bpm",
				measured("at speed", run(`"hrex_bpm"`)), second("against expected", run(`"hrex_dev_bpm"`))),
			dots("Load by other methods", "Banister's, Edwards' and Lucía's TRIMP, for comparison.", "none",
				measured("Banister", run(`"trimp_banister"`)), second("Edwards", run(`"trimp_edwards"`)), third("Lucía", run(`"trimp_lucia"`))),
			dots("Cool-down", "Walking and jogging after the effort; ten minutes are complete.", clockTime,
				measured("walking", run(`"walk_s"`)), second("jogging", run(`"jog_s"`))),
			runsTable(),
		},
	}
}

func runsTable() *table.PanelBuilder {
	fields := `"start_time_utc", "distance_m", "timer_s", "avg_hr_bpm", "max_hr_bpm", "hrr60_bpm", "load", "gap_s_per_km", "pa_hr_decoupling_pct", "run_type", "recovery_mode", "cooldown_verdict", "next_hard_after"`
	return withoutTime(listing("Runs", "Every recorded activity; – is a value that could not be known. Click a run to see it above.", run(fields)+` ORDER BY time DESC`)).
		OverrideByName("start_time_utc", linked("Run (UTC)", "Show this run", ownRunURL)).
		OverrideByName("distance_m", column("Distance", "lengthm")).
		OverrideByName("timer_s", column("Time", clockTime)).
		OverrideByName("avg_hr_bpm", column("Mean HR", "bpm")).
		OverrideByName("max_hr_bpm", column("Highest HR", "bpm")).
		OverrideByName("hrr60_bpm", column("HRR60", "bpm")).
		OverrideByName("load", column("Load", "none")).
		OverrideByName("gap_s_per_km", column("Flat pace /km", clockTime)).
		OverrideByName("pa_hr_decoupling_pct", column("Decoupling", "percent")).
		OverrideByName("run_type", column("Type", "")).
		OverrideByName("recovery_mode", column("Recovered by", "")).
		OverrideByName("cooldown_verdict", column("Cool-down", "")).
		OverrideByName("next_hard_after", column("Next hard run", ""))
}

// withoutTime leaves out the time of the point where a row says its own.
func withoutTime(p *table.PanelBuilder) *table.PanelBuilder {
	return p.WithTransformation(dashboard.DataTransformerConfig{Id: "organize", Options: map[string]any{"excludeByName": map[string]bool{"Time": true}}})
}
