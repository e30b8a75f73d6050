package watch

import (
	"cmp"
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
	since   time.Time // when this look was first seen
	next    time.Time // not to be tried before
	backoff time.Duration
	tried   bool // handled at least once with this look
	done    bool // settled for good until it changes
	reason  string
}

// settler decides when a file may be read: its size and time have to stay the
// same for the settling time; whether it is complete is decided by its content,
// and an incomplete one is tried again with growing pauses. It knows neither the
// disk nor a clock: the times are told.
type settler struct {
	settle time.Duration
	files  map[string]*entry
}

func newSettler(settle time.Duration) *settler {
	return &settler{settle: settle, files: map[string]*entry{}}
}

// see takes in a look at a file. known reports that the ledger has settled
// exactly this look before.
func (s *settler) see(path string, l look, now time.Time, known func() bool) {
	if e := s.files[path]; e != nil && e.look.equal(l) {
		return
	}
	e := &entry{look: l, since: now, next: now.Add(s.settle), backoff: leastBackoff}
	if s.files[path] == nil && known() {
		e.done, e.tried = true, true
	}
	s.files[path] = e
}

// keep forgets the files that are no longer there.
func (s *settler) keep(seen map[string]bool) {
	for path := range s.files {
		if !seen[path] {
			delete(s.files, path)
		}
	}
}

// ready lists the files to read now, sorted.
func (s *settler) ready(now time.Time) []string {
	var paths []string
	for path, e := range s.files {
		if !e.done && !now.Before(e.next) {
			paths = append(paths, path)
		}
	}
	slices.SortFunc(paths, cmp.Compare[string])
	return paths
}

// finished takes in what became of a file; reason "" means that it is settled.
func (s *settler) finished(path, reason string, now time.Time) {
	e := s.files[path]
	if e == nil {
		return
	}
	e.tried, e.done, e.reason = true, reason == "", reason
	e.next = now.Add(e.backoff)
	e.backoff = min(2*e.backoff, mostBackoff)
}

// restless reports that some file has not been tried yet.
func (s *settler) restless() bool {
	for _, e := range s.files {
		if !e.tried {
			return true
		}
	}
	return false
}

// wake is how long to wait for the next file, at most limit.
func (s *settler) wake(now time.Time, limit time.Duration) time.Duration {
	wait := limit
	for _, e := range s.files {
		if !e.done {
			wait = min(wait, e.next.Sub(now))
		}
	}
	return max(wait, 10*time.Millisecond)
}

// pending lists the files that wait, with the reason.
func (s *settler) pending() []Pending {
	var out []Pending
	for path, e := range s.files {
		if !e.done {
			out = append(out, Pending{Path: path, Reason: cmp.Or(e.reason, "still changing")})
		}
	}
	slices.SortFunc(out, func(a, b Pending) int { return cmp.Compare(a.Path, b.Path) })
	return out
}
