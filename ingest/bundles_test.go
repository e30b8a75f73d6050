package ingest_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"afterrun/ingest"
	"afterrun/ingest/bus"
	"afterrun/readiness"
)

// file is a member of a bundle under test.
type file struct{ name, data string }

func zipped(t testing.TB, files ...file) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		m, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC)})
		if err == nil {
			_, err = m.Write([]byte(f.data))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gzipped(t testing.TB, data string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(data))
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	tormoder = "github.com/tormoder/fit"
	gpxgo    = "github.com/tkrajina/gpxgo"
	aTCX     = `<?xml version="1.0"?><TrainingCenterDatabase><Activities><Activity Sport="Running"><Lap><Track><Trackpoint><Time>2024-05-01T06:00:00Z</Time></Trackpoint></Track></Lap></Activity></Activities></TrainingCenterDatabase>`
)

// moduleDir is where a module lies in the module cache.
func moduleDir(t testing.TB, module string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// real reads a file of a module in the module cache.
func real(t testing.TB, module, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(moduleDir(t, module), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// lines are the state and reason of every path, and how many events it became.
func (h *house) lines() map[string]readiness.File {
	h.t.Helper()
	files, err := h.Files(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	lines := map[string]readiness.File{}
	for _, f := range files {
		lines[f.Path] = f
	}
	return lines
}

func (h *house) states(want map[string]readiness.FileState) {
	h.t.Helper()
	lines := h.lines()
	for path, state := range want {
		if f := lines[path]; f.State != state {
			h.t.Errorf("%s is %q (%s), want %s", path, f.State, f.Reason, state)
		}
	}
	for path, f := range lines {
		if _, ok := want[path]; !ok {
			h.t.Errorf("%s is %s (%s), want no line", path, f.State, f.Reason)
		}
	}
}

// TestAGarminAccount reads the nested zips of "Export Your Data", whose root
// folder differs each time, with an e-mail address in the names.
func TestAGarminAccount(t *testing.T) {
	h := newHouse(t)
	run := string(activity(t))
	part := zipped(t,
		file{"runner@example.com_101.fit", run},
		file{"runner@example.com_102.fit", real(t, tormoder, "testdata/fitsdk/Settings.fit")},
		file{"runner@example.com_103.fit", ""},
		file{"runner@example.com_104.fit", run[:5000]},
		file{"runner@example.com_105.txt", "what is this"},
	)
	const root = "0f8b-uuid/DI_CONNECT/"
	export := zipped(t,
		file{root, ""},
		file{root + "DI-Connect-Uploaded-Files/UploadedFiles_0-_Part1.zip", part},
		file{root + "DI-Connect-User/user_profile.json", `{"userName":"x"}`},
		file{"__MACOSX/._x.fit", "x"},
	)
	f := h.put("export.zip", export, readiness.FilePublished)
	if f.Reason != "1 published, 1 ignored" {
		t.Errorf("reason %q", f.Reason)
	}
	const in = "export.zip!/" + root + "DI-Connect-Uploaded-Files/UploadedFiles_0-_Part1.zip"
	h.states(map[string]readiness.FileState{
		"export.zip": readiness.FilePublished,
		in:           readiness.FilePublished,
		"export.zip!/" + root + "DI-Connect-User/user_profile.json": readiness.FileIgnored,
		in + "!/runner@example.com_101.fit":                         readiness.FilePublished,
		in + "!/runner@example.com_102.fit":                         readiness.FileIgnored,
		in + "!/runner@example.com_103.fit":                         readiness.FileIgnored,
		in + "!/runner@example.com_104.fit":                         readiness.FileRefused,
		in + "!/runner@example.com_105.txt":                         readiness.FileIgnored,
	})
	line := h.lines()[in+"!/runner@example.com_101.fit"]
	if len(line.Events) != 1 || line.Size != int64(len(run)) || line.SHA256 == "" || !line.ModTime.Equal(time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC)) {
		t.Errorf("line %+v", line)
	}
	if got := h.counts(); len(got) != 1 {
		t.Errorf("what counts: %q", got)
	}
}

// TestSinglesFromGarmin reads the zips of single activities and of a day.
func TestSinglesFromGarmin(t *testing.T) {
	h := newHouse(t)
	h.put("12345.zip", zipped(t, file{"12345_ACTIVITY.fit", string(activity(t))}), readiness.FilePublished)
	h.put("12346.zip", zipped(t, file{"12346.tcx", aTCX}), readiness.FilePublished)
	h.put("12347.zip", zipped(t), readiness.FileIgnored)
	h.put("copy of 12345.zip", zipped(t, file{"12345_ACTIVITY.fit", string(activity(t))}), readiness.FileDuplicate)
	if got := h.counts(); len(got) != 2 {
		t.Errorf("what counts: %q", got)
	}
}

// TestADayFromGarmin is a zip of the watch's own files of a day: what says nothing
// of it is ignored, never refused.
func TestADayFromGarmin(t *testing.T) {
	h := newHouse(t)
	files := []file{
		{"91_WELLNESS.fit", real(t, tormoder, "testdata/fitsdk/MonitoringFile.fit")},
		{"94_SKIN_TEMP.fit", real(t, tormoder, "testdata/fitsdk/Settings.fit")},
	}
	want := map[string]readiness.FileState{
		"2026-08-05.zip": readiness.FileIgnored, "2026-08-05.zip!/91_WELLNESS.fit": readiness.FileIgnored, "2026-08-05.zip!/94_SKIN_TEMP.fit": readiness.FileIgnored,
	}
	if corpus := os.Getenv("AFTERRUN_CORPUS"); corpus != "" {
		for name, from := range map[string]string{"92_SLEEP_DATA.fit": "70674327642_SLEEP_DATA.fit", "93_WELLNESS.fit": "11861397152_WELLNESS.fit", "95_METRICS.fit": "73389467584_METRICS.fit"} {
			b, err := os.ReadFile(filepath.Join(corpus, "wellness", "data-private-garmi__"+from))
			if err != nil {
				t.Fatal(err)
			}
			files, want["2026-08-05.zip!/"+name] = append(files, file{name, string(b)}), readiness.FilePublished
		}
		want["2026-08-05.zip"] = readiness.FilePublished
		want["2026-08-05.zip!/92_SLEEP_DATA.fit"], want["2026-08-05.zip!/95_METRICS.fit"] = readiness.FileIgnored, readiness.FileIgnored // of 2020: without stages
	}
	h.put("2026-08-05.zip", zipped(t, files...), want["2026-08-05.zip"])
	h.states(want)
}

func TestStravasFilesComeGzipped(t *testing.T) {
	h := newHouse(t)
	h.put("export_77.zip", zipped(t,
		file{"activities/1.fit.gz", gzipped(t, string(activity(t)))},
		file{"activities/2.gpx.gz", gzipped(t, real(t, gpxgo, "test_files/korita-zbevnica.gpx"))},
		file{"activities/3.tcx.gz", gzipped(t, "          "+aTCX)},
		file{"activities/4.fit.gz", gzipped(t, string(activity(t)))[:3000]},
		file{"activities/5.fit.gz", gzipped(t, "")},
		file{"media/1.jpg", "\xFF\xD8\xFF"},
	), readiness.FilePublished)
	h.states(map[string]readiness.FileState{
		"export_77.zip":                      readiness.FilePublished,
		"export_77.zip!/activities/1.fit.gz": readiness.FilePublished,
		"export_77.zip!/activities/2.gpx.gz": readiness.FilePublished,
		"export_77.zip!/activities/3.tcx.gz": readiness.FilePublished,
		"export_77.zip!/activities/4.fit.gz": readiness.FileRefused,
		"export_77.zip!/activities/5.fit.gz": readiness.FileIgnored, // typed in by hand
		"export_77.zip!/media/1.jpg":         readiness.FileIgnored,
	})
}

// TestABundleWaitsForItsEnd: no member counts before the directory, which
// arrives last.
func TestABundleWaitsForItsEnd(t *testing.T) {
	h := newHouse(t)
	whole := zipped(t, file{"a.csv", rows("2026-01-05,4")}, file{"b.csv", rows("2026-01-06,3")})
	for n := 4; n < len(whole); n += 7 {
		h.put("diary.zip", whole[:n], readiness.FilePending)
	}
	h.want()
	h.put("diary.zip", whole, readiness.FilePublished)
	h.want("2026-01-05 mood=4", "2026-01-06 mood=3")
}

// TestAnInterruptedBundleGoesOn: a repetition reads only what was not settled.
func TestAnInterruptedBundleGoesOn(t *testing.T) {
	h := newHouse(t)
	data := []byte(zipped(t, file{"a.csv", rows("2026-01-05,4")}, file{"b.csv", rows("2026-01-06,3")}, file{"c.csv", rows("2026-01-07,2")}))
	info, err := fs.Stat(fstest.MapFS{"f": {Data: data, ModTime: h.mtime}}, "f")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = h.g.Bundle(ctx, me, "d.zip", bytes.NewReader(data), info, func(readiness.File, int) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	h.want("2026-01-05 mood=4")
	h.restart()
	before := h.accepted
	var told []string
	if _, err := h.g.Bundle(t.Context(), me, "d.zip", bytes.NewReader(data), info, func(f readiness.File, known int) {
		if told = append(told, f.Path); known != 3 {
			t.Errorf("%d members known, want 3", known)
		}
	}); err != nil {
		t.Fatal(err)
	}
	h.want("2026-01-05 mood=4", "2026-01-06 mood=3", "2026-01-07 mood=2")
	if h.accepted-before != 2 || !slices.Equal(told, []string{"d.zip!/a.csv", "d.zip!/b.csv", "d.zip!/c.csv"}) {
		t.Errorf("%d events published again, told %q", h.accepted-before, told)
	}
}

// TestAReplacedBundleReplacesItsMembers, and a member that is gone counts on, as
// a file that was deleted.
func TestAReplacedBundleReplacesItsMembers(t *testing.T) {
	h := newHouse(t)
	h.put("d.zip", zipped(t, file{"a.csv", rows("2026-01-05,4")}, file{"b.csv", rows("2026-01-06,3")}), readiness.FilePublished)
	h.put("d.zip", zipped(t, file{"a.csv", rows("2026-01-07,5")}), readiness.FilePublished)
	h.want("2026-01-06 mood=3", "2026-01-07 mood=5")
}

// TestTwoMembersOfOneName do not replace each other.
func TestTwoMembersOfOneName(t *testing.T) {
	h := newHouse(t)
	h.put("d.zip", zipped(t, file{"a.csv", rows("2026-01-05,4")}, file{"../a.csv", rows("2026-01-06,3")}), readiness.FilePublished)
	h.want("2026-01-05 mood=4", "2026-01-06 mood=3")
}

func TestAHostileBundle(t *testing.T) {
	h := newHouse(t)
	bomb := strings.Repeat("\x00", 65<<20)
	third := zipped(t, file{"inner.zip", zipped(t, file{"innermost.zip", zipped(t, file{"x.csv", rows("2026-01-05,4")})})})
	h.put("hostile.zip", zipped(t, file{"bomb.fit", bomb}, file{"fine.csv", rows("2026-01-05,4")}), readiness.FilePublished)
	h.put("bomb.zip", zipped(t, file{"1.fit", bomb}, file{"2.fit", bomb}, file{"3.fit", bomb}), readiness.FileRefused)
	squeezed := gzipped(t, bomb[:60<<20])
	h.put("gzips.zip", zipped(t, file{"1.fit.gz", squeezed}, file{"2.fit.gz", squeezed}, file{"3.fit.gz", squeezed}), readiness.FileRefused)
	h.put("deep.zip", third, readiness.FileRefused)
	lines := h.lines()
	for path, says := range map[string]string{
		"hostile.zip!/bomb.fit":              "unpacks to more than 64 MiB",
		"hostile.zip":                        "1 published, 1 refused",
		"gzips.zip":                          "unpacks to more than any real export",
		"bomb.zip":                           "unpacks to more than any real export",
		"deep.zip!/inner.zip!/innermost.zip": "a zip in a zip in a zip",
	} {
		if f := lines[path]; !strings.Contains(f.Reason, says) {
			t.Errorf("%s is %s (%s), want %q", path, f.State, f.Reason, says)
		}
	}
	h.want("2026-01-05 mood=4")
}

// realFiles are the small real files of this machine, by their path.
func realFiles(t *testing.T) map[string]string {
	t.Helper()
	dirs := []string{filepath.Join(moduleDir(t, tormoder), "testdata"), filepath.Join(moduleDir(t, gpxgo), "test_files")}
	if corpus := os.Getenv("AFTERRUN_CORPUS"); corpus != "" {
		dirs = append(dirs, corpus)
	}
	files := map[string]string{}
	for i, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !slices.Contains([]string{".fit", ".gpx", ".tcx"}, strings.ToLower(filepath.Ext(path))) {
				return err
			}
			b, err := os.ReadFile(path)
			if len(b) < 60<<10 {
				files[fmt.Sprintf("%d/%s", i, filepath.Base(path))] = string(b)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestEveryRealFileInABundle gets the verdict that it gets by itself; but nothing
// waits in a zip that has arrived.
func TestEveryRealFileInABundle(t *testing.T) {
	h := newHouse(t)
	var members []file
	for name, data := range realFiles(t) {
		if strings.HasSuffix(name, "5.fit") {
			name, data = name+".gz", gzipped(t, data)
		}
		members = append(members, file{name, data})
	}
	if len(members) < 30 {
		t.Fatalf("only %d real files", len(members))
	}
	h.put("all.zip", zipped(t, members...), readiness.FilePublished)
	lines := h.lines()
	for _, m := range members {
		_, err := ingest.Salvage(m.name, []byte(m.data))
		f := lines["all.zip!/"+m.name]
		var good bool
		switch {
		case err == nil:
			good = f.State == readiness.FilePublished || f.State == readiness.FileDuplicate || f.State == readiness.FileCorrected
		case m.data == "" || errors.Is(err, readiness.ErrIgnored):
			good = f.State == readiness.FileIgnored
		default:
			good = f.State == readiness.FileRefused
		}
		if !good {
			t.Errorf("%s is %q (%s) in a bundle, by itself %v", m.name, f.State, f.Reason, err)
		}
	}
}

// values lists what counts of wellness: "rhr_bpm=48 device_day:garmin 2026-05-01".
func (h *house) values() []string {
	h.t.Helper()
	events, _, err := h.Events(h.t.Context(), me, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, e := range events {
		if e.Wellness != nil {
			for name, v := range e.Wellness.Values {
				out = append(out, fmt.Sprintf("%s=%g %s %s", name, v, e.Wellness.Source, e.Wellness.Date))
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestAGarminAccountTellsOfMornings: the JSON files of one account, whose parts
// overlap, stand beside each other.
func TestAGarminAccountTellsOfMornings(t *testing.T) {
	h := newHouse(t)
	h.put("export.zip", zipped(t,
		file{"x/DI_CONNECT/DI-Connect-Aggregator/UDSFile_2026-05-01_2026-08-09.json", `[{"calendarDate":"2026-05-01","restingHeartRate":50,"currentDayRestingHeartRate":48}]`},
		file{"x/DI_CONNECT/DI-Connect-Wellness/2026-05-01_2026-08-09_7_sleepData.json", `[{"retro":false},{"calendarDate":"2026-05-01","deepSleepSeconds":3600,"lightSleepSeconds":18000,"remSleepSeconds":3600}]`},
		file{"x/DI_CONNECT/DI-Connect-Wellness/2026-05-01_2026-08-09_7_healthStatusData.json", `[{"calendarDate":"2026-05-01","metrics":[{"type":"HRV","value":62.0,"status":"IN_RANGE"}]}]`},
		file{"x/DI_CONNECT/DI-Connect-Fitness/runner@example.com_0_summarizedActivities.json", `[{"summarizedActivitiesExport":[{"distance":1000000.0}]}]`},
	), readiness.FilePublished)
	want := []string{
		"hrv_rmssd_ms=62 device:garmin 2026-05-01", "rhr_7d_bpm=50 device_day:garmin 2026-05-01",
		"rhr_bpm=48 device_day:garmin 2026-05-01", "sleep_h=7 sleep:garmin 2026-05-01",
	}
	if got := h.values(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if f := h.lines()["export.zip"]; f.Reason != "3 published, 1 ignored" {
		t.Errorf("reason %q", f.Reason)
	}
}

// TestAGoogleTakeout holds the same days twice, in two forms, under the name of
// either brand; what repeats them a day later is passed over.
func TestAGoogleTakeout(t *testing.T) {
	for _, brand := range []string{"Fitbit", "Google Health"} {
		h := newHouse(t)
		in := "Takeout/" + brand + "/"
		h.put("takeout-20260705T101112Z-001.zip", zipped(t,
			file{"Takeout/archive_browser.html", "<html>"},
			file{in + "Global Export Data/resting_heart_rate-2025-09-01.json", `[{"dateTime":"09/01/25 00:00:00","value":{"date":"09/01/25","value":61.4,"error":6.1}}]`},
			file{in + "Global Export Data/heart_rate-2025-09-01.json", `[{"dateTime":"09/01/25 04:00:03","value":{"bpm":55,"confidence":2}}]`},
			file{in + "Global Export Data/sleep-2025-09-01.json", `[{"logId":1,"dateOfSleep":"2025-09-01","startTime":"2025-08-31T23:07:00.000","minutesAsleep":420,"mainSleep":true}]`},
			file{in + "Global Export Data/steps-2025-09-01.json", `[{"dateTime":"09/01/25 00:00:00","value":"4000"}]`},
			file{in + "Physical Activity_GoogleData/daily_resting_heart_rate.csv", "timestamp,beats per minute,data source\n2025-09-01T00:00:00Z,61.4,Fitbit App\n"},
			file{in + "Physical Activity_GoogleData/daily_heart_rate_variability.csv", "timestamp,average heart rate variability milliseconds,entropy\n2025-09-01T00:00:00Z,41.5,2.9\n"},
			file{in + "Physical Activity_GoogleData/heart_rate_2025-09-01.csv", "timestamp,beats per minute\n2025-09-01T04:00:03Z,55\n"},
			file{in + "Sleep Score/sleep_score.csv", "sleep_log_entry_id,timestamp,overall_score,resting_heart_rate\n1,2025-09-02T06:30:00Z,80,61\n"},
		), readiness.FilePublished)
		want := []string{"hrv_rmssd_ms=41.5 device:fitbit 2025-09-01", "rhr_bpm=61.4 device_day:fitbit 2025-09-01", "sleep_h=7 sleep:fitbit 2025-09-01"}
		if got := h.values(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", brand, got, want)
		}
		if f := h.lines()["takeout-20260705T101112Z-001.zip"]; f.Reason != "3 published, 1 duplicate, 5 ignored" {
			t.Errorf("%s: reason %q", brand, f.Reason)
		}
	}
}

const stravaHead = "ID aktivity,Datum aktivity,Název aktivity,Typ aktivity,Popis aktivity,Uplynulý čas,Vzdálenost,Maximální tepová frekvence,Relativní úsilí,Dojíždění,Soukromá poznámka k aktivitě,Vybavení na aktivitu,Název souboru"

// TestStravasRatingsFindTheirRuns whatever the language of the list: the file
// tells when the run started.
func TestStravasRatingsFindTheirRuns(t *testing.T) {
	h := newHouse(t)
	list := stravaHead + strings.Repeat(",x", 40) + "\n" +
		`1,"6. září 2026 11:18:40",Běh,Běh,,1,"1,2",,,,,,activities/1.fit.gz` + strings.Repeat(",", 31) + `6.0` + strings.Repeat(",", 9) + "\n"
	export := zipped(t, file{"activities.csv", list}, file{"activities/1.fit.gz", gzipped(t, string(activity(t)))})
	for _, again := range []func(){func() {}, h.restart} {
		again()
		h.put("export_77.zip", export, readiness.FilePublished)
		events, _, err := h.Events(t.Context(), me, 0)
		if err != nil || len(events) != 2 {
			t.Fatalf("%d events, %v", len(events), err)
		}
		run, rating := events[0].Run, events[1].CheckIn
		if run == nil || rating == nil || rating.Run != run.Start.Format(time.RFC3339) || rating.Numbers["rpe"] != 6 {
			t.Errorf("run of %v, rating %+v", run.Start, rating)
		}
	}
	if f := h.lines()["export_77.zip!/activities.csv"]; len(f.Events) != 1 || f.State != readiness.FilePublished {
		t.Errorf("line of the list %+v", f)
	}
}

const appleExport = "junk < before\n<HealthData><Record type=\"HKQuantityTypeIdentifierRestingHeartRate\" sourceName=\"Watch\" startDate=\"2024-05-01 00:00:00 +0200\" endDate=\"2024-05-01 00:00:00 +0200\" value=\"51\"/>" +
	"<Record type=\"HKQuantityTypeIdentifierHeartRateVariabilitySDNN\" sourceName=\"Watch\" startDate=\"2024-05-01 03:00:00 +0200\" value=\"70\"/>" +
	"<Workout workoutActivityType=\"HKWorkoutActivityTypeCycling\"><WorkoutRoute><FileReference path=\"/workout-routes/route_1.gpx\"/></WorkoutRoute></Workout></HealthData>"

// TestAnAppleExport: the name of the document is in the phone's language, and a
// route is of the sport of its workout. What was kept says the same again.
func TestAnAppleExport(t *testing.T) {
	h := newHouse(t)
	route := real(t, gpxgo, "test_files/korita-zbevnica.gpx")
	h.put("导出.zip", zipped(t,
		file{"apple_health_export/workout-routes/route_1.gpx", route},
		file{"apple_health_export/导出.xml", "<" + appleExport},
		file{"apple_health_export/export_cda.xml", "<?xml version=\"1.0\"?><ClinicalDocument/>"},
	), readiness.FilePublished)
	want := []string{"hrv_sdnn_ms=70 sdnn:apple 2024-05-01", "rhr_bpm=51 device_day:apple 2024-05-01"}
	check := func() {
		t.Helper()
		if got := h.values(); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		events, _, err := h.Events(t.Context(), me, 0)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(events, func(e readiness.Event) bool { return e.Run != nil })
		if i < 0 || events[i].Run.Sport != "cycling" {
			t.Errorf("no ride among %d events", len(events))
		}
	}
	check()
	before := h.counts()
	h.empty()
	if _, err := h.g.Refill(t.Context()); err != nil {
		t.Fatal(err)
	}
	check()
	if after := h.counts(); !slices.Equal(after, before) {
		t.Errorf("refilled %q, was %q", after, before)
	}
}

// empty gives the house a bus without events.
func (h *house) empty() {
	h.t.Helper()
	b, err := bus.Open(h.t.Context(), bus.Options{Dir: h.t.TempDir()})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		if err := b.Close(); err != nil {
			h.t.Error(err)
		}
	})
	h.wires = &wires{Bus: b}
	h.restart()
}

// samplesOf are Polar's: a heart rate of 140 and a distance every second from
// eight o'clock, local.
func samplesOf(seconds int) string {
	var hr, way []string
	for s := range seconds {
		at := time.Date(2024, 5, 1, 8, 0, s, 0, time.UTC).Format("2006-01-02T15:04:05.000")
		hr = append(hr, fmt.Sprintf(`{"dateTime":%q,"value":140}`, at))
		way = append(way, fmt.Sprintf(`{"dateTime":%q,"value":%d}`, at, 3*s))
	}
	return `{"heartRate":[` + strings.Join(hr, ",") + `],"distance":[` + strings.Join(way, ",") + `]}`
}

// TestAPolarAccount: its sessions are runs, its nights mornings; what the same
// watch exported as TCX is the same run.
func TestAPolarAccount(t *testing.T) {
	h := newHouse(t)
	const manual = `{"exportVersion":"1.6","startTime":"2024-05-02T08:00:00.000","stopTime":"2024-05-02T08:10:00.000","timeZoneOffset":120,"exercises":[{"startTime":"2024-05-02T08:00:00.000","stopTime":"2024-05-02T08:10:00.000","sport":"STRENGTH_TRAINING"}]}`
	const head = `{"exportVersion":"1.6","startTime":"2024-05-01T08:00:00.000","stopTime":"2024-05-01T08:10:00.000","timeZoneOffset":120,"exercises":[{"startTime":"2024-05-01T08:00:00.000","stopTime":"2024-05-01T08:10:00.000","sport":"RUNNING","samples":`
	const id = "-263916482-2cbe9312-6b71-4693-8519-a9a860a23cbc.json"
	h.put("polar-user-data-export_1.zip", zipped(t,
		file{"training-session-2024-05-01" + id, head + samplesOf(600) + "}]}"},
		file{"training-session-2024-05-02" + id, manual},
		file{"training-target-2024-05-03" + id, `{"exportVersion":"1.6","name":"x","done":false,"exercises":[{"sport":"RUNNING","phases":[]}]}`},
		file{"activity-2024-05-01" + id, `{"exportVersion":"1.6","date":"2024-05-01","samples":{"mets":[]},"physicalInformation":{"restingHeartRate":52}}`},
		file{"nightly_recovery_7" + id, `[{"night":"2024-05-01","meanNightlyRecoveryRri":900,"meanNightlyRecoveryRmssd":42,"ansStatus":1.5}]`},
		file{"sleep_result_7" + id, `[{"night":"2024-05-01","evaluation":{"sleepSpan":"PT7H54M30S","asleepDuration":"PT7H30M"}}]`},
		file{"247ohr_7_2024_05" + id, `{"deviceDays":[{"date":"2024-05-01","samples":[{"heartRate":60,"secondsFromDayStart":3}]}]}`},
		file{"account-data-7" + id, `{"username":"runner@example.com"}`},
	), readiness.FilePublished)
	const in = "polar-user-data-export_1.zip!/"
	h.states(map[string]readiness.FileState{
		"polar-user-data-export_1.zip":          readiness.FilePublished,
		in + "training-session-2024-05-01" + id: readiness.FilePublished,
		in + "training-session-2024-05-02" + id: readiness.FilePublished,
		in + "training-target-2024-05-03" + id:  readiness.FileIgnored,
		in + "activity-2024-05-01" + id:         readiness.FileIgnored,
		in + "nightly_recovery_7" + id:          readiness.FilePublished,
		in + "sleep_result_7" + id:              readiness.FilePublished,
		in + "247ohr_7_2024_05" + id:            readiness.FileIgnored,
		in + "account-data-7" + id:              readiness.FileIgnored,
	})
	if got, want := h.values(), []string{"hrv_rmssd_ms=42 device:polar 2024-05-01", "sleep_h=7.5 sleep:polar 2024-05-01"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	h.put("session.tcx", strings.Replace(aTCX, "</Track>", "<Trackpoint><Time>2024-05-01T06:09:00Z</Time></Trackpoint></Track>", 1), readiness.FilePublished)
	if got := h.merged(); !slices.Equal(got, []string{"polar: TCX goes before POLAR"}) {
		t.Errorf("merged %q", got)
	}
}

// merged are the recordings that count nowhere, and why another one does.
func (h *house) merged() (out []string) {
	h.t.Helper()
	events, _, err := h.Events(h.t.Context(), me, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	var history readiness.History
	for _, e := range events {
		if _, err := history.Add(e); err != nil {
			h.t.Fatal(err)
		}
	}
	for _, m := range readiness.ExplainMerged(&history) {
		_, why, _ := strings.Cut(m.Why, "; ")
		out = append(out, m.Format+": "+why)
	}
	return out
}
