package fit

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
)

// row is what the corpus's manifest says about a file; its values come from
// other decoders than ours.
type row struct {
	Path       string   `json:"path"`
	Format     string   `json:"format"`
	FileType   any      `json:"file_type"`
	Sport      []string `json:"sport"`
	Records    int      `json:"n_records"`
	Untimed    int      `json:"n_records_no_timestamp"`
	HR         int      `json:"n_hr"`
	Start      string   `json:"start_time_utc"`
	End        string   `json:"end_time_utc"`
	Timer      *float64 `json:"total_timer_s"`
	Distance   *float64 `json:"total_distance_m"`
	Sessions   []string `json:"session_start_utc"`
	AvgHR      *float64 `json:"avg_hr"`
	MaxHR      *float64 `json:"max_hr"`
	Laps       int      `json:"n_laps"`
	RecoveryHR []struct {
		TS   string  `json:"ts"`
		Data float64 `json:"data"`
	} `json:"recovery_hr"`
	Profile *struct {
		Resting float64 `json:"resting"`
	} `json:"user_profile"`
	Zones *struct {
		Max float64 `json:"max"`
		Thr float64 `json:"thr"`
	} `json:"zones_target"`
	Merged *struct {
		HR  int     `json:"n_hr"`
		Avg float64 `json:"avg"`
		Max float64 `json:"max"`
	} `json:"hr_merged"`
	Apps       []string `json:"dev_fields"`
	Monitored  int      `json:"n_mon_hr"`
	MonMin     float64  `json:"mon_hr_min"`
	MonMax     float64  `json:"mon_hr_max"`
	MonAvg     float64  `json:"mon_hr_avg"`
	RestingDay []struct {
		TS   string  `json:"ts"`
		Day  float64 `json:"rhr"`
		Week float64 `json:"rhr7"`
	} `json:"monitoring_hr_data"`
	Stages    map[string]int `json:"sleep_level_hist"`
	Structure struct {
		CRC     []string `json:"file_crc"`
		Trouble string   `json:"structural_error"`
	} `json:"structure"`
}

// summed reports an activity of which only sessions have a date.
func (r row) summed() bool {
	return r.Format == "FIT" && r.Records == r.Untimed && len(r.Sessions) > 0 && r.Sessions[0] != ""
}

// corpus returns the manifest's FIT rows below a folder, none without a corpus.
func corpus(t testing.TB, folder string) (string, []row) {
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
		if r.Format == "FIT" && strings.HasPrefix(r.Path, folder+"/") {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		t.Fatalf("no FIT files below %s/%s", dir, folder)
	}
	return dir, out
}

// heart returns the manifest's heart rate, after the strap's memory was merged.
func (r row) heart() (n int, avg, top *float64) {
	if m := r.Merged; m != nil {
		return m.HR, &m.Avg, &m.Max
	}
	return r.HR, r.AvgHR, r.MaxHR
}

// totals are the numbers of a decoded file that the manifest has too.
type totals struct {
	samples, hr, gps, laps int
	sum, max, distance     float64
	first, last            time.Time
	markers                []readiness.Marker
}

func sum(runs []readiness.Run) totals {
	var s totals
	for i := range runs {
		s.add(&runs[i])
	}
	return s
}

func (s *totals) add(r *readiness.Run) {
	s.samples += len(r.T)
	s.laps += len(r.Laps)
	far := 0.0
	for i, at := range r.T {
		t := r.First.Add(time.Duration(at) * time.Second)
		if s.first.IsZero() || t.Before(s.first) {
			s.first = t
		}
		if t.After(s.last) {
			s.last = t
		}
		if v := at2(r.HR, i); !math.IsNaN(v) {
			s.hr++
			s.sum += v
			s.max = max(s.max, v)
		}
		if !math.IsNaN(at2(r.Lat, i)) {
			s.gps++
		}
		if v := at2(r.Distance, i); v > far {
			far = v
		}
	}
	s.distance += far
	for _, m := range r.RecoveryHR {
		s.markers = append(s.markers, readiness.Marker{T: float64(r.First.Unix()) + m.T, Value: m.Value})
	}
}

func at2(c []float64, i int) float64 {
	if c == nil {
		return math.NaN()
	}
	return c[i]
}

