package watch

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// granule is the coarsest time stamp of a file system (FAT): a folder may change
// again within it and look the same.
const granule = 2 * time.Second

// folder is what the last listing of a folder said.
type folder struct {
	mtime time.Time
	since time.Time // when this mtime was first seen, by the own clock: the server's may be wrong
	read  time.Time // of the last listing
	files []string  // paths
	subs  []string
}

// unchanged reports that a listing would say nothing new about names. A file
// overwritten in place does not change its folder: events and the sweep tell of
// that.
func (f *folder) unchanged(mtime time.Time) bool {
	return f != nil && f.mtime.Equal(mtime) && f.read.Sub(f.since) >= granule
}

// disk is the synced folder, seen from its top; nothing leads out of it.
type disk interface {
	Stat(name string) (fs.FileInfo, error)
	ReadDir(name string) ([]fs.DirEntry, error) // sorted by name
}

type rootDisk struct{ *os.Root }

func (d rootDisk) ReadDir(name string) ([]fs.DirEntry, error) {
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

// survey is one look at the folders; it lists only those that may have changed.
type survey struct {
	w       *Watcher
	ctx     context.Context
	disk    disk
	now     time.Time
	all     bool            // list every folder, changed or not
	dirty   map[string]bool // folders that events told of
	listed  map[string]bool // folders listed by this survey
	warning string
}

func (s *survey) warn(text string) {
	if s.warning == "" {
		s.warning = text
	}
}

// visit looks at a folder and all below it.
func (s *survey) visit(dir string) {
	if s.ctx.Err() != nil {
		return
	}
	info, err := s.disk.Stat(dir)
	if err != nil {
		s.lost(dir, err)
		return
	}
	known := s.w.folders[dir]
	s.hear(dir, known, info.ModTime())
	if s.all || s.dirty[dir] || !known.unchanged(info.ModTime()) {
		s.list(dir, known, info.ModTime())
	}
	if f := s.w.folders[dir]; f != nil {
		for _, sub := range f.subs {
			s.visit(sub)
		}
	}
}

// eventWait is how long an event of a change may take.
const eventWait = 10 * time.Second

// hear compares what is seen with what events told: a folder that changed while
// nothing was told of it makes them doubtful, an event clears them.
func (s *survey) hear(dir string, known *folder, mtime time.Time) {
	switch {
	case s.dirty[dir]:
		clear(s.w.silent)
	case s.w.events.n != nil && known != nil && !known.mtime.Equal(mtime):
		if _, ok := s.w.silent[dir]; !ok {
			s.w.silent[dir] = s.now
		}
	}
}

// unannounced warns of events that do not come, as from a file server; what
// arrives is then found by looking.
func (s *survey) unannounced() {
	for _, since := range s.w.silent {
		if s.now.Sub(since) >= eventWait {
			s.warn("changes are not announced here, as on a network drive: new files are found by looking every " + s.w.o.ScanEvery.String())
			return
		}
	}
}

// lost deals with a folder that cannot be looked at: only one that is not there
// is forgotten.
func (s *survey) lost(dir string, err error) {
	if errors.Is(err, fs.ErrNotExist) && dir != "." {
		s.forgetFolder(dir)
		return
	}
	s.warn(dir + " cannot be read: " + cause(err))
}

// list reads a folder. It is listened to before: what comes in between is told
// by an event.
func (s *survey) list(dir string, known *folder, mtime time.Time) {
	s.w.listen(dir)
	entries, err := s.disk.ReadDir(dir)
	if err != nil {
		s.lost(dir, err)
		return
	}
	f := &folder{mtime: mtime, since: s.now, read: s.now}
	if known != nil && known.mtime.Equal(mtime) {
		f.since = known.since
	}
	for _, e := range entries {
		s.entry(f, path.Join(dir, e.Name()), e)
	}
	if dir == "." && len(f.files)+len(f.subs) == 0 && len(s.w.files.files) > 0 {
		s.warn("the folder is empty, but was not before: is it mounted?")
		return
	}
	s.listed[dir] = true
	s.replace(dir, known, f)
}

func (s *survey) entry(f *folder, p string, e fs.DirEntry) {
	if !Candidate(e.Name()) {
		return
	}
	if e.IsDir() {
		f.subs = append(f.subs, p)
		return
	}
	if s.look(p, e) {
		f.files = append(f.files, p)
	}
}

// look looks at a file; it reports whether there is one.
func (s *survey) look(p string, e fs.DirEntry) bool {
	info, err := s.info(p, e)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false
	case err != nil:
		s.warn(p + " cannot be read: " + cause(err))
		return false
	case !info.Mode().IsRegular():
		return false
	}
	return s.see(p, info)
}

// info follows a link to a file, but not out of the folder.
func (s *survey) info(p string, e fs.DirEntry) (fs.FileInfo, error) {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.Info()
	}
	info, err := s.disk.Stat(p)
	if err == nil && info.IsDir() || err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.warn(p + " is a link to a folder or out of the folder: it is not followed")
		return nil, fs.ErrNotExist
	}
	return info, err
}

// see tells the settler of a file; it reports whether it is somebody's.
func (s *survey) see(p string, info fs.FileInfo) bool {
	athlete, why := s.w.athlete(p)
	if athlete == "" {
		s.warn(why)
		return false
	}
	l := look{info.Size(), info.ModTime()}
	s.w.files.see(p, l, s.now, func() bool { return s.w.settledBefore(p, l) })
	return true
}

// replace puts a new listing in the place of the old one and forgets what is
// not there any more.
func (s *survey) replace(dir string, old, f *folder) {
	s.w.folders[dir] = f
	if old == nil {
		return
	}
	for _, p := range without(old.files, f.files) {
		s.forget(p)
	}
	for _, sub := range without(old.subs, f.subs) {
		s.forgetFolder(sub)
	}
}

// without returns the members of a that are not in b; both are sorted.
func without(a, b []string) []string {
	var out []string
	for _, x := range a {
		if _, ok := slices.BinarySearch(b, x); !ok {
			out = append(out, x)
		}
	}
	return out
}

func (s *survey) forgetFolder(dir string) {
	f := s.w.folders[dir]
	if f == nil {
		return
	}
	delete(s.w.folders, dir)
	for _, p := range f.files {
		s.forget(p)
	}
	for _, sub := range f.subs {
		s.forgetFolder(sub)
	}
}

func (s *survey) forget(p string) {
	if s.w.files.forget(p) {
		s.w.gone(s.ctx, p)
	}
}

// waiting looks at the files that wait, where their folder was not listed.
func (s *survey) waiting() {
	for _, p := range s.w.files.waitingPaths() {
		if s.listed[path.Dir(p)] || s.ctx.Err() != nil {
			continue
		}
		if info, err := s.disk.Stat(p); err == nil { // else its folder has changed: the next listing tells
			s.see(p, info)
		}
	}
}

// cause is what the system says, without the path.
func cause(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}
