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
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// File is a dashboard's file name and content.
type File struct {
	Name string
	JSON []byte
}

// Dashboards returns every dashboard.
func Dashboards() ([]File, error) {
	var files []File
	for _, b := range []board{readinessBoard(), loadBoard(), recoveryBoard(), runBoard(), teamBoard(), pipelineBoard()} {
		f, err := b.file()
		if err != nil {
			return nil, fmt.Errorf("dashboard %s: %w", b.name, err)
		}
		files = append(files, f)
	}
	return files, nil
}

// panelBuilder is what every panel type of the SDK is.
type panelBuilder = cog.Builder[dashboard.Panel]

// board is one dashboard.
type board struct {
	name        string // file name and the end of its uid
	title       string
	description string
	from        string // start of the time shown at first, e.g. now-90d
	to          string // "" = the end of today: a day's point stands at 12:00 UTC, in the morning still ahead
	variables   []*dashboard.QueryVariableBuilder
	alerts      bool // mark the athlete's alerts on the time axis
	panels      []panelBuilder
}

func (b board) file() (File, error) {
	d, err := b.builder()
	if err != nil {
		return File{}, err
	}
	built, err := d.Build()
	if err != nil {
		return File{}, err
	}
	text, err := json.MarshalIndent(built, "", "  ")
	return File{Name: b.name + ".json", JSON: append(text, '\n')}, err
}

func (b board) builder() (*dashboard.DashboardBuilder, error) {
	to := b.to
	if to == "" {
		to = "now/d"
	}
	d := dashboard.NewDashboardBuilder(b.title).
		Uid("afterrun-"+b.name).
		Description(b.description).
		Tags([]string{"afterrun"}).
		Time(b.from, to).
		Timezone("utc").
		Refresh("5m").
		Readonly().
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Link(siblings())
	for _, v := range b.variables {
		d.WithVariable(v)
	}
	if b.alerts {
		d.Annotation(alertAnnotation())
	}
	return d, addPanels(d, b.panels)
}

// addPanels numbers the panels, so that alert rules can point at them.
func addPanels(d *dashboard.DashboardBuilder, panels []panelBuilder) error {
	for i, p := range panels {
		panel, err := p.Build()
		if err != nil {
			return fmt.Errorf("panel %d: %w", i+1, err)
		}
		panel.Id = cog.ToPtr(uint32(i + 1))
		d.WithPanel(builtPanel{panel})
	}
	return nil
}

// builtPanel hands a finished panel to a dashboard.
type builtPanel struct{ dashboard.Panel }

// Build returns the panel.
func (p builtPanel) Build() (dashboard.Panel, error) { return p.Panel, nil }

// siblings links to the other dashboards, of the same athlete and time.
func siblings() *dashboard.DashboardLinkBuilder {
	return dashboard.NewDashboardLinkBuilder("Afterrun").
		Type(dashboard.DashboardLinkTypeDashboards).
		Tags([]string{"afterrun"}).
		IncludeVars(true).
		KeepTime(true)
}

func athleteVariable() *dashboard.QueryVariableBuilder {
	return queryVariable("athlete", "Athlete", `SHOW TAG VALUES FROM "day" WITH KEY = "athlete"`)
}

func sportVariable() *dashboard.QueryVariableBuilder {
	return queryVariable("sport", "Sport", `SHOW TAG VALUES FROM "run" WITH KEY = "sport" WHERE "athlete" = '$athlete'`).
		Multi(true).IncludeAll(true).AllValue(".*").Current(all())
}

// teamVariable is a group of athletes. Its name is not that of the one athlete
// elsewhere, because links between dashboards hand variables over by name.
func teamVariable() *dashboard.QueryVariableBuilder {
	return queryVariable("team", "Athletes", `SHOW TAG VALUES FROM "day" WITH KEY = "athlete"`).
		Multi(true).IncludeAll(true).AllValue(".*").Current(all())
}

// runVariable lists the runs of the time shown, the newest first.
func runVariable() *dashboard.QueryVariableBuilder {
	return queryVariable("run", "Run (UTC)", run(`"start_time_utc"`)+" ORDER BY time DESC").
		Sort(dashboard.VariableSortDisabled)
}

func all() dashboard.VariableOption {
	return dashboard.VariableOption{
		Text:  dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}},
		Value: dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}},
	}
}

func queryVariable(name, label, query string) *dashboard.QueryVariableBuilder {
	return dashboard.NewQueryVariableBuilder(name).
		Label(label).
		Datasource(source()).
		Query(dashboard.StringOrMap{String: &query}).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).
		Sort(dashboard.VariableSortAlphabeticalAsc)
}

func alertAnnotation() *dashboard.AnnotationQueryBuilder {
	q := target("Anno", "", from("alert", `"text"`), "table")
	q["fromAnnotations"], q["textEditor"], q["textColumn"] = true, true, "text"
	return dashboard.NewAnnotationQueryBuilder().
		Name("Alerts").
		Datasource(source()).
		Enable(true).
		IconColor(restColor).
		Target(queryBuilder{q})
}
