package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"afterrun/ingest/bus"
	"afterrun/readiness"
	"afterrun/readiness/worker"
)

const me = readiness.AthleteID("me")

// noon of the season's last day.
var now = time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)

func day(left int) readiness.Date { return readiness.DateOf(now) - readiness.Date(left) }

func event(e readiness.Event) readiness.Event {
	e.Athlete = me
	e.Digest = e.ContentDigest()
	return e
}

func morning(d readiness.Date, numbers map[string]float64) readiness.Event {
	return event(readiness.Event{Kind: readiness.KindCheckIn, Key: "day-" + d.String(), CheckIn: &readiness.CheckIn{Date: d, Part: readiness.PartDay, Numbers: numbers}})
}

// run is half an hour at a steady heart rate and three minutes of walking.
func run(d readiness.Date, bpm float64) readiness.Event {
	start := d.Time().Add(7 * time.Hour)
	r := &readiness.Run{Sport: "running", Format: "fit", Part: -1, Start: start, First: start, HRSource: "chest"}
	for i := range 1980 {
		hr, speed := bpm, 3.0
		if i >= 1800 {
			hr, speed = bpm-float64(min(i-1800, 60))/2, 1.2
		}
		r.T, r.HR, r.Speed = append(r.T, float64(i)), append(r.HR, hr), append(r.Speed, speed)
	}
	return event(readiness.Event{Kind: readiness.KindRun, Key: readiness.RunKey(r), Run: r})
}

// season is forty days: a check-in each morning and a run every other day; in
// the last week both tell of too much.
func season() []readiness.Event {
	events := []readiness.Event{event(readiness.Event{Kind: readiness.KindProfile, Key: "config", Profile: &readiness.Profile{
		Sex: "female", BirthDate: "1990-01-01", Params: []readiness.DatedParams{{From: day(100), Values: map[string]float64{"hrmax": 190}}},
	}})}
	for left := 39; left >= 0; left-- {
		good, rhr, bpm := 4.0, 50+float64(left%3), 150+float64(left%5)
		if left < 7 {
			good, rhr, bpm = 1, 62, 175
		}
		events = append(events, morning(day(left), map[string]float64{
			"fatigue": good, "soreness": good, "stress": good, "mood": good, "sleep_quality": good, "rhr_bpm": rhr, "sleep_h": 7,
		}))
		if left%2 == 1 {
			events = append(events, run(day(left), bpm))
		}
	}
	return events
}

var errFault = errors.New("power cut")

// wires is a real bus whose calls can be made to fail, and whose commits are
// kept.
type wires struct {
	*bus.Bus
	mu      sync.Mutex
	calls   int
	failAt  int  // the call that fails, 0 = none
	after   bool // it fails after it took effect
	changed []readiness.Result
	commits int
}

func (w *wires) call(effect func() error) error {
	w.mu.Lock()
	w.calls++
	fault := w.calls == w.failAt
	w.mu.Unlock()
	if fault && !w.after {
		return errFault
	}
	if err := effect(); err != nil {
		return err
	}
	if fault {
		return errFault
	}
	return nil
}

func (w *wires) Events(ctx context.Context, a readiness.AthleteID, after uint64, kinds ...readiness.Kind) (events []readiness.Event, seq uint64, err error) {
	err = w.call(func() error { events, seq, err = w.Bus.Events(ctx, a, after, kinds...); return err })
	return events, seq, err
}

func (w *wires) Run(ctx context.Context, a readiness.AthleteID, key string) (r *readiness.Run, err error) {
	err = w.call(func() error { r, err = w.Bus.Run(ctx, a, key); return err })
	return r, err
}

func (w *wires) Load(ctx context.Context, a readiness.AthleteID) (s readiness.Snapshot, err error) {
	err = w.call(func() error { s, err = w.Bus.Load(ctx, a); return err })
	return s, err
}

