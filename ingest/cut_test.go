package ingest_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"afterrun/ingest"
	"afterrun/readiness"
)

const (
	cutGPX = `<?xml version="1.0" encoding="UTF-8"?><g:gpx xmlns:g="http://www.topografix.com/GPX/1/1"><g:metadata><g:name>a</g:name></g:metadata><g:trk><g:trkseg>` +
		`<g:trkpt lat="45" lon="9"><g:time>2024-05-01T06:00:00Z</g:time></g:trkpt><g:trkpt lat="45" lon="9.1"><g:time>2024-05-01T06:00:05Z</g:time></g:trkpt>` +
		`</g:trkseg><g:trkseg><g:trkpt lat="45" lon="9.2"><g:time>2024-05-01T06:00:09Z</g:time></g:trkpt></g:trkseg></g:trk></g:gpx>`
	cutTCX = `<TrainingCenterDatabase><Activities><Activity Sport="Running"><Lap StartTime="2024-05-01T06:00:00Z"><TotalTimeSeconds>9</TotalTimeSeconds><Track>` +
		`<Trackpoint><Time>2024-05-01T06:00:00Z</Time></Trackpoint><Trackpoint><Time>2024-05-01T06:00:05Z</Time></Trackpoint></Track></Lap>` +
		`<Notes>a &amp; b</Notes></Activity></Activities></TrainingCenterDatabase>`
)

