package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/mail"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"afterrun/cmd/afterrun/season"
	"afterrun/configs"
	"afterrun/readiness"
	"afterrun/sinks/alert"
	"afterrun/sinks/sinktest"
)

// TestTheEpisodeArrivesOnceThroughARestart plays the demo's season day by day.
// When its first warning has reached the webhook but not the mail server, the
// program ends and starts again.
func TestTheEpisodeArrivesOnceThroughARestart(t *testing.T) {
	hook, post := newListener(t), sinktest.StartMail(t, false)
	days, err := season.Plan(season.Options{End: time.Date(2026, 6, 14, 9, 0, 0, 0, time.UTC), Days: 75, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{t: days[0].Date.Time()}
	a := warned(t, c, hook, post)
	p, end := a.begin(t)
	post.Refuse("451 try later")
	restarted := false
	for _, d := range days {
		c.set(d.Date.Time().Add(20 * time.Hour)) // in the evening, when the day's files are in
		p.drop(t, d.Files)
		if !restarted && p.warns(t) {
			await(t, "half of a delivery", func() bool { return len(hook.messages()) == 1 && post.Tried() > 0 })
			end()
			post.Refuse("")
			p, end = a.begin(t)
			restarted = true
		}
		p.settleAlerts(t)
	}
	end()
	got := hook.messages()
	var subjects []string
	for i, l := range post.Letters() {
		m, err := mail.ReadMessage(strings.NewReader(l.Data))
		if err != nil {
			t.Fatal(err)
		}
		subjects = append(subjects, m.Header.Get("Subject"))
		if i < len(got) && !strings.Contains(strings.Join(strings.Fields(l.Data), " "), strings.Fields(got[i].Text)[0]) {
			t.Errorf("letter %d is not message %q", i, got[i].Text)
		}
	}
	want := []string{"You look under-recovered (demo)", "Still under-recovered (demo)", "Recovered (demo)"}
	if !restarted || len(got) != len(subjects) || !slices.Equal(slices.Compact(subjects), want) {
		t.Errorf("%d messages and the letters %q, want %q with any number of reminders", len(got), subjects, want)
	}
	a.logIsComplete(t, got)
}

// TestQuietHoursHoldInTheAthletesZone takes the first warning in an evening that
// is quiet in Rome and not in UTC, starts the program again, and lets the hour pass.
func TestQuietHoursHoldInTheAthletesZone(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	hook, post := newListener(t), sinktest.StartMail(t, false)
	days, err := season.Plan(season.Options{End: time.Date(2026, 6, 14, 9, 0, 0, 0, rome), Days: 75, Zone: rome})
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{t: days[0].Date.Time()}
	a := warned(t, c, hook, post)
	log := &lockedBuffer{}
	a.log = slog.New(slog.NewTextHandler(log, nil))
	a.cfg.Athletes[demoAthlete] = season.Profile(rome)
	quiet := "20:30-21:00"
	a.cfg.Alerts.Channels[1].QuietHours = &quiet // the webhook, before which the letter is sent
	slices.Reverse(a.cfg.Alerts.Channels)
	p, end := a.begin(t)
	for _, d := range days {
		y, m, day := d.Date.Time().Date()
		nine := time.Date(y, m, day, 21, 0, 0, 0, rome)
		c.set(nine.Add(-3 * time.Second))
		p.drop(t, d.Files)
		if !p.warns(t) {
			p.settleAlerts(t)
			continue
		}
		await(t, "the letter", func() bool { return len(post.Letters()) == 1 })
		end()
		if n := len(hook.messages()); n != 0 {
			t.Errorf("%d messages in quiet hours", n)
		}
		_, end = a.begin(t)
		c.set(nine)
		await(t, "the message after the quiet hours", func() bool { return len(hook.messages()) > 0 })
		break
	}
	end()
	got := hook.messages()
	if len(got) != 1 || len(post.Letters()) != 1 {
		t.Fatalf("%d messages and %d letters, want one each", len(got), len(post.Letters()))
	}
	if text := log.String(); !strings.Contains(text, "quiet hours until 21:00") || strings.Contains(text, "level=WARN") {
		t.Errorf("the log does not tell of quiet hours, or takes them for a fault:\n%s", text)
	}
	a.logIsComplete(t, got)
}

// TestABrokenChannelIsNamed asks status and doctor while a channel fails.
func TestABrokenChannelIsNamed(t *testing.T) {
	a := &app{out: io.Discard, err: io.Discard, now: time.Now, cfg: configs.Default(), log: slog.New(slog.DiscardHandler)}
	a.cfg.Data = t.TempDir()
	a.cfg.Alerts.Channels = []configs.Channel{{Name: "phone", Ntfy: "http://127.0.0.1:1/s3cr3t", Athletes: []readiness.AthleteID{"nobody"}}}
	l, err := alert.OpenLedger(filepath.Join(a.cfg.Data, alertLedger))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // every line is on disk
	for _, d := range []alert.Delivery{
		{Channel: "gone", Key: "k", At: time.Now(), Outcome: alert.Failed, Reason: "was removed"},
		{Channel: "phone", Key: "k", At: time.Now(), Outcome: alert.Failed, Reason: "connection refused"},
	} {
		if err := l.Record(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	found := a.examineAlerts()
	if len(found) != 2 || found[0].State != "bad" || !strings.Contains(found[0].Text, "channel phone: failed") || !strings.Contains(found[0].Text, "connection refused") {
		t.Errorf("%+v", found)
	}
	if len(found) == 2 && (found[1].State != "note" || !strings.Contains(found[1].Text, "nobody")) {
		t.Errorf("%+v, want a note of the athlete", found[1])
	}
	var out bytes.Buffer
	a.out = &out
	if err := a.statusCmd(t.Context(), false, false); err != nil || !strings.Contains(out.String(), "channel phone: failed") || strings.Contains(out.String(), "gone") {
		t.Errorf("%v\n%s", err, out.String())
	}
	if err := l.Record(t.Context(), alert.Delivery{Channel: "phone", Key: "k", At: time.Now(), Outcome: alert.Sent}); err != nil {
		t.Fatal(err)
	}
	if found := a.examineAlerts(); len(found) != 1 || found[0].State != "note" {
		t.Errorf("%+v, want no fault once it was sent", found)
	}
	a.cfg.Alerts.QuietHours = "21:30-07:00"
	if found := a.examineAlerts(); len(found) != 2 || !strings.Contains(found[1].Text, "UTC") {
		t.Errorf("%+v, want a note that the quiet hours are in UTC", found)
	}
	a.cfg.Athletes = map[readiness.AthleteID]configs.AthleteProfile{"nobody": {TimeZone: "Europe/Rome"}}
	if found := a.examineAlerts(); len(found) != 1 || found[0].State != "ok" {
		t.Errorf("%+v, want nothing to say", found)
	}
}

// warned is a program with a webhook and e-mail.
func warned(t *testing.T, c *clock, hook *listener, post *sinktest.MailServer) *app {
	t.Helper()
	a := &app{out: io.Discard, err: io.Discard, now: c.now, cfg: configs.Default(), log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))}
	a.cfg.Data = t.TempDir()
	a.cfg.Athletes = map[readiness.AthleteID]configs.AthleteProfile{demoAthlete: season.Profile(time.UTC)}
	a.cfg.Alerts.Mail = configs.Mail{Host: post.Host, Port: post.Port, TLS: "none", From: "afterrun@example.org"}
	a.cfg.Alerts.Channels = []configs.Channel{
		{Name: "mail", Email: []string{"me@example.org"}},
		{Name: "hook", Webhook: configs.Secret(hook.URL)},
	}
	return a
}

// begin starts the program's stages; the function it returns ends them.
func (a *app) begin(t *testing.T) (*parts, func()) {
	t.Helper()
	p, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- runStages(ctx, p.workStage(), p.storeStage(), p.filesStage(), a.alertStage(p)) }()
	return p, func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}
}

