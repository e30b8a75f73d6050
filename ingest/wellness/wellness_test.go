package wellness

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"afterrun/readiness"
)

// told lists what events say, as "device_day:garmin 2026-05-01 rhr_bpm=48".
func told(events []readiness.Event) []string {
	var out []string
	for _, e := range events {
		for name, v := range e.Wellness.Values {
			out = append(out, fmt.Sprintf("%s %s %s=%.6g", e.Wellness.Source, e.Wellness.Date, name, v))
		}
	}
	slices.Sort(out)
	return out
}

func check(t *testing.T, what string, events []readiness.Event, err error, want ...string) {
	t.Helper()
	if got := told(events); err != nil || !slices.Equal(got, want) {
		t.Errorf("%s: %q, %v\nwant %q", what, got, err, want)
	}
}

// TestAccounts reads the JSON of accounts with their known traps.
func TestAccounts(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want []string
	}{
		"Garmin UDSFile: the day's own, not the mean of seven": {
			`[{"userProfilePK":1,"calendarDate":"2026-05-12","totalSteps":9533,"restingHeartRate":57,"currentDayRestingHeartRate":54,"allDayStress":{"x":[1]}},
			  {"calendarDate":"2019-05-13","restingHeartRate":50},
			  {"calendarDate":"2026-05-14","totalKilocalories":1800},
			  {"calendarDate":"2026-05-15","restingHeartRate":0},
			  {"calendarDate":{"date":"2018-05-16 00:00:00.0"},"restingHeartRate":49}]`,
			[]string{
				"device_day:garmin 2018-05-16 rhr_bpm=49", "device_day:garmin 2019-05-13 rhr_bpm=50",
				"device_day:garmin 2026-05-12 rhr_7d_bpm=57", "device_day:garmin 2026-05-12 rhr_bpm=54",
			},
		},
		"Garmin sleepData: no date, no phases, naps": {
			`[{"retro":false},
			  {"calendarDate":"2026-05-12","sleepStartTimestampGMT":"2026-05-11T21:00:00.0","sleepEndTimestampGMT":"2026-05-12T05:00:00.0","sleepWindowConfirmationType":"UNCONFIRMED"},
			  {"calendarDate":"2026-05-13","deepSleepSeconds":1560,"lightSleepSeconds":15780,"remSleepSeconds":5940,"awakeSleepSeconds":300},
			  {"calendarDate":"2026-05-13","deepSleepSeconds":0,"lightSleepSeconds":1800,"remSleepSeconds":0}]`,
			[]string{"sleep:garmin 2026-05-13 sleep_h=6.46667"},
		},
		"Garmin healthStatusData: 0 and UNKNOWN are not measured": {
			`[{"calendarDate":"2025-09-17","metrics":[{"type":"HRV","value":0.0,"status":"UNKNOWN"},{"type":"HR","value":58.0}]},
			  {"calendarDate":"2025-09-18","metrics":[{"type":"HRV","value":72.0,"status":"ONBOARDING","baselineLowerLimit":60},{"type":"SKIN_TEMP_C","status":"UNKNOWN"}]},
			  {"calendarDate":"2025-09-19","metrics":[{"type":"HRV","value":70.0,"status":"UNKNOWN"}]}]`,
			[]string{"device:garmin 2025-09-18 hrv_rmssd_ms=72"},
		},
		"Fitbit resting_heart_rate: 0 is not known": {
			`[{"dateTime":"09/01/25 00:00:00","value":{"date":"09/01/25","value":61.4,"error":6.1}},
			  {"dateTime":"09/02/25 00:00:00","value":{"date":null,"value":0.0,"error":0.0}},
			  {"dateTime":"09/03/25 00:00:00","value":{"date":"09/03/25","value":0,"error":0}}]`,
			[]string{"device_day:fitbit 2025-09-01 rhr_bpm=61.4"},
		},
		"Fitbit sleep: a nap adds to the night": {
			`[{"logId":1,"dateOfSleep":"2024-02-23","startTime":"2024-02-22T23:07:00.000","minutesAsleep":420,"mainSleep":true,"levels":{"summary":{}}},
			  {"logId":2,"dateOfSleep":"2024-02-23","startTime":"2024-02-23T13:00:00.000","minutesAsleep":30,"mainSleep":false}]`,
			[]string{"sleep:fitbit 2024-02-23 sleep_h=7.5"},
		},
		"Polar nightly_recovery": {
			`[{"night":"2024-02-23","meanNightlyRecoveryRri":900,"meanNightlyRecoveryRmssd":42,"meanBaselineRmssd":40,"ansStatus":1.5}]`,
			[]string{"device:polar 2024-02-23 hrv_rmssd_ms=42"},
		},
		"Polar sleep_result": {
			`[{"night":"2024-02-23","evaluation":{"sleepSpan":"PT7H54M30S","asleepDuration":"PT7H30M"}},
			  {"night":"2024-02-24","evaluation":{"asleepDuration":"27000s"}}]`,
			[]string{"sleep:polar 2024-02-23 sleep_h=7.5", "sleep:polar 2024-02-24 sleep_h=7.5"},
		},
	} {
		events, _, err := JSON([]byte(c.data))
		check(t, name, events, err, c.want...)
	}
}

