package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
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

// The clock of the bubble tells how long a client that stalls is waited for.
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
				s, l := pageServer(t.Context(), reads), oneCall{make(chan net.Conn), make(chan struct{})}
				ended := make(chan error)
				go func() { ended <- s.Serve(l) }()
				client, server := net.Pipe()
				began := time.Now()
				l.calls <- server
				if _, err := client.Write([]byte(c.sent)); err != nil {
					t.Fatal(err)
				}
				_, err := io.Copy(&bytes.Buffer{}, client)
				if waited := time.Since(began); err != nil || waited < c.want || waited > c.want+time.Second {
					t.Errorf("let go after %v (%v), want %v", waited, err, c.want)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
					t.Error(err)
				}
			})
		})
	}
}
