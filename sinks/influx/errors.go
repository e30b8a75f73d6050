package influx

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	api "github.com/influxdata/influxdb-client-go/v2/api/http"
)

// Misconfigured is returned when InfluxDB refuses everything: a wrong token,
// organisation or bucket, a wrong address. Nothing is lost; somebody has to act.
type Misconfigured struct{ Err error }

// Error says what to look at.
func (e *Misconfigured) Error() string {
	return "influxdb refuses everything, check url, token, org and bucket: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Misconfigured) Unwrap() error { return e.Err }

// RetryAfter asks for a minute, in which somebody may have acted.
func (e *Misconfigured) RetryAfter() time.Duration { return time.Minute }

// Unavailable is returned when InfluxDB cannot be reached or is overloaded. The
// call may have been carried out nevertheless; repeating it is harmless.
type Unavailable struct {
	Err  error
	Wait time.Duration // what InfluxDB asked for, 0 = nothing
}

// Error returns the cause.
func (e *Unavailable) Error() string { return "influxdb is unavailable: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Unavailable) Unwrap() error { return e.Err }

// RetryAfter is how long InfluxDB asked to be left alone, at most an hour; 0 =
// it did not say.
func (e *Unavailable) RetryAfter() time.Duration { return e.Wait }

// Causes that Write handles itself.
var (
	errTooLarge  = errors.New("request too large")
	errBadLine   = errors.New("line not accepted")
	errRetention = errors.New("points beyond retention")
	errNotFound  = errors.New("not found")
	errForbidden = errors.New("not allowed")
	errNotInflux = errors.New("the answer is not InfluxDB's")
)

// maxWait bounds what a server may ask for.
const maxWait = time.Hour

// classify turns an answer into one of the errors above. What 1.8 and 2.x say
// differs, so the status decides and the text only refines it.
func classify(ctx context.Context, e *api.Error) error {
	if e == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch status := e.StatusCode; {
	case errors.Is(e, errNotInflux):
		return &Misconfigured{e}
	case status == 0 || status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
		return &Unavailable{Err: described(e), Wait: wait(e.Header, time.Now())}
	case status == http.StatusNotFound:
		return &Misconfigured{fmt.Errorf("%w: %w", errNotFound, described(e))}
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return &Misconfigured{fmt.Errorf("%w: %w", errForbidden, described(e))}
	case status == http.StatusRequestEntityTooLarge:
		return errTooLarge
	case status == http.StatusBadRequest || status == http.StatusUnprocessableEntity:
		return refused(e)
	}
	return &Misconfigured{described(e)}
}

// refused reads the text of a 400 or 422: only what is known to be about single
// lines may cost a line.
func refused(e *api.Error) error {
	text := strings.ToLower(e.Code + " " + e.Message)
	switch {
	case strings.Contains(text, "retention policy"):
		return fmt.Errorf("%w: %w", errRetention, described(e))
	case strings.Contains(text, "field type conflict"), strings.Contains(text, "unable to parse"), strings.Contains(text, "max key size exceeded"):
		return fmt.Errorf("%w: %w", errBadLine, described(e))
	}
	return &Misconfigured{described(e)}
}

// described is the answer with its status and a text of bounded length.
func described(e *api.Error) error {
	if e.StatusCode == 0 {
		return e
	}
	text := e.Message
	if text == "" {
		text = e.Error()
	}
	const most = 500
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return fmt.Errorf("status %d: %s", e.StatusCode, strings.TrimSpace(text))
}

// wait reads the header Retry-After: seconds or a date.
func wait(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if d, err := time.ParseDuration(text + "s"); err == nil {
		return min(max(d, 0), maxWait)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), maxWait)
	}
	return 0
}
