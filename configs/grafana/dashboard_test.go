package grafana_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"afterrun/configs/grafana"
)

func generated(t *testing.T) []grafana.File {
	t.Helper()
	files, err := grafana.Dashboards()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 6 {
		t.Fatalf("%d dashboards", len(files))
	}
	return files
}

func TestCommittedDashboardsAreTheGenerated(t *testing.T) {
	files := generated(t)
	for _, f := range files {
		committed, err := os.ReadFile(filepath.Join("dashboards", f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(committed, f.JSON) {
			t.Errorf("%s differs from its source: run go generate ./configs/grafana", f.Name)
		}
	}
	if on, err := filepath.Glob("dashboards/*.json"); err != nil || len(on) != len(files) {
		t.Errorf("%d files in dashboards/, %d generated (%v)", len(on), len(files), err)
	}
}

func TestDashboardsAreValid(t *testing.T) {
	uids := map[string]bool{}
	for _, f := range generated(t) {
		var d dashboard.Dashboard
		if fault := strict(&d, f.JSON); fault != "" {
			t.Errorf("%s: %v", f.Name, fault)
		}
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if d.SchemaVersion > 42 || d.Uid == nil || "afterrun-"+strings.TrimSuffix(f.Name, ".json") != *d.Uid || uids[*d.Uid] {
			t.Errorf("%s: schema version %d, uid %v", f.Name, d.SchemaVersion, d.Uid)
			continue
		}
		uids[*d.Uid] = true
	}
}

// strict reads a dashboard by the SDK's schema. The SDK returns an error value
// without content when nothing is wrong, so the text is what counts.
func strict(d *dashboard.Dashboard, b []byte) string {
	if err := d.UnmarshalJSONStrict(b); err != nil {
		return err.Error()
	}
	return ""
}

func TestStrictReadingFindsAPlantedFault(t *testing.T) {
	planted := bytes.Replace(generated(t)[0].JSON, []byte(`"title"`), []byte(`"bogus": 1, "title"`), 1)
	var d dashboard.Dashboard
	if fault := strict(&d, planted); !strings.Contains(fault, "bogus") {
		t.Errorf("fault = %q", fault)
	}
}

func TestDashboardsAreClean(t *testing.T) {
	for _, f := range generated(t) {
		for _, fault := range lint(t, f.JSON) {
			t.Errorf("%s: %s", f.Name, fault)
		}
	}
}

// TestLintFindsPlantedFaults shows that every rule can fail.
func TestLintFindsPlantedFaults(t *testing.T) {
	clean := string(generated(t)[0].JSON)
	for _, c := range []struct{ old, planted, want string }{
		{`"uid": "afterrun-influx"`, `"uid": "${DS_AFTERRUN}"`, "provisioning does not resolve"},
		{`"uid": "afterrun-influx"`, `"uid": "other"`, "data source"},
		{`"description": "Hours`, `"description": "", "x": "Hours`, "description"},
		{`"unit": "h"`, `"unit": ""`, "unit"},
		{`"type": "timeseries"`, `"type": "graph"`, "core panel"},
		{`"fixedColor": "#0072B2"`, `"fixedColor": "#FF0000"`, "palette"},
		{`"fixedColor": "#0072B2"`, `"fixedColor": "green"`, "palette"},
		{`"name": "athlete"`, `"name": "person"`, "never used"},
		{`AND $timeFilter`, ``, "time"},
		{`"refId": "A"`, `"refId": ""`, "refId"},
		{`"resultFormat": "time_series"`, `"resultFormat": "time_series", "language": "flux"`, "InfluxQL"},
		{`"value": 70`, `"value": 71`, "thresholds"},
		{`"orientation": "auto"`, `"orientation": ""`, "without a value"},
	} {
		planted := strings.Replace(clean, c.old, c.planted, 1)
		if planted == clean || !slices.ContainsFunc(lint(t, []byte(planted)), func(f string) bool { return strings.Contains(f, c.want) }) {
			t.Errorf("%s for %s: not found: %v", c.planted, c.old, lint(t, []byte(planted)))
		}
	}
}

// panel is what the lint looks at.
type panel struct {
	ID                       int
	Title, Description, Type string
	Datasource               struct{ UID string }
	Options                  json.RawMessage
	GridPos                  struct{ X, Y, W, H int }
	FieldConfig              struct {
		Defaults struct {
			Unit       string
			Thresholds struct{ Steps []struct{ Value *float64 } }
		}
		Overrides []struct {
			Matcher    struct{ Options any }
			Properties []struct {
				ID    string
				Value any
			}
		}
	}
	Targets []struct {
		RefID, Query, Alias, Language string
		Datasource                    struct{ UID string }
	}
}

type linted struct {
	Panels     []panel
	Templating struct {
		List []struct {
			Name       string
			Datasource struct{ UID string }
		}
	}
	Annotations struct {
		List []struct {
			Name       string
			Datasource struct{ UID string }
		}
	}
}

// corePanels need no plug-in.
var corePanels = []string{"stat", "timeseries", "state-timeline", "table", "trend"}

// palette is Okabe and Ito's, with a grey.
var palette = []string{"#009E73", "#56B4E9", "#E69F00", "#CC79A7", "#999999", "#0072B2", "#D55E00", "#F0E442"}

var anyColor = regexp.MustCompile(`"(?:fixedColor|color|iconColor)": "([^"]*)"`)

func lint(t *testing.T, text []byte) (faults []string) {
	t.Helper()
	var d linted
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	say := func(where, what string) { faults = append(faults, where+": "+what) }
	for _, trap := range []string{"${DS_", "__inputs", "$__from", `"id": null`} {
		if bytes.Contains(text, []byte(trap)) {
			say(trap, "provisioning does not resolve it")
		}
	}
	for _, m := range anyColor.FindAllSubmatch(text, -1) {
		if !slices.Contains(palette, string(m[1])) {
			say(string(m[1]), "is not of the palette")
		}
	}
	for _, v := range d.Templating.List {
		if v.Datasource.UID != grafana.DatasourceUID {
			say(v.Name, "data source of the variable")
		}
		if !bytes.Contains(text, []byte("$"+v.Name)) {
			say(v.Name, "variable is never used")
		}
	}
	for _, a := range d.Annotations.List {
		if a.Datasource.UID != grafana.DatasourceUID {
			say(a.Name, "data source of the annotation")
		}
	}
	if len(d.Panels) == 0 {
		say("dashboard", "no panel")
	}
	for i, p := range d.Panels {
		if p.ID != i+1 {
			say(p.Title, "panel without its number")
		}
		lintPanel(p, say)
	}
	return faults
}

func lintPanel(p panel, say func(where, what string)) {
	if p.Title == "" || p.Description == "" {
		say(p.Title, "no title or description")
	}
	if p.FieldConfig.Defaults.Unit == "" {
		say(p.Title, "no unit")
	}
	if p.Datasource.UID != grafana.DatasourceUID {
		say(p.Title, "data source")
	}
	if !slices.Contains(corePanels, p.Type) {
		say(p.Title, p.Type+" is not a core panel in use")
	}
	if len(p.Targets) == 0 {
		say(p.Title, "asks nothing")
	}
	if bytes.Contains(p.Options, []byte(`: ""`)) {
		say(p.Title, "an option without a value, which Grafana does not know")
	}
	lintScore(p, say)
	for _, q := range p.Targets {
		switch {
		case q.RefID == "" || q.Datasource.UID != grafana.DatasourceUID:
			say(p.Title, "refId or data source of a query")
		case !strings.Contains(q.Query, "$timeFilter"):
			say(p.Title, "query does not follow the time shown: "+q.Query)
		case !strings.HasPrefix(q.Query, "SELECT ") || q.Language != "":
			say(p.Title, "not InfluxQL: "+q.Query)
		case (p.Type == "timeseries" || p.Type == "trend") && !colorIsFixed(p, q.Alias):
			say(p.Title, "series without a colour: "+q.Alias)
		}
	}
}

var score = regexp.MustCompile(`^SELECT "readiness"(, "key")? FROM`)

// lintScore holds the borders of the bands the same wherever a score is shown.
func lintScore(p panel, say func(where, what string)) {
	if len(p.Targets) == 0 || !score.MatchString(p.Targets[0].Query) {
		return
	}
	var borders []float64
	for _, s := range p.FieldConfig.Defaults.Thresholds.Steps {
		if s.Value != nil {
			borders = append(borders, *s.Value)
		}
	}
	if !slices.Equal(borders, []float64{40, 55, 70}) {
		say(p.Title, "thresholds are not those of the bands")
	}
}

func colorIsFixed(p panel, alias string) bool {
	for _, o := range p.FieldConfig.Overrides {
		if o.Matcher.Options == alias && slices.ContainsFunc(o.Properties, func(q struct {
			ID    string
			Value any
		}) bool {
			return q.ID == "color"
		}) {
			return true
		}
	}
	return false
}

func TestProvisionedSourceHasTheUIDOfThePanels(t *testing.T) {
	b, err := os.ReadFile("provisioning/datasources/influxdb.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "uid: "+grafana.DatasourceUID) {
		t.Errorf("uid %s is not provisioned", grafana.DatasourceUID)
	}
}

// Grafana writes the unit "s" as parts of a minute: 330 s would be 5.50 min.
func TestTimesAndPacesReadAsClocks(t *testing.T) {
	clocks := regexp.MustCompile(`^SELECT "(timer_s|cooldown_s|gap_s_per_km|best_\w+_s|walk_s|jog_s)"`)
	var found int
	for _, panels := range panelsOf(t) {
		for _, p := range panels {
			if !clocks.MatchString(p.Targets[0].Query) {
				continue
			}
			found++
			if p.FieldConfig.Defaults.Unit != "dthms" {
				t.Errorf("%s: unit %q", p.Title, p.FieldConfig.Defaults.Unit)
			}
		}
	}
	if found < 5 {
		t.Errorf("%d panels of times", found)
	}
}

// TestPanelsLieSideBySide checks that no panel covers another or leaves the grid
// of 24 columns.
func TestPanelsLieSideBySide(t *testing.T) {
	for uid, panels := range panelsOf(t) {
		taken := map[[2]int]string{}
		for _, p := range panels {
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other := taken[[2]int{x, y}]; other != "" || x > 23 {
						t.Fatalf("%s: %s lies on %q, or beyond the edge, at %d,%d", uid, p.Title, other, x, y)
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
		}
	}
}

// TestCellsLeadToDashboards follows the links in tables: the dashboard is there
// and has the variables that are handed over.
func TestCellsLeadToDashboards(t *testing.T) {
	variables, links := map[string][]string{}, map[string][]string{}
	into := regexp.MustCompile(`"url": "/d/([a-z-]+)\\?([^"]*)"`)
	handed := regexp.MustCompile(`var-(\w+)=|\$\{(\w+):queryparam\}`)
	for _, f := range generated(t) {
		var d struct {
			UID        string
			Templating struct{ List []struct{ Name string } }
		}
		if err := json.Unmarshal(f.JSON, &d); err != nil {
			t.Fatal(err)
		}
		for _, v := range d.Templating.List {
			variables[d.UID] = append(variables[d.UID], v.Name)
		}
		for _, m := range into.FindAllStringSubmatch(strings.ReplaceAll(string(f.JSON), `\u0026`, "&"), -1) {
			links[m[1]] = append(links[m[1]], m[2])
		}
	}
	for uid, queries := range links {
		for _, q := range queries {
			for _, m := range handed.FindAllStringSubmatch(q, -1) {
				if name := m[1] + m[2]; !slices.Contains(variables[uid], name) {
					t.Errorf("%s has no variable %s: %s", uid, name, q)
				}
			}
		}
	}
	if len(links["afterrun-readiness"]) == 0 || len(links["afterrun-run"]) == 0 {
		t.Errorf("links %v", links)
	}
}
