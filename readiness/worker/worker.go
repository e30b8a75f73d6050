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
	"runtime"
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
// goroutines; one athlete is recomputed by one at a time, several athletes by as
// many as there are processors.
type Worker struct {
	o      Options
	places chan struct{} // taken while an athlete is recomputed
	mu     sync.Mutex    // guards desks
	desks  map[readiness.AthleteID]*desk
}

// desk is where one athlete's results are worked on.
type desk struct {
	athlete readiness.AthleteID
	mu      sync.Mutex // guards known
	known   *memory    // a cache, nil when empty: dropping it costs time, never a result
}

// New returns a worker.
func New(o Options) *Worker {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Worker{o: o, places: make(chan struct{}, runtime.GOMAXPROCS(0)), desks: map[readiness.AthleteID]*desk{}}
}

func (w *Worker) desk(athlete readiness.AthleteID) *desk {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.desks[athlete] == nil {
		w.desks[athlete] = &desk{athlete: athlete}
	}
	return w.desks[athlete]
}

// Handle brings the results of the athletes up to date with their events. It
// may be repeated; when it returns nil the results are durable.
func (w *Worker) Handle(ctx context.Context, athletes []readiness.AthleteID) error {
	errs := make([]error, len(athletes))
	var wg sync.WaitGroup
	for i, a := range athletes {
		w.places <- struct{}{}
		wg.Go(func() {
			defer func() { <-w.places }()
			if err := w.handle(ctx, w.desk(a)); err != nil {
				errs[i] = fmt.Errorf("athlete %s: %w", a, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (w *Worker) handle(ctx context.Context, d *desk) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return w.recompute(ctx, d)
}

// conflicts is how often a lost race is run again before the delivery is left
// to a later try.
const conflicts = 20

// recompute runs a round, again when another worker was faster. What it knew is
// then out of date.
func (w *Worker) recompute(ctx context.Context, d *desk) error {
	for range conflicts {
		err := w.round(ctx, d)
		if err == nil {
			return nil
		}
		d.known = nil
		if !errors.Is(err, readiness.ErrConflict) {
			return err
		}
		w.o.Log.LogAttrs(ctx, slog.LevelDebug, "commit lost a race, recomputing", slog.String("athlete", string(d.athlete)))
	}
	return fmt.Errorf("%d commits in a row lost the race: %w", conflicts, readiness.ErrConflict)
}

// round takes in what is new, assesses and commits what changed. Without news
// from the events or the clock there is nothing to do.
func (w *Worker) round(ctx context.Context, d *desk) error {
	m, err := w.memory(ctx, d)
	if err != nil {
		return err
	}
	read, err := m.gather(ctx, w.o.Events)
	if err != nil {
		return err
	}
	now := w.o.Now()
	if read == 0 && m.assessed == m.moment(now) {
		return nil
	}
	started := time.Now()
	if err := w.assess(ctx, m, now); err != nil {
		return err
	}
	m.assessed, m.finished = m.moment(now), time.Now()
	m.took = m.finished.Sub(started)
	return nil
}

func (w *Worker) assess(ctx context.Context, m *memory, now time.Time) error {
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
	d := w.desk(athlete)
	d.mu.Lock()
	defer d.mu.Unlock()
	s, err := w.o.Results.Load(ctx, athlete)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	s.State.Complete = false // the summaries are not to be believed
	if d.known, err = remember(athlete, s); err != nil {
		return err
	}
	return w.recompute(ctx, d)
}

func (w *Worker) memory(ctx context.Context, d *desk) (*memory, error) {
	if d.known != nil {
		return d.known, nil
	}
	s, err := w.o.Results.Load(ctx, d.athlete)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	d.known, err = remember(d.athlete, s)
	return d.known, err
}
