package readiness

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	FileDuplicate FileState = "duplicate" // it tells nothing new
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
	by[KindWellness] = datesOf(by[KindWellness])
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

// datesOf returns one name for each night of wellness keys: heart rate, HRV and
// sleep of one are events of their own, whose keys end with its date. That of a
// watch file has no date.
func datesOf(keys []string) []string {
	nights := map[string]bool{}
	for _, k := range keys {
		if _, err := ParseDate(k[max(0, len(k)-len(time.DateOnly)):]); err == nil {
			k = k[len(k)-len(time.DateOnly):]
		}
		nights[k] = true
	}
	return slices.Collect(maps.Keys(nights))
}

// FileFilter says which files to list, and in which order; empty parts leave out
// nothing, and sort by path.
type FileFilter struct {
	State string // one of FileStates
	Kind  string // what it became, one of FileKinds
	Match string // part of the path, in any case
	Sort  string // one of FileSorts
}

// The words of a filter. Orders are by path, the newest line, the state and the
// largest file first.
var (
	FileStates = []string{"published", "duplicate", "corrected", "pending", "ignored", "refused"}
	FileKinds  = []string{"run", "night", "checkin", "nothing"}
	FileSorts  = []string{"path", "seen", "state", "size"}
)

// Apply returns the files that pass, sorted.
func (filter FileFilter) Apply(files []File) []File {
	match := strings.ToLower(filter.Match)
	files = slices.DeleteFunc(slices.Clone(files), func(f File) bool {
		return filter.State != "" && string(f.State) != filter.State || filter.Kind != "" && !f.became(filter.Kind) || !strings.Contains(strings.ToLower(f.Path), match)
	})
	slices.SortStableFunc(files, filter.compare)
	return files
}

func (filter FileFilter) compare(x, y File) int {
	switch filter.Sort {
	case "seen":
		return y.Seen.Compare(x.Seen)
	case "state":
		return slices.Index(FileStates, string(x.State)) - slices.Index(FileStates, string(y.State))
	case "size":
		return cmp.Compare(y.Size, x.Size)
	}
	return cmp.Compare(x.Path, y.Path)
}

func (f File) became(kind string) bool {
	if kind == "nothing" {
		return len(f.Events) == 0
	}
	if kind == "night" {
		kind = string(KindWellness)
	}
	return slices.ContainsFunc(f.Events, func(e EventRef) bool { return string(e.Kind) == kind })
}
