package watch_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"afterrun/ingest/watch"
	"afterrun/readiness"
)

const me = readiness.AthleteID("me")

// clerk is a handler whose files are complete when their content ends in "."; it
// keeps a ledger, as the ingester does.
type clerk struct {
	mu    sync.Mutex
	lines map[string]readiness.File // by path
	read  map[string][]string       // contents handed over, by path
	fault error                     // answer to the next File
}

func newClerk() *clerk {
	return &clerk{lines: map[string]readiness.File{}, read: map[string][]string{}}
}

func (c *clerk) File(_ context.Context, a readiness.AthleteID, path string, data []byte, info fs.FileInfo) (readiness.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.fault; err != nil {
		c.fault = nil
		return readiness.File{}, err
	}
	c.read[path] = append(c.read[path], string(data))
	f := readiness.File{Athlete: a, Path: path, Size: info.Size(), ModTime: info.ModTime(), State: readiness.FilePublished}
	if !strings.HasSuffix(string(data), ".") {
		f.State, f.Reason = readiness.FilePending, "incomplete"
	}
	c.put(f)
	return f, nil
}

func (c *clerk) put(f readiness.File) { f.Seen = time.Now(); c.lines[f.Path] = f }

func (c *clerk) Note(_ context.Context, f readiness.File) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(f)
	return nil
}

func (c *clerk) Lines(context.Context) ([]readiness.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []readiness.File
	for _, f := range c.lines {
		all = append(all, f)
	}
	return all, nil
}

func (c *clerk) line(path string) readiness.File {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lines[path]
}

func (c *clerk) contents(path string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.read[path])
}

// folder is a synced folder that is being watched.
type folder struct {
	t    *testing.T
	dir  string
	o    watch.Options
	h    *clerk
	w    *watch.Watcher
	stop context.CancelFunc
	done chan struct{}
}

func newFolder(t *testing.T) *folder {
	t.Helper()
	f := &folder{t: t, dir: t.TempDir(), h: newClerk()}
	f.o = watch.Options{
		Folder: watch.Folder{Path: f.dir, Athlete: me}, Handler: f.h, Settle: 30 * time.Millisecond, ScanEvery: 50 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	return f
}

// start starts the watcher anew, as a restart of the program does.
func (f *folder) start() {
	f.t.Helper()
	w, err := watch.New(f.o)
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(f.t.Context())
	f.w, f.stop, f.done = w, stop, make(chan struct{})
	go func() {
		defer close(f.done)
		if err := w.Run(ctx); err != nil {
			f.t.Errorf("watch: %v", err)
		}
	}()
	f.t.Cleanup(f.end)
}

func (f *folder) end() { f.stop(); <-f.done }

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f *folder) write(name, content string) {
	f.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(f.path(name)), 0o700), os.WriteFile(f.path(name), []byte(content), 0o600)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) rename(from, to string) {
	f.t.Helper()
	if err := os.Rename(f.path(from), f.path(to)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) await(what string, condition func() bool) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			f.t.Fatalf("gave up waiting: %s; status %+v", what, f.w.Status())
		case <-tick.C:
		}
	}
}

func (f *folder) awaitState(name string, want readiness.FileState) {
	f.t.Helper()
	f.await(fmt.Sprintf("%s is %s", name, want), func() bool { return f.h.line(f.path(name)).State == want })
}

// awaitScans waits until the folder has been looked at twice more: whatever was
// there before the first of them has been seen.
func (f *folder) awaitScans() {
	f.t.Helper()
	for range 2 {
		last := f.w.Status().LastScan
		f.await("another scan", func() bool { return f.w.Status().LastScan.After(last) })
	}
}

