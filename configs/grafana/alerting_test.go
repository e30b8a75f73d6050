package grafana_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"afterrun/configs/grafana"
)

// rulesFile is a provisioning file of alert rules, all of it: an unknown key is
// a fault.
type rulesFile struct {
	APIVersion int `yaml:"apiVersion"`
	Groups     []struct {
		OrgID    int `yaml:"orgId"`
		Name     string
		Folder   string
		Interval string
		Rules    []struct {
			UID, Title, Condition string
			For                   string
			Data                  []struct {
				RefID             string `yaml:"refId"`
				DatasourceUID     string `yaml:"datasourceUid"`
				RelativeTimeRange struct {
					From, To int
				} `yaml:"relativeTimeRange"`
				Model map[string]any
			}
			NoDataState  string `yaml:"noDataState"`
			ExecErrState string `yaml:"execErrState"`
			Labels       map[string]string
			Annotations  map[string]string
			DashboardUID string `yaml:"dashboardUid"`
			PanelID      int    `yaml:"panelId"`
		}
	}
}

func readStrictly(t *testing.T, path string, into any) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// panelsOf returns the panels of every dashboard by uid.
func panelsOf(t *testing.T) map[string][]panel {
	t.Helper()
	all := map[string][]panel{}
	for _, f := range generated(t) {
		var d struct {
			UID    string
			Panels []panel
		}
		if err := json.Unmarshal(f.JSON, &d); err != nil {
			t.Fatal(err)
		}
		all[d.UID] = d.Panels
	}
	return all
}

func TestAlertRulesAreWhatGrafanaReads(t *testing.T) {
	var f rulesFile
	readStrictly(t, "provisioning/alerting/rules.yaml", &f)
	panels, uids := panelsOf(t), []string{}
	for _, g := range f.Groups {
		if f.APIVersion != 1 || g.OrgID != 1 || g.Name == "" || g.Folder != "Afterrun" || g.Interval == "" {
			t.Errorf("group %+v", g.Name)
		}
		for _, r := range g.Rules {
			uids = append(uids, r.UID)
			if r.Title == "" || r.Condition != "C" || r.For == "" || r.ExecErrState != "Error" || r.Labels["app"] != "afterrun" || r.Labels["severity"] == "" || r.Annotations["summary"] == "" {
				t.Errorf("%s: %+v", r.UID, r)
			}
			if r.PanelID < 1 || r.PanelID > len(panels[r.DashboardUID]) {
				t.Errorf("%s: no panel %d on %q", r.UID, r.PanelID, r.DashboardUID)
			}
			// Grafana expands $NAME in rule labels by its environment.
			for k, v := range r.Labels {
				if strings.Contains(v, "$") {
					t.Errorf("%s: label %s holds a dollar sign", r.UID, k)
				}
			}
			if len(r.Data) != 3 || r.Data[0].DatasourceUID != grafana.DatasourceUID || r.Data[1].DatasourceUID != "__expr__" || r.Data[2].DatasourceUID != "__expr__" {
				t.Fatalf("%s: want a query, a reduction and a threshold: %+v", r.UID, r.Data)
			}
			query, _ := r.Data[0].Model["query"].(string)
			if !strings.Contains(query, "GROUP BY time(") || strings.Contains(query, "$") {
				t.Errorf("%s: a rule needs a time series, and no dollar sign: %s", r.UID, query)
			}
			for i, q := range r.Data {
				if q.RefID != string(rune('A'+i)) || q.Model["refId"] != q.RefID || q.RelativeTimeRange.From <= q.RelativeTimeRange.To {
					t.Errorf("%s: query %+v", r.UID, q)
				}
			}
			if r.Data[1].Model["type"] != "reduce" || r.Data[1].Model["expression"] != "A" || r.Data[2].Model["type"] != "threshold" || r.Data[2].Model["expression"] != "B" {
				t.Errorf("%s: %+v", r.UID, r.Data[1:])
			}
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(uids)))) != len(uids) || len(uids) < 7 {
		t.Errorf("uids %v", uids)
	}
}

func TestExamplesOfContactPointsAndPolicies(t *testing.T) {
	var points struct {
		APIVersion    int `yaml:"apiVersion"`
		ContactPoints []struct {
			OrgID     int `yaml:"orgId"`
			Name      string
			Receivers []struct {
				UID, Type string
				Settings  map[string]any
			}
		} `yaml:"contactPoints"`
	}
	readStrictly(t, "examples/contact-points.yaml", &points)
	type route struct {
		Receiver          string
		ObjectMatchers    [][]string `yaml:"object_matchers"`
		GroupBy           []string   `yaml:"group_by"`
		GroupWait         string     `yaml:"group_wait"`
		GroupInterval     string     `yaml:"group_interval"`
		RepeatInterval    string     `yaml:"repeat_interval"`
		MuteTimeIntervals []string   `yaml:"mute_time_intervals"`
	}
	var policies struct {
		APIVersion int `yaml:"apiVersion"`
		Policies   []struct {
			OrgID    int `yaml:"orgId"`
			Receiver string
			Routes   []route
		}
		MuteTimes []struct {
			OrgID         int `yaml:"orgId"`
			Name          string
			TimeIntervals []map[string]any `yaml:"time_intervals"`
		} `yaml:"muteTimes"`
	}
	readStrictly(t, "examples/policies.yaml", &policies)
	if len(points.ContactPoints) != 1 || len(policies.Policies) != 1 || len(policies.MuteTimes) != 1 {
		t.Fatalf("%+v %+v", points, policies)
	}
	for _, r := range policies.Policies[0].Routes {
		if r.Receiver != points.ContactPoints[0].Name || len(r.ObjectMatchers) == 0 || !slices.Equal(r.ObjectMatchers[0], []string{"app", "=", "afterrun"}) {
			t.Errorf("route %+v", r)
		}
		if len(r.MuteTimeIntervals) > 0 && r.MuteTimeIntervals[0] != policies.MuteTimes[0].Name {
			t.Errorf("mute time %v is not defined", r.MuteTimeIntervals)
		}
	}
	for _, r := range points.ContactPoints[0].Receivers {
		if r.UID == "" || r.Type == "" || len(r.Settings) == 0 {
			t.Errorf("receiver %+v", r)
		}
	}
}
