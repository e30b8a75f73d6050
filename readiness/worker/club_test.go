package worker_test

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"afterrun/readiness"
)

// A club is worked on side by side, questions among it; everybody gets what one
// alone would.
func TestAClubIsWorkedOnSideBySide(t *testing.T) {
	w := newBus(t)
	w.publish(t, season()...)
	club := []readiness.AthleteID{me, "anna", "ben", "carl", "dora"}
	for _, a := range club[1:] {
		for _, e := range season() {
			e.Athlete = a
			w.publish(t, e)
		}
	}
	works := w.worker()
	var wg sync.WaitGroup
	for range 2 { // the consumer and the clock
		wg.Go(func() {
			if err := works.Handle(t.Context(), slices.Concat(club, club)); err != nil {
				t.Error(err)
			}
		})
	}
	for _, a := range club {
		wg.Go(func() {
			look := func(h *readiness.History, src readiness.SampleSource, o readiness.Options) error {
				_, err := readiness.ExplainDay(h, src, o, day(3))
				return err
			}
			if err := works.View(t.Context(), a, look); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	of := func(a readiness.AthleteID) string {
		t.Helper()
		s, err := w.Bus.Load(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(s.Runs, func(a, b readiness.RunSummary) int { return a.Trace.Start.Compare(b.Trace.Start) })
		b, err := json.Marshal([]any{s.Runs, s.Days})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	want := of(me)
	if !sameButAlerts(w.results(t), reference(t)) {
		t.Error("other results than those of one alone")
	}
	for _, a := range club[1:] {
		if of(a) != want {
			t.Errorf("%s gets other results", a)
		}
	}
	if w.commits != len(club) {
		t.Errorf("%d commits for %d people", w.commits, len(club))
	}
}