func TestJSONWithoutUse(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want error
	}{
		"summaries":      {`[{"summarizedActivitiesExport":[{"distance":1000000}]}]`, readiness.ErrIgnored},
		"off the wrist":  {`[{"calendarDate":"2026-05-12","sleepWindowConfirmationType":"OFF_WRIST","deepSleepSeconds":3600,"lightSleepSeconds":18000}]`, readiness.ErrIgnored},
		"profile":        {`{"date":"2024-02-23","physicalInformation":{"restingHeartRate":52}}`, readiness.ErrIgnored},
		"moments":        {`[{"dateTime":"02/22/24 00:00:03","value":{"bpm":55,"confidence":2}}]`, readiness.ErrIgnored},
		"steps":          {`[{"dateTime":"02/22/24 00:00:00","value":"4000"}]`, readiness.ErrIgnored},
		"wrong kinds":    {`[{"calendarDate":7,"restingHeartRate":"fast","metrics":3,"value":[],"night":{}},5,"x",null,[[]]]`, readiness.ErrIgnored},
		"impossible":     {`[{"calendarDate":"2026-05-12","currentDayRestingHeartRate":400}]`, readiness.ErrIgnored},
		"cut":            {`[{"calendarDate":"2026-05-12","restingHeartRate":5`, readiness.ErrIncomplete},
		"cut between":    {`[{"calendarDate":"2026-05-12","restingHeartRate":50}`, readiness.ErrIncomplete},
		"broken":         {`[{"calendarDate":"2026-05-12",,}]`, readiness.ErrInvalid},
		"long ago":       {`[{"calendarDate":"0001-01-01","restingHeartRate":50}]`, readiness.ErrIgnored},
		"not a date":     {`[{"calendarDate":"2026-13-41","restingHeartRate":50}]`, readiness.ErrIgnored},
		"a deep nesting": {strings.Repeat("[", 20000), readiness.ErrInvalid},
	} {
		if events, _, err := JSON([]byte(c.data)); !errors.Is(err, c.want) {
			t.Errorf("%s: %q, %v, want %v", name, told(events), err, c.want)
		}
	}
}

// TestListsOfActivitiesSayWhereTheRecordingsAre: what is not read has a reason
// that helps.
func TestListsOfActivitiesSayWhereTheRecordingsAre(t *testing.T) {
	for data, says := range map[string]string{
		`[{"summarizedActivitiesExport":[{"activityId":1,"avgHr":150}]}]`: "DI-Connect-Uploaded-Files",
	} {
		if _, _, err := JSON([]byte(data)); !errors.Is(err, readiness.ErrIgnored) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want ignored saying %q", data, err, says)
		}
	}
}

