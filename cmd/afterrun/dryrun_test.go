package main

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterrun/configs"
)

// TestDryRunListsWhatAnExportHolds: every member with what it says, and nothing
// is stored.
func TestDryRunListsWhatAnExportHolds(t *testing.T) {
	dir := t.TempDir()
	track := []byte(`<gpx version="1.1"><trk><trkseg><trkpt lat="45" lon="9"><time>2026-05-01T06:00:00Z</time></trkpt></trkseg></trk></gpx>`)
	inner := zipOf(t, map[string][]byte{"night.csv": []byte("date,rhr_bpm\n2026-01-02,51\n2026-01-03,52\n")})
	write(t, dir, "export.zip", zipOf(t, map[string][]byte{
		"a/1.gpx": track, "a/2.gpx": track, "b/part.zip": inner, "c/cut.gpx": track[:40], "d/photo.jpg": {'x'},
	}))
	write(t, dir, "arriving.gpx", track[:60])

	var out, errs bytes.Buffer
	a := &app{out: &out, err: &errs, now: time.Now, cfg: configs.Default(), log: slog.New(slog.DiscardHandler)}
	a.cfg.Data = filepath.Join(dir, "data")
	if err := a.importCmd(t.Context(), []string{dir}, true); err != nil {
		t.Fatal(err)
	}
	in := filepath.ToSlash(dir) + "/"
	want := []string{
		in + "export.zip!/a/1.gpx: 1 run (gpx), 2026-05-01",
		in + "export.zip!/a/2.gpx: 1 run (gpx), 2026-05-01, as in a file above",
		in + "export.zip!/b/part.zip!/night.csv: 2 check-ins, 2026-01-02 to 2026-01-03",
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("listed %q\nwant %q", got, want)
	}
	for _, says := range []string{in + "arriving.gpx: pending: ", "c/cut.gpx: refused: cut off", "d/photo.jpg: ignored: ", "\nit would be: 2 published, 1 duplicate, 1 pending, 1 ignored, 1 refused\n"} {
		if !strings.Contains(errs.String(), says) {
			t.Errorf("%q does not say %q", errs.String(), says)
		}
	}
	if _, err := os.Stat(a.cfg.Data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the data folder: %v, want none", err)
	}
}
