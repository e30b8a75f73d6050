package grafana

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
)

// pipelineBoard shows what the program says of itself every minute in the
// measurements pipeline and files.
func pipelineBoard() board {
	return board{
		name: "pipeline", title: "Pipeline health", from: "now-24h", to: "now",
		description: "Does Afterrun read, compute and deliver? The program writes this every minute; a gap means that it, or InfluxDB, was down.",
		panels: []panelBuilder{
			number("Waiting", "Messages that worker, store or InfluxDB have still to handle; 0 when all is done.", "none", "waiting", program(`"waiting"`)+latest).Decimals(0),
			number("Dead letters", "Messages that could not be processed; `afterrun status` names them with their reasons.", "none", "dead", program(`"dead"`)+latest).
				Decimals(0).Thresholds(above(1)),
			bars("Signs of life", "Points written per interval; none when the program or InfluxDB was down.", "none",
				measured("points", program(`count("waiting")`)+` GROUP BY time($__interval) fill(0)`)).Interval("5m").Span(16).Height(4),
			chart("Waiting, by part", "Messages still to be handled. A channel that is down, or quiet hours, keep alerts waiting.", "none",
				measured("worker", waiting("work")), second("store", waiting("store")), third("files", waiting("files")), fourth("InfluxDB", waiting("influx")),
				line{"alerts", waiting("alert"), easyColor, false}, line{"samples", waiting("samples"), steadyColor, false}).
				Interval("2m").SpanNulls(common.BoolOrFloat64{Bool: cog.ToPtr(false)}).Span(24),
			listing("Files and data", "Files of each athlete by what became of them (`afterrun files` names them), and days since the last run, resting HR, night or check-in.",
				everybody("files", `"published", "corrected", "duplicate", "ignored", "pending", "refused", "days_since_data"`)+latest).Decimals(0).
				OverrideByName("Time", column("As of", "dateTimeAsIso")).
				OverrideByName("athlete", linked("Athlete", "Readiness", athleteURL)).
				OverrideByName("days_since_data", column("days since data", "none")),
		},
	}
}

// waiting is the most that waited for a part in each interval; what is missing
// shows as a gap.
func waiting(part string) string {
	return program(`max("waiting_`+part+`")`) + ` GROUP BY time($__interval) fill(null)`
}

// program selects what the program says of itself.
func program(fields string) string {
	return fmt.Sprintf(`SELECT %s FROM "pipeline" WHERE $timeFilter`, fields)
}
