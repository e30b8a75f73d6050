package alert_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/alert"
)

// recovered is the end of the warning's episode.
func recovered() readiness.Result {
	r := warning()
	a := *r.Alert
	a.Kind, a.IdempotencyKey = "exit", "me|under_recovery|2026-03-10|exit"
	r.Alert = &a
	return r
}

// A channel that failed may be back just when the episode is over: the warning
// must not arrive after the all-clear.
func TestAWarningNeverComesAfterTheAllClear(t *testing.T) {
	r, h := newReceiver(t, status(http.StatusBadGateway)), newHouse(t)
	s := h.start(hook("hook", r.URL))
	if err := s.Write(t.Context(), []readiness.Result{warning()}); err == nil {
		t.Fatal("delivered")
	}
	r.answerWith(nil)
	for _, result := range []readiness.Result{recovered(), warning(), reminder()} {
		if err := s.Write(t.Context(), []readiness.Result{result}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(r.all()); n != 2 {
		t.Errorf("%d requests, want the one that failed and the all-clear", n)
	}
	if got := outcomes(t, h); !slices.Equal(got, []alert.Outcome{alert.Failed, alert.Sent, alert.Overtaken, alert.Overtaken}) {
		t.Errorf("%q", got)
	}
}

// In order they all arrive, also when they waited for the morning together.
func TestAShortEpisodeIsToldInOrder(t *testing.T) {
	r := newReceiver(t, nil)
	if err := newHouse(t).start(hook("hook", r.URL)).Write(t.Context(), []readiness.Result{warning(), recovered()}); err != nil {
		t.Fatal(err)
	}
	if got := r.all(); len(got) != 2 || got[1].header.Get("Idempotency-Key") != "me|under_recovery|2026-03-10|exit" {
		t.Errorf("%+v", got)
	}
}

func outcomes(t *testing.T, h *house) []alert.Outcome {
	t.Helper()
	log, err := alert.ReadLedger(h.ledger)
	if err != nil {
		t.Fatal(err)
	}
	var got []alert.Outcome
	for _, d := range log {
		got = append(got, d.Outcome)
	}
	return got
}

// What does not work is written down with its reason, once, however often it is
// tried.
func TestTheLogTellsWhyAChannelFails(t *testing.T) {
	r, h := newReceiver(t, status(http.StatusServiceUnavailable)), newHouse(t)
	for range 3 {
		if err := h.start(hook("hook", r.URL)).Write(t.Context(), []readiness.Result{warning()}); err == nil {
			t.Fatal("delivered")
		}
	}
	r.answerWith(status(http.StatusUnauthorized))
	if err := h.start(hook("hook", r.URL)).Write(t.Context(), []readiness.Result{warning()}); err == nil {
		t.Fatal("delivered")
	}
	r.answerWith(nil)
	if err := h.start(hook("hook", r.URL)).Write(t.Context(), []readiness.Result{warning()}); err != nil {
		t.Fatal(err)
	}
	log, err := alert.ReadLedger(h.ledger)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, d := range log {
		reasons = append(reasons, d.Reason)
	}
	want := []string{"the server says 503 Service Unavailable", "the server says 401 Unauthorized: correct the channel's address or token", ""}
	if !slices.Equal(reasons, want) || !slices.Equal(outcomes(t, h), []alert.Outcome{alert.Failed, alert.Failed, alert.Sent}) {
		t.Errorf("%+v", log)
	}
}

// A channel that lets others wait costs the messages of a club one wait, not one
// each.
func TestAChannelThatHangsIsLeftAlone(t *testing.T) {
	hang := make(chan struct{})
	slow, good := newReceiver(t, func(http.ResponseWriter, *http.Request) { <-hang }), newReceiver(t, nil)
	t.Cleanup(func() { close(hang) })
	s, err := alert.New(alert.Options{
		Channels: []alert.Channel{hook("slow", slow.URL), hook("good", good.URL)},
		Ledger:   openLedger(t, newHouse(t).ledger), Timeout: 300 * time.Millisecond, Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), []readiness.Result{warning(), reminder(), recovered()}); err == nil {
		t.Error("a channel that hangs is no error")
	}
	if len(slow.all()) != 1 || len(good.all()) != 3 {
		t.Errorf("%d requests to the one that hangs and %d to the other, want 1 and 3", len(slow.all()), len(good.all()))
	}
}

// One channel that wants an hour does not make another wait as long.
func TestEachChannelWaitsAsLongAsItAsks(t *testing.T) {
	busy := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	down := newReceiver(t, status(http.StatusBadGateway))
	s := newHouse(t).start(hook("busy", busy.URL), hook("down", down.URL))
	err := s.Write(t.Context(), []readiness.Result{warning()})
	patient, ok := errors.AsType[interface {
		error
		waiter
	}](err)
	if !ok || patient.RetryAfter() > time.Minute {
		t.Fatalf("%v", err)
	}
	down.answerWith(nil)
	if err := s.Write(t.Context(), []readiness.Result{warning()}); err == nil || len(busy.all()) != 1 || len(down.all()) != 2 {
		t.Errorf("%v, %d requests to the busy one and %d to the other, want 1 and 2", err, len(busy.all()), len(down.all()))
	}
}