// snapshot is everything about the folder that a sync tool could notice.
func (f *folder) snapshot() string {
	f.t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(f.dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(p)
		if err != nil {
			return err
		}
		sum := [sha256.Size]byte{}
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			sum = sha256.Sum256(data)
		}
		st := info.Sys().(*syscall.Stat_t)
		_, err = fmt.Fprintln(&b, p, info.Mode(), info.Size(), info.ModTime().UnixNano(), st.Ino, st.Nlink, st.Uid, st.Gid, sum)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return b.String()
}

// What sync tools, browsers, systems and NAS boxes keep beside the files, each
// with the suffix of a watch file where the tool leaves it.
var droppings = []string{
	".syncthing.a.fit.tmp", "~syncthing~a.fit.tmp", ".stversions/a~20260101-010101.fit", ".stfolder/a.fit",
	".a.fit.~1a2b3c4d", ".sync_0123.db", "x.fit.ocTransferId42.part", ".dropbox.cache/a.fit", ".tmp.drivedownload/a.fit", ".tmp.driveupload/a.fit",
	"a.fit.partial", ".a.fit.icloud", "a.fit.!sync", "a.fit.SyncPart", "a.fit.SyncTemp", ".sync/a.fit", ".a.fit.Xa81bQ", ".rsync-partial/a.fit",
	"a.fit.8f0c.partial", "a.fit.crdownload", "a.fit.part", "a.fit.download/a.fit", "a.fit.opdownload", "a.fit.filepart",
	"._a.fit", ".DS_Store", ".owncloudsync.log", ".stignore", ".shortcut-targets-by-id/a.fit", "Thumbs.db", "desktop.ini", "@eaDir/a.fit", "#recycle/a.fit", "$RECYCLE.BIN/a.fit", "__MACOSX/a.fit",
	"System Volume Information/a.fit", "lost+found/a.fit", ".nfs000123.fit", ".fuse_hidden0001.fit", "~$a.csv", ".~lock.a.csv#", "a.csv~",
}

// Copies that tools make of a file when two sides changed it: normal files.
var copies = []string{
	"a.sync-conflict-20260102-030405-ABCDEFG.fit", "a (conflicted copy 2026-01-02 030405).fit", "a (Host's conflicted copy 2026-01-02).fit",
	"a (1).fit", "a-COMPUTER.fit", "a-HOST-safeBackup-0001.fit", "a 2.fit", "a.Conflict.fit", "a.Conflict1.fit", "a [conflicted].fit", "a.fit.conflict1", "a.FIT.Conflict",
	"a (Konfliktkopie von Host 2026-01-02).fit",
}

func TestTemporaryNamesAreLeftAloneAndCopiesRead(t *testing.T) {
	f := newFolder(t)
	for _, name := range append(droppings, copies...) {
		f.write(name, "all.")
	}
	before := f.snapshot()
	f.start()
	for _, name := range copies {
		f.awaitState(name, readiness.FilePublished)
	}
	f.awaitScans()
	if n := len(f.h.lines); n != len(copies) {
		t.Errorf("%d files noticed, want %d: %v", n, len(copies), f.h.lines)
	}
	f.end()
	if after := f.snapshot(); after != before {
		t.Errorf("the folder was changed:\n%s\n%s", before, after)
	}
}

func TestSuffixesInAnyCaseAndNamesOfAnyBytes(t *testing.T) {
	f := newFolder(t)
	names := []string{"A.FIT", "b.Gpx", "c.tCX", "d.CSV", "e.Json", "f.gpx.GZ", "g.ZIP", "Läufe/ü 1.fit", "a\nb.fit"}
	for _, name := range names {
		f.write(name, "all.")
	}
	f.write("caf\xe9.fit", "all.")
	f.start()
	for _, name := range append(names, "caf\uFFFD.fit") {
		f.awaitState(name, readiness.FilePublished)
	}
}

