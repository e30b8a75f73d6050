package tcx

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"afterrun/readiness"
)

// row is what the corpus's manifest says about a file; its values come from
// other parsers than ours.
type row struct {
	Path     string   `json:"path"`
	Format   string   `json:"format"`
	Records  int      `json:"n_records"`
	HR       int      `json:"n_hr"`
	Start    string   `json:"start_time_utc"`
	End      string   `json:"end_time_utc"`
	Distance *float64 `json:"total_distance_m"`
	AvgHR    *float64 `json:"avg_hr"`
	MaxHR    *float64 `json:"max_hr"`
	GPS      int      `json:"n_gps"`
	Laps     int      `json:"n_laps"`
}

// corpus returns the manifest's TCX rows, none without a corpus.
func corpus(t testing.TB) (string, []row) {
	t.Helper()
	dir := os.Getenv("AFTERRUN_CORPUS")
	if dir == "" {
		return "", nil
	}
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m struct{ Files []row }
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	var out []row
	for _, r := range m.Files {
		if r.Format == "TCX" {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		t.Fatal("no TCX files in the corpus")
	}
	return dir, out
}

// TestActivitiesEqualReference compares every TCX file with the manifest.
func TestActivitiesEqualReference(t *testing.T) {
	dir, rows := corpus(t)
	for _, r := range rows {
		t.Run(filepath.Base(r.Path), func(t *testing.T) {
			runs, err := Decode(readFile(t, filepath.Join(dir, r.Path)))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, r, runs)
		})
	}
}

func compare(t *testing.T, r row, runs []readiness.Run) {
	t.Helper()
	samples, hr, gps, laps, total, most, far := 0, 0, 0, 0, 0.0, 0.0, 0.0
	var first, last time.Time
	for _, x := range runs {
		samples += len(x.T)
		laps += len(x.Laps)
		for _, l := range x.Laps {
			if !math.IsNaN(l.Distance) {
				far += l.Distance
			}
		}
		for i, s := range x.T {
			at := x.First.Add(time.Duration(math.Round(s*1e3)) * time.Millisecond)
			if first.IsZero() || at.Before(first) {
				first = at
			}
			if at.After(last) {
				last = at
			}
			if x.HR != nil && !math.IsNaN(x.HR[i]) {
				hr, total, most = hr+1, total+x.HR[i], max(most, x.HR[i])
			}
			if x.Lat != nil && !math.IsNaN(x.Lat[i]) {
				gps++
			}
		}
	}
	if samples != r.Records || hr != r.HR {
		t.Errorf("%d samples, %d HR values, want %d and %d", samples, hr, r.Records, r.HR)
	}
	for what, pair := range map[string][2]string{"first": {stamp(first), r.Start}, "last": {stamp(last), r.End}} {
		if want, err := time.Parse(time.RFC3339, pair[1]); err != nil || stamp(want) != pair[0] {
			t.Errorf("%s point %s, want %s", what, pair[0], pair[1])
		}
	}
	if r.AvgHR != nil && math.Abs(total/float64(hr)-*r.AvgHR) > 0.001 || r.MaxHR != nil && math.Abs(most-*r.MaxHR) > 1e-9 {
		t.Errorf("mean HR %.3f, max %.3f, want %.3f and %.3f", total/float64(hr), most, *r.AvgHR, *r.MaxHR)
	}
	if gps != r.GPS {
		t.Errorf("%d positions, want %d", gps, r.GPS)
	}
	if r.Laps != laps {
		t.Errorf("%d laps, want %d", laps, r.Laps)
	}
	if r.Distance != nil && math.Abs(far-*r.Distance) > 0.1 {
		t.Errorf("laps of %.1f m, want %.1f m", far, *r.Distance)
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000") }

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
