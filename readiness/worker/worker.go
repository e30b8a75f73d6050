// Package worker turns "something new about this athlete" into stored results:
// events in, history, assessment, what changed, one atomic commit. It knows no
// transport: the two interfaces below are all it needs of the outside, and it
// imports readiness only.
//
// Any number of workers may serve the same athletes. A commit is a
// compare-and-set on the athlete's state, so a worker that lost the race
// forgets what it knew, reads again and recomputes; arrival order, repetition
// and crashes change no result.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"afterrun/readiness"
)

// Events gives access to the stored events of an athlete.
type Events interface {
	// Events returns the events of the kinds (none = all) stored after the
	// stream sequence, and the last sequence considered.
	Events(ctx context.Context, athlete readiness.AthleteID, after uint64, kinds ...readiness.Kind) ([]readiness.Event, uint64, error)
	// Run returns the samples of one run.
	Run(ctx context.Context, athlete readiness.AthleteID, key string) (*readiness.Run, error)
}

// Results keeps what follows from the events.
type Results interface {
	// Load returns everything stored about the athlete at one revision.
	Load(ctx context.Context, athlete readiness.AthleteID) (readiness.Snapshot, error)
	// Commit stores state and results, all or nothing, if the revision is still
	// the given one; else the error wraps readiness.ErrConflict.
	Commit(ctx context.Context, athlete readiness.AthleteID, revision uint64, s readiness.State, results []readiness.Result) (uint64, error)
}

// Options are a worker's parts; Log and Now may be left out.
type Options struct {
	Events  Events
	Results Results
	Log     *slog.Logger
	Now     func() time.Time
}

// Worker recomputes athletes. Its methods may be called from several
// goroutines; one athlete is recomputed by one at a time.
type Worker struct {
	o  Options
	mu sync.Mutex // guards known
	// known is a cache: dropping an entry costs time, never a result.
	known map[readiness.AthleteID]*memory
}

// New returns a worker.
func New(o Options) *Worker {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Worker{o: o, known: map[readiness.AthleteID]*memory{}}
}

// conflicts is how often a lost race is run again before the delivery is left
// to a later try.
const conflicts = 20

// Handle brings the results of the athletes up to date with their events. It
// may be repeated; when it returns nil the results are durable.
func (w *Worker) Handle(ctx context.Context, athletes []readiness.AthleteID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var errs []error
	for _, a := range athletes {
		if err := w.recompute(ctx, a); err != nil {
			errs = append(errs, fmt.Errorf("athlete %s: %w", a, err))
		}
	}
	return errors.Join(errs...)
}

// recompute runs rounds until no event is left that the results do not hold: a
// round takes in a bounded number of runs.
func (w *Worker) recompute(ctx context.Context, athlete readiness.AthleteID) error {
	for lost := 0; lost < conflicts; {
		read, err := w.round(ctx, athlete)
		if err == nil && read == 0 {
			return nil
		}
		if err == nil {
			continue
		}
		lost++
		delete(w.known, athlete)
		if !errors.Is(err, readiness.ErrConflict) {
			return err
		}
		w.o.Log.LogAttrs(ctx, slog.LevelDebug, "commit lost a race, recomputing", slog.String("athlete", string(athlete)))
	}
	return fmt.Errorf("%d commits in a row lost the race: %w", conflicts, readiness.ErrConflict)
}

// round refreshes, assesses and commits what changed; it returns the number of
// events read.
func (w *Worker) round(ctx context.Context, athlete readiness.AthleteID) (read int, err error) {
	m, err := w.memory(ctx, athlete)
	if err != nil {
		return 0, err
	}
	if read, err = m.refresh(ctx, w.o.Events); err != nil {
		return read, err
	}
	return read, w.assess(ctx, m)
}

func (w *Worker) assess(ctx context.Context, m *memory) error {
	now := w.o.Now()
	a, err := readiness.Assess(m.history, m.samples(ctx, w.o.Events), readiness.Options{Through: m.through(now)})
	if err != nil {
		return fmt.Errorf("assess: %w", err)
	}
	next, err := m.next(a, now)
	if err != nil || next.nothing() {
		return err
	}
	next.revision, err = w.o.Results.Commit(ctx, m.athlete, m.revision, next.state, next.results)
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	m.accept(next, a)
	w.o.Log.LogAttrs(ctx, slog.LevelInfo, "assessed", slog.String("athlete", string(m.athlete)),
		slog.Int("changed", len(next.results)), slog.Int("runs", len(a.Runs)), slog.String("through", next.state.Through.String()))
	return nil
}

// Again computes every result of an athlete anew from the samples, as after a
// change of formulas, and commits what differs from what is stored.
func (w *Worker) Again(ctx context.Context, athlete readiness.AthleteID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, err := w.o.Results.Load(ctx, athlete)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	s.State.Complete = false // the summaries are not to be believed
	m, err := remember(athlete, s)
	if err != nil {
		return err
	}
	w.known[athlete] = m
	return w.recompute(ctx, athlete)
}

func (w *Worker) memory(ctx context.Context, athlete readiness.AthleteID) (*memory, error) {
	if m := w.known[athlete]; m != nil {
		return m, nil
	}
	s, err := w.o.Results.Load(ctx, athlete)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	m, err := remember(athlete, s)
	if err != nil {
		return nil, err
	}
	w.known[athlete] = m
	return m, nil
}
