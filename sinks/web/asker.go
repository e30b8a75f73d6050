package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"afterrun/readiness"
)

// Asker answers the questions of the JSON API by other ways than HTTP.
type Asker struct{ api *http.ServeMux }

// NewAsker needs a Reader, and Samples for the course of runs.
func NewAsker(o Options) Asker {
	s := &server{o: o.filled()}
	mux := http.NewServeMux()
	for path, handle := range s.api() {
		mux.HandleFunc("GET "+path, handle)
	}
	return Asker{mux}
}

// Ask answers as GET of a path, with a query, does; an error that wraps
// readiness.ErrInvalid is the asker's to mend.
func (a Asker) Ask(ctx context.Context, path, query string) (json.RawMessage, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, path+"?"+query, nil)
	if err != nil {
		return nil, fmt.Errorf("the question cannot be read: %w", readiness.ErrInvalid)
	}
	w := &answer{head: http.Header{}, status: http.StatusOK}
	a.api.ServeHTTP(w, r)
	switch {
	case w.status == http.StatusOK:
		return bytes.TrimSpace(w.body.Bytes()), nil
	case w.status >= http.StatusInternalServerError:
		return nil, fmt.Errorf("%s: status %d", path, w.status)
	}
	var p struct{ Detail string }
	if err := json.Unmarshal(w.body.Bytes(), &p); err != nil {
		return nil, fmt.Errorf("%w: %w", errUnknown, readiness.ErrInvalid)
	}
	return nil, fmt.Errorf("%s: %w", p.Detail, readiness.ErrInvalid)
}

// answer keeps what a handler answers.
type answer struct {
	head   http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.head }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }
