// Package watch looks after a synced folder: which files are there, which of
// them have settled, and hands their bytes to a handler. Nothing in the folder
// is ever written, renamed or deleted.
//
// The periodic scan is the truth; events of the file system (fsnotify, imported
// only here) are hints to look sooner: they do not come on network mounts and
// miss new sub-folders. Whether a file is complete is decided by its content,
// which is the handler's business.
package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"afterrun/readiness"
)

// MaxFileSize bounds a file that is read, bytes.
const MaxFileSize = 64 << 20

// Handler takes over files. Its methods are called one at a time per watcher;
// a path is absolute, with slashes.
type Handler interface {
	// File reads one settled file and says what became of it. An error means
	// that nothing could be decided; the file is tried again.
	File(ctx context.Context, athlete readiness.AthleteID, path string, data []byte, info fs.FileInfo) (readiness.File, error)
	// Note writes down what became of a file that was not read.
	Note(ctx context.Context, f readiness.File) error
	// Lines returns what became of every file before.
	Lines(ctx context.Context) ([]readiness.File, error)
}

// Opener reads what is too large to be read whole: an export, member by member.
type Opener interface {
	Bundle(ctx context.Context, athlete readiness.AthleteID, path string, r io.ReaderAt, info fs.FileInfo, tell func(f readiness.File, known int)) (readiness.File, error)
}

// Folder is a synced folder: of one athlete, or with one sub-folder for each.
type Folder struct {
	Path         string
	Athlete      readiness.AthleteID
	AthletesFrom string // "" or "subfolder"
}

// Options are a watcher's parts and times. A zero ScanEvery or SweepEvery means
// the default: 60 s and 15 min. Settle is at least 10 s on network file systems,
// unless it is 0.
type Options struct {
	Folder     Folder
	Handler    Handler
	Opener     Opener                // nil: a file larger than MaxFileSize is refused
	Known      []readiness.AthleteID // athletes whose sub-folders are read
	ScanEvery  time.Duration         // a look at every folder; listed are those that changed
	SweepEvery time.Duration         // a look at every file
	Settle     time.Duration
	NoEvents   bool // do not use events of the file system
	Log        *slog.Logger
}

// Status is what a watcher sees.
type Status struct {
	Path     string
	Files    int
	Unread   int // settled files that the look under way has still to read
	Pending  []Pending
	LastScan time.Time
	Warnings []string // none = all is well
}

// Pending is a file that waits.
type Pending struct{ Path, Reason string }

// Watcher watches one folder.
type Watcher struct {
	o       Options
	events  *events
	files   *settler
	folders map[string]*folder        // by path, "." is the top
	before  map[string]readiness.File // the ledger's lines of the folder, until the first scan is over; nil = not read yet
	swept   time.Time                 // when every folder was listed last, zero = that is due
	deaf    bool                      // a folder could not be listened to
	silent  map[string]time.Time      // folders that changed and no event told, since when
	first   chan struct{}             // closed when the fate of every file of the start is known

	mu     sync.Mutex // guards status
	status Status
}

