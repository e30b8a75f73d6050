package readiness

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// undatedEvent is a run of a watch whose clock was never set.
func undatedEvent(t *rapid.T) Event {
	e := Event{Kind: KindRun, Run: smallRun(t, DateOf(time.Date(1990, 7, rapid.IntRange(1, 9).Draw(t, "day"), 0, 0, 0, 0, time.UTC)))}
	e.Run.Limits = DeviceLimits{ZonesMaxHR: 188, RestingHR: 44, ThresholdHR: 170}
	e.Key, e.Digest = RunKey(e.Run), e.ContentDigest()
	return e
}

// A run of no known day has numbers of its own and changes nothing else; nothing
// else changes it, but for the rules.
func TestAnUndatedRunStandsAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SampledFrom([]func(*rapid.T) []Event{someEvents, wideEvents}).Draw(t, "history")(t)
		e := undatedEvent(t)
		without, with := assessed(t, events), assessed(t, append(events, e))
		own := with.Runs[0]
		if own.Key != e.Key || asJSON(t, with.Runs[1:]) != asJSON(t, append([]RunSummary{}, without.Runs...)) ||
			asJSON(t, with.Days) != asJSON(t, without.Days) || asJSON(t, with.Transitions) != asJSON(t, without.Transitions) {
			t.Fatalf("a run of 1990 changed what is known of others")
		}
		lawful(t, "run", RunColumns, own.Row)
		lawful(t, "card", CardColumns, own.Card)
		if f, _ := own.Row["timer_s"].Float(); f != own.Trace.TimerS {
			t.Fatalf("timer %v", own.Row["timer_s"])
		}
	})
}

// It says no date of what to do next, and is a history without days.
func TestAnUndatedRunAloneHasNoDays(t *testing.T) {
	s := newStory(t)
	s.profile(adult)
	s.recorded(int(mustDate("1990-07-09")-day0), leg{1200, 3, 160})
	a, err := Assess(s.h, nil, Options{Through: day0})
	if err != nil || len(a.Days) != 0 || len(a.Runs) != 1 {
		t.Fatalf("%v, %d days, %d runs", err, len(a.Days), len(a.Runs))
	}
	row := a.Runs[0].Row
	wantText(t, row, "date", "1990-07-09")
	wantText(t, row, "load_source", "hrss")
	wantText(t, row, "hrmax_source", "override")
	for _, name := range []string{"window_days", "next_easy_after", "next_hard_after"} {
		if row[name].Reason != "load_history_short" {
			t.Errorf("%s = %+v", name, row[name])
		}
	}
	for _, advice := range CardAdvice(a.Runs[0]) {
		if strings.Contains(advice.Text, "1990") {
			t.Errorf("advice of a day that nobody knows: %q", advice.Text)
		}
	}
}

// No clock shows the year 1.
func TestARunOfNoClockIsRefused(t *testing.T) {
	at := time.Time{}
	run := &Run{Sport: "running", Part: -1, Start: at, First: at, T: []float64{0, 1}}
	e := Event{Kind: KindRun, Run: run, Key: RunKey(run), Digest: "x"}
	if err := e.Validate(); !errors.Is(err, ErrInvalid) {
		t.Error("a run of 1969 is taken")
	}
}
