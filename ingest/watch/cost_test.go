package watch

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"

	"afterrun/readiness"
)

// nobody is a handler that publishes everything.
type nobody struct{}

func (nobody) File(_ context.Context, a readiness.AthleteID, path string, _ []byte, _ fs.FileInfo) (readiness.File, error) {
	return readiness.File{Athlete: a, Path: path, State: readiness.FilePublished}, nil
}
func (nobody) Note(context.Context, readiness.File) error      { return nil }
func (nobody) Lines(context.Context) ([]readiness.File, error) { return nil, nil }

// meter is a disk that counts what is asked of it.
type meter struct {
	disk
	stats, listings, files int
}

func (m *meter) Stat(name string) (fs.FileInfo, error) {
	m.stats++
	return m.disk.Stat(name)
}

func (m *meter) ReadDir(name string) ([]fs.DirEntry, error) {
	m.listings++
	entries, err := m.disk.ReadDir(name)
	for i, e := range entries {
		entries[i] = metered{e, m}
	}
	return entries, err
}

type metered struct {
	fs.DirEntry
	m *meter
}

func (d metered) Info() (fs.FileInfo, error) { d.m.files++; return d.DirEntry.Info() }

// A rescan costs by folders and by what changed, not by files: a look at each
// folder, and the listing of those that changed.
func TestARescanCostsByChangedFolders(t *testing.T) {
	const folders, each = 100, 1000
	dir := t.TempDir()
	for i := range folders {
		sub := filepath.Join(dir, fmt.Sprint(i))
		if err := os.Mkdir(sub, 0o700); err != nil {
			t.Fatal(err)
		}
		for j := range each {
			if err := os.WriteFile(filepath.Join(sub, fmt.Sprint(j, ".fit")), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }() // read only
	w, err := New(Options{Folder: Folder{Path: dir, Athlete: "me"}, Handler: nobody{}, SweepEvery: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) // the folder's clock is years ahead
	look := func(later time.Duration) meter {
		t.Helper()
		now = now.Add(later)
		m := &meter{disk: rootDisk{Root: root}}
		if warning := w.scan(t.Context(), m, now); len(warning) > 0 {
			t.Fatal(warning)
		}
		for _, p := range w.files.ready(now) {
			w.files.finished(p, "", now)
		}
		return *m
	}
	check := func(what string, m meter, listings, files int) {
		t.Helper()
		if m.stats > folders+1 || m.listings != listings || m.files != files {
			t.Errorf("%s: %d looks at folders, %d listings, %d looks at files; want at most %d, %d, %d",
				what, m.stats, m.listings, m.files, folders+1, listings, files)
		}
	}
	check("start", look(0), folders+1, folders*each)
	check("the times of folders are coarse", look(granule), folders+1, folders*each)
	check("nothing changed", look(time.Minute), 0, 0)
	if err := os.WriteFile(filepath.Join(dir, "7", "new.fit"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	check("one folder changed", look(time.Minute), 1, each+1)
	check("and may have again", look(granule), 1, each+1)
	check("nothing changed", look(time.Minute), 0, 0)
	w.events.note(filepath.Join(dir, "9", "1.fit")) // overwritten in place, says an event
	check("an event", look(time.Second), 1, each)
	w.events.missed()
	check("events were dropped", look(time.Second), folders+1, folders*each+1)
	check("the sweep", look(2*time.Hour), folders+1, folders*each+1)
	if n := len(w.files.files); n != folders*each+1 {
		t.Errorf("%d files known", n)
	}
}

// Folders come back as others; events have to be asked for again.
func TestEventsSurviveThatTheFolderIsReplaced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sync")
	put := func(name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	makeFolder := func() {
		t.Helper()
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		put("a.fit")
	}
	makeFolder()
	w, err := New(Options{Folder: Folder{Path: dir, Athlete: "me"}, Handler: nobody{}})
	if err != nil {
		t.Fatal(err)
	}
	w.startEvents(t.Context())
	w.pass(t.Context())
	for range 3 {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		w.pass(t.Context())
		makeFolder()
		w.pass(t.Context())
		w.events.take()
		put("b.fit")
		for told := false; !told; {
			select {
			case <-w.events.hints:
				dirty, _ := w.events.take()
				told = dirty["b.fit"]
			case <-time.After(time.Minute):
				t.Fatal("no event from the folder that came back")
			}
		}
	}
}

// A writer that never rests must not keep the others waiting.
func TestAHintComesSoonAfterTheFirstEvent(t *testing.T) {
	dir := t.TempDir()
	w, err := New(Options{Folder: Folder{Path: dir, Athlete: "me"}, Handler: nobody{}})
	if err != nil {
		t.Fatal(err)
	}
	w.startEvents(t.Context())
	w.pass(t.Context())
	restless, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		for restless.Err() == nil {
			if err := os.WriteFile(filepath.Join(dir, "log.csv"), []byte("x"), 0o600); err != nil {
				done <- err
				return
			}
			<-time.After(gather / 10)
		}
		done <- nil
	}()
	for range 3 {
		select {
		case <-w.events.hints:
		case <-time.After(time.Minute):
			t.Fatal("no hint while events keep coming")
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestSettlingTakesTwoEqualLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSettler(2 * time.Second)
		never := func() bool { return false }
		l := look{1, time.Unix(1, 0)}
		s.see("a", l, time.Now(), never)
		for size := range int64(5) { // grows every second
			if got := s.ready(time.Now()); len(got) != 0 {
				t.Fatalf("ready while it grows: %v", got)
			}
			<-time.After(time.Second)
			l.size = 10 + size
			s.see("a", l, time.Now(), never)
		}
		l.mtime = time.Unix(0, 0) // same size, an older time: another file took its place
		s.see("a", l, time.Now(), never)
		<-time.After(time.Second)
		s.see("a", l, time.Now(), never)
		if got := s.ready(time.Now()); len(got) != 0 {
			t.Fatalf("ready after a second: %v", got)
		}
		if got := s.wake(time.Now(), time.Minute); got != time.Second {
			t.Errorf("wakes in %v, want 1s", got)
		}
		<-time.After(time.Second)
		if got := s.ready(time.Now()); len(got) != 1 {
			t.Fatalf("not ready after 2 s: %v", got)
		}
	})
}

// An incomplete file is tried for ever, with pauses that grow to ten minutes.
func TestAnIncompleteFileIsNeverGivenUp(t *testing.T) {
	s := newSettler(0)
	l := look{1, time.Unix(1, 0)}
	never := func() bool { return false }
	now := time.Unix(1000, 0)
	s.see("a", l, now, never)
	var pauses []time.Duration
	for range 40 {
		if got := s.ready(now); len(got) != 1 {
			t.Fatalf("given up: %v", got)
		}
		s.finished("a", "incomplete", now)
		wait := s.wake(now, time.Hour)
		pauses = append(pauses, wait)
		now = now.Add(wait)
	}
	for i, p := range pauses {
		if want := min(leastBackoff<<min(i, 20), mostBackoff); p != want {
			t.Errorf("pause %d is %v, want %v", i, p, want)
		}
	}
	s.finished("a", "incomplete", now)
	l.size = 2
	s.see("a", l, now, never)
	if got := s.ready(now); len(got) != 1 {
		t.Errorf("it changed, but the old pause holds: %v", s.wake(now, time.Hour))
	}
	if !s.forget("a") {
		t.Error("its end is owed to the ledger, which says that it waits")
	}
}

// Where events never come, as from a file server, the scan finds what arrives and
// says so; one event is proof that they come.
func TestEventsThatNeverComeAreTold(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }() // read only
	w, err := New(Options{Folder: Folder{Path: dir, Athlete: "me"}, Handler: nobody{}})
	if err != nil {
		t.Fatal(err)
	}
	n, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.Close() }() // nobody reads it: no event comes
	w.events = newEvents(dir, n)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	look := func(later time.Duration) string {
		now = now.Add(later)
		return strings.Join(w.scan(t.Context(), rootDisk{Root: root}, now), "; ")
	}
	arrive := func(name string, at time.Time) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, at, at); err != nil { // two changes within a tick of the clock differ
			t.Fatal(err)
		}
	}
	if got := look(0); got != "" {
		t.Errorf("at the start: %q", got)
	}
	arrive("a.fit", now.Add(time.Second))
	if got := look(time.Minute); got != "" {
		t.Errorf("the event may be under way: %q", got)
	}
	if got := look(time.Minute); !strings.Contains(got, "not announced here") {
		t.Errorf("after a minute without an event: %q", got)
	}
	w.events.note(filepath.Join(dir, "a.fit"))
	if got := look(time.Minute); got != "" {
		t.Errorf("after an event: %q", got)
	}
}