func TestTables(t *testing.T) {
	for name, c := range map[string]struct {
		data     string
		want     []string
		warnings int
	}{
		"the documented table": {
			"date,source,rhr_bpm,hrv_rmssd_ms,hrv_sdnn_ms,sleep_h,body_mass_kg\n2026-01-05,My Ring!,48,62.5,80,7.5,68.2\n2026-01-06,my ring,,,,,\n2026-01-07,scale,,,,,68\n",
			[]string{
				"device:my_ring 2026-01-05 hrv_rmssd_ms=62.5", "device_day:my_ring 2026-01-05 rhr_bpm=48", "mass:my_ring 2026-01-05 body_mass_kg=68.2",
				"mass:scale 2026-01-07 body_mass_kg=68", "sdnn:my_ring 2026-01-05 hrv_sdnn_ms=80", "sleep:my_ring 2026-01-05 sleep_h=7.5",
			}, 0,
		},
		"decimal comma, mark, quotes, other columns": {
			"\xEF\xBB\xBF\"Date\";\"Source\";\"Sleep_h\";weather\r\n2026-01-05;x;7,5;fine\r\n",
			[]string{"sleep:x 2026-01-05 sleep_h=7.5"}, 0,
		},
		"faults are told": {
			"date,source,rhr_bpm\nyesterday,x,50\n2026-01-05,x,fast\n2026-01-06,x,500\n2026-01-07,x,50\n",
			[]string{"device_day:x 2026-01-07 rhr_bpm=50"}, 3,
		},
		"HRV4Training": {
			"date, timestamp_measurement, HR, AVNN, SDNN, rMSSD, pNN50, LF, HF, HRV4T_Recovery_Points, sleep_quality, fatigue\n2017-12-03,2017-12-03 07:01:22,52.3,1150,60,48.9,30,900,700,8.1,7,3\n2017-12-04,-,-,-,-,-,-,-,-,-,-,-\n",
			[]string{"manual:hrv4training 2017-12-03 hrv_rmssd_ms=48.9", "manual:hrv4training 2017-12-03 rhr_bpm=52.3", "sdnn:hrv4training 2017-12-03 hrv_sdnn_ms=60"}, 0,
		},
		"Elite HRV: only the morning's readings": {
			"Member,Type,Position,Breathing Pattern,Date Time Start,Date Time End,Duration,Tags,HRV,Morning Readiness,HR,lnRmssd,Rmssd,Nn50,Pnn50,Sdnn\n" +
				"me,Morning Readiness,Lying,Natural,2020-01-05 07:00:00,2020-01-05 07:02:30,150,,60,8,50,3.9,49.4,20,15,55\n" +
				"me,Open Reading,Sitting,Natural,2020-01-05 15:00:00,2020-01-05 15:02:30,150,,40,,70,3,20,2,1,30\n",
			[]string{"manual:elitehrv 2020-01-05 hrv_rmssd_ms=49.4", "manual:elitehrv 2020-01-05 rhr_bpm=50", "sdnn:elitehrv 2020-01-05 hrv_sdnn_ms=55"}, 0,
		},
		"Oura, as the page exported": {
			"date,Sleep Score,Total Sleep Time,Average Resting Heart Rate,Lowest Resting Heart Rate,Average HRV,Respiratory Rate\n2020-03-04,74,24690,58,52,41,15\n",
			[]string{"device:oura 2020-03-04 hrv_rmssd_ms=41", "device_day:oura 2020-03-04 rhr_bpm=52", "sleep:oura 2020-03-04 sleep_h=6.85833"}, 0,
		},
		"Oura, columns chosen on the page": {
			"date,Sleep Score,Average HRV,Lowest Resting Heart Rate\n2026-01-01,80,78,42\n2026-01-02,82,,\n",
			[]string{"device:oura 2026-01-01 hrv_rmssd_ms=78", "device_day:oura 2026-01-01 rhr_bpm=42"}, 0,
		},
		"Oura, one row for each sleep": {
			"id;average_hrv;day;lowest_heart_rate;total_sleep_duration;type\na;41;2024-03-04;52;25200;long_sleep\nb;80;2024-03-04;60;1800;sleep\n",
			[]string{"device:oura 2024-03-04 hrv_rmssd_ms=41", "device_day:oura 2024-03-04 rhr_bpm=52", "sleep:oura 2024-03-04 sleep_h=7.5"}, 0,
		},
		"Google Takeout, daily_resting_heart_rate": {
			"timestamp,beats per minute,data source\n2025-09-02T00:00:00Z,62.1,Fitbit\n2025-09-03T00:00:00,61,Fitbit\n",
			[]string{"device_day:fitbit 2025-09-02 rhr_bpm=62.1", "device_day:fitbit 2025-09-03 rhr_bpm=61"}, 0,
		},
		"Google Takeout, daily_heart_rate_variability": {
			"timestamp,average heart rate variability milliseconds,non rem heart rate beats per minute,entropy,deep sleep root mean square of successive differences milliseconds\n2025-09-02T00:00:00Z,41.5,58,2.9,45.0\n",
			[]string{"device:fitbit 2025-09-02 hrv_rmssd_ms=41.5"}, 0,
		},
		"Google Takeout, UserSleeps: the local date of waking": {
			"sleep_id,sleep_type,minutes_asleep,start_utc_offset,end_utc_offset,sleep_start,sleep_end\n1,stages,420,-08:00,-08:00,2024-02-23T07:00:00Z,2024-02-24T01:30:00Z\n",
			[]string{"sleep:fitbit 2024-02-23 sleep_h=7"}, 0,
		},
	} {
		if !IsCSV([]byte(c.data)) {
			t.Errorf("%s: not recognised", name)
		}
		events, warnings, err := CSV([]byte(c.data))
		check(t, name, events, err, c.want...)
		if len(warnings) != c.warnings {
			t.Errorf("%s: warnings %q, want %d", name, warnings, c.warnings)
		}
	}
}

