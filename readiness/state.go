package readiness

import (
	"errors"
	"time"
)

// ErrConflict is returned by a commit when somebody else committed for the
// same athlete since the snapshot was loaded: load again and recompute.
var ErrConflict = errors.New("conflicting commit")

// FormulaVersion changes whenever a formula does; results of another version
// are computed again.
const FormulaVersion = 7

// State is what the worker remembers of one athlete beside the results.
type State struct {
	Formula  int         `json:"formula"`
	EventSeq uint64      `json:"event_seq"` // events up to this stream sequence are in the results
	Through  Date        `json:"through"`   // last day computed
	Complete bool        `json:"complete"`  // false while a commit of several batches is under way
	Sent     []SentAlert `json:"sent"`      // the alert ledger, ascending by Date
}

// SentAlert is a line of the alert ledger: what was sent, for good.
type SentAlert struct {
	Rule    string    `json:"rule"`
	Episode Date      `json:"episode"`
	Kind    string    `json:"kind"`
	Date    Date      `json:"date"`
	Sent    time.Time `json:"sent"`
}

// Snapshot is everything stored about one athlete at one revision.
type Snapshot struct {
	Revision uint64 // 0 = nothing stored yet
	State    State
	Runs     []RunSummary
	Days     []Day
}
