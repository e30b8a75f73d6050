package ingest

import (
	"cmp"
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

	"afterrun/readiness"
)

// reference is a row of the corpus's manifest: what decoders other than ours
// say about a file.
type reference struct {
	Path       string
	Format     string
	Records    int      `json:"n_records"`
	Times      *int     `json:"n_time"`
	Untimed    int      `json:"n_records_no_timestamp"`
	HR         int      `json:"n_hr"`
	GPS        int      `json:"n_gps"`
	Start      string   `json:"start_time_utc"`
	End        string   `json:"end_time_utc"`
	Timer      *float64 `json:"total_timer_s"`
	Distance   *float64 `json:"total_distance_m"`
	Distance2D *float64 `json:"distance_2d_m"`
	AvgHR      *float64 `json:"avg_hr"`
	MaxHR      *float64 `json:"max_hr"`
	MinHR      *float64 `json:"min_hr"`
	Merged     *struct {
		N             int `json:"n_hr"`
		Avg, Max, Min float64
	} `json:"hr_merged"`
	RecoveryHR []struct{ Data float64 }   `json:"recovery_hr"`
	MonHR      int                        `json:"n_mon_hr"`
	MonAvg     *float64                   `json:"mon_hr_avg"`
	MonMax     *float64                   `json:"mon_hr_max"`
	MonMin     *float64                   `json:"mon_hr_min"`
	Resting    []struct{ RHR float64 }    `json:"monitoring_hr_data"`
	Profile    *struct{ Resting float64 } `json:"user_profile"`
	Stages     map[string]int             `json:"sleep_level_hist"`
}

// facts are the numbers of a file by name; times are Unix seconds.
type facts map[string]float64

// kind says what the reference found: samples of an activity, something about
// days and nights, or nothing.
func (r reference) kind() string {
	switch {
	case r.Records-r.Untimed > 0 && (r.Times == nil || *r.Times > 0):
		return "run"
	case r.MonHR+len(r.Resting)+r.asleep() > 0:
		return "wellness"
	}
	return "nothing"
}

func (r reference) asleep() int { return r.Stages["light"] + r.Stages["deep"] + r.Stages["rem"] }

func (r reference) facts(t *testing.T) facts {
	f := facts{}
	if r.kind() == "wellness" {
		f["records"], f["HR"], f["resting HR"], f["sleep"] = 0, float64(r.MonHR), 0, float64(r.asleep())
		f.set("mean HR", r.MonAvg)
		f.set("max HR", r.MonMax)
		f.set("min HR", r.MonMin)
		for _, x := range r.Resting {
			f["resting HR"] += x.RHR
		}
		return f
	}
	f["records"], f["HR"], f["positions"] = float64(r.Records-r.Untimed), float64(r.HR), float64(r.GPS)
	if r.Times != nil {
		f["records"] = float64(*r.Times)
	}
	f.set("mean HR", r.AvgHR)
	f.set("max HR", r.MaxHR)
	f.set("min HR", r.MinHR)
	if m := r.Merged; m != nil {
		f["HR"], f["mean HR"], f["max HR"], f["min HR"] = float64(m.N), m.Avg, m.Max, m.Min
	}
	f["start"], f["end"] = seconds(t, r.Start), seconds(t, r.End)
	f.set("timer", r.Timer)
	f.set("distance", cmp.Or(r.Distance, r.Distance2D))
	f["recovery_hr"] = 0
	for _, x := range r.RecoveryHR {
		f["recovery_hr"] += x.Data
	}
	f["resting HR"] = 0
	if r.Profile != nil {
		f["resting HR"] = r.Profile.Resting
	}
	return f
}

func (f facts) set(name string, v *float64) {
	if v != nil {
		f[name] = *v
	}
}

func seconds(t *testing.T, s string) float64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return float64(at.UnixMilli()) / 1000
}

// found is what we make of a file: a state or what it became, and its facts.
func found(t *testing.T, p Parsed, err error) (string, facts) {
	t.Helper()
	if state, _ := judge(err); state != "" {
		return string(state), nil
	}
	var runs []*readiness.Run
	f := facts{}
	for _, e := range p.Events {
		switch {
		case e.Run != nil:
			runs = append(runs, e.Run)
		case len(runs) == 0:
			f.addReadings(e.Wellness.Readings)
		}
	}
	if len(runs) == 0 {
		return "wellness", f
	}
	f = facts{}
	for _, r := range runs {
		f.addRun(t, r)
	}
	f.mean()
	return "run", f
}

func (f facts) mean() {
	if f["HR"] > 0 {
		f["mean HR"] /= f["HR"]
	}
}

func (f facts) addReadings(r *readiness.Readings) {
	f["records"] = 0
	for _, x := range r.HR {
		f.addHR(float64(x.Value))
	}
	f.mean()
	for _, x := range r.Resting {
		f["resting HR"] += float64(x.Value)
	}
	for _, x := range r.Sleep {
		if x.Value >= 2 && x.Value <= 4 {
			f["sleep"]++
		}
	}
}

func (f facts) addHR(bpm float64) {
	if math.IsNaN(bpm) {
		return
	}
	if f["HR"] == 0 {
		f["min HR"] = bpm
	}
	f["HR"]++
	f["mean HR"] += bpm
	f["max HR"], f["min HR"] = max(f["max HR"], bpm), min(f["min HR"], bpm)
}

