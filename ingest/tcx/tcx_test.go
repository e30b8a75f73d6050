package tcx

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
)

const full = `
 <?xml version="1.0" encoding="UTF-8"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2" xmlns:ns3="http://www.garmin.com/xmlschemas/ActivityExtension/v2">
 <Activities><Activity Sport="Running"><Id>2024-05-01T06:00:00Z</Id>
  <Lap StartTime="2024-05-01T06:00:00.000Z"><TotalTimeSeconds>2.0</TotalTimeSeconds><DistanceMeters>6.0</DistanceMeters>
   <Track>
    <Trackpoint><Time>2024-05-01T08:00:00.500+02:00</Time><Position><LatitudeDegrees>45.1</LatitudeDegrees><LongitudeDegrees>9.2</LongitudeDegrees></Position>
     <AltitudeMeters>-3.5</AltitudeMeters><DistanceMeters>0</DistanceMeters><HeartRateBpm xsi:type="x"><Value>151</Value></HeartRateBpm>
     <Extensions><ns3:TPX><ns3:Speed>3.1</ns3:Speed><ns3:RunCadence>84</ns3:RunCadence><ns3:Watts>250</ns3:Watts></ns3:TPX></Extensions></Trackpoint>
    <Trackpoint><Time>2024-05-01T06:00:02.5Z</Time><Position><LatitudeDegrees>45.2</LatitudeDegrees></Position><HeartRateBpm><Value></Value></HeartRateBpm><Cadence>80</Cadence></Trackpoint>
    <Trackpoint><HeartRateBpm><Value>99</Value></HeartRateBpm></Trackpoint>
   </Track></Lap>
  <Notes>hard hills</Notes>
  <Creator xsi:type="Device_t"><Name>Forerunner</Name><UnitId>3923984512</UnitId></Creator>
 </Activity></Activities>
 <Courses><Course><Track><Trackpoint><Time>2024-05-01T06:00:00Z</Time></Trackpoint></Track></Course></Courses>
</TrainingCenterDatabase>`

func TestDecode(t *testing.T) {
	runs, err := Decode([]byte(full))
	if err != nil || len(runs) != 1 {
		t.Fatal(len(runs), err)
	}
	r := runs[0]
	start := time.Date(2024, 5, 1, 6, 0, 0, 5e8, time.UTC)
	if r.Sport != "running" || r.Format != "tcx" || r.Title != "hard hills" || r.Part != -1 || !r.Start.Equal(start) || !r.First.Equal(start) || r.HRSource != "unknown" {
		t.Errorf("run %+v", r)
	}
	if r.Device != (readiness.Device{Product: "Forerunner", Serial: "3923984512"}) {
		t.Errorf("device %+v", r.Device)
	}
	for what, c := range map[string][]float64{"T": r.T, "HR": r.HR, "speed": r.Speed, "cadence": r.Cadence, "altitude": r.Altitude, "lat": r.Lat, "power": r.Power, "distance": r.Distance} {
		want := map[string]string{"T": "[0 2]", "HR": "[151 NaN]", "speed": "[3.1 NaN]", "cadence": "[84 80]", "altitude": "[-3.5 NaN]", "lat": "[45.1 NaN]", "power": "[250 NaN]", "distance": "[0 NaN]"}[what]
		if got := fmt.Sprint(c); got != want {
			t.Errorf("%s %s, want %s", what, got, want)
		}
	}
	if !reflect.DeepEqual(r.Laps, []readiness.Lap{{From: -0.5, To: 1.5, Distance: 6}}) {
		t.Errorf("laps %+v", r.Laps)
	}
	if !reflect.DeepEqual(r.Warnings, []string{"1 points without a time left out"}) {
		t.Errorf("warnings %q", r.Warnings)
	}
}

// doc wraps activities of one sport each.
func doc(bodies ...string) []byte {
	var b bytes.Buffer
	b.WriteString("<TrainingCenterDatabase><Activities>")
	for _, s := range bodies {
		fmt.Fprintf(&b, `<Activity Sport="Biking"><Lap><Track>%s</Track></Lap></Activity>`, s)
	}
	b.WriteString("</Activities></TrainingCenterDatabase>")
	return b.Bytes()
}

func at(time string) string { return "<Trackpoint><Time>" + time + "</Time></Trackpoint>" }

