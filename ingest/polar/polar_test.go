package polar

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
)

// older is the form of exportVersion 1 and 2.
const older = `{
  "exportVersion": "1.6", "name": "Laufen", "deviceId": "AAAA0001",
  "startTime": "2024-05-01T08:00:00.250", "stopTime": "2024-05-01T08:00:03.250", "timeZoneOffset": 120,
  "distance": 6595.0, "duration": "PT3.000S",
  "physicalInformationSnapshot": {"dateTime": "2024-05-01T08:00:00.000", "weight, kg": 70.0, "restingHeartRate": 55},
  "exercises": [{
    "startTime": "2024-05-01T08:00:00.250", "stopTime": "2024-05-01T08:00:03.250", "timezoneOffset": 120,
    "sport": "TRAIL_RUNNING", "heartRate": {"min": 95, "avg": 138, "max": 164}, "cadence": {"avg": 88, "max": 125},
    "zones": {"heart_rate": [{"lowerLimit": 94, "higherLimit": 112, "inZone": "PT3S", "zoneIndex": 1}]},
    "samples": {
      "heartRate": [{"dateTime": "2024-05-01T08:00:00.250", "value": 95}, {"dateTime": "2024-05-01T08:00:01.250"}, {"dateTime": "2024-05-01T08:00:02.250", "value": 97}],
      "speed": [{"dateTime": "2024-05-01T08:00:00.250", "value": 9.0}, {"dateTime": "2024-05-01T08:00:01.250", "value": 10.8}],
      "distance": [{"dateTime": "2024-05-01T08:00:01.250", "value": 2.5}],
      "cadence": [{"dateTime": "2024-05-01T08:00:02.250", "value": 88}],
      "power": [{"dateTime": "2024-05-01T08:00:02.250", "value": 250}],
      "recordedRoute": [{"dateTime": "2024-05-01T08:00:01.801", "longitude": 8.5, "latitude": 53.1, "altitude": -5.0}, {"dateTime": "2024-05-01T08:00:02.801", "longitude": 0.0, "latitude": 0.0}]
    }
  }]
}`

// newer is the form without a version.
const newer = `{
  "identifier": {"id": "1"}, "created": "2026-01-03T12:00:00.000", "name": "Running", "deviceId": "AAAA0001",
  "startTime": "2024-05-01T08:00:00.250", "stopTime": "2024-05-01T08:00:03.250", "durationMillis": 3000, "timezoneOffsetMinutes": 120,
  "sport": {"id": "27"}, "product": {"modelName": "Polar Pacer"}, "hrAvg": 96,
  "exercises": [{
    "identifier": {"id": "2"}, "startTime": "2024-05-01T08:00:00.250", "stopTime": "2024-05-01T08:00:03.250", "durationMillis": 3000,
    "sport": {"id": "27"}, "laps": {}, "statistics": {"statistics": [{"type": "STATISTICS_TYPE_HEART_RATE", "avg": 96.0}]},
    "samples": {"samples": [
      {"type": "SAMPLE_TYPE_HEART_RATE", "intervalMillis": 1000, "values": [95.0, NaN, 97.0]},
      {"type": "SPEED", "intervalMillis": 1000, "values": [9.0, 10.8, NaN]},
      {"type": "DISTANCE", "intervalMillis": 1000, "values": [NaN,2.5]},
      {"type": "CADENCE", "intervalMillis": 1000, "values": [NaN,NaN,88.0]},
      {"type": "POWER", "intervalMillis": 1000, "values": [NaN,NaN,250.0]},
      {"type": "TEMPERATURE", "intervalMillis": 1000, "values": [20.0]}
    ]},
    "routes": {"route": {"startTime": "2024-05-01T08:00:01.801", "wayPoints": [
      {"longitude": 8.5, "latitude": 53.1, "altitude": -5.0, "elapsedMillis": 0}, {"longitude": 0.0, "latitude": 0.0, "elapsedMillis": 1000}
    ]}}
  }]
}`

