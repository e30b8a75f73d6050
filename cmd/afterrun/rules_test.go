package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// tableLoads are the daily loads of the table in §8.1.
func tableLoads() (loads []int) {
	week := []int{60, 0, 80, 45, 0, 120, 30}
	loads = append(append(append(loads, week...), week...), week...)
	return append(loads, 70, 0, 90, 55, 0, 140, 40, 90, 60, 110, 70, 50, 160, 80, 100, 70, 120, 80, 60, 170, 90)
}

// trackOf is a GPX track of two points: so many minutes at 3 m/s.
func trackOf(date string, minutes int) string {
	start, err := time.Parse(time.DateOnly+" 15:04", date+" 06:00")
	if err != nil {
		return err.Error()
	}
	point := `<trkpt lat="%.6f" lon="8.5"><time>%s</time></trkpt>`
	end := start.Add(time.Duration(minutes) * time.Minute)
	return `<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1"><trk><type>running</type><trkseg>` +
		fmt.Sprintf(point, 47.0, start.Format(time.RFC3339)) +
		fmt.Sprintf(point, 47+180*float64(minutes)/111195, end.Format(time.RFC3339)) + `</trkseg></trk></gpx>`
}

// From the files to the numbers of the specification's table: 42 runs of as many
// minutes as the table has load, all rated 5, so that their load is 1.1 times the
// table's, under each configuration that a restart may bring.
func TestConfiguredRulesFromTheFolderToTheTable(t *testing.T) {
	p := newProgram(t)
	folder, data := t.TempDir(), t.TempDir()
	ratings := "date,rpe\n"
	day := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	for _, minutes := range tableLoads() {
		date := day.Format(time.DateOnly)
		if minutes > 0 {
			if err := os.WriteFile(filepath.Join(folder, date+".gpx"), []byte(trackOf(date, minutes)), 0o600); err != nil {
				t.Fatal(err)
			}
			ratings += date + ",5\n"
		}
		day = day.AddDate(0, 0, 1)
	}
	if err := os.WriteFile(filepath.Join(folder, "ratings.csv"), []byte(ratings), 0o600); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "afterrun.yaml")
	under := func(data, rules string) []string {
		if err := os.WriteFile(config, []byte(rules), 0o600); err != nil {
			t.Fatal(err)
		}
		p.run("up", "--once", folder, "--data", data, "--config", config)
		return strings.Split(p.run("export", "--kind", "days", "--data", data, "--config", config, "--to", "2026-02-16"), "\n")
	}
	spec := strings.Join(under(data, ""), "\n")
	for _, c := range []struct {
		rules    string
		ctl, atl float64
		said     string
	}{
		{"", 62.0781276, 92.3593786, ""},
		{"physiology: {pmc: {alpha: inv}}", 62.2232229, 93.5560852, "pmc.alpha inv (exp)"},
		{"physiology: {pmc: {alpha: ema}}", 72.3350117, 101.165528, "pmc.alpha ema (exp)"},
		{"physiology: {pmc: {seed_ctl: 0, seed_atl: 0}}", 44.4724686, 92.2407526, "pmc.seed_ctl 0 (none)"},
		{"physiology: {weights: {load: 0.3}}", 62.0781276, 92.3593786, "weights.load 0.3 (0.2)"},
	} {
		days := under(data, c.rules)
		last := strings.Split(days[42], ",")
		for i, name := range strings.Split(days[0], ",") {
			want := map[string]float64{"ctl": c.ctl, "atl": c.atl}[name] * 1.1
			var got float64
			if want > 0 && json.Unmarshal([]byte(last[i]), &got) == nil && math.Abs(got-want) <= 1e-6*want {
				continue
			}
			if want > 0 {
				t.Errorf("%q: %s %s, want %v", c.rules, name, last[i], want)
			}
		}
		if fresh := under(t.TempDir(), c.rules); !slices.Equal(fresh, days) {
			t.Errorf("%q from the first file on gives other days than later", c.rules)
		}
		p.run("verify", "--data", data, "--config", config)
		present := p.run("replay", "--print-rules", "--data", data, "--config", config)
		if strings.Contains(present, "alpha: inv") != strings.Contains(c.rules, "alpha: inv") {
			t.Errorf("%q: the present rules are\n%s", c.rules, present)
		}
		explained := p.run("explain", "2026-02-15", "--data", data, "--config", config)
		if c.said != "" && !strings.Contains(explained, c.said) || strings.Contains(explained, "other numbers than the specification's") != (c.said != "") {
			t.Errorf("%q is explained by\n%s", c.rules, explained)
		}
	}
	if strings.Join(under(data, ""), "\n") != spec {
		t.Error("without the rules again, the export is not what it was")
	}
}
