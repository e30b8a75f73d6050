package worker_test

import (
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/readiness/physio"
	"afterrun/readiness/worker"
)

func rules(t *testing.T, values map[string]string) readiness.Event {
	t.Helper()
	r, err := physio.DefaultRules().With(values)
	if err != nil {
		t.Fatal(err)
	}
	return event(readiness.Event{Kind: readiness.KindRules, Key: "config", Rules: readiness.NewOwnRules(r)})
}

// Other rules judge the whole history again; what they would have said of days
// long past is not sent, and going back restores every bit.
func TestOtherRulesJudgeAgainWithoutOldAlerts(t *testing.T) {
	deaf := rules(t, map[string]string{"detector.strong_points": "50", "detector.at_once_points": "50"})
	keen := rules(t, map[string]string{"pmc.alpha": "inv", "hr.max": "171"})
	later := now.AddDate(0, 0, 20)
	w := newBus(t)
	w.publish(t, season()...)
	w.publish(t, deaf)
	works := worker.New(worker.Options{Events: w, Results: w, Now: func() time.Time { return later }})
	handle(t, works)
	quiet := w.results(t)
	if strings.Contains(quiet, "under_recovery") {
		t.Fatal("rules that hear nothing warn: the test shows nothing")
	}
	var first string
	for _, e := range []readiness.Event{keen, rules(t, nil), keen, deaf} {
		w.changed, w.commits = nil, 0
		w.publish(t, e)
		handle(t, works)
		if w.commits == 0 {
			t.Fatal("other rules change nothing")
		}
		entered := false
		for _, r := range w.changed {
			if r.Alert != nil {
				t.Errorf("an alert of %s, twenty days later: %s", r.Alert.Date, r.Key)
			}
			entered = entered || r.Day != nil && r.Day.Row["event"].String() == "enter"
		}
		if entered == (e.Digest == deaf.Digest) {
			t.Errorf("an episode begins: %v", entered)
		}
		if e.Digest == keen.Digest {
			if got := w.results(t); first == "" {
				first = got
			} else if got != first {
				t.Error("the same rules give other results the second time")
			}
		}
	}
	if w.results(t) != quiet {
		t.Error("going back leaves something")
	}
	n := w.commits
	w.publish(t, deaf)
	handle(t, works)
	handle(t, worker.New(worker.Options{Events: w, Results: w, Now: func() time.Time { return later }}))
	if w.commits != n {
		t.Errorf("unchanged rules cost %d commits", w.commits-n)
	}
}
