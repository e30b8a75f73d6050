package watch

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// Probe tells what can be known of a folder's events without writing into it.
type Probe struct {
	Network bool  // on a file server: its events do not come from other machines
	Folders int   // that were listened to
	Err     error // why some could not
}

// ProbeEvents listens to a folder and all below it for a moment.
func ProbeEvents(ctx context.Context, root string) Probe {
	p := Probe{Network: onNetwork(root)}
	n, err := fsnotify.NewWatcher()
	if err != nil {
		p.Err = err
		return p
	}
	defer func() { p.Err = errors.Join(p.Err, n.Close()) }()
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil || !d.IsDir():
			return err
		case path != root && !Candidate(d.Name()):
			return fs.SkipDir
		}
		p.Folders++
		return n.Add(path)
	})
	p.Err = errors.Join(p.Err, err)
	return p
}