func TestSeveralActivities(t *testing.T) {
	runs, err := Decode(doc(at("2024-05-01T06:00:00Z"), "", at("2024-05-01T08:00:00Z")+at("2044-05-01T08:00:00Z")+at("2024-05-01T08:00:01Z")))
	if err != nil || len(runs) != 2 || runs[0].Part != 0 || runs[1].Part != 2 || runs[1].Sport != "cycling" {
		t.Fatal(runs, err)
	}
	if len(runs[1].T) != 2 || len(runs[1].Warnings) != 1 {
		t.Errorf("stray point kept: %v %q", runs[1].T, runs[1].Warnings)
	}
	multi := `<TrainingCenterDatabase><Activities><MultiSportSession><Id/><FirstSport><Activity Sport="Running"><Lap><Track>` + at("2024-05-01T06:00:00Z") +
		`</Track></Lap></Activity></FirstSport><NextSport><Activity Sport="Other"><Lap><Track>` + at("2024-05-01T07:00:00Z") + `</Track></Lap></Activity></NextSport></MultiSportSession></Activities></TrainingCenterDatabase>`
	if runs, err = Decode([]byte(multi)); err != nil || len(runs) != 2 || runs[0].Sport != "running" || runs[1].Sport != "generic" {
		t.Error(runs, err)
	}
}

// TestDialects: elements that exporters write in their own way.
func TestDialects(t *testing.T) {
	heart := `<Trackpoint><Time>2024-05-01t06:00:00z</Time><Position><LatitudeDegrees>0</LatitudeDegrees><LongitudeDegrees>0.0</LongitudeDegrees></Position>%s</Trackpoint>`
	for name, data := range map[string]string{
		"UTF-16 in name":   strings.Replace(strings.TrimSpace(full), "UTF-8", "utf-16", 1),
		"document type":    "<!DOCTYPE TrainingCenterDatabase>" + full[strings.Index(full, "<Tr"):],
		"prefix":           `<g:TrainingCenterDatabase xmlns:g="x"><g:Activities><g:Activity Sport="Running"><g:Lap><g:Track><g:Trackpoint><g:Time>2024-05-01T06:00:00Z</g:Time><g:HeartRateBpm><g:Value>151</g:Value></g:HeartRateBpm></g:Trackpoint></g:Track></g:Lap></g:Activity></g:Activities></g:TrainingCenterDatabase>`,
		"plain heart rate": string(doc(fmt.Sprintf(heart, "<HeartRateBpm> 151 </HeartRateBpm>"))),
		"no track":         strings.NewReplacer("<Track>", "", "</Track>", "").Replace(string(doc(fmt.Sprintf(heart, "<HeartRateBpm><Value>151</Value></HeartRateBpm>")))),
		"neither":          strings.NewReplacer("<Track>", "", "</Track>", "", "<Lap>", "", "</Lap>", "").Replace(string(doc(fmt.Sprintf(heart, "<HeartRateBpm><Value>151</Value></HeartRateBpm>")))),
		"no lap":           strings.NewReplacer("<Lap>", "", "</Lap>", "").Replace(string(doc(fmt.Sprintf(heart, "<HeartRateBpm><Value>151</Value></HeartRateBpm>")))),
	} {
		runs, err := Decode([]byte(data))
		if err != nil || len(runs) != 1 || runs[0].HR[0] != 151 {
			t.Errorf("%s: %+v, %v", name, runs, err)
		}
		if strings.Contains(name, "lap") && runs[0].Lat != nil {
			t.Errorf("%s: a position at 0,0", name)
		}
	}
}

