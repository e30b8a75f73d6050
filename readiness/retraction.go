package readiness

import (
	"slices"
	"strconv"
)

// Retraction lists contents of one event that count nowhere, whenever they arrive
// (identity: kind + key of the event). It only ever grows, so that it is a set
// like everything else: an entry is the digest of a content that the athlete
// deleted for ever, [EveryContent] for all of them, or digest~1 for one whose file
// was replaced in place, digest~2 when a file said it again after that, digest~3
// when that was replaced, and so on.
type Retraction struct {
	Kind    Kind
	Key     string
	Digests []string // ascending
	Reason  string   // of the latest entry: Replaced | Forgotten
}

// The reasons of a retraction.
const (
	Replaced  = "replaced"
	Forgotten = "forgotten"
)

// EveryContent stands for all contents of an event.
const EveryContent = "*"

// Gone reports whether a content counts nowhere: it was deleted, or replaced more
// often than it was said again.
func (r Retraction) Gone(digest string) bool { return r.deleted(digest) || r.turns(digest)%2 == 1 }

// Retract returns the entry by which a content counts no longer, false when it
// does not already.
func (r Retraction) Retract(digest, reason string) (entry string, news bool) {
	if reason == Replaced && digest != EveryContent {
		return turn(digest, r.turns(digest)+1), !r.Gone(digest)
	}
	return digest, !r.has(digest)
}

// Revive returns the entry by which a replaced content counts again, false when it
// was deleted, or counts already.
func (r Retraction) Revive(digest string) (entry string, news bool) {
	n := r.turns(digest)
	return turn(digest, n+1), n%2 == 1 && !r.deleted(digest)
}

func (r Retraction) has(entry string) bool { return slices.Contains(r.Digests, entry) }

func (r Retraction) deleted(digest string) bool { return r.has(EveryContent) || r.has(digest) }

// turns is how often a content was replaced or said again.
func (r Retraction) turns(digest string) (n int) {
	for len(r.Digests) > n && r.has(turn(digest, n+1)) {
		n++
	}
	return n
}

func turn(digest string, n int) string { return digest + "~" + strconv.Itoa(n) }
