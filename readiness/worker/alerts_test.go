package worker

import (
	"slices"
	"testing"
	"time"

	"afterrun/readiness"
)

func date(t *testing.T, s string) readiness.Date {
	t.Helper()
	d, err := readiness.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// transition is a step of an episode that began on the given day of June 2026.
func transition(t *testing.T, kind string, episode, day string) readiness.Transition {
	return readiness.Transition{Rule: "under_recovery", Kind: kind, Episode: date(t, "2026-06-"+episode), Date: date(t, "2026-06-"+day), Text: kind}
}

// play assesses the same steps on each of the days, at 20:00, and returns the
// keys of what was sent.
func play(t *testing.T, steps []readiness.Transition, days ...string) []string {
	t.Helper()
	var sent []readiness.SentAlert
	var keys []string
	for _, day := range days {
		now := date(t, "2026-06-"+day).Time().Add(20 * time.Hour)
		var alerts []readiness.Result
		alerts, sent = due(&readiness.Assessment{Transitions: steps}, sent, "me", now, 5)
		for _, a := range alerts {
			keys = append(keys, a.Alert.IdempotencyKey)
		}
	}
	return keys
}

func TestEpisodeIsToldOnce(t *testing.T) {
	steps := []readiness.Transition{
		transition(t, "enter", "10", "10"), transition(t, "reminder", "10", "15"), transition(t, "reminder", "10", "20"), transition(t, "exit", "10", "22"),
	}
	got := play(t, steps, "09", "10", "10", "11", "15", "16", "20", "22", "22", "23", "24")
	want := []string{
		"me|under_recovery|2026-06-10|enter", "me|under_recovery|2026-06-10|reminder-2026-06-15",
		"me|under_recovery|2026-06-10|reminder-2026-06-20", "me|under_recovery|2026-06-10|exit",
	}
	if !slices.Equal(got, want) {
		t.Errorf("sent %q", got)
	}
}

func TestBackfillSendsNothingOld(t *testing.T) {
	steps := []readiness.Transition{transition(t, "enter", "10", "10"), transition(t, "reminder", "10", "15"), transition(t, "exit", "10", "22")}
	if got := play(t, steps, "22", "23", "24", "25"); len(got) != 0 {
		t.Errorf("sent %q: the athlete was never warned", got)
	}
	if got := play(t, steps, "17"); !slices.Equal(got, []string{"me|under_recovery|2026-06-10|reminder-2026-06-15"}) {
		t.Errorf("two days late: sent %q", got)
	}
	if got := play(t, steps, "18"); len(got) != 0 {
		t.Errorf("three days late: sent %q", got)
	}
}

func TestMovedEntryIsTheSameEpisode(t *testing.T) {
	before := []readiness.Transition{transition(t, "enter", "10", "10")}
	_, ledger := due(&readiness.Assessment{Transitions: before}, nil, "me", date(t, "2026-06-10").Time().Add(20*time.Hour), 5)
	// A late file moves the entry a day back.
	after := []readiness.Transition{transition(t, "enter", "09", "09"), transition(t, "reminder", "09", "14"), transition(t, "exit", "09", "16")}
	a := &readiness.Assessment{Transitions: after}
	if got, _ := due(a, ledger, "me", date(t, "2026-06-11").Time().Add(20*time.Hour), 5); len(got) != 0 {
		t.Errorf("told again: %+v", got[0].Alert)
	}
	// Its reminder would come four days after the message: too early.
	if got, _ := due(a, ledger, "me", date(t, "2026-06-14").Time().Add(20*time.Hour), 5); len(got) != 0 {
		t.Errorf("reminded too early: %+v", got[0].Alert)
	}
	got, _ := due(a, ledger, "me", date(t, "2026-06-16").Time().Add(20*time.Hour), 5)
	if len(got) != 1 || got[0].Alert.IdempotencyKey != "me|under_recovery|2026-06-10|exit" {
		t.Errorf("recovered: %+v", got)
	}
}

func TestLapseIsSilentAndANewEpisodeIsNew(t *testing.T) {
	steps := []readiness.Transition{
		transition(t, "enter", "01", "01"), transition(t, "lapsed", "01", "15"), transition(t, "enter", "20", "20"),
	}
	got := play(t, steps, "01", "15", "20")
	if !slices.Equal(got, []string{"me|under_recovery|2026-06-01|enter", "me|under_recovery|2026-06-20|enter"}) {
		t.Errorf("sent %q", got)
	}
}

func TestTodayWaitsForTheMorningOrNoon(t *testing.T) {
	steps := []readiness.Transition{transition(t, "enter", "10", "10")}
	day := readiness.Day{Date: date(t, "2026-06-10"), Row: readiness.Row{}}
	at := func(hour int) int {
		a := &readiness.Assessment{Transitions: steps, Days: []readiness.Day{day}}
		got, _ := due(a, nil, "me", date(t, "2026-06-10").Time().Add(time.Duration(hour)*time.Hour), 5)
		return len(got)
	}
	if at(6) != 0 || at(12) != 1 {
		t.Errorf("without a morning: %d at 6, %d at 12", at(6), at(12))
	}
	day.Row["rhr_bpm"] = readiness.Num(50)
	if at(6) != 1 {
		t.Error("with a morning value it waits until noon")
	}
}

// Who wants to be reminded sooner, or later, is.
func TestRulesSayWhenToRemind(t *testing.T) {
	enter := []readiness.Transition{transition(t, "enter", "10", "10")}
	_, ledger := due(&readiness.Assessment{Transitions: enter}, nil, "me", date(t, "2026-06-10").Time().Add(20*time.Hour), 5)
	for days, want := range map[int]int{3: 1, 4: 0} {
		steps := append(enter, transition(t, "reminder", "10", "13"))
		got, _ := due(&readiness.Assessment{Transitions: steps}, ledger, "me", date(t, "2026-06-13").Time().Add(20*time.Hour), days)
		if len(got) != want {
			t.Errorf("every %d days: %d messages after three", days, len(got))
		}
	}
}