func TestTablesOfOthers(t *testing.T) {
	for name, data := range map[string]string{
		"check-in":             "date,fatigue,rhr_bpm\n2026-01-05,3,50\n",
		"check-in with source": "date,source,fatigue,rhr_bpm\n2026-01-05,me,3,50\n",
		"prices":               "date,source,price\n2026-01-05,shop,3\n",
		"binary":               "\x00\x01\x02",
		"empty":                "",
	} {
		if IsCSV([]byte(data)) {
			t.Errorf("%s: taken for a table of values", name)
		}
	}
	moments := "timestamp,beats per minute,data source\n2025-09-02T00:00:00Z,62,Fitbit\n2025-09-02T00:00:05Z,63,Fitbit\n"
	if events, _, err := CSV([]byte(moments)); !errors.Is(err, readiness.ErrIgnored) {
		t.Errorf("heart rate of a day: %q, %v", told(events), err)
	}
}

// TestAWideRow: each value of a row costs memory, so it may not have millions.
func TestAWideRow(t *testing.T) {
	wide := "date,source,rhr_bpm\n2026-01-05,me,50\n" + strings.Repeat(",", maxColumns)
	if events, _, err := CSV([]byte(wide)); !errors.Is(err, readiness.ErrInvalid) || !strings.Contains(err.Error(), "line 3") || events != nil {
		t.Errorf("%q, %v", told(events), err)
	}
}

const appleHead = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 12 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout|ActivitySummary|ClinicalRecord)*)>
<!ATTLIST HealthData
  locale CDATA #REQUIRED
