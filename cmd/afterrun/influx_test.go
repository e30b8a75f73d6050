package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/sinktest"
	"afterrun/sinks/store"
)

// influxQL asks the real InfluxDB and returns the series.
func influxQL(t *testing.T, base, query string) []influxSeries {
	t.Helper()
	series, fault := askInfluxQL(t, base, query)
	if fault != "" {
		t.Fatalf("%s: %s", query, fault)
	}
	return series
}

func askInfluxQL(t *testing.T, base, query string) (series []influxSeries, fault string) {
	t.Helper()
	return askDatabase(t, base, "afterrun", query)
}

func askDatabase(t *testing.T, base, database, query string) (series []influxSeries, fault string) {
	t.Helper()
	u := base + "/query?epoch=s&db=" + database + "&q=" + url.QueryEscape(query)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var r struct {
		Error   string
		Results []struct {
			Error  string
			Series []influxSeries
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		t.Fatal(err)
	}
	if r.Error != "" || len(r.Results) != 1 || r.Results[0].Error != "" {
		return nil, fmt.Sprintf("%+v", r)
	}
	return r.Results[0].Series, ""
}

type influxSeries struct {
	Name    string
	Tags    map[string]string
	Columns []string
	Values  [][]any
}

func TestInfluxOutageLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("needs the real InfluxDB; -short leaves it out")
	}
	db := sinktest.StartInfluxd(t, sinktest.InfluxConfig{})
	src, names := seasonFolder(t, 60)
	p := newProgram(t, "AFTERRUN_INFLUX_URL="+db.URL, "AFTERRUN_INFLUX_BUCKET=afterrun/autogen", "AFTERRUN_INFLUX_TIMEOUT=2s")
	folder, data := t.TempDir(), t.TempDir()
	up := p.start("up", folder, "--data", data, "--athlete", "demo")
	for i, name := range names {
		write(t, folder, name, read(t, src, name))
		switch i {
		case len(names) / 3:
			await(t, "first points in InfluxDB", func() bool {
				series, _ := askInfluxQL(t, db.URL, `SELECT count("daily_load") FROM "day"`)
				return len(series) > 0
			})
			db.Stop()
		case 2 * len(names) / 3:
			db.Start()
		}
	}
	p.awaitQuiet(data, len(names))
	up.stop()
	equalSeries(t, db.URL, data)
	if got := p.run("verify", "--data", data); !strings.Contains(got, "influxdb   ok") {
		t.Errorf("verify says:\n%s", got)
	}
}

// equalSeries compares every numeric field of every day and run of the store
// with InfluxDB.
func equalSeries(t *testing.T, base, data string) {
	t.Helper()
	s, err := store.OpenReadOnly(data + "/afterrun.db")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	days, err := s.Days(t.Context(), "demo", 0, readiness.Date(math.MaxInt16*2))
	if err != nil || len(days) < 50 {
		t.Fatalf("%d days, %v", len(days), err)
	}
	want := map[int64]readiness.Row{}
	for _, d := range days {
		want[d.Date.Noon().Unix()] = d.Row
	}
	compareSeries(t, base, "day", readiness.DayColumns, want)
	runs, err := s.Runs(t.Context(), "demo", 0, readiness.Date(math.MaxInt16*2))
	if err != nil || len(runs) < 20 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	want = map[int64]readiness.Row{}
	for _, r := range runs {
		if r.DuplicateOf == "" {
			at, err := time.Parse(time.RFC3339, r.Row["start_time_utc"].String())
			if err != nil {
				t.Fatal(err)
			}
			want[at.Unix()] = r.Row
		}
	}
	compareSeries(t, base, "run", readiness.RunColumns, want)
}

func compareSeries(t *testing.T, base, measurement string, columns []readiness.Column, want map[int64]readiness.Row) {
	t.Helper()
	compared := 0
	for _, c := range columns {
		if !c.Numeric() {
			continue
		}
		got := map[int64]float64{}
		for _, s := range influxQL(t, base, fmt.Sprintf(`SELECT %q FROM %q WHERE "athlete" = 'demo'`, c.Name, measurement)) {
			for _, v := range s.Values {
				if x, ok := v[1].(float64); ok {
					got[int64(v[0].(float64))] = x
				}
			}
		}
		for at, row := range want {
			w, ok := row[c.Name].Float()
			g, has := got[at]
			if ok != has || w != g {
				t.Errorf("%s %s at %s: InfluxDB %v (%v), store %v (%v)", measurement, c.Name, time.Unix(at, 0).UTC(), g, has, w, ok)
			}
			compared++
		}
	}
	if compared < 500 {
		t.Errorf("%s: only %d values compared", measurement, compared)
	}
}
