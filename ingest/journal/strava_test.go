package journal

import (
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
)

// The headers of real exports, in two languages, up to the column of the rating;
// names appear twice, and the older export has three columns fewer before the
// file's.
const (
	stravaEnglish = "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,Max Heart Rate,Relative Effort,Commute,Activity Private Note,Activity Gear,Filename,Athlete Weight,Bike Weight," + stravaRest
	stravaOld     = "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,Relative Effort,Commute,Filename,Athlete Weight,Bike Weight," + stravaRest
	stravaGerman  = "Aktivitäts-ID,Aktivitätsdatum,Name der Aktivität,Aktivitätsart,Aktivitätsbeschreibung,Verstrichene Zeit,Distanz,Max. Herzfrequenz,Relative Leistung,Pendeln,Private Notiz zu Aktivität,Aktivitätsausrüstung,Dateiname,Gewicht des Athleten,Gewicht des Rades," + stravaRest
	stravaRest    = "Elapsed Time,Moving Time,Distance,Max Speed,Average Speed,Elevation Gain,Elevation Loss,Elevation Low,Elevation High,Max Grade,Average Grade,Average Positive Grade,Average Negative Grade,Max Cadence,Average Cadence,Max Heart Rate,Average Heart Rate,Max Watts,Average Watts,Calories,Max Temperature,Average Temperature,Relative Effort,Total Work,Number of Runs,Uphill Time,Downhill Time,Other Time,Perceived Exertion,Type,Start Time,Prefer Perceived Exertion\n"
)

// stravaRow is a line of an export with the columns of head.
func stravaRow(head, date, file, rpe string) string {
	names := strings.Split(strings.TrimSpace(head), ",")
	row := make([]string, len(names))
	row[0], row[1], row[4] = "101", `"`+date+`"`, "\"two\nlines, and a \"\"quote\"\"\""
	for i, n := range names {
		switch n {
		case "Filename", "Dateiname":
			row[i] = file
		case "Perceived Exertion":
			row[i] = rpe
		case "Relative Effort", "Max Heart Rate", "Number of Runs":
			row[i] = "3"
		}
	}
	return strings.Join(row, ",") + "\n"
}

func TestStravasRatings(t *testing.T) {
	for name, head := range map[string]string{"English": stravaEnglish, "German": stravaGerman, "old": stravaOld} {
		data := head +
			stravaRow(head, "Aug 22, 2026, 6:52:17 AM", "activities/1.fit.gz", "6.0") +
			stravaRow(head, "Aug 23, 2026, 6:52:17 AM", "activities/2.fit.gz", "") +
			stravaRow(head, "Aug 24, 2026, 6:52:17 AM", "", "7.0") +
			stravaRow(head, "09.12.2022, 15:24:49", "activities/4.gpx", "8") +
			stravaRow(head, "22 août 2026, 06:52:17", "activities/5.tcx.gz", "1000")
		if !IsStrava([]byte(data)) {
			t.Errorf("%s: not recognised", name)
		}
		got, err := Strava([]byte(data))
		want := []Effort{{"activities/1.fit.gz", "Aug 22, 2026, 6:52:17 AM", 6}, {"activities/4.gpx", "09.12.2022, 15:24:49", 8}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, want)
		}
	}
}

func TestRatingsBecomeCheckIns(t *testing.T) {
	efforts := []Effort{{"activities/1.fit.gz", "22 août 2026, 06:52:17", 6}, {"activities/2.gpx", "Aug 22, 2026, 6:52:17\u202FPM", 7.5}, {"activities/3.gpx", "22 août 2026", 5}}
	start := map[string]time.Time{"activities/1.fit.gz": time.Date(2026, 8, 22, 6, 52, 17, 0, time.UTC)}
	events, warnings, err := Decode(CheckIns(efforts, start))
	if err != nil || len(warnings) > 0 || len(events) != 2 {
		t.Fatal(events, warnings, err)
	}
	for i, want := range []readiness.CheckIn{
		{Run: "2026-08-22T06:52:17Z", Numbers: map[string]float64{"rpe": 6}},
		{Run: "2026-08-22T18:52:17Z", Numbers: map[string]float64{"rpe": 7.5}},
	} {
		if c := events[i].CheckIn; c.Run != want.Run || c.Part != readiness.PartRun || !reflect.DeepEqual(c.Numbers, want.Numbers) {
			t.Errorf("%+v, want %+v", c, want)
		}
	}
}

func TestOtherTablesAreNotStravas(t *testing.T) {
	for _, data := range []string{"", "date,mood\n2026-01-05,4\n", stravaEnglish, strings.Repeat(",", 2000) + "\n", stravaEnglish + strings.Repeat(",", 1<<20), "\"open"} {
		if IsStrava([]byte(data)) {
			t.Errorf("%.40q taken for Strava's", data)
		}
		if _, err := Strava([]byte(data)); err == nil {
			t.Errorf("%.40q: no error", data)
		}
	}
}

// TestAWideRow costs nothing: each of its values would.
func TestAWideRow(t *testing.T) {
	wide := []byte(stravaEnglish + strings.Repeat(",", MaxSize-len(stravaEnglish)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if IsStrava(wide) {
		t.Error("taken for Strava's")
	}
	runtime.ReadMemStats(&after)
	if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 16 {
		t.Errorf("%d MiB", took)
	}
}

func FuzzStrava(f *testing.F) {
	f.Add([]byte(stravaEnglish + stravaRow(stravaEnglish, "Aug 22, 2026, 6:52:17 AM", "activities/1.fit.gz", "6.0")))
	f.Fuzz(func(t *testing.T, data []byte) {
		efforts, err := Strava(data)
		if err != nil && !errors.Is(err, readiness.ErrInvalid) && !errors.Is(err, readiness.ErrIgnored) {
			t.Errorf("an error of no class: %v", err)
		}
		if _, _, err := Decode(CheckIns(efforts, nil)); err != nil {
			t.Errorf("not a check-in: %v", err)
		}
	})
}
