package watch

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// The waiting between two tries of a file that is incomplete: doubled from the
// least to the most, for ever.
const (
	leastBackoff = 2 * time.Second
	mostBackoff  = 10 * time.Minute
)

// look is what a folder shows of a file.
type look struct {
	size  int64
	mtime time.Time
}

func (l look) equal(o look) bool { return l.size == o.size && l.mtime.Equal(o.mtime) }

// entry is what is known of one file between two looks.
type entry struct {
	look    look
	next    time.Time // not to be tried before
	backoff time.Duration
	tried   bool // its fate is known for now: it was handled, or seen to be changing
	done    bool // settled for good until it changes
	owed    bool // it was said to wait, so its end has to be told
	reason  string
}

// stillChanging is why a file waits that nothing is known of yet.
const stillChanging = "still changing"

// settler decides when a file may be read: its size and time have to stay the
// same for the settling time; whether it is complete is decided by its content,
// and an incomplete one is tried again with growing pauses. It knows neither the
// disk nor a clock: the times are told.
type settler struct {
	settle  time.Duration
	files   map[string]*entry
	waiting map[string]*entry // those of files that are not done
}

func newSettler(settle time.Duration) *settler {
	return &settler{settle: settle, files: map[string]*entry{}, waiting: map[string]*entry{}}
}

// see takes in a look at a file. known reports that exactly this look was
// settled before.
func (s *settler) see(path string, l look, now time.Time, known func() bool) {
	old := s.files[path]
	if old != nil && old.look.equal(l) {
		return
	}
	e := &entry{look: l, next: now.Add(s.settle), backoff: leastBackoff, tried: old != nil}
	s.files[path], s.waiting[path] = e, e
	if old != nil {
		e.owed = old.owed
	}
	if old == nil && known() {
		s.finished(path, "", now)
	}
}

// forget drops a file that is gone; it reports whether that has to be told.
func (s *settler) forget(path string) (owed bool) {
	e := s.files[path]
	delete(s.files, path)
	delete(s.waiting, path)
	return e != nil && e.owed
}

// ready lists the files to read now, sorted.
func (s *settler) ready(now time.Time) []string {
	var paths []string
	for path, e := range s.waiting {
		if !now.Before(e.next) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// waitingPaths lists the files that wait, sorted.
func (s *settler) waitingPaths() []string { return slices.Sorted(maps.Keys(s.waiting)) }

// finished takes in what became of a file; reason "" means that it is settled.
func (s *settler) finished(path, reason string, now time.Time) {
	e := s.files[path]
	if e == nil {
		return
	}
	e.tried, e.done, e.reason = true, reason == "", reason
	e.owed = !e.done && (e.owed || reason != stillChanging)
	e.next = now.Add(e.backoff)
	e.backoff = min(2*e.backoff, mostBackoff)
	if e.done {
		delete(s.waiting, path)
	}
}

// restless reports that the fate of some file is not known yet.
func (s *settler) restless() bool {
	for _, e := range s.waiting {
		if !e.tried {
			return true
		}
	}
	return false
}

// wake is how long to wait for the next file, at most limit.
func (s *settler) wake(now time.Time, limit time.Duration) time.Duration {
	wait := limit
	for _, e := range s.waiting {
		wait = min(wait, e.next.Sub(now))
	}
	return max(wait, 10*time.Millisecond)
}

// pending lists the files that wait, with the reason.
func (s *settler) pending() []Pending {
	var out []Pending
	for path, e := range s.waiting {
		out = append(out, Pending{Path: path, Reason: cmp.Or(e.reason, stillChanging)})
	}
	slices.SortFunc(out, func(a, b Pending) int { return cmp.Compare(a.Path, b.Path) })
	return out
}
