package gpx

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	gpxgo "github.com/tkrajina/gpxgo/gpx"

	"afterrun/readiness"
)

// watchFiles returns the GPX files that every machine has: gpxgo's test data
// in the module cache.
func watchFiles(t testing.TB) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tkrajina/gpxgo").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "test_files", "*.gpx"))
	if err != nil || len(files) < 8 {
		t.Fatalf("only %d GPX files in the module cache: %v", len(files), err)
	}
	return files
}

func everyFile(t testing.TB) []string {
	files := watchFiles(t)
	dir, rows := corpus(t)
	for _, r := range rows {
		files = append(files, filepath.Join(dir, r.Path))
	}
	return files
}

// expected reports whether the error is one that callers know what to do with.
func expected(err error) bool {
	return errors.Is(err, readiness.ErrInvalid) || errors.Is(err, readiness.ErrIgnored) || errors.Is(err, readiness.ErrIncomplete)
}

// check asserts what holds for every input.
func check(t testing.TB, name string, runs []readiness.Run, err error) {
	t.Helper()
	if err != nil {
		if len(runs) > 0 || !expected(err) {
			t.Errorf("%s: %d runs and error %v", name, len(runs), err)
		}
		return
	}
	if len(runs) == 0 {
		t.Errorf("%s: neither runs nor an error", name)
	}
	for _, r := range runs {
		if len(r.T) == 0 || r.T[0] != 0 || !readiness.Recordable(r.Start) || r.Format != "gpx" || r.Sport == "" {
			t.Errorf("%s: %d samples from %v, sport %q", name, len(r.T), r.Start, r.Sport)
		}
		for _, c := range [][]float64{r.HR, r.Speed, r.Distance, r.Cadence, r.Altitude, r.Lat, r.Lon, r.Power} {
			checkColumn(t, name, c, len(r.T))
		}
		for _, s := range r.Segments {
			if s <= 0 || s >= len(r.T) {
				t.Errorf("%s: segment at %d of %d", name, s, len(r.T))
			}
		}
	}
}

func checkColumn(t testing.TB, name string, c []float64, n int) {
	t.Helper()
	if c != nil && len(c) != n {
		t.Errorf("%s: column of %d values for %d samples", name, len(c), n)
	}
	for _, v := range c {
		if math.IsInf(v, 0) {
			t.Errorf("%s: infinite value", name)
		}
	}
}

// TestWatchFiles compares the module cache's files with gpxgo's own reading:
// where gpxgo is right, its points are ours.
func TestWatchFiles(t *testing.T) {
	read := 0
	for _, f := range watchFiles(t) {
		data := readFile(t, f)
		runs, err := Decode(data)
		check(t, f, runs, err)
		if err != nil {
			continue
		}
		g, err := gpxgo.ParseBytes(data)
		if err != nil {
			t.Errorf("%s: gpxgo: %v", f, err)
			continue
		}
		want, got := 0, 0
		for _, tr := range g.Tracks {
			for _, s := range tr.Segments {
				for _, p := range s.Points {
					if readiness.Recordable(p.Timestamp) {
						want++
					}
				}
			}
		}
		for _, r := range runs {
			got += len(r.T)
		}
		if got != want {
			t.Errorf("%s: %d samples, gpxgo has %d points with times", f, got, want)
		}
		read++
	}
	if read < 5 {
		t.Errorf("only %d files were read", read)
	}
}

// doc wraps points into a document.
func doc(version, points string) []byte {
	return fmt.Appendf(nil, `<?xml version="1.0"?><gpx version=%q creator="x" xmlns:a="http://www.garmin.com/xmlschemas/TrackPointExtension/v1"><trk><trkseg>%s</trkseg></trk></gpx>`, version, points)
}

func point(time, inside string) string {
	return `<trkpt lat="45.1" lon="9.2"><time>` + time + `</time>` + inside + `</trkpt>`
}

