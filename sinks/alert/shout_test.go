package alert_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/alert"
)

// shouted is the address of shoutrrr's generic service for a local server, with
// secrets wherever an address can hold them.
func shouted(address string) string {
	u, _ := url.Parse(address) // httptest's
	return "generic://s3cr3tuser:s3cr3tuser@" + u.Host + "/s3cr3tpath?disabletls=yes&template=json&@Authorization=s3cr3ttoken&$key=s3cr3tquery"
}

func TestShoutrrrDeliversOnce(t *testing.T) {
	r, h := newReceiver(t, nil), newHouse(t)
	for range 2 {
		if err := h.start(alert.Channel{Name: "any", URL: shouted(r.URL)}).Write(t.Context(), []readiness.Result{warning()}); err != nil {
			t.Fatal(err)
		}
	}
	got := r.all()
	if len(got) != 1 || !strings.Contains(string(got[0].body), "You look under-recovered") || !strings.Contains(string(got[0].body), "Take it easy.") {
		t.Errorf("%+v", got)
	}
}

func TestShoutrrrsErrorsHoldNoSecret(t *testing.T) {
	refusing := newReceiver(t, status(http.StatusForbidden))
	for name, address := range map[string]string{
		"refused": shouted(refusing.URL), "unreachable": shouted(closedPort(t)),
		"telegram": "telegram://s3cr3ttoken@telegram?chats=s3cr3tquery", "unknown": "s3rvice://s3cr3tuser@host/s3cr3tpath",
		"broken": "gotify://host:s3cr3tpath/s3cr3ttoken", "gotify": "gotify://127.0.0.1:1/s3cr3ttoken",
	} {
		s := newHouse(t).start(alert.Channel{Name: "any", URL: address})
		err := s.Write(t.Context(), []readiness.Result{warning()})
		if err == nil {
			t.Errorf("%s: delivered", name)
			continue
		}
		for _, secret := range append(secrets, "127.0.0.1") {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v holds %s", name, err, secret)
			}
		}
		if name == "refused" && !strings.Contains(err.Error(), "403 Forbidden: check the channel's address") {
			t.Errorf("%v does not tell the cause", err)
		}
		if w, ok := errors.AsType[interface {
			error
			waiter
		}](err); !ok || w.RetryAfter() < time.Minute {
			t.Errorf("%s: %v is tried again at once", name, err)
		}
		if scheme, _, _ := strings.Cut(address, ":"); !strings.Contains(err.Error(), "channel any: "+scheme) {
			t.Errorf("%s: %v does not name the service", name, err)
		}
	}
}