func TestDecode(t *testing.T) {
	start := time.Date(2024, 5, 1, 6, 0, 0, 25e7, time.UTC)
	for name, c := range map[string]struct{ data, title, product string }{"older": {older, "Laufen", ""}, "newer": {newer, "Running", "Polar Pacer"}} {
		if !IsSession([]byte(c.data)) {
			t.Errorf("%s: not recognised", name)
		}
		runs, err := Decode([]byte(c.data))
		if err != nil || len(runs) != 1 {
			t.Fatal(name, len(runs), err)
		}
		r := runs[0]
		if r.Sport != "running" || r.SubSport != "trail" || r.Format != "polar" || r.Title != c.title || r.Part != -1 || r.HRSource != "unknown" {
			t.Errorf("%s: run %+v", name, r)
		}
		if !r.Start.Equal(start) || !r.First.Equal(start) || r.UTCOffset != 7200 || !r.HasUTCOffset {
			t.Errorf("%s: starts %v, first %v, offset %d", name, r.Start, r.First, r.UTCOffset)
		}
		if r.Device != (readiness.Device{Manufacturer: "polar", Product: c.product, Serial: "AAAA0001"}) {
			t.Errorf("%s: device %+v", name, r.Device)
		}
		for what, got := range map[string][]float64{
			"T [0 1 2]": r.T, "HR [95 NaN 97]": r.HR, "speed [2.5 3 NaN]": r.Speed, "distance [NaN 2.5 NaN]": r.Distance, "cadence [NaN NaN 88]": r.Cadence,
			"power [NaN NaN 250]": r.Power, "lat [NaN NaN 53.1]": r.Lat, "lon [NaN NaN 8.5]": r.Lon, "altitude [NaN NaN -5]": r.Altitude,
		} {
			if short := fmt.Sprint(rounded(got)); !strings.HasSuffix(what, short) {
				t.Errorf("%s: %s is %s", name, what, short)
			}
		}
		if r.Warnings != nil {
			t.Errorf("%s: warnings %q", name, r.Warnings)
		}
	}
}

func rounded(c []float64) []string {
	out := make([]string, len(c))
	for i, v := range c {
		out[i] = fmt.Sprintf("%.6g", v)
	}
	return out
}

// doc is a session of one hour; body are its samples.
func doc(body string) string {
	return `{"startTime":"2024-05-01T08:00:00.000","stopTime":"2024-05-01T09:00:00.000","timeZoneOffset":60,"exercises":[{"startTime":"2024-05-01T08:00:00.000","stopTime":"2024-05-01T09:00:00.000","sport":"RUNNING","samples":` + body + `}]}`
}

// list are samples of a heart rate of 140 at the seconds.
func list(seconds ...int) string {
	var out []string
	for _, s := range seconds {
		out = append(out, fmt.Sprintf(`{"dateTime":"%s","value":140}`, local(s)))
	}
	return "[" + strings.Join(out, ",") + "]"
}

func local(second int) string {
	return time.Date(2024, 5, 1, 8, 0, second, 0, time.UTC).Format("2006-01-02T15:04:05.000")
}

// way is a route with a position at the seconds.
func way(seconds ...int) string {
	var out []string
	for i, s := range seconds {
		out = append(out, fmt.Sprintf(`{"dateTime":"%s","latitude":53.%d,"longitude":8.5}`, local(s), i+1))
	}
	return "[" + strings.Join(out, ",") + "]"
}

// TestDialects: what exports write in their own way.
func TestDialects(t *testing.T) {
	for name, data := range map[string]string{
		"byte order mark":    "\xEF\xBB\xBF" + older,
		"packed":             strings.NewReplacer("\n", "", "\": ", "\":").Replace(older),
		"a zone of its own":  strings.ReplaceAll(strings.ReplaceAll(older, `.250"`, `.250+02:00"`), `"timezoneOffset": 120`, `"timezoneOffset": 0`),
		"offset of exercise": strings.Replace(older, `"timeZoneOffset": 120,`, "", 1),
		"offset of session":  strings.Replace(older, `"timezoneOffset": 120,`, "", 1),
		"route beside":       strings.NewReplacer(`"samples": {`, `"recordedRoute": [], "samples": {`).Replace(older),
		"no number":          strings.Replace(older, `"value": 9.0`, `"value": "fast"`, 1),
		"NaN in a name":      strings.Replace(strings.Replace(newer, `"Running"`, `"NaN \" run"`, 1), "\n", "", 1),
		"no streams' order":  strings.Replace(newer, `"values": [95.0, NaN, 97.0]}`, `"values": [95.0, NaN, 97.0]}, {"type":"HEART_RATE","intervalMillis":1000,"values":[1]}`, 1),
	} {
		runs, err := Decode([]byte(data))
		if err != nil || len(runs) != 1 || runs[0].HR[0] != 95 || runs[0].Start.Hour() != 6 {
			t.Errorf("%s: %+v, %v", name, runs, err)
		}
	}
}