func (f facts) addRun(t *testing.T, r *readiness.Run) {
	t.Helper()
	trace, err := readiness.Observe(r)
	if err != nil {
		t.Fatal(err)
	}
	first := float64(r.First.UnixMilli()) / 1000
	for _, s := range r.T {
		if f["records"] == 0 {
			f["start"], f["end"] = first+s, first+s
		}
		f["records"]++
		f["start"], f["end"] = min(f["start"], first+s), max(f["end"], first+s)
	}
	for _, bpm := range r.HR {
		f.addHR(bpm)
	}
	for _, lat := range r.Lat {
		if !math.IsNaN(lat) {
			f["positions"]++
		}
	}
	for _, m := range r.RecoveryHR {
		f["recovery_hr"] += m.Value
	}
	f["timer"] += trace.TimerS
	if trace.DistanceM != nil {
		f["distance"] += *trace.DistanceM
	}
	f["resting HR"] = r.Limits.RestingHR
}

// tolerance is what the reference's rounding and its other definition of a
// number explain: means have three digits, a session's totals are not its last
// record's, a track's length is not measured around its pauses.
func tolerance(name string, want float64) float64 {
	switch name {
	case "mean HR":
		return 0.0051
	case "start", "end":
		return 0.0011
	case "timer":
		return max(2, 0.005*want)
	case "distance":
		return max(10, 0.005*want)
	}
	return 1e-9
}

// differences lists where we differ from the reference, one line each.
func differences(name string, r reference, kind string, want facts, state string, got facts) []string {
	if kind != state {
		if kind == "nothing" && state != "run" && state != "wellness" {
			return nil
		}
		return []string{fmt.Sprintf("%s | verdict | %s | %s", name, kind, state)}
	}
	var out []string
	for _, field := range []string{"records", "HR", "mean HR", "max HR", "min HR", "start", "end", "positions", "distance", "timer", "resting HR", "sleep", "recovery_hr"} {
		w, ok := want[field]
		if ok && math.Abs(w-got[field]) > tolerance(field, w) {
			out = append(out, fmt.Sprintf("%s | %s | %s | %s", name, field, text(w), text(got[field])))
		}
	}
	return out
}

func text(v float64) string { return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64) }

// references returns the corpus's folder and manifest, nothing without a corpus.
func references(t testing.TB) (string, []reference) {
	t.Helper()
	dir := os.Getenv("AFTERRUN_CORPUS")
	if dir == "" {
		return "", nil
	}
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Files []reference }
	if err := json.Unmarshal(b, &manifest); err != nil || len(manifest.Files) < 200 {
		t.Fatalf("manifest of %d files: %v", len(manifest.Files), err)
	}
	return dir, manifest.Files
}

// TestCutTracks cuts every track of the corpus for good: what is kept of it is a
// beginning of the whole, with a warning.
func TestCutTracks(t *testing.T) {
	dir, files := references(t)
	kept := 0
	for _, r := range files {
		data, err := os.ReadFile(filepath.Join(dir, r.Path))
		if err != nil {
			t.Fatal(err)
		}
		whole, err := Parse(r.Path, data)
		if r.Format == "FIT" || err != nil {
			continue
		}
		for i := 1; i < 12; i++ {
			part, err := Salvage(r.Path, data[:i*len(data)/12])
			if err != nil {
				continue // no whole point with a time is there yet
			}
			kept++
			if len(part.Warnings) == 0 || !begins(whole, part) {
				t.Errorf("%s cut to %d of 12 parts: %d runs with %q are no beginning of %d", r.Path, i, len(part.Events), part.Warnings, len(whole.Events))
			}
		}
	}
	if dir != "" && kept < 200 {
		t.Errorf("only %d cut tracks were kept", kept)
	}
}

// begins reports whether the runs of a part are those that the whole begins with.
func begins(whole, part Parsed) bool {
	for i, e := range part.Events {
		if i >= len(whole.Events) {
			return false
		}
		r := whole.Events[i].Run
		n := len(e.Run.T)
		if n > len(r.T) || !e.Run.Start.Equal(r.Start) || !slices.Equal(e.Run.T, r.T[:n]) {
			return false
		}
	}
	return true
}

// TestCorpus reads every file of the corpus and compares it with the reference.
// Every difference is in testdata/differences.txt, with its reason; a new one
// fails, and so does one that is gone.
func TestCorpus(t *testing.T) {
	dir, files := references(t)
	if dir == "" {
		return // the corpus is not part of the project
	}
	var lines []string
	for _, r := range files {
		data, err := os.ReadFile(filepath.Join(dir, r.Path))
		if err != nil {
			t.Fatal(err)
		}
		p, err := Parse(r.Path, data)
		state, got := found(t, p, err)
		var want facts
		if r.kind() != "nothing" {
			want = r.facts(t)
		}
		lines = append(lines, differences(filepath.Base(r.Path), r, r.kind(), want, state, got)...)
		if state == "pending" {
			p, err := Salvage(r.Path, data)
			state, got := found(t, p, err)
			lines = append(lines, differences(filepath.Base(r.Path)+", imported", r, r.kind(), want, state, got)...)
		}
	}
	compareReport(t, lines)
}

// compareReport holds the differences to the report. Its lines are file, what,
// reference, ours and reason, with bars between.
func compareReport(t *testing.T, lines []string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "differences.txt"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", b)
	known := map[string]bool{}
	for _, l := range strings.Split(string(b), "\n") {
		i := strings.LastIndex(l, " | ")
		if strings.HasPrefix(l, "#") || i < 0 {
			continue
		}
		if strings.TrimSpace(l[i+3:]) == "" {
			t.Errorf("no reason: %s", l)
		}
		known[l[:i]] = true
	}
	for _, l := range lines {
		if !known[l] {
			t.Errorf("differs: %s", l)
		}
		delete(known, l)
	}
	for _, l := range slices.Sorted(maps.Keys(known)) {
		t.Errorf("no longer differs: %s", l)
	}
}
