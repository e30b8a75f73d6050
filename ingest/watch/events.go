package watch

import (
	"context"
	"path"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// gather is how long events are collected before a look.
const gather = 100 * time.Millisecond

// events are what the file system tells between two looks: where something
// happened. They are hints; what they miss is found by the scan.
type events struct {
	n     *fsnotify.Watcher // nil when there are none
	root  string
	hints chan struct{}

	mu    sync.Mutex // guards the rest
	dirty map[string]bool
	lost  bool // some were dropped
}

// newEvents returns events that stay silent until listen is told of folders.
func newEvents(root string, n *fsnotify.Watcher) *events {
	return &events{n: n, root: root, hints: make(chan struct{}, 1), dirty: map[string]bool{}}
}

// listen adds a folder; adding it again is harmless, and needed when another one
// has taken its place.
func (e *events) listen(dir string) error {
	if e.n == nil {
		return nil
	}
	return e.n.Add(filepath.Join(e.root, filepath.FromSlash(dir)))
}

// take returns what happened since the last call.
func (e *events) take() (dirty map[string]bool, lost bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	dirty, lost = e.dirty, e.lost
	e.dirty, e.lost = map[string]bool{}, false
	return dirty, lost
}

// note remembers where something happened: in a folder, or with the folder
// itself.
func (e *events) note(name string) {
	rel, err := filepath.Rel(e.root, name)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		e.lost = true
		return
	}
	rel = filepath.ToSlash(rel)
	e.dirty[rel], e.dirty[path.Dir(rel)] = true, true
}

func (e *events) missed() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lost = true
}

// run collects events until ctx ends and gives a hint some time after the
// first: a writer that never rests must not keep the others waiting.
func (e *events) run(ctx context.Context) {
	defer func() { _ = e.n.Close() }() // nothing is lost with it
	var due <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case ev, ok := <-e.n.Events:
			if !ok {
				return
			}
			e.note(ev.Name)
		case _, ok := <-e.n.Errors:
			if !ok {
				return
			}
			e.missed()
		case <-due:
			due = nil
			select {
			case e.hints <- struct{}{}:
			default: // one is waiting already
			}
			continue
		}
		if due == nil {
			due = time.After(gather)
		}
	}
}