func TestHeartRateDialects(t *testing.T) {
	for name, ext := range map[string]string{
		"garmin":            `<extensions><a:TrackPointExtension><a:atemp>20</a:atemp><a:hr>151</a:hr><a:cad>80</a:cad></a:TrackPointExtension></extensions>`,
		"cluetrust":         `<extensions><gpxdata:hr>151</gpxdata:hr><gpxdata:cadence>80</gpxdata:cadence></extensions>`,
		"plain":             `<extensions><hr>151</hr><cad>80</cad></extensions>`,
		"twice":             `<extensions><gpxdata:hr>151</gpxdata:hr><a:TrackPointExtension><a:hr>151</a:hr><a:cad>80</a:cad></a:TrackPointExtension></extensions>`,
		"spaces":            "<extensions>\n <ns3:TrackPointExtension>\n <ns3:hr> 151 </ns3:hr>\n<ns3:cad>80</ns3:cad></ns3:TrackPointExtension></extensions>",
		"beside extensions": `<hr>151</hr><cad>80</cad>`,
		"wrapped":           `<extensions><x:HeartRateBpm><x:Value>151</x:Value></x:HeartRateBpm><RunCadence>80</RunCadence></extensions>`,
		"long names":        `<extensions><heart_rate>151</heart_rate><Cadence>80</Cadence></extensions>`,
		"decimal comma":     `<extensions><hr>151,0</hr><cad>80,0</cad></extensions>`,
		"zero and value":    `<extensions><gpxdata:hr>0</gpxdata:hr><a:TrackPointExtension><a:hr>151</a:hr></a:TrackPointExtension><cad>80</cad></extensions>`,
		"two wrappers":      `<extensions><gpxtpx:TrackPointExtension xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2"><gpxtpx:hr>151</gpxtpx:hr><gpxtpx:speed>3</gpxtpx:speed></gpxtpx:TrackPointExtension><gpxdata:cadence>80</gpxdata:cadence><opentracks:accuracy_horizontal>9.7</opentracks:accuracy_horizontal></extensions>`,
		"twice extensions":  `<extensions><hr>151</hr></extensions><extensions><cad>80</cad></extensions>`,
		"bpm":               `<extensions><bpm>151</bpm><cadence>80</cadence></extensions>`,
		"capital letters":   `<Extensions><HeartRate>151</HeartRate><Cadence>80</Cadence></Extensions>`,
		"in their place":    `<gpxtpx:TrackPointExtension><gpxtpx:hr>151</gpxtpx:hr><gpxtpx:cad>80</gpxtpx:cad></gpxtpx:TrackPointExtension>`,
		"camel case":        `<extensions><g:heartRateBpm>151</g:heartRateBpm><g:runCadence>80</g:runCadence></extensions>`,
		"an average before": `<extensions><avghr>99</avghr><hr>151</hr><cad>80</cad></extensions>`,
		"zero before":       `<extensions><hr></hr><a:TrackPointExtension><a:hr>151</a:hr></a:TrackPointExtension><cad>80</cad></extensions>`,
	} {
		for _, version := range []string{"1.0", "1.1"} {
			runs, err := Decode(doc(version, point("2024-05-01T06:00:00Z", ext)))
			if err != nil || runs[0].HR == nil || runs[0].HR[0] != 151 || runs[0].Cadence[0] != 80 {
				t.Errorf("%s in GPX %s: %+v, %v", name, version, runs, err)
			}
		}
	}
}

// TestNumbersOfOtherTongues: a decimal comma is a comma; what is no number is
// missing and costs nothing else.
func TestNumbersOfOtherTongues(t *testing.T) {
	runs, err := Decode(doc("1.1", `<trkpt lat="45,5" lon="-9,25"><ele>12,5</ele><time>2024-05-01T06:00:00Z</time></trkpt>`+
		point("2024-05-01T06:00:01Z", "<ele>--</ele>")+point("2024-05-01T06:00:02Z", "<ele></ele>")+point("2024-05-01T06:00:03Z", "<ele>1,234,5</ele>")))
	if err != nil {
		t.Fatal(err)
	}
	r := runs[0]
	if r.Lat[0] != 45.5 || r.Lon[0] != -9.25 || fmt.Sprint(r.Altitude) != "[12.5 NaN NaN NaN]" {
		t.Errorf("at %v %v, altitude %v", r.Lat, r.Lon, r.Altitude)
	}
}

