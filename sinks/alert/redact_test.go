package alert_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/alert"
)

// secrets stand where people put them: in an address's user, path and query, in
// the token and in the signing key.
var secrets = []string{"s3cr3tuser", "s3cr3tpath", "s3cr3tquery", "s3cr3ttoken", "s3cr3tkey"}

// withSecrets puts them into an address of the form scheme://host.
func withSecrets(address string) string {
	scheme, host, _ := strings.Cut(address, "://")
	return scheme + "://s3cr3tuser:s3cr3tuser@" + host + "/s3cr3tpath?q=s3cr3tquery"
}

// rawServer answers each connection with what reply makes of the request.
func rawServer(t *testing.T, reply func(request string) string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			buf := make([]byte, 4096)
			n, _ := c.Read(buf) // whatever came
			_, _ = c.Write([]byte(reply(string(buf[:n]))))
			_ = c.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

// closedPort is an address where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return address
}

func TestNoErrorHoldsASecret(t *testing.T) {
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(tls.Close)
	hang := make(chan struct{})
	slow := newReceiver(t, func(http.ResponseWriter, *http.Request) { <-hang })
	t.Cleanup(func() { close(hang) })
	for name, c := range map[string]struct{ address, cause string }{ // cause "" depends on the machine's resolver
		"refused":          {closedPort(t), "connection refused"},
		"unknown host":     {"http://s3cr3tpath.invalid", ""},
		"untrusted":        {tls.URL, "not trusted"},
		"slow":             {slow.URL, "no answer in time"},
		"echo":             {rawServer(t, func(r string) string { return r }), "does not answer as a web server"},
		"hangs up":         {rawServer(t, func(string) string { return "" }), "cannot reach the server"},
		"telling status":   {rawServer(t, func(r string) string { return "HTTP/1.1 500 " + r[:30] + "\r\n\r\n" }), "says 500"},
		"telling redirect": {rawServer(t, func(r string) string { return "HTTP/1.1 302 x\r\nLocation: " + r[:30] + "\r\n\r\n" }), "redirects"},
		"broken address":   {"http://host:s3cr3tpath", "cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			l, err := alert.OpenLedger(h.ledger)
			if err != nil {
				t.Fatal(err)
			}
			channels := []alert.Channel{
				{Name: "hook", Webhook: withSecrets(c.address), Token: "s3cr3ttoken", Secret: "s3cr3tkey"},
				{Name: "phone", Ntfy: withSecrets(c.address), Token: "s3cr3ttoken"},
			}
			patience := 10 * time.Second
			if name == "slow" {
				patience = 200 * time.Millisecond
			}
			s, err := alert.New(alert.Options{Channels: channels, Ledger: l, Timeout: patience, Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }() // read only
			err = s.Write(t.Context(), []readiness.Result{warning()})
			if err == nil || !strings.Contains(err.Error(), "channel hook: ") || !strings.Contains(err.Error(), "channel phone: ") {
				t.Fatalf("%v, want an error of each channel", err)
			}
			for _, r := range s.Test(t.Context()) {
				err = errors.Join(err, r.Err)
			}
			if !strings.Contains(err.Error(), c.cause) {
				t.Errorf("%v does not tell the cause %q", err, c.cause)
			}
			for _, secret := range secrets {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%v holds %s", err, secret)
				}
			}
		})
	}
}

func TestTheEndOfTheProgramEndsADelivery(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	hang := make(chan struct{})
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { stop(); <-hang })
	t.Cleanup(func() { close(hang) })
	h := newHouse(t)
	if err := h.start(hook("hook", r.URL)).Write(ctx, []readiness.Result{warning()}); err == nil {
		t.Fatal("a delivery that was cut off counts")
	}
	r.answerWith(nil)
	if err := h.start(hook("hook", r.URL)).Write(t.Context(), []readiness.Result{warning()}); err != nil || len(r.all()) != 2 {
		t.Errorf("%v, %d requests, want the message again", err, len(r.all()))
	}
}

// A receiver that has the message and has not answered yet would get it twice.
func TestTheEndOfTheProgramLetsADeliveryFinish(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	r := newReceiver(t, func(w http.ResponseWriter, req *http.Request) {
		stop()
		select {
		case <-req.Context().Done():
		case <-time.After(300 * time.Millisecond):
		}
	})
	h := newHouse(t)
	other := newReceiver(t, nil)
	channels := []alert.Channel{hook("hook", r.URL), hook("other", other.URL)}
	if err := h.start(channels...).Write(ctx, []readiness.Result{warning()}); err == nil || len(other.all()) != 0 {
		t.Errorf("%v, %d messages: another delivery was begun", err, len(other.all()))
	}
	if err := h.start(channels...).Write(t.Context(), []readiness.Result{warning()}); err != nil {
		t.Fatal(err)
	}
	if len(r.all()) != 1 || len(other.all()) != 1 {
		t.Errorf("%d and %d messages, want one each", len(r.all()), len(other.all()))
	}
}
