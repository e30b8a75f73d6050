package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"afterrun/cmd/afterrun/season"
	"afterrun/configs/grafana"
	"afterrun/readiness"
	"afterrun/sinks/influx"
	"afterrun/sinks/sinktest"
	"afterrun/sinks/store"
)

// The club of the Grafana tests: calm is before the overload of the season, tired is in the
// middle of the overload and has pain, silent gave nothing for 20 days.
var club = []readiness.AthleteID{"calm", "silent", "tired"}

// shown is the athlete chosen in the dashboards: one who has everything.
const shown = "tired"

func TestGrafanaOnTheRealInfluxDB(t *testing.T) {
	if testing.Short() {
		t.Skip("needs the real InfluxDB; -short leaves it out")
	}
	db := sinktest.StartInfluxd(t, sinktest.InfluxConfig{})
	p, data := clubIn(t, db)
	rows := storedRows(t, data)
	t.Run("dashboards", func(t *testing.T) { everyDashboardQuery(t, db.URL, rows) })
	t.Run("alert rules", func(t *testing.T) { everyAlertRule(t, db) })
	t.Run("samples", func(t *testing.T) { everySample(t, db.URL, p, data) })
}

// clubIn runs the program on the club's files, twice: what it says of itself at
// the second start is about finished work.
func clubIn(t *testing.T, db *sinktest.Influxd) (p *program, data string) {
	t.Helper()
	folder := t.TempDir()
	data = t.TempDir()
	files := writeClub(t, folder)
	p = newProgram(t, "AFTERRUN_INFLUX_URL="+db.URL, "AFTERRUN_INFLUX_BUCKET=afterrun/autogen", "AFTERRUN_INFLUX_SAMPLES=true",
		fmt.Sprintf("AFTERRUN_FOLDERS=[{path: %s, athletes_from: subfolder}]", folder),
		"AFTERRUN_ATHLETES={calm: {time_zone: UTC}, tired: {time_zone: UTC}, silent: {time_zone: UTC}}")
	up := p.start("up", "--data", data)
	p.awaitQuiet(data, files)
	up.stop()
	up = p.start("up", "--data", data)
	await(t, "a pulse after the work", func() bool {
		series, _ := askInfluxQL(t, db.URL, `SELECT last("published") FROM "files" WHERE "published" > 0 GROUP BY "athlete"`)
		pulse, _ := askInfluxQL(t, db.URL, `SELECT last("dead") FROM "pipeline" WHERE "waiting_work" = 0`)
		return len(series) == len(club) && len(pulse) == 1
	})
	await(t, "status --check is content", func() bool { return p.command("status", "--check", "--data", data).Run() == nil }) // the pulse may be the first start's
	up.stop()
	if err := p.command("status", "--check", "--data", data).Run(); err == nil {
		t.Error("status --check is content although nothing runs")
	}
	return p, data
}

func writeClub(t *testing.T, folder string) (files int) {
	t.Helper()
	now := time.Now().UTC()
	for id, end := range map[readiness.AthleteID]time.Time{"calm": now.AddDate(0, 0, 25), "tired": now.AddDate(0, 0, 11), "silent": now.AddDate(0, 0, -20)} {
		contents := seasonUntil(t, season.Options{End: end, Days: 90, Zone: time.UTC}, readiness.DateOf(now))
		contents["check-in.csv"] = withColumns(contents["check-in.csv"], id == "tired")
		dir := filepath.Join(folder, string(id))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for name, b := range contents {
			write(t, dir, name, b)
		}
		files += len(contents)
	}
	return files
}

// seasonUntil is a season as far as it had come on a date.
func seasonUntil(t *testing.T, o season.Options, last readiness.Date) map[string][]byte {
	t.Helper()
	days, err := season.Plan(o)
	if err != nil {
		t.Fatal(err)
	}
	contents := map[string][]byte{}
	for _, d := range days {
		for _, f := range d.Files {
			if d.Date <= last {
				contents[f.Name] = f.Data
			}
		}
	}
	return contents
}