// warns reports whether the day's assessment brought a warning.
func (p *parts) warns(t *testing.T) bool {
	t.Helper()
	if err := p.worker.Handle(t.Context(), []readiness.AthleteID{demoAthlete}); err != nil {
		t.Fatal(err)
	}
	if err := p.bus.WaitIdle(t.Context(), durableWork, p.durableStore()); err != nil {
		t.Fatal(err)
	}
	alerts, err := p.store.Alerts(t.Context(), demoAthlete, 0, readiness.DateOf(p.now()))
	if err != nil {
		t.Fatal(err)
	}
	return len(alerts) > 0
}

// logIsComplete compares `afterrun alert log` with what arrived.
func (a *app) logIsComplete(t *testing.T, got []message) {
	t.Helper()
	var out bytes.Buffer
	a.out = &out
	if err := a.alertLog(true); err != nil {
		t.Fatal(err)
	}
	var log []alert.Delivery
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	log = slices.DeleteFunc(log, func(d alert.Delivery) bool { return d.Outcome == alert.Failed && d.Reason != "" })
	for _, m := range got {
		for _, channel := range []string{"hook", "mail"} {
			n := 0
			for _, d := range log {
				if d.Channel == channel && d.Key == m.Key && d.Outcome == alert.Sent && !d.At.IsZero() {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%s through %s stands %d times in the log", m.Key, channel, n)
			}
		}
	}
	if len(log) != 2*len(got) {
		t.Errorf("%d lines, want 2 for each of %d messages", len(log), len(got))
	}
}