// TestTheLocalClock is that of the times themselves where they name their zone. Z
// tells when, not where.
func TestTheLocalClock(t *testing.T) {
	zoned := func(zone, offset string) string {
		text := strings.ReplaceAll(older, `.250"`, `.250`+zone+`"`)
		return strings.NewReplacer(`"timeZoneOffset": 120`, `"timeZoneOffset": `+offset, `"timezoneOffset": 120`, `"timezoneOffset": `+offset).Replace(text)
	}
	for name, c := range map[string]struct {
		data  string
		hour  int
		local string
	}{
		"a zone against the offset": {zoned("+02:00", "0"), 6, "7200 true"},
		"a zone alone":              {zoned("-04:00", "null"), 12, "-14400 true"},
		"Z and an offset":           {zoned("Z", "120"), 8, "7200 true"},
		"Z alone":                   {zoned("Z", "null"), 8, "0 false"},
		"Z and a word":              {zoned("Z", `"CET"`), 8, "0 false"},
	} {
		runs, err := Decode([]byte(c.data))
		if err != nil || len(runs) != 1 {
			t.Errorf("%s: %d runs, %v", name, len(runs), err)
		} else if r := runs[0]; r.Start.Hour() != c.hour || fmt.Sprint(r.UTCOffset, r.HasUTCOffset) != c.local {
			t.Errorf("%s: starts %v, offset %d %v, want %d h and %s", name, r.Start, r.UTCOffset, r.HasUTCOffset, c.hour, c.local)
		}
	}
}

// TestSports: of words in capitals and of numbers.
func TestSports(t *testing.T) {
	for s, want := range map[sport]string{
		"RUNNING": "running ", "1": "running ", "TREADMILL_RUNNING": "running treadmill", "17": "running treadmill", "JOGGING": "running ", "ROAD_RUNNING": "running ",
		"TRACK_AND_FIELD_RUNNING": "running track", "ROAD_BIKING": "cycling ", "2": "cycling ", "INDOOR_CYCLING": "cycling indoor_cycling",
		"POOL_SWIMMING": "swimming lap_swimming", "103": "swimming lap_swimming", "NORDIC_WALKING": "walking ", "HIKING": "hiking ", "STRENGTH_TRAINING": "generic ",
		"15": "generic ", "": "generic ", "999": "generic ",
	} {
		if name, sub := sportOf(s); name+" "+sub != want {
			t.Errorf("%s is %s %s, want %s", s, name, sub, want)
		}
	}
}

