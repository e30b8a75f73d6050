package grafana

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
	"github.com/grafana/grafana-foundation-sdk/go/trend"
)

// gap is how long nothing may be known before a line is broken, in ms: a line
// across a month off would say something of its days.
const gap = 14 * 24 * 3600 * 1000

// nothing is what a chart says when it is empty.
const nothing = "Nothing known in the time shown"

// line is a series of a chart.
type line struct {
	alias, query string
	color        string
	dashed       bool // usual, expected, estimated
}

func measured(alias, query string) line { return line{alias, query, firstColor, false} }
func second(alias, query string) line   { return line{alias, query, secondColor, false} }
func third(alias, query string) line    { return line{alias, query, thirdColor, false} }
func fourth(alias, query string) line   { return line{alias, query, fourthColor, false} }
func expected(alias, query string) line { return line{alias, query, greyColor, true} }

// chart draws lines over time; it takes half of the width.
func chart(title, description, unitName string, all ...line) *timeseries.PanelBuilder {
	p := timeseries.NewPanelBuilder().
		Title(title).Description(description).
		Datasource(source()).Unit(unitName).
		Span(12).Height(8).
		LineWidth(2).FillOpacity(0).ShowPoints(common.VisibilityModeAuto).
		SpanNulls(common.BoolOrFloat64{Float64: cog.ToPtr(float64(gap))}).
		InsertNulls(common.BoolOrFloat64{Float64: cog.ToPtr(float64(gap))}).
		NoValue(nothing).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderNone)).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom))
	for i, l := range all {
		p.WithTarget(series(string(rune('A'+i)), l.alias, l.query)).
			OverrideByName(l.alias, colored(l.color, l.dashed))
	}
	return p
}

// dots draws single runs: a line between them would say something of the days
// in between.
func dots(title, description, unitName string, all ...line) *timeseries.PanelBuilder {
	return chart(title, description, unitName, all...).
		DrawStyle(common.GraphDrawStylePoints).PointSize(7).
		SpanNulls(common.BoolOrFloat64{Bool: cog.ToPtr(false)})
}

// bars draws sums.
func bars(title, description, unitName string, all ...line) *timeseries.PanelBuilder {
	return chart(title, description, unitName, all...).
		DrawStyle(common.GraphDrawStyleBars).FillOpacity(70).LineWidth(0)
}

// limited adds dashed lines at the thresholds.
func limited(p *timeseries.PanelBuilder, t *dashboard.ThresholdsConfigBuilder) *timeseries.PanelBuilder {
	return p.Thresholds(t).ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeDashed))
}

// number shows a field of the newest point; empty when that point does not have
// it. The key, which every point has, is asked for too: else InfluxDB would
// answer with the newest point that has the field, and an old value would pass
// for today's.
func number(title, description, unitName, column, query string) *stat.PanelBuilder {
	return stat.NewPanelBuilder().
		Title(title).Description(description).
		Datasource(source()).Unit(unitName).
		Span(4).Height(4).
		GraphMode(common.BigValueGraphModeNone).Orientation(common.VizOrientationAuto).
		NoValue("–").
		Thresholds(steps(firstColor)).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"}).Fields("/^" + column + "$/")).
		WithTarget(rows(query))
}

// word shows a text of the newest day.
func word(title, description, column string) *stat.PanelBuilder {
	return today(title, description, "none", column).
		Thresholds(steps(greyColor)).
		Mappings(words())
}

// today and ofRun show a number of the newest day, of the run chosen.
func today(title, description, unitName, column string) *stat.PanelBuilder {
	return number(title, description, unitName, column, day(`"`+column+`", "key"`)+latest)
}

func ofRun(title, description, unitName, column string) *stat.PanelBuilder {
	return number(title, description, unitName, column, run(`"`+column+`", "key"`)+chosen+latest)
}

// trace draws a line over the time since the start of the run chosen.
func trace(title, description, unitName string, l line) *trend.PanelBuilder {
	return trend.NewPanelBuilder().
		Title(title).Description(description).
		Datasource(source()).Unit(unitName).
		Span(12).Height(8).
		LineWidth(1).FillOpacity(0).ShowPoints(common.VisibilityModeNever).
		NoValue("No samples: they are written with influx.samples: true in Afterrun's configuration").
		XField("t_s").
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderNone)).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom)).
		OverrideByName("t_s", unit(clockTime)).
		OverrideByName(l.alias, colored(l.color, l.dashed)).
		WithTarget(queryBuilder{target("A", l.alias, l.query, "table")})
}

// states shows texts over time, with their words in the bars.
func states(title, description string, all ...line) *statetimeline.PanelBuilder {
	p := statetimeline.NewPanelBuilder().
		Title(title).Description(description).
		Datasource(source()).Unit("none").
		Span(24).Height(5).
		ShowValue(common.VisibilityModeAuto).MergeValues(true).RowHeight(0.8).PerPage(25).
		NoValue(nothing).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeSingle).Sort(common.SortOrderNone)).
		Thresholds(steps(greyColor)).
		Mappings(words()).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(false).DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom))
	for i, l := range all {
		p.WithTarget(series(string(rune('A'+i)), l.alias, l.query))
	}
	return p
}

// listing is a table of rows.
func listing(title, description, query string) *table.PanelBuilder {
	return table.NewPanelBuilder().
		Title(title).Description(description).
		Datasource(source()).Unit("none").Decimals(1).
		Span(24).Height(10).
		NoValue("–").
		Mappings(words()).
		WithTarget(rows(query))
}
