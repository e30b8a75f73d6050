// Package grafana writes Afterrun's Grafana dashboards as classic JSON, which
// Grafana 10 to 13 load from files. The JSON is committed; a test writes it
// again and compares. Queries are InfluxQL only: it runs on InfluxDB 1.8, 2.x
// and 3.
package grafana

//go:generate go run ./generate

import (
	"encoding/json"
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// DatasourceUID is the fixed uid of the provisioned data source.
const DatasourceUID = "afterrun-influx"

// File is a dashboard's file name and content.
type File struct {
	Name string
	JSON []byte
}

// Dashboards returns every dashboard.
func Dashboards() ([]File, error) {
	d, err := readinessDashboard().Build()
	if err != nil {
		return nil, fmt.Errorf("readiness dashboard: %w", err)
	}
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, err
	}
	return []File{{Name: "readiness.json", JSON: append(b, '\n')}}, nil
}

// The colours of the four bands, from the colour-blind safe palette of Okabe
// and Ito (2008); the page uses the same.
const (
	readyColor  = "#009E73"
	steadyColor = "#56B4E9"
	easyColor   = "#E69F00"
	restColor   = "#CC79A7"
)

func readinessDashboard() *dashboard.DashboardBuilder {
	return dashboard.NewDashboardBuilder("Readiness").
		Uid("afterrun-readiness").
		Description("Have I recovered? Guidance, not diagnosis.").
		Tags([]string{"afterrun"}).
		Time("now-90d", "now").
		Timezone("utc"). // a day's point stands at 12:00 UTC of the local date
		Refresh("5m").
		Readonly().
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		WithVariable(athleteVariable()).
		Annotation(alertAnnotation()).
		WithPanel(scorePanel()).
		WithPanel(bandPanel()).
		WithPanel(readinessPanel()).
		WithPanel(restingPanel()).
		WithPanel(recoveryPanel()).
		WithPanel(loadPanel()).
		WithPanel(runsPanel())
}

func source() common.DataSourceRef {
	return common.DataSourceRef{Type: cog.ToPtr("influxdb"), Uid: cog.ToPtr(DatasourceUID)}
}

func athleteVariable() *dashboard.QueryVariableBuilder {
	query := `SHOW TAG VALUES FROM "day" WITH KEY = "athlete"`
	return dashboard.NewQueryVariableBuilder("athlete").
		Label("Athlete").
		Datasource(source()).
		Query(dashboard.StringOrMap{String: &query}).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).
		Sort(dashboard.VariableSortAlphabeticalAsc)
}

func alertAnnotation() *dashboard.AnnotationQueryBuilder {
	return dashboard.NewAnnotationQueryBuilder().
		Name("Alerts").
		Datasource(source()).
		Enable(true).
		IconColor(restColor).
		Target(queryBuilder{variants.UnknownDataquery{
			"refId": "Anno", "datasource": source(), "fromAnnotations": true, "textEditor": true, "textColumn": "text",
			"query": from(`"text"`, "alert"),
		}})
}

// day and run are the time series every panel reads.
func day(fields string) string { return from(fields, "day") }
func run(fields string) string { return from(fields, "run") }

func from(fields, measurement string) string {
	return fmt.Sprintf(`SELECT %s FROM %q WHERE "athlete" = '$athlete' AND $timeFilter`, fields, measurement)
}

// target is an InfluxQL query; the SDK has no type of its own for it.
func target(ref, alias, query, format string) variants.UnknownDataquery {
	return variants.UnknownDataquery{
		"refId": ref, "datasource": source(), "rawQuery": true, "query": query, "resultFormat": format, "alias": alias,
	}
}

// queryBuilder hands a finished query to a panel.
type queryBuilder struct{ q variants.UnknownDataquery }

// Build returns the query.
func (b queryBuilder) Build() (variants.Dataquery, error) { return b.q, nil }

func series(ref, alias, query string) queryBuilder {
	return queryBuilder{target(ref, alias, query, "time_series")}
}

