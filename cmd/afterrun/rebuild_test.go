package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterrun/ingest/bus"
)

// importedSeason imports a short season and a check-in into a new data folder.
func importedSeason(t *testing.T, p *program) string {
	t.Helper()
	folder, _ := seasonFolder(t, 25)
	data := filepath.Join(t.TempDir(), "data")
	p.run("import", folder, "--data", data)
	p.run("checkin", "--data", data, "--mood", "2", "--fatigue", "2", "--soreness", "3", "--stress", "3", "--sleep_quality", "2")
	return data
}

// refuses runs a command that must end with a fault and returns what it said.
func (p *program) refuses(args ...string) string {
	p.t.Helper()
	out, err := p.command(args...).CombinedOutput()
	if err == nil {
		p.t.Fatalf("afterrun %s ended well:\n%s", strings.Join(args, " "), out)
	}
	return string(out)
}

func TestRebuildFromEventsGivesTheSame(t *testing.T) {
	p := newProgram(t)
	data := importedSeason(t, p)
	want := p.exported(data)
	p.run("verify", "--data", data)

	if err := os.Remove(filepath.Join(data, storeFile)); err != nil {
		t.Fatal(err)
	}
	if got := p.refuses("verify", "--data", data); !strings.Contains(got, "afterrun rebuild") {
		t.Errorf("a lost store: %s", got)
	}
	p.run("rebuild", "--data", data)
	if got := p.exported(data); got != want {
		t.Errorf("after rebuild: %s", firstDifference(got, want))
	}
	p.run("verify", "--data", data)
}

func TestRebuildFromOriginalsGivesTheSame(t *testing.T) {
	p := newProgram(t)
	data := importedSeason(t, p)
	want := p.exported(data)
	files := p.run("files", "--data", data)

	if err := os.RemoveAll(filepath.Join(data, "nats")); err != nil {
		t.Fatal(err)
	}
	p.run("rebuild", "--events", "--data", data)
	if got := p.exported(data); got != want {
		t.Errorf("after rebuild: %s", firstDifference(got, want))
	}
	if got := p.run("files", "--data", data); strings.Count(got, "\n") != strings.Count(files, "\n") {
		t.Errorf("files before:\n%s\nafter:\n%s", files, got)
	}
	p.run("verify", "--data", data)
}

// Events that the diary tells of are missed, also when nothing else is left that
// names them: half a rebuild must not look like a whole one.
func TestVerifyMissesWhatTheDiaryTells(t *testing.T) {
	p := newProgram(t)
	data := importedSeason(t, p)
	if err := os.RemoveAll(filepath.Join(data, "nats")); err != nil {
		t.Fatal(err)
	}
	if got := p.run("rebuild", "--data", data); !strings.Contains(got, "afterrun rebuild --events") {
		t.Errorf("rebuild without events says %s", got)
	}
	got := p.refuses("verify", "--data", data)
	for _, want := range []string{"DIFFERS", "afterrun rebuild --events", "-easy.fit: it was read, and nothing is known of it", "the diary: checkin "} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	p.run("rebuild", "--events", "--data", data)
	p.run("verify", "--data", data)
}

// An import holds the data folder without answering on the control socket.
func TestRebuildTouchesNothingThatAnotherCommandUses(t *testing.T) {
	p := newProgram(t)
	data := t.TempDir()
	if err := os.Mkdir(filepath.Join(data, "nats"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, data, storeFile, []byte("in use"))
	release, err := bus.Lock(filepath.Join(data, lockFile), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got := p.refuses("rebuild", "--events", "--data", data); !strings.Contains(got, "is in use") {
		t.Errorf("it says: %s", got)
	}
	for _, name := range []string{"nats", storeFile} {
		if _, err := os.Stat(filepath.Join(data, name)); err != nil {
			t.Error(err)
		}
	}
	if err := release(); err != nil {
		t.Error(err)
	}
}

func TestVerifyFindsADamagedOriginal(t *testing.T) {
	p := newProgram(t)
	data := importedSeason(t, p)
	all, err := filepath.Glob(filepath.Join(data, "originals", "*", "*.zst"))
	if err != nil || len(all) < 2 {
		t.Fatalf("originals: %v, %v", all, err)
	}
	if err := os.WriteFile(all[0], []byte("rust"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(all[1]); err != nil {
		t.Fatal(err)
	}
	got := p.refuses("verify", "--data", data)
	if !strings.Contains(got, "originals") || !strings.Contains(got, "DIFFERS") || !strings.Contains(got, "is missing") || !strings.Contains(got, "2 of ") {
		t.Errorf("it says:\n%s", got)
	}
}
