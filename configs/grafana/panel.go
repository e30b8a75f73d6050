package grafana

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

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
		SpanNulls(common.BoolOrFloat64{Bool: cog.ToPtr(true)}).
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

// number shows the last value of the time shown.
func number(title, description, unitName, query string) *stat.PanelBuilder {
	return stat.NewPanelBuilder().
		Title(title).Description(description).
		Datasource(source()).Unit(unitName).
		Span(4).Height(4).
		GraphMode(common.BigValueGraphModeNone).
		NoValue("–").
		Thresholds(steps(firstColor)).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})).
		WithTarget(series("A", title, query))
}

// word shows the last text of the time shown.
func word(title, description, query string) *stat.PanelBuilder {
	return stat.NewPanelBuilder().
		Title(title).Description(description).
		Datasource(source()).Unit("none").
		Span(4).Height(4).
		GraphMode(common.BigValueGraphModeNone).
		NoValue("–").
		Thresholds(steps(greyColor)).
		Mappings(words()).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"}).Fields("/.*/")).
		WithTarget(rows(query)).
		WithTransformation(without("Time"))
}

// states shows texts over time, with their words in the bars.
func states(title, description string, all ...line) *statetimeline.PanelBuilder {
	p := statetimeline.NewPanelBuilder().
		Title(title).Description(description).
		Datasource(source()).Unit("none").
		Span(24).Height(5).
		ShowValue(common.VisibilityModeAuto).MergeValues(true).RowHeight(0.8).
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

// without hides columns.
func without(names ...string) dashboard.DataTransformerConfig {
	hidden := map[string]any{}
	for _, n := range names {
		hidden[n] = true
	}
	return dashboard.DataTransformerConfig{Id: "organize", Options: map[string]any{"excludeByName": hidden}}
}