// TestExtensions: what a point says beside the format's own elements, as
// exporters of many makers write it.
func TestExtensions(t *testing.T) {
	for name, c := range map[string]struct {
		inside string
		want   string // heart rate, speed, cadence, power
	}{
		"Garmin":             {`<Extensions><ns3:TPX><ns3:Speed>3.1</ns3:Speed><ns3:RunCadence>84</ns3:RunCadence><ns3:Watts>250</ns3:Watts></ns3:TPX></Extensions>`, "[NaN 3.1 84 250]"},
		"TPX with its own":   {`<Extensions><TPX xmlns="http://www.garmin.com/xmlschemas/ActivityExtension/v2" CadenceSensor="Footpod"><Speed>3.1</Speed><RunCadence>84</RunCadence></TPX></Extensions>`, "[NaN 3.1 84 NaN]"},
		"undeclared prefix":  {`<Extensions><ax:TPX><ax:Watts>250</ax:Watts></ax:TPX></Extensions>`, "[NaN NaN NaN 250]"},
		"without TPX":        {`<Extensions><Speed>3.1</Speed><Watts>250</Watts></Extensions>`, "[NaN 3.1 NaN 250]"},
		"wrapped otherwise":  {`<extensions><tpx:Extension><tpx:HeartRateBpm><tpx:Value>151</tpx:Value></tpx:HeartRateBpm></tpx:Extension></extensions>`, "[151 NaN NaN NaN]"},
		"heart rate of GPX":  {`<Extensions><gpxtpx:TrackPointExtension><gpxtpx:hr>151</gpxtpx:hr></gpxtpx:TrackPointExtension></Extensions>`, "[151 NaN NaN NaN]"},
		"own element first":  {`<HeartRateBpm><Value>151</Value></HeartRateBpm><Extensions><HeartRate>99</HeartRate></Extensions>`, "[151 NaN NaN NaN]"},
		"cadence twice":      {`<Cadence>80</Cadence><Extensions><TPX><RunCadence>84</RunCadence></TPX></Extensions>`, "[NaN NaN 84 NaN]"},
		"two extensions":     {`<Extensions><LX/></Extensions><Extensions><TPX><Speed>3.1</Speed></TPX></Extensions>`, "[NaN 3.1 NaN NaN]"},
		"nothing measured":   {`<HeartRateBpm><Value/></HeartRateBpm><Extensions><TPX><Speed></Speed><Watts>NaN</Watts></TPX></Extensions>`, "[NaN NaN NaN NaN]"},
		"an average is none": {`<Extensions><LX><AvgSpeed>9</AvgSpeed><AvgWatts>9</AvgWatts></LX></Extensions>`, "[NaN NaN NaN NaN]"},
	} {
		runs, err := Decode(doc("<Trackpoint><Time>2024-05-01T06:00:00Z</Time>" + c.inside + "</Trackpoint>"))
		if err != nil || len(runs) != 1 {
			t.Errorf("%s: %+v, %v", name, runs, err)
			continue
		}
		var got []float64
		for _, c := range [][]float64{runs[0].HR, runs[0].Speed, runs[0].Cadence, runs[0].Power} {
			got = append(got, append(c, math.NaN())[0])
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

// TestALegOfALongerRecording: points that count on from what was before it start
// at 0 where the laps say so; whatever else the points say stays as it is.
func TestALegOfALongerRecording(t *testing.T) {
	for name, c := range map[string]struct {
		laps, points []string
		want         string
	}{
		"a leg":                {[]string{"132.35"}, []string{"40330.828", "40400", "40463.180"}, "[0 69.17 132.35]"},
		"two laps":             {[]string{"100", "32.35"}, []string{"40330.83", "", "40463.18"}, "[0 NaN 132.35]"},
		"its start unmeasured": {[]string{"299.03"}, []string{"", "42013.9", "42292.94"}, "[NaN 19.99 299.03]"},
		"a long leg":           {[]string{"40000"}, []string{"1500", "41500"}, "[0 40000]"},
		"a first step":         {[]string{"1000"}, []string{"12.5", "1000"}, "[12.5 1000]"},
		"cut by hand":          {[]string{"18000"}, []string{"500", "1200"}, "[500 1200]"},
		"more than the laps":   {[]string{"1000"}, []string{"0", "1900"}, "[0 1900]"},
		"a lap says nothing":   {[]string{"132.35", ""}, []string{"40330.83", "40463.18"}, "[40330.83 40463.18]"},
		"laps of nothing":      {[]string{"0"}, []string{"400", "900"}, "[400 900]"},
	} {
		var doc strings.Builder
		doc.WriteString(`<TrainingCenterDatabase><Activities><Activity Sport="Running">`)
		for i, metres := range c.laps {
			fmt.Fprintf(&doc, `<Lap StartTime="2024-05-01T06:0%d:00Z"><TotalTimeSeconds>60</TotalTimeSeconds><DistanceMeters>%s</DistanceMeters></Lap>`, i, metres)
		}
		doc.WriteString("<Track>")
		for i, metres := range c.points {
			fmt.Fprintf(&doc, "<Trackpoint><Time>2024-05-01T06:00:%02dZ</Time><DistanceMeters>%s</DistanceMeters></Trackpoint>", i, metres)
		}
		doc.WriteString("</Track></Activity></Activities></TrainingCenterDatabase>")
		runs, err := Decode([]byte(doc.String()))
		if err != nil || len(runs) != 1 || fmt.Sprint(runs[0].Distance) != c.want {
			t.Errorf("%s: %+v, %v, want %s", name, runs, err, c.want)
		}
	}
}

// TestAltitudes: what no place has is none; a zero is one, wherever it stands.
func TestAltitudes(t *testing.T) {
	for in, want := range map[string]string{
		"0 0 310 0 -1 312": "[0 0 310 0 -1 312]",
		"300 x 0 301":      "[300 NaN 0 301]",
		"300 -20000 99999": "[300 NaN NaN]",
	} {
		var doc strings.Builder
		doc.WriteString("<TrainingCenterDatabase><Activities><Activity><Track>")
		for i, v := range strings.Fields(in) {
			fmt.Fprintf(&doc, "<Trackpoint><Time>2024-05-01T06:00:0%dZ</Time><AltitudeMeters>%s</AltitudeMeters></Trackpoint>", i, v)
		}
		doc.WriteString("</Track></Activity></Activities></TrainingCenterDatabase>")
		runs, err := Decode([]byte(doc.String()))
		if err != nil || len(runs) != 1 || fmt.Sprint(runs[0].Altitude) != want {
			t.Errorf("%s: %+v, %v, want %s", in, runs, err, want)
		}
	}
}

// TestLapsOnly: a session typed in by hand, or of a watch without a sensor, is a
// run of what its laps say.
func TestLapsOnly(t *testing.T) {
	lap := func(start, seconds, metres string) string {
		return `<Lap StartTime="` + start + `"><TotalTimeSeconds>` + seconds + `</TotalTimeSeconds><DistanceMeters>` + metres +
			`</DistanceMeters><Calories>300</Calories><AverageHeartRateBpm><Value>140</Value></AverageHeartRateBpm><Intensity>Active</Intensity><TriggerMethod>Manual</TriggerMethod></Lap>`
	}
	activity := func(laps ...string) []byte {
		return []byte(`<TrainingCenterDatabase><Activities><Activity Sport="Running"><Id>2024-05-01T06:00:00Z</Id>` + strings.Join(laps, "") +
			`<Notes>treadmill</Notes></Activity></Activities></TrainingCenterDatabase>`)
	}
	untimed := strings.Replace(lap("2024-05-01T06:00:00Z", "1800", "5000"), "</Lap>", "<Track><Trackpoint><HeartRateBpm><Value>140</Value></HeartRateBpm></Trackpoint></Track></Lap>", 1)
	for name, c := range map[string]struct {
		data              []byte
		elapsed, distance float64
		laps, warnings    int
		start             string
	}{
		"one":                {activity(lap("2024-05-01T06:00:00Z", "1800.5", "5000")), 1800.5, 5000, 1, 1, "06:00:00"},
		"two and a break":    {activity(lap("2024-05-01T06:00:00Z", "1800", "5000"), lap("2024-05-01T06:40:00Z", "600", "1500.5")), 3000, 6500.5, 2, 1, "06:00:00"},
		"without a distance": {activity(lap("2024-05-01T06:00:00Z", "1800", "0.0")), 1800, -1, 1, 1, "06:00:00"},
		"points untimed":     {activity(untimed), 1800, 5000, 1, 2, "06:00:00"},
	} {
		runs, err := Decode(c.data)
		if err != nil || len(runs) != 1 {
			t.Errorf("%s: %+v, %v", name, runs, err)
			continue
		}
		r := &runs[0]
		trace, err := readiness.Observe(r)
		if err != nil {
			t.Fatal(err)
		}
		distance := -1.0
		if trace.DistanceM != nil {
			distance = *trace.DistanceM
		}
		if trace.ElapsedS != c.elapsed || distance != c.distance || !trace.Coarse || len(r.Laps) != c.laps || len(r.Warnings) != c.warnings {
			t.Errorf("%s: %g s, %g m, coarse %v, %d laps, warnings %q", name, trace.ElapsedS, distance, trace.Coarse, len(r.Laps), r.Warnings)
		}
		if r.HR != nil || r.Sport != "running" || r.Title != "treadmill" || r.Start.Format("15:04:05") != c.start {
			t.Errorf("%s: %+v", name, r)
		}
	}
	for name, data := range map[string][]byte{
		"no time passed": activity(lap("2024-05-01T06:00:00Z", "0", "0")),
		"no date":        activity(lap("", "1800", "5000")),
		"a year":         activity(lap("2024-05-01T06:00:00Z", "31536000", "5000")),
		"endless":        activity(lap("2024-05-01T06:00:00Z", "1e300", "5000")),
	} {
		if runs, err := Decode(data); !errors.Is(err, readiness.ErrIgnored) {
			t.Errorf("%s: %+v, %v, want ignored", name, runs, err)
		}
	}
}

// TestTimes: every writing of a time that has one meaning.
// TestClockNeverSet: times of before 2000 say how long where there are no others.
func TestClockNeverSet(t *testing.T) {
	old := at("1989-12-31T00:00:10Z") + at("1989-12-31T00:01:10Z")
	runs, err := Decode(doc(old))
	if err != nil || !slices.Equal(runs[0].T, []float64{0, 60}) || runs[0].First.Year() != 1989 || len(runs[0].Warnings) != 0 {
		t.Errorf("%+v, %v", runs, err)
	}
	runs, err = Decode(doc(old + at("2024-05-01T06:00:00Z")))
	if err != nil || len(runs[0].T) != 1 || runs[0].First.Year() != 2024 || !slices.Equal(runs[0].Warnings, []string{"2 points dated before 2000 left out"}) {
		t.Errorf("set on the way: %+v, %v", runs, err)
	}
}

func TestTimes(t *testing.T) {
	for s, want := range map[string]string{
		"2024-05-01T06:00:00Z":        "06:00:00",
		" 2024-05-01T06:00:00.250Z\n": "06:00:00.25",
		"2024-05-01t06:00:00z":        "06:00:00",
		"2024-05-01T08:00:00+02:00":   "06:00:00",
		"2024-05-01T08:00:00.5+0200":  "06:00:00.5",
		"2024-05-01T08:00:00+02":      "06:00:00",
		"2024-05-01T06:00:00":         "06:00:00",
		"2024-05-01T06:00Z":           "06:00:00",
		"2024-05-01 06:00:00":         "06:00:00",
		"2024-05-01 06:00:00 UTC":     "06:00:00",
		"2024-05-01 06:00:00 +0000":   "06:00:00",
		"2024-05-01T06:00:00.000UTC":  "06:00:00",
		"2024-05-01 06:00:00 GMT":     "06:00:00",
		"2024/05/01 06:00:00":         "06:00:00",
		"2024-5-1T6:0:0Z":             "06:00:00",
		"20240501T060000Z":            "06:00:00",
		"05/01/2024 06:00:00":         "", // the first of May, or the fifth of January?
		"1 May 2024":                  "",
		"noon":                        "",
		"2024-05-01":                  "",
		"2024-13-01T06:00:00Z":        "",
	} {
		at, ok := parseTime(s)
		got := ""
		if ok {
			got = at.Format("15:04:05.999")
			if at.Format("2006-01-02") != "2024-05-01" {
				t.Errorf("%q: %s", s, at)
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// TestLetters: a title as it is or by an entity of HTML, whole and cut anywhere.
func TestLetters(t *testing.T) {
	for _, letter := range []string{"ä", "&auml;"} {
		data := []byte(`<TrainingCenterDatabase><Activities><Activity Sport="Running"><Notes>M` + letter + `rz &amp; more</Notes><Track>` + at("2024-05-01T06:00:00Z") + `</Track></Activity></Activities></TrainingCenterDatabase>`)
		runs, err := Decode(data)
		if err != nil || len(runs) != 1 || runs[0].Title != "März & more" {
			t.Errorf("%s: %+v, %v", letter, runs, err)
		}
		for _, n := range offsets(len(data) - 1) {
			if _, err := Decode(data[:n]); !errors.Is(err, readiness.ErrIncomplete) {
				t.Fatalf("%s cut to %d bytes: %v, want incomplete", letter, n, err)
			}
		}
	}
}

// TestNumbersAndTimesOfOtherTongues: a decimal comma, and a blank before the hour.
func TestNumbersAndTimesOfOtherTongues(t *testing.T) {
	runs, err := Decode(doc(`<Trackpoint><Time>2024-05-01 06:00:00,5Z</Time><Position><LatitudeDegrees>45,5</LatitudeDegrees><LongitudeDegrees>-9,25</LongitudeDegrees></Position><DistanceMeters>12,5</DistanceMeters><HeartRateBpm><Value>151,0</Value></HeartRateBpm></Trackpoint>`))
	if err != nil {
		t.Fatal(err)
	}
	r := runs[0]
	if r.Start.Nanosecond() != 5e8 || r.Lat == nil || r.Lat[0] != 45.5 || r.Lon[0] != -9.25 || r.Distance[0] != 12.5 || r.HR[0] != 151 {
		t.Errorf("%+v", r)
	}
}

func TestRubbish(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want error
		says string
	}{
		"empty":         {"", readiness.ErrIncomplete, "not closed"},
		"entity bomb":   {`<!DOCTYPE x [<!ENTITY a "b">]>` + full, readiness.ErrInvalid, "DTD"},
		"entity":        {string(doc(at("&x;"))), readiness.ErrInvalid, "entity"},
		"other root":    {"<gpx></gpx>", readiness.ErrInvalid, "<gpx>"},
		"deep":          {"<TrainingCenterDatabase>" + strings.Repeat("<a>", 5000), readiness.ErrInvalid, "nested"},
		"deep in point": {string(doc("<Trackpoint>" + strings.Repeat("<Extensions>", 5000))), readiness.ErrInvalid, "nested"},
		"mismatch":      {"<TrainingCenterDatabase><a></TrainingCenterDatabase>", readiness.ErrInvalid, "closed by"},
		"course":        {"<TrainingCenterDatabase><Courses/></TrainingCenterDatabase>", readiness.ErrIgnored, "no activity"},
		"no points":     {string(doc("")), readiness.ErrIgnored, "no samples"},
		"no clock's":    {string(doc(at("0001-01-01T00:00:00Z"))), readiness.ErrInvalid, "0001-01-01T00:00:00Z"},
		"bad times":     {string(doc(at("noon"))), readiness.ErrInvalid, "time"},
		"too large":     {strings.Repeat(" ", MaxSize+1), readiness.ErrInvalid, "more than"},
		"many points":   {string(doc(strings.Repeat("<Trackpoint/>", maxPoints+1))), readiness.ErrInvalid, "points"},
	} {
		runs, err := Decode([]byte(c.data))
		if !errors.Is(err, c.want) || runs != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v saying %q", name, err, c.want, c.says)
		}
	}
}

// offsets returns where a file of n bytes is cut: everywhere when it is small,
// else at places that cost the same for every file.
func offsets(n int) []int {
	bytes := 2_000_000
	if testing.Short() {
		bytes = 200_000
	}
	step := max(1, n/max(8, 2*bytes/max(1, n)))
	var out []int
	for at := 0; at < n; at += step {
		out = append(out, at)
	}
	return append(out, n-1)
}

// TestTruncated: up to the end of the root every prefix is still arriving.
func TestTruncated(t *testing.T) {
	files := map[string][]byte{"full": []byte(full)}
	dir, rows := corpus(t)
	for _, r := range rows {
		files[r.Path] = readFile(t, filepath.Join(dir, r.Path))
	}
	for name, data := range files {
		for _, n := range offsets(bytes.LastIndexByte(data, '>')) {
			if runs, err := Decode(data[:n]); !errors.Is(err, readiness.ErrIncomplete) || runs != nil {
				t.Fatalf("%s cut to %d of %d bytes: %v, want incomplete", name, n, len(data), err)
			}
		}
	}
}

func TestMemory(t *testing.T) {
	one := full[strings.Index(full, "<Trackpoint>") : strings.Index(full, "</Trackpoint>")+len("</Trackpoint>")]
	data := doc(strings.Repeat(one, (MaxSize-1000)/len(one)))
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	done, peak := make(chan error), uint64(0)
	go func() { _, err := Decode(data); done <- err }()
	for look := time.NewTicker(3 * time.Millisecond); ; {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapAlloc)
		select {
		case err := <-done:
			look.Stop()
			t.Logf("%d bytes, peak heap %d MiB", len(data), (peak-before.HeapAlloc)>>20)
			if err != nil || peak-before.HeapAlloc > 256<<20 {
				t.Errorf("%d MiB, %v", (peak-before.HeapAlloc)>>20, err)
			}
			return
		case <-look.C:
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(full))
	f.Add(doc(at("2024-05-01T06:00:00Z"), at("")))
	dir, rows := corpus(f)
	for _, r := range rows {
		if b := readFile(f, filepath.Join(dir, r.Path)); len(b) < 16<<10 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		runs, err := Decode(data)
		if (err == nil) != (len(runs) > 0) {
			t.Errorf("%d runs and error %v", len(runs), err)
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