func TestWhatIsNotReadIsListedWithItsReason(t *testing.T) {
	f := newFolder(t)
	f.write("photo.JPG", "all.")
	f.write("takeout.tgz", "all.")
	f.write("README", "all.")
	if err := os.Truncate(f.path("README"), watch.MaxFileSize+1); err != nil {
		t.Fatal(err)
	}
	f.write("huge.fit", "")
	if err := os.Truncate(f.path("huge.fit"), watch.MaxFileSize+1); err != nil {
		t.Fatal(err)
	}
	f.start()
	f.awaitState("photo.JPG", readiness.FileIgnored)
	f.awaitState("README", readiness.FileIgnored)
	f.awaitState("takeout.tgz", readiness.FileIgnored)
	f.awaitState("huge.fit", readiness.FileRefused)
	for name, reason := range map[string]string{"photo.JPG": ".jpg files are not read", "takeout.tgz": "unpack it, or ask for a .zip", "README": "without a suffix", "huge.fit": "larger than 64 MiB"} {
		if got := f.h.line(f.path(name)).Reason; !strings.Contains(got, reason) {
			t.Errorf("%s: %q, want %q", name, got, reason)
		}
	}
	if len(f.h.read) != 0 {
		t.Errorf("read: %v", f.h.read)
	}
}

