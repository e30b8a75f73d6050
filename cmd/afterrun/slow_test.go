package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// oneCall is a listener with a single connection.
type oneCall struct {
	calls  chan net.Conn
	closed chan struct{}
}

func (l oneCall) Accept() (net.Conn, error) {
	select {
	case c := <-l.calls:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}
func (l oneCall) Close() error   { close(l.closed); return nil }
func (l oneCall) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// letGo sends something and tells after how long the server hangs up; the clock
// is that of the bubble.
func letGo(t *testing.T, h http.Handler, sent string) time.Duration {
	t.Helper()
	s, l := pageServer(t.Context(), h), oneCall{make(chan net.Conn), make(chan struct{})}
	ended := make(chan error)
	go func() { ended <- s.Serve(l) }()
	client, server := net.Pipe()
	began := time.Now()
	l.calls <- server
	if _, err := client.Write([]byte(sent)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, client); err != nil {
		t.Error(err)
	}
	waited := time.Since(began)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	return waited
}

func TestSlowClientsAreLeftBehind(t *testing.T) {
	for name, c := range map[string]struct {
		sent string
		want time.Duration
	}{
		"half a header": {"GET / HTTP/1.1\r\nHost: local", 5 * time.Second},
		"half a form":   {"POST /checkin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nrhr", 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reads := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
				if waited := letGo(t, reads, c.sent); waited < c.want || waited > c.want+time.Second {
					t.Errorf("let go after %v, want %v", waited, c.want)
				}
			})
		})
	}
}

// A file may take its time, but not for ever: after ten minutes the place among
// the uploads is free again.
func TestASlowUploadIsLeftBehind(t *testing.T) {
	c := newCounter(t)
	form := "--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n" + c.token() + "\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.fit\"\r\n\r\nhalf"
	sent := fmt.Sprintf("POST /files HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n%s", len(form)+1000, form)
	synctest.Test(t, func(t *testing.T) {
		if waited := letGo(t, c.Config.Handler, sent); waited < 10*time.Minute || waited > 11*time.Minute {
			t.Errorf("let go after %v", waited)
		}
	})
	for range 3 { // more than there are places
		if status, text := c.give(c.token(), map[string][]byte{"b.fit": []byte("nonsense")}); status != http.StatusOK {
			t.Errorf("after the slow one: status %d: %.200s", status, text)
		}
	}
	if entries, err := os.ReadDir(c.p.dir); err != nil || strings.Contains(names(entries), "upload-") {
		t.Errorf("left behind: %s, %v", names(entries), err)
	}
}
