package ingest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
)

const (
	aGPX     = `<gpx><trk><type>9</type><trkseg><trkpt lat="45" lon="9"><time>2024-05-01T06:00:00Z</time></trkpt></trkseg></trk></gpx>`
	aTCX     = `<TrainingCenterDatabase><Activities><Activity Sport="Running"><Lap><Track><Trackpoint><Time>2024-05-01T06:00:00Z</Time></Trackpoint></Track></Lap></Activity></Activities></TrainingCenterDatabase>`
	aPolar   = `{"exportVersion":"1.6","startTime":"2024-05-01T08:00:00.000","stopTime":"2024-05-01T08:00:01.000","timeZoneOffset":120,"exercises":[{"startTime":"2024-05-01T08:00:00.000","sport":"RUNNING","samples":{"heartRate":[{"dateTime":"2024-05-01T08:00:00.000","value":95}]}}]}`
	aCheckIn = "date,fatigue,rpe\n2026-01-05,3,6\n2026-01-06,9,\n"
)

// aWatchFile returns a real activity of the module cache.
func aWatchFile(t testing.TB) []byte {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tormoder/fit").Output()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "testdata", "me", "activity-small-fenix2-run.fit"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParse(t *testing.T) {
	fit := aWatchFile(t)
	for name, c := range map[string]struct {
		data     []byte
		format   string
		events   int
		warnings int
	}{
		"a.fit":        {fit, "fit", 1, 0},
		"no suffix":    {fit, "fit", 1, 0},
		"A.FIT":        {fit, "fit", 1, 0},
		"a.gpx":        {[]byte(aGPX), "gpx", 1, 0},
		"a.gpx.gz":     {gzipped([]byte(aGPX)), "gpx", 1, 0},
		"A.FIT.GZ":     {gzipped(fit), "fit", 1, 0},
		"no suffix.gz": {gzipped(fit), "fit", 1, 0},
		"b.gpx":        {[]byte("\xEF\xBB\xBF\n<?xml version='1.0' encoding='latin1'?><!-- x -->" + aGPX), "gpx", 1, 0},
		"a.tcx":        {[]byte(aTCX), "tcx", 1, 0},
		"polar.json":   {[]byte(aPolar), "polar", 1, 0},
		"checkin.csv":  {[]byte(aCheckIn), "checkin", 2, 1},
		"checkin.txt":  {[]byte(aCheckIn), "checkin", 2, 1},
		"checkin.json": {[]byte(`{"date":"2026-01-05","mood":3}`), "checkin", 1, 0},
		"marked.json":  {[]byte(byteOrderMark + `[{"calendarDate":"2026-05-01","currentDayRestingHeartRate":48}]`), "wellness", 1, 0},
	} {
		p, err := Parse(name, c.data)
		if err != nil || p.Format != c.format || len(p.Events) != c.events || len(p.Warnings) != c.warnings {
			t.Errorf("%s: %s, %d events, %q, %v", name, p.Format, len(p.Events), p.Warnings, err)
		}
		checkEvents(t, name, p.Events)
	}
}

var (
	key    = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)
	digest = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

func checkEvents(t testing.TB, name string, events []readiness.Event) {
	t.Helper()
	for _, e := range events {
		if !key.MatchString(e.Key) || !digest.MatchString(e.Digest) || e.Digest != e.ContentDigest() {
			t.Errorf("%s: event %q %q", name, e.Key, e.Digest)
		}
		if (e.Kind == readiness.KindRun) != (e.Run != nil) || (e.Kind == readiness.KindCheckIn) != (e.CheckIn != nil) {
			t.Errorf("%s: kind %s does not fit its content", name, e.Kind)
		}
	}
}

// TestParseIsPure: the same bytes give the same events, whatever was read
// before.
func TestParseIsPure(t *testing.T) {
	fit := aWatchFile(t)
	first, err := Parse("a.fit", fit)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		again, err := Parse("other/name", fit)
		if err != nil || again.Events[0].Digest != first.Events[0].Digest || again.Events[0].Key != first.Events[0].Key {
			t.Errorf("%v: %s, then %s", err, first.Events[0].Digest, again.Events[0].Digest)
		}
	}
}

