package alert

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"afterrun/readiness"
)

// Message is the body of a webhook, as JSON.
type Message struct {
	Athlete  readiness.AthleteID `json:"athlete"`  // "" in a test
	Rule     string              `json:"rule"`     // under_recovery | see_physio | medical_help | test
	Kind     string              `json:"kind"`     // enter | reminder | exit | test
	Severity Severity            `json:"severity"` // info | warning | critical
	Episode  string              `json:"episode"`  // entry date, YYYY-MM-DD
	Date     string              `json:"date"`     // of this step
	Title    string              `json:"title"`
	Text     string              `json:"text"`
	URL      string              `json:"url,omitempty"`   // of the page with the numbers behind it
	Key      string              `json:"idempotency_key"` // also the header Idempotency-Key
}

// heading is the title with the athlete: a coach has many.
func (m Message) heading() string {
	if m.Athlete == "" {
		return m.Title
	}
	return oneLine(m.Title + " (" + string(m.Athlete) + ")")
}

// body is the text, for those who can follow no other link.
func (m Message) body() string {
	if m.URL == "" {
		return m.Text
	}
	return m.Text + "\n\nThe numbers: " + m.URL
}

// exitKey is that of the last message of the same episode; its own has none
// after it.
func (m Message) exitKey() string {
	if m.Kind == "exit" {
		return ""
	}
	return m.Key[:strings.LastIndex(m.Key, "|")+1] + "exit"
}

// digest is a short form of the key, per channel.
func (m Message) digest(channel string) string {
	h := sha256.Sum256([]byte(channel + "\n" + m.Key))
	return hex.EncodeToString(h[:16])
}

// deliveryError is a failed delivery; its text never holds the channel's
// address, which may carry a secret.
type deliveryError struct {
	text      string
	after     time.Duration
	permanent bool
}

func (e *deliveryError) Error() string { return e.text }

// RetryAfter is how long the channel is to be left alone.
func (e *deliveryError) RetryAfter() time.Duration { return e.after }

// Is makes a permanent error one that no retry can cure.
func (e *deliveryError) Is(target error) bool { return e.permanent && target == readiness.ErrInvalid }

type poster struct{ client *http.Client }

// newPoster follows no redirects: they could carry the message, and the token,
// to somebody else.
func newPoster(timeout time.Duration) *poster {
	return &poster{&http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (p *poster) send(ctx context.Context, c Channel, m Message) error {
	req, err := request(ctx, c, m)
	if err != nil {
		return &deliveryError{text: "the channel's address cannot be used: correct it", after: time.Minute}
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = resp.Body.Close() }()                      // the answer has been given
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // only its status counts
	return judge(resp)
}

func request(ctx context.Context, c Channel, m Message) (*http.Request, error) {
	if c.Ntfy != "" {
		return ntfyRequest(ctx, c, m)
	}
	body, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Webhook, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.Secret != "" {
		mac := hmac.New(sha256.New, []byte(c.Secret))
		mac.Write(body)
		req.Header.Set("X-Afterrun-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	common(req, c, m)
	return req, nil
}

// ntfyRequest publishes to a topic; see https://docs.ntfy.sh/publish.
func ntfyRequest(ctx context.Context, c Channel, m Message) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Ntfy, strings.NewReader(m.Text))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Title", m.heading())
	req.Header.Set("X-Sequence-ID", m.digest(c.Name)) // sent again, it takes the place of the first (ntfy 2.16)
	if m.URL != "" {
		req.Header.Set("Click", m.URL)
	}
	req.Header.Set("Tags", map[string]string{"exit": "green_circle", "test": "test_tube"}[m.Kind])
	if req.Header.Get("Tags") == "" {
		req.Header.Set("Tags", "warning")
	}
	priority := "default"
	if m.Kind == "enter" || m.Severity == Critical {
		priority = "high"
	}
	if m.Rule == "medical_help" {
		priority = "urgent"
	}
	req.Header.Set("Priority", priority)
	common(req, c, m)
	return req, nil
}

func common(req *http.Request, c Channel, m Message) {
	req.Header.Set("User-Agent", "Afterrun")
	req.Header.Set("Idempotency-Key", oneLine(m.Key))
	req.Header.Set("X-Idempotency-Key", oneLine(m.Key))
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+oneLine(c.Token))
	}
}

// oneLine keeps a text from becoming a header of its own.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// judge sorts the answers: 2xx is delivered; a busy or broken server and a wrong
// configuration may be cured; any other refusal of this message may not.
func judge(resp *http.Response) error {
	says := fmt.Sprintf("the server says %d %s", resp.StatusCode, http.StatusText(resp.StatusCode)) // in our words: its own might repeat the address
	switch code := resp.StatusCode; {
	case code/100 == 2:
		return nil
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		return &deliveryError{text: says, after: retryAfter(resp)}
	case code/100 == 3:
		return &deliveryError{text: "the server redirects: correct the channel's address", after: time.Minute}
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusNotFound:
		return &deliveryError{text: says + ": correct the channel's address or token", after: time.Minute}
	default:
		return &deliveryError{text: says, permanent: true}
	}
}

// retryAfter reads the header in seconds or as a date, at most an hour.
func retryAfter(resp *http.Response) time.Duration {
	text := resp.Header.Get("Retry-After")
	wait := time.Duration(0)
	if s, err := strconv.Atoi(text); err == nil {
		wait = time.Duration(min(max(s, 0), 3600)) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = time.Until(at)
	}
	return min(max(wait, 0), time.Hour)
}

const tooSlow = "no answer in time"

// unanswered is the failure of a server that lets others wait: it is left alone
// for a while, or each message of many would wait for it.
func unanswered() error { return &deliveryError{text: tooSlow, after: 30 * time.Second} }

// unreachable tells what went wrong without the address, which the errors of
// net/http repeat: only causes known to be free of it are named.
func unreachable(err error) error {
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return &deliveryError{text: "given up: the program ends"}
	case errors.As(err, &timeout) && timeout.Timeout():
		return unanswered()
	}
	why := "it does not answer as a web server does"
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		why = "no such host"
	} else if cause, ok := errors.AsType[syscall.Errno](err); ok {
		why = cause.Error()
	} else if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		why = "its certificate is not trusted"
	}
	return &deliveryError{text: "cannot reach the server: " + why}
}