// withColumns adds an HRV to every row of a check-in file, and pain to the last
// five days.
func withColumns(text []byte, pain bool) []byte {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	lines[0] += ",hrv_rmssd_ms,pain"
	for i := range lines[1:] {
		level := ""
		if pain && i >= len(lines)-6 {
			level = "5"
		}
		lines[i+1] += fmt.Sprintf(",%d,%s", 55+i%7, level)
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}

// pointKey is where a point stands.
type pointKey struct {
	measurement string
	athlete     string
	unix        int64
}

// storedRows are the days and runs of the store.
func storedRows(t *testing.T, data string) map[pointKey]readiness.Row {
	t.Helper()
	s, err := store.OpenReadOnly(data + "/afterrun.db")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	rows := map[pointKey]readiness.Row{}
	for _, id := range club {
		days, err := s.Days(t.Context(), id, 0, readiness.Date(math.MaxInt16*2))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range days {
			rows[pointKey{"day", string(id), d.Date.Noon().Unix()}] = d.Row
		}
		runs, err := s.Runs(t.Context(), id, 0, readiness.Date(math.MaxInt16*2))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range runs {
			at, err := time.Parse(time.RFC3339, r.Row["start_time_utc"].String())
			if err != nil {
				t.Fatal(err)
			}
			if r.DuplicateOf == "" {
				rows[pointKey{"run", string(id), at.Unix()}] = r.Row
			}
		}
	}
	return rows
}

// grafanaDashboard is the part of a dashboard that asks.
type grafanaDashboard struct {
	Time   struct{ From string }
	Panels []struct {
		Title   string
		Targets []struct{ Query string }
	}
	Templating  struct{ List []struct{ Query string } }
	Annotations struct {
		List []struct{ Target struct{ Query string } }
	}
}

// everyDashboardQuery asks what every variable, annotation and panel asks, as
// Grafana would, and compares the answers with the store.
func everyDashboardQuery(t *testing.T, base string, rows map[pointKey]readiness.Row) {
	files, err := grafana.Dashboards()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, f := range files {
		var d grafanaDashboard
		if err := json.Unmarshal(f.JSON, &d); err != nil {
			t.Fatal(err)
		}
		var queries []string
		for _, v := range d.Templating.List {
			queries = append(queries, v.Query)
		}
		for _, a := range d.Annotations.List {
			queries = append(queries, a.Target.Query)
		}
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				queries = append(queries, q.Query)
			}
		}
		fill := strings.NewReplacer("$athlete", shown, "$sport", ".*", "$team", ".*", "$run", newestRun(rows), "$__interval", "1m",
			"$timeFilter", fmt.Sprintf("time > now() - %s AND time < now() + 1d", strings.TrimPrefix(d.Time.From, "now-")))
		for _, q := range queries {
			compared += answered(t, f.Name, fill.Replace(q), influxQL(t, base, fill.Replace(q)), rows)
		}
	}
	if compared < 3_000 {
		t.Errorf("only %d values compared with the store", compared)
	}
}

// newestRun is what the variable of runs names first: the start of the athlete's
// newest run.
func newestRun(rows map[pointKey]readiness.Row) string {
	last := int64(0)
	for k := range rows {
		if k.measurement == "run" && k.athlete == shown {
			last = max(last, k.unix)
		}
	}
	return rows[pointKey{"run", shown, last}]["start_time_utc"].String()
}

// answered checks that every column of an answer has values, and compares those
// of the store's days and runs.
func answered(t *testing.T, name, query string, series []influxSeries, rows map[pointKey]readiness.Row) (compared int) {
	t.Helper()
	seen := map[string]bool{}
	want := []string{}
	for _, s := range series {
		athlete := cmp.Or(s.Tags["athlete"], shown)
		want = s.Columns
		for _, row := range s.Values {
			for i, column := range s.Columns {
				seen[column] = seen[column] || row[i] != nil
				if at, ok := row[0].(float64); ok && i > 0 {
					compared += equalCell(t, rows, pointKey{s.Name, athlete, int64(at)}, column, row[i])
				}
			}
		}
	}
	// The newest point alone may not know a metric, but it must be one.
	one := strings.HasSuffix(query, " LIMIT 1") && slices.Contains(want, "key")
	for _, column := range want {
		if !seen[column] && (!one || !isMetric(series[0].Name, column)) {
			t.Errorf("%s: no value of %s from %s", name, column, query)
		}
	}
	if len(want) == 0 {
		t.Errorf("%s: nothing from %s", name, query)
	}
	if strings.HasSuffix(query, " LIMIT 1") {
		newest(t, name, query, series, rows)
	}
	if strings.Contains(query, `GROUP BY "athlete"`) && strings.Contains(query, `FROM "day"`) && len(series) != len(club) {
		t.Errorf("%s: %d series, not one per athlete, from %s", name, len(series), query)
	}
	return compared
}