`

func anEntry(kind, source, start, end, value, unit string) string {
	return fmt.Sprintf(`<Record type="%s" sourceName="%s" sourceVersion="10.3" unit="%s" creationDate="2024-05-02 07:00:00 +0200" startDate="%s" endDate="%s" value="%s"><MetadataEntry key="a" value="b"/></Record>`+"\n", kind, source, unit, start, end, value)
}

func rested(source, start, value string) string {
	return anEntry("HKQuantityTypeIdentifierRestingHeartRate", source, start+" +0200", start+" +0200", value, "count/min")
}

func slept(source, from, to, stage string) string {
	return anEntry("HKCategoryTypeIdentifierSleepAnalysis", source, from+" +0200", to+" +0200", "HKCategoryValueSleepAnalysis"+stage, "")
}

const watch = "Anna\u2019s Apple\u00A0Watch"

func anApple() string {
	return appleHead + `<HealthData locale="it_IT"><ExportDate value="2024-06-01 10:00:00 +0200"/><Me/>` + "\n" +
		anEntry("HKQuantityTypeIdentifierHeartRate", watch, "2024-05-01 06:00:00 +0200", "2024-05-01 06:00:00 +0200", "52", "count/min") +
		rested(watch, "2024-05-01 00:00:00", "51") + rested(watch, "2024-05-01 20:00:00", "50") + rested(watch, "2024-05-02 00:00:00", "49") +
		rested("Connect", "2024-05-01 00:00:00", "44") +
		anEntry("HKQuantityTypeIdentifierHeartRateVariabilitySDNN", watch, "2024-05-01 02:00:00 +0200", "2024-05-01 02:01:00 +0200", "60", "ms") +
		anEntry("HKQuantityTypeIdentifierHeartRateVariabilitySDNN", watch, "2024-05-01 04:00:00 +0200", "2024-05-01 04:01:00 +0200", "80", "ms") +
		anEntry("HKQuantityTypeIdentifierHeartRateRecoveryOneMinute", watch, "2024-05-01 18:00:00 +0200", "2024-05-01 18:01:00 +0200", "31", "count/min") +
		anEntry("HKQuantityTypeIdentifierBodyMass", "Scale", "2024-05-01 07:00:00 +0200", "2024-05-01 07:00:00 +0200", "150", "lb") +
		`<Record type="HKQuantityTypeIdentifierRestingHeartRate" sourceName="x" value="50"/>` + "\n" +
		slept(watch, "2024-04-30 22:00:00", "2024-05-01 06:30:00", "InBed") +
		slept(watch, "2024-04-30 22:30:00", "2024-05-01 01:00:00", "AsleepCore") + slept(watch, "2024-05-01 01:00:00", "2024-05-01 02:00:00", "AsleepDeep") +
		slept(watch, "2024-05-01 02:00:00", "2024-05-01 02:30:00", "Awake") + slept(watch, "2024-05-01 02:30:00", "2024-05-01 05:30:00", "AsleepREM") +
		slept(watch, "2024-05-01 05:00:00", "2024-05-01 06:00:00", "Asleep") + slept(watch, "2024-05-01 14:00:00", "2024-05-01 14:30:00", "AsleepUnspecified") +
		slept("iPhone", "2024-04-30 21:00:00", "2024-05-01 07:00:00", "AsleepUnspecified") +
		slept(watch, "2024-05-01 23:00:00", "2024-05-01 23:50:00", "AsleepCore") + slept(watch, "2024-05-02 00:10:00", "2024-05-02 06:00:00", "AsleepCore") +
		`<Workout workoutActivityType="HKWorkoutActivityTypeCycling" duration="30"><WorkoutRoute><FileReference path="/workout-routes/route_2024-05-01_1.07pm.gpx"/></WorkoutRoute></Workout>` +
		`</HealthData>` + "\n"
}

func TestAppleHealth(t *testing.T) {
	want := []string{
		"device_day:apple 2024-05-01 rhr_bpm=50", "device_day:apple 2024-05-02 rhr_bpm=49", "mass:apple 2024-05-01 body_mass_kg=68.0389",
		"recovery:apple 2024-05-01 hrr60_bpm=31", "sdnn:apple 2024-05-01 hrv_sdnn_ms=70",
		"sleep:apple 2024-05-01 sleep_h=7.5", "sleep:apple 2024-05-02 sleep_h=6.66667",
	}
	events, routes, warnings, err := Apple(strings.NewReader(anApple()), nil)
	check(t, "all sources", events, err, want...)
	if len(warnings) != 2 || !strings.Contains(warnings[0], "Connect") || !strings.Contains(warnings[0], "apple_health.sources") {
		t.Errorf("warnings %q", warnings)
	}
	if !reflect.DeepEqual(routes, Routes{"route_2024-05-01_1.07pm.gpx": "cycling"}) {
		t.Errorf("routes %v", routes)
	}
	events, _, _, err = Apple(strings.NewReader(anApple()), []string{"connect"})
	check(t, "one source", events, err, "device_day:apple 2024-05-01 rhr_bpm=44")
	events, _, _, err = Apple(strings.NewReader(anApple()), []string{"Anna\u2019s Apple Watch"})
	check(t, "a name with another blank", events, err, slices.Delete(slices.Clone(want), 2, 3)...)
	plain := strings.Replace(anApple(), "<Workout ", "<Other ", 1)
	if _, _, _, err = Apple(strings.NewReader(plain), []string{"Bob"}); !errors.Is(err, readiness.ErrIgnored) || !strings.Contains(err.Error(), "Connect") {
		t.Errorf("nobody's: %v", err)
	}
}

// TestATableSaysTheSame: what is kept of an export in place of itself.
func TestATableSaysTheSame(t *testing.T) {
	events, _, _, err := Apple(strings.NewReader(anApple()), nil)
	if err != nil {
		t.Fatal(err)
	}
	again, warnings, err := CSV(Table(events))
	if err != nil || len(warnings) > 0 || !reflect.DeepEqual(again, events) {
		t.Errorf("%q, %q, %v\nwant %q", told(again), warnings, err, told(events))
	}
}

func TestAppleThatIsCut(t *testing.T) {
	whole := anApple()
	end := strings.Index(whole, "</HealthData>") + len("</HealthData>")
	for n := strings.Index(whole, root) + len(root); n < end; n++ {
		if _, _, _, err := Apple(strings.NewReader(whole[:n]), nil); !errors.Is(err, readiness.ErrIncomplete) {
			t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}

// long is a document of n records that is never in memory.
type long struct {
	n    int
	left string
}

func (l *long) Read(p []byte) (int, error) {
	if l.left == "" {
		switch l.n--; {
		case l.n > 0:
			l.left = anEntry("HKQuantityTypeIdentifierHeartRate", watch, "2024-05-01 06:00:00 +0200", "2024-05-01 06:00:00 +0200", "52", "count/min")
		case l.n == 0:
			l.left = rested(watch, "2024-05-01 00:00:00", "51") + "</HealthData>"
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, l.left)
	l.left = l.left[n:]
	return n, nil
}

// TestAppleInConstantMemory: what is allocated and kept does not grow with the
// document.
func TestAppleInConstantMemory(t *testing.T) {
	e := export{sources: map[string]*source{}, routes: Routes{}}
	if err := e.read(&long{n: 200_000, left: appleHead + "<HealthData>"}); err != nil {
		t.Fatal(err)
	}
	if e.kept != 1 || e.stretch != 0 || len(e.sources) != 1 {
		t.Errorf("kept %d values, %d stretches, %d sources", e.kept, e.stretch, len(e.sources))
	}
}

func TestHostileApple(t *testing.T) {
	for name, c := range map[string]struct {
		data io.Reader
		want error
	}{
		"an attribute without end": {strings.NewReader(`<HealthData a="` + strings.Repeat("x", 3<<20)), readiness.ErrInvalid},
		"a text without end":       {strings.NewReader(`<HealthData>` + strings.Repeat("x", 3<<20)), readiness.ErrInvalid},
		"elements without end":     {strings.NewReader(`<HealthData>` + strings.Repeat("<a>", 1<<20)), readiness.ErrIncomplete},
		"another document":         {strings.NewReader("<rss/>"), readiness.ErrIgnored},
		"nothing":                  {strings.NewReader("<HealthData></HealthData>"), readiness.ErrIgnored},
		"a broken tag":             {strings.NewReader("<HealthData><Record =></HealthData>"), readiness.ErrInvalid},
	} {
		if _, _, _, err := Apple(c.data, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// orderly checks what holds of any result.
func orderly(t *testing.T, events []readiness.Event, err error) {
	if err != nil && !errors.Is(err, readiness.ErrInvalid) && !errors.Is(err, readiness.ErrIgnored) && !errors.Is(err, readiness.ErrIncomplete) {
		t.Errorf("an error of no class: %v", err)
	}
	for _, e := range events {
		for name, v := range e.Wellness.Values {
			if r := ranges[name]; !(v >= r[0] && v <= r[1]) {
				t.Errorf("%s: %s %g", e.Key, name, v)
			}
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`[{"calendarDate":"2026-05-12","restingHeartRate":57,"metrics":[{"type":"HRV","value":72.0}]}]`))
	f.Add([]byte(`[{"dateOfSleep":"2024-02-23","minutesAsleep":420},{"value":{"date":"09/01/25","value":61.4}}]`))
	f.Add([]byte(`[{"night":"2024-02-23","evaluation":{"asleepDuration":"PT7H30M"},"meanNightlyRecoveryRmssd":42}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, _, err := JSON(data)
		orderly(t, events, err)
	})
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("date,source,rhr_bpm,hrv_rmssd_ms,sleep_h\n2026-01-05,ring,48,62.5,7,5\n"))
	f.Add([]byte("date;rMSSD;HR;HRV4T_Recovery_Points\n2017-12-03;48,9;52;8\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, _, err := CSV(data)
		orderly(t, events, err)
	})
}

func FuzzApple(f *testing.F) {
	f.Add([]byte(`<HealthData>` + rested("x", "2024-05-01 00:00:00", "51") + slept("x", "2024-04-30 22:30:00", "2024-05-01 01:00:00", "AsleepCore") + `</HealthData>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, _, _, err := Apple(strings.NewReader(string(data)), nil)
		orderly(t, events, err)
	})
}