func TestTimes(t *testing.T) {
	want := time.Date(2024, 5, 1, 6, 0, 0, 0, time.UTC)
	for in, shift := range map[string]time.Duration{
		"2024-05-01T06:00:00Z":           0,
		"2024-05-01T06:00:00.250Z":       250 * time.Millisecond,
		"2024-05-01T08:00:00+02:00":      0,
		"2024-05-01T08:00:00.5+02:00":    500 * time.Millisecond,
		"2024-05-01T04:45:00.125-01:15":  125 * time.Millisecond,
		"2024-05-01T08:00:00+0200":       0,
		"2024-05-01 06:00:00":            0,
		" 2024-05-01T06:00:00 ":          0,
		"2024-05-01T06:00:00.123456789Z": 123456789,
		"2024-05-01T06:00Z":              0,
		"2024-05-01t06:00:00,5z":         500 * time.Millisecond,
		"2024-05-01 06:00:00 UTC":        0,
		"2024-05-01T06:00:00.000UTC":     0,
		"2024-05-01 08:00:00 +0200":      0,
		"2024-05-01T08:00:00+02":         0,
		"2024/05/01 06:00:00":            0,
		"2024-5-1T6:00:0Z":               0,
		"20240501T060000Z":               0,
	} {
		runs, err := Decode(doc("1.1", point(in, "")))
		if err != nil || !runs[0].Start.Equal(want.Add(shift)) {
			t.Errorf("%q: %v %v, want %v", in, runs, err, want.Add(shift))
		}
	}
}

// TestTimesOfTwoMeanings: nobody knows the day from the month.
func TestTimesOfTwoMeanings(t *testing.T) {
	for _, in := range []string{"05/01/2024 06:00:00", "01.05.2024 06:00:00", "1 May 2024", "2024-05-01", "2024-13-01T06:00:00Z"} {
		if runs, err := Decode(doc("1.1", point(in, ""))); !errors.Is(err, readiness.ErrInvalid) || !strings.Contains(err.Error(), in) {
			t.Errorf("%q: %v %v, want invalid naming it", in, runs, err)
		}
	}
}

// TestDistances: what counts on is a distance; what tells the step from the point
// before is none, and the positions are measured.
func TestDistances(t *testing.T) {
	for name, c := range map[string]struct {
		values []string
		want   string
	}{
		"counting on":    {[]string{"0", "3", "6", "6", "9"}, "[0 3 6 6 9]"},
		"anew a segment": {[]string{"0", "30", "60", "0", "30"}, "[0 30 60 0 30]"},
		"steps":          {[]string{"0", "3", "2.5", "3.5", "3", "2", "0"}, "[]"},
		"one point":      {[]string{"12"}, "[12]"},
	} {
		var points strings.Builder
		for i, v := range c.values {
			points.WriteString(point(fmt.Sprintf("2024-05-01T06:00:%02dZ", i), "<extensions><gpxdata:distance>"+v+"</gpxdata:distance></extensions>"))
		}
		runs, err := Decode(doc("1.1", points.String()))
		if err != nil || fmt.Sprint(runs[0].Distance) != c.want {
			t.Errorf("%s: %v, %v, want %s", name, runs, err, c.want)
		}
	}
}

func TestPositions(t *testing.T) {
	points := `<trkpt lat="45" lon="9"><time>2024-05-01T06:00:00Z</time></trkpt>` +
		`<trkpt><time>2024-05-01T06:00:01Z</time></trkpt>` +
		`<trkpt lat="undefined" lon="9"><time>2024-05-01T06:00:02Z</time></trkpt>` +
		`<trkpt lat="91" lon="9"><time>2024-05-01T06:00:03Z</time></trkpt>` +
		`<trkpt lat="NaN" lon="9"><time>2024-05-01T06:00:04Z</time></trkpt>` +
		`<trkpt lat="0.0" lon="0"><time>2024-05-01T06:00:05Z</time></trkpt>` +
		`<trkpt lat="0" lon="9"><time>2024-05-01T06:00:06Z</time></trkpt>`
	runs, err := Decode(doc("1.1", points))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{45, math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), 0} {
		if got := runs[0].Lat[i]; got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("point %d at latitude %g, want %g", i, got, want)
		}
	}
	if len(runs[0].Warnings) != 1 || !strings.HasPrefix(runs[0].Warnings[0], "5 points without") {
		t.Errorf("warnings %q", runs[0].Warnings)
	}
}