func isMetric(measurement, column string) bool {
	columns := map[string][]readiness.Column{"day": readiness.DayColumns, "run": readiness.RunColumns}[measurement]
	return slices.ContainsFunc(columns, func(c readiness.Column) bool { return c.Name == column })
}

// newest checks that what is shown as the latest is of the newest day or run,
// even where that does not know the value.
func newest(t *testing.T, name, query string, series []influxSeries, rows map[pointKey]readiness.Row) {
	t.Helper()
	for _, s := range series {
		athlete, last := cmp.Or(s.Tags["athlete"], shown), int64(0)
		for k := range rows {
			if k.measurement == s.Name && k.athlete == athlete {
				last = max(last, k.unix)
			}
		}
		if at, ok := s.Values[0][0].(float64); last > 0 && (!ok || int64(at) != last) {
			t.Errorf("%s: %v is not the newest point (%d): %s", name, s.Values[0], last, query)
		}
	}
}

// equalCell compares one cell with the store's, if it is a metric's.
func equalCell(t *testing.T, rows map[pointKey]readiness.Row, key pointKey, column string, got any) int {
	t.Helper()
	if !isMetric(key.measurement, column) {
		return 0
	}
	row, ok := rows[key]
	if !ok {
		t.Errorf("%v is not in the store", key)
		return 0
	}
	var want any
	if x, ok := row[column].Float(); ok {
		want = x
	} else if text := row[column].String(); text != "" {
		want = text
	}
	if got != want {
		t.Errorf("%v %s: InfluxDB %v, store %v", key, column, got, want)
	}
	return 1
}

// alertRule is the part of a provisioned rule that decides.
type alertRule struct {
	UID         string
	NoDataState string `yaml:"noDataState"`
	Data        []struct {
		Model struct {
			Query      string
			Reducer    string
			Conditions []struct {
				Evaluator struct {
					Type   string
					Params []float64
				}
			}
		}
	}
}

