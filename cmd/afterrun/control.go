package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"afterrun/readiness"
)

// A running `afterrun up` owns the data folder. Other commands of the same user
// reach it through a socket in that folder, which only the user can open; the
// address is written to control.json because a socket's path may not be longer
// than about 100 bytes.

const controlFile = "control.json"

// maxSocketPath is what every system accepts (Linux 108, macOS 104).
const maxSocketPath = 100

type controlAddress struct {
	Socket string `json:"socket"`
}

// importRequest asks the running program to read files of the same machine.
type importRequest struct {
	Athlete readiness.AthleteID `json:"athlete"`
	Paths   []string            `json:"paths"`           // absolute
	Retry   bool                `json:"retry,omitempty"` // instead: the files of the ledger at these paths, from their kept bytes
}

// importLine is one line of the answer.
type importLine struct {
	File      *readiness.File `json:"file,omitempty"`
	Known     int             `json:"known,omitempty"`     // the file lies in a bundle of so many, as far as is known
	Again     bool            `json:"again,omitempty"`     // it says what it said before
	Reading   string          `json:"reading,omitempty"`   // the file that comes next
	Computing bool            `json:"computing,omitempty"` // all files are read
	Error     string          `json:"error,omitempty"`
	Done      bool            `json:"done,omitempty"`
}

// controller is what the running program does for other commands.
type controller interface {
	importPaths(ctx context.Context, r importRequest, report func(importLine)) error
	checkIn(ctx context.Context, athlete readiness.AthleteID, csv []byte) (readiness.File, error)
	status(ctx context.Context) (statusReport, error)
	amend(ctx context.Context, a amendment) ([]readiness.File, error)
	asker
}

// serveControl answers other commands until ctx ends.
func serveControl(ctx context.Context, dir string, c controller) error {
	l, cleanup, err := listenControl(ctx, dir)
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	defer cleanup()
	s := &http.Server{Handler: controlHandler(c), ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	return serve(ctx, s, l)
}

func listenControl(ctx context.Context, dir string) (net.Listener, func(), error) {
	path := filepath.Join(dir, "control.sock")
	cleanup := func() { removeAll(filepath.Join(dir, controlFile), path) }
	if len(path) > maxSocketPath {
		tmp, err := os.MkdirTemp("", "afterrun-")
		if err != nil {
			return nil, nil, err
		}
		path = filepath.Join(tmp, "control.sock")
		cleanup = func() { removeAll(filepath.Join(dir, controlFile), tmp) }
	}
	_ = os.Remove(path) // left by a crash; the lock on the folder says that nobody serves it
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, nil, err
	}
	b, err := json.Marshal(controlAddress{Socket: path})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, controlFile), b, 0o600)
	}
	if err != nil {
		return nil, nil, errors.Join(err, l.Close())
	}
	return l, cleanup, nil
}

func removeAll(paths ...string) {
	for _, p := range paths {
		_ = os.RemoveAll(p) // leftovers are replaced by the next start
	}
}

func controlHandler(c controller) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /import", func(w http.ResponseWriter, r *http.Request) { handleImport(w, r, c) })
	mux.HandleFunc("POST /checkin/{athlete}", func(w http.ResponseWriter, r *http.Request) { handleCheckIn(w, r, c) })
	mux.HandleFunc("POST /ask", func(w http.ResponseWriter, r *http.Request) { handleAsk(w, r, c) })
	mux.HandleFunc("POST /amend", func(w http.ResponseWriter, r *http.Request) { handleAmend(w, r, c) })
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		s, err := c.status(r.Context())
		answer(w, s, err)
	})
	return mux
}

func answer(w http.ResponseWriter, v any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the other side has gone: nobody to tell
}

func handleImport(w http.ResponseWriter, r *http.Request, c controller) {
	var req importRequest
	if err := json.NewDecoder(io.LimitReader(r.Body, 64<<20)).Decode(&req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	enc := json.NewEncoder(w)
	line := func(l importLine) {
		_ = enc.Encode(l) // a client that left has ended the import, too
		_ = http.NewResponseController(w).Flush()
	}
	last := importLine{Done: true}
	if err := c.importPaths(r.Context(), req, line); err != nil {
		last.Error = err.Error()
	}
	line(last)
}

func handleCheckIn(w http.ResponseWriter, r *http.Request, c controller) {
	b, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	f, err := c.checkIn(r.Context(), readiness.AthleteID(r.PathValue("athlete")), b)
	answer(w, f, err)
}

// remote is a running program as seen by another command.
type remote struct{ http *http.Client }

// running finds the program that serves the data folder; nil when none does.
func running(ctx context.Context, dir string) *remote {
	b, err := os.ReadFile(filepath.Join(dir, controlFile))
	if err != nil {
		return nil
	}
	var addr controlAddress
	if json.Unmarshal(b, &addr) != nil {
		return nil
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", addr.Socket)
	}
	conn, err := dial(ctx, "", "")
	if err != nil {
		return nil
	}
	_ = conn.Close() // it was only a knock
	return &remote{http: &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

func (r *remote) do(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://afterrun"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the running afterrun: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096)) // the status alone must do otherwise
		err := fmt.Errorf("the running afterrun says: %s", bytes.TrimSpace(text))
		if resp.StatusCode == http.StatusNotFound {
			err = fmt.Errorf("%s: %w", bytes.TrimSuffix(bytes.TrimSpace(text), []byte(": unknown")), readiness.ErrUnknown)
		}
		return nil, errors.Join(err, resp.Body.Close())
	}
	return resp, nil
}

func (r *remote) importPaths(ctx context.Context, req importRequest, report func(importLine)) error {
	b, err := json.Marshal(req)
	if err != nil {
		return err
	}
	resp, err := r.do(ctx, http.MethodPost, "/import", b)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // read to its end
	dec := json.NewDecoder(resp.Body)
	for {
		var l importLine
		if err := dec.Decode(&l); err != nil {
			return fmt.Errorf("the running afterrun stopped in the middle; files not reported are read again next time: %w", err)
		}
		if l.Done && l.Error != "" {
			return errors.New(l.Error)
		}
		if l.Done {
			return nil
		}
		report(l)
	}
}

func (r *remote) checkIn(ctx context.Context, athlete readiness.AthleteID, csv []byte) (f readiness.File, err error) {
	resp, err := r.do(ctx, http.MethodPost, "/checkin/"+string(athlete), csv)
	if err != nil {
		return f, err
	}
	return f, errors.Join(json.NewDecoder(resp.Body).Decode(&f), resp.Body.Close())
}

func (r *remote) status(ctx context.Context) (s statusReport, err error) {
	resp, err := r.do(ctx, http.MethodGet, "/status", nil)
	if err != nil {
		return s, err
	}
	return s, errors.Join(json.NewDecoder(resp.Body).Decode(&s), resp.Body.Close())
}

// serve runs an HTTP server until ctx ends, then lets answers under way finish
// for a moment.
func serve(ctx context.Context, s *http.Server, l net.Listener) error {
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := s.Shutdown(stop); err != nil {
		_ = s.Close() // the rest is cut off
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