func TestTracksAndSegments(t *testing.T) {
	seg := func(minute int, n int) string {
		var b strings.Builder
		b.WriteString("<trkseg>")
		for i := range n {
			b.WriteString(point(fmt.Sprintf("2024-05-01T06:%02d:%02dZ", minute+i/60, i%60), ""))
		}
		return b.String() + "</trkseg>"
	}
	data := `<gpx><wpt lat="1" lon="1"/><rte><rtept lat="1" lon="2"/></rte>` +
		`<trk><type>walking</type>` + seg(0, 3) + `<trkseg/>` + seg(1, 2) + `</trk>` +
		`<trk><name>no times</name><trkseg><trkpt lat="1" lon="1"/></trkseg></trk>` +
		`<trk><type>9</type>` + seg(5, batch+1) + `</trk></gpx>`
	runs, err := Decode([]byte(data))
	if err != nil || len(runs) != 2 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	if r := runs[0]; r.Part != 0 || r.Sport != "walking" || len(r.T) != 5 || len(r.Segments) != 1 || r.Segments[0] != 3 {
		t.Errorf("first run: %+v", r)
	}
	if r := runs[1]; r.Part != 2 || r.Sport != "running" || len(r.T) != batch+1 || r.Segments != nil || r.T[batch] != batch {
		t.Errorf("last run: part %d, %s, %d samples", r.Part, r.Sport, len(r.T))
	}
}

// TestSegmentsOutOfOrder: a track whose later part stands first is the same run;
// segments that overlap stay as they are.
func TestSegmentsOutOfOrder(t *testing.T) {
	seg := func(from, n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(point(fmt.Sprintf("2024-05-01T06:00:%02dZ", from+i), fmt.Sprintf("<extensions><hr>%d</hr></extensions>", 100+from+i)))
		}
		return b.String()
	}
	const next = "</trkseg><trkseg>"
	for name, data := range map[string]string{
		"in order":     seg(0, 4) + next + seg(10, 3) + next + seg(20, 5),
		"backwards":    seg(20, 5) + next + seg(10, 3) + next + seg(0, 4),
		"the last one": seg(0, 4) + next + next + seg(20, 5) + next + seg(10, 3),
	} {
		runs, err := Decode(doc("1.1", data))
		if err != nil || len(runs) != 1 {
			t.Fatal(name, len(runs), err)
		}
		const want = "06:00:00[0 1 2 3 10 11 12 20 21 22 23 24] [100 101 102 103 110 111 112 120 121 122 123 124] [4 7]"
		if got := fmt.Sprint(runs[0].Start.Format(time.TimeOnly), runs[0].T, runs[0].HR, runs[0].Segments); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for name, c := range map[string]struct{ data, want string }{
		"a remembered place": {seg(10, 3) + next + seg(5, 1) + seg(30, 2), "[0 1 2 -5 20 21] [3]"},
		"two watches":        {seg(2, 3) + next + seg(0, 4), "[0 1 2 -2 -1 0 1] [3]"},
	} {
		runs, err := Decode(doc("1.1", c.data))
		if err != nil || fmt.Sprint(runs[0].T, runs[0].Segments) != c.want {
			t.Errorf("%s: %+v, %v, want %s as they stand", name, runs, err, c.want)
		}
	}
}

