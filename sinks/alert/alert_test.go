package alert_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/alert"
)

const me = readiness.AthleteID("me")

var now = time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC)

// receiver is a real HTTP server that keeps what it is sent.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []received
	answer http.HandlerFunc // nil = 200
}

type received struct {
	path   string
	header http.Header
	body   []byte
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.got = append(r.got, received{req.URL.Path, req.Header.Clone(), body})
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		answer(w, req)
	}
}

func (r *receiver) answerWith(h http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = h
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// warning is the entry of an episode as the worker commits it.
func warning() readiness.Result {
	date := readiness.DateOf(now)
	return readiness.Result{
		Athlete: me, Kind: readiness.ResultAlert, Key: "under_recovery-2026-03-10-enter", At: date.Noon(),
		Alert: &readiness.Alert{
			Transition: readiness.Transition{
				Rule: "under_recovery", Episode: date, Kind: "enter", Date: date, Text: "Resting HR 58, usually 50 ± 2.\nTake it easy.",
			},
			IdempotencyKey: "me|under_recovery|2026-03-10|enter", Created: now,
		},
	}
}

func reminder() readiness.Result {
	r := warning()
	a := *r.Alert
	a.Kind, a.IdempotencyKey = "reminder", "me|under_recovery|2026-03-10|reminder-2026-03-15"
	r.Alert = &a
	return r
}

// house is the sink's place on disk, which outlives the process.
type house struct {
	t      *testing.T
	ledger string
	log    bytes.Buffer
}

func newHouse(t *testing.T) *house {
	return &house{t: t, ledger: filepath.Join(t.TempDir(), "alerts.delivered")}
}

// start is a start of the program.
func (h *house) start(channels ...alert.Channel) *alert.Sink {
	h.t.Helper()
	l, err := alert.OpenLedger(h.ledger)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.with(l, channels...)
}

func (h *house) with(l alert.Ledger, channels ...alert.Channel) *alert.Sink {
	h.t.Helper()
	s, err := alert.New(alert.Options{
		Channels: channels, Ledger: l, Timeout: 5 * time.Second,
		Log: slog.New(slog.NewTextHandler(&h.log, nil)), Now: func() time.Time { return now },
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = s.Close() }) // a test may have closed it
	return s
}

func hook(name, url string) alert.Channel { return alert.Channel{Name: name, Webhook: url} }

func TestWebhookCarriesTheWholeMessageAndItsSignature(t *testing.T) {
	r := newReceiver(t, nil)
	s := newHouse(t).start(alert.Channel{Name: "hook", Webhook: r.URL + "/in", Token: "t0ken", Secret: "geheim"})
	if err := s.Write(t.Context(), []readiness.Result{warning()}); err != nil {
		t.Fatal(err)
	}
	got := r.all()
	if len(got) != 1 {
		t.Fatalf("%d messages, want 1", len(got))
	}
	var m map[string]string
	if err := json.Unmarshal(got[0].body, &m); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"athlete": "me", "rule": "under_recovery", "kind": "enter", "episode": "2026-03-10", "date": "2026-03-10",
		"severity": "warning",
		"title":    "You look under-recovered", "text": "Resting HR 58, usually 50 ± 2.\nTake it easy.",
		"idempotency_key": "me|under_recovery|2026-03-10|enter",
	} {
		if m[name] != want {
			t.Errorf("%s = %q, want %q", name, m[name], want)
		}
	}
	mac := hmac.New(sha256.New, []byte("geheim"))
	mac.Write(got[0].body)
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Authorization": "Bearer t0ken", "Idempotency-Key": m["idempotency_key"],
		"X-Idempotency-Key": m["idempotency_key"], "X-Afterrun-Signature": "sha256=" + hex.EncodeToString(mac.Sum(nil)),
	} {
		if got[0].header.Get(name) != want {
			t.Errorf("header %s = %q, want %q", name, got[0].header.Get(name), want)
		}
	}
}