func TestRefusals(t *testing.T) {
	fit := aWatchFile(t)
	for name, c := range map[string]struct {
		data []byte
		want error
		says string
	}{
		"empty.fit":   {nil, readiness.ErrIncomplete, "empty"},
		"zeros.fit":   {make([]byte, 5000), readiness.ErrIncomplete, "arrived"},
		"blank.csv":   {[]byte(" \n"), readiness.ErrIncomplete, "empty"},
		"cut.fit":     {fit[:len(fit)/2], readiness.ErrIncomplete, "bytes"},
		"begun.fit":   {fit[:3], readiness.ErrIncomplete, "header"},
		"cut.gpx":     {[]byte(aGPX[:40]), readiness.ErrIncomplete, "not closed"},
		"begun.gpx":   {[]byte(`<?xml version="1.0"`), readiness.ErrIncomplete, "root"},
		"fit.gpx":     {fit, readiness.ErrInvalid, "wrong extension .gpx: the content is fit"},
		"gpx.fit":     {[]byte(aGPX), readiness.ErrInvalid, "wrong extension .fit: the content is gpx"},
		"page.gpx":    {[]byte("<html><body/></html>"), readiness.ErrInvalid, "<html>"},
		"text.fit":    {[]byte("no watch wrote this"), readiness.ErrInvalid, "wrong extension .fit: the content is of an unknown format"},
		"picture.jpg": {[]byte("\xFF\xD8\xFF\xE0 picture"), readiness.ErrIgnored, "unknown"},
		"notes.txt":   {[]byte("bought new shoes"), readiness.ErrIgnored, "unknown"},
		"other.csv":   {[]byte("date,price\n2026-01-01,3\n"), readiness.ErrIgnored, "unknown"},
		"feed.xml":    {[]byte("<rss/>"), readiness.ErrIgnored, "<rss>"},
		"broken.xml":  {[]byte("<<<>>> more"), readiness.ErrInvalid, "XML"},
		"a.tcx":       {[]byte("<TrainingCenterDatabase/>"), readiness.ErrIgnored, "no activity"},
		"export.zip":  {[]byte("PK\x03\x04rest"), readiness.ErrIgnored, "unpack it first"},
		"takeout.tgz": {gzipped(tarred("Takeout/a.json", "{}")), readiness.ErrIgnored, "a tar in another file: unpack it first"},
		"a.gpx.gz":    {[]byte("\x1F\x8B\x08rest"), readiness.ErrIncomplete, "end of the gzip"},
		"z.gpx.gz":    {gzipped(gzipped([]byte(aGPX))), readiness.ErrInvalid, "the content is gzip"},
		"fit.gpx.gz":  {gzipped(fit), readiness.ErrInvalid, "wrong extension .gpx: the content is fit"},
		"nothing.csv": {[]byte("date,mood\n2026-01-05,\n"), readiness.ErrIgnored, "no row"},
		"baddate.csv": {[]byte("date,mood\nyesterday,3\n"), readiness.ErrInvalid, "line 2"},
		"geo.json":    {[]byte(`{"type":"Feature"}`), readiness.ErrIgnored, "no check-in"},
		"planned.gpx": {[]byte(`<gpx><rte><rtept lat="1" lon="1"/></rte></gpx>`), readiness.ErrIgnored, "no track points"},
		"badcrc.fit":  {flipped(fit), readiness.ErrInvalid, "CRC"},
		"largest.fit": {binary.LittleEndian.AppendUint32([]byte{14, 16, 0, 0}, 1<<31), readiness.ErrIncomplete, "header"},
		"almost":      {[]byte{14, 16, 0, 0, 1, 0, 0, 0, '.', 'F', 'X'}, readiness.ErrIgnored, "unknown"},
	} {
		p, err := Parse(name, c.data)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || p.Events != nil {
			t.Errorf("%s: %v, want %v saying %q", name, err, c.want, c.says)
		}
	}
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func tarred(name, content string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(content)), Mode: 0o600})
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func flipped(data []byte) []byte {
	b := append([]byte(nil), data...)
	b[len(b)-1] ^= 1
	return b
}

func TestFutureIsRefused(t *testing.T) {
	start := time.Date(2024, 5, 1, 6, 0, 0, 0, time.UTC)
	if _, err := parse("a.gpx", []byte(aGPX), false, start.Add(-23*time.Hour)); err != nil {
		t.Errorf("23 h ahead: %v", err)
	}
	_, err := parse("a.gpx", []byte(aGPX), false, start.Add(-25*time.Hour))
	if !errors.Is(err, readiness.ErrInvalid) || !strings.Contains(err.Error(), "clock") {
		t.Errorf("25 h ahead: %v, want invalid naming the clock", err)
	}
}

// TestNoDayIsKnown: the owner is told what a clock that was never set means.
func TestNoDayIsKnown(t *testing.T) {
	p, err := parse("a.gpx", []byte(strings.ReplaceAll(aGPX, "2024-05-01", "1990-07-09")), false, time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC))
	if err != nil || len(p.Events) != 1 || len(p.Warnings) == 0 || !strings.Contains(p.Warnings[len(p.Warnings)-1], "of no known day") {
		t.Errorf("%d events, warnings %q, %v", len(p.Events), p.Warnings, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a.fit", aWatchFile(f)[:4096])
	f.Add("a.gpx", []byte(aGPX))
	f.Add("a.tcx", []byte(aTCX))
	f.Add("a.json", []byte(aPolar))
	f.Add("c.csv", []byte(aCheckIn))
	f.Add("c.json", []byte(`[{"date":"2026-01-05","mood":3}]`))
	dir, files := references(f)
	for _, r := range files {
		if b, err := os.ReadFile(filepath.Join(dir, r.Path)); err != nil {
			f.Fatal(err)
		} else if len(b) < 8<<10 {
			f.Add(r.Path, b)
		}
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		p, err := Parse(name, data)
		if (err == nil) != (len(p.Events) > 0) {
			t.Errorf("%d events and error %v", len(p.Events), err)
		}
		checkEvents(t, name, p.Events)
		last, lastErr := Salvage(name, data)
		if (lastErr == nil) != (len(last.Events) > 0) || err == nil && lastErr != nil {
			t.Errorf("salvaged %d events and error %v, parsed %v", len(last.Events), lastErr, err)
		}
		if errors.Is(err, readiness.ErrIncomplete) && lastErr == nil && len(last.Warnings) == 0 {
			t.Error("kept a cut file without a warning")
		}
		checkEvents(t, name, last.Events)
	})
}
