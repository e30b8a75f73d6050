// Package alert sends warnings through the athlete's channels: ntfy topics and
// JSON webhooks. It is a sink of its own, so a channel that is down delays
// nothing but itself; what was delivered is remembered on disk, so that a
// message that comes again is not sent again. It imports readiness only.
package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"afterrun/readiness"
)

// Channel is one way to reach people. Exactly one of Ntfy and Webhook is set.
type Channel struct {
	Name     string
	Ntfy     string                // address of the topic
	Webhook  string                // address that takes a POST of JSON
	Token    string                // bearer token, optional
	Secret   string                // signs the webhook's body with HMAC-SHA256, optional
	Athletes []readiness.AthleteID // nil = all
}

// Ledger remembers deliveries for good.
type Ledger interface {
	Delivered(ctx context.Context, channel, key string) (bool, error)
	SetDelivered(ctx context.Context, channel, key string) error
}

// Options are the sink's parts; Log and Now may be left out.
type Options struct {
	Channels []Channel
	Ledger   Ledger
	Log      *slog.Logger
	Now      func() time.Time
	Timeout  time.Duration // of one message, 0 = 15 s
}

// Sink delivers alerts.
type Sink struct {
	o    Options
	post *poster
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
	return &Sink{o: o, post: newPoster(o.Timeout)}, nil
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
	if c.Athletes != nil && !slices.Contains(c.Athletes, athlete) {
		return nil
	}
	done, err := s.o.Ledger.Delivered(ctx, c.Name, a.IdempotencyKey)
	if err != nil || done {
		return err
	}
	err = s.post.send(ctx, c, message(athlete, a))
	if errors.Is(err, readiness.ErrInvalid) {
		s.o.Log.ErrorContext(ctx, "channel refuses the alert for good", "channel", c.Name, "key", a.IdempotencyKey, "err", err)
		err = nil
	}
	if err != nil {
		return err
	}
	return s.o.Ledger.SetDelivered(ctx, c.Name, a.IdempotencyKey)
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
			Athlete: "test", Rule: "test", Kind: "test", Date: readiness.DateOf(now).String(), Episode: readiness.DateOf(now).String(),
			Title: "Afterrun: test", Text: "This channel works. Warnings of under-recovery will arrive here.",
			Key: fmt.Sprintf("test|%d", now.UnixNano()),
		}
		out = append(out, Report{c.Name, s.post.send(ctx, c, m)})
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
}

func message(athlete readiness.AthleteID, a readiness.Alert) Message {
	title := titles[a.Rule+" "+a.Kind]
	if title == "" {
		title = "Afterrun"
	}
	return Message{
		Athlete: athlete, Rule: a.Rule, Kind: a.Kind, Episode: a.Episode.String(), Date: a.Date.String(),
		Title: title, Text: a.Text, Key: a.IdempotencyKey,
	}
}

// retryable joins errors and keeps the longest wait any of them asks for.
type retryable struct {
	error
	after time.Duration
}

// RetryAfter is how long to wait at least.
func (r retryable) RetryAfter() time.Duration { return r.after }

// Unwrap gives the joined errors.
func (r retryable) Unwrap() error { return r.error }

func join(errs []error) error {
	err := errors.Join(errs...)
	if err == nil {
		return nil
	}
	wait := time.Duration(0)
	for _, e := range errs {
		if w, ok := errors.AsType[*deliveryError](e); ok {
			wait = max(wait, w.after)
		}
	}
	return retryable{err, wait}
}