func (w *wires) Commit(ctx context.Context, a readiness.AthleteID, revision uint64, s readiness.State, results []readiness.Result) (next uint64, err error) {
	err = w.call(func() error {
		if next, err = w.Bus.Commit(ctx, a, revision, s, results); err != nil {
			return err
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.changed, w.commits = append(w.changed, results...), w.commits+1
		return nil
	})
	return next, err
}

func newBus(t *testing.T) *wires {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return &wires{Bus: b}
}

func (w *wires) worker() *worker.Worker {
	return worker.New(worker.Options{Events: w, Results: w, Now: func() time.Time { return now }})
}

func (w *wires) publish(t *testing.T, events ...readiness.Event) {
	t.Helper()
	for _, e := range events {
		if _, err := w.Publish(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func handle(t *testing.T, w *worker.Worker) {
	t.Helper()
	if err := w.Handle(t.Context(), []readiness.AthleteID{me}); err != nil {
		t.Fatal(err)
	}
}

// results is all that is stored: every run and day, and what was told.
func (w *wires) results(t *testing.T) string {
	t.Helper()
	s, err := w.Bus.Load(t.Context(), me)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, x := range s.State.Sent {
		told = append(told, fmt.Sprint(x.Rule, x.Episode, x.Kind, x.Date))
	}
	slices.SortFunc(s.Runs, func(a, b readiness.RunSummary) int { return a.Trace.Start.Compare(b.Trace.Start) })
	b, err := json.MarshalIndent(map[string]any{"runs": s.Runs, "days": s.Days, "told": told}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// reference is what the season gives when it is there before the worker.
func reference(t *testing.T) string {
	t.Helper()
	w := newBus(t)
	w.publish(t, season()...)
	handle(t, w.worker())
	return w.results(t)
}

func TestAnyOrderAnyRepetitionAnyRestartGiveTheSame(t *testing.T) {
	want := reference(t)
	for seed := range uint64(4) {
		w := newBus(t)
		rng := rand.New(rand.NewPCG(seed, 7))
		events := season()
		events = append(events, events[5:20]...) // some come twice
		rng.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		works := w.worker()
		for len(events) > 0 {
			n := min(1+rng.IntN(12), len(events))
			w.publish(t, events[:n]...)
			events = events[n:]
			if rng.IntN(3) == 0 {
				works = w.worker() // a restart: all that is not stored is forgotten
			}
			handle(t, works)
		}
		if got := w.results(t); !sameButAlerts(got, want) {
			t.Errorf("order %d gives other results", seed)
		}
	}
}

// sameButAlerts compares runs and days: what an athlete has been told is
// history, and depends on what was known when.
func sameButAlerts(a, b string) bool {
	var x, y map[string]json.RawMessage
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return len(x["days"]) > 1000 && string(x["days"]) == string(y["days"]) && string(x["runs"]) == string(y["runs"])
}

func TestNothingNewCommitsNothing(t *testing.T) {
	w := newBus(t)
	w.publish(t, season()...)
	works := w.worker()
	handle(t, works)
	n := w.commits
	handle(t, works)
	w.publish(t, season()...) // all of it once more
	handle(t, works)
	handle(t, w.worker())
	if w.commits != n {
		t.Errorf("%d more commits", w.commits-n)
	}
}

func TestALateFileRecomputesExactlyWhatChanges(t *testing.T) {
	events := season()
	i := slices.IndexFunc(events, func(e readiness.Event) bool {
		return e.Kind == readiness.KindRun && readiness.DateOf(e.Run.Start) == day(15)
	})
	late := events[i]
	w := newBus(t)
	w.publish(t, slices.Delete(slices.Clone(events), i, i+1)...)
	works := w.worker()
	handle(t, works)
	before := stored(t, w)
	w.changed = nil
	w.publish(t, late)
	handle(t, works)
	after := stored(t, w)
	written := map[string]bool{}
	for _, r := range w.changed {
		written[string(r.Kind)+" "+r.Key] = true
		if r.Kind == readiness.ResultDay && r.Day.Date < day(15) {
			t.Errorf("day %s lies before the late run, but was written again", r.Day.Date)
		}
	}
	for k, v := range after {
		if differs := before[k] != v; differs != written[k] {
			t.Errorf("%s: differs %v, written %v", k, differs, written[k])
		}
	}
	if len(written) < 15 {
		t.Errorf("only %d results written: the days after the run depend on it", len(written))
	}
}

// stored is every stored day and run by key.
func stored(t *testing.T, w *wires) map[string]string {
	t.Helper()
	s, err := w.Bus.Load(t.Context(), me)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	put := func(key string, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		all[key] = string(b)
	}
	for i := range s.Days {
		put("day "+s.Days[i].Date.String(), &s.Days[i])
	}
	for i := range s.Runs {
		put("run "+s.Runs[i].Key, &s.Runs[i])
	}
	return all
}

func TestAFaultAtAnyCallChangesNothing(t *testing.T) {
	want := reference(t)
	for _, after := range []bool{false, true} {
		for at := 1; ; at++ {
			w := newBus(t)
			w.publish(t, season()...)
			w.failAt, w.after = at, after
			err := w.worker().Handle(t.Context(), []readiness.AthleteID{me})
			if err == nil {
				if w.calls >= at {
					t.Errorf("the fault at call %d was swallowed", at)
				}
				break // there are no more calls
			}
			if !errors.Is(err, errFault) {
				t.Fatalf("call %d: %v", at, err)
			}
			handle(t, w.worker())
			if got := w.results(t); got != want {
				t.Errorf("other results after a fault at call %d (after its effect: %v)", at, after)
			}
			if at > 200 {
				t.Fatal("too many calls")
			}
		}
	}
}

func TestWorkersThatRaceAgree(t *testing.T) {
	want := reference(t)
	w := newBus(t)
	var wg sync.WaitGroup
	events := season()
	for part := range slices.Chunk(events, 10) {
		w.publish(t, part...)
		for range 3 { // three processes
			wg.Go(func() {
				if err := w.worker().Handle(t.Context(), []readiness.AthleteID{me}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	handle(t, w.worker())
	if got := w.results(t); !sameButAlerts(got, want) {
		t.Error("other results after a race")
	}
	sent := map[string]int{}
	for _, r := range w.changed {
		if r.Alert != nil {
			sent[r.Alert.IdempotencyKey]++
		}
	}
	for key, n := range sent {
		if n != 1 {
			t.Errorf("%s was sent %d times", key, n)
		}
	}
}

// lost is a commit that always comes too late.
type lost struct{ *wires }

func (lost) Commit(context.Context, readiness.AthleteID, uint64, readiness.State, []readiness.Result) (uint64, error) {
	return 0, readiness.ErrConflict
}

func TestARaceThatIsNeverWonIsLeftToALaterTry(t *testing.T) {
	w := newBus(t)
	w.publish(t, season()[:5]...)
	works := worker.New(worker.Options{Events: w, Results: lost{w}, Now: func() time.Time { return now }})
	err := works.Handle(t.Context(), []readiness.AthleteID{me})
	if !errors.Is(err, readiness.ErrConflict) || errors.Is(err, readiness.ErrInvalid) {
		t.Errorf("%v, want a conflict that a retry may cure", err)
	}
}

func TestARetractedRunLeavesNoTrace(t *testing.T) {
	w := newBus(t)
	w.publish(t, season()...)
	works := w.worker()
	handle(t, works)
	want := w.results(t)
	extra := run(day(4), 188) // a hard one that was somebody else's
	w.publish(t, extra)
	handle(t, works)
	if sameButAlerts(w.results(t), want) {
		t.Fatal("the run changes nothing: the test shows nothing")
	}
	if err := w.Retract(t.Context(), me, extra.Kind, extra.Key, extra.Digest, "deleted"); err != nil {
		t.Fatal(err)
	}
	handle(t, works)
	if !sameButAlerts(w.results(t), want) {
		t.Error("the run left a trace")
	}
}

func TestAgainFindsTheSame(t *testing.T) {
	w := newBus(t)
	w.publish(t, season()...)
	handle(t, w.worker())
	want := w.results(t)
	if err := w.worker().Again(t.Context(), me); err != nil {
		t.Fatal(err)
	}
	if w.results(t) != want {
		t.Error("computing everything again gives other results")
	}
}