// New returns a watcher; nothing is read before Run.
func New(o Options) (*Watcher, error) {
	if o.Handler == nil || o.Folder.Path == "" {
		return nil, errors.New("watch: folder and handler are needed")
	}
	if !filepath.IsAbs(o.Folder.Path) {
		return nil, fmt.Errorf("watch: folder %s: not an absolute path", o.Folder.Path)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.ScanEvery <= 0 {
		o.ScanEvery = time.Minute
	}
	if o.SweepEvery <= 0 {
		o.SweepEvery = 15 * time.Minute
	}
	if o.Settle > 0 && onNetwork(o.Folder.Path) {
		o.Settle = max(o.Settle, 10*time.Second)
	}
	return &Watcher{
		o: o, events: newEvents(o.Folder.Path, nil), files: newSettler(o.Settle), folders: map[string]*folder{}, silent: map[string]time.Time{},
		first: make(chan struct{}), status: Status{Path: o.Folder.Path},
	}, nil
}

// Run watches until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	if !w.o.NoEvents {
		w.startEvents(ctx)
	}
	for ctx.Err() == nil {
		w.pass(ctx)
		timer := time.NewTimer(w.files.wake(time.Now(), w.o.ScanEvery))
		select {
		case <-ctx.Done():
		case <-w.events.hints:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

func (w *Watcher) startEvents(ctx context.Context) {
	n, err := fsnotify.NewWatcher()
	if err != nil {
		w.unheard(err)
		return
	}
	w.events = newEvents(w.o.Folder.Path, n)
	go w.events.run(ctx)
}

// listen is a wish: what cannot be listened to is found by the scan.
func (w *Watcher) listen(dir string) {
	if err := w.events.listen(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.unheard(err)
	}
}

func (w *Watcher) unheard(err error) {
	if !w.deaf {
		w.o.Log.Warn("no file system events for some folders: looking every "+w.o.ScanEvery.String(), "path", w.o.Folder.Path, "err", err)
	}
	w.deaf = true
}

// WaitFirstScan returns when every file found at the start has been read, or is
// known to be incomplete.
func (w *Watcher) WaitFirstScan(ctx context.Context) error {
	select {
	case <-w.first:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Status tells what the watcher sees.
func (w *Watcher) Status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.status
	s.Pending, s.Warnings = slices.Clone(s.Pending), slices.Clone(s.Warnings)
	return s
}

// pass looks at the whole folder once and reads what has settled. A folder that
// cannot be read is a warning, not the end of its files.
func (w *Watcher) pass(ctx context.Context) {
	root, err := os.OpenRoot(w.o.Folder.Path)
	if err != nil {
		w.swept = time.Time{} // another folder may come back in its place
		w.report("the folder cannot be opened: " + cause(err))
		return
	}
	defer func() { _ = root.Close() }() // read only
	if err := w.remember(ctx); err != nil {
		w.report(err.Error())
		return
	}
	disk := rootDisk{root, w.o.Folder.AthletesFrom != ""}
	warns := w.scan(ctx, disk, time.Now())
	ready := w.files.ready(time.Now())
	for i, p := range ready {
		if ctx.Err() != nil {
			return
		}
		w.reading(len(ready) - i)
		w.files.finished(p, w.read(ctx, disk, p), time.Now())
	}
	w.report(warns...)
	if ctx.Err() == nil && !w.files.restless() {
		w.firstDone()
	}
}

// remember reads the ledger before the first scan.
func (w *Watcher) remember(ctx context.Context) error {
	if w.before != nil {
		return nil
	}
	lines, err := w.o.Handler.Lines(ctx)
	if err != nil {
		return err
	}
	w.before = map[string]readiness.File{}
	for _, f := range lines {
		if athlete, p := w.place(f.Path); p != "" && athlete == f.Athlete {
			w.before[p] = f
		}
	}
	return nil
}

// place is the athlete and the path below the folder of a file in the ledger.
func (w *Watcher) place(absolute string) (readiness.AthleteID, string) {
	p, ok := strings.CutPrefix(absolute, w.absolute("")+"/")
	if !ok {
		return "", ""
	}
	athlete, _ := w.athlete(p)
	return athlete, p
}

// absolute is the path by which the ledger knows a file.
func (w *Watcher) absolute(p string) string {
	return path.Join(filepath.ToSlash(w.o.Folder.Path), strings.ToValidUTF8(p, "\uFFFD"))
}

func (w *Watcher) firstDone() {
	select {
	case <-w.first:
	default:
		close(w.first)
	}
}

func (w *Watcher) reading(left int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status.Files, w.status.Unread = len(w.files.files), left
}

// report tells what the pass found, in the log what the one before did not.
func (w *Watcher) report(warns ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, text := range warns {
		if !slices.Contains(w.status.Warnings, text) {
			w.o.Log.Warn("folder", "path", w.o.Folder.Path, "warning", text)
		}
	}
	w.status.Warnings, w.status.LastScan = warns, time.Now()
	w.status.Files, w.status.Unread, w.status.Pending = len(w.files.files), 0, w.files.pending()
}

// scan looks at every folder, at the files of those that may have changed, and
// at those that wait. It returns warnings for the owner of the folder.
func (w *Watcher) scan(ctx context.Context, d disk, now time.Time) (warns []string) {
	dirty, lost := w.events.take()
	all := lost || w.swept.IsZero() || now.Sub(w.swept) >= w.o.SweepEvery
	s := &survey{w: w, ctx: ctx, disk: d, now: now, all: all, dirty: dirty, listed: map[string]bool{}}
	s.visit(".")
	s.waiting()
	s.unannounced()
	if all && ctx.Err() == nil && s.listed["."] {
		w.swept = now
		w.vanished(ctx)
	}
	return s.warns
}

// vanished tells of files that waited when the program ended and were gone when
// it started again.
func (w *Watcher) vanished(ctx context.Context) {
	for p, f := range w.before {
		file, _, _ := strings.Cut(p, "!/") // what lies in a bundle goes with it
		if f.State == readiness.FilePending && w.files.files[file] == nil {
			w.gone(ctx, p)
		}
	}
	w.before = map[string]readiness.File{}
}

// gone notes that a file will not be completed.
func (w *Watcher) gone(ctx context.Context, p string) {
	athlete, _ := w.athlete(p)
	if athlete == "" || ctx.Err() != nil {
		return
	}
	line := readiness.File{Athlete: athlete, Path: w.absolute(p), State: readiness.FileIgnored, Reason: "it was gone before it could be read whole"}
	if err := w.o.Handler.Note(ctx, line); err != nil {
		w.o.Log.Warn("the ledger does not know that a file is gone", "file", line.Path, "err", err)
	}
}

// athlete says whose file it is; "" and the reason when nobody's.
func (w *Watcher) athlete(p string) (readiness.AthleteID, string) {
	if w.o.Folder.AthletesFrom == "" {
		return w.o.Folder.Athlete, ""
	}
	first, _, nested := strings.Cut(p, "/")
	id := readiness.AthleteID(first)
	switch {
	case !nested:
		return "", fmt.Sprintf("%s lies in no athlete's sub-folder", p)
	case !slices.Contains(w.o.Known, id):
		return "", fmt.Sprintf("sub-folder %q is no configured athlete: add it under athletes", first)
	}
	return id, ""
}

// settledBefore reports whether exactly this look was settled by an earlier run
// of the program. A file changed within two seconds of that is read again: its
// time may not tell.
func (w *Watcher) settledBefore(p string, l look) bool {
	f, ok := w.before[strings.ToValidUTF8(p, "\uFFFD")]
	passedOver := f.State == readiness.FileIgnored && f.SHA256 == "" // for its name
	if !ok || f.State == readiness.FilePending || passedOver && Unread(p) == "" {
		return false
	}
	same := f.Size == l.size && f.ModTime.Equal(l.mtime.UTC())
	return same && f.Seen.Sub(l.mtime) > granule
}

// read reads one settled file and hands it over; it returns why the file has to
// be tried again, "" when it is settled.
func (w *Watcher) read(ctx context.Context, d rootDisk, p string) string {
	athlete, why := w.athlete(p)
	if athlete == "" {
		return why
	}
	l := w.files.files[p].look
	line := readiness.File{Athlete: athlete, Path: w.absolute(p), Size: l.size, ModTime: l.mtime.UTC()}
	var f readiness.File
	err := d.at(p, func(root *os.Root, name string) (err error) {
		f, err = w.hand(ctx, root, name, line)
		return err
	})
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errChanging):
		return stillChanging
	case err != nil && ctx.Err() == nil:
		w.o.Log.Warn("file is tried again", "file", line.Path, "err", err)
	}
	if err != nil {
		return err.Error()
	}
	if f.State == readiness.FilePending {
		return f.Reason
	}
	return ""
}

// hand hands over a file: whole, or open if it is too large for that. One that
// is not read is only noted.
func (w *Watcher) hand(ctx context.Context, root *os.Root, p string, line readiness.File) (readiness.File, error) {
	switch why := Unread(p); {
	case why != "":
		line.State, line.Reason = readiness.FileIgnored, why
		return line, w.o.Handler.Note(ctx, line)
	case line.Size > MaxFileSize && w.o.Opener == nil:
		line.State, line.Reason = readiness.FileRefused, fmt.Sprintf("larger than %d MiB", MaxFileSize>>20)
		return line, w.o.Handler.Note(ctx, line)
	case line.Size > MaxFileSize:
		return w.open(ctx, root, p, line)
	}
	data, info, err := content(root, p)
	switch {
	case err == nil:
		return w.o.Handler.File(ctx, line.Athlete, line.Path, data, info)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errChanging):
		return line, err
	}
	line.State, line.Reason = readiness.FilePending, "cannot be read: "+cause(err)
	return line, w.o.Handler.Note(ctx, line)
}

// open hands over a file that is too large to be read whole.
func (w *Watcher) open(ctx context.Context, root *os.Root, p string, line readiness.File) (readiness.File, error) {
	file, err := root.Open(p)
	if err != nil {
		return line, err
	}
	defer func() { _ = file.Close() }() // read only
	info, err := file.Stat()
	if err != nil {
		return line, err
	}
	return w.o.Opener.Bundle(ctx, line.Athlete, line.Path, file, info, nil)
}

var errChanging = errors.New("it changed while it was read")

// content reads a file whole, and makes sure that it did not change meanwhile.
func content(root *os.Root, p string) ([]byte, fs.FileInfo, error) {
	f, err := root.Open(p)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }() // read only
	before, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxFileSize+1))
	if err != nil {
		return nil, nil, err
	}
	after, err := root.Stat(p)
	if err != nil {
		return nil, nil, err
	}
	was, is := look{before.Size(), before.ModTime()}, look{after.Size(), after.ModTime()}
	if !was.equal(is) || int64(len(data)) != is.size {
		return nil, nil, errChanging
	}
	return data, after, nil
}
