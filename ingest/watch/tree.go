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
	warns []string // what its owner should know of it
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

// rootDisk is the folder itself; each sub-folder is closed towards the others
// where they belong to several athletes.
type rootDisk struct {
	*os.Root
	closed bool
}

func (d rootDisk) Stat(name string) (info fs.FileInfo, err error) {
	err = d.at(name, func(root *os.Root, name string) error {
		info, err = root.Stat(name)
		return err
	})
	return info, err
}

// at calls use with the root that a name may not lead out of, and the name below
// it.
func (d rootDisk) at(name string, use func(root *os.Root, name string) error) error {
	first, rest, nested := strings.Cut(name, "/")
	if !d.closed || !nested {
		return use(d.Root, name)
	}
	own, err := d.OpenRoot(first)
	if err != nil {
		return err
	}
	return errors.Join(use(own, rest), own.Close())
}

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
	w      *Watcher
	ctx    context.Context
	disk   disk
	now    time.Time
	all    bool            // list every folder, changed or not
	dirty  map[string]bool // folders that events told of
	listed map[string]bool // folders listed by this survey
	warns  []string        // what the owner of the folder should know, each once
}

// maxWarns bounds what is told: thousands of files may lie where nobody's do.
const maxWarns = 100

func (s *survey) warn(text string) { s.warns = also(s.warns, text) }

func also(warns []string, text string) []string {
	if len(warns) >= maxWarns || slices.Contains(warns, text) {
		return warns
	}
	return append(warns, text)
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
		for _, text := range f.warns {
			s.warn(text)
		}
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
	if dir == "." && len(f.files)+len(f.subs) == 0 && len(s.w.files.files)+len(s.w.before) > 0 {
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
	there, why := s.look(p, e)
	if there {
		f.files = append(f.files, p)
	}
	if why != "" {
		f.warns = also(f.warns, why)
	}
}

// look looks at a file; it reports whether there is one, and why it is not read.
func (s *survey) look(p string, e fs.DirEntry) (there bool, why string) {
	info, err := e.Info()
	if e.Type()&fs.ModeSymlink != 0 {
		info, err = s.disk.Stat(p)
		if err == nil && info.IsDir() || err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, p + " is a link to a folder or out of the folder: it is not followed"
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, ""
	case err != nil:
		return false, p + " cannot be read: " + cause(err)
	case !info.Mode().IsRegular():
		return false, ""
	}
	return s.see(p, info)
}

// see tells the settler of a file; it reports whether it is somebody's.
func (s *survey) see(p string, info fs.FileInfo) (there bool, why string) {
	athlete, why := s.w.athlete(p)
	if athlete == "" {
		return false, why
	}
	l := look{info.Size(), info.ModTime()}
	s.w.files.see(p, l, s.now, func() bool { return s.w.settledBefore(p, l) })
	return true, ""
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
