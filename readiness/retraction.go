package readiness

import (
	"slices"
	"strconv"
)

// Retraction lists contents of one event that count nowhere, whenever they arrive
// (identity: kind + key of the event). It only ever grows, so that it is a set
// like everything else: an entry is the digest of a content that the athlete
// deleted for ever, "*" for all of them, or digest~1 for one whose file was
// replaced in place, digest~2 when a file said it again after that, digest~3 when
// that was replaced, and so on.
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

const everyContent = "*"

// Gone reports whether a content counts nowhere.
func (r Retraction) Gone(digest string) bool {
	return gone(digest, func(entry string) bool { return slices.Contains(r.Digests, entry) })
}

// Retract returns the entry by which a content counts no longer, false when it
// does not already.
func (r Retraction) Retract(digest, reason string) (entry string, news bool) {
	if reason == Replaced && digest != everyContent {
		return turn(digest, r.turns(digest)+1), !r.Gone(digest)
	}
	return digest, !slices.Contains(r.Digests, digest)
}

// Revive returns the entry by which a replaced content counts again, false when it
// was deleted, or counts already.
func (r Retraction) Revive(digest string) (entry string, news bool) {
	entry = turn(digest, r.turns(digest)+1)
	return entry, r.Gone(digest) && !Retraction{Digests: append(slices.Clone(r.Digests), entry)}.Gone(digest)
}

func (r Retraction) turns(digest string) int {
	return turns(digest, func(entry string) bool { return slices.Contains(r.Digests, entry) })
}

// gone reports a content that was deleted, or replaced more often than it was said
// again.
func gone(digest string, has func(entry string) bool) bool {
	return has(everyContent) || has(digest) || turns(digest, has)%2 == 1
}

// turns is how often a content was replaced or said again, by the last entry that
// tells of it.
func turns(digest string, has func(entry string) bool) (n int) {
	for has(turn(digest, n+1)) {
		n++
	}
	return n
}

func turn(digest string, n int) string { return digest + "~" + strconv.Itoa(n) }
