package alert

import (
	"slices"
	"time"

	"afterrun/readiness"
)

// Channel is one way to reach people. Exactly one of Ntfy, Webhook, Email and
// URL is set.
type Channel struct {
	Name     string
	Ntfy     string                // address of the topic
	Webhook  string                // address that takes a POST of JSON
	Email    []string              // addresses, through the mail server of the options
	URL      string                // of a service that shoutrrr knows, e.g. telegram://…
	Token    string                // bearer token for ntfy and webhook, optional
	Secret   string                // signs the webhook's body with HMAC-SHA256, optional
	Athletes []readiness.AthleteID // nil = all
	Least    Severity              // the least that is sent, "" = all
	Quiet    Quiet                 // when only what is critical is sent
}

// each makes a channel of every e-mail address, so that one that is wrong keeps
// nobody else from the message.
func each(channels []Channel) []Channel {
	var out []Channel
	for _, c := range channels {
		if len(c.Email) < 2 {
			out = append(out, c)
			continue
		}
		for _, address := range c.Email {
			one := c
			one.Name, one.Email = c.Name+" "+address, []string{address}
			out = append(out, one)
		}
	}
	return out
}

// wants reports whether the message is for this channel.
func (c Channel) wants(m Message) bool {
	return (c.Athletes == nil || slices.Contains(c.Athletes, m.Athlete)) && m.Severity.rank() >= c.Least.rank()
}

// Severity says how much a message matters.
type Severity string

// The severities. Critical does not wait for quiet hours to end.
const (
	Info     Severity = "info"     // good news
	Warning  Severity = "warning"  // under-recovery
	Critical Severity = "critical" // pain that lasts, signs of an emergency
)

func (s Severity) rank() int { return slices.Index([]Severity{Info, Warning, Critical}, s) }

// Quiet is a span of the athlete's day in which messages wait, from and to as
// time since midnight; it may pass midnight. Equal ends mean none.
type Quiet struct{ From, To time.Duration }

// until returns when the quiet hours end in which a local time lies.
func (q Quiet) until(local time.Time) (end time.Time, quiet bool) {
	if q.From == q.To {
		return time.Time{}, false
	}
	for _, day := range []int{-1, 0} { // those that began yesterday, and today's
		from, to := clock(local, day, q.From), clock(local, day, q.To)
		if q.To < q.From {
			to = clock(local, day+1, q.To)
		}
		if !local.Before(from) && local.Before(to) {
			return to, true
		}
	}
	return time.Time{}, false
}

// clock is what a clock on the wall shows on the local date, days later, also
// where daylight saving begins or ends.
func clock(local time.Time, days int, sinceMidnight time.Duration) time.Time {
	y, m, d := local.Date()
	return time.Date(y, m, d+days, 0, int(sinceMidnight/time.Minute), 0, 0, local.Location())
}

// quietError keeps a message until the quiet hours are over.
type quietError struct {
	until time.Time
	wait  time.Duration
}

// RetryAfter is until the quiet hours end, but soon enough to notice that the
// machine slept or its clock was set.
func (e *quietError) RetryAfter() time.Duration { return min(e.wait, lookAgain) }

const lookAgain = 15 * time.Minute

func (e *quietError) Error() string { return "quiet hours until " + e.until.Format("15:04") }