func TestASlowWriterIsReadOnceItIsComplete(t *testing.T) {
	for _, noEvents := range []bool{false, true} {
		f := newFolder(t)
		f.o.NoEvents = noEvents
		f.start()
		w, err := os.Create(f.path("slow.fit"))
		if err != nil {
			t.Fatal(err)
		}
		f.awaitState("slow.fit", readiness.FilePending) // nothing in it yet
		for _, part := range []string{"half", " and half", "."} {
			if _, err := w.WriteString(part); err != nil {
				t.Fatal(err)
			}
			f.awaitScans()
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		f.awaitState("slow.fit", readiness.FilePublished)
		got := f.h.contents(f.path("slow.fit"))
		if got[len(got)-1] != "half and half." {
			t.Errorf("read %q", got)
		}
		f.end()
	}
}

func TestArrivalByRenameWithAnOldTime(t *testing.T) {
	f := newFolder(t)
	f.start()
	old := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, tmp := range []string{".syncthing.a.fit.tmp", ".a.fit.~12ab", "a.fit.part", "../outside.fit"} {
		name := fmt.Sprintf("%d.fit", i)
		f.write(tmp, "all.")
		if err := os.Chtimes(f.path(tmp), old, old.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
		f.rename(tmp, name)
		f.awaitState(name, readiness.FilePublished)
	}
	if n := len(f.h.lines); n != 4 {
		t.Errorf("%d files noticed, want 4: %v", n, f.h.lines)
	}
}

// TestClocksThatDisagree: the machine that wrote a file may be days ahead or
// years behind; its times say that something changed, never what is newer.
func TestClocksThatDisagree(t *testing.T) {
	f := newFolder(t)
	f.o.NoEvents, f.o.SweepEvery = true, 100*time.Millisecond
	stamped := func(content string, at time.Time) {
		f.write("a.csv", content)
		if err := errors.Join(os.Chtimes(f.path("a.csv"), at, at), os.Chtimes(f.dir, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	stamped("one.", now.Add(90*24*time.Hour))
	f.start()
	want := []string{"one."}
	for content, at := range map[string]time.Time{"two.": now.Add(-20 * 365 * 24 * time.Hour), "six.": now.Add(48 * time.Hour), "ten.": time.Unix(0, 0)} {
		f.await("the content before", func() bool { return slices.Equal(f.h.contents(f.path("a.csv")), want) })
		stamped(content, at)
		want = append(want, content)
	}
	f.await("the last content", func() bool { return slices.Equal(f.h.contents(f.path("a.csv")), want) })
	f.awaitState("a.csv", readiness.FilePublished)
}

func TestInPlaceOverwriteIsANewContent(t *testing.T) {
	for name, o := range map[string]struct {
		noEvents bool
		sweep    time.Duration
	}{"told by an event": {false, time.Hour}, "found by the sweep": {true, 100 * time.Millisecond}} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			f.o.NoEvents, f.o.SweepEvery = o.noEvents, o.sweep
			f.write("sub/a.csv", "one.")
			f.start()
			f.awaitState("sub/a.csv", readiness.FilePublished)
			f.write("sub/a.csv", "one, two.")
			f.await("the new content", func() bool {
				return slices.Equal(f.h.contents(f.path("sub/a.csv")), []string{"one.", "one, two."})
			})
		})
	}
}

// Folders that come and go while files are written into them: what no event
// tells is found by the scan.
func TestNewAndDeepFolders(t *testing.T) {
	for _, noEvents := range []bool{false, true} {
		f := newFolder(t)
		f.o.NoEvents = noEvents
		f.start()
		f.awaitScans()
		for i := range 20 {
			f.write(fmt.Sprintf("n%d/a/b/c/d/e/%d.fit", i, i), "all.") // no pause between folder and file
		}
		for i := range 20 {
			f.awaitState(fmt.Sprintf("n%d/a/b/c/d/e/%d.fit", i, i), readiness.FilePublished)
		}
		f.rename("n0", "moved")
		f.awaitState("moved/a/b/c/d/e/0.fit", readiness.FilePublished)
		f.write("moved/a/b/later.fit", "all.")
		f.awaitState("moved/a/b/later.fit", readiness.FilePublished)
		if err := os.RemoveAll(f.path("n1")); err != nil {
			t.Fatal(err)
		}
		f.await("19 + 1 files", func() bool { return f.w.Status().Files == 20 })
		if s := f.h.line(f.path("n1/a/b/c/d/e/1.fit")).State; s != readiness.FilePublished {
			t.Errorf("a file that was removed became %s", s)
		}
		f.end()
	}
}

func TestFilesThatAppearWhileScanning(t *testing.T) {
	f := newFolder(t)
	f.o.NoEvents, f.o.SweepEvery = true, time.Hour // nothing but the times of folders tells
	f.start()
	for i := range 300 {
		f.write(fmt.Sprintf("%d.fit", i), "all.")
	}
	for i := range 300 {
		f.awaitState(fmt.Sprintf("%d.fit", i), readiness.FilePublished)
	}
}

func TestLinksAreNotFollowedOutOfTheFolder(t *testing.T) {
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret.fit"), []byte("secret."), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFolder(t)
	f.write("real/a.fit", "all.")
	for name, target := range map[string]string{
		"out.fit": filepath.Join(outside, "secret.fit"), "dir": outside, "up.fit": "../" + filepath.Base(outside) + "/secret.fit",
		"loop": ".", "in.fit": "real/a.fit", "broken.fit": "nowhere.fit", "self.fit": "self.fit",
	} {
		if err := os.Symlink(target, f.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(f.path("pipe.fit"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.start()
	f.awaitState("in.fit", readiness.FilePublished)
	f.awaitState("real/a.fit", readiness.FilePublished)
	f.awaitScans()
	if len(f.h.lines) != 2 {
		t.Errorf("%v, want the file and the link to it", f.h.lines)
	}
	for _, name := range []string{"out.fit", "dir", "up.fit", "loop", "self.fit"} {
		if w := f.w.Status().Warnings; !slices.Contains(w, name+" is a link to a folder or out of the folder: it is not followed") {
			t.Errorf("nothing of %s in %q", name, w)
		}
	}
}

// forbid takes the rights to a path away; root is denied nothing.
func forbid(t *testing.T, path string) (denied bool) {
	t.Helper()
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(path, 0o700) }) // it may be gone
	_, err := os.ReadDir(path)
	_, err2 := os.ReadFile(path)
	return errors.Is(err, fs.ErrPermission) || errors.Is(err2, fs.ErrPermission)
}

func TestUnreadableFilesAndFoldersWaitAndStopNobody(t *testing.T) {
	f := newFolder(t)
	f.write("a.fit", "all.")
	f.write("no.fit", "all.")
	f.write("sub/b.fit", "all.")
	if !forbid(t, f.path("no.fit")) {
		t.Log("this user may read everything: the states are those of readable files")
		f.start()
		f.awaitState("no.fit", readiness.FilePublished)
		return
	}
	forbid(t, f.path("sub"))
	f.start()
	f.awaitState("a.fit", readiness.FilePublished)
	f.awaitState("no.fit", readiness.FilePending)
	if got := f.h.line(f.path("no.fit")).Reason; got != "cannot be read: permission denied" {
		t.Errorf("reason = %q", got)
	}
	f.await("a warning", func() bool {
		return slices.Equal(f.w.Status().Warnings, []string{"sub cannot be read: permission denied"})
	})
	if err := errors.Join(os.Chmod(f.path("no.fit"), 0o600), os.Chmod(f.path("sub"), 0o700)); err != nil {
		t.Fatal(err)
	}
	f.awaitState("no.fit", readiness.FilePublished)
	f.awaitState("sub/b.fit", readiness.FilePublished)
}

func TestAFolderThatVanishesAndComesBack(t *testing.T) {
	f := newFolder(t)
	f.write("a.fit", "all.")
	f.write("half.fit", "half")
	f.start()
	f.awaitState("a.fit", readiness.FilePublished)
	f.awaitState("half.fit", readiness.FilePending)

	away := f.dir + "-away"
	if err := os.Rename(f.dir, away); err != nil {
		t.Fatal(err)
	}
	f.await("a warning", func() bool { return f.warned("cannot be opened") })
	if err := os.Mkdir(f.dir, 0o700); err != nil { // the mount point is there, the disk is not
		t.Fatal(err)
	}
	f.await("a warning", func() bool { return f.warned("is it mounted?") })
	if got := f.h.line(f.path("half.fit")).State; got != readiness.FilePending || f.w.Status().Files != 2 {
		t.Errorf("the files were forgotten: %s, %+v", got, f.w.Status())
	}
	if err := errors.Join(os.Remove(f.dir), os.Rename(away, f.dir)); err != nil {
		t.Fatal(err)
	}
	f.write("b.fit", "all.")
	f.awaitState("b.fit", readiness.FilePublished)
	f.await("no warning", func() bool { return len(f.w.Status().Warnings) == 0 })
	if got := f.h.contents(f.path("a.fit")); len(got) != 1 {
		t.Errorf("a.fit was read %d times", len(got))
	}
}

// As when a machine starts before its disk is there.
func TestAFolderThatIsNotThereYetAtTheStart(t *testing.T) {
	f := newFolder(t)
	old := time.Now().Add(-time.Hour)
	for name, content := range map[string]string{"a.fit": "all.", "half.fit": "half"} {
		f.write(name, content)
		if err := os.Chtimes(f.path(name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	f.start()
	f.awaitState("a.fit", readiness.FilePublished)
	f.awaitState("half.fit", readiness.FilePending)
	f.end()

	away := f.dir + "-away"
	if err := errors.Join(os.Rename(f.dir, away), os.Mkdir(f.dir, 0o700)); err != nil {
		t.Fatal(err)
	}
	f.start()
	f.await("a warning", func() bool { return f.warned("is it mounted?") })
	if got := f.h.line(f.path("half.fit")); got.State != readiness.FilePending {
		t.Errorf("the file that waits is said to be gone: %+v", got)
	}
	if err := errors.Join(os.Remove(f.dir), os.Rename(away, f.dir)); err != nil {
		t.Fatal(err)
	}
	f.write("half.fit", "half and half.")
	f.awaitState("half.fit", readiness.FilePublished)
	f.await("no warning", func() bool { return len(f.w.Status().Warnings) == 0 })
	if got := f.h.contents(f.path("a.fit")); len(got) != 1 {
		t.Errorf("a.fit was read %d times", len(got))
	}
}

func TestARestartReadsOnlyWhatIsNew(t *testing.T) {
	f := newFolder(t)
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{"a.fit", "half.fit", "gone.fit", "notes.txt"} {
		f.write(name, map[bool]string{true: "all.", false: "half"}[name == "a.fit"])
		if err := os.Chtimes(f.path(name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	f.start()
	f.awaitState("a.fit", readiness.FilePublished)
	f.awaitState("half.fit", readiness.FilePending)
	f.awaitState("gone.fit", readiness.FilePending)
	f.awaitState("notes.txt", readiness.FileIgnored)
	f.end()
	if err := os.Remove(f.path("gone.fit")); err != nil {
		t.Fatal(err)
	}
	f.write("half.fit", "half and half.")
	f.write("new.fit", "all.") // arrived while the program was down
	f.start()
	if err := f.w.WaitFirstScan(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.awaitState("half.fit", readiness.FilePublished)
	f.awaitState("new.fit", readiness.FilePublished)
	f.awaitState("gone.fit", readiness.FileIgnored)
	if got := f.h.contents(f.path("a.fit")); len(got) != 1 {
		t.Errorf("a.fit was read %d times", len(got))
	}
}

// A file that an earlier version passed over for its name, and this one reads.
func TestAnUpgradeReadsNamesThatItLearned(t *testing.T) {
	f := newFolder(t)
	f.write("a.fit", "all.")
	f.write("a.jpg", "all.")
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{"a.fit", "a.jpg"} {
		line := readiness.File{Athlete: me, Path: f.path(name), Size: 4, ModTime: old, State: readiness.FileIgnored, Reason: "such files are not read"}
		if err := errors.Join(os.Chtimes(f.path(name), old, old), f.h.Note(t.Context(), line)); err != nil {
			t.Fatal(err)
		}
	}
	f.start()
	f.awaitState("a.fit", readiness.FilePublished)
	f.awaitScans()
	if got := f.h.line(f.path("a.jpg")).Reason; got != "such files are not read" {
		t.Errorf("a.jpg was looked at again: %s", got)
	}
}

func TestTheFirstScanWaitsForFatesNotForSlowWriters(t *testing.T) {
	f := newFolder(t)
	f.o.Settle = time.Minute
	f.write("growing.fit", "0")
	f.start()
	done := make(chan error, 1)
	go func() { done <- f.w.WaitFirstScan(t.Context()) }()
	select {
	case err := <-done:
		t.Fatalf("over before the file's fate was known: %v", err)
	case <-time.After(200 * time.Millisecond): // several scans
	}
	f.write("growing.fit", "01")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if p := f.w.Status().Pending; len(p) != 1 || p[0].Reason != "still changing" {
		t.Errorf("pending = %v", p)
	}
}

func TestAFileThatGoesBeforeItIsWholeIsNotPendingForEver(t *testing.T) {
	f := newFolder(t)
	f.write("half.fit", "half")
	f.start()
	f.awaitState("half.fit", readiness.FilePending)
	if err := os.Remove(f.path("half.fit")); err != nil {
		t.Fatal(err)
	}
	f.write("other.fit", "all.")
	f.awaitState("half.fit", readiness.FileIgnored)
	f.awaitState("other.fit", readiness.FilePublished)
	f.await("nothing pending", func() bool { return len(f.w.Status().Pending) == 0 })
	f.write("half.fit", "half and half.") // it may come again
	f.awaitState("half.fit", readiness.FilePublished)
}

func TestAFaultOfTheHandlerIsTriedAgain(t *testing.T) {
	f := newFolder(t)
	f.h.fault = errors.New("no space left")
	f.write("a.fit", "all.")
	f.start()
	f.awaitState("a.fit", readiness.FilePublished)
}

// warned reports a warning of the folder that says so.
func (f *folder) warned(says string) bool {
	return slices.ContainsFunc(f.w.Status().Warnings, func(w string) bool { return strings.Contains(w, says) })
}

func TestAthletesFromSubFolders(t *testing.T) {
	f := newFolder(t)
	f.o.Folder = watch.Folder{Path: f.dir, AthletesFrom: "subfolder"}
	f.o.Known = []readiness.AthleteID{"anna", "ben"}
	f.write("anna/a.fit", "all.")
	f.write("ben/deep/b.fit", "all.")
	f.write("carl/c.fit", "all.")
	f.start()
	f.awaitState("anna/a.fit", readiness.FilePublished)
	f.awaitState("ben/deep/b.fit", readiness.FilePublished)
	if a, b := f.h.line(f.path("anna/a.fit")).Athlete, f.h.line(f.path("ben/deep/b.fit")).Athlete; a != "anna" || b != "ben" {
		t.Errorf("athletes %s and %s", a, b)
	}
	f.await("a warning", func() bool { return f.warned(`sub-folder "carl" is no configured athlete`) })
	if f.h.line(f.path("carl/c.fit")).State != "" {
		t.Error("a stranger's file was read")
	}
}

// TestLinksBetweenAthletesAreNotFollowed: a link within one's own sub-folder is a
// file like any other, one into another's would make his runs hers.
func TestLinksBetweenAthletesAreNotFollowed(t *testing.T) {
	f := newFolder(t)
	f.o.Folder = watch.Folder{Path: f.dir, AthletesFrom: "subfolder"}
	f.o.Known = []readiness.AthleteID{"anna", "ben", "link"}
	f.write("anna/deep/own.fit", "hers.")
	f.write("ben/his.fit", "his.")
	for name, target := range map[string]string{
		"anna/own.fit": "deep/own.fit", "anna/his.fit": "../ben/his.fit", "anna/deep/his.fit": f.path("ben/his.fit"), "anna/ben": "../ben", "link": "ben",
	} {
		if err := os.Symlink(target, f.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	f.start()
	for name, who := range map[string]readiness.AthleteID{"anna/own.fit": "anna", "anna/deep/own.fit": "anna", "ben/his.fit": "ben"} {
		f.awaitState(name, readiness.FilePublished)
		if got := f.h.line(f.path(name)).Athlete; got != who {
			t.Errorf("%s is %s's, want %s's", name, got, who)
		}
	}
	f.awaitScans()
	if len(f.h.lines) != 3 {
		t.Errorf("%v, want three files", f.h.lines)
	}
	for _, name := range []string{"anna/his.fit", "anna/deep/his.fit", "anna/ben", "link"} {
		if !f.warned(name + " is a link") {
			t.Errorf("nothing of %s in %q", name, f.w.Status().Warnings)
		}
	}
}

// TestEveryWarningIsToldOnce: not only one of several, and not again at each
// look; what was told stays in the status as long as it is true.
func TestEveryWarningIsToldOnce(t *testing.T) {
	f := newFolder(t)
	var log logged
	f.o.Folder, f.o.Log = watch.Folder{Path: f.dir, AthletesFrom: "subfolder"}, slog.New(slog.NewTextHandler(&log, nil))
	f.write("carl/c.fit", "all.")
	f.write("carl/d.fit", "all.")
	f.write("dora/c.fit", "all.")
	f.write("nobody.fit", "all.")
	f.start()
	f.awaitScans()
	f.awaitScans()
	for _, says := range []string{`sub-folder "carl"`, `sub-folder "dora"`, "nobody.fit lies in no athlete's"} {
		if !f.warned(says) {
			t.Errorf("nothing of %s in %q", says, f.w.Status().Warnings)
		}
		if n := strings.Count(strings.ReplaceAll(log.String(), `\`, ""), says); n != 1 {
			t.Errorf("%d lines of the log have %s", n, says)
		}
	}
	if err := os.RemoveAll(f.path("dora")); err != nil {
		t.Fatal(err)
	}
	f.await("no more of dora", func() bool { return !f.warned("dora") && f.warned("carl") })
}

// logged is a log that may be read while it is written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
