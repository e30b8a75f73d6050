package worker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"afterrun/readiness"
)

// memory is what a worker knows of one athlete between two messages: the
// history and the fingerprints of the stored results.
type memory struct {
	athlete  readiness.AthleteID
	history  *readiness.History
	revision uint64
	state    readiness.State
	stored   map[resultKey]fingerprint
	prints   printer

	// Sequences up to which events are in the history. Runs known from their
	// summaries need not be read again, all other events are.
	runsRead, othersRead uint64
	fresh                bool // runs were read since the last commit, so that a restart need not read them again

	assessed moment        // of the last assessment
	finished time.Time     // when it was done
	took     time.Duration // how long it took
}

// moment is all that an assessment and its alerts take from the clock.
type moment struct {
	through, today readiness.Date
	afternoon      bool
}

func (m *memory) moment(now time.Time) moment {
	return moment{m.through(now), m.today(now), now.In(m.history.Location()).Hour() >= noon}
}

type resultKey struct {
	kind readiness.ResultKind
	key  string
}

func remember(athlete readiness.AthleteID, s readiness.Snapshot) (*memory, error) {
	m := &memory{athlete: athlete, history: &readiness.History{}, revision: s.Revision, state: s.State, prints: newPrinter()}
	var err error
	if m.stored, err = m.prints.all(s.Runs, s.Days); err != nil {
		return nil, err
	}
	if s.State.Complete && s.State.Formula == readiness.FormulaVersion {
		for _, r := range s.Runs {
			m.history.AddSummary(r)
		}
		m.runsRead = s.State.EventSeq
	}
	return m, nil
}

var otherKinds = []readiness.Kind{readiness.KindWellness, readiness.KindCheckIn, readiness.KindProfile, readiness.KindRetraction, readiness.KindChoice, readiness.KindRules}

// held is how many events may wait for an assessment together with their
// samples. The samples of more are let go and read again one run at a time, so
// that a back-fill of years needs no more memory than one of months.
const held = 256

// patience is how much longer than the last assessment took the next one waits
// while events stream in, and mostPatience how long at most: it would compute the
// same days again for every few.
const (
	patience     = 10
	mostPatience = 10 * time.Second
)

// gather takes in the events that are stored until no more come, and returns
// their number.
func (m *memory) gather(ctx context.Context, src Events) (total int, err error) {
	until := m.finished.Add(min(patience*m.took, mostPatience))
	for {
		n, err := m.refresh(ctx, src)
		if err != nil || n == 0 {
			return total, err
		}
		if total += n; total > held {
			m.history.Release()
		}
		if time.Now().Before(until) {
			if err := pause(ctx, m.took/4); err != nil {
				return total, err
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// refresh adds the events stored since the last look and returns their number.
// The history is a set: an event read twice changes nothing.
func (m *memory) refresh(ctx context.Context, src Events) (int, error) {
	others, read, err := src.Events(ctx, m.athlete, m.othersRead, otherKinds...)
	if err != nil {
		return 0, fmt.Errorf("read events: %w", err)
	}
	m.othersRead = read
	runs, read, err := src.Events(ctx, m.athlete, m.runsRead, readiness.KindRun)
	if err != nil {
		return 0, fmt.Errorf("read runs: %w", err)
	}
	m.runsRead = read
	m.fresh = m.fresh || len(runs) > 0
	for _, e := range slices.Concat(others, runs) {
		if _, err := m.history.Add(e); err != nil {
			return 0, fmt.Errorf("event %s/%s: %w", e.Kind, e.Key, err)
		}
	}
	return len(others) + len(runs), nil
}

// quiet is how long after the last datum days are still computed: an athlete
// who stopped dropping files does not grow rows for ever.
const quiet = 60

// through is the last day to compute: today, unless the athlete has been
// silent for long.
func (m *memory) through(now time.Time) readiness.Date {
	today := m.today(now)
	if last, ok := m.history.LastDatum(); ok {
		return min(today, last+quiet)
	}
	return today
}

func (m *memory) today(now time.Time) readiness.Date {
	return readiness.DateOf(now.In(m.history.Location()))
}

type source struct {
	ctx     context.Context
	events  Events
	athlete readiness.AthleteID
}

// Run reads the samples of one run again.
func (s source) Run(key string) (*readiness.Run, error) { return s.events.Run(s.ctx, s.athlete, key) }

func (m *memory) samples(ctx context.Context, events Events) readiness.SampleSource {
	return source{ctx, events, m.athlete}
}

// step is what one assessment changes.
type step struct {
	state    readiness.State
	idle     bool // no run was read, and the state says nothing new
	results  []readiness.Result
	stored   map[resultKey]fingerprint
	revision uint64
}

func (s *step) nothing() bool { return s.idle && len(s.results) == 0 }

// next compares the assessment with what is stored.
func (m *memory) next(a *readiness.Assessment, now time.Time) (*step, error) {
	stored, err := m.prints.all(a.Runs, a.Days)
	if err != nil {
		return nil, err
	}
	s := &step{stored: stored}
	at := stamps(a.Runs)
	for i := range a.Runs {
		r := &a.Runs[i]
		m.changed(s, readiness.Result{Kind: readiness.ResultRun, Key: r.Key, At: at[r.Key], Run: r})
	}
	for i := range a.Days {
		d := &a.Days[i]
		m.changed(s, readiness.Result{Kind: readiness.ResultDay, Key: d.Date.String(), At: d.Date.Noon(), Day: d})
	}
	m.vanished(s)
	alerts, sent := due(a, m.state.Sent, m.athlete, now.In(m.history.Location()), m.history.Rules().Detector.ReminderDays)
	s.results = append(s.results, alerts...)
	s.state = readiness.State{
		Formula: readiness.FormulaVersion, EventSeq: min(m.runsRead, m.othersRead), Complete: true,
		Through: lastDay(a.Days), Sent: sent,
	}
	s.idle = !m.fresh && m.state.Complete && m.state.Formula == s.state.Formula && m.state.Through == s.state.Through
	return s, nil
}

// changed adds the result to the step if it is not stored like this.
func (m *memory) changed(s *step, r readiness.Result) {
	k := resultKey{r.Kind, r.Key}
	if old, ok := m.stored[k]; !ok || old != s.stored[k] {
		r.Athlete = m.athlete
		s.results = append(s.results, r)
	}
}

// vanished deletes stored results that the history no longer implies.
func (m *memory) vanished(s *step) {
	var gone []readiness.Result
	for k := range m.stored {
		if _, ok := s.stored[k]; !ok {
			gone = append(gone, readiness.Result{Athlete: m.athlete, Kind: k.kind, Key: k.key, Deleted: true})
		}
	}
	slices.SortFunc(gone, func(a, b readiness.Result) int { return strings.Compare(string(a.Kind)+a.Key, string(b.Kind)+b.Key) })
	s.results = append(s.results, gone...)
}

func lastDay(days []readiness.Day) readiness.Date {
	if len(days) == 0 {
		return 0
	}
	return days[len(days)-1].Date
}

// accept takes over a committed step. The runs' metrics are kept for as long as
// their inputs stay the same; their samples are let go.
func (m *memory) accept(s *step, a *readiness.Assessment) {
	m.revision, m.state, m.stored, m.fresh = s.revision, s.state, s.stored, false
	for _, r := range a.Runs {
		m.history.AddSummary(r)
	}
	m.history.Release()
}