func TestNtfyHeadersTellTheKind(t *testing.T) {
	for _, c := range []struct{ rule, kind, title, tags, priority string }{
		{"under_recovery", "enter", "You look under-recovered (me)", "warning", "high"},
		{"under_recovery", "reminder", "Still under-recovered (me)", "warning", "default"},
		{"under_recovery", "exit", "Recovered (me)", "green_circle", "default"},
		{"see_physio", "enter", "Consider a physiotherapist (me)", "warning", "high"},
	} {
		r := newReceiver(t, nil)
		s := newHouse(t).start(alert.Channel{Name: "phone", Ntfy: r.URL + "/topic", Token: "tk_1"})
		w := warning()
		w.Alert.Rule, w.Alert.Kind = c.rule, c.kind
		if err := s.Write(t.Context(), []readiness.Result{w}); err != nil {
			t.Fatal(err)
		}
		got := r.all()
		if len(got) != 1 || got[0].path != "/topic" || string(got[0].body) != w.Alert.Text {
			t.Fatalf("%s: %+v", c.kind, got)
		}
		h := got[0].header
		want := []string{c.title, c.tags, c.priority, "Bearer tk_1", w.Alert.IdempotencyKey}
		have := []string{h.Get("Title"), h.Get("Tags"), h.Get("Priority"), h.Get("Authorization"), h.Get("X-Idempotency-Key")}
		if !slices.Equal(have, want) {
			t.Errorf("%s %s: %q, want %q", c.rule, c.kind, have, want)
		}
	}
}

// The messages of a batch come again until the whole batch was taken, and a
// program may end between any two of them.
func TestEachChannelGetsAMessageOnceThroughRestarts(t *testing.T) {
	good, bad := newReceiver(t, nil), newReceiver(t, status(http.StatusServiceUnavailable))
	channels := []alert.Channel{hook("bad", bad.URL), hook("good", good.URL)}
	batch := []readiness.Result{warning(), reminder()}
	h := newHouse(t)
	for range 3 { // the channel is down, the program starts again and again
		s := h.start(channels...)
		if err := s.Write(t.Context(), batch); err == nil {
			t.Fatal("a channel that is down is no error: the message would be lost")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	bad.answerWith(nil)
	for range 3 {
		if err := h.start(channels...).Write(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(good.all()); n != 2 {
		t.Errorf("the good channel got %d messages, want 2", n)
	}
	if n := len(bad.all()); n != 3*2+2 {
		t.Errorf("the other got %d requests, want 6 that it refused and 2", n)
	}
}

// cutLedger fails to write after the message went out, as when the power is cut
// there.
type cutLedger struct{ alert.Ledger }

var errCut = errors.New("power cut")

func (cutLedger) Record(context.Context, alert.Delivery) error { return errCut }

func TestAMessageThatMayHaveBeenSentComesAgainWithItsKey(t *testing.T) {
	r := newReceiver(t, nil)
	h := newHouse(t)
	l, err := alert.OpenLedger(h.ledger)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.with(cutLedger{l}, hook("hook", r.URL)).Write(t.Context(), []readiness.Result{warning()}); !errors.Is(err, errCut) {
		t.Fatalf("%v, want the ledger's error", err)
	}
	if err := h.start(hook("hook", r.URL)).Write(t.Context(), []readiness.Result{warning()}); err != nil {
		t.Fatal(err)
	}
	got := r.all()
	if len(got) != 2 {
		t.Fatalf("%d messages, want 2: one that may have been lost, and its repetition", len(got))
	}
	const name = "Idempotency-Key"
	if a, b := got[0].header.Get(name), got[1].header.Get(name); a == "" || a != b {
		t.Errorf("keys %q and %q: the receiver cannot tell that it is one message", a, b)
	}
}

func TestOnlyFreshAlertsOfTheAthleteAreSent(t *testing.T) {
	r := newReceiver(t, nil)
	s := newHouse(t).start(alert.Channel{Name: "hers", Webhook: r.URL, Athletes: []readiness.AthleteID{"her"}}, hook("all", r.URL+"/all"))
	old, deleted, day := warning(), warning(), warning()
	old.Alert.Created = now.Add(-72*time.Hour - time.Second)
	deleted.Deleted = true
	day.Alert, day.Day, day.Kind = nil, &readiness.Day{}, readiness.ResultDay
	waited := reminder()
	waited.Alert.Created = now.Add(-72 * time.Hour)
	if err := s.Write(t.Context(), []readiness.Result{old, deleted, day, waited}); err != nil {
		t.Fatal(err)
	}
	got := r.all()
	if len(got) != 1 || got[0].path != "/all" || got[0].header.Get("Idempotency-Key") != waited.Alert.IdempotencyKey {
		t.Errorf("%+v, want the reminder alone, through the channel that is everybody's", got)
	}
}

// waiter is how an error asks for patience.
type waiter interface{ RetryAfter() time.Duration }

func TestRefusalsAreTriedAgainOnlyWhenThatMayHelp(t *testing.T) {
	date := time.Now().Add(20 * time.Minute).UTC().Format(http.TimeFormat)
	for _, c := range []struct {
		code      int
		after     string
		wait      time.Duration // at least
		permanent bool
	}{
		{code: 204},
		{code: 408}, {code: 429}, {code: 500}, {code: 502}, {code: 503},
		{code: 429, after: "30", wait: 30 * time.Second},
		{code: 503, after: "999999999999", wait: time.Hour},
		{code: 503, after: "-5"}, {code: 503, after: "soon"},
		{code: 429, after: date, wait: 19 * time.Minute},
		{code: 301, wait: time.Minute}, {code: 401, wait: time.Minute}, {code: 403, wait: time.Minute}, {code: 404, wait: time.Minute},
		{code: 400, permanent: true}, {code: 413, permanent: true}, {code: 422, permanent: true},
	} {
		t.Run(fmt.Sprint(c.code, c.after), func(t *testing.T) {
			r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", c.after)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.code)
			})
			h := newHouse(t)
			s := h.start(hook("hook", r.URL))
			err := s.Write(t.Context(), []readiness.Result{warning()})
			if done := c.code == 204 || c.permanent; done != (err == nil) {
				t.Fatalf("%v", err)
			}
			if c.permanent && !strings.Contains(h.log.String(), "for good") {
				t.Errorf("given up in silence: %s", h.log.String())
			}
			if err != nil {
				w, ok := errors.AsType[interface {
					error
					waiter
				}](err)
				if !ok || w.RetryAfter() < c.wait || w.RetryAfter() > c.wait+2*time.Minute {
					t.Errorf("%v asks to wait %v, want %v", err, w.RetryAfter(), c.wait)
				}
				if errors.Is(err, readiness.ErrInvalid) {
					t.Errorf("%v would end in the dead letters", err)
				}
			}
			again := s.Write(t.Context(), []readiness.Result{warning()})
			if n, want := len(r.all()), map[bool]int{true: 1, false: 2}[err == nil || c.wait > 0]; n != want || (again == nil) != (err == nil) {
				t.Errorf("%d requests, want %d; %v", n, want, again)
			}
		})
	}
}

func TestARedirectCarriesTheTokenNowhere(t *testing.T) {
	stranger := newReceiver(t, nil)
	r := newReceiver(t, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, stranger.URL, http.StatusTemporaryRedirect)
	})
	s := newHouse(t).start(alert.Channel{Name: "hook", Webhook: r.URL, Token: "t0ken"})
	if err := s.Write(t.Context(), []readiness.Result{warning()}); err == nil || !strings.Contains(err.Error(), "redirects") {
		t.Errorf("%v", err)
	}
	if n := len(stranger.all()); n != 0 {
		t.Errorf("the stranger got %d messages", n)
	}
}

