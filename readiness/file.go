package readiness

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrIncomplete marks content that is still arriving: the file stays pending
// until it changes. ErrIgnored marks content that is fine but says nothing
// about the athlete (a settings file, a planned route).
var (
	ErrIncomplete = errors.New("incomplete")
	ErrIgnored    = errors.New("ignored")
)

// FileState is what became of a file; every file is in exactly one.
type FileState string

// The states of a file. A file that yields several events is in the best of
// their states: published before corrected before duplicate.
const (
	FilePublished FileState = "published" // it yielded at least one new event
	FileDuplicate FileState = "duplicate" // all it says was known
	FileCorrected FileState = "corrected" // it is another version of a known event
	FilePending   FileState = "pending"   // incomplete or unreadable for now; tried again when it changes
	FileIgnored   FileState = "ignored"   // nothing of interest in it
	FileRefused   FileState = "refused"   // cannot be used; Reason says why
)

// ReasonForgotten is the reason of an ignored file that the athlete deleted: its
// content stays deleted wherever it is seen again.
const ReasonForgotten = "forgotten: you deleted it"

// File is the ledger's line about one file of one athlete.
type File struct {
	Athlete AthleteID  `json:"athlete"`
	Path    string     `json:"path"` // absolute, with / between its parts
	SHA256  string     `json:"sha256,omitempty"`
	Size    int64      `json:"size"`
	ModTime time.Time  `json:"mtime"`
	State   FileState  `json:"state"`
	Reason  string     `json:"reason,omitempty"` // never empty for pending, ignored and refused
	Events  []EventRef `json:"events,omitempty"` // what it became
	Seen    time.Time  `json:"seen"`             // when this line was written
}

// EventRef points at an event a file yielded.
type EventRef struct {
	Kind    Kind      `json:"kind"`
	Key     string    `json:"key"`
	Digest  string    `json:"digest"`
	Outcome FileState `json:"outcome"` // published, duplicate or corrected
}

// Became says what a file yielded, e.g. "1 run (3f2a0c…)" or "114 check-ins".
func (f File) Became() string {
	by := map[Kind][]string{}
	for _, e := range f.Events {
		by[e.Kind] = append(by[e.Kind], e.Key)
	}
	var parts []string
	if runs := by[KindRun]; len(runs) == 1 {
		parts = append(parts, "1 run ("+RunIDOf(runs[0])+")")
	} else if len(runs) > 1 {
		parts = append(parts, fmt.Sprintf("%d runs", len(runs)))
	}
	for _, k := range []struct {
		kind      Kind
		one, more string
	}{{KindWellness, "night", "nights"}, {KindCheckIn, "check-in", "check-ins"}} {
		switch n := len(by[k.kind]); {
		case n == 1:
			parts = append(parts, "1 "+k.one)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, k.more))
		}
	}
	return strings.Join(parts, ", ")
}