// TestASegmentForEveryPoint: some recorders begin one with every point; those tell
// of no pauses.
func TestASegmentForEveryPoint(t *testing.T) {
	crumbled := func(points, each int) []byte {
		var b strings.Builder
		for i := range points {
			if i > 0 && i%each == 0 {
				b.WriteString("</trkseg><trkseg>")
			}
			b.WriteString(point(fmt.Sprintf("2024-05-01T06:%02d:%02dZ", i/60, i%60), ""))
		}
		return doc("1.1", b.String())
	}
	for name, c := range map[string]struct {
		data               []byte
		segments, warnings int
	}{
		"every point": {crumbled(300, 1), 0, 1},
		"every other": {crumbled(300, 2), 149, 0},
		"a few":       {crumbled(9, 1), 8, 0},
	} {
		runs, err := Decode(c.data)
		if err != nil || len(runs) != 1 || len(runs[0].Segments) != c.segments || len(runs[0].Warnings) != c.warnings {
			t.Errorf("%s: %d runs, %v", name, len(runs), err)
		}
	}
}

// TestStrays: one point years away must not make a run of years.
func TestStrays(t *testing.T) {
	seg := func(times ...string) string {
		var b strings.Builder
		for _, at := range times {
			b.WriteString(point(at, "<extensions><hr>100</hr></extensions>"))
		}
		return b.String()
	}
	data := doc("1.1", seg("2001-01-01T00:00:00Z", "2024-05-01T06:00:00Z", "2024-05-01T06:00:01Z")+
		"</trkseg><trkseg>"+seg("2024-05-01T06:00:05Z", "2024-05-20T06:00:05Z")+"</trkseg><trkseg>"+seg("2099-01-01T00:00:00Z"))
	runs, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	r := runs[0]
	if len(r.T) != 4 || len(r.HR) != 4 || r.T[3] != 19*24*3600+5 || len(r.Segments) != 1 || r.Segments[0] != 2 {
		t.Errorf("samples at %v, segments %v", r.T, r.Segments)
	}
	if len(r.Warnings) != 1 || !strings.HasPrefix(r.Warnings[0], "2 points more than a month") {
		t.Errorf("warnings %q", r.Warnings)
	}
}

// TestClockNeverSet: times of before 2000 say how long where there are no others.
func TestClockNeverSet(t *testing.T) {
	old := point("1989-12-31T00:00:10Z", "") + point("1989-12-31T00:01:10Z", "")
	runs, err := Decode(doc("1.1", old))
	if err != nil || !slices.Equal(runs[0].T, []float64{0, 60}) || runs[0].First.Year() != 1989 || len(runs[0].Warnings) != 0 {
		t.Errorf("%+v, %v", runs, err)
	}
	runs, err = Decode(doc("1.1", old+point("2024-05-01T06:00:00Z", "")))
	if err != nil || len(runs[0].T) != 1 || runs[0].First.Year() != 2024 || !slices.Equal(runs[0].Warnings, []string{"2 points dated before 2000 left out"}) {
		t.Errorf("set on the way: %+v, %v", runs, err)
	}
}

func TestSports(t *testing.T) {
	for in, want := range map[[2]string]string{
		{"", ""}: "running/", {"", "Mergozzo"}: "running/", {"9", "Morning Ride"}: "running/", {"1", ""}: "cycling/",
		{"16", ""}: "swimming/", {"trail_running", ""}: "running/trail", {"TREADMILL_RUNNING", ""}: "running/treadmill",
		{"Biking", ""}: "cycling/", {"mountain_biking", ""}: "cycling/mountain", {"hiking", ""}: "hiking/",
		{"", "Cycling 10/2/17"}: "cycling/", {"", "Strides tomorrow"}: "running/", {"", "Evening walk"}: "walking/",
		{"yoga", "Morning run"}: "generic/", {"Laufen", ""}: "running/", {"Course à pied", ""}: "running/", {"HARDLOPEN", ""}: "running/",
		{"Randonnée", ""}: "hiking/", {"", "Fietstocht"}: "cycling/", {"Trail Running", ""}: "running/trail", {"running", ""}: "running/",
	} {
		if s, sub := sportOf(in[0], in[1]); s+"/"+sub != want {
			t.Errorf("type %q, name %q: %s/%s, want %s", in[0], in[1], s, sub, want)
		}
	}
}

