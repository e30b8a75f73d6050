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
	"net/url"
	"strings"
	"time"

	"afterrun/readiness"
)

// Ledger remembers deliveries for good.
type Ledger interface {
	Delivered(ctx context.Context, channel, key string) (bool, error)
	Record(ctx context.Context, d Delivery) error
}

// Options are the sink's parts; all but Ledger may be left out.
type Options struct {
	Channels []Channel
	Mail     MailServer // for channels of e-mail
	Ledger   Ledger
	Zone     func(readiness.AthleteID) *time.Location // for quiet hours; nil = UTC
	Page     string                                   // address of the page, for a link; "" = none
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

	resting map[string]rest // by channel; only Write uses it
}

// rest is how long a channel that failed is left alone, and why.
type rest struct {
	until time.Time
	why   string
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
	return &Sink{o: o, post: newPoster(o.Timeout), mail: mailer{o.Mail, o.Timeout}, shout: shouter{o.Timeout}, resting: map[string]rest{}}, nil
}

// freshFor is how old an alert may be to be sent: one that waited longer for a
// channel helps nobody any more.
const freshFor = 3 * 24 * time.Hour

// Write delivers the alerts among the results through every channel that has not
// had them. A channel that fails does not keep the others from theirs; its error
// is returned, so that the message comes again.
func (s *Sink) Write(ctx context.Context, results []readiness.Result) error {
	var errs []error
	for _, r := range results {
		if r.Alert == nil || r.Deleted {
			continue
		}
		if age := s.o.Now().Sub(r.Alert.Created); age > freshFor {
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

// deliver sends an alert once through a channel.
func (s *Sink) deliver(ctx context.Context, c Channel, athlete readiness.AthleteID, a readiness.Alert) error {
	m := s.message(athlete, a)
	if !c.wants(m) {
		return nil
	}
	done, err := s.o.Ledger.Delivered(ctx, c.Name, m.Key)
	if err != nil || done {
		return err
	}
	over, err := s.o.Ledger.Delivered(ctx, c.Name, m.exitKey())
	if err != nil {
		return err
	}
	if over { // it waited so long that the athlete has recovered, and been told
		return s.record(ctx, c, m, Overtaken, "")
	}
	if until, quiet := c.Quiet.until(s.o.Now().In(s.o.Zone(athlete))); quiet && m.Severity != Critical {
		return &quietError{until: until, wait: until.Sub(s.o.Now())}
	}
	return s.settle(ctx, c, m, s.attempt(ctx, c, m))
}

// attempt sends unless the channel is to be left alone.
func (s *Sink) attempt(ctx context.Context, c Channel, m Message) error {
	if r, ok := s.resting[c.Name]; ok && time.Until(r.until) > 0 {
		return &deliveryError{text: r.why, after: time.Until(r.until)}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, done := lingering(ctx, s.o.Timeout/3)
	defer done()
	err := s.send(ctx, c, m)
	if e, ok := errors.AsType[*deliveryError](err); ok {
		s.resting[c.Name] = rest{time.Now().Add(e.after), e.text}
	}
	return err
}

// lingering lets what has begun go on for a while after the program is to end: a
// receiver that has the message but has not answered yet would get it twice.
func lingering(ctx context.Context, grace time.Duration) (context.Context, func()) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return longer, func() { stop(); cancel() }
}

// settle remembers what became of a message. One that the channel will never
// take is given up, loudly: trying for ever would help nobody.
func (s *Sink) settle(ctx context.Context, c Channel, m Message, err error) error {
	switch {
	case err == nil:
		return s.record(ctx, c, m, Sent, "")
	case errors.Is(err, readiness.ErrInvalid):
		s.o.Log.ErrorContext(ctx, "channel refuses the alert for good", "channel", c.Name, "key", m.Key, "err", err)
		return s.record(ctx, c, m, Refused, err.Error())
	case ctx.Err() != nil:
		return err
	default:
		return errors.Join(err, s.record(ctx, c, m, Failed, err.Error()))
	}
}

func (s *Sink) record(ctx context.Context, c Channel, m Message, o Outcome, why string) error {
	return s.o.Ledger.Record(ctx, Delivery{Channel: c.Name, Key: m.Key, At: s.o.Now().UTC(), Outcome: o, Reason: why})
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
			Rule: "test", Kind: "test", Severity: Info, Date: readiness.DateOf(now).String(), Episode: readiness.DateOf(now).String(),
			Title: "Afterrun: test", Text: "This channel works. Warnings of under-recovery will arrive here.",
			URL: s.o.Page, Key: fmt.Sprintf("test|%d", now.UnixNano()),
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
	"see_physio enter":        "Consider a physiotherapist",
	"see_physio reminder":     "Still: consider a physiotherapist",
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

func (s *Sink) message(athlete readiness.AthleteID, a readiness.Alert) Message {
	title := titles[a.Rule+" "+a.Kind]
	if title == "" {
		title = "Afterrun"
	}
	return Message{
		Athlete: athlete, Rule: a.Rule, Kind: a.Kind, Severity: severity(a), Episode: a.Episode.String(), Date: a.Date.String(),
		Title: title, Text: a.Text, URL: s.link(athlete, a.Date), Key: a.IdempotencyKey,
	}
}

// link is the page that shows every number behind the message.
func (s *Sink) link(athlete readiness.AthleteID, d readiness.Date) string {
	if s.o.Page == "" {
		return ""
	}
	asked := url.Values{"athlete": {string(athlete)}, "date": {d.String()}}
	return strings.TrimSuffix(s.o.Page, "/") + "/why?" + asked.Encode()
}

// retryable joins errors and knows how long to wait.
type retryable struct {
	error
	after   time.Duration
	planned bool // nothing but quiet hours
}

// Planned reports whether the wait is no fault.
func (r retryable) Planned() bool { return r.planned }

// RetryAfter is how long to wait at least.
func (r retryable) RetryAfter() time.Duration { return r.after }

// Unwrap gives the joined errors.
func (r retryable) Unwrap() error { return r.error }

// join waits until the first channel may be tried again; the others rest.
func join(errs []error) error {
	err := errors.Join(errs...)
	if err == nil {
		return nil
	}
	wait, planned := longest, true
	for _, e := range errs {
		if _, quiet := errors.AsType[*quietError](e); !quiet {
			planned = false
		}
		w, ok := errors.AsType[waiting](e)
		if !ok {
			return err
		}
		wait = min(wait, w.RetryAfter())
	}
	return retryable{err, wait, planned}
}

// longest is the longest wait. It is far shorter than a night: a machine that
// sleeps, or whose clock is set right, must not keep a message from the morning.
const longest = time.Hour

type waiting interface {
	error
	RetryAfter() time.Duration
}
