package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"afterrun/cmd/afterrun/season"
	"afterrun/configs"
	"afterrun/readiness"
)

// clock is a simulated now.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

// listener is a real HTTP server that keeps what it is sent.
type listener struct {
	*httptest.Server
	mu  sync.Mutex
	got []message
}

type message struct {
	Kind, Text, Key string
	Date            readiness.Date // of the step
}

func newListener(t *testing.T) *listener {
	l := &listener{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		var m struct {
			Kind string `json:"kind"`
			Text string `json:"text"`
			Date string `json:"date"`
		}
		if err := json.Unmarshal(b, &m); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		date, err := readiness.ParseDate(m.Date)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.got = append(l.got, message{m.Kind, m.Text, r.Header.Get("Idempotency-Key"), date})
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) messages() []message {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]message{}, l.got...)
}

// inProcess opens the whole pipeline under a simulated clock, one webhook as
// its channel.
func inProcess(t *testing.T, c *clock, hook string) *parts {
	t.Helper()
	a := &app{out: io.Discard, err: io.Discard, now: c.now, cfg: configs.Default(), log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))}
	a.cfg.Data = t.TempDir()
	a.cfg.Athletes = map[readiness.AthleteID]configs.AthleteProfile{demoAthlete: season.Profile(time.UTC)}
	a.cfg.Alerts.Channels = []configs.Channel{{Name: "hook", Webhook: configs.Secret(hook)}}
	p, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- runStages(ctx, p.workStage(), p.storeStage(), p.filesStage(), a.alertStage(p)) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p *parts) settleAlerts(t *testing.T) {
	t.Helper()
	if err := p.worker.Handle(t.Context(), []readiness.AthleteID{demoAthlete}); err != nil {
		t.Fatal(err)
	}
	if err := p.bus.WaitIdle(t.Context(), durableWork, p.durableStore(), p.durableFiles(), "alert"); err != nil {
		t.Fatal(err)
	}
}

func (p *parts) drop(t *testing.T, files []season.File) {
	t.Helper()
	for _, f := range files {
		info := fileInfo{name: f.Name, size: int64(len(f.Data)), at: p.now()}
		got, err := p.ingester.File(t.Context(), demoAthlete, f.Name, f.Data, info)
		if err != nil {
			t.Fatal(err)
		}
		if got.State == readiness.FileRefused || got.State == readiness.FilePending {
			t.Fatalf("%s: %s %s", f.Name, got.State, got.Reason)
		}
	}
}

func TestSeasonPlayedDayByDayWarnsOnceAndCallsOff(t *testing.T) {
	l := newListener(t)
	end := time.Date(2026, 6, 14, 9, 0, 0, 0, time.UTC)
	days, err := season.Plan(season.Options{End: end, Days: 120, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{t: days[0].Date.Time()}
	p := inProcess(t, c, l.URL)
	for _, d := range days {
		c.set(d.Date.Time().Add(20 * time.Hour)) // in the evening, when the day's files are in
		p.drop(t, d.Files)
		p.settleAlerts(t)
	}
	kinds := map[string]int{}
	keys := map[string]bool{}
	last := readiness.Date(0)
	for _, m := range l.messages() {
		kinds[m.Kind]++
		if m.Kind == "reminder" && m.Date-last != 5 {
			t.Errorf("reminder %d days after the last message, want 5", m.Date-last)
		}
		last = m.Date
		if keys[m.Key] || m.Key == "" {
			t.Errorf("idempotency key %q twice or empty", m.Key)
		}
		keys[m.Key] = true
		t.Logf("%s: %s", m.Key, m.Text)
	}
	if kinds["enter"] != 1 || kinds["reminder"] < 1 || kinds["exit"] != 1 {
		t.Errorf("messages by kind = %v, want one enter, its reminders, one exit", kinds)
	}
	// Replaying everything changes nothing and sends nothing.
	n := len(l.messages())
	for _, d := range days {
		p.drop(t, d.Files)
	}
	p.settleAlerts(t)
	if got := len(l.messages()); got != n {
		t.Errorf("a replay sent %d more messages", got-n)
	}
}

// Whenever the season is imported, at its end or in the middle of the overload,
// nothing is sent for days more than two days old.
func TestSeasonImportedAtOnceSendsNothingOld(t *testing.T) {
	end := time.Date(2026, 6, 14, 20, 0, 0, 0, time.UTC)
	days, err := season.Plan(season.Options{End: end, Days: 120, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, before := range []int{0, 5, 9, 12} {
		l := newListener(t)
		now := end.AddDate(0, 0, -before)
		p := inProcess(t, &clock{t: now}, l.URL)
		for _, d := range days[:len(days)-before] {
			p.drop(t, d.Files)
		}
		p.settleAlerts(t)
		for _, m := range l.messages() {
			sent++
			if readiness.DateOf(now)-m.Date > 2 {
				t.Errorf("on %s an old message was sent: %+v", now.Format(time.DateOnly), m)
			}
		}
	}
	if sent == 0 {
		t.Error("nothing was ever sent: the test shows nothing")
	}
}
