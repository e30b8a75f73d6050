package gpx

import (
	"encoding/json"
	"errors"
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
	Times    int      `json:"n_time"`
	HR       int      `json:"n_hr"`
	Start    string   `json:"start_time_utc"`
	End      string   `json:"end_time_utc"`
	Distance *float64 `json:"distance_2d_m"`
	AvgHR    *float64 `json:"avg_hr"`
	MaxHR    *float64 `json:"max_hr"`
	GPS      int      `json:"n_gps"`
	Tracks   int      `json:"n_tracks"`
	Segments int      `json:"n_segments"`
}

// corpus returns the manifest's GPX rows, none without a corpus.
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
		if r.Format == "GPX" {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		t.Fatal("no GPX files in the corpus")
	}
	return dir, out
}

// verdict is what the manifest's counts mean: no points or no times is ignored.
func (r row) verdict() error {
	if r.Records == 0 || r.Times == 0 {
		return readiness.ErrIgnored
	}
	return nil
}

// TestTracksEqualReference compares every GPX file with the manifest.
func TestTracksEqualReference(t *testing.T) {
	dir, rows := corpus(t)
	for _, r := range rows {
		t.Run(filepath.Base(r.Path), func(t *testing.T) {
			runs, err := Decode(readFile(t, filepath.Join(dir, r.Path)))
			if want := r.verdict(); want != nil {
				if !errors.Is(err, want) {
					t.Fatalf("%v, want %v", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			compare(t, r, runs)
		})
	}
}

func compare(t *testing.T, r row, runs []readiness.Run) {
	t.Helper()
	samples, hr, gps, segments, total, most, distance := 0, 0, 0, 0, 0.0, 0.0, 0.0
	var first, last time.Time
	for _, x := range runs {
		samples += len(x.T)
		segments += 1 + len(x.Segments)
		distance += length(x)
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
	if samples != r.Times || hr != r.HR {
		t.Errorf("%d samples, %d HR values, want %d and %d", samples, hr, r.Times, r.HR)
	}
	for what, pair := range map[string][2]string{"first": {stamp(first), r.Start}, "last": {stamp(last), r.End}} {
		if want, err := time.Parse(time.RFC3339, pair[1]); err != nil || stamp(want) != pair[0] {
			t.Errorf("%s point %s, want %s", what, pair[0], pair[1])
		}
	}
	if r.AvgHR != nil && math.Abs(total/float64(hr)-*r.AvgHR) > 0.001 || r.MaxHR != nil && math.Abs(most-*r.MaxHR) > 1e-9 {
		t.Errorf("mean HR %.3f, max %.3f, want %.3f and %.3f", total/float64(hr), most, *r.AvgHR, *r.MaxHR)
	}
	if r.Times != r.Records {
		return // the rest counts points that have no time, too
	}
	if gps != r.GPS {
		t.Errorf("%d positions, want %d", gps, r.GPS)
	}
	if r.Distance != nil && r.Tracks == 1 && math.Abs(distance-*r.Distance) > 0.005**r.Distance+0.2 {
		t.Errorf("%.1f m, want %.1f m", distance, *r.Distance)
	}
	if segments > r.Segments {
		t.Errorf("%d segments, want %d", segments, r.Segments)
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000") }

// length sums the haversines within the segments of a run.
func length(r readiness.Run) float64 {
	const radius, degree = 6371008.8, math.Pi / 180
	breaks := map[int]bool{}
	for _, s := range r.Segments {
		breaks[s] = true
	}
	sum, prev := 0.0, -1
	for i := range r.T {
		if r.Lat == nil || math.IsNaN(r.Lat[i]) {
			continue
		}
		if prev >= 0 && !breaks[i] {
			a := math.Pow(math.Sin((r.Lat[i]-r.Lat[prev])*degree/2), 2) +
				math.Cos(r.Lat[i]*degree)*math.Cos(r.Lat[prev]*degree)*math.Pow(math.Sin((r.Lon[i]-r.Lon[prev])*degree/2), 2)
			sum += 2 * radius * math.Asin(math.Sqrt(a))
		}
		prev = i
	}
	return sum
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
