package sinktest

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// Proxy passes requests on to a server until it is told to fail.
type Proxy struct {
	URL string

	mu     sync.Mutex
	faults []planned
	seen   []string // paths
}

// Fault answers a request in place of the server; next is the server.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

type planned struct {
	part  string
	left  int
	fault Fault
}

// StartProxy starts a proxy in front of a server and stops it when the test
// ends.
func StartProxy(t testing.TB, server string) *Proxy {
	t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{}
	next := buffered(&httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { reset(w) },
	})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := p.take(r.URL.Path); f != nil {
			f(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	p.URL = s.URL
	return p
}

// Inject makes the next n requests whose path contains part fail; n < 0 means
// all of them until Heal.
func (p *Proxy) Inject(part string, n int, f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, planned{part, n, f})
}

// Heal forgets all faults.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = nil
}

// Count is how many requests so far had a path that contains part.
func (p *Proxy) Count(part string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, path := range p.seen {
		if strings.Contains(path, part) {
			n++
		}
	}
	return n
}

func (p *Proxy) take(path string) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, path)
	for i := range p.faults {
		f := &p.faults[i]
		if f.left != 0 && strings.Contains(path, f.part) {
			f.left--
			return f.fault
		}
	}
	return nil
}

// buffered reads the request's body before it is passed on: a server that
// answers while the proxy is still reading would have its answer cut off.
func buffered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := buffer(w, r); ok {
			next.ServeHTTP(w, r)
		}
	})
}

func buffer(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	got, err := io.ReadAll(r.Body)
	if err != nil {
		reset(w)
		return nil, false
	}
	r.Body = io.NopCloser(bytes.NewReader(got))
	return got, true
}

// Answer answers with a status, headers (name, value, …) and a body.
func Answer(status int, body string, headers ...string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the client is not cut off
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the client may be gone
	}
}

// ResetMidBody reads half of the request's body and drops the connection.
func ResetMidBody(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2) // the reset is the point
	reset(w)
}

// LoseAnswer lets the server do it and drops the connection instead of
// answering.
func LoseAnswer(w http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	reset(w)
}

// TornAnswer passes the status and half of the answer's body on.
func TornAnswer(w http.ResponseWriter, r *http.Request, next http.Handler) {
	rec := httptest.NewRecorder()
	next.ServeHTTP(rec, r)
	body := rec.Body.Bytes()
	w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
	w.WriteHeader(rec.Code)
	_, _ = io.Copy(w, bytes.NewReader(body[:len(body)/2])) // the client may be gone
	panic(http.ErrAbortHandler)
}

// Delay waits, or until the client gives up, and passes the request on.
func Delay(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if _, ok := buffer(w, r); !ok { // without it the client's leaving is not noticed
			return
		}
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}
}

// reset drops the client's connection with a TCP reset.
func reset(w http.ResponseWriter) {
	h, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := h.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // then Close sends a reset
	}
	_ = conn.Close() // that is the fault
}

// Refuse answers with a JSON body when the request's body holds a text, and
// passes other requests on.
func Refuse(text string, status int, body string) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		got, ok := buffer(w, r)
		switch {
		case ok && bytes.Contains(got, []byte(text)):
			Answer(status, body, "Content-Type", "application/json")(w, r, next)
		case ok:
			next.ServeHTTP(w, r)
		}
	}
}