// TestASessionWithoutSamples is what Polar summed up, as of a FIT file.
func TestASessionWithoutSamples(t *testing.T) {
	for name, c := range map[string]struct{ data, distance string }{
		"typed in":    {doc(`{}`), "[]"},
		"a treadmill": {strings.Replace(doc(`{}`), `"sport"`, `"distance":4200.5,"sport"`, 1), "[0 4200.5]"},
		"newer":       {strings.Replace(doc(`{"samples":[{"type":"HEART_RATE","intervalMillis":1000,"values":[NaN,NaN]}]}`), `"sport"`, `"distanceMeters":5000,"sport"`, 1), "[0 5000]"},
	} {
		runs, err := Decode([]byte(c.data))
		if err != nil || len(runs) != 1 {
			t.Errorf("%s: %d runs, %v", name, len(runs), err)
			continue
		}
		r := runs[0]
		if fmt.Sprint(r.T, r.HR, r.Distance) != "[0 3600] [] "+c.distance || r.Start.Hour() != 7 || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "summed up") {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestSeveralExercises: one run each, the empty one left out and told.
func TestSeveralExercises(t *testing.T) {
	one := doc(`{"heartRate":` + list(0, 1) + `}`)
	body := one[strings.Index(one, "[{")+1 : len(one)-2]
	three := strings.Replace(one, body, body+`,{"startTime":"2024-05-01T09:00:00.000","sport":"CYCLING"},`+strings.Replace(body, "RUNNING", "CYCLING", 1), 1)
	runs, err := Decode([]byte(three))
	if err != nil || len(runs) != 2 || runs[0].Part != 0 || runs[1].Part != 2 || runs[1].Sport != "cycling" {
		t.Fatalf("%+v, %v", runs, err)
	}
	if says := runs[0].Warnings; !reflect.DeepEqual(says, []string{"exercise 2 left out: neither samples nor an end"}) || runs[1].Warnings != nil {
		t.Errorf("warnings %q and %q", says, runs[1].Warnings)
	}
}

// TestTheRoutesClock goes on in pauses, that of the samples does not.
func TestTheRoutesClock(t *testing.T) {
	samples := `"heartRate":` + list(0, 1, 2, 3, 4, 5, 3600)
	for name, c := range map[string]struct {
		route    string
		want     string // seconds of the positions
		warnings []string
	}{
		"within":                 {way(1, 2, 3, 30, 40), "[1 2 3 30 40]", nil},
		"a pause":                {way(1, 2, 4000, 4001), "[1 2 3]", nil},
		"another zone's clock":   {way(7200, 7201, 7202), "[0 1 2]", nil},
		"longer than the run":    {way(stretch(0, 3700, 9)...), "", []string{"11 positions outside the time of the samples left out"}},
		"years away":             {way(1, 2, 400*86400), "[1 2]", nil},
		"a time nobody can read": {`[{"dateTime":"noon","latitude":53.1,"longitude":8.5}]`, "[0]", nil},
	} {
		runs, err := Decode([]byte(doc(`{` + samples + `,"recordedRoute":` + c.route + `}`)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := runs[0]
		var at []int
		for i, lat := range r.Lat {
			if lat == lat {
				at = append(at, int(r.T[i]))
			}
		}
		if c.want != "" && fmt.Sprint(at) != c.want || !reflect.DeepEqual(r.Warnings, c.warnings) {
			t.Errorf("%s: positions at %v, want %s; warnings %q", name, at, c.want, r.Warnings)
		}
	}
}

func stretch(from, to, step int) (out []int) {
	for s := from; s <= to; s += step {
		out = append(out, s)
	}
	return out
}

func TestRubbish(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want error
		says string
	}{
		"empty":          {"", readiness.ErrIncomplete, "not closed"},
		"half a NaN":     {`{"exercises":[{"samples":{"samples":[{"values":[1,Na`, readiness.ErrIncomplete, "not closed"},
		"broken":         {`{"exercises":]`, readiness.ErrInvalid, "broken JSON"},
		"two documents":  {older + older, readiness.ErrInvalid, "broken JSON"},
		"deep":           {`{"a":` + strings.Repeat("[", 20_000), readiness.ErrInvalid, "depth"},
		"no exercise":    {`{"exercises":[]}`, readiness.ErrIgnored, "without exercises"},
		"no end":         {strings.ReplaceAll(doc(`{}`), "stopTime", "x"), readiness.ErrIgnored, "neither samples nor an end"},
		"ends before":    {strings.ReplaceAll(doc(`{}`), "T09", "T07"), readiness.ErrIgnored, "neither samples nor an end"},
		"a year long":    {strings.ReplaceAll(doc(`{}`), `"2024-05-01T09`, `"2025-05-01T09`), readiness.ErrIgnored, "neither samples nor an end"},
		"no zone":        {strings.Replace(doc(`{"heartRate":`+list(0)+`}`), `"timeZoneOffset":60,`, "", 1), readiness.ErrInvalid, "TCX, GPX or FIT"},
		"absurd zone":    {strings.Replace(doc(`{"heartRate":`+list(0)+`}`), `:60,`, `:6000,`, 1), readiness.ErrInvalid, "TCX, GPX or FIT"},
		"no start":       {strings.ReplaceAll(doc(`{"heartRate":`+list(0)+`}`), `"startTime":"2024`, `"startTime":"abcd`), readiness.ErrInvalid, "start"},
		"no interval":    {doc(`{"samples":[{"type":"HEART_RATE","values":[140,141]}]}`), readiness.ErrInvalid, "no time"},
		"1024":           {strings.ReplaceAll(doc(`{"heartRate":`+list(0)+`}`), "2024", "1024"), readiness.ErrInvalid, "is no time of a watch"},
		"no times":       {doc(`{"heartRate":[{"value":140}]}`), readiness.ErrInvalid, "no time"},
		"too large":      {strings.Repeat(" ", MaxSize+1), readiness.ErrInvalid, "more than"},
		"many exercises": {`{"exercises":[{}` + strings.Repeat(",{}", maxExercises) + `]}`, readiness.ErrInvalid, "exercises"},
		"many samples":   {doc(`{"samples":[{"type":"HEART_RATE","intervalMillis":1,"values":[1` + strings.Repeat(",1", maxSamples) + `]}]}`), readiness.ErrInvalid, "samples"},
	} {
		runs, err := Decode([]byte(c.data))
		if !errors.Is(err, c.want) || runs != nil || !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("%s: %v, want %v saying %q", name, err, c.want, c.says)
		}
	}
	for name, data := range map[string]string{
		"a target":   `{"exportVersion":"1.6","name":"Long run","startTime":"2024-05-01T08:00:00.000","exercises":[{"sport":"RUNNING","phases":[]}]}`,
		"a check-in": `{"date":"2024-05-01","mood":4}`,
		"a list":     `[` + older + `]`,
	} {
		if IsSession([]byte(data)) {
			t.Errorf("%s taken for a session", name)
		}
	}
}

// TestTruncated: every prefix is still arriving.
func TestTruncated(t *testing.T) {
	for name, whole := range map[string]string{"older": older, "newer": newer} {
		for n := range len(whole) {
			if runs, err := Decode([]byte(whole[:n])); !errors.Is(err, readiness.ErrIncomplete) || runs != nil {
				t.Fatalf("%s cut to %d of %d bytes: %v, want incomplete", name, n, len(whole), err)
			}
		}
	}
}

func TestMemory(t *testing.T) {
	point := `{"dateTime":"2024-05-01T08:00:00","latitude":53.1,"longitude":8.5},`
	values := strings.TrimSuffix(strings.Repeat("NaN,1,", maxSamples/2), ",")
	for name, data := range map[string][]byte{
		"older": []byte(doc(`{"recordedRoute":[` + strings.Repeat(point, (MaxSize-1000)/len(point)) + `null]}`)),
		"parts": []byte(`{"exercises":[{}` + strings.Repeat(",{}", (MaxSize-1000)/3) + `]}`),
		"newer": []byte(doc(`{"samples":[` + strings.TrimSuffix(strings.Repeat(`{"type":"HEART_RATE","intervalMillis":1000,"values":[`+values+`]},`, MaxSize/(len(values)+60)-1), ",") + `]}`)),
	} {
		if peak := peakOf(t, data); peak > 256<<20 {
			t.Errorf("%s: %d bytes, peak heap %d MiB", name, len(data), peak>>20)
		}
	}
}

// peakOf returns by how much Decode makes the heap grow.
func peakOf(t *testing.T, data []byte) uint64 {
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	done, peak := make(chan error), before.HeapAlloc
	go func() { _, err := Decode(data); done <- err }()
	for look := time.NewTicker(3 * time.Millisecond); ; {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapAlloc)
		select {
		case err := <-done:
			look.Stop()
			t.Logf("%d bytes, peak heap %d MiB, %v", len(data), (peak-before.HeapAlloc)>>20, err)
			return peak - before.HeapAlloc
		case <-look.C:
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(older))
	f.Add([]byte(newer))
	f.Add([]byte(doc(`{"heartRate":` + list(0, 1) + `,"recordedRoute":` + way(1, 4000) + `}`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		runs, err := Decode(data)
		if (err == nil) != (len(runs) > 0) {
			t.Errorf("%d runs and error %v", len(runs), err)
		}
		if again, _ := Decode(bytes.Clone(data)); fmt.Sprint(again) != fmt.Sprint(runs) {
			t.Errorf("%v, then %v", runs, again)
		}
		for _, r := range runs {
			for _, c := range [][]float64{r.HR, r.Speed, r.Distance, r.Cadence, r.Altitude, r.Lat, r.Lon, r.Power} {
				if c != nil && len(c) != len(r.T) {
					t.Errorf("column of %d values for %d samples", len(c), len(r.T))
				}
			}
		}
	})
}