// TestAltitudes: what no place has is none.
func TestAltitudes(t *testing.T) {
	var b strings.Builder
	for i, v := range []string{"310.5", "-20000.0", "-430", "8848", "99999", "-32768", "1e300"} {
		b.WriteString(point(fmt.Sprintf("2024-05-01T06:00:0%dZ", i), "<ele>"+v+"</ele>"))
	}
	runs, err := Decode(doc("1.1", b.String()))
	if err != nil || fmt.Sprint(runs[0].Altitude) != "[310.5 NaN -430 8848 NaN NaN NaN]" {
		t.Errorf("%v, %v", runs, err)
	}
}

// TestActivitiesOfApps: OsmAnd says in the metadata what was done, Locus in the
// extensions of the track; a track's own type goes before both.
func TestActivitiesOfApps(t *testing.T) {
	const osmand = `<metadata><name>x</name><extensions><osmand:activity>road_cycling</osmand:activity></extensions></metadata>`
	const locus = `<extensions><line xmlns="y"><color>0000FF</color></line><locus:activity>hiking</locus:activity></extensions>`
	for name, c := range map[string]struct{ head, inside, want string }{
		"OsmAnd":      {osmand, "", "cycling"},
		"Locus":       {"", locus, "hiking"},
		"the track's": {osmand, locus, "hiking"},
		"its type":    {osmand, "<type>running</type>" + locus, "running"},
		"a plane":     {"", `<extensions><locus:activity>transport_airplane</locus:activity></extensions>`, "generic"},
		"nothing":     {`<metadata><extensions><osmand:show_arrows>true</osmand:show_arrows></extensions></metadata>`, "<extensions/>", "running"},
	} {
		runs, err := Decode([]byte(`<gpx>` + c.head + `<trk><name>2026-03-22 09:23</name>` + c.inside + `<trkseg>` + point("2024-05-01T06:00:00Z", "") + `</trkseg></trk></gpx>`))
		if err != nil || len(runs) != 1 || runs[0].Sport != c.want {
			t.Errorf("%s: %+v, %v, want %s", name, runs, err, c.want)
		}
	}
}

// TestARouteOfApple is of a workout of any sport, and does not say which.
func TestARouteOfApple(t *testing.T) {
	const route = `<gpx version="1.1" creator="Apple Health Export"><trk><name>Route 2019-09-24 1:07pm</name>%s<trkseg><trkpt lon="9" lat="45"><time>2019-09-24T11:07:00Z</time></trkpt></trkseg></trk></gpx>`
	for kind, want := range map[string]string{"": "generic", "<type>running</type>": "running", "<type>cycling</type>": "cycling"} {
		runs, err := Decode(fmt.Appendf(nil, route, kind))
		if err != nil || len(runs) != 1 || runs[0].Sport != want {
			t.Errorf("%s: %+v, %v, want %s", kind, runs, err, want)
		}
	}
}

// TestWritings: ways to write the same document.
func TestWritings(t *testing.T) {
	plain := `<gpx><trk><name>Café</name><trkseg>` + point("2024-05-01T06:00:00Z", "") + `</trkseg></trk></gpx>`
	for name, data := range map[string]string{
		"plain":                   plain,
		"document type":           `<!DOCTYPE gpx>` + plain,
		"another set is declared": `<?xml version="1.0" encoding="ISO-8859-1"?>` + plain,
		"an entity of HTML":       strings.Replace(plain, "é", "&eacute;", 1),
		"leading space":           "\n  " + plain,
	} {
		runs, err := Decode([]byte(data))
		if err != nil || runs[0].Title != "Café" {
			t.Errorf("%s: %v, %v", name, runs, err)
		}
	}
}

