package alert_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/alert"
)

// sleeper is a sink with one channel that is quiet from 21:30 to 7:00 in Rome.
func sleeper(t *testing.T, url string, clock *time.Time) *alert.Sink {
	t.Helper()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	s, err := alert.New(alert.Options{
		Channels: []alert.Channel{{Name: "hook", Webhook: url, Quiet: alert.Quiet{From: 21*time.Hour + 30*time.Minute, To: 7 * time.Hour}}},
		Ledger:   openLedger(t, filepath.Join(t.TempDir(), "ledger")),
		Zone:     func(readiness.AthleteID) *time.Location { return rome },
		Now:      func() time.Time { return *clock },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestQuietHoursDelayInTheAthletesZone(t *testing.T) {
	for _, c := range []struct {
		utc  string
		wait time.Duration // 0 = delivered
	}{
		{"2026-03-10T20:29:00Z", 0}, {"2026-03-10T20:30:00Z", 9*time.Hour + 30*time.Minute}, // winter: Rome is an hour ahead
		{"2026-03-11T00:00:00Z", 6 * time.Hour}, {"2026-03-11T05:59:59Z", time.Second}, {"2026-03-11T06:00:00Z", 0},
		{"2026-07-01T19:29:00Z", 0}, {"2026-07-01T19:30:00Z", 9*time.Hour + 30*time.Minute}, // summer: two hours
		{"2026-03-28T22:00:00Z", 7 * time.Hour}, // the night that loses an hour: from 23:00 to 7:00
		{"2026-10-24T21:00:00Z", 9 * time.Hour}, // the night that gains one
	} {
		at, err := time.Parse(time.RFC3339, c.utc)
		if err != nil {
			t.Fatal(err)
		}
		r := newReceiver(t, nil)
		s := sleeper(t, r.URL, &at)
		w := warning()
		w.Alert.Created = at
		err = s.Write(t.Context(), []readiness.Result{w})
		if c.wait == 0 {
			if err != nil || len(r.all()) != 1 {
				t.Errorf("%s: %v, %d messages", c.utc, err, len(r.all()))
			}
			continue
		}
		patient, ok := errors.AsType[interface {
			error
			waiter
		}](err)
		if !ok || patient.RetryAfter() != min(c.wait, 15*time.Minute) || len(r.all()) != 0 {
			t.Errorf("%s: %v, %d messages, want a wait of %v", c.utc, err, len(r.all()), c.wait)
			continue
		}
		at = at.Add(c.wait - time.Second)
		if err := s.Write(t.Context(), []readiness.Result{w}); err == nil || len(r.all()) != 0 {
			t.Errorf("%s: a second before the quiet hours end: %v, %d messages", c.utc, err, len(r.all()))
		}
		at = at.Add(time.Second)
		for range 2 {
			if err := s.Write(t.Context(), []readiness.Result{w}); err != nil || len(r.all()) != 1 {
				t.Errorf("%s: after the quiet hours: %v, %d messages", c.utc, err, len(r.all()))
			}
		}
	}
}

func TestWhatIsCriticalDoesNotWait(t *testing.T) {
	night := time.Date(2026, 3, 10, 23, 0, 0, 0, time.UTC)
	r := newReceiver(t, nil)
	s := sleeper(t, r.URL, &night)
	pain, help := warning(), reminder()
	pain.Alert.Rule, help.Alert.Rule = "see_physio", "medical_help"
	pain.Alert.Created, help.Alert.Created = night, night
	if err := s.Write(t.Context(), []readiness.Result{pain, help}); err != nil || len(r.all()) != 2 {
		t.Errorf("%v, %d messages", err, len(r.all()))
	}
}

// A channel that is down is tried again before the quiet hours of another end.
func TestQuietHoursDoNotDelayAnotherChannel(t *testing.T) {
	down, good := newReceiver(t, status(503)), newReceiver(t, nil)
	quiet := alert.Channel{Name: "quiet", Webhook: good.URL, Quiet: alert.Quiet{From: 0, To: 23 * time.Hour}}
	s := newHouse(t).start(quiet, hook("down", down.URL))
	err := s.Write(t.Context(), []readiness.Result{warning()})
	patient, ok := errors.AsType[interface {
		error
		waiter
	}](err)
	if planned, is := errors.AsType[interface {
		error
		Planned() bool
	}](err); !is || planned.Planned() {
		t.Errorf("%v counts as planned, though a channel is down", err)
	}
	if !ok || patient.RetryAfter() > time.Minute || len(down.all()) != 1 || len(good.all()) != 0 {
		t.Errorf("%v", err)
	}
}

func TestAChannelGetsWhatIsSevereEnough(t *testing.T) {
	all, some, few := newReceiver(t, nil), newReceiver(t, nil), newReceiver(t, nil)
	s := newHouse(t).start(
		hook("all", all.URL),
		alert.Channel{Name: "some", Webhook: some.URL, Least: alert.Warning},
		alert.Channel{Name: "few", Webhook: few.URL, Least: alert.Critical},
	)
	calm, pain := reminder(), warning()
	calm.Alert.Kind, calm.Alert.IdempotencyKey = "exit", "me|under_recovery|2026-03-10|exit"
	pain.Alert.Rule, pain.Alert.IdempotencyKey = "see_physio", "me|see_physio|2026-03-10|enter"
	if err := s.Write(t.Context(), []readiness.Result{warning(), calm, pain}); err != nil {
		t.Fatal(err)
	}
	if a, b, c := len(all.all()), len(some.all()), len(few.all()); a != 3 || b != 2 || c != 1 {
		t.Errorf("%d, %d and %d messages, want 3, 2 and 1", a, b, c)
	}
}
