package readiness

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"afterrun/readiness/physio"
)

// Assessment is what follows from a history.
type Assessment struct {
	Runs        []RunSummary // by start, then run id; duplicates included
	Days        []Day        // ascending, without holes
	Transitions []Transition // every alert step the history implies, ascending by date; the worker decides which are sent
	Unmatched   []string     // keys of check-ins whose run was not found, ascending
}

// RunSummary is what is kept of a run for good: its trace (what days need of
// the samples), the parameters used and its metrics.
type RunSummary struct {
	Key         string // the event's key
	RunID       string // as exported, with suffix #k
	Digest      string // of the event
	Source      Source
	DuplicateOf string // run id of the run that counts instead, "" = counts itself
	Trace       Trace
	Params      Params
	Row         Row            // RunColumns
	Interim     []Row          `json:",omitempty"` // recoveries between bouts, k = 1, 2, …; without the run's own columns, see InterimRows
	Blocks      []physio.Block `json:",omitempty"` // steady minutes to compare with other runs (§9.6), nil = none
	SteadyHR    float64        `json:",omitempty"` // mean of the steady part (§9.1), bpm; 0 = none
	Card        Row            // CardColumns; empty for a duplicate
	InputsHash  string         // hex; the same inputs and formulas give the same hash
	Judged
}

// InterimRows returns the run's recoveries between bouts with all of
// InterimColumns, by k.
func (r *RunSummary) InterimRows() []Row {
	out := make([]Row, len(r.Interim))
	for i, row := range r.Interim {
		out[i] = maps.Clone(row)
		out[i]["run_id"], out[i]["start_time_utc"] = Text(r.RunID), r.Row["start_time_utc"]
	}
	return out
}

// Day is everything about one athlete on one local civil date.
type Day struct {
	Date       Date
	Row        Row  // DayColumns
	Datum      bool // something is known of the date itself: a run, a resting HR, an HRV, a night, a check-in
	Verdict    Verdict
	InputsHash string
	Judged
}

// Judged names the rules that a result rests on.
type Judged struct {
	Rules    string // version, see [physio.Rules.Version]
	PMCAlpha string // exp inv ema (§8.1)
}

// Verdict is the day's answer in words.
type Verdict struct {
	Band       string    `json:"band"`       // ready steady easy rest, "" = none
	Headline   string    `json:"headline"`   // one sentence
	Score      *float64  `json:"score"`      // 0-100 or null
	Confidence string    `json:"confidence"` // high medium low, "" = none
	Reasons    []Because `json:"reasons"`    // at most five, weightiest first
	Missing    []Lack    `json:"missing"`    // what was not available and how to get it
	CappedBy   string    `json:"capped_by,omitempty"`
	Question   string    `json:"question,omitempty"` // what the athlete alone can answer
}

// Because is one reason of a verdict.
type Because struct {
	Component string  `json:"component"` // wellness rhr load sleep hrv hrr hrex, or a condition of §14
	Text      string  `json:"text"`      // with its numbers and usual values
	G         float64 `json:"g"`         // own standard deviations, + = good
	Weight    float64 `json:"weight"`
}

// Lack is something the verdict had to do without.
type Lack struct {
	Component string `json:"component"`
	Reason    Reason `json:"reason"`
	Hint      string `json:"hint"` // how to get it
}

// Transition is one step of an episode of under-recovery (PHYSIOLOGY §14).
type Transition struct {
	Rule    string // under_recovery see_physio medical_help
	Episode Date   // entry date
	Kind    string // enter | reminder | exit | lapsed
	Date    Date   // the day it happens
	Text    string // message for the athlete; "" for lapsed, which is not sent
}

// ResultKind names the measurement a result belongs to; tables of the store
// and measurements in InfluxDB carry these names.
type ResultKind string

// The measurements.
const (
	ResultDay   ResultKind = "day"
	ResultRun   ResultKind = "run"
	ResultAlert ResultKind = "alert"
)

// Result is one thing a sink receives. The same (Athlete, Kind, Key) again
// replaces the earlier one as a whole; Deleted removes it.
type Result struct {
	Athlete AthleteID
	Kind    ResultKind
	Key     string    // day: the date; run: the run key; alert: <rule>-<episode>-<step>
	At      time.Time // time stamp of the point
	Deleted bool

	Day   *Day        // kind day
	Run   *RunSummary // kind run
	Alert *Alert      // kind alert
}

// PartialError reports the results of one call that no retry can cure, by their
// index in the slice; all others are stored. It wraps [ErrInvalid].
type PartialError struct{ Rejected map[int]error }

// Error names the first of the rejected results.
func (e *PartialError) Error() string {
	first := slices.Min(slices.Collect(maps.Keys(e.Rejected)))
	return fmt.Sprintf("%d results rejected, the first (%d): %v", len(e.Rejected), first, e.Rejected[first])
}

// Unwrap returns [ErrInvalid].
func (e *PartialError) Unwrap() error { return ErrInvalid }

// Alert is a transition that is to be sent.
type Alert struct {
	Transition
	IdempotencyKey string // athlete|rule|entry date|kind
	Created        time.Time
}
