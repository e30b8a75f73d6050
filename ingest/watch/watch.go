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
	"slices"
	"sync"
	"time"

	"afterrun/readiness"
)

// MaxFileSize bounds a file that is read, bytes.
const MaxFileSize = 64 << 20

// Handler takes over files. Its methods are called one at a time per watcher.
type Handler interface {
	// File reads one settled file and says what became of it. An error means
	// that nothing could be decided; the file is tried again.
	File(ctx context.Context, athlete readiness.AthleteID, path string, data []byte, info fs.FileInfo) (readiness.File, error)
	// Note writes down a file that could not be read.
	Note(ctx context.Context, f readiness.File) error
	// Known returns what became of a path before, the zero File if nothing.
	Known(ctx context.Context, athlete readiness.AthleteID, path string) (readiness.File, error)
}

// Opener reads what is too large to be read whole: an export, member by member.
type Opener interface {
	Bundle(ctx context.Context, athlete readiness.AthleteID, path string, r io.ReaderAt, info fs.FileInfo, tell func(readiness.File)) (readiness.File, error)
}

// Folder is a synced folder: of one athlete, or with one sub-folder for each.
type Folder struct {
	Path         string
	Athlete      readiness.AthleteID
	AthletesFrom string // "" or "subfolder"
}

// Options are a watcher's parts and times. Zero times mean the defaults: a scan
// every 60 s, settled after 2 s (10 s on network file systems).
type Options struct {
	Folder    Folder
	Handler   Handler
	Opener    Opener                // nil: a file larger than MaxFileSize is refused
	Known     []readiness.AthleteID // athletes whose sub-folders are read
	ScanEvery time.Duration
	Settle    time.Duration
	NoEvents  bool // do not use events of the file system
	Log       *slog.Logger
}

// Status is what a watcher sees.
type Status struct {
	Path     string
	Files    int
	Pending  []Pending
	LastScan time.Time
	Warning  string // "" = all is well
}

// Pending is a file that waits.
type Pending struct{ Path, Reason string }

// Watcher watches one folder.
type Watcher struct {
	o     Options
	files *settler
	first chan struct{} // closed when every file of the start has been tried

	mu     sync.Mutex // guards status
	status Status
}

// New returns a watcher; nothing is read before Run.
func New(o Options) (*Watcher, error) {
	if o.Handler == nil || o.Folder.Path == "" {
		return nil, errors.New("watch: folder and handler are needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.ScanEvery <= 0 {
		o.ScanEvery = time.Minute
	}
	if o.Settle > 0 && onNetwork(o.Folder.Path) {
		o.Settle = max(o.Settle, 10*time.Second)
	}
	return &Watcher{o: o, files: newSettler(o.Settle), first: make(chan struct{}), status: Status{Path: o.Folder.Path}}, nil
}

// Run watches until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	hints := w.events(ctx)
	for {
		if err := w.pass(ctx); err != nil {
			return err
		}
		timer := time.NewTimer(w.files.wake(time.Now(), w.o.ScanEvery))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-hints:
		case <-timer.C:
		}
		timer.Stop()
	}
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
	s.Pending = slices.Clone(s.Pending)
	return s
}

// pass looks at the whole folder once and reads what has settled. A folder that
// cannot be read is a warning, not the end of its files.
func (w *Watcher) pass(ctx context.Context) error {
	root, err := os.OpenRoot(w.o.Folder.Path)
	if err != nil {
		w.report("the folder cannot be opened: " + err.Error())
		return nil
	}
	defer func() { _ = root.Close() }() // read only
	warning := w.scan(ctx, root)
	for _, p := range w.files.ready(time.Now()) {
		if ctx.Err() != nil {
			return nil
		}
		w.files.finished(p, w.read(ctx, root, p), time.Now())
	}
	w.report(warning)
	if ctx.Err() == nil && !w.files.restless() {
		w.firstDone()
	}
	return nil
}

func (w *Watcher) firstDone() {
	select {
	case <-w.first:
	default:
		close(w.first)
	}
}

func (w *Watcher) report(warning string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if warning != "" && warning != w.status.Warning {
		w.o.Log.Warn("folder", "path", w.o.Folder.Path, "warning", warning)
	}
	w.status.Warning, w.status.LastScan = warning, time.Now()
	w.status.Files, w.status.Pending = len(w.files.files), w.files.pending()
}