func TestATextNeverBecomesAHeader(t *testing.T) {
	r := newReceiver(t, nil)
	evil := "x\r\nX-Evil: 1"
	w := warning()
	w.Alert.IdempotencyKey, w.Alert.Rule, w.Alert.Text = evil, evil, evil
	s := newHouse(t).start(
		alert.Channel{Name: "hook", Webhook: r.URL, Token: evil, Secret: evil},
		alert.Channel{Name: "phone", Ntfy: r.URL, Token: evil},
	)
	if err := s.Write(t.Context(), []readiness.Result{w}); err != nil {
		t.Fatal(err)
	}
	got := r.all()
	if len(got) != 2 {
		t.Fatalf("%d messages, want 2", len(got))
	}
	for _, m := range got {
		if m.header.Get("X-Evil") != "" {
			t.Errorf("header injected: %v", m.header)
		}
		if k := m.header.Get("Idempotency-Key"); k != "x  X-Evil: 1" {
			t.Errorf("key = %q", k)
		}
	}
}

func TestEveryChannelIsTriedAndReported(t *testing.T) {
	good, bad := newReceiver(t, nil), newReceiver(t, status(http.StatusNotFound))
	s := newHouse(t).start(hook("bad", bad.URL), alert.Channel{Name: "phone", Ntfy: good.URL})
	for range 2 { // a test is sent every time
		got := s.Test(t.Context())
		if len(got) != 2 || got[0].Channel != "bad" || got[1].Channel != "phone" {
			t.Fatalf("%+v", got)
		}
		if got[0].Err == nil || !strings.Contains(got[0].Err.Error(), "404") || got[1].Err != nil {
			t.Errorf("%+v", got)
		}
	}
	if n := len(good.all()); n != 2 {
		t.Errorf("%d test messages, want 2", n)
	}
	if m := good.all()[0]; m.header.Get("Title") != "Afterrun: test" || m.header.Get("Tags") != "test_tube" {
		t.Errorf("%v", m.header)
	}
}