// TestSalvagedDocuments: of every beginning of a document, the whole points of it
// are kept with a warning; a beginning without one is still incomplete.
func TestSalvagedDocuments(t *testing.T) {
	for name, c := range map[string]struct{ data, point string }{
		"a.gpx": {cutGPX, "</g:trkpt>"},
		"a.tcx": {cutTCX, "</Trackpoint>"},
	} {
		for n := range len(c.data) {
			cut := c.data[:n]
			if _, err := ingest.Parse(name, []byte(cut)); !errors.Is(err, readiness.ErrIncomplete) {
				t.Fatalf("%s of %d bytes: %v, want incomplete", name, n, err)
			}
			p, err := ingest.Salvage(name, []byte(cut))
			points := strings.Count(cut, c.point)
			if points == 0 {
				if !errors.Is(err, readiness.ErrIncomplete) {
					t.Fatalf("%s of %d bytes: %v, want incomplete", name, n, err)
				}
				continue
			}
			want := []string{fmt.Sprintf("the document is cut after %d bytes; what came before is kept", n)}
			if err != nil || len(p.Events[0].Run.T) != points || !slices.Equal(p.Warnings, want) {
				t.Fatalf("%s of %d bytes: %+v, %v, want %d points", name, n, p, err, points)
			}
		}
		whole, err := ingest.Salvage(name, []byte(c.data))
		plain, errPlain := ingest.Parse(name, []byte(c.data))
		if err != nil || errPlain != nil || len(whole.Warnings) != 0 || whole.Events[0].Digest != plain.Events[0].Digest {
			t.Errorf("%s: %+v, %v", name, whole, errors.Join(err, errPlain))
		}
	}
	for name, data := range map[string]string{
		"broken.gpx": strings.Replace(cutGPX, "<g:trkseg>", "<g:trkseg></wrong>", 1),
		"plan.gpx":   `<gpx><trk><trkseg><trkpt lat="1" lon="2"/><trkpt lat="1" `,
		"empty.gpx":  "",
		"begun.tcx":  "<TrainingCenterDatabase><Acti",
	} {
		if p, err := ingest.Salvage(name, []byte(data)); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// TestMendedDocuments: what is not well-formed but has one meaning is read, with a
// warning; what could mean anything is refused as before.
func TestMendedDocuments(t *testing.T) {
	named := func(name string) string {
		return `<gpx><trk><name>` + name + `</name><trkseg><trkpt lat="45" lon="9"><time>2024-05-01T06:00:00Z</time></trkpt></trkseg></trk></gpx>`
	}
	for name, want := range map[string]string{
		"Tom & Jerry":                       "Tom & Jerry",
		"1 &amp; 2 & 3":                     "1 & 2 & 3",
		"\x01Run\x1f":                       "Run",
		"A & B\x01\x02\x03\x04":             "A & B", // as long as before
		"a &lt; b && c &#x41;":              "a < b && c A",
		"ends with an &":                    "ends with an &",
		"&" + strings.Repeat("a", 40) + ";": "&" + strings.Repeat("a", 40) + ";",
	} {
		p, err := ingest.Parse("a.gpx", []byte(named(name)))
		if err != nil || p.Events[0].Run.Title != want || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "not well-formed") {
			t.Errorf("%q: %+v, %v, want %q with a warning", name, p, err, want)
		}
	}
	if p, err := ingest.Parse("a.gpx", []byte(named("1 &amp; 2"))); err != nil || len(p.Warnings) != 0 {
		t.Errorf("well-formed: %+v, %v", p, err)
	}
	cut := named("Tom & Jerry")
	p, err := ingest.Salvage("a.gpx", []byte(cut[:len(cut)-5]))
	if err != nil || p.Events[0].Run.Title != "Tom & Jerry" || len(p.Warnings) != 2 {
		t.Errorf("cut: %+v, %v", p, err)
	}
	if _, err := ingest.Parse("a.gpx", []byte(named("R&D; & more"))); !errors.Is(err, readiness.ErrInvalid) || !strings.Contains(err.Error(), "&D;") {
		t.Errorf("an entity that nobody knows: %v", err)
	}
	bomb := `<!DOCTYPE x [<!ENTITY a "aaaa">]>` + named("Tom & &a;")
	if _, err := ingest.Parse("a.gpx", []byte(bomb)); !errors.Is(err, readiness.ErrInvalid) || !strings.Contains(err.Error(), "DTD") {
		t.Errorf("a bomb: %v", err)
	}
}

// TestACutFile: in the synced folder it may still be arriving; given by hand,
// packed before it was whole, or in a bundle, it never will be whole.
func TestACutFile(t *testing.T) {
	run := string(activity(t))
	cut := run[:len(run)-3]
	h := newHouse(t)
	h.put("a.fit", cut, readiness.FilePending)
	h.put("b.fit.gz", gzipped(t, cut), readiness.FilePublished)
	h.put("c.zip", zipped(t, file{"d.fit", cut}, file{"e.gpx", cutGPX[:len(cutGPX)-4]}, file{"f.fit", run[:200]}), readiness.FilePublished)
	f, err := given(t, h.g, "g.fit", cut)
	if err != nil || f.State != readiness.FileDuplicate || !strings.Contains(f.Reason, "the file is cut") {
		t.Errorf("given: %+v, %v", f, err)
	}
	lines := h.lines()
	says := fmt.Sprintf("the file is cut: %d of %d bytes are here", len(cut), len(run))
	for path, want := range map[string]string{"b.fit.gz": says, "c.zip!/e.gpx": "the document is cut", "c.zip!/f.fit": "cut off: "} {
		if !strings.Contains(lines[path].Reason, want) {
			t.Errorf("%s is %s (%s), want %q", path, lines[path].State, lines[path].Reason, want)
		}
	}
	h.put("a.fit", run, readiness.FileCorrected)
}

// TestACutFileIsRefilled: what was salvaged is salvaged again from the originals.
func TestACutFileIsRefilled(t *testing.T) {
	run := string(activity(t))
	originals := filepath.Join(t.TempDir(), "originals")
	g, b := keeping(t, originals)
	if f, err := given(t, g, "a.fit", run[:len(run)-3]); err != nil || f.State != readiness.FilePublished {
		t.Fatal(f, err)
	}
	before := sayings(t, b)
	again, empty := keeping(t, originals)
	if done, err := again.Refill(t.Context()); err != nil || done.Files != 1 || len(done.Lost) != 0 {
		t.Fatal(done, err)
	}
	if got := sayings(t, empty); len(got) == 0 || !slices.Equal(got, before) {
		t.Errorf("refilled %q, want %q", got, before)
	}
}

func given(t *testing.T, g *ingest.Ingester, path, data string) (readiness.File, error) {
	t.Helper()
	info, err := fs.Stat(fstest.MapFS{"f": {Data: []byte(data)}}, "f")
	if err != nil {
		t.Fatal(err)
	}
	return g.Given(t.Context(), me, path, []byte(data), info)
}