func alertRules(t *testing.T) map[string]alertRule {
	t.Helper()
	b, err := os.ReadFile("../../configs/grafana/provisioning/alerting/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Groups []struct{ Rules []alertRule } }
	if err := yaml.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	rules := map[string]alertRule{}
	for _, g := range f.Groups {
		for _, r := range g.Rules {
			rules[r.UID] = r
		}
	}
	return rules
}

// firing evaluates a rule as Grafana does and returns for whom it fires, "" for
// the program itself.
func (r alertRule) firing(t *testing.T, base, database string) []string {
	t.Helper()
	series, fault := askDatabase(t, base, database, r.Data[0].Model.Query)
	if fault != "" {
		t.Fatalf("%s: %s", r.UID, fault)
	}
	if len(series) == 0 && r.NoDataState == "Alerting" {
		return []string{""}
	}
	names := []string{}
	for _, s := range series {
		if len(s.Columns) != 2 {
			t.Errorf("%s: columns %v, want the time and one number", r.UID, s.Columns)
		}
		e := r.Data[2].Model.Conditions[0].Evaluator
		x := reduce(t, r.Data[1].Model.Reducer, s)
		if !math.IsNaN(x) && ((e.Type == "gt" && x > e.Params[0]) || (e.Type == "lt" && x < e.Params[0])) {
			names = append(names, s.Tags["athlete"])
		}
	}
	slices.Sort(names)
	return names
}

// reduce drops what is not a number and makes one number of the rest.
func reduce(t *testing.T, reducer string, s influxSeries) float64 {
	t.Helper()
	var xs []float64
	for _, row := range s.Values {
		if x, ok := row[1].(float64); ok {
			xs = append(xs, x)
		}
	}
	if len(xs) == 0 {
		return math.NaN()
	}
	switch reducer {
	case "last":
		return xs[len(xs)-1]
	case "min":
		return slices.Min(xs)
	case "sum":
		sum := 0.0
		for _, x := range xs {
			sum += x
		}
		return sum
	default:
		t.Fatalf("reducer %q", reducer)
		return 0
	}
}

func everyAlertRule(t *testing.T, db *sinktest.Influxd) {
	sick(t, db)
	if _, err := db.Query(t.Context(), "", `CREATE DATABASE "empty"`); err != nil {
		t.Fatal(err)
	}
	rules := alertRules(t)
	checked := map[string]bool{}
	for _, c := range []struct {
		uid, database string
		want          []string
	}{
		{"afterrun-under-recovery", "afterrun", []string{"tired"}},
		{"afterrun-see-physio", "afterrun", []string{"tired"}},
		{"afterrun-rhr-drift", "afterrun", []string{"tired"}},
		{"afterrun-no-data", "afterrun", []string{"silent"}},
		{"afterrun-silent", "afterrun", []string{}},
		{"afterrun-stuck", "afterrun", []string{}},
		{"afterrun-dead", "afterrun", []string{}},
		{"afterrun-silent", "empty", []string{""}},
		{"afterrun-stuck", "sick", []string{""}},
		{"afterrun-dead", "sick", []string{""}},
		{"afterrun-under-recovery", "sick", []string{}},
		{"afterrun-no-data", "sick", []string{}},
	} {
		checked[c.uid] = true
		if got := rules[c.uid].firing(t, db.URL, c.database); !slices.Equal(got, c.want) {
			t.Errorf("%s on %s fires for %q, want %q", c.uid, c.database, got, c.want)
		}
	}
	if len(checked) != len(rules) {
		t.Errorf("%d rules checked of %d", len(checked), len(rules))
	}
}

// sick fills a database with the pulses of a program in trouble.
func sick(t *testing.T, db *sinktest.Influxd) {
	t.Helper()
	s := influx.New(influx.Options{URL: db.URL, Bucket: "sick/autogen"})
	defer s.Close()
	var gauges []influx.Gauge
	for i := range 60 {
		gauges = append(gauges, influx.Gauge{Measurement: "pipeline", At: time.Now().Add(-time.Duration(i) * time.Minute), Fields: map[string]float64{"waiting": 7, "dead": 1}})
	}
	if err := s.WriteGauges(t.Context(), gauges); err != nil {
		t.Fatal(err)
	}
}

// everySample compares the samples with the export, then forgets a run, whose
// samples must go with it.
func everySample(t *testing.T, base string, p *program, data string) {
	lines, err := csv.NewReader(strings.NewReader(p.run("export", "--kind", "samples", "--athlete", shown, "--data", data))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string]int{}
	for i, name := range lines[0] {
		columns[name] = i
	}
	want := map[string]int{}
	for _, line := range lines[1:] {
		want[sampleText(line[columns["run_id"]], line[columns["t_s"]], line[columns["hr_clean_bpm"]], line[columns["distance_m"]])]++
	}
	if got := samplesIn(t, base); len(want) < 10_000 || !maps.Equal(got, want) {
		t.Fatalf("InfluxDB has %d samples, the export %d, or they differ", len(got), len(want))
	}
	run := lines[len(lines)-1][columns["run_id"]]
	p.run("forget", run, "--athlete", shown, "--data", data)
	up := p.start("up", "--data", data)
	await(t, "the samples of a forgotten run are gone", func() bool {
		return len(influxQL(t, base, `SELECT count("t_s") FROM "sample" WHERE "run_id" = '`+run+`'`)) == 0
	})
	up.stop()
	maps.DeleteFunc(want, func(line string, _ int) bool { return strings.HasPrefix(line, run+" ") })
	if got := samplesIn(t, base); !maps.Equal(got, want) {
		t.Errorf("InfluxDB has %d samples, not the %d of the other runs", len(got), len(want))
	}
}

// samplesIn are the athlete's samples in InfluxDB.
func samplesIn(t *testing.T, base string) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, s := range influxQL(t, base, `SELECT "run_id", "t_s", "hr_clean_bpm", "distance_m" FROM "sample" WHERE "athlete" = '`+shown+`'`) {
		for _, v := range s.Values {
			id, _ := v[1].(string)
			all[sampleText(id, v[2:]...)]++
		}
	}
	return all
}

// sampleText writes a run and numbers, which may be texts or unknown, one way.
func sampleText(run string, numbers ...any) string {
	for i, v := range numbers {
		if x, err := strconv.ParseFloat(fmt.Sprint(v), 64); err == nil {
			numbers[i] = x
			continue
		}
		numbers[i] = nil
	}
	return run + " " + fmt.Sprint(numbers...)
}