func TestRubbish(t *testing.T) {
	bomb := `<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><gpx><trk><name>&b;</name></trk></gpx>`
	for name, c := range map[string]struct {
		data string
		want error
		says string
	}{
		"empty":         {"", readiness.ErrIncomplete, "not closed"},
		"blank":         {" \n", readiness.ErrIncomplete, "not closed"},
		"entity bomb":   {bomb, readiness.ErrInvalid, "DTD"},
		"entity":        {"<gpx><trk><name>&x;</name></trk></gpx>", readiness.ErrInvalid, "entity"},
		"other root":    {"<html></html>", readiness.ErrInvalid, "<html>"},
		"mismatch":      {"<gpx><trk></gpx>", readiness.ErrInvalid, "closed by"},
		"deep":          {strings.Repeat("<gpx>", 5000), readiness.ErrInvalid, "nested"},
		"deep in point": {"<gpx><trk><trkseg><trkpt><extensions>" + strings.Repeat("<a>", 5000), readiness.ErrInvalid, "nested"},
		"no tracks":     {"<gpx><wpt lat='1' lon='1'/></gpx>", readiness.ErrIgnored, "no track points"},
		"planned":       {string(doc("1.1", `<trkpt lat="1" lon="1"/>`)), readiness.ErrIgnored, "planned"},
		"bad times":     {string(doc("1.1", point("yesterday", ""))), readiness.ErrInvalid, "yesterday"},
		"no clock's":    {string(doc("1.1", point("0001-01-01T00:00:00Z", ""))), readiness.ErrInvalid, "0001-01-01T00:00:00Z"},
		"too large":     {strings.Repeat(" ", MaxSize+1), readiness.ErrInvalid, "more than"},
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
	bytes := 1_500_000
	if testing.Short() {
		bytes = 150_000
	}
	step := max(1, n/max(8, 2*bytes/max(1, n)))
	var out []int
	for at := 0; at < n; at += step {
		out = append(out, at)
	}
	return append(out, n-1)
}

// TestTruncated cuts real files: up to the end of the root every prefix is
// still arriving.
func TestTruncated(t *testing.T) {
	for _, f := range everyFile(t) {
		data := readFile(t, f)
		_, whole := Decode(data)
		for _, n := range offsets(bytes.LastIndex(data, []byte("</gpx>")) + len("</gpx")) {
			runs, err := Decode(data[:n])
			check(t, f, runs, err)
			if whole == nil && !errors.Is(err, readiness.ErrIncomplete) {
				t.Fatalf("%s cut to %d of %d bytes: %v, want incomplete", f, n, len(data), err)
			}
		}
	}
}

func TestMemory(t *testing.T) {
	ext := `<ele>1.0</ele><extensions><a:TrackPointExtension><a:atemp>20</a:atemp><a:hr>151</a:hr><a:cad>80</a:cad></a:TrackPointExtension></extensions>`
	one := point("2024-05-01T06:00:00Z", ext)
	data := doc("1.1", strings.Repeat(one, min(maxPoints, (MaxSize-1000)/len(one))))
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak := watchHeap(func() {
		if _, err := Decode(data); err != nil {
			t.Error(err)
		}
	})
	t.Logf("%d bytes, peak heap %d MiB", len(data), (peak-before.HeapAlloc)>>20)
	if peak-before.HeapAlloc > 256<<20 {
		t.Errorf("%d MiB for %d bytes", (peak-before.HeapAlloc)>>20, len(data))
	}
	if _, err := Decode(doc("1.1", strings.Repeat(`<trkpt/>`, maxPoints+1))); !errors.Is(err, readiness.ErrInvalid) {
		t.Errorf("%v, want too many points", err)
	}
}

// watchHeap returns the largest heap seen while f runs.
func watchHeap(f func()) uint64 {
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	var peak uint64
	look := time.NewTicker(3 * time.Millisecond)
	defer look.Stop()
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapAlloc)
		select {
		case <-done:
			return peak
		case <-look.C:
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range everyFile(f) {
		if b := readFile(f, name); len(b) < 16<<10 {
			f.Add(b)
		}
	}
	f.Add(doc("1.0", point("2024-05-01T06:00:00Z", `<extensions><hr>1</hr></extensions>`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		runs, err := Decode(data)
		check(t, "fuzz", runs, err)
	})
}