// scan takes a look at every file below the root. It returns a warning for the
// owner of the folder.
func (w *Watcher) scan(ctx context.Context, root *os.Root) (warning string) {
	seen := map[string]bool{}
	err := fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			warning = "cannot be read: " + err.Error()
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case p == ".":
			return nil
		case !Candidate(d.Name(), d.IsDir()):
			return skip(d)
		case d.IsDir():
			return nil
		}
		athlete, why := w.athlete(p)
		if athlete == "" {
			warning = why
			return nil
		}
		if info, err := root.Stat(p); err == nil && info.Mode().IsRegular() {
			seen[p] = true
			l := look{info.Size(), info.ModTime()}
			w.files.see(p, l, time.Now(), func() bool { return w.settledBefore(ctx, athlete, p, l) })
		}
		return nil
	})
	if err != nil {
		return "the scan ended early: " + err.Error()
	}
	if len(seen) == 0 && len(w.files.files) > 0 {
		return "the folder is empty, but was not before: is it mounted?"
	}
	w.files.keep(seen)
	return warning
}

func skip(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// athlete says whose file it is; "" and the reason when nobody's.
func (w *Watcher) athlete(p string) (readiness.AthleteID, string) {
	if w.o.Folder.AthletesFrom == "" {
		return w.o.Folder.Athlete, ""
	}
	first, _, nested := cut(p)
	id := readiness.AthleteID(first)
	switch {
	case !nested:
		return "", fmt.Sprintf("%s lies in no athlete's sub-folder", p)
	case !slices.Contains(w.o.Known, id):
		return "", fmt.Sprintf("sub-folder %q is no configured athlete: add it under athletes", first)
	}
	return id, ""
}

func cut(p string) (first, rest string, nested bool) {
	for i := range p {
		if p[i] == '/' {
			return p[:i], p[i+1:], true
		}
	}
	return p, "", false
}

// settledBefore asks the ledger whether exactly this look was settled by an
// earlier run of the program. A file changed within two seconds of that is read
// again: its time may not tell.
func (w *Watcher) settledBefore(ctx context.Context, athlete readiness.AthleteID, p string, l look) bool {
	f, err := w.o.Handler.Known(ctx, athlete, p)
	if err != nil || f.State == "" || f.State == readiness.FilePending {
		return false
	}
	same := f.Size == l.size && f.ModTime.Equal(l.mtime.UTC())
	return same && f.Seen.Sub(l.mtime) > 2*time.Second
}

// read reads one settled file and hands it over; it returns why the file has to
// be tried again, "" when it is settled.
func (w *Watcher) read(ctx context.Context, root *os.Root, p string) string {
	athlete, why := w.athlete(p)
	if athlete == "" {
		return why
	}
	data, info, err := w.content(root, p)
	if errors.Is(err, errTooLarge) && w.o.Opener != nil {
		return w.finish(w.open(ctx, root, athlete, p))
	}
	if err != nil {
		line := readiness.File{Athlete: athlete, Path: p, State: readiness.FilePending, Reason: "cannot be read: " + err.Error()}
		if errors.Is(err, errTooLarge) {
			line.State, line.Reason, line.Size, line.ModTime = readiness.FileRefused, err.Error(), info.Size(), info.ModTime().UTC()
		}
		return w.noted(ctx, line)
	}
	return w.finish(w.o.Handler.File(ctx, athlete, p, data, info))
}

// finish says why a file has to be tried again, "" when it is settled.
func (w *Watcher) finish(f readiness.File, err error) string {
	if err != nil {
		w.o.Log.Warn("file is tried again", "file", path.Join(w.o.Folder.Path, f.Path), "err", err)
		return err.Error()
	}
	if f.State == readiness.FilePending {
		return f.Reason
	}
	return ""
}

// open hands over a file that is too large to be read whole.
func (w *Watcher) open(ctx context.Context, root *os.Root, athlete readiness.AthleteID, p string) (readiness.File, error) {
	file, err := root.Open(p)
	if err != nil {
		return readiness.File{Path: p}, err
	}
	defer func() { _ = file.Close() }() // read only
	info, err := file.Stat()
	if err != nil {
		return readiness.File{Path: p}, err
	}
	return w.o.Opener.Bundle(ctx, athlete, p, file, info, nil)
}

func (w *Watcher) noted(ctx context.Context, line readiness.File) string {
	if err := w.o.Handler.Note(ctx, line); err != nil {
		return err.Error()
	}
	if line.State == readiness.FilePending {
		return line.Reason
	}
	return ""
}

var (
	errTooLarge = fmt.Errorf("larger than %d MiB", MaxFileSize>>20)
	errChanging = errors.New("it changed while it was read")
)

// content reads a file whole, and makes sure that it did not change meanwhile.
func (w *Watcher) content(root *os.Root, p string) ([]byte, fs.FileInfo, error) {
	f, err := root.Open(p)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }() // read only
	before, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if before.Size() > MaxFileSize {
		return nil, before, errTooLarge
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxFileSize+1))
	if err != nil {
		return nil, before, err
	}
	after, err := root.Stat(p)
	if err != nil {
		return nil, before, err
	}
	was, is := look{before.Size(), before.ModTime()}, look{after.Size(), after.ModTime()}
	if !was.equal(is) || int64(len(data)) != is.size {
		return nil, before, errChanging
	}
	return data, after, nil
}
