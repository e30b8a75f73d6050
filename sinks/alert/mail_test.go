package alert_test

import (
	"errors"
	"log/slog"
	"net/mail"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/alert"
	"afterrun/sinks/sinktest"
)

// post is a sink with one channel of e-mail.
func (h *house) post(s *sinktest.MailServer, security string) *alert.Sink {
	h.t.Helper()
	l, err := alert.OpenLedger(h.ledger)
	if err != nil {
		h.t.Fatal(err)
	}
	sink, err := alert.New(alert.Options{
		Channels: []alert.Channel{{Name: "mail", Email: []string{"me@example.org", "Coach <coach@example.org>"}}},
		Mail:     alert.MailServer{Host: s.Host, Port: s.Port, TLS: security, User: "afterrun", Password: "s3cr3t", From: "Afterrun <afterrun@example.org>", Roots: s.Root},
		Ledger:   l, Timeout: 5 * time.Second, Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&h.log, nil)),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = sink.Close() }) // every delivery is on disk
	return sink
}

func TestALetterArrivesOnceAtEachAddressOverTLS(t *testing.T) {
	server, h := sinktest.StartMail(t, true), newHouse(t)
	for range 3 { // and again after each start
		if err := h.post(server, "starttls").Write(t.Context(), []readiness.Result{warning()}); err != nil {
			t.Fatal(err)
		}
	}
	letters := server.Letters()
	if len(letters) != 2 || !strings.Contains(letters[1].To, "<coach@example.org>") || strings.Contains(letters[0].Data, "coach") {
		t.Fatalf("%+v, want one for each address", letters)
	}
	l := letters[0]
	if !l.Secure || l.Login == "" || !strings.Contains(l.To, "<me@example.org>") || !strings.Contains(l.From, "<afterrun@example.org>") {
		t.Errorf("%+v", l)
	}
	m, err := mail.ReadMessage(strings.NewReader(l.Data))
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.Get("Subject") != "You look under-recovered (me)" || m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Message-ID") == "" {
		t.Errorf("%v", m.Header)
	}
	if !strings.Contains(l.Data, "Take it easy.") {
		t.Errorf("%s", l.Data)
	}
}

// A letter that may have been sent is sent again with the same id.
func TestALettersIDTellsThatItIsTheSame(t *testing.T) {
	server, h := sinktest.StartMail(t, true), newHouse(t)
	server.HasNo("coach@example.org")
	first := h.post(server, "starttls")
	if err := first.Write(t.Context(), []readiness.Result{warning()}); err != nil {
		t.Fatal(err)
	}
	h.ledger += "-lost"
	if err := h.post(server, "starttls").Write(t.Context(), []readiness.Result{warning(), reminder()}); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, l := range server.Letters() {
		m, err := mail.ReadMessage(strings.NewReader(l.Data))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, m.Header.Get("Message-ID"))
	}
	if len(ids) != 3 || ids[0] != ids[1] || ids[1] == ids[2] {
		t.Errorf("ids %q", ids)
	}
}

func TestThePasswordNeverTravelsInClear(t *testing.T) {
	server := sinktest.StartMail(t, false) // offers login, but no TLS
	for _, security := range []string{"starttls", "tls", "none"} {
		err := newHouse(t).post(server, security).Write(t.Context(), []readiness.Result{warning()})
		if err == nil || errors.Is(err, readiness.ErrInvalid) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v, want an error that may be cured", security, err)
		}
	}
	if n := len(server.Letters()); n != 0 {
		t.Errorf("%d letters", n)
	}
}

func TestAnUntrustedMailServerGetsNothing(t *testing.T) {
	server := sinktest.StartMail(t, true)
	server.Root = nil // the system's roots
	err := newHouse(t).post(server, "starttls").Write(t.Context(), []readiness.Result{warning()})
	if err == nil || !strings.Contains(err.Error(), "not trusted") || len(server.Letters()) != 0 {
		t.Errorf("%v", err)
	}
}

func TestAMailServersRefusalIsTriedAgainOnlyWhenThatMayHelp(t *testing.T) {
	server, h := sinktest.StartMail(t, true), newHouse(t)
	server.Refuse("451 s3cr3t busy")
	err := h.post(server, "starttls").Write(t.Context(), []readiness.Result{warning()})
	if err == nil || !strings.Contains(err.Error(), "451") || strings.Contains(err.Error(), "s3cr3t") {
		t.Fatalf("%v", err)
	}
	server.Refuse("530 authentication required")
	if err := h.post(server, "starttls").Write(t.Context(), []readiness.Result{warning()}); err == nil || !strings.Contains(err.Error(), "login") {
		t.Errorf("%v, want an error that a login cures", err)
	}
	server.Refuse("550 no such user")
	for range 2 {
		if err := h.post(server, "starttls").Write(t.Context(), []readiness.Result{warning()}); err != nil {
			t.Fatal(err)
		}
	}
	if server.Tried() != 3*2 || !strings.Contains(h.log.String(), "for good") {
		t.Errorf("%d letters offered, want 3 for each address; log: %s", server.Tried(), h.log.String())
	}
	sent, err := alert.ReadLedger(h.ledger)
	if err != nil || len(sent) != 3*2 || sent[4].Outcome != alert.Refused || !sent[4].At.Equal(now) || sent[4].Channel != "mail me@example.org" || !strings.Contains(sent[4].Reason, "550") {
		t.Errorf("%+v, %v", sent, err)
	}
}

// Some servers hang up as soon as they have a letter, and some on QUIT.
func TestALetterThatWasTakenIsNotSentAgain(t *testing.T) {
	server, h := sinktest.StartMail(t, true), newHouse(t)
	server.Leave()
	for range 2 {
		if err := h.post(server, "starttls").Write(t.Context(), []readiness.Result{warning()}); err != nil {
			t.Errorf("taken, yet %v", err)
		}
	}
	if n := len(server.Letters()); n != 2 {
		t.Errorf("%d letters, want one for each of two addresses", n)
	}
}

func TestAWrongAddressKeepsNobodyElseFromTheLetter(t *testing.T) {
	server, h := sinktest.StartMail(t, true), newHouse(t)
	server.HasNo("me@example.org")
	for range 2 {
		if err := h.post(server, "starttls").Write(t.Context(), []readiness.Result{warning()}); err != nil {
			t.Fatal(err)
		}
	}
	letters := server.Letters()
	if len(letters) != 1 || !strings.Contains(letters[0].To, "<coach@example.org>") {
		t.Errorf("%+v, want one for the coach", letters)
	}
}

func TestALetterThatWasBrokenOffIsSentAgain(t *testing.T) {
	server, h := sinktest.StartMail(t, true), newHouse(t)
	server.BreakOff(true)
	err := h.post(server, "starttls").Write(t.Context(), []readiness.Result{warning()})
	if err == nil || !strings.Contains(err.Error(), "broke off") || errors.Is(err, readiness.ErrInvalid) {
		t.Errorf("%v, want an error that says so and may be cured", err)
	}
	server.BreakOff(false)
	for range 2 {
		if err := h.post(server, "starttls").Write(t.Context(), []readiness.Result{warning()}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(server.Letters()); n != 2 {
		t.Errorf("%d letters, want one for each address", n)
	}
}
