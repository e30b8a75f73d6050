package web

import (
	"io"
	"net/http"
	"time"
)

// Changes tells when stored results change: Next is closed at the next change.
type Changes interface{ Next() <-chan struct{} }

// An open page hears of a change a moment after it, so that many files are one
// change, and a sign of life when nothing changes. More pages than that do
// without.
const (
	changeDelay = 300 * time.Millisecond
	heartbeat   = 20 * time.Second
	maxListener = 100
)

// events sends a server-sent event for every change, until the reader leaves.
func (s *server) events(w http.ResponseWriter, r *http.Request) {
	select {
	case s.listeners <- struct{}{}:
		defer func() { <-s.listeners }()
	default:
		problem(w, http.StatusServiceUnavailable, "too many open pages")
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy must not keep them back
	next, message := s.o.Changes.Next(), ": listening\n\n"
	for tell(w, message) {
		select {
		case <-r.Context().Done():
			return
		case <-time.After(heartbeat):
			message = ": alive\n\n"
		case <-next:
			next, message = s.settled(r), "event: change\ndata:\n\n"
		}
	}
}

// settled waits a moment after a change and returns the next one.
func (s *server) settled(r *http.Request) <-chan struct{} {
	select {
	case <-r.Context().Done():
	case <-time.After(changeDelay):
	}
	return s.o.Changes.Next()
}

// tell sends a message; false when the reader has gone or does not read.
func tell(w http.ResponseWriter, message string) bool {
	control := http.NewResponseController(w)
	if err := control.SetWriteDeadline(time.Now().Add(heartbeat)); err != nil {
		return false
	}
	if _, err := io.WriteString(w, message); err != nil {
		return false
	}
	return control.Flush() == nil
}
