package grafana_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"afterrun/configs/grafana"
)

func TestCommittedDashboardsAreTheGenerated(t *testing.T) {
	files, err := grafana.Dashboards()
	if err != nil {
		t.Fatal(err)
	}
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

func TestDashboardsAreValidAndClean(t *testing.T) {
	files, err := grafana.Dashboards()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		var d dashboard.Dashboard
		if fault := strict(&d, f.JSON); fault != "" {
			t.Errorf("%s: %v", f.Name, fault)
		}
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if d.SchemaVersion > 42 || d.Uid == nil || *d.Uid == "" {
			t.Errorf("%s: schema version %d, uid %v", f.Name, d.SchemaVersion, d.Uid)
		}
		for _, trap := range []string{"${DS_", "__inputs", "$__from", "\"id\": null"} {
			if bytes.Contains(f.JSON, []byte(trap)) {
				t.Errorf("%s holds %q, which provisioning does not resolve", f.Name, trap)
			}
		}
		lint(t, f)
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
	files, err := grafana.Dashboards()
	if err != nil {
		t.Fatal(err)
	}
	planted := bytes.Replace(files[0].JSON, []byte(`"title"`), []byte(`"bogus": 1, "title"`), 1)
	var d dashboard.Dashboard
	if fault := strict(&d, planted); !strings.Contains(fault, "bogus") {
		t.Errorf("fault = %q", fault)
	}
}

// panel is what the lint looks at.
type panel struct {
	Title, Description, Type string
	Datasource               struct{ UID string }
	FieldConfig              struct{ Defaults struct{ Unit string } }
	Targets                  []struct {
		RefID      string
		Query      string
		Datasource struct{ UID string }
	}
}

func lint(t *testing.T, f grafana.File) {
	t.Helper()
	var d struct {
		Panels     []panel
		Templating struct {
			List []struct {
				Name       string
				Datasource struct{ UID string }
			}
		}
	}
	if err := json.Unmarshal(f.JSON, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Panels) == 0 || len(d.Templating.List) == 0 {
		t.Fatalf("%s: %d panels, %d variables", f.Name, len(d.Panels), len(d.Templating.List))
	}
	for _, v := range d.Templating.List {
		if v.Datasource.UID != grafana.DatasourceUID || !bytes.Contains(f.JSON, []byte("$"+v.Name)) {
			t.Errorf("%s: variable %s: data source %q, or never used", f.Name, v.Name, v.Datasource.UID)
		}
	}
	for _, p := range d.Panels {
		if p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" || p.Datasource.UID != grafana.DatasourceUID {
			t.Errorf("%s: panel %q lacks title, description, unit or data source", f.Name, p.Title)
		}
		for _, q := range p.Targets {
			if q.RefID == "" || q.Datasource.UID != grafana.DatasourceUID || !strings.Contains(q.Query, "$timeFilter") {
				t.Errorf("%s: panel %q: query %+v", f.Name, p.Title, q)
			}
		}
	}
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
