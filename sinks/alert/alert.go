// Package alert sends warnings through the athlete's channels: ntfy topics,
// JSON webhooks, e-mail, and what shoutrrr knows. It is a sink of its own, so a
// channel that is down delays nothing but itself; what was delivered is
// remembered on disk, so that a message that comes again is not sent again. Of
// Afterrun it imports readiness only.
package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"afterrun/readiness"
)

// Ledger remembers deliveries for good.
type Ledger interface {
	Delivered(ctx context.Context, channel, key string) (bool, error)
	SetDelivered(ctx context.Context, d Delivery) error
}

// Options are the sink's parts; all but Ledger may be left out.
type Options struct {
	Channels []Channel
	Mail     MailServer // for channels of e-mail
	Ledger   Ledger
	Zone     func(readiness.AthleteID) *time.Location // for quiet hours; nil = UTC
	Log      *slog.Logger
	Now      func() time.Time
	Timeout  time.Duration // of one message, 0 = 15 s
}

// Sink delivers alerts.
type Sink struct {
	o     Options
	post  *poster
	mail  mailer
	shout shouter
}

// New returns a sink.
func New(o Options) (*Sink, error) {
	if o.Ledger == nil {
		return nil, errors.New("alert: a ledger is needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timeout <= 0 {
		o.Timeout = 15 * time.Second
	}
	if o.Zone == nil {
		o.Zone = func(readiness.AthleteID) *time.Location { return time.UTC }
	}
	o.Channels = each(o.Channels)
	return &Sink{o: o, post: newPoster(o.Timeout), mail: mailer{o.Mail, o.Timeout}, shout: shouter{o.Timeout}}, nil
}

// freshDays is how old an alert may be to be sent: one that waited longer for a
// channel helps nobody any more.
const freshDays = 2

// Write delivers the alerts among the results through every channel that has not
// had them. A channel that fails does not keep the others from theirs; its error
// is returned, so that the message comes again.
func (s *Sink) Write(ctx context.Context, results []readiness.Result) error {
	var errs []error
	for _, r := range results {
		if r.Alert == nil || r.Deleted {
			continue
		}
		if age := s.o.Now().Sub(r.Alert.Created); age > (freshDays+1)*24*time.Hour {
			s.o.Log.WarnContext(ctx, "alert is too old to be sent", "key", r.Alert.IdempotencyKey)
			continue
		}
		for _, c := range s.o.Channels {
			if err := s.deliver(ctx, c, r.Athlete, *r.Alert); err != nil {
				errs = append(errs, fmt.Errorf("channel %s: %w", c.Name, err))
			}
		}
	}
	return join(errs)
}

// deliver sends an alert once through a channel. A message that the channel will
// never take is given up, loudly: trying for ever would help nobody.
func (s *Sink) deliver(ctx context.Context, c Channel, athlete readiness.AthleteID, a readiness.Alert) error {
	m := message(athlete, a)
	if !c.wants(m) {
		return nil
	}
	done, err := s.o.Ledger.Delivered(ctx, c.Name, a.IdempotencyKey)
	if err != nil || done {
		return err
	}
	if until, quiet := c.Quiet.until(s.o.Now().In(s.o.Zone(athlete))); quiet && m.Severity != Critical {
		return &quietError{until: until, wait: until.Sub(s.o.Now())}
	}
	outcome := Sent
	err = s.send(ctx, c, m)
	if errors.Is(err, readiness.ErrInvalid) {
		s.o.Log.ErrorContext(ctx, "channel refuses the alert for good", "channel", c.Name, "key", a.IdempotencyKey, "err", err)
		outcome, err = Refused, nil
	}
	if err != nil {
		return err
	}
	return s.o.Ledger.SetDelivered(ctx, Delivery{Channel: c.Name, Key: a.IdempotencyKey, At: s.o.Now().UTC(), Outcome: outcome})
}

// send gives the message to the channel's kind of transport.
func (s *Sink) send(ctx context.Context, c Channel, m Message) error {
	switch {
	case len(c.Email) > 0:
		return s.mail.send(ctx, c, m)
	case c.URL != "":
		return s.shout.send(ctx, c, m)
	default:
		return s.post.send(ctx, c, m)
	}
}

// Report is what became of a test message.
type Report struct {
	Channel string
	Err     error
}

// Test sends a test message through every channel.
func (s *Sink) Test(ctx context.Context) []Report {
	var out []Report
	for _, c := range s.o.Channels {
		now := s.o.Now().UTC()
		m := Message{
			Athlete: "test", Rule: "test", Kind: "test", Severity: Info, Date: readiness.DateOf(now).String(), Episode: readiness.DateOf(now).String(),
			Title: "Afterrun: test", Text: "This channel works. Warnings of under-recovery will arrive here.",
			Key: fmt.Sprintf("test|%d", now.UnixNano()),
		}
		out = append(out, Report{c.Name, s.send(ctx, c, m)})
	}
	return out
}

// Close releases the connections and the ledger.
func (s *Sink) Close() error {
	s.post.client.CloseIdleConnections()
	if c, ok := s.o.Ledger.(interface{ Close() error }); ok {
		return c.Close()
	}
	return nil
}

// titles by rule and kind.
var titles = map[string]string{
	"under_recovery enter":    "You look under-recovered",
	"under_recovery reminder": "Still under-recovered",
	"under_recovery exit":     "Recovered",
	"see_physio enter":        "Pain that lasts",
	"see_physio reminder":     "Pain that lasts",
	"medical_help enter":      "Seek medical help",
}

// severity of an alert: good news, a warning, or something that cannot wait.
func severity(a readiness.Alert) Severity {
	switch {
	case a.Rule == "see_physio", a.Rule == "medical_help":
		return Critical
	case a.Kind == "exit":
		return Info
	default:
		return Warning
	}
}

func message(athlete readiness.AthleteID, a readiness.Alert) Message {
	title := titles[a.Rule+" "+a.Kind]
	if title == "" {
		title = "Afterrun"
	}
	return Message{
		Athlete: athlete, Rule: a.Rule, Kind: a.Kind, Severity: severity(a), Episode: a.Episode.String(), Date: a.Date.String(),
		Title: title, Text: a.Text, Key: a.IdempotencyKey,
	}
}

// retryable joins errors and knows how long to wait.
type retryable struct {
	error
	after time.Duration
}

// RetryAfter is how long to wait at least.
func (r retryable) RetryAfter() time.Duration { return r.after }

// Unwrap gives the joined errors.
func (r retryable) Unwrap() error { return r.error }

// join waits as long as a channel asks for. Quiet hours count only when nothing
// failed: a channel that is down is tried again before they end.
func join(errs []error) error {
	err := errors.Join(errs...)
	if err == nil {
		return nil
	}
	failed, wait, quiet := false, time.Duration(0), 24*time.Hour
	for _, e := range errs {
		if q, ok := errors.AsType[*quietError](e); ok {
			quiet = min(quiet, q.wait)
			continue
		}
		failed = true
		if w, ok := errors.AsType[*deliveryError](e); ok {
			wait = max(wait, w.after)
		}
	}
	if !failed {
		wait = quiet
	}
	return retryable{err, wait}
}
