package watch

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// gather is how long events are collected before a look.
const gather = 100 * time.Millisecond

// events sends a hint some time after anything happened below the folder. The
// channel never closes; it stays silent when events do not work here.
func (w *Watcher) events(ctx context.Context) <-chan struct{} {
	hints := make(chan struct{}, 1)
	if w.o.NoEvents {
		return hints
	}
	n, err := fsnotify.NewWatcher()
	if err != nil {
		w.o.Log.Warn("no file system events, looking every "+w.o.ScanEvery.String(), "err", err)
		return hints
	}
	w.addTree(n, w.o.Folder.Path)
	go w.listen(ctx, n, hints)
	return hints
}

func (w *Watcher) listen(ctx context.Context, n *fsnotify.Watcher, hints chan<- struct{}) {
	defer func() { _ = n.Close() }() // nothing is lost with it
	timer := time.NewTimer(gather)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-n.Events:
			if !ok {
				return
			}
			if e.Has(fsnotify.Create) {
				w.addTree(n, e.Name) // a new sub-folder; its files are found by the scan
			}
			timer.Reset(gather)
		case err, ok := <-n.Errors:
			if !ok {
				return
			}
			w.o.Log.Debug("file system events", "err", err)
			timer.Reset(gather)
		case <-timer.C:
			select {
			case hints <- struct{}{}:
			default:
			}
		}
	}
}

// addTree listens to a folder and all below it. What cannot be listened to is
// found by the scan.
func (w *Watcher) addTree(n *fsnotify.Watcher, root string) {
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil //nolint:nilerr // it may have gone already
		}
		if p != w.o.Folder.Path && !Candidate(d.Name(), true) {
			return fs.SkipDir
		}
		return n.Add(p)
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.o.Log.Debug("no file system events", "path", root, "err", err)
	}
}
