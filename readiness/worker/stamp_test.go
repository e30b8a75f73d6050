package worker_test

import (
	"testing"
	"time"

	"afterrun/readiness"
)

// Two watches are started together; the athlete says they are two runs. A point
// of a time series each, whichever comes first.
func TestRunsOfOneStartHaveStampsOfTheirOwn(t *testing.T) {
	one, two := run(day(5), 150), run(day(5), 140)
	apart := event(readiness.Event{Kind: readiness.KindChoice, Key: "choice-" + two.Key, Choice: &readiness.Choice{Run: two.Key, Ruling: readiness.RulingApart}})
	want := map[string]time.Time{}
	for _, order := range [][]readiness.Event{{one, two, apart}, {two, apart, one}, {apart, two, one}} {
		w := newBus(t)
		works := w.worker()
		got := map[string]time.Time{}
		for _, e := range order {
			w.publish(t, e)
			handle(t, works)
			works = w.worker() // a restart knows it still
		}
		for _, r := range w.changed {
			if r.Kind == readiness.ResultRun {
				got[r.Key] = r.At
			}
		}
		if len(got) != 2 || got[one.Key].Equal(got[two.Key]) {
			t.Fatalf("stamps %v", got)
		}
		for key, at := range got {
			if late := at.Sub(one.Run.Start); late < 0 || late > time.Millisecond {
				t.Errorf("run %s is stamped %s after its start", key, late)
			}
			if !want[key].IsZero() && !want[key].Equal(at) {
				t.Errorf("run %s is stamped %s, in another order %s", key, at, want[key])
			}
			want[key] = at
		}
	}
}