func bandThresholds() *dashboard.ThresholdsConfigBuilder {
	steps := []dashboard.Threshold{
		{Color: restColor}, {Value: cog.ToPtr(40.0), Color: easyColor},
		{Value: cog.ToPtr(55.0), Color: steadyColor}, {Value: cog.ToPtr(70.0), Color: readyColor},
	}
	return dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(steps)
}

func scorePanel() *stat.PanelBuilder {
	return stat.NewPanelBuilder().
		Title("Latest readiness").
		Description("0-100; 75 is your normal. Empty when too little is known.").
		Datasource(source()).Unit("none").Decimals(0).
		Span(4).Height(6).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})).
		Thresholds(bandThresholds()).
		WithTarget(series("A", "readiness", day(`last("readiness")`)))
}

func bandPanel() *stat.PanelBuilder {
	return stat.NewPanelBuilder().
		Title("Verdict").
		Description("ready 70 and more, steady 55-69, easy 40-54, rest below 40; a band is left only when the score is clearly beyond its border.").
		Datasource(source()).Unit("none").
		Span(4).Height(6).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"}).Fields("/.*/")).
		WithTarget(queryBuilder{target("A", "band", day(`last("band") AS "verdict"`), "table")}).
		Transformations([]dashboard.DataTransformerConfig{{Id: "organize", Options: map[string]any{"excludeByName": map[string]any{"Time": true}}}})
}

func lines(title, description, unit string) *timeseries.PanelBuilder {
	return timeseries.NewPanelBuilder().
		Title(title).Description(description).
		Datasource(source()).Unit(unit).
		LineWidth(2).FillOpacity(0).SpanNulls(common.BoolOrFloat64{Bool: cog.ToPtr(true)}).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom))
}

func readinessPanel() *timeseries.PanelBuilder {
	return lines("Readiness", "Score of each morning; 75 is your normal.", "none").
		Span(16).Height(6).Min(0).Max(100).
		Thresholds(bandThresholds()).
		ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeDashed)).
		WithTarget(series("A", "readiness", day(`"readiness"`)))
}

func restingPanel() *timeseries.PanelBuilder {
	return lines("Resting heart rate", "Each day's value and what is usual for you (median of the baseline).", "bpm").
		Span(12).Height(8).
		WithTarget(series("A", "resting HR", day(`"rhr_bpm"`))).
		WithTarget(series("B", "usual", day(`"rhr_bpm" - "rhr_delta_bpm"`)))
}

func recoveryPanel() *timeseries.PanelBuilder {
	return lines("Heart-rate recovery", "Drop in the first minute after a run (larger = faster), the watch's own two-minute event, and what is expected for you.", "bpm").
		Span(12).Height(8).
		WithTarget(series("A", "HRR60", run(`"hrr60_bpm"`))).
		WithTarget(series("B", "watch event, 120 s", run(`"hrr120_device_bpm"`))).
		WithTarget(series("C", "expected", day(`"hrr_expected_bpm"`)))
}

func loadPanel() *timeseries.PanelBuilder {
	return lines("Fitness, fatigue, form", "CTL (42 days), ATL (7 days) and their difference on the morning of the day, in HRSS units per day.", "none").
		Span(24).Height(8).
		WithTarget(series("A", "fitness (CTL)", day(`"ctl"`))).
		WithTarget(series("B", "fatigue (ATL)", day(`"atl"`))).
		WithTarget(series("C", "form (TSB)", day(`"tsb"`)))
}

func runsPanel() *table.PanelBuilder {
	fields := `"distance_m", "timer_s", "avg_hr_bpm", "hrr60_bpm", "load"`
	return table.NewPanelBuilder().
		Title("Runs").
		Description("Every recorded activity; an empty cell is a value that could not be known.").
		Datasource(source()).Unit("none").Decimals(0).
		Span(24).Height(10).
		WithTarget(queryBuilder{target("A", "", run(fields)+` ORDER BY time DESC`, "table")}).
		OverrideByName("distance_m", unit("lengthm")).
		OverrideByName("timer_s", unit("s")).
		OverrideByName("avg_hr_bpm", unit("bpm")).
		OverrideByName("hrr60_bpm", unit("bpm"))
}

func unit(name string) []dashboard.DynamicConfigValue {
	return []dashboard.DynamicConfigValue{{Id: "unit", Value: name}}
}
