package alert_test

import (
	"encoding/json"
	"io"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/alert"
	"afterrun/sinks/sinktest"
)

// Whoever looks after many must see whose message it is and where its numbers
// are, whatever the channel.
func TestAMessageSaysWhoseItIsAndWhereToLook(t *testing.T) {
	const link = "https://run.example.org/a/why?athlete=anna&date=2026-03-10"
	phone, web, any, post := newReceiver(t, nil), newReceiver(t, nil), newReceiver(t, nil), sinktest.StartMail(t, false)
	s, err := alert.New(alert.Options{
		Channels: []alert.Channel{
			{Name: "phone", Ntfy: phone.URL}, {Name: "web", Webhook: web.URL}, {Name: "any", URL: shouted(any.URL)}, {Name: "mail", Email: []string{"me@example.org"}},
		},
		Mail:   alert.MailServer{Host: post.Host, Port: post.Port, TLS: "none", From: "afterrun@example.org"},
		Ledger: openLedger(t, newHouse(t).ledger), Page: "https://run.example.org/a/", Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	w := warning()
	w.Athlete = "anna"
	if err := s.Write(t.Context(), []readiness.Result{w}); err != nil {
		t.Fatal(err)
	}
	if h := phone.all()[0].header; h.Get("Click") != link || h.Get("Title") != "You look under-recovered (anna)" || len(h.Get("X-Sequence-Id")) != 32 {
		t.Errorf("ntfy: %v", h)
	}
	var m alert.Message
	if err := json.Unmarshal(web.all()[0].body, &m); err != nil || m.URL != link || m.Athlete != "anna" || strings.Contains(m.Text, link) {
		t.Errorf("webhook: %+v, %v", m, err)
	}
	var shout map[string]string
	if err := json.Unmarshal(any.all()[0].body, &shout); err != nil || !strings.HasSuffix(shout["message"], link) || shout["title"] != "You look under-recovered (anna)" {
		t.Errorf("shoutrrr: %v, %v", shout, err)
	}
	letter, err := mail.ReadMessage(strings.NewReader(post.Letters()[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(letter.Body))
	if err != nil || !strings.Contains(string(text), link) {
		t.Errorf("mail: %s, %v", text, err)
	}
}