// TestActivitiesEqualReference compares every activity with the manifest.
func TestActivitiesEqualReference(t *testing.T) {
	dir, rows := corpus(t, "fit")
	for _, r := range rows {
		t.Run(filepath.Base(r.Path), func(t *testing.T) {
			runs, _, err := Decode(readFile(t, filepath.Join(dir, r.Path)))
			if r.summed() {
				compareSummary(t, r, runs, err)
				return
			}
			if r.Records > 0 && r.Untimed == r.Records {
				if !errors.Is(err, readiness.ErrInvalid) {
					t.Fatalf("err = %v, want invalid: no record has a time", err)
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

// compareSummary compares what a watch summed up.
func compareSummary(t *testing.T, r row, runs []readiness.Run, err error) {
	t.Helper()
	if err != nil || len(runs) != len(r.Sessions) || len(runs[0].Warnings) == 0 {
		t.Fatalf("%d runs, %v, want %d with a warning", len(runs), err, len(r.Sessions))
	}
	timer, distance := 0.0, 0.0
	for i := range runs {
		trace, err := readiness.Observe(&runs[i])
		if err != nil {
			t.Fatal(err)
		}
		if got := runs[i].Start.Format(time.RFC3339); got != r.Sessions[i] || runs[i].HR != nil {
			t.Errorf("start %s with heart rate %v, want %s without", got, runs[i].HR, r.Sessions[i])
		}
		timer += trace.TimerS
		if trace.DistanceM != nil {
			distance += *trace.DistanceM
		}
	}
	if math.Abs(timer-*r.Timer) > 0.002 || r.Distance != nil && distance != *r.Distance {
		t.Errorf("timer %.3f s, %g m, want %.3f and %v", timer, distance, *r.Timer, r.Distance)
	}
}

func compare(t *testing.T, r row, runs []readiness.Run) {
	t.Helper()
	s := sum(runs)
	compareCounts(t, r, runs, s)
	compareHeart(t, r, runs, s)
	if r.Distance != nil && *r.Distance > 0 && s.distance > 0 {
		// The manifest has the sessions' totals, the runs the last record's; in
		// a chain of activities not every session has one.
		if d := math.Abs(s.distance - *r.Distance); d > max(15, 0.005**r.Distance) && len(r.Structure.CRC) == 1 {
			t.Errorf("distance %.1f m, the sessions say %.1f m", s.distance, *r.Distance)
		}
	}
}

// compareCounts allows the two differences that several sessions make: a
// record at the border of two sessions is in both, one outside is in none and
// counted in a warning.
func compareCounts(t *testing.T, r row, runs []readiness.Run, s totals) {
	t.Helper()
	// A record years away from the others is left out.
	outside := warned(runs, "records lie outside every session") + warned(runs, "records more than a month from the others left out")
	low, high := r.Records-r.Untimed-outside, r.Records-r.Untimed-outside+len(runs)-1
	if s.samples < low || s.samples > high {
		t.Errorf("%d samples, want %d (%d outside)", s.samples, r.Records, outside)
	}
	if outside > 0 {
		return
	}
	if got, want := s.first.Format(time.RFC3339), r.Start; got != want {
		t.Errorf("first sample %s, want %s", got, want)
	}
	if got, want := s.last.Format(time.RFC3339), r.End; got != want {
		t.Errorf("last sample %s, want %s", got, want)
	}
	if s.laps < r.Laps || s.laps > r.Laps+len(runs)-1 {
		t.Errorf("%d laps, want %d", s.laps, r.Laps)
	}
}

func compareHeart(t *testing.T, r row, runs []readiness.Run, s totals) {
	t.Helper()
	hr, avg, top := r.heart()
	outside := warned(runs, "records lie outside every session") + warned(runs, "records more than a month from the others left out")
	// Heart rate of an app's own field is not in the manifest.
	if outside == 0 && (hr > 0 || !slices.Contains(r.Apps, "Heart Rate")) {
		if s.hr < hr || s.hr > hr+len(runs)-1 {
			t.Errorf("%d HR values, want %d", s.hr, hr)
		}
		// Of two records in one second, the reference gives the second one only
		// the last beat of the strap; that makes 2 thousandths.
		if avg != nil && math.Abs(s.sum/float64(s.hr)-*avg) > 0.0025+0.1*float64(len(runs)-1) {
			t.Errorf("mean HR %.3f, want %.3f", s.sum/float64(s.hr), *avg)
		}
	}
	if top != nil && s.max != *top {
		t.Errorf("max HR %g, want %g", s.max, *top)
	}
	if len(s.markers) != len(r.RecoveryHR) {
		t.Fatalf("%d recovery markers, want %d", len(s.markers), len(r.RecoveryHR))
	}
	for i, m := range r.RecoveryHR {
		at, err := time.Parse(time.RFC3339, m.TS)
		if err != nil {
			t.Fatal(err)
		}
		if s.markers[i].Value != m.Data || s.markers[i].T != float64(at.Unix()) {
			t.Errorf("recovery marker %v, want %+v", s.markers[i], m)
		}
	}
	if r.Profile != nil && runs[0].Limits.RestingHR != r.Profile.Resting {
		t.Errorf("resting HR %g, want %g", runs[0].Limits.RestingHR, r.Profile.Resting)
	}
	if r.Zones != nil && r.Zones.Max > 0 && (runs[0].Limits.ZonesMaxHR != r.Zones.Max || runs[0].Limits.ThresholdHR != r.Zones.Thr) {
		t.Errorf("limits %+v, want %+v", runs[0].Limits, *r.Zones)
	}
}

// warned returns the number in the warning with a text, 0 without one.
func warned(runs []readiness.Run, text string) int {
	for _, r := range runs {
		for _, w := range r.Warnings {
			n := 0
			if _, err := fmt.Sscanf(w, "%d "+text, &n); err == nil {
				return n
			}
		}
	}
	return 0
}

// TestReadingsEqualReference compares what watches say about days and nights
// with the manifest; a file that says nothing is named and left alone.
func TestReadingsEqualReference(t *testing.T) {
	dir, rows := corpus(t, "wellness")
	for _, r := range rows {
		t.Run(filepath.Base(r.Path), func(t *testing.T) {
			_, got, err := Decode(readFile(t, filepath.Join(dir, r.Path)))
			asleep := r.Stages["light"] + r.Stages["deep"] + r.Stages["rem"]
			if r.Monitored+len(r.RestingDay)+asleep == 0 {
				if !errors.Is(err, readiness.ErrIgnored) || !strings.Contains(err.Error(), "file type ") {
					t.Errorf("%v, want ignored with its file type", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			compareReadings(t, r, got)
		})
	}
}

func compareReadings(t *testing.T, r row, got *readiness.Readings) {
	t.Helper()
	low, high, sum := math.Inf(1), 0.0, 0.0
	for _, x := range got.HR {
		low, high, sum = min(low, float64(x.Value)), max(high, float64(x.Value)), sum+float64(x.Value)
		if at := time.Unix(int64(x.At), 0).UTC().Format(time.RFC3339); at < r.Start || at > r.End {
			t.Errorf("heart rate at %s, the file is of %s to %s", at, r.Start, r.End)
		}
	}
	n := len(got.HR)
	if n != r.Monitored || n > 0 && (low != r.MonMin || high != r.MonMax || math.Abs(sum/float64(n)-r.MonAvg) > 0.0051) {
		t.Errorf("%d HR, %g..%g, mean %.3f, want %d, %g..%g, %g", n, low, high, sum/float64(n), r.Monitored, r.MonMin, r.MonMax, r.MonAvg)
	}
	var day []readiness.Reading
	for _, x := range r.RestingDay {
		at, err := time.Parse(time.RFC3339, x.TS)
		if err != nil {
			t.Fatal(err)
		}
		if x.Day != 0 {
			day = append(day, readiness.Reading{At: uint32(at.Unix()), Value: float32(x.Day)})
		}
	}
	if !slices.Equal(got.Resting, day) {
		t.Errorf("resting heart rate %v, want %v", got.Resting, day)
	}
}

// TestBrokenVerdicts derives the verdict about a broken file from its
// structure as the manifest has it.
func TestBrokenVerdicts(t *testing.T) {
	dir, rows := corpus(t, "broken")
	for _, r := range rows {
		data := readFile(t, filepath.Join(dir, r.Path))
		runs, _, err := Decode(data)
		if r.summed() {
			compareSummary(t, r, runs, err)
			continue
		}
		switch want := verdict(r, data); {
		case want == nil && err != nil:
			t.Errorf("%s: %v, want runs", r.Path, err)
		case want == nil && r.Structure.Trouble != "" && len(runs[0].Warnings) == 0:
			t.Errorf("%s: no warning about %s", r.Path, r.Structure.Trouble)
		case want != nil && !errors.Is(err, want):
			t.Errorf("%s: %v, want %v", r.Path, err, want)
		}
		if err == nil && len(r.Structure.CRC) < 2 && !isUnfinished(data) {
			if s := sum(runs); s.samples != r.Records-r.Untimed || s.hr != r.HR {
				t.Errorf("%s: %d samples, %d HR, want %d and %d", r.Path, s.samples, s.hr, r.Records, r.HR)
			}
		}
	}
}

// isUnfinished reports a recording without its length, of which the reference
// decoders read nothing.
func isUnfinished(data []byte) bool {
	parts, _, _ := split(data, false)
	return len(parts) == 1 && parts[0].lacks != ""
}

// verdict: short is still arriving; a wrong checksum of the first part, no
// data or no dated record is invalid; no records is ignored; else it is read.
func verdict(r row, data []byte) error {
	_, _, err := split(data, false)
	crc := r.Structure.CRC
	switch {
	case isUnfinished(data):
		return nil
	case isIncomplete(err):
		return readiness.ErrIncomplete
	case len(crc) > 0 && crc[0] == "bad":
		return readiness.ErrInvalid
	case r.Records == 0:
		return readiness.ErrIgnored
	case r.Untimed == r.Records, r.Start == "":
		return readiness.ErrInvalid
	}
	return nil
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
